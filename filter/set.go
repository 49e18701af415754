package filter

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
)

// Set is an open index file. It is immutable and safe for concurrent use.
//
// A mapped file is unmapped by the garbage collector when the Set is out of
// reach, so when its last reader is done: swapping in another Set needs no
// counting. Files are to be replaced by rename. One that is cut short while
// mapped does not end the process: lookups may then say no whatever they are asked,
// and Err returns ErrChanged, so that a no counts only if Err, asked behind it,
// returns nil.
type Set struct {
	header header
	info   Info
	bytes  []byte // the whole file
	mapped bool
	bloom  bloom
	pages  pages
	rows   rows
	last   [8]byte // of the file, a checksum
	state  atomic.Uint32
	err    atomic.Pointer[error] // why reading failed
}

// Bits of the state of a Set.
const (
	preloaded   = 1 << iota // the Bloom filter saves nothing
	bloomLoaded             // asking it reads no mapped file
	pagesLoaded             // nor does a lookup
	failed
	closed
)

// Open maps an index file. It checks the header, the sizes and the provenance,
// Verify the rest. Errors are ErrNotIndex, ErrVersion, ErrTruncated, ErrCorrupt
// and those of the operating system.
func Open(path string) (*Set, error) {
	if stat, err := os.Stat(path); err == nil && !stat.Mode().IsRegular() {
		return nil, fmt.Errorf("open %s: %w", path, ErrNotIndex) // to open a pipe may take forever
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := openFile(f, mapFile)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return s, nil
}

// maxRead is the size of the largest file that is read into memory where it
// cannot be mapped.
const maxRead = 1 << 30

// openFile maps or reads a file whose header fits it.
func openFile(f *os.File, mapFile func(*os.File, int) ([]byte, error)) (*Set, error) {
	stat, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() || stat.Size() == 0 || stat.Size() > math.MaxInt {
		return nil, ErrNotIndex
	}
	head := make([]byte, min(headerBytes, stat.Size()))
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, err
	}
	if _, _, err := parseHeader(head, uint64(stat.Size())); err != nil {
		return nil, err
	}
	b, err := mapFile(f, int(stat.Size()))
	if err != nil && stat.Size() > maxRead {
		return nil, fmt.Errorf("map into memory: %w", err)
	}
	if err != nil {
		b = make([]byte, stat.Size())
		if _, err := f.ReadAt(b, 0); err != nil {
			return nil, err
		}
		return OpenBytes(b)
	}
	s := &Set{bytes: b, mapped: true}
	runtime.AddCleanup(s, unmap, b)
	if err := s.open(); err != nil {
		return nil, err
	}
	return s, nil
}

