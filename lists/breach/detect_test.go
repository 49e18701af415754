package breach_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/breach"
)

// The names of range files decide: what is none is named, not taken for passwords.
func TestRangeNames(t *testing.T) {
	row := strings.Repeat("A", 35) + ":1\n"
	rest := map[string]string{"00001.txt": row, "abCDe.TXT": row}
	whole := strings.Repeat("0", 40) + ":1\n"
	for _, test := range []struct {
		name, first, text string
		want              error
		at                string // file that the error names; "": the source
	}{
		{"fine", "00000.txt", row, nil, ""},
		{"empty", "00000.txt", "", breach.ErrTruncated, "00000.txt"},
		{"blank", "00000.txt", "\n\n", breach.ErrTruncated, "00000.txt"},
		{"error page", "00000.txt", "<html>\n<p>429 canary</p>\n", breach.ErrHash, "00000.txt"},
		{"later error page", "FFFFF.txt", "<html>\n<p>429 canary</p>\n", breach.ErrHash, "FFFFF.txt"},
		{"later empty", "FFFFF.txt", "", breach.ErrTruncated, "FFFFF.txt"},
		{"whole hashes", "00000.txt", whole, breach.ErrHash, "00001.txt"},
	} {
		files := map[string]string{test.first: test.text}
		for name, text := range rest {
			files[name] = text
		}
		for how, path := range map[string]string{
			"folder": folder(t, files),
			"zip":    write(t, "ranges.zip", packZip(t, files)),
			"tar":    write(t, "ranges.tar", packTar(t, files)),
		} {
			_, _, err := compile(t, breach.Options{Sources: []string{path}, AllowGaps: true})
			var e *lists.SourceError
			if !errors.Is(err, test.want) || errors.As(err, &e) && !strings.HasSuffix(e.Source, test.at) {
				t.Errorf("%s, %s: %v; want %v in %s", test.name, how, err, test.want, test.at)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("%s, %s: %v tells of the list", test.name, how, err)
			}
		}
	}
	for _, files := range []map[string]string{
		{"00000.txt": row, "A README.txt": "Downloaded today.\n"},
		{"00000.txt": row, "README.txt": "Downloaded today.\n"},
	} {
		for _, data := range []string{packZip(t, files), packTar(t, files)} {
			_, _, err := compile(t, breach.Options{Sources: []string{write(t, "archive", data)}, AllowGaps: true})
			if !errors.Is(err, lists.ErrFormat) {
				t.Errorf("README beside ranges: %v", err)
			}
		}
	}
}

// A list of hashes in a form that is not read is no list of passwords.
func TestHashesInOtherForms(t *testing.T) {
	const hash, nt = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8", ntPassword
	for _, line := range []string{
		hash + ",12", hash + " 12", hash + ";12", hash + "\t12", "     12 " + hash, "12," + hash,
		`{"hash":"` + hash + `","count":12}`,
		"jdoe:1001:aad3b435b51404eeaad3b435b51404ee:" + nt + ":::",
		"jdoe:" + hash, "jdoe@example.com:" + nt,
		"0x" + hash, hash + hash[:24], strings.Repeat(hash, 2)[:64] + ":12", strings.Repeat(hash, 4)[:128],
		"$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"jdoe:$6$saltsalt$abcdefghijk", "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA", "{SSHA}c2FsdHNhbHQ=",
	} {
		text := "password\n" + strings.Repeat(line+"\n", 5)
		source := write(t, "list", text)
		_, _, err := compile(t, breach.Options{Sources: []string{source}})
		if !errors.Is(err, breach.ErrHash) || !strings.Contains(fmt.Sprint(err), "--format passwords") {
			t.Errorf("%q: %v", line, err)
		}
		if err != nil && strings.Contains(err.Error(), hash[:8]) {
			t.Errorf("%v tells of the list", err)
		}
		got, _, err := compile(t, breach.Options{Sources: []string{source}, Format: breach.Passwords})
		if want := (counts{sha("password"): 0, sha(line): 0}); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%q as password: %v, %v", line, got, err)
		}
	}
	some := "password\nletmein\n$2a$\ndeadbeef\n" + hash + "\n"
	if got, _, err := compile(t, breach.Options{Sources: []string{write(t, "list", some)}}); err != nil || len(got) != 5 {
		t.Errorf("passwords beside some hashes: %d, %v", len(got), err)
	}
}

// A tar archive has its files in the order of a folder, that is in none.
func TestTarInDisorder(t *testing.T) {
	a, b, c := sha("a"), sha("b"), sha("c")
	all := sorted(a+":1", b+":22", c+":333")
	want := counts{a: 1, b: 22, c: 333}
	archive := func(ranges bool, order ...int) string {
		var data bytes.Buffer
		w := tar.NewWriter(&data)
		for _, i := range order {
			name, text := fmt.Sprintf("list%d", i), all[i]
			if ranges {
				name, text = text[:5]+".txt", text[5:]
			}
			err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text))})
			if err == nil {
				_, err = io.WriteString(w, text)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return data.String()
	}
	for _, ranges := range []bool{true, false} {
		data := archive(ranges, 1, 2, 0)
		for name, text := range map[string]string{"tar": data, "tar.gz": pack(t, "gzip", "", data)} {
			var is string
			o := breach.Options{AllowGaps: true, Detected: func(s breach.Source) { is = s.String() }}
			o.Sources = []string{write(t, name, text)}
			if got, _, err := compile(t, o); err != nil || !cmp.Equal(got, want) || !strings.HasSuffix(is, "to be sorted") {
				t.Errorf("%s, ranges %v: %v, %v, %s", name, ranges, got, err, is)
			}
			o.Sources, o.Stdin = []string{"-"}, strings.NewReader(text)
			if got, _, err := compile(t, o); err != nil || !cmp.Equal(got, want) {
				t.Errorf("%s from a pipe, ranges %v: %v, %v", name, ranges, got, err)
			}
			o.Sources, o.Order = []string{write(t, name, text)}, breach.Sorted
			if _, _, err := compile(t, o); !errors.Is(err, breach.ErrOrder) {
				t.Errorf("%s said to be sorted, ranges %v: %v", name, ranges, err)
			}
		}
	}
	o := breach.Options{Sources: []string{write(t, "tar", archive(true, 1, 2, 0))}}
	if _, _, err := compile(t, o); !errors.Is(err, breach.ErrGap) {
		t.Errorf("with gaps: %v", err)
	}
}
