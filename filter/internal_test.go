package filter

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/bits"
	"math/rand/v2"
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

// TestBloomStorage asks bits-and-blooms/bloom/v3 about the words and the
// positions of ours.
func TestBloomStorage(t *testing.T) {
	const keys, blocks = 5000, 157
	random := rand.New(rand.NewPCG(3, 4))
	words := make([]uint64, blocks*wordsPerBlock)
	heads := make([]uint64, keys)
	for i := range heads {
		heads[i] = random.Uint64()
		block, probes := blockOf(heads[i], blocks)
		setProbes((*[wordsPerBlock]uint64)(words[block*wordsPerBlock:]), probes)
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
