package engine

import "unicode/utf8"

// keys spells spans of a lattice for the lookup in password lists.
type keys struct {
	text [4 * maxPositions]byte   // folded text
	at   [maxPositions + 1]uint16 // where each position begins in text, if wide
	bare [maxPositions]byte       // with substitutions undone
	n    int
	wide bool // some are beyond ASCII
}

// minListed is the least length of a part that is looked up; lists of whole
// passwords have few shorter entries that say more than their letters.
const minListed = 4

// maxListed bounds the hits in password lists that are used, maxThreaded the words
// that threads are, and maxTurnedWords those that are read by their keys.
const (
	maxListed      = 32
	maxThreaded    = 2 * 3 * 2
	maxTurnedWords = 2 * (2 + maxTurnedRuns)
)

// minEnd and maxEnd bound the length of what is looked up of the ends of a run
// of letters: the embedded list has no shorter entries, and longer ones give away
// no more.
const (
	minEnd = 6
	maxEnd = 8
)

// minDigits is the least length of a run of digits that is looked up; of shorter
// ones the lists know too many to say more than the digits.
const minDigits = 6

// listed is a part of the password that is on a password list or breach list, or a
// word as a thread.
type listed struct {
	start, end     uint16
	list           uint16
	kind           Kind
	written        bool // it was found as written, so its capitals cost nothing
	base, spelling Guesses
	back           bool   // read from its end
	typed          bool   // by its keys on another layout
	thread         thread // that is listed, if not all
}

func (k *keys) load(l *lattice) {
	k.n, k.wide = l.n, l.wide
	cells := l.cells[:l.n]
	if !k.wide {
		text := k.text[:len(cells)]
		for i := range cells {
			text[i] = byte(cells[i].base)
		}
		return
	}
	at := 0
	for i := range cells {
		k.at[i] = uint16(at)
		at += utf8.EncodeRune(k.text[at:at+utf8.UTFMax], cells[i].base)
	}
	k.at[l.n] = uint16(at)
}

// span returns the folded text of the positions [start,end).
func (k *keys) span(start, end int) []byte {
	if k.wide {
		start, end = int(k.at[start]), int(k.at[end])
	}
	return k.text[start:end]
}

// of returns the text of what is asked for.
func (k *keys) of(a *ask) []byte {
	if a.bare {
		return k.bare[a.start:a.end]
	}
	return k.span(a.start, a.end)
}

func (k *keys) wipe() {
	if k.wide {
		clear(k.text[:k.at[k.n]])
		clear(k.at[:k.n+1])
	}
	clear(k.text[:k.n])
	clear(k.bare[:k.n])
	k.n, k.wide = 0, false
}

// core returns the positions from the first letter to the last; none if there
// is no letter.
func (l *lattice) core() (first, last int) {
	first, last = l.n, l.n
	for i := 0; i < l.n; i = l.end(i) {
		if l.is(i, letter) {
			first, last = min(first, i), l.end(i)
		}
	}
	return first, last
}

// undo writes the span with each substituted character as the letter it most
// likely stands for; ok is false when there is none or the span is not ASCII.
func (sc *scratch) undo(start, end int) (cost Guesses, ok bool) {
	l := &sc.lat
	if !l.wide {
		copy(sc.keys.bare[start:end], sc.keys.text[start:end])
	}
	for i := start; i < end; i++ {
		if !l.wide && l.is(i, letter) {
			if i = l.end(i); i >= end {
				break
			}
		}
		sc.keys.bare[i] = byte(l.cells[i].base)
		if l.cells[i].own < symbolDigit {
			continue
		}
		s, found := l.meant(i)
		if !found {
			if l.cells[i].base >= utf8.RuneSelf {
				return 0, false
			}
			continue
		}
		sc.keys.bare[i] = 'a' + s
		cost += l.spelling(i, s)
		ok = true
	}
	return min(cost, spellingCap), ok
}
