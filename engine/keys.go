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

// maxListed bounds the hits in password lists that are used.
const maxListed = 32

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

// listed is a part of the password that is on a password list or breach list.
type listed struct {
	start, end     uint16
	list           uint16
	kind           Kind
	written        bool // it was found as written, so its capitals cost nothing
	base, spelling Guesses
	back           bool // read from its end
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

func (k *keys) wipe() {
	if k.wide {
		clear(k.text[:k.at[k.n]])
		clear(k.at[:k.n+1])
	}
	clear(k.text[:k.n])
	clear(k.bare[:k.n])
	k.n, k.wide = 0, false
}

// asksLists reports whether the policy has a use for password lists.
func (sc *scratch) asksLists(e *Engine) bool {
	return len(e.passwords) > 0 && sc.lat.n > 0 && (sc.policy.Profile == Default || sc.policy.RefuseListed)
}

// lookupWhole asks the password lists for the whole password.
func (sc *scratch) lookupWhole(e *Engine) {
	sc.listed = sc.hits[:0]
	if !sc.asksLists(e) {
		return
	}
	if sc.whole = sc.ask(e, 0, sc.lat.n, sc.keys.span(0, sc.lat.n), 0); sc.whole {
		sc.wholeBy = sc.hits[0].list
	}
}

// lookup asks the password lists for the parts that people decorate: without
// what is appended and prepended, with substitutions undone, reversed, written
// twice, and each run of letters with its ends. If the password was closed up, it
// asks for what is left first.
func (sc *scratch) lookup(e *Engine) {
	l, k := &sc.lat, &sc.keys
	n, known := l.n, sc.whole
	if !sc.asksLists(e) {
		return
	}
	if l.closed != 0 {
		clear(sc.listed)
		sc.listed = sc.hits[:0]
		known = sc.ask(e, 0, n, k.span(0, n), 0)
	}
	sc.askDigits(e)
	first, last := l.core()
	if first == last {
		return
	}
	known = sc.askPart(e, first, last, known)
	sc.askPrefixes(e, last)
	sc.askRuns(e, first, last, known)
	if !known {
		sc.askReversed(e, first, last)
	}
	if h := l.half(); h > 0 {
		sc.ask(e, 0, h, k.span(0, h), 0)
	}
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

// askPart looks the part up as it is and with substitutions undone. It reports
// whether the part is listed as it is; it is told whether the whole is.
func (sc *scratch) askPart(e *Engine, start, end int, known bool) bool {
	if start > 0 || end < sc.lat.n {
		known = sc.ask(e, start, end, sc.keys.span(start, end), 0)
	}
	if cost, ok := sc.undo(start, end); ok {
		sc.ask(e, start, end, sc.keys.bare[start:end], cost)
	}
	return known
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

// askPrefixes looks up what is left of the password when its last digits or
// symbols are taken away, run by run: password1 of password1!!.
func (sc *scratch) askPrefixes(e *Engine, last int) {
	l := &sc.lat
	const kinds = letter | digit
	end := l.n
	for range 3 {
		kind := l.cells[end-1].flags & kinds
		for end > last && l.cells[end-1].flags&kinds == kind {
			end--
		}
		if end <= last {
			return
		}
		sc.ask(e, 0, end, sc.keys.span(0, end), 0)
	}
}

// askRuns looks up each run of letters between first and last, and, if it is not
// listed, what it begins and ends with. It is told whether all between is known
// to be listed.
func (sc *scratch) askRuns(e *Engine, first, last int, known bool) {
	l := &sc.lat
	for start, end := first, 0; start < last; start = end {
		if end = l.end(start); !l.is(start, letter) {
			continue
		}
		if start > first || end < last {
			known = sc.ask(e, start, end, sc.keys.span(start, end), 0)
		}
		for n := minEnd; !known && n <= maxEnd && n < end-start; n++ {
			sc.ask(e, start, start+n, sc.keys.span(start, start+n), 0)
			sc.ask(e, end-n, end, sc.keys.span(end-n, end), 0)
		}
	}
}

// askDigits looks up the digits that the password begins with, and those that it
// ends with.
func (sc *scratch) askDigits(e *Engine) {
	l, k := &sc.lat, &sc.keys
	end := l.end(0)
	if end == l.n {
		return
	}
	if end >= minDigits && l.is(0, digit) {
		sc.ask(e, 0, end, k.span(0, end), 0)
	}
	if start := l.n - minDigits; start > 0 && l.end(start) == l.n && l.is(start, digit) {
		for l.is(start-1, digit) {
			start--
		}
		sc.ask(e, start, l.n, k.span(start, l.n), 0)
	}
}

// askReversed looks up the part read from its end, if it is ASCII.
func (sc *scratch) askReversed(e *Engine, start, end int) {
	key := sc.keys.bare[start:end]
	for i := range key {
		r := sc.lat.cells[start+i].base
		if r >= utf8.RuneSelf {
			return
		}
		key[len(key)-1-i] = byte(r)
	}
	known := len(sc.listed)
	sc.ask(e, start, end, key, reversedCost)
	for i := range sc.listed[known:] {
		sc.listed[known+i].back = true
	}
}

// ask looks one span up in every list and records what it finds.
func (sc *scratch) ask(e *Engine, start, end int, key []byte, spelling Guesses) (found bool) {
	if end-start < minListed {
		return false
	}
	for i, list := range e.passwords {
		log2Rank, ok := list.Set.Lookup(key)
		if !ok {
			continue
		}
		if len(sc.listed) < maxListed {
			sc.listed = append(sc.listed, listed{
				start: uint16(start), end: uint16(end), list: uint16(i), kind: KindPassword,
				base: Guesses(log2Rank)*bit + listCost, spelling: spelling,
			})
		}
		found = true
	}
	return found
}
