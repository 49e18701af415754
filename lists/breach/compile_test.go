package breach_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/breach"
)

// counts maps digests in upper-case hexadecimal to counts.
type counts map[string]uint32

func sha(password string) string { return fmt.Sprintf("%X", sha1.Sum([]byte(password))) }

// Known NT hashes.
const (
	ntPassword = "8846F7EAEE8FB117AD06BDD830B7586C"
	ntEmpty    = "31D6CFE0D16AE931B73C59D7E0C089C0"
)

// write puts a file with the text into a new folder and returns its path.
func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// compile makes an index with full digests and returns what it holds.
func compile(t testing.TB, o breach.Options) (counts, breach.Summary, error) {
	t.Helper()
	if o.Output == "" {
		o.Output = filepath.Join(t.TempDir(), "out.veto")
	}
	o.Ranges = true
	summary, err := breach.Compile(context.Background(), o)
	if err != nil {
		return nil, summary, err
	}
	return contents(t, o.Output), summary, nil
}

// contents returns what an index with full digests holds.
func contents(t testing.TB, path string) counts {
	t.Helper()
	set, err := filter.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	got := counts{}
	for r, err := range set.All() {
		if err != nil {
			t.Fatal(err)
		}
		got[strings.ToUpper(hex.EncodeToString(r.Digest[:set.Info().Kind.Size()]))] = r.Count
	}
	return got
}

// sorted returns lines in order.
func sorted(lines ...string) []string { slices.Sort(lines); return lines }

