package engine

import (
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// The character classes of Active Directory: capitals, small letters, digits,
// symbols, and letters that are neither capital nor small ([MS-SAMR]
// 3.1.1.7.2; "Passwords must meet complexity requirements", Microsoft Learn).
const (
	classCount     = 5
	complexClasses = 3
)

// classSet tells which classes of characters a password has, and whether it has
// control characters, or bytes that are no characters by themselves.
type classSet uint8

// The members of a classSet, the first in the order of shapes.
const (
	smalls classSet = 1 << iota
	capitals
	digits
	symbols
	others
	controls
	beyond // bytes beyond ASCII
)

func (c classSet) count() int { return bits.OnesCount8(uint8(c &^ controls)) }

// shapes returns the set of the shapes of characters of ASCII.
func (c classSet) shapes() uint64 {
	const all = smalls | capitals | digits | symbols
	return uint64(c&all|c&controls/controls*symbols) << shapeSmall
}

func classesOf(text []byte) (c classSet) {
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r < utf8.RuneSelf {
			c |= asciiClasses[r]
		} else {
			r, size = decodeRune(text[i:])
			c |= classOf(r)
		}
		i += size
	}
	return c
}

func classOf(r rune) classSet {
	switch {
	case unicode.IsControl(r):
		return controls
	case unicode.IsUpper(r):
		return capitals
	case unicode.IsLower(r):
		return smalls
	case unicode.IsDigit(r):
		return digits
	case unicode.IsLetter(r):
		return others
	}
	return symbols
}

// asciiClasses has the classes of ASCII characters.
var asciiClasses = func() (t [utf8.RuneSelf]classSet) {
	for r := range t {
		t[r] = classOf(rune(r))
	}
	return t
}()

// minToken is the least length of an account name or display-name token that
// Active Directory complexity forbids inside a password.
const minToken = 3

// namesInside reports whether the password contains the account name or a token
// of a display name, compared without case as Active Directory does.
func (sc *scratch) namesInside(s *Subject) bool {
	if sc.contains(s.Account) {
		return true
	}
	left := maxNames
	for _, name := range s.Names {
		if left -= len(name); left < 0 {
			break
		}
		for start := 0; start < len(name); {
			end := start
			for end < len(name) && !tokenEnd(name[end]) {
				end++
			}
			if sc.contains(name[start:end]) {
				return true
			}
			start = end + 1
		}
	}
	return false
}

// tokenEnd reports whether c separates the tokens of a display name.
func tokenEnd(c byte) bool {
	switch c {
	case ',', '.', '-', '_', ' ', '#', '\t':
		return true
	}
	return false
}

// maxNames bounds the bytes of names that are compared.
const maxNames = 8192

// contains reports whether the folded password contains the folded token, when
// that has minToken characters. Tokens of more than maxFieldBytes are ignored.
func (sc *scratch) contains(token string) bool {
	if utf8.RuneCountInString(token) < minToken || len(token) > maxFieldBytes {
		return false
	}
	for i := range sc.lat.n {
		if sc.begins(i, token) {
			return true
		}
	}
	return false
}

// begins reports whether the folded token stands at position i.
func (sc *scratch) begins(i int, token string) bool {
	f := sc.subject.folder(token)
	for k := i; ; k++ {
		p, ok := f.next()
		if !ok {
			return k > i
		}
		if k == sc.lat.n || sc.lat.cells[k].base != p.base {
			return false
		}
	}
}