// OpenBytes opens the bytes of an index file, which must not change afterwards.
// Errors are those of Open.
func OpenBytes(b []byte) (*Set, error) {
	s := &Set{bytes: b}
	s.state.Store(preloaded | bloomLoaded | pagesLoaded)
	if err := s.open(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Set) open() (err error) {
	defer s.leave(s.enter(), &err)
	h, id, err := parseHeader(s.bytes, uint64(len(s.bytes)))
	if err != nil {
		return err
	}
	s.header = h
	part := func(i section) []byte { return h.spans[i].of(s.bytes) }
	s.bloom = bloom{h.blocks, part(sectionBloom)}
	s.pages = pages{h.pages, part(sectionPages), part(sectionSpill)}
	s.rows = rows{h.keys, h.kind, part(sectionRows), part(sectionRowDir)}
	if xxhash.Sum64(part(sectionSums)) != h.sums {
		return s.corrupt(sectionSums, 0, "its checksum does not match")
	}
	if err := s.verifySums(sectionMeta, 0, h.spans[sectionMeta].sums()); err != nil {
		return err
	}
	var p provenance
	if err := json.Unmarshal(part(sectionMeta), &p); err != nil {
		return s.corrupt(sectionMeta, 0, "not the expected JSON")
	}
	s.info = newInfo(&h, id, p)
	copy(s.last[:], s.bytes[len(s.bytes)-len(s.last):])
	return nil
}

// corrupt returns the error of a damage at an offset of a section.
func (s *Set) corrupt(i section, offset uint64, detail string) error {
	return &CorruptError{Section: i.String(), Offset: int64(s.header.spans[i].offset + offset), Detail: detail}
}

// enter begins the reading of a mapped file: from now on a missing page is a
// panic that leave, deferred, turns into an error of the Set and, if not nil,
// into *err. It returns what leave needs.
func (s *Set) enter() bool { return s.mapped && debug.SetPanicOnFault(true) }

func (s *Set) leave(before bool, err *error) {
	if s.mapped {
		debug.SetPanicOnFault(before)
		if r := recover(); r != nil {
			cause := s.fail(r)
			if err != nil {
				*err = cause
			}
		}
	}
	runtime.KeepAlive(s)
}

// read runs f, which may read the mapped file and calls no code of others.
func (s *Set) read(f func() error) (err error) {
	if err := s.Err(); err != nil {
		return err
	}
	defer s.leave(s.enter(), &err)
	err = f()
	return cmp.Or(s.Err(), err)
}

// fail notes why reading failed: the first reason stays.
func (s *Set) fail(reason any) error {
	if _, fault := reason.(interface{ Addr() uintptr }); fault {
		return s.failBy(ErrChanged)
	}
	return s.failBy(&CorruptError{Section: sectionCount.String(), Detail: "unreadable"})
}

func (s *Set) failBy(err error) error {
	s.err.CompareAndSwap(nil, &err)
	s.state.Or(failed)
	return err
}

// Err returns why lookups may say no whatever they are asked: ErrClosed, ErrChanged
// if the file was cut short while it was in use, or nil. It does not allocate.
func (s *Set) Err() error {
	state := s.state.Load()
	if state&pagesLoaded == 0 && state < failed {
		s.checkLast()
		state = s.state.Load()
	}
	if state < failed {
		return nil
	}
	if err := s.err.Load(); err != nil && state&closed == 0 {
		return *err
	}
	return ErrClosed
}

// checkLast looks whether the mapped file still ends as it did. What was cut off
// reads as zeros up to the end of its page of memory, and behind that not at all:
// so the last bytes, a checksum, are gone wherever the cut is.
func (s *Set) checkLast() {
	defer s.leave(s.enter(), nil)
	s.compareLast()
}

// compareLast is checkLast. The caller guards.
func (s *Set) compareLast() {
	if [8]byte(s.bytes[len(s.bytes)-len(s.last):]) != s.last {
		_ = s.failBy(ErrChanged) // Err tells
	}
}

// Kind returns the kind of its digests.
func (s *Set) Kind() Kind { return s.header.kind }

// Info returns what the file holds. The slices must not be changed.
func (s *Set) Info() Info { return s.info }

// Contains reports whether the digest is in the corpus. It may be wrong about one
// that is not, with the probability Info.FalsePositive. A digest of a wrong
// length is in no corpus. It does not allocate.
func (s *Set) Contains(digest []byte) bool {
	class, ok := s.lookup(digest, false)
	return ok && class != removedClass
}

// MayContain asks the Bloom filter only: false is certain, true is not. Without
// one it returns true.
func (s *Set) MayContain(digest []byte) bool {
	state := s.state.Load()
	if state >= failed || len(digest) != s.header.kind.Size() {
		return false
	}
	if state&bloomLoaded == 0 {
		return s.guardedMayContain(digest)
	}
	ok := s.bloom.n == 0 || s.bloom.mayContain(head(digest))
	runtime.KeepAlive(s)
	return ok
}

func (s *Set) guardedMayContain(digest []byte) (ok bool) {
	defer s.leave(s.enter(), nil)
	return s.bloom.n == 0 || s.bloom.mayContain(head(digest))
}

// Count returns the prevalence class of the digest, and whether it is in the
// corpus, as Contains does.
func (s *Set) Count(digest []byte) (Prevalence, bool) {
	class, ok := s.lookup(digest, true)
	return class, ok && class != removedClass
}

// Lookup is Count with the class as a plain number.
func (s *Set) Lookup(digest []byte) (class uint8, ok bool) {
	p, ok := s.Count(digest)
	return uint8(p), ok
}

// Fetch asks for the memory that LookupAll of digests reads first, without waiting for
// it. The digests lie one behind the other. It does not allocate.
func (s *Set) Fetch(digests []byte) {
	state, size := s.state.Load(), s.header.kind.Size()
	if state >= failed {
		return
	}
	for ; len(digests) >= size; digests = digests[size:] {
		if h := head(digests); s.asksBloom(state) {
			s.bloom.fetch(h)
		} else if s.pages.n > 0 {
			s.pages.fetch(cellOf(h, s.pages.n))
		}
	}
	runtime.KeepAlive(s)
}

// LookupAll is Lookup of len(classes) digests, at most 32, that lie one behind the
// other: bit i of found is set if the i-th is in the corpus, with the class classes[i].
// What lacks is not found. The error is that of Err, asked behind the lookups. It does
// not allocate.
func (s *Set) LookupAll(classes []uint8, digests []byte) (found uint32, err error) {
	if s.state.Load()&pagesLoaded != 0 {
		found = s.findAll(classes, digests)
	} else {
		found = s.guardedFindAll(classes, digests)
	}
	if s.state.Load() >= failed {
		return found, s.Err()
	}
	return found, nil
}

// guardedFindAll is findAll, and looks whether the file still ends as it did.
func (s *Set) guardedFindAll(classes []uint8, digests []byte) (found uint32) {
	defer s.leave(s.enter(), nil)
	found = s.findAll(classes, digests)
	s.compareLast()
	return found
}

// findAll is LookupAll. The caller guards.
func (s *Set) findAll(classes []uint8, digests []byte) (found uint32) {
	size := s.header.kind.Size()
	for i := range min(len(classes), len(digests)/size) {
		if p, ok := s.find(digests[i*size:i*size+size], true); ok && p != removedClass {
			classes[i] = uint8(p)
			found |= 1 << i
		}
	}
	runtime.KeepAlive(s)
	return found
}

// asksBloom reports whether a lookup begins with the Bloom filter.
func (s *Set) asksBloom(state uint32) bool {
	return (state&preloaded == 0 || s.pages.n == 0) && s.bloom.n > 0
}

// lookup is find, safe from a file that is cut short.
func (s *Set) lookup(digest []byte, class bool) (p Prevalence, ok bool) {
	if s.state.Load()&pagesLoaded == 0 {
		return s.guardedFind(digest, class)
	}
	p, ok = s.find(digest, class)
	runtime.KeepAlive(s)
	return p, ok
}

func (s *Set) guardedFind(digest []byte, class bool) (p Prevalence, ok bool) {
	defer s.leave(s.enter(), nil)
	return s.find(digest, class)
}

// find looks a digest up. The class is found only if wanted, or if it is
// removedClass, for a removal. The caller guards.
func (s *Set) find(digest []byte, class bool) (p Prevalence, ok bool) {
	state := s.state.Load()
	if state >= failed || len(digest) != s.header.kind.Size() {
		return 0, false
	}
	h := head(digest)
	if s.asksBloom(state) && !s.bloom.mayContain(h) {
		return 0, false
	}
	if s.pages.n > 0 {
		if c := cellOf(h, s.pages.n); class {
			p, ok = s.pages.find(c)
		} else {
			ok = s.pages.contains(c)
		}
		if !ok {
			return 0, false
		}
	}
	if !s.header.ranges {
		return p, true
	}
	count, ok := s.rows.find(h, digest)
	if count == Removed {
		return removedClass, ok
	}
	return PrevalenceOf(count), ok
}

// Preload reads the pages into memory, on Linux a copy in huge pages, and of an
// overlay everything. From then on lookups go without the Bloom filter, which
// saves time only in front of a disk. It may run beside lookups.
func (s *Set) Preload() error {
	return s.read(func() error {
		state := uint32(preloaded)
		switch {
		case !s.mapped:
		case s.pages.n == 0:
			touch(s.bytes)
		case s.header.ranges:
			load(s.beforeLast(sectionPages, sectionSpill))
		case load(s.part(sectionPages, sectionSpill)):
			state |= pagesLoaded
		}
		s.checkLast() // what was read is what the file had
		s.state.Or(state)
		return nil
	})
}

// PreloadBloom reads the Bloom filter into memory, on Linux a copy in huge pages,
// so that misses touch no disk from the first one on. It may run beside lookups.
func (s *Set) PreloadBloom() error {
	return s.read(func() error {
		if !s.mapped {
			return nil
		}
		first := s.beforeLast(sectionBloom, sectionBloom)
		if load(first) && len(first) == len(s.part(sectionBloom, sectionBloom)) {
			s.checkLast()
			s.state.Or(bloomLoaded)
		}
		return nil
	})
}

// part returns the sections from first to last, from a boundary of memory pages
// on: any size of those divides that of a block.
func (s *Set) part(first, last section) []byte {
	return s.bytes[s.header.spans[first].offset/sumBytes*sumBytes : s.header.spans[last].end()]
}

// beforeLast is part without what lies on the last page of memory: that stays the
// file's, as it tells whether the file was cut short.
func (s *Set) beforeLast(first, last section) []byte {
	part, page := s.part(first, last), os.Getpagesize()
	begin := int(s.header.spans[last].end()) - len(part)
	return part[:max(0, min(len(part), (len(s.bytes)-1)/page*page-begin))]
}

// touch reads a byte of every page.
//
//go:noinline
func touch(b []byte) (sum byte) {
	for i := 0; i < len(b); i += pageBytes {
		sum ^= b[i]
	}
	return sum
}

// Close ends the use of the Set: from now on lookups say no and everything else
// returns ErrClosed. Lookups that run are not disturbed. It never fails.
func (s *Set) Close() error {
	s.state.Or(closed)
	return nil
}