func TestText(t *testing.T) {
	a, b, c := sha("a"), sha("b"), sha("c")
	abc := sorted(a+":1", b+":22", c+":333")
	want := counts{a: 1, b: 22, c: 333}
	low := strings.ToLower
	for _, test := range []struct {
		name, text string
		o          breach.Options
		want       counts
		is         string // part of what is detected
	}{
		{"LF", strings.Join(abc, "\n") + "\n", breach.Options{}, want, "sha1 hashes, in order"},
		{"CRLF", strings.Join(abc, "\r\n") + "\r\n", breach.Options{}, want, "in order"},
		{"mixed ends", abc[0] + "\r\n" + abc[1] + "\n" + abc[2] + "\r\n", breach.Options{}, want, "in order"},
		{"no end", strings.Join(abc, "\n"), breach.Options{}, want, "in order"},
		{"no end, CR", strings.Join(abc, "\r\n") + "\r", breach.Options{}, want, "in order"},
		{"mark before each line", "\ufeff" + strings.Join(abc, "\n\ufeff"), breach.Options{}, want, "in order"},
		{"lower case", low(strings.Join(abc, "\n")), breach.Options{}, want, "in order"},
		{"mixed case", abc[0] + "\n" + low(abc[1]) + "\n" + abc[2], breach.Options{}, want, "in order"},
		{"comments and blanks", "# x\n\n \t\r\n!#comment: y\n" + strings.Join(abc, "\n\n#\n"), breach.Options{}, want, "in order"},
		{"white space", " " + strings.Join(abc, " \n\t"), breach.Options{}, want, "in order"},
		{"UTF-16", utf16le("\ufeff" + strings.Join(abc, "\r\n")), breach.Options{}, want, "in order"},
		{"no counts", a + "\n", breach.Options{}, counts{a: 0}, "in order"},
		{"padding", strings.Join(sorted(a+":1", b+":0"), "\n"), breach.Options{}, counts{a: 1}, ""},
		{"huge count", a + ":99999999999999999999\n", breach.Options{}, counts{a: filter.Removed - 1}, ""},
		{"eight digits", a + ":12345678\n", breach.Options{}, counts{a: 12345678}, ""},
		{"repeated", a + ":5\n" + a + ":7\n" + a + ":6\n", breach.Options{}, counts{a: 7}, "in order"},
		{"repeated, unknown", a + ":5\n" + a + "\n" + a + ":6\n", breach.Options{}, counts{a: 0}, "in order"},
		{"repeated, unknown, min count", a + ":5\n" + a + "\n", breach.Options{MinCount: 10}, counts{a: 0}, "in order"},
		{"repeated, unknown, unsorted", b + ":5\n" + a + ":5\n" + b + "\n" + a + ":7\n", breach.Options{Order: breach.AnyOrder}, counts{a: 7, b: 0}, "to be sorted"},
		{"unsorted", abc[2] + "\n" + abc[0] + "\n" + abc[1], breach.Options{}, want, "to be sorted"},
		{"unsorted, repeated", abc[2] + "\n" + abc[0] + "\n" + abc[1] + "\n" + abc[2] + "4\n", breach.Options{}, mapWith(want, abc[2][:40], last(abc[2])*10+4), "to be sorted"},
		{"min count", strings.Join(abc, "\n"), breach.Options{MinCount: 22}, counts{b: 22, c: 333}, ""},
		{"min count, unknown", a + "\n", breach.Options{MinCount: 22}, counts{a: 0}, ""},
		{"NTLM", ntEmpty + ":3\n" + ntPassword + ":4\n", breach.Options{}, counts{ntEmpty: 3, ntPassword: 4}, "ntlm hashes, in order"},
		{"NTLM text", ntPassword + ":jdoe:x\n" + ntEmpty + "\n", breach.Options{}, counts{ntEmpty: 0, ntPassword: 0}, "list.txt: ntlm, to be sorted"},
		{"passwords", "a\r\nb\n\n# x\n#\n#!comment: y\nb\n", breach.Options{}, counts{a: 0, b: 0}, "passwords, hashed to sha1"},
		{"passwords to NTLM", "password\n", breach.Options{Kind: filter.NTLM}, counts{ntPassword: 0}, "hashed to ntlm"},
		{"hash sign", "#1mom\n", breach.Options{}, counts{sha("#1mom"): 0}, "passwords"},
		{"outer blanks", " a \n", breach.Options{}, counts{sha(" a "): 0}, "passwords"},
		{"passwords in UTF-16", utf16be("\ufeffpässwörd\r\n"), breach.Options{}, counts{sha("pässwörd"): 0}, "passwords"},
		{"Latin-1", "p\xe4ss\n", breach.Options{Latin1: true}, counts{sha("päss"): 0}, "passwords"},
		{"invalid left out", "a\np\xe4ss\nb\x00\n" + strings.Repeat("x", breach.MaxLineBytes+1) + "\n", breach.Options{SkipInvalid: true}, counts{a: 0}, "passwords"},
		{"folded", "P4ssw0rd\n", breach.Options{Fold: true}, counts{sha("P4ssw0rd"): 0, sha("p4ssw0rd"): 0}, "passwords"},
		{"count first", "     12 a\n      3 b b\n", breach.Options{}, counts{a: 12, sha("b b"): 3}, "counts"},
		{"count behind a colon", "a:12\nb:c:3\n", breach.Options{}, counts{a: 12, sha("b:c"): 3}, "counts"},
		{"count behind a tab", "a\t12\nb\t0\n", breach.Options{}, counts{a: 12}, "counts"},
		{"as passwords all the same", "a:12\n", breach.Options{Format: breach.Passwords}, counts{sha("a:12"): 0}, "passwords"},
		{"pwm words", "!#comment: x\na\nsha1:" + b + "\nSHA1:" + low(c) + "\n", breach.Options{}, counts{a: 0, b: 0, c: 0}, "words"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var is string
			test.o.Sources = []string{write(t, "list.txt", test.text)}
			test.o.Detected = func(s breach.Source) { is = s.String() }
			got, _, err := compile(t, test.o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if !strings.HasSuffix(is, test.is) && !strings.Contains(is, test.is) {
				t.Errorf("detected %q, want %q", is, test.is)
			}
		})
	}
}

func last(line string) (n uint32) {
	_, _ = fmt.Sscan(line[41:], &n)
	return n
}

func mapWith(c counts, key string, count uint32) counts {
	c = maps.Clone(c)
	c[key] = count
	return c
}

