package engine

import "math/bits"

// The budget of a check in walker steps, 10 to 30 nanoseconds each: far above what
// any real password takes, low enough for the worst input of MaxLength. What else
// takes time is counted in steps, too.
const (
	stepsCheck    = 12288
	stepsPosition = 6   // of stepsCheck, for all that is done at a position beside searches
	stepsAlone    = 512 // from each position, for the rule on words of the subject alone
)

// budget returns the steps that a check may take.
func (l *lattice) budget() int { return stepsCheck - stepsPosition*l.n }

// segment finds the cheapest segmentation of the loaded lattice. Where the
// budget of steps ends, the rest of the password counts nothing.
func (sc *scratch) segment(e *Engine) {
	l, s := &sc.lat, &sc.score
	n := l.n
	full := sc.policy.Profile == Default
	s.lat = l
	if full {
		s.dated = l.dateDigits()
	}
	sc.walk.lat, sc.walk.score, sc.walk.typed = l, s, full
	sc.walk.steps = l.budget()
	exhaust := e.chars.singles(l, s.ways[:n+1])
	sc.sift(e)
	if full {
		sc.patterns.load(l)
	}
	sc.heads.load(e.heads, l)
	sc.answer(e)
	if full && l.threaded() {
		sc.askThreads(e)
	}
	if sc.turned.n > 0 && l.closed == 0 {
		sc.askTurned(e)
	}
	sc.answerBreaches(e)
	sc.markListed()
	sc.advance(e, full)
	s.ways[n].cheapest.offer(min(route(exhaust), unreached>>routeCost)<<routeCost, routeCosts) // an attacker who tries them all
	if sc.policy.RefuseSubject && sc.walk.steps < 0 {
		sc.subjectAlone()
	}
	if sc.policy.RefuseNear {
		sc.nearWhole(e)
	}
}

// advance goes over the positions: offers each as a character, and what begins and
// ends there.
func (sc *scratch) advance(e *Engine, full bool) {
	l, s := &sc.lat, &sc.score
	closed := l.closed // is paid for the first
	var digits figures
	for first := 0; first < l.n; first += setSize {
		begins, ends := sc.events(first, full)
		found, last := &sc.patterns.found[uint(first)/setSize], min(first+setSize, l.n)
		for i := first; i < last; i++ {
			at := uint(i) % setSize
			if begins>>at&1 != 0 {
				sc.onward(e, i, full)
			}
			if sc.walk.steps < 0 {
				s.cut(i)
				return
			}
			from, to := &s.ways[i], &s.ways[i+1]
			to.cheapest.offer(from.cheapest.by(character(i), from.single+closed), routeCosts)
			to.fewest.offer(from.fewest.by(character(i), 1), routeCosts)
			closed = 0
			if found.any>>at&1 != 0 {
				sc.patterns.follow(s, i+1)
			}
			if found.digits>>at&1 != 0 {
				digits.extend(s, i)
			}
			if ends>>at&1 != 0 {
				sc.backward(e, i+1)
			}
		}
	}
}

// events returns the sets of the positions, from the first one on, where searches, dates
// and words of the subject may begin, or that cost no point, and behind which those back
// may.
func (sc *scratch) events(first int, full bool) (begins, ends uint64) {
	heads := &sc.heads.sets[uint(first)/setSize]
	heads[headDate] = sc.lat.places[first/setSize].digits & sc.score.dated.any()
	if firsts, lasts := sc.subject.firsts.symbols, sc.subject.lasts.symbols; firsts|lasts != 0 {
		for i := range min(sc.lat.n-first, setSize) {
			mask := sc.lat.cells[first+i].mask
			heads[headRare] |= isFilled(mask&firsts) << i
			ends |= isFilled(mask&(firsts|lasts)) << i
		}
	}
	if sc.lat.expanded {
		for i := range min(sc.lat.n-first, setSize) {
			heads[headRare] |= uint64(sc.lat.cells[first+i].flags&joined/joined) << i
		}
	}
	if !full {
		return heads[headTerm] | heads.rare(), 0
	}
	return heads.onward(), ends | heads.back()
}

