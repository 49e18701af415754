package main

import (
	"errors"
	"math/bits"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/bits-and-blooms/bloom/v3"
	"golang.org/x/sys/unix"

	"github.com/vetopw/veto/filter"
)

// enter makes all contestants of a set. The caller calls done in the end.
func enter(s *set, folder string) (contestants []contestant, done func(), err error) {
	path := filepath.Join(folder, "layouts.index")
	done = func() { os.Remove(path) }
	files, err := indexes(s, path)
	if err != nil {
		return nil, done, err
	}
	contestants = append(blooms(s), files...)
	heads := large(len(s.heads))
	copy(heads, s.heads)
	s.heads = nil
	contestants = append(contestants,
		contestant{name: "sort.Search over []uint64", bytes: 8 * len(heads), has: func(h uint64) bool {
			i := sort.Search(len(heads), func(i int) bool { return heads[i] >= h })
			return i < len(heads) && heads[i] == h
		}},
		contestant{name: "interpolation over []uint64", bytes: 8 * len(heads), has: func(h uint64) bool { return interpolate(heads, h) }},
		prefixTable(heads, 8),
		eytzinger(heads))
	return contestants, done, nil
}

// large returns memory in huge pages, which all contestants but the mapped file
// have.
func large(n int) []uint64 {
	b, err := unix.Mmap(-1, 0, 8*n+4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return make([]uint64, n)
	}
	_ = unix.Madvise(b, unix.MADV_HUGEPAGE)
	return words(b, n)
}

func interpolate(heads []uint64, h uint64) bool {
	lo, hi := 0, len(heads)-1
	for lo <= hi && heads[lo] <= h && h <= heads[hi] {
		if hi-lo < 16 {
			for i := lo; i <= hi; i++ {
				if heads[i] >= h {
					return heads[i] == h
				}
			}
			return false
		}
		q, _ := bits.Mul64(h-heads[lo], uint64(hi-lo))
		part, _ := bits.Div64(q, (h-heads[lo])*uint64(hi-lo), heads[hi]-heads[lo]+1)
		mid := lo + int(part)
		switch {
		case heads[mid] == h:
			return true
		case heads[mid] < h:
			lo = mid + 1
		default:
			hi = mid - 1
		}
	}
	return false
}

// prefixTable has, for each value of the first bits, where its remainders of 32
// bits begin.
func prefixTable(heads []uint64, perBucket int) contestant {
	buckets := uint64(max(1, len(heads)/perBucket))
	starts := words32(large(int(buckets)/2 + 2))
	rest := words32(large(len(heads)/2 + 1))
	at := uint64(0)
	for i, h := range heads {
		b, r := bits.Mul64(h, buckets)
		for ; at <= b; at++ {
			starts[at] = uint32(i)
		}
		rest[i] = uint32(r >> 32)
	}
	for ; at <= buckets; at++ {
		starts[at] = uint32(len(heads))
	}
	return contestant{name: "prefix table, 8 sorted 32-bit remainders a bucket", bytes: 4 * (len(heads) + int(buckets)),
		has: func(h uint64) bool {
			b, r := bits.Mul64(h, buckets)
			for _, x := range rest[starts[b]:starts[b+1]] {
				if x >= uint32(r>>32) {
					return x == uint32(r>>32)
				}
			}
			return false
		}}
}

// eytzinger has the heads in the order of a breadth-first walk of the search
// tree.
func eytzinger(heads []uint64) contestant {
	tree := large(len(heads) + 1)
	next := 0
	var fill func(k int)
	fill = func(k int) {
		if k < len(tree) {
			fill(2 * k)
			tree[k] = heads[next]
			next++
			fill(2*k + 1)
		}
	}
	fill(1)
	return contestant{name: "Eytzinger over []uint64", bytes: 8 * len(tree), has: func(h uint64) bool {
		k := 1
		for k < len(tree) {
			less := 0
			if tree[k] < h {
				less = 1
			}
			k = 2*k + less
		}
		k >>= bits.TrailingZeros(^uint(k)) + 1
		return k > 0 && tree[k] == h
	}}
}

