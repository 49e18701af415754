package filter

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
)

// Chain is an index and the overlays on it, each on the one before. The newest
// that knows a digest decides. A Set alone is a Chain of one. It is immutable and
// safe for concurrent use.
type Chain struct {
	sets []*Set
}

// OpenChain opens an index and its overlays, newest last. The error is ErrBase if
// one does not belong on the one before, else as for Open.
func OpenChain(paths ...string) (*Chain, error) {
	var sets []*Set
	for _, path := range paths {
		s, err := Open(path)
		if err != nil {
			return nil, err
		}
		sets = append(sets, s)
	}
	return NewChain(sets...)
}

// NewChain returns the chain of an index and its overlays, newest last. The error
// is ErrBase if one does not belong on the one before.
func NewChain(sets ...*Set) (*Chain, error) {
	base := ID{}
	for i, s := range sets {
		if s.info.Base != base {
			return nil, fmt.Errorf("%w: file %d of the chain is made for %q, not %q", ErrBase, i+1, s.info.Base, base)
		}
		if s.header.kind != sets[0].header.kind {
			return nil, fmt.Errorf("%w: %v and %v", ErrBase, sets[0].header.kind, s.header.kind)
		}
		base = s.info.ID
	}
	if len(sets) == 0 {
		return nil, fmt.Errorf("%w: there is none", ErrBase)
	}
	return &Chain{sets}, nil
}

// find returns what the newest set that knows the digest says.
func (c *Chain) find(digest []byte, class bool) (p Prevalence, ok bool) {
	for i := len(c.sets) - 1; i >= 0; i-- {
		if p, ok = c.sets[i].lookup(digest, class); ok {
			return p, p != removedClass
		}
	}
	return 0, false
}

// Contains is that of Set.
func (c *Chain) Contains(digest []byte) bool {
	_, ok := c.find(digest, false)
	return ok
}

// Count is that of Set.
func (c *Chain) Count(digest []byte) (Prevalence, bool) {
	return c.find(digest, true)
}

// Lookup is Count with the class as a plain number.
func (c *Chain) Lookup(digest []byte) (class uint8, ok bool) {
	p, ok := c.find(digest, true)
	return uint8(p), ok
}

// Fetch is that of Set, for all files.
func (c *Chain) Fetch(digests []byte) {
	for _, s := range c.sets {
		s.Fetch(digests)
	}
}

// LookupAll is that of Set.
func (c *Chain) LookupAll(classes []uint8, digests []byte) (found uint32, err error) {
	if len(c.sets) == 1 {
		return c.sets[0].LookupAll(classes, digests)
	}
	size := c.Kind().Size()
	for i := range min(len(classes), len(digests)/size) {
		if p, ok := c.find(digests[i*size:i*size+size], true); ok {
			classes[i] = uint8(p)
			found |= 1 << i
		}
	}
	return found, c.Err()
}

// MayContain is that of Set, for any of the files.
func (c *Chain) MayContain(digest []byte) bool {
	for _, s := range c.sets {
		if s.MayContain(digest) {
			return true
		}
	}
	return false
}

// ContainsBatch is that of Set.
func (c *Chain) ContainsBatch(found []bool, digests []byte) {
	base := c.sets[0]
	base.ContainsBatch(found, digests)
	size := base.header.kind.Size()
	for i := 0; i < len(found) && len(digests) >= (i+1)*size && len(c.sets) > 1; i++ {
		for k := len(c.sets) - 1; k > 0; k-- {
			if p, ok := c.sets[k].lookup(digests[i*size:i*size+size], false); ok {
				found[i] = p != removedClass
				break
			}
		}
	}
}

// Kind returns the kind of the digests.
func (c *Chain) Kind() Kind { return c.sets[0].header.kind }

// Keys returns the number of digests, counting twice what an overlay repeats.
func (c *Chain) Keys() (n uint64) {
	for _, s := range c.sets {
		n += s.header.keys - 2*s.header.removed
	}
	return n
}

// Infos returns what the files hold, the base first.
func (c *Chain) Infos() []Info {
	var infos []Info
	for _, s := range c.sets {
		infos = append(infos, s.info)
	}
	return infos
}

