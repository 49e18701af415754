package engine

import "unicode/utf8"

// ask is a part of the password that is looked up in the password lists. Looking up
// waits for memory, so that all parts that are asked for whatever is found are
// begun together and ended later.
type ask struct {
	part
	role
	bare     bool // with substitutions undone, else as it is
	spelling Guesses
	key      uint64 // of the first list; see Fetcher
}

// role is what the answer about a part is for.
type role uint8

const (
	askPart  role = iota
	askWhole      // the whole password
	askCore       // from the first letter to the last
	askRun        // a run of letters in the core
	askAlone      // the only run, which is the core: only its ends are asked for
)

// maxAsks is how many parts are begun together.
const maxAsks = 32

// asksLists reports whether the policy has a use for password lists.
func (sc *scratch) asksLists(e *Engine) bool {
	return len(e.sets) > 0 && sc.lat.n > 0 && (sc.policy.Profile == Default || sc.policy.RefuseListed)
}

// beginLookup begins to look up the password, and what the score needs of it.
func (sc *scratch) beginLookup(e *Engine) {
	sc.listed, sc.asks = sc.hits[:0], sc.asked[:0]
	if !sc.asksLists(e) {
		return
	}
	sc.begin(e, ask{part: part{0, sc.lat.n}, role: askWhole})
	if sc.policy.Profile == Default && !sc.spread {
		sc.askParts(e)
	}
}

// fetch begins to look a part up in the first list.
func (sc *scratch) fetch(e *Engine, a *ask) { a.key = e.sets[0].Fetch(sc.keys.of(a)) }

// begin begins to look a part up, if it is long enough.
func (sc *scratch) begin(e *Engine, a ask) {
	if a.n() < minListed {
		return
	}
	if len(sc.asks) == maxAsks {
		sc.answer(e)
	}
	if a.role != askAlone {
		sc.fetch(e, &a)
	}
	sc.asks = append(sc.asks, a)
}

// askParts begins to look up the parts that people decorate: without what is
// appended and prepended, with substitutions undone, and each run of letters.
func (sc *scratch) askParts(e *Engine) {
	l := &sc.lat
	sc.askDigits(e)
	first, last := l.core()
	if first == last {
		return
	}
	core := part{first, last}
	sc.core = core
	if core.n() < l.n {
		sc.begin(e, ask{part: core, role: askCore})
	}
	if cost, ok := sc.undo(first, last); ok {
		sc.begin(e, ask{part: core, bare: true, spelling: cost})
	}
	sc.askPrefixes(e, last)
	for start := first; start < last; start = l.end(start) {
		if !l.is(start, letter) {
			continue
		}
		run := ask{part: part{start, l.end(start)}, role: askRun}
		if run.part == core {
			run.role = askAlone
		}
		sc.begin(e, run)
	}
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
		sc.begin(e, ask{part: part{0, end}})
	}
	if start := l.n - minDigits; start > 0 && l.end(start) == l.n && l.is(start, digit) {
		for l.is(start-1, digit) {
			start--
		}
		sc.begin(e, ask{part: part{start, l.n}})
	}
}

// askPrefixes begins to look up what is left of the password when its last digits
// or symbols are taken away, run by run: password1 of password1!!.
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
		sc.begin(e, ask{part: part{0, end}})
	}
}

// lookup ends what was begun, and looks up what is asked for if that was not found:
// the core read from its end. Then half of what is written twice.
func (sc *scratch) lookup(e *Engine) {
	sc.answer(e)
	if sc.core.n() == 0 {
		return
	}
	if !sc.known {
		sc.askReversed(e, sc.core.start, sc.core.end)
	}
	if h := sc.lat.half(); h > 0 {
		sc.find(e, ask{part: part{0, h}})
	}
}

// answer ends what was begun, in its order.
func (sc *scratch) answer(e *Engine) {
	for i := range sc.asks {
		a := &sc.asks[i]
		found := a.role != askAlone && sc.end(e, a)
		switch a.role {
		case askWhole:
			if sc.known = found; found && sc.lat.closed == 0 {
				sc.whole, sc.wholeBy = true, sc.listed[0].list
			}
		case askCore:
			sc.known = found
		case askAlone:
			found = sc.known
			fallthrough
		case askRun:
			if !found {
				sc.askEnds(e, a.part)
			}
		}
	}
	clear(sc.asks)
	sc.asks = sc.asked[:0]
}

// askEnds looks up what a run of letters begins and ends with.
func (sc *scratch) askEnds(e *Engine, run part) {
	var ends [2 * (maxEnd - minEnd + 1)]ask
	k := 0
	for n := minEnd; n <= maxEnd && n < run.n(); n++ {
		for _, p := range [...]part{{run.start, run.start + n}, {run.end - n, run.end}} {
			ends[k] = ask{part: p}
			sc.fetch(e, &ends[k])
			k++
		}
	}
	for i := range k {
		sc.end(e, &ends[i])
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
	sc.find(e, ask{part: part{start, end}, bare: true, spelling: reversedCost})
	for i := range sc.listed[known:] {
		sc.listed[known+i].back = true
	}
}

// find looks a part up.
func (sc *scratch) find(e *Engine, a ask) {
	if a.n() >= minListed {
		sc.fetch(e, &a)
		sc.end(e, &a)
	}
}

// end ends looking a part up and records in which lists it is.
func (sc *scratch) end(e *Engine, a *ask) (found bool) {
	for i, set := range e.sets {
		key := a.key
		if i > 0 {
			key = set.Fetch(sc.keys.of(a))
		}
		log2Rank, ok := set.Find(key)
		if !ok {
			continue
		}
		if len(sc.listed) < maxListed {
			sc.listed = append(sc.listed, listed{
				start: uint16(a.start), end: uint16(a.end), list: uint16(i), kind: KindPassword,
				base: Guesses(log2Rank)*bit + listCost, spelling: a.spelling,
			})
		}
		found = true
	}
	return found
}
