package filter

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	library "github.com/bits-and-blooms/bloom/v3"
	"github.com/cespare/xxhash/v2"
	"pgregory.net/rapid"
)

func reseal(b []byte) {
	if len(b) < headerBytes {
		return
	}
	at := spansOffset + 16*int(sectionSums)
	offset, n := binary.LittleEndian.Uint64(b[at:]), binary.LittleEndian.Uint64(b[at+8:])
	if size := uint64(len(b)); offset <= size && n <= size-offset {
		binary.LittleEndian.PutUint64(b[128:], xxhash.Sum64(b[offset:offset+n]))
	}
	clear(b[idOffset : idOffset+32])
	id := sha256.Sum256(b[:headerBytes])
	copy(b[idOffset:], id[:])
}

func TestMatch(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	values := []uint32{0, 1, 2, vacant, vacant - 1, 1 << 31, 1<<31 - 1}
	for range 100_000 {
		var line [lineBytes]byte
		for i := range slotsPerLine {
			x := random.Uint32()
			if random.IntN(2) == 0 {
				x = values[random.IntN(len(values))]
			}
			binary.LittleEndian.PutUint32(line[4*i:], x)
		}
		x := values[random.IntN(len(values))]
		if random.IntN(2) == 0 {
			x = slot(&line, random.IntN(slotsPerLine))
		}
		want := uint32(0)
		for i := range slotsPerLine {
			if slot(&line, i) == x {
				want |= 1 << i
			}
		}
		if got := match(&line, x); got != want {
			t.Fatalf("match(%x, %x) = %b, want %b", line, x, got, want)
		}
		if got := matchGeneric(&line, x); got != want {
			t.Fatalf("matchGeneric(%x, %x) = %b, want %b", line, x, got, want)
		}
	}
}

func TestCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pages := rapid.Uint64Range(1, 1<<38).Draw(t, "pages")
		h := rapid.Uint64().Draw(t, "head")
		c := cellOf(h, pages)
		if c.page >= pages || c.line >= linesPerPage {
			t.Fatalf("cell %v is out of bounds", c)
		}
		least := c.least(pages)
		if least > h || cellOf(least, pages) != c {
			t.Fatalf("least head %x of the cell of %x is in %v, not %v", least, h, cellOf(least, pages), c)
		}
		if least > 0 && !cellOf(least-1, pages).before(c) {
			t.Fatalf("%x is not the least head of %v", least, c)
		}
		if kept := 32 + bits.Len64(pages*linesPerPage) - 1; kept < 64 && (h-least)>>(64-kept) > 0 {
			t.Fatalf("%x and %x differ within %d bits", h, least, kept)
		}
	})
}

func TestRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		delta := rapid.Uint64().Draw(t, "delta") >> rapid.IntRange(0, 63).Draw(t, "shift")
		r := Record{Count: rapid.Uint32().Draw(t, "count") >> rapid.IntRange(0, 31).Draw(t, "shift")}
		copy(r.Digest[8:], rapid.SliceOfN(rapid.Byte(), maxTail, maxTail).Draw(t, "tail"))
		tail := rapid.SampledFrom([]int{0, 8, 12}).Draw(t, "tail bytes")
		var b [maxRow + 50]byte
		n := encodeRow(b[:], delta, &r, tail)
		for _, end := range []int{n, n + 1, len(b)} {
			d, count, rest, length := decodeRow(b[:end], tail)
			if d != delta || count != r.Count || string(rest) != string(r.Digest[8:8+tail]) || length != n {
				t.Fatalf("%d bytes: %x, %d, %x, %d; want %x, %v, %d", end, d, count, rest, length, delta, r, n)
			}
		}
		for end := range n {
			if _, _, _, length := decodeRow(b[:end], tail); length != 0 {
				t.Fatalf("a row of %d bytes is read from %d", n, end)
			}
		}
	})
}

// TestProbes compares the assembly with its twin in Go.
func TestProbes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		heads := rapid.SliceOf(rapid.Uint64()).Draw(t, "heads")
		last := rapid.Uint64().Draw(t, "last")
		got := [wordsPerBlock]uint64(rapid.SliceOfN(rapid.Uint64(), wordsPerBlock, wordsPerBlock).Draw(t, "words"))
		want := got
		if n, m := setProbes(&got, heads, last), setProbesGeneric(&want, heads, last); n != m || got != want {
			t.Fatalf("%d heads, %x; in Go %d, %x", n, got, m, want)
		}
		block := [lineBytes]byte(bytes.Repeat([]byte{0xff}, lineBytes))
		p := rapid.Uint64().Draw(t, "probes")
		if i := rapid.IntRange(0, 2*wordsPerBlock).Draw(t, "vacant"); i < wordsPerBlock {
			binary.LittleEndian.PutUint64(block[8*i:], ^uint64(1<<(p>>(16+6*i)&63)))
		}
		if yes, wanted := hasProbes(&block, p), hasProbesGeneric(&block, p); yes != wanted {
			t.Fatalf("probes %x in %x: %v, in Go %v", p, block, yes, wanted)
		}
	})
}

