package engine

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normalizer brings passwords to NFC. It is part of the scratch, as norm.Iter
// and the text are too large for the stack of a caller.
type normalizer struct {
	iter  norm.Iter
	text  [3 * maxBytes]byte
	small [3 * maxBytes]byte
	used  int // of each
}

// form returns the password in NFC, its length in code points and whether it is
// valid UTF-8. The result may be the password itself. What does not fit into
// text, which is far more than MaxLength characters, is left out.
func (z *normalizer) form(password []byte) (text []byte, length int, valid bool) {
	text = z.compose(password)
	return text, runeCount(text), utf8.Valid(password)
}

// compose returns the password in NFC, as form does.
func (z *normalizer) compose(password []byte) (text []byte) {
	text = password
	if norm.NFC.QuickSpan(password) != len(password) {
		text = z.text[:0]
		z.iter.Init(norm.NFC, password)
		for !z.iter.Done() {
			segment := z.iter.Next()
			if len(text)+len(segment) > len(z.text) {
				break
			}
			text = append(text, segment...)
		}
		z.iter = norm.Iter{} // it holds parts of the password
		z.used = max(z.used, len(text))
	}
	return text
}

// plain returns the password in small letters and NFC; ok is false if it is no UTF-8, or
// too long so.
func (z *normalizer) plain(password []byte) (small []byte, ok bool) {
	text := z.compose(password)
	small = z.small[:0]
	for len(text) > 0 && len(small) <= len(z.small)-utf8.UTFMax {
		r, size := utf8.DecodeRune(text)
		small, text = utf8.AppendRune(small, unicode.ToLower(r)), text[size:]
	}
	z.used = max(z.used, len(small))
	return small, len(text) == 0 && utf8.Valid(password)
}

func (z *normalizer) wipe() {
	clear(z.text[:z.used])
	clear(z.small[:z.used])
	z.used = 0
}

// runeCount counts characters as the fold does. utf8.RuneCount copies long texts to
// the heap, in Go 1.26.
func runeCount(text []byte) (n int) {
	for len(text) > 0 {
		size := 1
		if text[0] >= utf8.RuneSelf {
			_, size = decodeRune(text)
		}
		text = text[size:]
		n++
	}
	return n
}
