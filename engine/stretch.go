package engine

import "math/bits"

// stretch is a run of positions each of which follows from the one before: keys
// that are neighbors, letters in order, a copy of an earlier part. Any part of
// the run of at least a certain length is a match; the cheapest start is kept
// as the run grows, so that a position costs O(1).
type stretch struct {
	length    int     // positions in the run so far
	last      uint8   // signature of the last step
	second    uint8   // of the one before
	turns     Guesses // cost of the turns so far
	late      Guesses // what a walk pays more that began two steps ago, less the turns so far
	key       Guesses // what each further key of a walk adds to the turns
	cost      Guesses // least cost of a start with its join, less the turns before it
	points    int32
	at, point uint16 // the starts of least cost and points
	end       uint16 // where a run ended last
}

// extend takes a step of a sequence, the second or a later one; a change of its
// signature is a turn, except at the start of a match.
func (t *stretch) extend(s *scorer, end int, signature uint8, start Guesses) {
	const least = 3
	before := t.turns
	if signature != t.last {
		t.turns += turnCost
	}
	t.last = signature
	t.length++
	t.open(s, end-least, start-before, t.length == least)
}

// stride takes a step of a walk. It is a turn unless it repeats the step before,
// or the one before that: 1q2w3e goes up and down all the way. Three keys in a
// straight line are a walk, or four and more.
func (t *stretch) stride(s *scorer, end int, signature uint8, base Guesses) {
	const least = 4
	t.length++
	if t.length >= least {
		t.open(s, end-least, t.late, t.length == least)
	}
	turn := turning(t.last, signature)
	if straight := t.last^signature <= 1; straight {
		s.keys(end-3, end, turn+2*t.key+base)
	}
	t.late = turn + 2*t.key - t.turns
	if t.length > 3 && signature == t.second {
		turn = 0
	}
	turn += t.key
	t.late -= turn
	t.turns += turn
	t.second, t.last = t.last, signature
	if t.length >= least {
		t.close(s, end, KindWalk, base)
	}
}

// keys offers a walk that costs so much, or never is one. One branch tells whether it
// is on a better way.
func (s *scorer) keys(start, end int, cost Guesses) {
	from, to := &s.ways[start], &s.ways[end]
	total := from.cost() + from.join + cost
	fewer := Guesses(from.points()+1-to.points()) & (cost - never) // negative, as is what is lower
	if total-to.cost()|fewer < 0 {
		s.run(end, KindWalk, total, uint16(start), uint16(start))
	}
}

// straight offers the three keys in front of end, which touch on the layouts given, if
// they are in a straight line on some.
func (s *scorer) straight(end int, on uint8) { s.keys(end-3, end, s.lat.straight(end, on)) }

// four offers the three keys in front of end, which touch on the layouts given, and the
// four, which do on some of these, and reports whether it can. What is best told by the
// steps of a walk it cannot: changes of shift among the four, and which of two that are
// as good as each other is first.
func (s *scorer) four(end int, on, four uint8) bool {
	from, later := &s.ways[end-4], &s.ways[end-3]
	cost, shifts := s.lat.four(end, four)
	three := s.lat.straight(end, on)
	if shifts || from.cost()+from.join+cost == later.cost()+later.join+three || from.points() == later.points() && three < never {
		return false
	}
	s.keys(end-3, end, three)
	s.keys(end-4, end, cost)
	return true
}

// turning returns what a step costs after another one: nothing if it goes on,
// and twice as much if both direction and shift change.
func turning(a, b uint8) Guesses {
	change := a ^ b
	return turnCost * Guesses(isFilled(uint64(change>>1))+uint64(change&1))
}

// open admits position at as a start of matches.
func (t *stretch) open(s *scorer, at int, extra Guesses, first bool) {
	if c := s.ways[at].cost() + s.ways[at].join + extra; first || c < t.cost {
		t.cost, t.at = c, uint16(at)
	}
	if p := s.ways[at].points(); first || p < t.points {
		t.points, t.point = p, uint16(at)
	}
}

// close offers the match from the cheapest start to end.
func (t *stretch) close(s *scorer, end int, kind Kind, extra Guesses) {
	s.run(end, kind, t.cost+t.turns+extra, t.at, t.point)
}

// run offers the match of a run to end, with what it costs from the start of the
// password on, from its starts of least cost and points.
func (s *scorer) run(end int, kind Kind, total Guesses, at, point uint16) {
	from, to := &s.ways[at], &s.ways[end]
	cost := total - from.cost()
	st := step{pointStep{start: at, kind: kind}, costs{base: cost - from.join, join: from.join}}
	if s.explains {
		s.note(end, st)
	}
	to.cheapest.offer(from.cheapest.by(st.route(), cost), routeCosts)
	s.relaxPoints(end, pointStep{start: point, kind: kind})
}

