package engine

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

const (
	md4Size      = 16
	md4BlockSize = 64
)

// AppendNTHash appends the NT hash, 16 bytes, of a password in UTF-8 to dst:
// the digest that lists of kind NTLM hold. An invalid byte reads as U+FFFD. It
// allocates only if dst is too small.
func AppendNTHash(dst, password []byte) []byte {
	var m md4
	n := len(dst)
	dst = append(dst, make([]byte, md4Size)...)
	m.hash(password, dst[n:])
	return dst
}

// md4 computes the NT hash of passwords: MD4 (RFC 1320) of their UTF-16,
// little-endian ([MS-NLMP] 3.3.1, NTOWFv1). It holds one block and keeps
// nothing of a password after wiping itself.
type md4 struct {
	state [4]uint32
	block [md4BlockSize]byte
	n     int // bytes of block in use
}

// hash writes the NT hash of a password in UTF-8 to dst. An invalid byte reads
// as U+FFFD, as in the fold; so does each byte of an encoded surrogate.
func (m *md4) hash(text, dst []byte) {
	m.state = [4]uint32{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}
	m.n = 0
	length := uint64(0)
	for len(text) > 0 {
		r, size := rune(text[0]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text)
		}
		text = text[size:]
		length += 16
		if r >= 1<<16 {
			r -= 1 << 16
			length += 16
			m.unit(uint16(0xd800 | r>>10))
			r = 0xdc00 | r&0x3ff
		}
		m.unit(uint16(r))
	}
	m.block[m.n] = 0x80
	clear(m.block[m.n+1:])
	if m.n >= md4BlockSize-8 {
		m.compress()
		clear(m.block[:])
	}
	binary.LittleEndian.PutUint64(m.block[md4BlockSize-8:], length)
	m.compress()
	for i, s := range m.state {
		binary.LittleEndian.PutUint32(dst[4*i:], s)
	}
	*m = md4{}
}

// unit adds one unit of UTF-16.
func (m *md4) unit(u uint16) {
	binary.LittleEndian.PutUint16(m.block[m.n:], u)
	if m.n += 2; m.n == md4BlockSize {
		m.compress()
		m.n = 0
	}
}

// word returns the i-th word of the block.
func (m *md4) word(i int) uint32 { return binary.LittleEndian.Uint32(m.block[4*(i&15):]) }

// compress works the block into the state, in three rounds of four times four
// steps (RFC 1320, section 3.4).
func (m *md4) compress() {
	a, b, c, d := m.state[0], m.state[1], m.state[2], m.state[3]
	for i := 0; i < 16; i += 4 {
		a = bits.RotateLeft32(a+(b&c|^b&d)+m.word(i), 3)
		d = bits.RotateLeft32(d+(a&b|^a&c)+m.word(i+1), 7)
		c = bits.RotateLeft32(c+(d&a|^d&b)+m.word(i+2), 11)
		b = bits.RotateLeft32(b+(c&d|^c&a)+m.word(i+3), 19)
	}
	for i := range 4 {
		const add = 0x5a827999 // the root of 2
		a = bits.RotateLeft32(a+(b&c|b&d|c&d)+m.word(i)+add, 3)
		d = bits.RotateLeft32(d+(a&b|a&c|b&c)+m.word(i+4)+add, 5)
		c = bits.RotateLeft32(c+(d&a|d&b|a&b)+m.word(i+8)+add, 9)
		b = bits.RotateLeft32(b+(c&d|c&a|d&a)+m.word(i+12)+add, 13)
	}
	for _, i := range [...]int{0, 2, 1, 3} {
		const add = 0x6ed9eba1 // the root of 3
		a = bits.RotateLeft32(a+(b^c^d)+m.word(i)+add, 3)
		d = bits.RotateLeft32(d+(a^b^c)+m.word(i+8)+add, 9)
		c = bits.RotateLeft32(c+(d^a^b)+m.word(i+4)+add, 11)
		b = bits.RotateLeft32(b+(c^d^a)+m.word(i+12)+add, 15)
	}
	m.state[0] += a
	m.state[1] += b
	m.state[2] += c
	m.state[3] += d
}
