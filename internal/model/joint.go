package model

// jointKind tells how a position joins two parts.
type jointKind int

const (
	noJoint jointKind = iota
	usualJoint
	repeatedJoint
)

// joint tells whether position i is a separator that joins parts: two of those
// that it and the same ones in front join have three characters and more.
func joint(text []position, i int) jointKind {
	if !between(text, i) {
		return noJoint
	}
	r, kind, long := text[i].base, noJoint, 0
	if isUsual(r) {
		kind = usualJoint
	}
	behind := i + 1
	for behind < len(text) && !isSeparator(text[behind].base) {
		behind++
	}
	if behind-i-1 >= 3 {
		long++
	}
	for at := i; at >= 0 && text[at].base == r && between(text, at); {
		if at < i {
			kind = repeatedJoint
		}
		part := before(text, at)
		if len(part) >= 3 {
			long++
		}
		at -= len(part) + 1
	}
	if long < 2 {
		return noJoint
	}
	return kind
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
