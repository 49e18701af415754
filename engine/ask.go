package engine

import (
	"math/bits"
	"unicode/utf8"
)

// asks are the parts of the password that are looked up in the password lists, in
// their order. Looking up waits for memory, so that all parts that may be asked for
// are begun together and ended later. A set of them has a bit for the place of each.
// Which parts there are is hard to predict: they are noted without branches.
type asks struct {
	n       uint
	keys    [maxAsks]uint64
	parts   [maxAsks + askGroup]askedPart
	spares  [maxAsks]uint32 // sets of those that need not be asked for if one is found
	may     uint32          // set of those that may be listed
	whole   uint32          // set of the whole password
	decider uint32          // set of the one that decides whether the core, or all, is listed
}

// begin begins to look up so many parts: one or, which the next is noted in place of, none.
// It returns the set of it.
func (a *asks) begin(p askedPart, n uint) uint32 {
	at := a.n % maxAsks
	a.parts[at] = p
	a.n += n
	return uint32(n) << at
}

// spare notes which need not be asked for if another is found.
func (a *asks) spare(found, others uint32) {
	a.spares[bits.TrailingZeros32(found)%maxAsks] |= others
}

// fewAsks is how many parts most passwords have at most.
const fewAsks = 16

func (a *asks) wipe() {
	a.parts = [len(a.parts)]askedPart{}
	clear(a.keys[:fewAsks])
	clear(a.spares[:fewAsks])
	if a.n > fewAsks {
		*a = asks{}
	}
	a.n, a.may, a.whole, a.decider = 0, 0, 0, 0
}

// minListed is the least length of a part that is looked up; lists of whole
// passwords have few shorter entries that say more than their letters.
const minListed = 4

// maxListed bounds the hits in password lists that are used, maxThreaded the words
// that threads are, and maxTurnedWords those that are read by their keys.
const (
	maxListed      = 32
	maxThreaded    = 2 * 3 * maxUnits
	maxTurnedWords = 2 * maxTurnedUnits * (2 + maxTurnedRuns)
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
	a.whole = a.begin(part{0, sc.lat.n}.as(asIs), 1)
	a.decider = a.whole
	if full && !sc.spread {
		sc.askParts(e)
	}
	sc.fetch(e)
}

// askParts begins to look up the parts that people decorate: without what is
// appended and prepended, with substitutions undone, and each run of letters; read
// from its end if that is not found. Most have one run.
func (sc *scratch) askParts(e *Engine) {
	a, l := &sc.asks, &sc.lat
	sc.askDigits()
	core := l.core()
	if core.n() >= minListed {
		sc.askCore(core)
	}
	sc.askStems(core.end)
	for run := (part{end: core.start}); core.end-run.end >= minListed; {
		if a.n >= maxAsks-maxEnds-lastAsks {
			sc.fetch(e)
			sc.sift(e)
			sc.answer(e)
		}
		run = l.word(run.end)
		sc.askRun(run, core)
	}
	sc.askReversed(core)
	if h := l.half; h > 0 && core.n() > 0 {
		a.begin(part{0, h}.as(asIs), 1)
	}
}

// askCore begins to look up the core, and it with substitutions undone.
func (sc *scratch) askCore(core part) {
	a := &sc.asks
	a.decider = either(a.begin(core.as(asIs), less(core.n(), sc.lat.n)), a.decider)
	a.begin(core.as(asUndone), sc.undoes(core))
}

// less returns 1 if a number is less than another, else 0.
func less(a, b int) uint { return uint(a-b) >> (bits.UintSize - 1) }

// either returns a set if it is not empty, else another.
func either(set, other uint32) uint32 { return set | other&uint32((int64(set)-1)>>63) }

// askReversed begins to look up the core from its end if it is ASCII, in case that it is
// not found as it is.
func (sc *scratch) askReversed(core part) {
	if core.n() < minListed || sc.known || sc.lat.wide && !sc.lat.ascii(core) {
		return
	}
	a := &sc.asks
	reversed := a.begin(core.reversed(), 1)
	if a.decider != 0 { // it was not answered meanwhile
		a.spare(a.decider, reversed)
	}
}

// undoes returns 1 if a part has substitutions and is, with these undone, ASCII, else 0.
func (sc *scratch) undoes(p part) uint {
	if sc.lat.wide {
		for i := p.start; i < p.end; i++ {
			if sc.lat.cells[i].undone() >= utf8.RuneSelf {
				return 0
			}
		}
	}
	return sc.keys.undoes(p)
}

// askRun begins to look up a run of letters, unless it is the core or none, and what it
// begins and ends with, in case it is not found.
func (sc *scratch) askRun(run, core part) {
	a := &sc.asks
	own := either(a.begin(run.as(asIs), less(0, run.n())&less(run.n(), core.n())), a.decider)
	a.spare(own, a.beginEnds(run))
}

// beginEnds begins to look up what a run of letters begins and ends with. It returns the
// set of these. All are noted, the longest last; those that are no shorter
// than the run do not count.
func (a *asks) beginEnds(run part) (places uint32) {
	const later, earlier = readings << placeBits, readings // by a position, an end or a start
	first := a.n % maxAsks
	ends := (*[maxEnds]askedPart)(a.parts[first:])
	front := part{run.start, run.start}.as(asIs)
	back := part{run.end, run.end}.as(asIs)
	ends[0], ends[1] = front+minEnd*later, back-minEnd*earlier
	ends[2], ends[3] = front+(minEnd+1)*later, back-(minEnd+1)*earlier
	ends[4], ends[5] = front+maxEnd*later, back-maxEnd*earlier
	n := 2 * uint(min(max(run.n()-minEnd, 0), maxEnd-minEnd+1))
	a.n += n
	return (1<<n - 1) << first
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
		sc.asks.begin(part{0, end}.as(asIs), 1)
	}
	if start := l.n - minDigits; start > 0 && l.end(start) == l.n && l.is(start, digit) {
		for l.is(start-1, digit) {
			start--
		}
		sc.asks.begin(part{start, l.n}.as(asIs), 1)
	}
}

