package engine

import (
	"math/bits"
	"unicode/utf8"
)

// asks are the parts of the password that are looked up in the password lists, in
// their order. Looking up waits for memory, so that all parts that may be asked for
// are begun together and ended later. A set of them has a bit for the place of each.
type asks struct {
	n        int
	keys     [maxAsks]uint64
	parts    [maxAsks]askedPart
	spares   [maxAsks]uint32 // sets of those that need not be asked for if one is found
	may      uint32          // set of those that may be listed
	whole    uint32          // set of the whole password
	decider  uint32          // set of the one that decides whether the core, or all, is listed
	undone   uint32          // set of those read with substitutions undone
	reversed uint32          // set of those read from their end
}

// askedPart is a part in few bytes.
type askedPart struct{ start, end uint16 }

// spare notes which need not be asked for if another is found.
func (a *asks) spare(found, others uint32) {
	a.spares[bits.TrailingZeros32(found)%maxAsks] |= others
}

// fewAsks is how many parts most passwords have at most.
const fewAsks = 16

func (a *asks) wipe() {
	clear(a.keys[:fewAsks])
	clear(a.parts[:fewAsks])
	clear(a.spares[:fewAsks])
	if a.n > fewAsks {
		*a = asks{}
	}
	a.n, a.may, a.whole, a.decider, a.undone, a.reversed = 0, 0, 0, 0, 0, 0
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

// maxAsks is how many parts are begun together: all in front of the runs of letters and
// the ends of one are half as many. maxEnds is how many ends a run has, lastAsks how
// many parts are begun behind the runs.
const (
	maxAsks  = 32
	maxEnds  = 2 * (maxEnd - minEnd + 1)
	lastAsks = 2
)

// beginLookup begins to look up the password, and what the score needs of it, if the
// policy has a use for password lists.
func (sc *scratch) beginLookup(e *Engine) {
	sc.listed, sc.known = sc.hits[:0], false
	full := sc.policy.Profile == Default
	if len(e.sets) == 0 || sc.lat.n < minListed || !full && !sc.policy.RefuseListed {
		return
	}
	a := &sc.asks
	a.whole = sc.begin(part{0, sc.lat.n})
	a.decider = a.whole
	if full && !sc.spread {
		sc.askParts(e)
	}
	sc.fetch(e)
}

// begin begins to look a part up as it is. It returns the set of it.
func (sc *scratch) begin(p part) uint32 { return sc.beginSum(p, sc.keys.onward(p)) }

// beginSum begins to look a part up by its sum.
func (sc *scratch) beginSum(p part, sum uint64) uint32 {
	a := &sc.asks
	at := a.n % maxAsks
	a.keys[at], a.parts[at] = keyOf(sum, p.n()), askedPart{uint16(p.start), uint16(p.end)}
	a.n++
	return 1 << at
}

// askParts begins to look up the parts that people decorate: without what is
// appended and prepended, with substitutions undone, and each run of letters; read
// from its end if that is not found.
func (sc *scratch) askParts(e *Engine) {
	sc.askDigits()
	core := sc.lat.core()
	if core.n() >= minListed {
		sc.askCore(core)
	}
	sc.askStems(core.end)
	for run := sc.lat.word(core.start); run.n() > 0; run = sc.lat.word(run.end) {
		sc.askRun(e, run, core)
	}
	sc.askReversed(core)
	if h := sc.lat.half(); h > 0 && core.n() > 0 {
		sc.begin(part{0, h})
	}
}

// askCore begins to look up the core, and it with substitutions undone.
func (sc *scratch) askCore(core part) {
	if core.n() < sc.lat.n {
		sc.asks.decider = sc.begin(core)
	}
	if sc.undoes(core) {
		sc.asks.undone = sc.beginSum(core, sc.keys.undone(core))
	}
}

// askReversed begins to look up the core from its end if it is ASCII, in case that it is
// not found as it is.
func (sc *scratch) askReversed(core part) {
	if core.n() < minListed || sc.known || sc.lat.wide && !sc.lat.ascii(core) {
		return
	}
	a := &sc.asks
	a.reversed = sc.beginSum(core, sc.keys.back(core))
	if a.decider != 0 { // it was not answered meanwhile
		a.spare(a.decider, a.reversed)
	}
}

// undoes reports whether a part has substitutions and is, with these undone, ASCII.
func (sc *scratch) undoes(p part) bool {
	if sc.keys.undone(p) == sc.keys.onward(p) {
		return false
	}
	if sc.lat.wide {
		for i := p.start; i < p.end; i++ {
			if sc.lat.cells[i].undone() >= utf8.RuneSelf {
				return false
			}
		}
	}
	return true
}

// askRun begins to look up a run of letters, unless it is the core, and what it begins
// and ends with, in case it is not found.
func (sc *scratch) askRun(e *Engine, run, core part) {
	a := &sc.asks
	if a.n >= maxAsks-maxEnds-lastAsks {
		sc.sift(e)
		sc.answer(e)
	}
	own := a.decider
	if run != core {
		own = sc.begin(run)
	}
	a.spare(own, sc.askEnds(run))
}

// askEnds begins to look up what a run of letters begins and ends with. It returns the
// set of these.
func (sc *scratch) askEnds(run part) (places uint32) {
	a, first := &sc.asks, sc.asks.n
	for n := minEnd; n <= maxEnd && n < run.n(); n++ {
		sc.begin(part{run.start, run.start + n})
		sc.begin(part{run.end - n, run.end})
	}
	return 1<<a.n - 1<<first
}

// askDigits begins to look up the digits that the password begins with, and those
// that it ends with.
func (sc *scratch) askDigits() {
	l := &sc.lat
	const run = 1<<minDigits - 1
	if digits := l.places[0].digits; l.n <= setSize && digits&run != run && digits<<(setSize-l.n)>>(setSize-minDigits) != run {
		return
	}
	end := l.end(0)
	if end == l.n {
		return
	}
	if end >= minDigits && l.is(0, digit) {
		sc.begin(part{0, end})
	}
	if start := l.n - minDigits; start > 0 && l.end(start) == l.n && l.is(start, digit) {
		for l.is(start-1, digit) {
			start--
		}
		sc.begin(part{start, l.n})
	}
}

// maxStems is how many runs at the end are taken away, at most.
const maxStems = 3

// askStems begins to look up what is left of the password when its last digits
// or symbols are taken away, run by run: password1 of password1!!. The last letter
// is in front of last.
func (sc *scratch) askStems(last int) {
	for end, i := sc.lat.stem(last, sc.lat.n), 0; end > 0 && i < maxStems; end, i = sc.lat.stem(last, end), i+1 {
		sc.begin(part{0, end})
	}
}

// fetch asks for the memory that the lookups begun will read.
func (sc *scratch) fetch(e *Engine) {
	a := &sc.asks
	for _, set := range e.sets {
		set.Fetch(a.keys[:a.n])
	}
}

// sift finds out which of the lookups begun may succeed.
func (sc *scratch) sift(e *Engine) {
	a := &sc.asks
	for _, set := range e.sets {
		a.may |= set.Sift(a.keys[:a.n]) & (1<<a.n - 1)
	}
}

// answer ends what was begun, in its order.
func (sc *scratch) answer(e *Engine) {
	a := &sc.asks
	for left := a.may; left != 0; left &= left - 1 {
		i := bits.TrailingZeros32(left) % maxAsks
		known := len(sc.listed)
		if sc.find(e, a.keys[i]) {
			sc.read(sc.listed[known:], i)
			left &^= a.spares[i]
		}
	}
	a.wipe()
}

// read completes what was found of the ask at a place.
func (sc *scratch) read(found []listed, at int) {
	a, l := &sc.asks, &sc.lat
	p, set := a.parts[at], uint32(1)<<at
	sc.known = sc.known || set&a.decider != 0
	if set&a.whole != 0 && l.closed == 0 {
		sc.whole, sc.wholeBy = true, sc.listed[0].list
	}
	spelling, back := Guesses(0), false
	switch {
	case set&a.undone != 0:
		spelling = l.undoneCost(part{int(p.start), int(p.end)})
	case set&a.reversed != 0:
		spelling, back = reversedCost, true
	}
	for i := range found {
		h := &found[i]
		h.start, h.end, h.spelling, h.back = p.start, p.end, spelling, back
	}
}

// find looks a key up and records in which lists it is.
func (sc *scratch) find(e *Engine, key uint64) (found bool) {
	for i, set := range e.sets {
		log2Rank, ok := set.Find(key)
		if ok && len(sc.listed) < maxListed {
			sc.listed = append(sc.listed, listed{list: uint16(i), kind: KindPassword, base: Guesses(log2Rank)*bit + listCost})
		}
		found = found || ok
	}
	return found
}

// core returns the positions from the first letter to the last; none if there
// is no letter.
func (l *lattice) core() part {
	core := part{l.n, l.n}
	for b := l.n / setSize; b >= 0; b-- {
		if letters := l.places[b].letters; letters != 0 {
			if core.start == l.n {
				core.end = b*setSize + bits.Len64(letters)
			}
			core.start = b*setSize + bits.TrailingZeros64(letters)
		}
	}
	return core
}

// word returns the first run of minListed letters or more from position i on, where none
// goes on, or nothing.
func (l *lattice) word(i int) part {
	if l.n <= setSize {
		letters := l.places[0].letters >> i
		two := letters & (letters >> 1)
		four := two & (two >> 2)
		if four == 0 {
			return part{}
		}
		skip := bits.TrailingZeros64(four)
		start := i + skip
		return part{start, start + bits.TrailingZeros64(^(letters >> skip))}
	}
	for ; i < l.n; i = l.end(i) {
		if run := (part{i, l.end(i)}); l.is(i, letter) && run.n() >= minListed {
			return run
		}
	}
	return part{}
}

// stem returns where the last run in front of end begins, if it is behind last and
// minListed positions or more are in front of it, else 0.
func (l *lattice) stem(last, end int) int {
	if l.n <= setSize {
		return max(bits.Len64(l.places[0].edges&(1<<end-1)&(^uint64(1)<<max(last, minListed-1)))-1, 0)
	}
	for end--; end > last && l.end(end-1) == l.end(end); {
		end--
	}
	if end <= last || end < minListed {
		return 0
	}
	return end
}
