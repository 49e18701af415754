package engine

import "unicode"

// maxMarks is how many marks of a letter count: no alphabet in use has more.
const maxMarks = 2

// loadMarks notes how many marks fold away from each letter, at the first position of
// its character. Scripts in whose number of letters marks are counted have none.
func (l *lattice) loadMarks(text []byte) {
	at := 0 // the last position that does not begin behind the character
	for index := uint16(0); len(text) > 0 && l.n > 0; index++ {
		r, size := decodeRune(text)
		text = text[size:]
		marks := foldingOf(r).marks
		if marks == 0 {
			continue
		}
		for at+1 < l.n && l.cells[at+1].origin <= index {
			at++
		}
		first := at
		for l.is(first, joined) {
			first--
		}
		c := &l.cells[first]
		if c.origin <= index && c.flags&letter != 0 && !unicode.In(c.base, unicode.Cyrillic, unicode.Hiragana, unicode.Katakana) {
			l.marked = true
			l.marks[first] = min(l.marks[first]+marks, maxMarks)
		}
	}
}

// moveMarks moves the marks of a position to one in front of it, or the same.
func (l *lattice) moveMarks(from, to int) {
	if l.marked && from != to {
		l.marks[to], l.marks[from] = l.marks[from], 0
	}
}

// chargeMarks adds what marks cost to the letters as characters, and returns the sum.
func (l *lattice) chargeMarks(ways []way) (sum Guesses) {
	if !l.marked {
		return 0
	}
	for i, marks := range l.marks[:l.n] {
		cost := Guesses(marks) * markCost
		ways[i].single += cost
		sum += cost
	}
	return sum
}