// indexes are index files of package filter.
func indexes(s *set, path string) ([]contestant, error) {
	w, err := filter.Create(path, filter.Options{Kind: filter.SHA1})
	if err != nil {
		return nil, err
	}
	batch := make([]filter.Record, 0, 1024)
	for part := range slices.Chunk(s.heads, cap(batch)) {
		batch = batch[:0]
		for _, h := range part {
			r := filter.Record{Count: 1}
			digest(&r.Digest, h)
			batch = append(batch, r)
		}
		if err := w.Append(batch); err != nil {
			return nil, errors.Join(err, w.Abort())
		}
	}
	info, err := w.Close()
	if err != nil {
		return nil, err
	}
	bytes := func(name string) (n int) {
		for _, part := range info.Sections {
			if name == "" || part.Name == name {
				n += int(part.Bytes)
			}
		}
		return n
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	inHuge := byteView(large(len(file)/8 + 1))[:len(file)]
	copy(inHuge, file)
	huge, err := filter.OpenBytes(inHuge)
	if err != nil {
		return nil, err
	}
	index := bytes("") - bytes("bloom")
	return append(
		[]contestant{mappedIndex(path, bytes("")), preloadedIndex(path, index), batchedIndex(huge, index)},
		contestant{name: "filter: Bloom block, one bit in each word (MayContain)", bytes: bytes("bloom"), has: ask(huge.MayContain)},
		contestant{name: "filter: pages of lines, in memory", bytes: index, has: ask(huge.Contains)},
		contestant{name: "filter: the same with class (Lookup)", bytes: index, has: ask(func(d []byte) bool {
			_, ok := huge.Lookup(d)
			return ok
		})}), nil
}

// ask makes a question about a head of one about a digest.
func ask(f func([]byte) bool) func(uint64) bool {
	d := new([20]byte)
	return func(h uint64) bool { return f(digest(d, h)) }
}

// mappedIndex opens the file anew when it is to be cold but for the Bloom
// filter, as what is mapped stays in memory.
func mappedIndex(path string, bytes int) contestant {
	var index *filter.Set
	open := func() (err error) {
		index = nil
		for range 3 {
			runtime.GC() // unmaps the file
			time.Sleep(10 * time.Millisecond)
		}
		if err := drop(path); err != nil {
			return err
		}
		if index, err = filter.Open(path); err != nil {
			return err
		}
		return index.PreloadBloom()
	}
	return contestant{name: "filter: Bloom, then pages, mapped", bytes: bytes, cold: open,
		has: ask(func(d []byte) bool { return index.Contains(d) })}
}

func preloadedIndex(path string, bytes int) contestant {
	index := sync.OnceValue(func() *filter.Set {
		s, err := filter.Open(path)
		if err != nil || s.Preload() != nil {
			return nil
		}
		return s
	})
	return contestant{name: "filter: pages, mapped and preloaded", bytes: bytes,
		has: ask(func(d []byte) bool { return index().Contains(d) })}
}

func batchedIndex(s *filter.Set, bytes int) contestant {
	held, found, n := new([16 * 20]byte), new([16]bool), 0
	return contestant{name: "filter: pages of lines, in memory, 16 at a time", bytes: bytes,
		has: func(h uint64) bool {
			digest((*[20]byte)(held[20*n:]), h)
			if n++; n == len(found) {
				n = 0
				s.ContainsBatch(found[:], held[:])
			}
			return false
		}}
}

// drop removes the pages of a file from memory, as far as nobody maps them.
func drop(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// blooms are Bloom filters of 16 bits a key.
func blooms(s *set) []contestant {
	n := uint(len(s.heads))
	library := bloom.New(16*n, 11)
	own := bloom.From(large(int(16*n/64)+8), 8)
	scattered := large(int(16*n/64) + 8)
	blocks := uint64(len(scattered) / 8)
	var locations [8]uint64
	locate := func(h uint64) []uint64 {
		p := h * 0x9e3779b97f4a7c15
		for i := range locations {
			p = p*0xd6e8feb86659fd93 + h
			locations[i], _ = bits.Mul64(p, uint64(own.Cap()))
		}
		return locations[:]
	}
	d := new([20]byte)
	for _, h := range s.heads {
		library.Add(digest(d, h))
		for _, l := range locate(h) {
			own.BitSet().Set(uint(l))
		}
		block, _ := bits.Mul64(h, blocks)
		for p, i := h*0x9e3779b97f4a7c15, 0; i < 7; i++ {
			scattered[block*8+p>>61] |= 1 << (p >> 55 & 63)
			p <<= 9
		}
	}
	return []contestant{
		{name: "bits-and-blooms Test, k=11", bytes: int(2 * n), has: ask(library.Test)},
		{name: "the same storage, own positions (TestLocations), k=8", bytes: int(2 * n), has: func(h uint64) bool { return own.TestLocations(locate(h)) }},
		{name: "one 64-byte block, 7 bits anywhere in it", bytes: 8 * len(scattered), has: func(h uint64) bool {
			block, _ := bits.Mul64(h, blocks)
			for p, i := h*0x9e3779b97f4a7c15, 0; i < 7; i++ {
				if scattered[block*8+p>>61]>>(p>>55&63)&1 == 0 {
					return false
				}
				p <<= 9
			}
			return true
		}},
	}
}
