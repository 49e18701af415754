package breach_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/breach"
)

// folder writes files into a new folder.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFolders(t *testing.T) {
	a, b := sha("a"), sha("b")
	pass, empty := unhex(ntPassword), unhex(ntEmpty)
	lower := strings.ToLower
	gaps := breach.Options{AllowGaps: true}
	for _, test := range []struct {
		name  string
		files map[string]string
		o     breach.Options
		want  counts
		err   error
	}{
		{"ranges", map[string]string{a[:5] + ".txt": a[5:] + ":3\r\n" + strings.Repeat("F", 35) + ":0", b[:5] + ".txt": b[5:] + ":4"}, gaps, counts{a: 3, b: 4}, nil},
		{"lower case", map[string]string{lower(a[:5]) + ".txt": lower(a[5:]) + ":3"}, gaps, counts{a: 3}, nil},
		{"no ending", map[string]string{a[:5]: a[5:] + ":3"}, gaps, counts{a: 3}, nil},
		{"mark", map[string]string{a[:5] + ".txt": "\ufeff" + a[5:] + ":3\n"}, gaps, counts{a: 3}, nil},
		{"NTLM", map[string]string{ntPassword[:5] + ".txt": ntPassword[5:] + ":3"}, gaps, counts{ntPassword: 3}, nil},
		{"NTLM beside SHA-1", map[string]string{"00000.txt": strings.Repeat("0", 35) + ":1", "00001.txt": ntPassword[5:] + ":3"}, gaps, nil, breach.ErrMixed},
		{"gaps", map[string]string{a[:5] + ".txt": a[5:] + ":3"}, breach.Options{}, nil, breach.ErrGap},
		{"empty range", map[string]string{a[:5] + ".txt": a[5:] + ":3", "FFFFF.txt": ""}, gaps, nil, breach.ErrTruncated},
		{"range in disorder", map[string]string{"00000.txt": strings.Repeat("B", 35) + ":1\n" + strings.Repeat("A", 35) + ":1"}, gaps, nil, breach.ErrOrder},
		{"error page", map[string]string{a[:5] + ".txt": a[5:] + ":3", "FFFFF.txt": "<html>"}, gaps, nil, breach.ErrHash},
		{"Lithnet", map[string]string{"v3/p/8846.db": pass[2:], "v3/w/31D6.db": empty[2:]}, breach.Options{}, counts{ntPassword: 0, ntEmpty: 0}, nil},
		{"Lithnet v3", map[string]string{"p/8846.db": pass[2:], "w/31d6.db": empty[2:]}, breach.Options{}, counts{ntPassword: 0, ntEmpty: 0}, nil},
		{"Lithnet files", map[string]string{"8846.db": pass[2:]}, breach.Options{}, counts{ntPassword: 0}, nil},
		{"Lithnet cut", map[string]string{"8846.db": pass[2:15]}, breach.Options{}, nil, breach.ErrTruncated},
		{"Lithnet in disorder", map[string]string{"8846.db": pass[2:] + empty[2:]}, breach.Options{}, nil, breach.ErrOrder},
		{"Lithnet as SHA-1", map[string]string{"8846.db": pass[2:]}, breach.Options{Kind: filter.SHA1}, nil, breach.ErrMixed},
		{"something else", map[string]string{"list.txt": "x"}, breach.Options{}, nil, lists.ErrFormat},
		{"nothing", nil, breach.Options{}, nil, lists.ErrFormat},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.o.Sources = []string{folder(t, test.files)}
			got, _, err := compile(t, test.o)
			if !errors.Is(err, test.err) {
				t.Fatalf("got %v, want %v", err, test.err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTwins refuses folders with two files of one range.
func TestTwins(t *testing.T) {
	suffix := sha("a")[5:] + ":1\n"
	for _, names := range [][2]string{{"0000A.txt", "0000a.txt"}, {"0000A", "0000a"}, {"00001", "00001.txt"}} {
		path := folder(t, map[string]string{names[0]: suffix, names[1]: suffix, "00007.txt": suffix})
		if names[1] == "0000a" {
			if err := os.Remove(filepath.Join(path, "00007.txt")); err != nil {
				t.Fatal(err)
			}
		}
		if files, _ := os.ReadDir(path); len(files) < 2 {
			t.Skip("the file system ignores case")
		}
		_, _, err := compile(t, breach.Options{Sources: []string{path}, AllowGaps: true})
		var e *lists.SourceError
		if !errors.As(err, &e) || e.Source != path {
			t.Errorf("%q: %v", names, err)
			continue
		}
		for _, name := range names {
			if !strings.Contains(e.Detail+" ", name+" ") {
				t.Errorf("%q: %v", names, err)
			}
		}
	}
}

func unhex(digits string) string {
	b, err := hex.DecodeString(digits)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// A word list as Lithnet's store is larger than a chunk.
func TestLithnetLarge(t *testing.T) {
	var b strings.Builder
	want := counts{}
	for i := range 40_000 {
		tail := fmt.Sprintf("%014d", i)
		b.WriteString(tail)
		want[fmt.Sprintf("8846%X", tail)] = 0
	}
	got, _, err := compile(t, breach.Options{Sources: []string{folder(t, map[string]string{"8846.db": b.String()})}})
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("%d entries, %v; want %d", len(got), err, len(want))
	}
}

func TestSeveralSources(t *testing.T) {
	a, b, c := sha("a"), sha("b"), sha("c")
	ordered := write(t, "ordered", strings.Join(sorted(a+":1", b+":5"), "\n"))
	more := write(t, "more", strings.Join(sorted(b+":4", c+":7"), "\n"))
	words := write(t, "words", "a\na\nc\n")
	bare := write(t, "bare", a+"\n")
	ntlm := write(t, "ntlm", ntPassword+":1\n")
	index := filepath.Join(t.TempDir(), "index")
	if _, _, err := compile(t, breach.Options{Output: index, Sources: []string{ordered}}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name            string
		sources, remove []string
		want            counts
		err             error
	}{
		{"ordered", []string{ordered, more}, nil, counts{a: 1, b: 5, c: 7}, nil},
		{"one twice", []string{ordered, ordered}, nil, counts{a: 1, b: 5}, nil},
		{"beside passwords", []string{words, ordered, more}, nil, counts{a: 0, b: 5, c: 0}, nil},
		{"before passwords", []string{more, ordered, words}, nil, counts{a: 0, b: 5, c: 0}, nil},
		{"beside unknown counts in order", []string{bare, ordered}, nil, counts{a: 0, b: 5}, nil},
		{"removal of unknown counts", []string{words, ordered}, []string{more}, counts{a: 0}, nil},
		{"beside an index", []string{more, index}, nil, counts{a: 1, b: 5, c: 7}, nil},
		{"removals", []string{ordered, more}, []string{words}, counts{b: 5}, nil},
		{"kinds", []string{ordered, ntlm}, nil, nil, breach.ErrMixed},
		{"removals of another kind", []string{ordered}, []string{ntlm}, nil, breach.ErrMixed},
		{"missing", []string{ordered, ordered + "x"}, nil, nil, os.ErrNotExist},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, _, err := compile(t, breach.Options{Sources: test.sources, Remove: test.remove})
			if !errors.Is(err, test.err) {
				t.Fatalf("got %v, want %v", err, test.err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestManySources(t *testing.T) {
	want := counts{}
	var sources []string
	for i := range 40 {
		h := sha(fmt.Sprint(i))
		want[h] = 2
		sources = append(sources, write(t, "list", strings.Join(sorted(h+":2", sha("0")+":1"), "\n")))
	}
	got, summary, err := compile(t, breach.Options{Sources: sources})
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	if summary.Lines != 80 || summary.Merged != 40 {
		t.Errorf("%d lines, %d merged; want 80 and 40", summary.Lines, summary.Merged)
	}
}

func TestStandardInput(t *testing.T) {
	got, summary, err := compile(t, breach.Options{Sources: []string{"-"}, Stdin: strings.NewReader(pack(t, "gzip", "", "a\nb\n"))})
	if want := (counts{sha("a"): 0, sha("b"): 0}); err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	if s := summary.Sources[0]; s.Name != "standard input" || s.Lines != 2 {
		t.Errorf("source %+v", s)
	}
	if _, _, err := compile(t, breach.Options{Sources: []string{"-"}}); err == nil {
		t.Error("no error without standard input")
	}
	if _, _, err := compile(t, breach.Options{Sources: []string{"-"}, Stdin: strings.NewReader(packZip(t, map[string]string{"a": "a"}))}); !errors.Is(err, breach.ErrArchive) {
		t.Errorf("ZIP from a pipe: %v", err)
	}
}

// An overlay holds what the base doesn't answer already; merged with the base it
// makes the index that the sources together make.
func TestOverlay(t *testing.T) {
	dir := t.TempDir()
	a, b, c, d := sha("a"), sha("b"), sha("c"), sha("d")
	base := filepath.Join(dir, "base")
	old := strings.Join(sorted(a+":1", b+":5", c+":7"), "\n")
	if _, _, err := compile(t, breach.Options{Output: base, Sources: []string{write(t, "old", old)}}); err != nil {
		t.Fatal(err)
	}
	add := write(t, "new", strings.Join(sorted(a+":1", b+":500", d+":2"), "\n"))
	gone := write(t, "gone", "c\nx\n")
	over := filepath.Join(dir, "over")
	o := breach.Options{Output: over, Bases: []string{base}, Sources: []string{add}, Remove: []string{gone}}
	summary, err := breach.Compile(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if want := (counts{b: 500, c: filter.Removed, d: 2}); !cmp.Equal(contents(t, over), want) {
		t.Errorf("overlay %v, want %v", contents(t, over), want)
	}
	if summary.Known != 2 || summary.Index.Removed != 1 {
		t.Errorf("%d known, %d removed; want 2 and 1", summary.Known, summary.Index.Removed)
	}

	merged := filepath.Join(dir, "merged")
	if _, err := breach.Merge(context.Background(), breach.Options{Output: merged, Sources: []string{base, over}, Ranges: true}); err != nil {
		t.Fatal(err)
	}
	if want := (counts{a: 1, b: 500, d: 2}); !cmp.Equal(contents(t, merged), want) {
		t.Errorf("merged %v, want %v", contents(t, merged), want)
	}

	next := breach.Options{Output: filepath.Join(dir, "next"), Bases: []string{base, over}, Sources: []string{write(t, "again", "c\nd\n")}}
	if _, err := breach.Compile(context.Background(), next); err != nil {
		t.Fatal(err)
	}
	if want := (counts{c: 0, d: 0}); !cmp.Equal(contents(t, next.Output), want) {
		t.Errorf("second overlay %v, want %v", contents(t, next.Output), want)
	}

	known := breach.Options{Output: filepath.Join(dir, "known"), Bases: []string{base, over, next.Output}, Sources: []string{write(t, "more", d+":900")}}
	if summary, err := breach.Compile(context.Background(), known); err != nil || summary.Known != 1 {
		t.Errorf("known count over an unknown one: %d known, %v; want 1", summary.Known, err)
	}

	for _, test := range []struct {
		name string
		o    breach.Options
		want error
	}{
		{"overlay as a source", breach.Options{Sources: []string{over}}, lists.ErrFormat},
		{"wrong base", breach.Options{Bases: []string{merged, over}, Sources: []string{add}}, filter.ErrBase},
		{"base of another kind", breach.Options{Bases: []string{base}, Sources: []string{write(t, "x", ntPassword+":1")}}, breach.ErrMixed},
		{"overlay over a whole index", breach.Options{Output: base, Bases: []string{base}, Sources: []string{add}}, breach.ErrOverwrite},
		{"overlay over another whole index", breach.Options{Output: merged, Bases: []string{base}, Sources: []string{add}}, breach.ErrKind},
		{"whole index over an overlay", breach.Options{Output: over, Sources: []string{add}}, breach.ErrKind},
		{"overlay without its base", breach.Options{Bases: []string{over}, Sources: []string{add}}, filter.ErrBase},
	} {
		if test.o.Output == "" {
			test.o.Output = filepath.Join(dir, "out")
		}
		if _, err := breach.Compile(context.Background(), test.o); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

func TestShrink(t *testing.T) {
	full := make([]string, 100)
	for i := range full {
		full[i] = fmt.Sprint("password", i)
	}
	output := filepath.Join(t.TempDir(), "index")
	run := func(n int, o breach.Options) error {
		o.Output = output
		o.Sources = []string{write(t, "list", strings.Join(full[:n], "\n"))}
		_, _, err := compile(t, o)
		return err
	}
	for _, test := range []struct {
		name string
		n    int
		o    breach.Options
		want error
	}{
		{"first", 100, breach.Options{}, nil},
		{"truncated", 89, breach.Options{}, breach.ErrShrink},
		{"smaller", 90, breach.Options{}, nil},
		{"of another kind", 100, breach.Options{Kind: filter.NTLM}, breach.ErrKind},
		{"allowed", 1, breach.Options{AllowShrink: true}, nil},
		{"too many lines", 100, breach.Options{ExpectLines: 90, Tolerance: 0.1}, breach.ErrLines},
		{"about as many", 100, breach.Options{ExpectLines: 95, Tolerance: 0.1}, nil},
	} {
		before, _ := os.ReadFile(output)
		if err := run(test.n, test.o); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if after, _ := os.ReadFile(output); test.want != nil && string(after) != string(before) {
			t.Errorf("%s: the old index changed", test.name)
		}
	}
	if err := os.WriteFile(output, []byte("a diary"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, allow := range []bool{false, true} {
		if err := run(100, breach.Options{AllowShrink: allow}); !errors.Is(err, filter.ErrNotIndex) {
			t.Errorf("over something else, allowed to shrink %v: %v", allow, err)
		}
	}
}

// An output that is also read, even by another name, stays what it is.
func TestOutputIsSource(t *testing.T) {
	list := write(t, "list", "a\n")
	index := filepath.Join(t.TempDir(), "index")
	link := index + ".link"
	if _, _, err := compile(t, breach.Options{Output: index, Sources: []string{list}}); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(index, link); err != nil {
		t.Skip(err)
	}
	for _, o := range []breach.Options{
		{Output: list, Sources: []string{list}},
		{Output: index, Sources: []string{list, index}},
		{Output: link, Sources: []string{index}},
		{Output: index, Sources: []string{list}, Remove: []string{link}},
		{Output: link, Sources: []string{list}, Bases: []string{index}},
	} {
		before, _ := os.ReadFile(o.Output)
		o.AllowShrink = true
		if _, err := breach.Compile(context.Background(), o); !errors.Is(err, breach.ErrOverwrite) {
			t.Errorf("%+v: %v", o, err)
		}
		if after, _ := os.ReadFile(o.Output); string(after) != string(before) {
			t.Errorf("%s changed", o.Output)
		}
	}
	if _, err := breach.Merge(context.Background(), breach.Options{Output: link, Sources: []string{index}, AllowShrink: true}); !errors.Is(err, breach.ErrOverwrite) {
		t.Errorf("merged: %v", err)
	}
}

// A source that ends long before the last hash is told of, or refused.
func TestCutOff(t *testing.T) {
	lines := make([]string, 20_000)
	for i := range lines {
		lines[i] = fmt.Sprintf("%s:1", sha(fmt.Sprint(i)))
	}
	lines = sorted(lines...)
	for _, test := range []struct {
		lines         int
		allow, warned bool
		want          error
	}{
		{20_000, false, false, nil},
		{19_990, false, false, nil},
		{19_880, false, true, nil},
		{18_000, false, false, breach.ErrTruncated},
		{18_000, true, true, nil},
		{8_000, false, false, breach.ErrTruncated},
	} {
		source := write(t, "list", strings.Join(lines[:test.lines], "\n"))
		_, summary, err := compile(t, breach.Options{Sources: []string{source}, AllowGaps: test.allow})
		if !errors.Is(err, test.want) {
			t.Errorf("%d lines: %v, want %v", test.lines, err, test.want)
		}
		if err == nil && (summary.Sources[0].Warning != "") != test.warned {
			t.Errorf("%d lines: warning %q, want one: %v", test.lines, summary.Sources[0].Warning, test.warned)
		}
	}
}

func TestCancel(t *testing.T) {
	output := filepath.Join(t.TempDir(), "index")
	source := write(t, "list", strings.Repeat("password\n", 1<<20))
	words := new(strings.Builder)
	for i := range 100_000 {
		fmt.Fprintln(words, i)
	}
	base := filepath.Join(t.TempDir(), "base")
	if _, _, err := compile(t, breach.Options{Output: base, Sources: []string{write(t, "words", words.String())}}); err != nil {
		t.Fatal(err)
	}
	small := write(t, "small", "a\nb\n")
	for _, name := range []string{base, small} {
		want, _, err := compile(t, breach.Options{Output: output, Sources: []string{name}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		o := breach.Options{Output: output, Sources: []string{name, write(t, "more", "new\n")}, Progress: func(p breach.Progress) {
			if p.Phase == "write" {
				cancel()
			}
		}}
		if _, err := breach.Compile(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: canceled in the last phase: %v", name, err)
		}
		if got := contents(t, output); !cmp.Equal(got, want) {
			t.Errorf("%s: %d keys, want %d", name, len(got), len(want))
		}
		if err := os.Remove(output); err != nil {
			t.Fatal(err)
		}
	}
	for name, run := range map[string]func(context.Context, breach.Options) (breach.Summary, error){
		source: breach.Compile, base: breach.Merge,
	} {
		ctx, cancel := context.WithCancel(context.Background())
		o := breach.Options{Output: output, Sources: []string{name}, Progress: func(breach.Progress) { cancel() }}
		if _, err := run(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want context.Canceled", name, err)
		}
		if left, _ := os.ReadDir(filepath.Dir(output)); len(left) != 0 {
			t.Errorf("%s: left behind: %v", name, left)
		}
	}
}
