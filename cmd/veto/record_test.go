package main

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/engine"
)

// records returns all passwords of src.
func records(src io.Reader, end byte) ([]string, error) {
	r := newRecordReader(src, end)
	defer r.close()
	var all []string
	for {
		record, err := r.next()
		if err == io.EOF {
			return all, nil
		} else if err != nil {
			return all, err
		}
		all = append(all, string(record))
	}
}

func TestRecords(t *testing.T) {
	const mark = "\ufeff"
	for _, tt := range []struct {
		in   string
		end  byte
		want []string
	}{
		{"", '\n', nil},
		{"a", '\n', []string{"a"}},
		{"a\nb\n", '\n', []string{"a", "b"}},
		{"\n\na", '\n', []string{"", "", "a"}},
		{"a\r\nb\r\r\nc\r", '\n', []string{"a", "b\r", "c\r"}},
		{"\r\n", '\n', []string{""}},
		{mark + "a\n" + mark + "b", '\n', []string{"a", mark + "b"}},
		{mark, '\n', []string{""}},
		{"a\x00b\n", '\n', []string{"a\x00b"}},
		{"a\r\n\x00b\x00\x00", 0, []string{"a\r\n", "b", ""}},
		{mark + "a", 0, []string{mark + "a"}},
		{"\xff\xfea\n", '\n', []string{"\xff\xfea"}},
	} {
		for name, src := range map[string]io.Reader{
			"whole":   strings.NewReader(tt.in),
			"bytes":   iotest.OneByteReader(strings.NewReader(tt.in)),
			"dataerr": iotest.DataErrReader(strings.NewReader(tt.in)),
		} {
			got, err := records(src, tt.end)
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%q by %s: %v %s", tt.in, name, err, diff)
			}
		}
	}
}

func TestRecordsReadError(t *testing.T) {
	src := io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(iotest.ErrTimeout))
	got, err := records(src, '\n')
	if !slices.Equal(got, []string{"a"}) || err != iotest.ErrTimeout {
		t.Errorf("got %q, %v; want only the whole line and the error", got, err)
	}
}

// A long password is cut between characters, and the next one is whole.
func TestRecordsLong(t *testing.T) {
	for _, length := range []int{recordBytes - 1, recordBytes, recordBytes + 1, recordBytes + 2, recordBytes + 3, 20 * recordBytes} {
		for _, char := range []string{"x", "é", "東", "🦊"} {
			long := strings.Repeat(char, length/len(char))
			got, err := records(strings.NewReader("-"+long+"\r\nshort\n"), '\n')
			if err != nil || len(got) != 2 || got[1] != "short" {
				t.Fatalf("%d bytes of %s: %d passwords, error %v", length, char, len(got), err)
			}
			if want := min(len(long)+1, recordBytes-recordBytes%len(char)); len(got[0]) > recordBytes || len(got[0]) < want-len(char) {
				t.Errorf("%d bytes of %s: kept %d", length, char, len(got[0]))
			}
			if strings.TrimLeft(got[0], "-"+char) != "" {
				t.Errorf("%d bytes of %s: a character was cut", length, char)
			}
		}
	}
}

// What is kept of a password is too long under every policy.
func TestRecordBytes(t *testing.T) {
	const mostBytesPerCharacter = 4 * 4 // four code points of four bytes compose to one in NFC
	if kept := (recordBytes - 3) / mostBytesPerCharacter; kept <= engine.MaxLength {
		t.Errorf("%d characters are kept, want more than %d", kept, engine.MaxLength)
	}
}

func TestRecordsWiped(t *testing.T) {
	r := newRecordReader(strings.NewReader("secret one\nsecret two"), '\n')
	first, _ := r.next()
	chunk := r.chunk[:len("secret one")]
	if string(first) != "secret one" || bytes.ContainsFunc(chunk, func(c rune) bool { return c != 0 }) {
		t.Errorf("the buffer holds %q after the first password", chunk)
	}
	r.next()
	r.close()
	for name, buf := range map[string][]byte{"chunk": r.chunk, "record": r.record[:cap(r.record)]} {
		if !bytes.Equal(buf, make([]byte, len(buf))) {
			t.Errorf("%s is not wiped", name)
		}
	}
}
