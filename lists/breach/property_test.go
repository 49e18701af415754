package breach_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists/breach"
)

// sections returns the parts of an index that its sources' names don't change.
func sections(t *rapid.T, path string) map[string][]byte {
	set, err := filter.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if err := set.Verify(nil); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, s := range set.Info().Sections {
		if s.Name != "provenance" && s.Name != "checksums" {
			all[s.Name] = data[s.Offset : s.Offset+s.Bytes]
		}
	}
	return all
}

// However a set of hashes is shuffled, repeated, split, written and compressed,
// and however little memory there is: the index is the same.
func TestSameIndex(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		kind := rapid.SampledFrom([]filter.Kind{filter.SHA1, filter.NTLM}).Draw(rt, "kind")
		lines := drawHashes(rt, kind)
		run := func(name string, sources []string, o breach.Options) map[string][]byte {
			o.Output = filepath.Join(dir, name)
			o.Sources = sources
			o.AllowShrink = true
			if _, err := breach.Compile(context.Background(), o); err != nil {
				rt.Fatal(err)
			}
			return sections(rt, o.Output)
		}
		put := func(name, text string) string {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				rt.Fatal(err)
			}
			return path
		}
		o := breach.Options{Ranges: rapid.Bool().Draw(rt, "ranges")}
		want := run("want", []string{put("all", strings.Join(lines, "\n"))}, o)

		split := make([][]string, rapid.IntRange(1, 5).Draw(rt, "files"))
		for _, line := range lines {
			for range rapid.IntRange(1, 2).Draw(rt, "times") {
				i := rapid.IntRange(0, len(split)-1).Draw(rt, "file")
				split[i] = append(split[i], line)
			}
		}
		var sources []string
		for i, lines := range split {
			if len(lines) == 0 {
				continue
			}
			if rapid.Bool().Draw(rt, "shuffle") {
				lines = rapid.Permutation(lines).Draw(rt, "lines")
			}
			text := strings.Join(lines, rapid.SampledFrom([]string{"\n", "\r\n", "\n\n\ufeff"}).Draw(rt, "ends"))
			if rapid.Bool().Draw(rt, "lower") {
				text = strings.ToLower(text)
			}
			text = pack(t, rapid.SampledFrom([]string{"plain", "gzip", "zstd", "xz", "zip", "tar"}).Draw(rt, "pack"), "list", text)
			sources = append(sources, put(fmt.Sprint("part", i), text))
		}
		o.Memory = rapid.Int64Range(1, 1<<16).Draw(rt, "memory")
		o.Workers = rapid.IntRange(1, 4).Draw(rt, "workers")
		got := run("got", sources, o)
		for name := range want {
			if !bytes.Equal(got[name], want[name]) {
				rt.Errorf("section %s differs", name)
			}
		}
	})
}

// drawHashes returns lines of different hashes in order, many of them close.
func drawHashes(t *rapid.T, kind filter.Kind) []string {
	n := rapid.IntRange(1, 500).Draw(t, "hashes")
	seed := rapid.Uint64().Draw(t, "seed")
	lines := make([]string, n)
	for i := range lines {
		var b [20]byte
		binary.BigEndian.PutUint64(b[:], seed*uint64(i*i)) // some equal
		binary.BigEndian.PutUint32(b[12:], uint32(i))
		lines[i] = fmt.Sprintf("%X:%d", b[:kind.Size()], i%9000+1)
	}
	slices.Sort(lines)
	return lines
}
