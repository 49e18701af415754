package engine

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// maxTurned bounds the length of what is read by its keys, maxTurnedUnits the parts
// that it is several times, maxTurnedRuns the runs of letters in it that are.
const (
	maxTurned      = 64
	maxTurnedUnits = 12 // as 60 has divisors
	maxTurnedRuns  = 4
)

// turned is a password with letters of another script as its keys give it on QWERTY:
// people forget which layout is on.
type turned struct {
	text    [maxTurned * maxStrokes]byte
	at      [maxTurned + 1]uint16 // where the keys of each position begin
	n       int                   // of text; 0: there is none
	used    bool
	strokes [maxStrokes]stroke // of the character being read
}

// load reads the keys of a password. There is none with a character that no key has.
func (t *turned) load(password []byte, l *lattice) {
	if l.n > maxTurned || !l.exact {
		return
	}
	t.used = true
	signs := signsOf(l)
	n, position, keyed := 0, 0, false
	begin := func(index uint16) bool { // the next position, at what is read
		begins := position < l.n && l.cells[position].origin == index
		if begins && position > 0 {
			t.at[position] = uint16(n)
		}
		if begins {
			position++
		}
		return begins
	}
	for index := uint16(0); len(password) > 0; index++ {
		r, size := decodeRune(password)
		password = password[size:]
		begin(index)
		strokes, _ := appendStrokes(t.strokes[:0], r)
		for _, s := range strokes {
			if s.rune >= utf8.RuneSelf || n == len(t.text) {
				return
			}
			if sign := signs[s.rune]; sign != 0 && !s.keyed {
				s.rune = rune(sign)
			}
			keyed = keyed || s.keyed
			t.text[n] = byte(s.rune)
			n++
		}
		for begin(index) {
		}
	}
	t.at[l.n] = uint16(n)
	if keyed {
		t.n = n
	}
}

// symbols returns the set of those that the keys give.
func (t *turned) symbols() (set uint64) {
	for _, c := range t.text[:t.n] {
		set |= 1 << symbolOf(rune(c))
	}
	return set
}

func (t *turned) wipe() {
	if t.used {
		*t = turned{}
	}
}

// turnedSigns are signs on the keys of Latin letters, by the script of the layout.
var turnedSigns = [...]struct {
	script *unicode.RangeTable
	letter [utf8.RuneSelf]byte
}{
	{unicode.Hebrew, [utf8.RuneSelf]byte{'/': 'q', '\'': 'w'}},
	{unicode.Greek, [utf8.RuneSelf]byte{';': 'q'}},
	{}, // all others
}

// signsOf returns the letters of signs on the layout of the first letter beyond ASCII.
func signsOf(l *lattice) *[utf8.RuneSelf]byte {
	which := len(turnedSigns) - 1
	for i := range l.cells[:l.n] {
		if r := l.cells[i].base; r >= utf8.RuneSelf && unicode.IsLetter(r) {
			for k := range turnedSigns[:which] {
				if unicode.Is(turnedSigns[k].script, r) {
					which = k
				}
			}
			break
		}
	}
	return &turnedSigns[which].letter
}

// askTurned looks up the whole password, its core and its runs of letters as their keys
// give them, in lists and among words; so also each part that it is several times.
func (sc *scratch) askTurned(e *Engine) {
	for unit := sc.lat.n; unit > 0; unit-- {
		if sc.turned.recurs(unit, sc.lat.n) {
			sc.findTurnedParts(e, unit)
		}
	}
}

// recurs reports whether the keys of n positions are those of the first ones, so many,
// again and again.
func (t *turned) recurs(unit, n int) bool {
	same := n%unit == 0
	for i := unit; same && i < n; i += unit {
		same = bytes.Equal(t.text[:t.at[unit]], t.text[t.at[i]:t.at[i+unit]])
	}
	return same
}

// findTurnedParts looks up the first positions, n of them, their core and its runs.
func (sc *scratch) findTurnedParts(e *Engine, n int) {
	l := &sc.lat
	whole, core := part{0, n}, l.core()
	core.start, core.end = min(core.start, n), min(core.end, n)
	for core.n() > 0 && !l.is(core.end-1, letter) {
		core.end--
	}
	sc.findTurned(e, whole)
	if core != whole {
		sc.findTurned(e, core)
	}
	for start, runs := core.start, 0; start < core.end && runs < maxTurnedRuns; start = l.end(start) {
		if run := (part{start, min(l.end(start), core.end)}); l.is(start, letter) {
			runs++
			if run != core {
				sc.findTurned(e, run)
			}
		}
	}
}

// findTurned looks a part up, if it has letters beyond ASCII.
func (sc *scratch) findTurned(e *Engine, p part) {
	beyond := false
	for i := p.start; i < p.end; i++ {
		beyond = beyond || sc.lat.cells[i].base >= utf8.RuneSelf
	}
	t := &sc.turned
	text := t.text[t.at[p.start]:t.at[p.end]]
	if !beyond || len(text) < minListed {
		return
	}
	found := sc.findText(e, p, turnedCost, text)
	for i := range found {
		found[i].typed = true
	}
}