// maxStems is how many runs at the end are taken away, at most.
const maxStems = 3

// askStems begins to look up what is left of the password when its last digits
// or symbols are taken away, run by run: password1 of password1!!. The last letter
// is in front of last. Few have more than one.
func (sc *scratch) askStems(last int) {
	l := &sc.lat
	for i, end, more := 0, l.n, true; more && i < maxStems; i++ {
		end, more = l.stem(last, end)
		sc.asks.begin(part{0, end}.as(asIs), less(0, end))
	}
}

// fetch makes the keys of the lookups begun, and asks for the memory that these will read.
func (sc *scratch) fetch(e *Engine) {
	a := &sc.asks
	clear((*[askGroup]askedPart)(a.parts[min(a.n, maxAsks):])[:])
	a.fill(&sc.keys.sums)
	for _, set := range e.sets {
		set.Fetch(a.all())
	}
}

// askGroup is what the number of the keys that are asked for is a multiple of: how many
// parts there are is hard to predict. Those behind the last part are empty.
const askGroup = 8

// all returns the keys that are asked for.
func (a *asks) all() []uint64 {
	return a.keys[:min((a.n+askGroup-1)/askGroup*askGroup, maxAsks)]
}

// fillGeneric fills in the keys that are asked for.
func (a *asks) fillGeneric(b *boundaries) {
	for i := range a.all() {
		a.keys[i] = b.key(a.parts[i])
	}
}

// sift finds out which of the lookups begun may succeed.
func (sc *scratch) sift(e *Engine) {
	a := &sc.asks
	for _, set := range e.sets {
		a.may |= set.Sift(a.all()) & (1<<a.n - 1)
	}
}

// answer ends what was begun, in its order.
func (sc *scratch) answer(e *Engine) {
	a := &sc.asks
	found := uint32(0)
	for left := a.may; left != 0; left &= left - 1 {
		i := bits.TrailingZeros32(left) % maxAsks
		is := sc.find(e, a.keys[i], sc.read(a.parts[i]))
		found |= is << i
		left &^= a.spares[i] & -is
	}
	sc.known = sc.known || found&a.decider != 0
	if found&a.whole != 0 && sc.lat.closed == 0 {
		sc.whole, sc.wholeBy = true, sc.listed[0].list
	}
	a.wipe()
}

// read returns what is listed if a part that was asked for is.
func (sc *scratch) read(a askedPart) listed {
	p, reading := a.part()
	h := listed{start: uint16(p.start), end: uint16(p.end)}
	switch reading {
	case asUndone:
		h.spelling = sc.lat.undoneCost(p)
	case asReversed:
		h.spelling, h.back = reversedCost, true
	}
	return h
}

// find looks a key up and records in which lists it is. It returns 1 if it is in any, else
// 0: without a branch on that, which is hard to predict.
func (sc *scratch) find(e *Engine, key uint64, h listed) (found uint32) {
	h.kind = KindPassword
	for i, set := range e.sets {
		log2Rank, ok := set.Find(key)
		h.list, h.base = uint16(i), Guesses(log2Rank)*bit+listCost
		n := len(sc.listed)
		sc.hits[n] = h // the next is noted in place of none
		is := oneIf(ok)
		sc.listed = sc.hits[:n+int(is&less(n, maxListed))]
		found |= uint32(is)
	}
	return found
}

// oneIf returns 1 if something is so, else 0.
func oneIf(is bool) (n uint) {
	if is {
		n = 1
	}
	return n
}

// core returns the positions from the first letter to the last; none if there
// is no letter.
func (l *lattice) core() part {
	core := part{l.n, l.n}
	if l.n <= setSize {
		if letters := l.places[0].letters; letters != 0 {
			core = part{bits.TrailingZeros64(letters), bits.Len64(letters)}
		}
		return core
	}
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
// goes on, or an empty part behind the end.
func (l *lattice) word(i int) part {
	if l.n <= setSize {
		letters := l.places[0].letters >> i
		two := letters & (letters >> 1)
		skip := bits.TrailingZeros64(two & (two >> 2))
		start := i + skip
		return part{start, start + bits.TrailingZeros64(^(letters >> skip))}
	}
	for ; i < l.n; i = l.end(i) {
		if run := (part{i, l.end(i)}); l.is(i, letter) && run.n() >= minListed {
			return run
		}
	}
	return part{l.n, l.n}
}

// stem returns where the last run in front of end begins, if it is behind last and
// minListed positions or more are in front of it, else 0, and whether there may be such a
// run in front of that.
func (l *lattice) stem(last, end int) (start int, more bool) {
	if l.n <= setSize {
		starts := l.places[0].edges & (1<<end - 1) & (^uint64(1) << max(last, minListed-1))
		return max(bits.Len64(starts)-1, 0), starts&(starts-1) != 0
	}
	for end--; end > last && l.end(end-1) == l.end(end); {
		end--
	}
	if end <= last || end < minListed {
		return 0, false
	}
	return end, true
}