// cut ends the search at position i: from the cheapest place reached behind it
// the rest adds nothing to the score.
func (s *scorer) cut(i int) {
	n := s.lat.n
	for k := i; k < n; k++ {
		s.ways[n].cheapest.offer(s.ways[k].cheapest.by(character(k), 0), routeCosts)
		s.ways[n].fewest.offer(s.ways[k].fewest.by(character(k), 0), routeCosts)
	}
}

// onward offers what begins at position i.
func (sc *scratch) onward(e *Engine, i int, full bool) {
	heads, at := sc.heads.at(i)
	if !full || heads.rare()>>at&1 != 0 {
		sc.rare(e, i, full)
	} else {
		if heads[headTerm]>>at&1 != 0 {
			sc.terms(e.base.terms, i, true)
		}
		if heads[headSlip]>>at&1 != 0 {
			sc.slips(e.base.slipForward, i, 1)
		}
	}
	if !full {
		return
	}
	if heads[headDate]>>at&1 != 0 {
		sc.score.dates(i)
	}
	sc.listedFrom(i)
}

// rare offers the words that begin at position i, and that it costs no point.
func (sc *scratch) rare(e *Engine, i int, full bool) {
	if sc.lat.cells[i].flags&joined != 0 { // it is part of the character in front, of which there is a point
		sc.score.ways[i+1].fewest.offer(sc.score.ways[i].fewest.by(character(i), 0), routeCosts)
	}
	sc.words(e, i, full)
}

// words offers the words that begin at position i.
func (sc *scratch) words(e *Engine, i int, full bool) {
	heads, at := sc.heads.at(i)
	if heads[headTerm]>>at&1 != 0 {
		sc.terms(e.base.terms, i, full)
	}
	if heads[headTerm+headAmended]>>at&1 != 0 {
		sc.terms(e.change.terms, i, full)
	}
	if sc.lat.cells[i].mask&sc.subject.firsts.symbols != 0 {
		sc.subjectWords(i, 1, full)
		if full {
			sc.subjectSlips(i, 1)
		}
	}
	if !full {
		return
	}
	if heads[headSlip]>>at&1 != 0 {
		sc.slips(e.base.slipForward, i, 1)
	}
	if heads[headSlip+headAmended]>>at&1 != 0 {
		sc.slips(e.change.slipForward, i, 1)
	}
}

// terms follows terms from position i.
func (sc *scratch) terms(t *trie, i int, skips bool) {
	w := &sc.walk
	w.head(t, i, 1)
	w.skips = skips
	var g gaps
	if skips {
		g = sc.lat.gaps(i)
	}
	if !w.compareTerms(i, sc.lat.packed.text(i, 1), g) {
		w.start(i)
	}
}

// reversed follows terms that end at boundary i read backward.
func (sc *scratch) reversed(t *trie, i int) {
	w := &sc.walk
	w.head(t, i, -1)
	w.back = true
	if !w.compareTerms(i, sc.lat.packed.text(i, -1), gaps{}) {
		w.start(i)
	}
}

// slips follows terms with an edit from boundary i in a direction.
func (sc *scratch) slips(t *trie, i, dir int) {
	w := &sc.walk
	w.head(t, i, dir)
	w.slips = true
	if !w.compareSlips(i) {
		w.start(i)
	}
}

// listedStarts has where the first two parts begin that were found in lists of passwords,
// each in a lane of its own, and noStart in that of none.
type listedStarts uint64

const (
	fewStarts = 2
	startLane = 64 / fewStarts
	noStart   = 1<<(startLane-1) - 1
	lanes     = 1<<startLane | 1 // the lowest bit of each
)

// at returns the highest bits of the lanes of those that begin at position i.
func (s listedStarts) at(i int) listedStarts {
	other := (s ^ listedStarts(i)*lanes) + noStart*lanes
	return ^other & ((noStart + 1) * lanes)
}

// markListed notes where the parts begin that were found in lists of passwords: of two in
// any case, as it is hard to predict how many there are.
func (sc *scratch) markListed() {
	sc.starts = sc.markFew(0) | sc.markFew(1)<<startLane
	for k := fewStarts; k < len(sc.listed); k++ {
		sc.heads.add(headListed, uint(sc.listed[k].start), 1)
	}
}

