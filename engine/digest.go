package engine

import (
	"crypto/sha1"
	"encoding"
	"encoding/binary"
	"hash"
	"unicode/utf16"
	"unicode/utf8"
)

// digestLanes is the number of messages that are hashed at once.
const digestLanes = 8

const (
	digestBlock = 64              // bytes of a block, of SHA-1 and MD4
	lengthField = digestBlock - 8 // where the last has the length of the message in bits
	sumSpace    = 32              // bytes for a digest
)

// digester hashes up to digestLanes messages at once, each by itself (multi-buffer
// hashing). A message that does not fit into one block is hashed as it is added,
// and so is each one if the processor has no vectors. The kernels clear blocks and words
// as one.
type digester struct {
	blocks [digestLanes][digestBlock]byte                     // padded messages, which sum clears
	words  [digestBlock / 4][digestLanes]uint32               // of sum: the words of all blocks, and what follows from them
	sums   [2 * digestLanes][sumSpace]byte                    // digests: of blocks, then of messages hashed as they were added
	n      int                                                // blocks in use
	alone  int                                                // messages hashed as they were added
	added  int                                                // messages
	at     [digestLanes]uint8                                 // where in sums that of each is
	all    [digestLanes*sha1.Size + sumSpace - sha1.Size]byte // digests in the order of adding, behind one another
	lone   loneDigester
}

// add adds a message. At most digestLanes may be added before a wipe, all of them before
// sum.
func (d *digester) add(kind HashKind, text []byte) {
	at := d.n
	if hasVectors() && d.pad(kind, text) {
		d.n++
	} else {
		at = digestLanes + d.alone
		d.alone++
		d.lone.hash(kind, text, d.sums[at][:hashTable[kind].size])
	}
	d.at[d.added] = uint8(at)
	d.added++
}

// sum makes the digests of the messages and clears these.
func (d *digester) sum(kind HashKind) {
	if d.n > 0 {
		d.sumBlocks(kind)
		d.n = 0
	}
	size := hashTable[kind].size
	for i, at := range d.at[:d.added] {
		*(*[sumSpace]byte)(d.all[i*size:]) = d.sums[at]
	}
}

// digests returns what sum made, one behind the other.
func (d *digester) digests(kind HashKind) []byte {
	n := d.added * hashTable[kind].size
	return d.all[:n:n]
}

// pad makes the next block of a message. It reports whether that fits.
func (d *digester) pad(kind HashKind, text []byte) bool {
	block := &d.blocks[d.n]
	if kind == NTLM {
		return padUTF16(block, text)
	}
	if len(text) >= lengthField {
		return false
	}
	copy(block[:], text)
	block[len(text)] = 0x80
	binary.BigEndian.PutUint64(block[lengthField:], uint64(len(text))*8)
	return true
}

// padUTF16 is pad of MD4 of a text in UTF-8, as UTF-16 that md4.hash would read.
func padUTF16(block *[digestBlock]byte, text []byte) bool {
	const units = lengthField / 2
	n := 0
	if len(text) < units && widen(block, text) {
		n = len(text)
	} else {
		for len(text) > 0 && n < units {
			r, size := utf8.DecodeRune(text)
			text = text[size:]
			if r >= 1<<16 {
				high, low := utf16.EncodeRune(r)
				binary.LittleEndian.PutUint16(block[2*n:], uint16(high))
				n, r = n+1, low
			}
			binary.LittleEndian.PutUint16(block[2*n:], uint16(r))
			n++
		}
		if n >= units {
			clear(block[:])
			return false
		}
	}
	block[2*n] = 0x80
	binary.LittleEndian.PutUint64(block[lengthField:], uint64(n)*16)
	return true
}

// widen writes a text that fits as UTF-16, four characters at once. It reports
// whether all are ASCII.
func widen(block *[digestBlock]byte, text []byte) bool {
	copy(block[:lengthField/2], text)
	all := uint32(0)
	for i := lengthField/8 - 1; i >= 0; i-- { // from the end: in place
		four := binary.LittleEndian.Uint32(block[4*i:])
		all |= four
		x := uint64(four)
		x = (x | x<<16) & 0x0000ffff0000ffff
		x = (x | x<<8) & 0x00ff00ff00ff00ff
		binary.LittleEndian.PutUint64(block[8*i:], x)
	}
	if all&0x80808080 != 0 {
		clear(block[:])
		return false
	}
	return true
}

// wipe clears the digests, and messages that were not summed.
func (d *digester) wipe() {
	if d.n > 0 {
		clear(d.blocks[:])
		d.n = 0
	}
	clear(d.sums[:digestLanes])
	if d.alone > 0 {
		clear(d.sums[digestLanes:])
		d.lone.wipe()
		d.alone = 0
	}
	clear(d.all[:])
	d.added, d.at = 0, [digestLanes]uint8{}
}

// loneDigester hashes one message after the other, of any length.
type loneDigester struct {
	sha   hash.Hash // made when first needed
	block [digestBlock]byte
	state [128]byte // of sha, with the digest
	md4   md4
}

func (d *loneDigester) wipe() {
	if d.sha != nil {
		d.sha.Reset()
	}
	*d = loneDigester{sha: d.sha}
}

// hash writes the digest of text to dst.
func (d *loneDigester) hash(kind HashKind, text, dst []byte) {
	if kind == NTLM {
		d.md4.hash(text, dst)
		return
	}
	d.sha1(text, dst)
}

// sha1 pads the message itself and takes the digest from the state of the hash:
// so neither that nor a stack frame keeps a copy of text.
func (d *loneDigester) sha1(text, dst []byte) {
	if d.sha == nil {
		d.sha = sha1.New()
	}
	d.sha.Reset()
	length := uint64(len(text)) * 8
	for ; len(text) >= len(d.block); text = text[len(d.block):] {
		copy(d.block[:], text)
		d.sha.Write(d.block[:])
	}
	n := copy(d.block[:], text)
	d.block[n] = 0x80
	clear(d.block[n+1:])
	if n >= lengthField {
		d.sha.Write(d.block[:])
		clear(d.block[:])
	}
	binary.BigEndian.PutUint64(d.block[lengthField:], length)
	d.sha.Write(d.block[:])
	appender, ok := d.sha.(encoding.BinaryAppender)
	if !ok {
		return
	}
	const magic = 4 // bytes in front of the digest
	if state, err := appender.AppendBinary(d.state[:0]); err == nil && len(state) >= magic+len(dst) {
		copy(dst, state[magic:])
	}
}
