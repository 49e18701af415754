package store

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"io"
	"os"

	bolt "go.etcd.io/bbolt"
)

// The layout of bbolt's pages, format 2: a header of id (8 bytes), flags (2), count
// (2) and how many pages follow it as a part of it (4), then that many elements,
// which tell where from their own start keys and values are. All little-endian.
const (
	headerBytes  = 16
	elementBytes = 16
	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagFreelist = 0x10
	flagBucket   = 0x01 // of an element of a leaf: its value begins with a page, 0 for none

	// Of the first two pages, from their start.
	metaMagic, metaRoot, metaFreelist, metaID, metaSum = 16, 32, 48, 64, 72
)

// pages checks what bbolt takes for granted about the pages of a file: that what
// they refer to is inside of it, and that no page is part of two. Without that a
// flipped bit would make it read what is not mapped, in a goroutine of its own,
// or go round in a circle.
type pages struct {
	file io.ReaderAt
	size int64
	seen []bool // by page, those in use
}

// verifyPages checks all pages that tx uses.
func verifyPages(tx *bolt.Tx) error {
	f, err := os.Open(tx.DB().Path())
	if err != nil {
		return errors.Unwrap(err)
	}
	defer f.Close()
	size := int64(tx.DB().Info().PageSize)
	p := pages{file: f, size: size, seen: make([]bool, tx.Size()/size)}
	meta, err := p.latest()
	if err != nil {
		return err
	}
	if err := p.verifyFreelist(binary.LittleEndian.Uint64(meta[metaFreelist:])); err != nil {
		return err
	}
	return p.verifyTree(binary.LittleEndian.Uint64(meta[metaRoot:]))
}

// latest returns the newer one of the first two pages, which bbolt writes in turn.
// Without the one bbolt takes the other, and the last change would be missing
// without a word; one sector holds all of it, so that no crash leaves a part.
func (p *pages) latest() (latest []byte, err error) {
	for id := range uint64(2) {
		meta, err := p.read(id, 0)
		if err != nil {
			return nil, err
		}
		sum := fnv.New64a()
		sum.Write(meta[metaMagic:metaSum])
		if sum.Sum64() != binary.LittleEndian.Uint64(meta[metaSum:]) {
			return nil, corrupt("page %d: does not match its checksum, so that the last change may be missing", id)
		}
		if latest == nil || binary.LittleEndian.Uint64(latest[metaID:]) < binary.LittleEndian.Uint64(meta[metaID:]) {
			latest = meta
		}
	}
	return latest, nil
}

// read reads a page and more behind it.
func (p *pages) read(id uint64, more uint32) ([]byte, error) {
	if id >= uint64(len(p.seen)) || uint64(more) >= uint64(len(p.seen))-id {
		return nil, corrupt("page %d: out of bounds", id)
	}
	data := make([]byte, p.size*(1+int64(more)))
	if _, err := p.file.ReadAt(data, int64(id)*p.size); err == io.EOF {
		return nil, corrupt("page %d: the file ends before", id)
	} else if err != nil {
		return nil, errors.Unwrap(err)
	}
	return data, nil
}

// claim reads the page of the id with all of its parts, which nothing else refers to.
func (p *pages) claim(id uint64) (data []byte, flags, count uint16, err error) {
	head, err := p.read(id, 0)
	if err != nil {
		return nil, 0, 0, err
	}
	more := binary.LittleEndian.Uint32(head[12:])
	if data, err = p.read(id, more); err != nil {
		return nil, 0, 0, err
	}
	if binary.LittleEndian.Uint64(data) != id {
		return nil, 0, 0, corrupt("page %d: is that of another", id)
	}
	for part := id; part <= id+uint64(more); part++ {
		if p.seen[part] {
			return nil, 0, 0, corrupt("page %d: multiple references", part)
		}
		p.seen[part] = true
	}
	return data, binary.LittleEndian.Uint16(data[8:]), binary.LittleEndian.Uint16(data[10:]), nil
}

func (p *pages) verifyFreelist(id uint64) error {
	_, flags, _, err := p.claim(id)
	if err == nil && flags != flagFreelist {
		return corrupt("page %d: is not that of free pages", id)
	}
	return err
}

// verifyTree checks a page and all below it. A circle would be a page that is seen
// twice.
func (p *pages) verifyTree(id uint64) error {
	data, flags, count, err := p.claim(id)
	if err != nil {
		return err
	}
	if headerBytes+int(count)*elementBytes > len(data) {
		return corrupt("page %d: has too many elements", id)
	}
	switch flags {
	case flagBranch:
		return p.verifyBranch(data, int(count))
	case flagLeaf:
		return p.verifyLeaf(data, int(count))
	}
	return corrupt("page %d: is neither branch nor leaf", id)
}

// word returns a number of 4 bytes.
func word(data []byte, at int) int { return int(binary.LittleEndian.Uint32(data[at:])) }

// verifyBranch checks elements with the place and length of the key, and the page
// that begins with it.
func (p *pages) verifyBranch(data []byte, count int) error {
	if count == 0 {
		return corrupt("a branch has no elements")
	}
	for at := headerBytes; count > 0; at, count = at+elementBytes, count-1 {
		if at+word(data, at)+word(data, at+4) > len(data) {
			return corrupt("a key is out of bounds")
		}
		if err := p.verifyTree(binary.LittleEndian.Uint64(data[at+8:])); err != nil {
			return err
		}
	}
	return nil
}

// verifyLeaf checks elements with flags, place, and lengths of key and value.
func (p *pages) verifyLeaf(data []byte, count int) error {
	for at := headerBytes; count > 0; at, count = at+elementBytes, count-1 {
		value := at + word(data, at+4) + word(data, at+8)
		end := value + word(data, at+12)
		if end > len(data) {
			return corrupt("a value is out of bounds")
		}
		if word(data, at)&flagBucket == 0 {
			continue
		}
		if err := p.verifyBucket(data[value:end]); err != nil {
			return err
		}
	}
	return nil
}

// verifyBucket checks the value that stands for a bucket: the page of its root and a
// number, 8 bytes each; without a page a leaf follows.
func (p *pages) verifyBucket(value []byte) error {
	const bytes = 16
	if len(value) < bytes {
		return corrupt("a bucket is too short")
	}
	if root := binary.LittleEndian.Uint64(value); root != 0 {
		return p.verifyTree(root)
	}
	leaf := value[bytes:]
	if len(leaf) < headerBytes || binary.LittleEndian.Uint16(leaf[8:]) != flagLeaf {
		return corrupt("a bucket is not that of a leaf")
	}
	count := int(binary.LittleEndian.Uint16(leaf[10:]))
	if headerBytes+count*elementBytes > len(leaf) {
		return corrupt("a bucket has too many elements")
	}
	return p.verifyLeaf(leaf, count)
}