func utf16le(text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func utf16be(text string) string {
	b := []byte(utf16le(text))
	for i := 0; i < len(b); i += 2 {
		b[i], b[i+1] = b[i+1], b[i]
	}
	return string(b)
}

func TestErrors(t *testing.T) {
	a, z := sha("a"), "FF"+sha("z")[2:]
	for _, test := range []struct {
		name, text string
		o          breach.Options
		want       error
		line       int
	}{
		{"empty", "", breach.Options{}, lists.ErrEmpty, 0},
		{"blank", "\n \n\ufeff\n", breach.Options{}, lists.ErrEmpty, 0},
		{"comments", "# canary\n", breach.Options{}, lists.ErrEmpty, 0},
		{"NTLM in SHA-1", a + ":1\n" + z + ":1\n" + ntPassword + ":1\n", breach.Options{}, breach.ErrMixed, 3},
		{"SHA-1 in NTLM", ntEmpty + ":1\n" + ntPassword + ":1\n" + z + ":1\n", breach.Options{}, breach.ErrMixed, 3},
		{"other kind wanted", a + ":1\n", breach.Options{Kind: filter.NTLM}, breach.ErrMixed, 0},
		{"cut in the hash", a + ":1\n" + z[:30], breach.Options{}, breach.ErrTruncated, 2},
		{"cut before the count", a + ":1\n" + z + ":", breach.Options{}, breach.ErrTruncated, 2},
		{"hashes of 39 digits", a[:39] + ":1\n" + z[:39] + ":1\n", breach.Options{}, breach.ErrHash, 0},
		{"password between", a + ":1\n" + "canary\n" + z + ":1\n", breach.Options{}, breach.ErrHash, 2},
		{"said to be sorted", z + ":1\n" + a + ":1\n", breach.Options{Order: breach.Sorted}, breach.ErrOrder, 2},
		{"NUL", "canary\ncana\x00ry\n", breach.Options{}, lists.ErrEncoding, 2},
		{"CR alone", "canary\rpassword\r", breach.Options{}, breach.ErrLineEnd, 1},
		{"CR alone behind a comment", "x\n# canary\rpassword\r", breach.Options{}, breach.ErrLineEnd, 2},
		{"CR alone in Latin-1", "canary\rpassword\r", breach.Options{Latin1: true}, breach.ErrLineEnd, 1},
		{"CR alone between hashes", a + "\r" + z + "\r", breach.Options{}, breach.ErrLineEnd, 1},
		{"CR alone in NTLM text", ntEmpty + ":1\n" + ntPassword + ":jdoe\r" + ntEmpty + ":x\r", breach.Options{Format: breach.NTLMText}, breach.ErrLineEnd, 2},
		{"CR alone behind a comment on hashes", a + "\n# canary\r" + z + "\r", breach.Options{}, breach.ErrLineEnd, 2},
		{"CR alone in a large list", strings.Repeat("canary\r", 1<<16), breach.Options{}, breach.ErrLineEnd, 1},
		{"Latin-1", "canary\n\ncan\xe4ry\n", breach.Options{}, lists.ErrEncoding, 3},
		{"endless", "canary\n" + strings.Repeat("canary", 1<<16), breach.Options{}, lists.ErrLong, 2},
		{"count missing", "canary:1\ncanary\n", breach.Options{Format: breach.Counts}, lists.ErrFormat, 2},
		{"hash of another type", "!#comment: x\nmd5:" + ntPassword + "\n", breach.Options{}, breach.ErrMixed, 2},
		{"too few lines", a + ":1\n", breach.Options{ExpectLines: 100, Tolerance: 0.01}, breach.ErrLines, 0},
		{"7z", "7z\xbc\xaf\x27\x1ccanary", breach.Options{}, breach.ErrArchive, 0},
		{"gzip cut", pack(t, "gzip", "x", a+":1\n"+z+":1\n")[:40], breach.Options{}, breach.ErrTruncated, 0},
		{"zstd cut", pack(t, "zstd", "x", a+":1\n"+z+":1\n")[:40], breach.Options{}, breach.ErrTruncated, 0},
		{"no gzip", "\x1f\x8bcanary canary", breach.Options{}, nil, 0},
		{"no ZIP", "PK\x03\x04canary canary", breach.Options{}, nil, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := write(t, "list.txt", test.text)
			test.o.Output = filepath.Join(t.TempDir(), "out.veto")
			test.o.Sources = []string{path}
			_, _, err := compile(t, test.o)
			if err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			var e *lists.SourceError
			if errors.As(err, &e) && (e.Source != path || e.Line != test.line) {
				t.Errorf("at %s:%d, want %s:%d", e.Source, e.Line, path, test.line)
			}
			if text := err.Error(); strings.Contains(text, "canary") || strings.Contains(text, a[:8]) || strings.Contains(text, z[:8]) {
				t.Errorf("message %q tells of the list", text)
			}
			if left, _ := os.ReadDir(filepath.Dir(test.o.Output)); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// pack compresses the text, or puts it as a file with the name into an archive.
func pack(t testing.TB, how, name, text string) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch how {
	case "", "plain":
		return text
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zstd":
		w, err = zstd.NewWriter(&b)
	case "xz":
		w, err = xz.NewWriter(&b)
	case "zip":
		return packZip(t, map[string]string{name: text})
	case "tar":
		return packTar(t, map[string]string{name: text})
	}
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func packZip(t testing.TB, files map[string]string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func packTar(t testing.TB, files map[string]string) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(files[name])), Format: tar.FormatPAX})
		if err == nil {
			_, err = io.WriteString(w, files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestContainers(t *testing.T) {
	a, b, c := sha("a"), sha("b"), sha("c")
	text := strings.Join(sorted(a+":1", b+":22", c+":333"), "\r\n")
	want := counts{a: 1, b: 22, c: 333}
	ranges := map[string]string{}
	for h, n := range want {
		ranges[h[:5]+".txt"] = fmt.Sprintf("%s:%d", h[5:], n)
	}
	gaps := breach.Options{AllowGaps: true}
	for _, test := range []struct {
		name, data string
		o          breach.Options
		is         string
	}{
		{"list.txt.gz", pack(t, "gzip", "", text), breach.Options{}, "gzip, sha1 hashes, in order"},
		{"list.txt.gz", pack(t, "gzip", "", text[:70]) + pack(t, "gzip", "", text[70:]), breach.Options{}, "gzip, sha1 hashes"},
		{"list.zst", pack(t, "zstd", "", text), breach.Options{}, "zstd, sha1 hashes, in order"},
		{"list.xz", pack(t, "xz", "", text), breach.Options{}, "xz, sha1 hashes, in order"},
		{"list.zip", pack(t, "zip", "list.txt", text), breach.Options{}, "zip, sha1 hashes"},
		{"list.tar", pack(t, "tar", "list.txt", text), breach.Options{}, "tar, sha1 hashes"},
		{"list.tgz", pack(t, "gzip", "", pack(t, "tar", "list.txt", text)), breach.Options{}, "gzip, tar, sha1 hashes"},
		{"misnamed.txt", pack(t, "zstd", "", text), breach.Options{}, "zstd"},
		{"words.zip", packZip(t, map[string]string{"1.txt": "a\n", "2.txt": "!#comment: x\nb", "d/": "", "d/.hidden": "x\n", "d/3.txt": "c\n"}), breach.Options{}, "zip, passwords"},
		{"ranges.zip", packZip(t, ranges), gaps, "zip, sha1 ranges, in order"},
		{"ranges.tar", packTar(t, ranges), gaps, "tar, sha1 ranges, in order"},
		{"ranges.tar.xz", pack(t, "xz", "", packTar(t, ranges)), gaps, "xz, tar, sha1 ranges, in order"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var is string
			test.o.Detected = func(s breach.Source) { is = s.String() }
			test.o.Sources = []string{write(t, test.name, test.data)}
			got, _, err := compile(t, test.o)
			if err != nil {
				t.Fatal(err)
			}
			want := want
			if test.name == "words.zip" {
				want = counts{a: 0, b: 0, c: 0}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(is, test.is) {
				t.Errorf("detected %q, want %q", is, test.is)
			}
		})
	}
}