func TestGreatest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(1, 1<<48).Draw(t, "n")
		i := rapid.Uint64Range(0, n-1).Draw(t, "i")
		h := greatest(i, n)
		if c := cellOf(h, n); c.page != i {
			t.Fatalf("%x is in part %d", h, c.page)
		}
		if h != math.MaxUint64 && cellOf(h+1, n).page != i+1 {
			t.Fatalf("%x is not the greatest", h)
		}
	})
}

func TestSpool(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var records []Record
		h := uint64(0)
		for range rapid.IntRange(0, 1000).Draw(t, "records") {
			delta := rapid.Uint64Range(1, 1<<50).Draw(t, "delta") >> rapid.IntRange(0, 49).Draw(t, "shift")
			r := Record{Count: rapid.Uint32Range(0, Removed-1).Draw(t, "count")}
			h += max(delta, 1)
			binary.BigEndian.PutUint64(r.Digest[:], h)
			records = append(records, r)
		}
		b := make([]byte, len(records)*spoolLong+8)
		last, n, used := spoolRecords(b, records, 0)
		if last != h || n != len(records) {
			t.Fatalf("%d records up to %x, want %d up to %x", n, last, len(records), h)
		}
		s := spoolReader{r: bytes.NewReader(b[:used]), keys: uint64(n)}
		var heads [batchKeys]uint64
		var classes [batchKeys]Prevalence
		for len(records) > 0 {
			n, err := s.next(&heads, &classes)
			if n == 0 || err != nil {
				t.Fatalf("%d records are missing: %v", len(records), err)
			}
			for i := range n {
				if head(records[i].Digest[:]) != heads[i] || PrevalenceOf(records[i].Count) != classes[i] {
					t.Fatalf("%v is read as %x, %d", records[i], heads[i], classes[i])
				}
			}
			records = records[n:]
		}
		if n, err := s.next(&heads, &classes); n != 0 || err != nil {
			t.Fatalf("%d records at the end: %v", n, err)
		}
		if used > 0 {
			s := spoolReader{r: bytes.NewReader(b[:used-1]), keys: uint64(n)}
			for err := error(nil); err == nil; {
				if n, err = s.next(&heads, &classes); n == 0 && err == nil {
					t.Fatal("a spool cut off is read")
				}
			}
		}
	})
}

// TestBloomStorage asks bits-and-blooms/bloom/v3 about the words and the
// positions of ours.
// TestNoMapping opens files that cannot be mapped.
func TestNoMapping(t *testing.T) {
	refused := errors.New("refused")
	h := newLayout(nil, header{kind: SHA1, keys: 1 << 29, pages: pagesFor(1 << 29)}).header
	for _, s := range h.spans[:sectionSums] {
		h.spans[sectionSums].bytes += 8 * s.sums()
	}
	h.place(0)
	large, _ := h.encode()
	small := filepath.Join(t.TempDir(), "small")
	w, err := Create(small, Options{Kind: SHA1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(small)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		head []byte
		size int64
		want error
	}{
		{"small", whole, int64(len(whole)), nil},
		{"large", large[:], int64(h.bytes), refused},
		{"large, cut off", large[:], maxRead + 1, ErrTruncated},
		{"large, foreign", []byte("PK"), 20 << 30, ErrNotIndex},
	} {
		path := filepath.Join(t.TempDir(), "index")
		if err := os.WriteFile(path, test.head, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, test.size); err != nil {
			t.Skip(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = openFile(f, func(*os.File, int) ([]byte, error) { return nil, refused })
		f.Close()
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}

func TestBloomStorage(t *testing.T) {
	const keys, blocks = 5000, 157
	random := rand.New(rand.NewPCG(3, 4))
	words := make([]uint64, blocks*wordsPerBlock)
	heads := make([]uint64, keys)
	for i := range heads {
		heads[i] = random.Uint64()
		block, _ := blockOf(heads[i], blocks)
		setProbes((*[wordsPerBlock]uint64)(words[block*wordsPerBlock:]), heads[i:i+1], math.MaxUint64)
	}
	ours := library.From(words, wordsPerBlock)
	var b []byte
	for _, w := range words {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	f := bloom{blocks, b}
	yes := 0
	for i := range 100_000 {
		h := random.Uint64()
		if i < keys {
			h = heads[i]
		}
		block, probes := blockOf(h, blocks)
		var locations []uint64
		for w := range uint64(wordsPerBlock) {
			locations = append(locations, block*8*lineBytes+w*64+probes>>(16+6*w)&63)
		}
		got := f.mayContain(h)
		if want := ours.TestLocations(locations); got != want {
			t.Fatalf("head %x: %v, bits-and-blooms says %v", h, got, want)
		}
		if i < keys && !got {
			t.Fatalf("head %x is denied", h)
		}
		if i >= keys && got {
			yes++
		}
	}
	share := float64(yes) / (100_000 - keys)
	if want := BloomFalsePositive(8 * float64(len(b)) / keys); math.Abs(share-want) > want/2 {
		t.Errorf("false positives: %.2g, computed %.2g", share, want)
	}
}
