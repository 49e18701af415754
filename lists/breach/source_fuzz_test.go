package breach

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
)

// FuzzSource reads any bytes as a source: whatever is detected, reading ends
// with an error about the source or with records of what the lines say.
func FuzzSource(f *testing.F) {
	sha1 := strings.Repeat("0123456789", 4)
	for _, text := range []string{
		sha1 + ":1\n", sha1[:32] + ":x\n", "a\nb\n", " 1 a\n", "a:1\n", "!#comment: x\nsha1:" + sha1, "\xff\xfea\x00\n\x00",
		"\x1f\x8b\x08\x00", "\x28\xb5\x2f\xfd\x04\x00\x01\x00\x00", "\xfd7zXZ\x00\x00\x04", "PK\x03\x04", "BZh9", "7z\xbc\xaf\x27\x1c",
		strings.Repeat("\x00", tarMagicStart) + "ustar\x0000" + strings.Repeat("\x00", 248),
	} {
		f.Add([]byte(text), false)
		f.Add([]byte(text), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, lax bool) {
		c := &compiler{o: Options{Stdin: bytes.NewReader(data), Sources: []string{"-"}, SkipInvalid: lax, Workers: 1}}
		err := c.open(context.Background())
		for _, s := range c.sources {
			if err == nil {
				err = drain(read(context.Background(), s, 1))
			}
		}
		var e *lists.SourceError
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("%v is no SourceError", err)
		}
		if err != nil && e.Source == "" {
			t.Fatalf("%v has no source", err)
		}
	})
}

// drain reads to the end and returns what else ended it.
func drain(r *reading) error {
	defer r.close()
	for {
		records, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, record := range records {
			if r.source.Kind == filter.NTLM && !bytes.Equal(record.Digest[16:], make([]byte, 4)) {
				return errors.New("bytes behind an NTLM digest")
			}
		}
	}
}
