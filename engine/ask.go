package engine

import (
	"math/bits"
	"unicode/utf8"
)

// ask is a part of the password that is looked up in the password lists. Looking up
// waits for memory, so that all parts that may be asked for are begun together and
// ended later.
type ask struct {
	key        uint64
	spares     uint32 // which others need not be asked for if it is found, by their places
	start, end uint16
	form
	whole   bool // it is the whole password
	decides bool // whether the core, or all, is listed
}

func (a *ask) part() part { return part{int(a.start), int(a.end)} }

// form is how a part is read.
type form uint8

const (
	asIs       form = iota
	asUndone        // with substitutions undone
	asReversed      // from its end
)

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
	a := sc.begin(e, part{0, sc.lat.n})
	a.whole, a.decides = true, true
	if full && !sc.spread {
		sc.askParts(e, a)
	}
}

// begin begins to look a part up as it is.
func (sc *scratch) begin(e *Engine, p part) *ask {
	return sc.beginSum(e, p, sc.keys.onward(p))
}

// beginSum begins to look a part up by its sum.
func (sc *scratch) beginSum(e *Engine, p part, sum uint64) *ask {
	key := keyOf(sum, p.n())
	e.sets[0].Fetch(key)
	a := &sc.asked[sc.asks]
	sc.asks++
	a.key, a.start, a.end = key, uint16(p.start), uint16(p.end)
	return a
}

// askParts begins to look up the parts that people decorate: without what is
// appended and prepended, with substitutions undone, and each run of letters; read
// from its end if that is not found.
func (sc *scratch) askParts(e *Engine, whole *ask) {
	l := &sc.lat
	sc.askDigits(e)
	core := l.core()
	decider := whole
	if core.n() >= minListed {
		if core.n() < l.n {
			decider = sc.begin(e, core)
			whole.decides, decider.decides = false, true
		}
		if sc.undoes(core) {
			sc.beginSum(e, core, sc.keys.undone(core)).form = asUndone
		}
	}
	sc.askPrefixes(e, core.end)
	if core.n() > 0 && l.end(core.start) == core.end {
		decider.spares = sc.askEnds(e, core)
	} else {
		for start := core.start; start < core.end; start = l.end(start) {
			if l.is(start, letter) {
				sc.askRun(e, part{start, l.end(start)})
			}
		}
	}
	sc.askReversed(e, core, decider)
	if h := l.half(); h > 0 && core.n() > 0 {
		sc.begin(e, part{0, h})
	}
}

// askReversed begins to look up the core from its end if it is ASCII, in case that it is
// not found as it is.
func (sc *scratch) askReversed(e *Engine, core part, decider *ask) {
	if core.n() < minListed || sc.known || sc.lat.wide && !sc.lat.ascii(core) {
		return
	}
	if decider.decides { // it was not answered, and cleared, meanwhile
		decider.spares |= 1 << sc.asks
	}
	sc.beginSum(e, core, sc.keys.back(core)).form = asReversed
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

// askRun begins to look up a run of letters, and its ends in case it is not found.
func (sc *scratch) askRun(e *Engine, run part) {
	if run.n() < minListed {
		return
	}
	if sc.asks >= maxAsks-maxEnds-lastAsks {
		sc.answer(e)
	}
	a := sc.begin(e, run)
	a.spares = sc.askEnds(e, run)
}

// askEnds begins to look up what a run of letters begins and ends with. It returns
// the places of these.
func (sc *scratch) askEnds(e *Engine, run part) (places uint32) {
	at := sc.asks
	for n := minEnd; n <= maxEnd && n < run.n(); n++ {
		sc.begin(e, part{run.start, run.start + n})
		sc.begin(e, part{run.end - n, run.end})
	}
	return 1<<sc.asks - 1<<at
}

// askDigits begins to look up the digits that the password begins with, and those
// that it ends with.
func (sc *scratch) askDigits(e *Engine) {
	l := &sc.lat
	end := l.end(0)
	if end == l.n {
		return
	}
	if end >= minDigits && l.is(0, digit) {
		sc.begin(e, part{0, end})
	}
	if start := l.n - minDigits; start > 0 && l.end(start) == l.n && l.is(start, digit) {
		for l.is(start-1, digit) {
			start--
		}
		sc.begin(e, part{start, l.n})
	}
}

// askPrefixes begins to look up what is left of the password when its last digits
// or symbols are taken away, run by run: password1 of password1!!. The last letter
// is in front of last.
func (sc *scratch) askPrefixes(e *Engine, last int) {
	l := &sc.lat
	if last == l.n || last == 0 {
		return
	}
	var ends [3]int // of prefixes, the longest first
	for end := l.end(last); end < l.n; end = l.end(end) {
		ends[2], ends[1], ends[0] = ends[1], ends[0], end
	}
	for _, end := range ends {
		if end < minListed {
			return
		}
		sc.begin(e, part{0, end})
	}
}

// answer ends what was begun, in its order.
func (sc *scratch) answer(e *Engine) {
	spared := uint32(0)
	for i := range sc.asked[:sc.asks] {
		a := &sc.asked[i]
		if spared>>i&1 != 0 || !sc.find(e, a) {
			continue
		}
		spared |= a.spares
		sc.known = sc.known || a.decides
		if a.whole && sc.lat.closed == 0 {
			sc.whole, sc.wholeBy = true, sc.listed[0].list
		}
	}
	clear(sc.asked[:sc.asks])
	sc.asks = 0
}

// find looks a part up and records in which lists it is.
func (sc *scratch) find(e *Engine, a *ask) (found bool) {
	for i, set := range e.sets {
		if log2Rank, ok := set.Find(a.key); ok {
			sc.list(a, i, log2Rank)
			found = true
		}
	}
	return found
}

// list records that a part is in a list.
func (sc *scratch) list(a *ask, list int, log2Rank uint8) {
	if len(sc.listed) < maxListed {
		sc.listed = append(sc.listed, listed{
			start: a.start, end: a.end, list: uint16(list), kind: KindPassword,
			base: Guesses(log2Rank)*bit + listCost, spelling: sc.spelling(a), back: a.form == asReversed,
		})
	}
}

// spelling returns what the form costs in which a part is listed.
func (sc *scratch) spelling(a *ask) Guesses {
	switch a.form {
	case asUndone:
		return sc.lat.undoneCost(a.part())
	case asReversed:
		return reversedCost
	}
	return 0
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
