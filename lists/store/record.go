package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"runtime/debug"
	"time"

	"github.com/vetopw/veto/engine"
)

// sumBytes is the size of the checksum behind every value: CRC-32C of key and
// value, little-endian.
const sumBytes = 4

func sum(key, value []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli) // made once
	return crc32.Update(crc32.Checksum(key, table), table, value)
}

// seal appends the checksum to value.
func seal(key, value []byte) []byte {
	return binary.LittleEndian.AppendUint32(value, sum(key, value))
}

// unseal returns the value without its checksum.
func unseal(key, sealed []byte) ([]byte, error) {
	n := len(sealed) - sumBytes
	if n < 0 || binary.LittleEndian.Uint32(sealed[n:]) != sum(key, sealed[:n]) {
		return nil, corrupt("a record does not match its checksum")
	}
	return sealed[:n], nil
}

// corrupt returns an error that wraps ErrCorrupt.
func corrupt(text string, args ...any) error {
	return fmt.Errorf("%w: "+text+"; see veto store check", append([]any{ErrCorrupt}, args...)...)
}

// guard runs f, and returns as an error how a damaged file makes bbolt, or the
// reading of what is mapped, stop.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = corrupt("%v", r)
		}
	}()
	return f()
}

// entryKey returns the key of an entry: the folded text, which holds no NUL, NUL,
// and the Match.
func entryKey(text string, m Match) []byte { return appendEntryKey(nil, text, m) }

func appendEntryKey(dst []byte, text string, m Match) []byte {
	return append(engine.AppendFold(dst, []byte(text)), 0, byte(m))
}

// parseEntryKey is the reverse of entryKey, with the folded text.
func parseEntryKey(key []byte) Key {
	end := len(key) - 2
	return Key{string(key[:end]), Match(key[end+1])}
}

// isEntryKey reports whether the key may be that of an entry.
func isEntryKey(key []byte) bool {
	end := len(key) - 2
	return end > 0 && bytes.IndexByte(key, 0) == end && key[end+1] <= byte(Suffix)
}

// chunk hands out memory in pieces, of which many live and die together.
type chunk struct{ free []byte }

// room returns an empty slice to append to.
func (c *chunk) room() []byte {
	const size, least = 64 << 10, 2 << 10
	if cap(c.free) < least {
		c.free = make([]byte, 0, size)
	}
	return c.free
}

// keep takes what was appended to the room out of it.
func (c *chunk) keep(data []byte) []byte {
	c.free = data[len(data):]
	return data[:len(data):len(data)]
}

// revisionKey orders by revision.
func revisionKey(revision uint64) []byte { return binary.BigEndian.AppendUint64(nil, revision) }

const flagBan = 1

// appendEntry appends an entry: a byte of flags, the Match, then as varints rank
// and both times in seconds (0: none), and text, note and author, each behind its
// length.
func appendEntry(dst []byte, e Entry) []byte {
	var flags byte
	if e.Ban {
		flags |= flagBan
	}
	dst = append(dst, flags, byte(e.Match))
	dst = binary.AppendUvarint(dst, uint64(e.Rank))
	for _, t := range []time.Time{e.Added, e.Expires} {
		var seconds int64
		if !t.IsZero() {
			seconds = t.Unix()
		}
		dst = binary.AppendVarint(dst, seconds)
	}
	for _, text := range []string{e.Text, e.Note, e.Author} {
		dst = append(binary.AppendUvarint(dst, uint64(len(text))), text...)
	}
	return dst
}

var errShort = errors.New("record is too short")

// decoder reads what appendEntry wrote. After an error everything is zero.
type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.rest, d.err = nil, errShort
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) byte() byte {
	if b := d.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (d *decoder) number() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.rest, d.err = nil, errShort
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) time() time.Time {
	v, n := binary.Varint(d.rest)
	if n <= 0 {
		d.rest, d.err = nil, errShort
		return time.Time{}
	}
	d.rest = d.rest[n:]
	if v == 0 {
		return time.Time{}
	}
	return time.Unix(v, 0).UTC()
}

func (d *decoder) text() string { return string(d.bytes(d.number())) }

func (d *decoder) entry() (e Entry) {
	e.Ban = d.byte()&flagBan != 0
	e.Match = Match(d.byte())
	e.Rank = uint32(d.number())
	e.Added, e.Expires = d.time(), d.time()
	e.Text, e.Note, e.Author = d.text(), d.text(), d.text()
	return e
}

// parseEntry reads a record of the bucket of entries.
func parseEntry(key, sealed []byte) (Entry, error) {
	value, err := unseal(key, sealed)
	if err != nil {
		return Entry{}, err
	}
	d := decoder{rest: value}
	e := d.entry()
	if d.err != nil {
		return Entry{}, corrupt("%v", d.err)
	}
	return e, nil
}

// delta returns the entries before and after a change, with room for a checksum.
func (c *Change) delta() []byte {
	size := sumBytes + 2*binary.MaxVarintLen64
	for _, entries := range [][]Entry{c.Old, c.New} {
		for i := range entries {
			size += entries[i].size()
		}
	}
	return appendEntries(appendEntries(make([]byte, 0, size), c.Old), c.New)
}

// size returns how many bytes appendEntry appends at most.
func (e *Entry) size() int {
	const most = 40 // but for the texts
	return most + len(e.Text) + len(e.Note) + len(e.Author)
}

// appendEntries appends entries behind their number.
func appendEntries(dst []byte, entries []Entry) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(entries)))
	for _, e := range entries {
		dst = appendEntry(dst, e)
	}
	return dst
}

// parseDelta reads the entries before and after a change.
func parseDelta(key, sealed []byte) (before, after []Entry, err error) {
	value, err := unseal(key, sealed)
	if err != nil {
		return nil, nil, err
	}
	d := decoder{rest: value}
	for _, entries := range []*[]Entry{&before, &after} {
		for n := d.number(); n > 0 && d.err == nil; n-- {
			*entries = append(*entries, d.entry())
		}
	}
	if d.err != nil {
		return nil, nil, corrupt("%v", d.err)
	}
	return before, after, nil
}