// walk is a run of keys that are neighbors, priced in two ways: each change of
// shift as a turn and, from the first one on, whether each key is shifted by itself.
type walk struct {
	stretch
	shifts stretch // without shift in its signatures; of no length before it is needed
	first  int     // position of the first key
	mixed  bool    // shift has changed
}

// begin makes a walk of the three keys that end at end. It was offered as such.
func (w *walk) begin(s *scorer, end int, k *layout) {
	*w = walk{stretch: stretch{length: 2, last: k.signature(s.lat, end-2)}, first: end - 3}
	w.stride(s, end, k)
}

// stride takes the step to the key at end-1.
func (w *walk) stride(s *scorer, end int, k *layout) {
	signature := k.signature(s.lat, end-1)
	w.mixed = w.mixed || (w.last^signature)&1 != 0
	w.stretch.stride(s, end, signature, walkCost+k.cost)
	if w.mixed && w.length > 3 { // of three keys shift costs less as a turn
		w.shift(s, end, k)
	}
}

// shift takes the step without shift, and first those that led to it.
func (w *walk) shift(s *scorer, end int, k *layout) {
	t, at := &w.shifts, end
	if t.length == 0 {
		at = w.first + 3
		*t = stretch{length: 2, last: k.direction(s.lat, w.first+1), key: bit}
	}
	for ; at <= end; at++ {
		t.stride(s, at, k.direction(s.lat, at-1), walkCost+k.cost+shiftsCost+bit)
	}
}

// patterns finds what follows from itself: sequences, walks, copies and runs of
// digits.
type patterns struct {
	found    [maxPositions/setSize + 1]found
	open     uint8 // layouts on which keys are parallel to earlier ones
	walked   uint8 // layouts of which walks are used
	twice    int   // the end of a password that is the same twice
	sequence stretch
	walks    [layoutCount]walk
	parallel parallels
	copies   copies
}

// found are the positions that end what is found here: two of a kind in a row or, of
// copies from further back, three.
type found struct {
	sequences uint64 // letters or digits in order
	walks     uint64 // keys that touch on a layout, or share a symbol with such
	copies    uint64 // characters that stand before, or others of their symbols do
	digits    uint64
	any       uint64 // where one of these but digits ends, or the password that may be the same twice
}

// wipe clears what a password of n positions left, so that the next finds them as new.
func (p *patterns) wipe(n int) {
	p.found[0] = found{}
	if n > setSize {
		clear(p.found[1 : n/setSize+1])
	}
	p.sequence = stretch{}
	for m := p.walked; m != 0; m &= m - 1 {
		p.walks[bits.TrailingZeros8(m)] = walk{}
	}
	p.parallel.wipe()
	p.copies.wipe()
	p.open, p.walked, p.twice = 0, 0, 0
}

// load finds the positions at which there is something to do: most have nothing.
func (p *patterns) load(l *lattice) {
	if walks, earlier, ok := l.stepsVector(); ok {
		is, f := &l.places[0], &p.found[0]
		f.sequences, f.walks, f.digits = inRow(is.ordered), walks, inRow(is.digits)
		if f.copies = inRow(inRow(earlier)); f.copies != 0 {
			f.copies = l.copied(f.copies)
		}
		f.copies |= inRow(is.repeats)
		f.any = f.sequences | f.walks | f.copies
	} else {
		p.loadEach(l)
	}
	if l.half() > 0 {
		p.twice = l.n
		p.due(l.n - 1)
	}
}

// inRow returns the positions of a set that are behind another one.
func inRow(set uint64) uint64 { return set & behind(set, 0) }

// loadEach finds them block by block.
func (p *patterns) loadEach(l *lattice) {
	last, front := &places{}, steps{row: &touches[len(touches)-1]}
	var lastEarlier, two, lastTwo uint64
	for b := 0; b*setSize < l.n; b++ {
		walks, earlier, next := front.read(l.cells[b*setSize : min((b+1)*setSize, l.n)])
		is, f := &l.places[b], &p.found[b]
		two, lastTwo = earlier&behind(earlier, lastEarlier), two
		f.sequences = is.ordered & behind(is.ordered, last.ordered)
		f.walks = walks
		f.copies = two & behind(two, lastTwo)
		if l.n <= setSize {
			f.copies = l.copied(f.copies)
		}
		f.copies |= is.repeats & behind(is.repeats, last.repeats)
		f.digits = is.digits & behind(is.digits, last.digits)
		f.any = f.sequences | f.walks | f.copies
		last, lastEarlier, front = is, earlier, next
	}
}

// due notes that there is something to do at position i.
func (p *patterns) due(i int) { p.found[i/setSize].any |= 1 << (uint(i) % setSize) }

// steps are those from the symbol of one position to that of the next.
type steps struct {
	row    *[64]uint8 // of touches, of the last position
	on     uint64     // layouts on which its key may touch the one before
	before uint64     // the symbols in front
}