// Range is that of Set, for the base with all changes.
func (c *Chain) Range(dst []byte, prefix uint32) ([]byte, error) {
	if len(c.sets) == 1 {
		return c.sets[0].Range(dst, prefix)
	}
	var merged []Record
	for _, s := range c.sets {
		rows, err := s.records(prefix)
		if err != nil {
			return dst, err
		}
		if len(rows) > 0 {
			below := merged
			merged = nil
			for r := range merge(seq(below), seq(rows), false) {
				merged = append(merged, r)
			}
		}
	}
	start, size := len(dst), c.Kind().Size()
	for _, r := range merged {
		dst = appendRow(dst, start, r.Digest[:size], r.Count)
	}
	return dst, nil
}

// All is that of Set, for the base with all changes. If the base has no full
// digests, no record has one.
func (c *Chain) All() iter.Seq2[Record, error] {
	base := c.sets[0]
	if len(c.sets) == 1 {
		return base.All()
	}
	changes := c.changes()
	if !base.header.ranges {
		changes = truncate(changes, base.pages.n)
	}
	return merge(base.All(), changes, false)
}

// changes returns what all overlays together change.
func (c *Chain) changes() iter.Seq2[Record, error] {
	all := c.sets[1].All()
	for _, s := range c.sets[2:] {
		all = merge(all, s.All(), true)
	}
	return all
}

// truncate returns the records with the digests that an index of that many pages
// without full ones gives.
func truncate(records iter.Seq2[Record, error], pages uint64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for r, err := range records {
			least := cellOf(head(r.Digest[:]), pages).least(pages)
			r.Digest = [20]byte{}
			binary.BigEndian.PutUint64(r.Digest[:], least)
			if !yield(r, err) {
				return
			}
		}
	}
}

// seq returns the records of a slice.
func seq(records []Record) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) { yieldAll(yield, records, nil) }
}

// merge returns the records of both, in order, those of changes instead of equal
// ones of base. Removals are kept or have done their work.
func merge(base, changes iter.Seq2[Record, error], keep bool) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		next, stop := iter.Pull2(changes)
		defer stop()
		change, err, more := next()
		emit := func() bool {
			if err == nil && change.Count == Removed && !keep {
				return true
			}
			return yield(change, err) && err == nil
		}
		for r, e := range base {
			order := 1
			for more && e == nil {
				if order = bytes.Compare(change.Digest[:], r.Digest[:]); order > 0 && err == nil {
					break
				}
				if !emit() {
					return
				}
				if change, err, more = next(); order == 0 {
					break
				}
			}
			if order == 0 {
				continue
			}
			if !yield(r, e) || e != nil {
				return
			}
		}
		for more {
			if !emit() {
				return
			}
			change, err, more = next()
		}
	}
}

// Verify verifies all files. Progress is told the bytes of all together.
func (c *Chain) Verify(progress func(done, total int64)) error {
	total, before := int64(0), int64(0)
	for _, s := range c.sets {
		total += verifyBytes(s)
	}
	for i, s := range c.sets {
		step := func(done, _ int64) {
			if progress != nil {
				progress(before+done, total)
			}
		}
		if err := s.Verify(step); err != nil {
			return fmt.Errorf("file %d of the chain: %w", i+1, err)
		}
		before += verifyBytes(s)
	}
	return nil
}

// Err is that of Set, for any of the files.
func (c *Chain) Err() error { return c.each((*Set).Err) }

// Preload is that of Set, for all files.
func (c *Chain) Preload() error { return c.each((*Set).Preload) }

// PreloadBloom is that of Set, for all files.
func (c *Chain) PreloadBloom() error { return c.each((*Set).PreloadBloom) }

// each returns the first error of f.
func (c *Chain) each(f func(*Set) error) error {
	for _, s := range c.sets {
		if err := f(s); err != nil {
			return err
		}
	}
	return nil
}

// Close closes all files.
func (c *Chain) Close() error {
	var errs []error
	for _, s := range c.sets {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
