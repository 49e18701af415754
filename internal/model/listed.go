package model

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// ascii has the characters that a part looked up reversed may have.
var ascii = func() (s string) {
	for r := range rune(128) {
		s += string(r)
	}
	return s
}()

// lookups bounds the number of hits in password lists that are used.
const lookups = 32

// hit is a part of the password that is on a list; one that is as written there
// has no cost of its case.
type hit struct {
	start, end, base, spelling int
	written                    bool
}

// hits looks the password and its parts up.
func (m *Model) hits(text []position) []hit {
	var hits []hit
	ask := func(start, end int, key string, spelling int) (found bool) {
		if utf8.RuneCountInString(key) < 4 {
			return false
		}
		for _, list := range m.config.Passwords {
			rank, ok := list[key]
			if found = found || ok; ok && len(hits) < lookups {
				hits = append(hits, hit{start, end, rank*bit + listed, spelling, false})
			}
		}
		return found
	}
	written := func(start, end int) bool { return ask(start, end, spell(text[start:end]), 0) }

	n := len(text)
	known := written(0, n)
	leading, trailing := digitEnds(text)
	if leading >= 6 && leading < n {
		written(0, leading)
	}
	if n-trailing >= 6 && trailing > 0 {
		written(trailing, n)
	}
	threaded := func() []hit {
		for _, t := range append(threads(text), turnedParts(text)...) {
			ask(t.start, t.end, t.key, t.cost)
		}
		return hits
	}
	first, last := core(text)
	if first == last {
		return threaded()
	}
	whole := first == 0 && last == n
	if !whole {
		known = written(first, last)
	}
	if key, cost, ok := m.undone(text[first:last]); ok {
		ask(first, last, key, cost)
	}
	end := n
	for range 3 {
		if end = shorter(text[:end], last); end <= last {
			break
		}
		written(0, end)
	}
	for start := first; start < last; start++ {
		end := start
		for end < last && isLetter(text[end].base) {
			end++
		}
		if begins := start == first || !isLetter(text[start-1].base); !begins || end == start {
			continue
		}
		runKnown := known
		if start > first || end < last {
			runKnown = written(start, end)
		}
		for n := 6; n <= 8 && n < end-start && !runKnown; n++ {
			written(start, start+n)
			written(end-n, end)
		}
	}
	if key := spell(text[first:last]); !known && strings.Trim(key, ascii) == "" {
		runes := []rune(key)
		slices.Reverse(runes)
		ask(first, last, string(runes), reversal)
	}
	if isTwice(text) {
		written(0, n/2)
	}
	return threaded()
}

// digitEnds returns where the digits end that a text begins with, and where those
// begin that it ends with.
func digitEnds(text []position) (leading, trailing int) {
	for leading < len(text) && isDigit(text[leading].base) {
		leading++
	}
	for trailing = len(text); trailing > 0 && isDigit(text[trailing-1].base); {
		trailing--
	}
	return leading, trailing
}

// isTwice reports whether the text is the same twice, four positions and more.
func isTwice(text []position) bool {
	half := len(text) / 2
	return half >= 4 && len(text) == 2*half && spell(text[:half]) == spell(text[half:])
}

// isListed reports whether the whole password is on a list.
func (m *Model) isListed(text []position) bool {
	for _, list := range m.config.Passwords {
		if _, ok := list[spell(text)]; ok && len(text) >= 4 {
			return true
		}
	}
	return false
}

func spell(text []position) string {
	var runes []rune
	for _, p := range text {
		runes = append(runes, p.base)
	}
	return string(runes)
}

// core returns the span from the first letter to the last.
func core(text []position) (first, last int) {
	for i, p := range text {
		if isLetter(p.base) {
			if last == 0 {
				first = i
			}
			last = i + 1
		}
	}
	return first, last
}

// undone returns the part with substitutions undone and what they cost; ok is
// false if there are none, or a character beyond ASCII stays.
func (m *Model) undone(part []position) (key string, cost int, ok bool) {
	var runes []rune
	for _, p := range part {
		r, found := m.likeliest(p)
		switch {
		case p.base >= 'a' && p.base <= 'z':
			r = p.base
		case found:
			cost += m.readings(p)[r]
			ok = true
		case p.base >= 128:
			return "", 0, false
		default:
			r = p.base
		}
		runes = append(runes, r)
	}
	return string(runes), min(readingsCap, cost), ok
}

// shorter returns the length of text without its last run of digits, or of
// what is neither letter nor digit; at most down to last.
func shorter(text []position, last int) int {
	end := len(text)
	if end == 0 || isLetter(text[end-1].base) {
		return 0
	}
	digits := isDigit(text[end-1].base)
	for end > last && !isLetter(text[end-1].base) && isDigit(text[end-1].base) == digits {
		end--
	}
	return end
}