// read returns those of a block of 1 to setSize positions that may end three keys that touch,
// those whose symbol stands before, and the steps from the last of them on to another block.
func (t steps) read(cells []cell) (walks, earlier uint64, next steps) {
	const top = 1 << (setSize - 1)
	row, on, before, fresh := t.row, t.on, t.before, uint64(0)
	for i := range cells {
		own := cells[i].own % 64
		front, seen := on, before
		on = uint64(row[own])
		walks = walks>>1 | filled(on&front)&top
		before |= 1 << own
		fresh = fresh>>1 | filled(before^seen)&top
		row = &touches[own]
	}
	rest := -uint(len(cells)) % setSize
	return walks >> rest, ^fresh >> rest, steps{row, on, before}
}

// follow offers the matches, but runs of digits, whose last position is end-1, of those at
// which there is something to do.
func (p *patterns) follow(s *scorer, end int) {
	f, bit := &p.found[(end-1)/setSize], uint64(1)<<(uint(end-1)%setSize)
	if f.sequences&bit != 0 {
		p.endSequence(s, end)
	}
	if f.walks&bit|uint64(p.open) != 0 {
		p.endWalks(s, end)
	}
	if f.copies&bit != 0 {
		p.copies.end(s, end)
	}
	if end == p.twice {
		s.relax(end, step{pointStep{start: uint16(end / 2), kind: KindRepeat}, costs{base: twiceCost}})
	}
}

// signature returns that of a step in order: its direction and whether it arrives at
// a capital.
func signature(from, to *cell) uint8 { return to.flags&upper | uint8(to.base-from.base+1) }

// endSequence follows letters and digits in order of their code points.
func (p *patterns) endSequence(s *scorer, end int) {
	c, t := s.lat.cells[end-3:end], &p.sequence
	if (c[0].flags|c[1].flags|c[2].flags)&separator != 0 {
		return
	}
	if t.end != uint16(end-1) {
		*t = stretch{length: 2, last: signature(&c[0], &c[1])}
	}
	t.end = uint16(end)
	t.extend(s, end, signature(&c[1], &c[2]), s.ways[end-3].single)
	t.close(s, end, KindSequence, sequenceCost)
}

// endWalks follows neighboring keys. Two steps in a row make a walk; a single one is only
// remembered. Most walks end with their third key, or the fourth: only of those that go
// on is more kept than that. Those of keys that touch on no layout, which are few, cost
// never.
func (p *patterns) endWalks(s *scorer, end int) {
	on := s.lat.touching(end-2) & s.lat.touching(end-1)
	for m := p.open &^ on; m != 0; m &= m - 1 {
		p.endParallel(s, end, bits.TrailingZeros8(m), 0)
	}
	walks := &p.parallel.walks
	before, parallel := walks.add(on, end)&on, p.open != 0 || walks.may(s.lat, end, on)
	switch {
	case parallel:
	case before == 0:
		s.straight(end, on)
		return
	case before&walks.back(2) == 0 && s.four(end, on, before):
		return
	}
	for m := on; m != 0; m &= m - 1 {
		i := bits.TrailingZeros8(m)
		if before>>i&1 != 0 {
			p.endWalk(s, end, i)
		} else {
			s.straight(end, 1<<i)
		}
		if !parallel {
			continue
		}
		if tries := walks.tries(i); tries|uint32(p.open>>i&1) != 0 {
			p.endParallel(s, end, i, tries)
		}
	}
}

// endWalk follows a walk of four keys or more on a layout.
func (p *patterns) endWalk(s *scorer, end, on int) {
	w, k := &p.walks[on], &layouts[on]
	p.walked |= 1 << on
	if w.end != uint16(end-1) {
		at := end - 1 - int(p.parallel.walks.back(2)>>on&1) // after one of four keys that left no walk
		for w.begin(s, at, k); at < end-1; {
			at++
			w.stride(s, at, k)
		}
	}
	w.end = uint16(end)
	w.stride(s, end, k)
}

// endParallel follows keys parallel to earlier ones on a layout.
func (p *patterns) endParallel(s *scorer, end, on int, tries uint32) {
	if end > maxParallel {
		p.open = 0
		return
	}
	p.parallel.end(s, end, on, tries)
	p.open &^= 1 << on
	if p.parallel.tracks[on].open != 0 {
		p.open |= 1 << on
		if end < s.lat.n {
			p.due(end)
		}
	}
}

// figures is a run of digits, of which points alone count.
type figures struct {
	start route // that of fewest points
	end   int   // where the run ended last
}

// extend offers the digits up to position i, which follows another digit.
func (f *figures) extend(s *scorer, i int) {
	if f.end != i { // no branch
		f.start = unreached
	}
	f.start = min(f.start, s.ways[i-1].fewest.by(character(i-1), 1), s.ways[i].fewest.by(character(i), 1))
	f.end = i + 1
	s.ways[i+1].fewest.offer(f.start|kindRoutes[KindDigits].adds, routeCosts)
}
