package filter

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/vetopw/veto/internal/memory"
)

// The Bloom filter is an array of 64-bit words in the order that
// bits-and-blooms/bloom/v3 keeps them: bit i is bit i%64 of word i/64. All
// probes of a digest are in one block of a cache line, one in each of its eight
// words, so that a question costs one memory access and no branch.
const (
	wordsPerBlock = lineBytes / 8
	keysPerBlock  = 32 // 16 bits a key

	// spread is 2^64 divided by the golden ratio. The product's high bits depend
	// on all bits of the head, also where many heads share their first ones.
	spread = 0x9e3779b97f4a7c15
)

// blocksFor returns the number of blocks for a number of keys.
func blocksFor(keys uint64) uint64 { return max(1, (keys+keysPerBlock-1)/keysPerBlock) }

// blockOf returns the block of the digest that begins with head, and its probes:
// six bits for each word, from bit 16 on.
func blockOf(head, blocks uint64) (block, probes uint64) {
	block, _ = bits.Mul64(head, blocks)
	return block, head * spread
}

// bloom is the section of a Bloom filter.
type bloom struct {
	n     uint64 // blocks
	bytes []byte
}

// mayContain reports whether all probes of the digest that begins with head are
// set.
func (f *bloom) mayContain(head uint64) bool {
	i, p := blockOf(head, f.n)
	return hasProbes((*[lineBytes]byte)(f.bytes[i*lineBytes:]), p)
}

// fetch asks for the memory that mayContain reads.
func (f *bloom) fetch(head uint64) {
	i, _ := blockOf(head, f.n)
	memory.Prefetch(&f.bytes[i*lineBytes])
}

// hasProbesGeneric reports whether all probes are set in the words of a block.
func hasProbesGeneric(b *[lineBytes]byte, p uint64) bool {
	le := binary.LittleEndian
	return le.Uint64(b[0:])>>(p>>16&63)&
		(le.Uint64(b[8:])>>(p>>22&63))&
		(le.Uint64(b[16:])>>(p>>28&63))&
		(le.Uint64(b[24:])>>(p>>34&63))&
		(le.Uint64(b[32:])>>(p>>40&63))&
		(le.Uint64(b[40:])>>(p>>46&63))&
		(le.Uint64(b[48:])>>(p>>52&63))&
		(le.Uint64(b[56:])>>(p>>58))&1 != 0
}

// setProbesGeneric sets the probes of the digests that begin with heads, up to the
// first that is greater than last, in the words of a block. It returns how many.
func setProbesGeneric(b *[wordsPerBlock]uint64, heads []uint64, last uint64) (n int) {
	for ; n < len(heads) && heads[n] <= last; n++ {
		p := heads[n] * spread
		b[0] |= 1 << (p >> 16 & 63)
		b[1] |= 1 << (p >> 22 & 63)
		b[2] |= 1 << (p >> 28 & 63)
		b[3] |= 1 << (p >> 34 & 63)
		b[4] |= 1 << (p >> 40 & 63)
		b[5] |= 1 << (p >> 46 & 63)
		b[6] |= 1 << (p >> 52 & 63)
		b[7] |= 1 << (p >> 58)
	}
	return n
}

// BloomFalsePositive returns the share of digests outside of the corpus for which
// the Bloom filter says yes, by the distribution of keys over blocks (Poisson,
// mean 512 bits by bitsPerKey): the mean of (1-(63/64)^keys)^8.
func BloomFalsePositive(bitsPerKey float64) float64 {
	mean := 8 * lineBytes / bitsPerKey
	p, sum := math.Exp(-mean), 0.0
	for k := 0.0; k < 20*mean+100; k++ {
		sum += p * math.Pow(1-math.Pow(63.0/64, k), wordsPerBlock)
		p *= mean / (k + 1)
	}
	return sum
}
