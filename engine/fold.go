package engine

import (
	_ "embed"
	"unicode"
	"unicode/utf8"
)

// foldTable maps every rune below foldLimit to what it folds to:
// compatibility decomposition without marks and invisible characters, full
// case folding, Latin look-alikes and strokes as plain letters; and to the
// ASCII letter that a rune of another script may be read as. It is written by
// internal/foldgen from Unicode's data. Little-endian sections:
//
//	u32 pages, u32 entries
//	u16 index[768]         page of rune>>8
//	u16 page[pages][256]   entry of rune&255; entry 0: folds to itself
//	u32 entry[entries]     marks <<28 | start in runes <<12 | number of runes <<8 | ASCII reading
//	u32 runes[]
//
//go:embed fold.bin
var foldTable string

const (
	foldLimit   = 0x30000
	foldIndexAt = 8
	foldPagesAt = foldIndexAt + 2*(foldLimit>>8)
)

func foldU16(at int) int { return int(foldTable[at]) | int(foldTable[at+1])<<8 }
func foldU32(at int) int { return foldU16(at) | foldU16(at+2)<<16 }

// folding is what one rune becomes: runes of the table, or the rune itself.
type folding struct {
	at, n int   // place of the first rune in foldTable, number of runes; n < 0: itself
	look  byte  // ASCII reading, or 0
	marks uint8 // that fold away, at most 2
}

func foldingOf(r rune) folding {
	if r >= foldLimit {
		if r >= 0xE0000 && r < 0xE1000 { // tags and variation selectors
			return folding{}
		}
		return folding{n: -1}
	}
	page := foldU16(foldIndexAt + 2*int(r>>8))
	id := foldU16(foldPagesAt + 512*page + 2*int(r&255))
	if id == 0 {
		return folding{n: -1}
	}
	entries := foldPagesAt + 512*foldU32(0)
	e := foldU32(entries + 4*id)
	runes := entries + 4*foldU32(4)
	return folding{at: runes + 4*(e>>12&(1<<16-1)), n: e >> 8 & 15, look: byte(e), marks: uint8(e >> 28)}
}

func (f folding) rune(k int) rune { return rune(foldU32(f.at + 4*k)) }

// Hangul composition, Unicode Standard section 3.12.
const (
	hangulS, hangulL, hangulV, hangulT = 0xAC00, 0x1100, 0x1161, 0x11A7
	hangulLs, hangulVs, hangulTs       = 19, 21, 28
)

// composeHangul returns the syllable of a leading consonant and a vowel, or of
// an open syllable and a final consonant.
func composeHangul(a, b rune) (rune, bool) {
	switch {
	case a >= hangulL && a < hangulL+hangulLs && b >= hangulV && b < hangulV+hangulVs:
		return hangulS + ((a-hangulL)*hangulVs+(b-hangulV))*hangulTs, true
	case a >= hangulS && a < hangulS+hangulLs*hangulVs*hangulTs && (a-hangulS)%hangulTs == 0 &&
		b > hangulT && b < hangulT+hangulTs:
		return a + b - hangulT, true
	}
	return 0, false
}

// position is one folded character and where it comes from.
type position struct {
	base   rune   // folded character
	look   byte   // ASCII letter it may be read as, or 0
	flags  uint8  // upper, joined
	origin uint16 // rune offset of the input
}

// The flags of a position.
const (
	upper  = 1 << iota // written as a capital
	joined             // not the first position of its input rune
)

// folder splits a text into positions, one at a time.
type folder struct {
	text   []byte
	at     int    // byte offset of the next rune
	runes  uint16 // runes read
	cur    folding
	k      int // next rune of cur
	flags  uint8
	origin uint16
	ahead  position // read already, if held
	held   bool
}

// next returns the next position; ok is false at the end.
func (f *folder) next() (p position, ok bool) {
	if f.held {
		p, f.held = f.ahead, false
	} else if p, ok = f.single(); !ok {
		return p, false
	}
	for p.base >= hangulL { // what follows may join the syllable
		if f.ahead, f.held = f.single(); !f.held {
			break
		}
		s, ok := composeHangul(p.base, f.ahead.base)
		if !ok {
			break
		}
		p.base, f.held = s, false
	}
	return p, true
}

// single returns the next position before composition.
func (f *folder) single() (p position, ok bool) {
	for {
		if f.k < f.cur.n {
			p = position{base: f.cur.rune(f.k), look: f.cur.look, origin: f.origin, flags: f.flags}
			f.flags |= joined
			f.k++
			return p, true
		}
		if f.at >= len(f.text) {
			return position{}, false
		}
		r, size := rune(f.text[f.at]), 1
		if r >= utf8.RuneSelf {
			r, size = decodeRune(f.text[f.at:])
		}
		f.at += size
		f.origin = f.runes
		f.runes++
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				return position{base: r + 'a' - 'A', flags: upper, origin: f.origin}, true
			}
			return position{base: r, origin: f.origin}, true
		}
		f.flags = 0
		if unicode.IsUpper(r) || unicode.IsTitle(r) {
			f.flags = upper
		}
		f.cur, f.k = foldingOf(r), 0
		if f.cur.n < 0 {
			f.cur.n = 0
			return position{base: r, origin: f.origin, flags: f.flags}, true
		}
	}
}

// decodeRune is utf8.DecodeRune, which takes the three bytes of half a surrogate pair
// for three characters: it is one, U+FFFD, as a unit of UTF-16 is where it comes from.
func decodeRune(text []byte) (r rune, size int) {
	r, size = utf8.DecodeRune(text)
	if size == 1 && text[0] == 0xED && len(text) >= 3 && text[1]&0xE0 == 0xA0 && text[2]&0xC0 == 0x80 {
		size = 3
	}
	return r, size
}

// AppendFold appends the folded form of text to dst: the form in which password
// lists are looked up. Folding takes compatibility forms, marks, case,
// invisible characters and Latin look-alikes away; an invalid byte of UTF-8, or half
// a surrogate pair in three, becomes U+FFFD. It is idempotent.
func AppendFold(dst, text []byte) []byte {
	f := folder{text: text}
	for {
		p, ok := f.next()
		if !ok {
			return dst
		}
		dst = utf8.AppendRune(dst, p.base)
	}
}
