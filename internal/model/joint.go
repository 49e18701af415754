package model

import "strings"

// jointKind tells how a position joins two parts.
type jointKind int

const (
	noJoint jointKind = iota
	usualJoint
	repeatedJoint
)

// joint tells whether position i is a separator that joins parts.
func joint(text []position, i int) jointKind {
	r := text[i].base
	if !between(text, i) {
		return noJoint
	}
	part := before(text, i)
	if at := i - len(part) - 1; at >= 0 && text[at].base == r && between(text, at) {
		if isWord(part) || isWord(before(text, at)) {
			return repeatedJoint
		}
	}
	if isWord(part) && strings.ContainsRune("-._ ", r) {
		return usualJoint
	}
	return noJoint
}

// between reports whether position i is an ASCII separator behind a part and in
// front of something else than a separator.
func between(text []position, i int) bool {
	if r := text[i].base; !isSeparator(r) || r >= 128 || i+1 == len(text) || isSeparator(text[i+1].base) {
		return false
	}
	return isPart(before(text, i))
}

// before returns what stands between position i and the separator in front.
func before(text []position, i int) []position {
	start := i
	for start > 0 && !isSeparator(text[start-1].base) {
		start--
	}
	return text[start:i]
}

// letters returns the letters that a span begins with.
func letters(span []position) []position {
	n := 0
	for n < len(span) && isLetter(span[n].base) {
		n++
	}
	return span[:n]
}

// isPart reports whether a span is letters, small, capital, or with the first
// one capital, then digits, or one of these.
func isPart(span []position) bool {
	word := letters(span)
	capitals := 0
	for _, p := range word {
		if p.capital {
			capitals++
		}
	}
	inOrder := capitals == 0 || capitals == len(word) || capitals == 1 && word[0].capital
	return len(span) > 0 && inOrder && (len(word) == len(span) || digits(span[len(word):]))
}

func isWord(part []position) bool { return len(letters(part)) >= 3 }