// markFew notes where part k of the first two begins, if there is one, and returns its lane.
func (sc *scratch) markFew(k int) listedStarts {
	start, missing := sc.hits[k].start, uint64(len(sc.listed)-1-k)>>(64-startLane+1)
	sc.heads.add(headListed, uint(start), ^missing)
	return listedStarts(uint64(start) | missing)
}

// listedFrom offers the parts found in lists of passwords that begin at position i.
func (sc *scratch) listedFrom(i int) {
	for set := sc.starts.at(i); set != 0; set &= set - 1 {
		sc.score.listed(&sc.hits[uint(bits.TrailingZeros64(uint64(set)))/startLane])
	}
	for k := fewStarts; k < len(sc.listed); k++ {
		if h := &sc.listed[k]; int(h.start) == i {
			sc.score.listed(h)
		}
	}
}

// backward offers the matches that end at position i and are found from their
// end: terms with the edit in their first half, and reversed words.
func (sc *scratch) backward(e *Engine, i int) {
	heads, at := sc.heads.at(i - 1)
	if heads[headSlipBack]>>at&1 != 0 && sc.lowers(&e.heads.base, i) {
		sc.slips(e.base.slipBackward, i, -1)
	}
	if heads[headSlipBack+headAmended]>>at&1 != 0 && sc.lowers(e.heads.amended, i) {
		sc.slips(e.change.slipBackward, i, -1)
	}
	if heads[headTermBack]>>at&1 != 0 {
		sc.reversed(e.base.terms, i)
	}
	if heads[headTermBack+headAmended]>>at&1 != 0 {
		sc.reversed(e.change.terms, i)
	}
	if sc.lat.cells[i-1].mask&sc.subject.firsts.symbols != 0 {
		sc.subjectWords(i, -1, false)
	}
	if sc.lat.cells[i-1].mask&sc.subject.lasts.symbols != 0 {
		sc.subjectSlips(i, -1)
	}
}

// subjectWords follows the words of the subject from position i.
func (sc *scratch) subjectWords(i, dir int, skips bool) {
	w := &sc.walk
	at := min(i, i+(dir-1)/2) // the position read first
	w.head(nil, i, dir)
	w.back = dir < 0
	set := sc.subject.firsts.of(sc.lat.cells[at].mask)
	if set&sc.subject.short != 0 && (dir < 0 || !sc.lat.alone(i, i+minAlone)) {
		set &^= sc.subject.short
	}
	for ; set != 0; set &= set - 1 {
		k := bits.TrailingZeros64(set)
		w.subject, w.skips = sc.subject.list[k], skips && sc.subject.short>>k&1 == 0
		w.rest(w.subject.word, i, 0, 0)
	}
}

// subjectSlips follows the words of the subject that may have an edit from
// boundary i in a direction.
func (sc *scratch) subjectSlips(i, dir int) {
	w, at, index := &sc.walk, i, &sc.subject.firsts
	if dir < 0 {
		at, index = i-1, &sc.subject.lasts
	}
	w.head(nil, i, dir)
	w.slips = true
	for set := index.of(sc.lat.cells[at].mask); set != 0; set &= set - 1 {
		wd := sc.subject.list[bits.TrailingZeros64(set)]
		second := 1
		if dir < 0 {
			second = wd.n - 2
		}
		if wd.n < slipTerm || !w.has(i+dir, wd.syms[second]) {
			continue
		}
		if dir < 0 {
			wd = sc.subject.mirror(wd)
			w.steps -= wd.n
		}
		w.subject = wd
		w.rest(wd.word, i, 0, 0)
	}
}

// subjectAlone looks for words of the subject for a rule of their own, when the
// budget has ended before all were looked for.
func (sc *scratch) subjectAlone() {
	sc.score.final = true
	for i := 0; i < sc.lat.n && sc.score.subject.End == 0; i++ {
		sc.walk.steps = stepsAlone
		sc.subjectWords(i, 1, sc.policy.Profile == Default)
	}
	sc.score.final = false
}
