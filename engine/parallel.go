package engine

import "math/bits"

// What is parallel goes over the keys as an earlier part of the password does,
// from the same key or another one: !QAZ@WSX goes down a column, and then down the
// next one. It begins with a walk of three keys.
const (
	leastParallel = 3   // least number of keys, and how far back the earlier part is at least
	maxParallel   = 128 // they are looked for in as many positions: the time of a check is bounded
	mostParallel  = 16  // how far back it is at most, and how long a mirrored part
)

// parallel is a run of positions whose keys stand all as far from those a certain
// distance before. The cheapest start is kept, as in a stretch.
type parallel struct {
	turns     Guesses // cost of the changes of shift so far
	turned    Guesses // of the last key, 0 or 1 of them
	cost      Guesses // least cost of a start with its join, less the turns before it
	points    int32
	at, point uint16 // the starts of least cost and points
	end       uint16 // where the run ended last
}

// parallels are the runs on each layout.
type parallels struct {
	walks  walkEnds
	tracks [layoutCount]track
	used   uint8 // layouts on which runs were looked for
}

// walkEnds tells where three keys are a walk.
type walkEnds struct {
	set  uint32 // bit d: such end d positions before last
	last uint32
	on   [32]uint8 // the layouts on which, by the last bits of the end
}

// track has the runs on a layout, and where they may begin and go on.
type track struct {
	open  uint32 // bit d: the run at distance d has got to the last position
	known int32  // positions of which moves are known
	moves [maxParallel]move
	runs  [mostParallel + 1]parallel // by distance
}

// wipe clears what a password left.
func (p *parallels) wipe() {
	p.walks = walkEnds{}
	for m := p.used; m != 0; m &= m - 1 {
		p.tracks[bits.TrailingZeros8(m)] = track{}
	}
	p.used = 0
}

// add notes that the three keys in front of end are a walk on some layouts, and returns
// those on which the three before the last of them are one.
func (w *walkEnds) add(on uint8, end int) (before uint8) {
	w.set, w.last = w.set<<(uint32(end)-w.last), uint32(end)
	w.on[end%32] = on
	w.set |= 1
	return w.back(1)
}

// back returns the layouts on which the three keys that end so many before the last ones
// are a walk.
func (w *walkEnds) back(d uint32) uint8 { return w.on[(w.last-d)%32] & -uint8(w.set>>d&1) }

// apart are the distances at which keys may be parallel.
const apart = 1<<(mostParallel+1) - 1<<leastParallel

// may reports whether the three keys in front of end, a walk on some layouts, may be
// parallel to others that are one, or mirror those in front of them.
func (w *walkEnds) may(l *lattice, end int, on uint8) bool {
	a, may := l.spots(end), uint8(0)
	for m := w.set & apart; m != 0; m &= m - 1 {
		d := bits.TrailingZeros32(m)
		b := l.spots(end - d)
		same := (a[0] + b[1]).equal(a[1]+b[0]) & (a[1] + b[2]).equal(a[2]+b[1])
		if d == leastParallel {
			same |= (a[1] + b[2]).equal(a[0]+b[1]) & (a[2] + b[2]).equal(a[0]+b[0])
		}
		may |= same & w.on[(w.last-uint32(d))%32]
	}
	return may&on != 0
}

// spots returns where the three keys in front of end are.
func (l *lattice) spots(end int) [leastParallel]spots {
	c := l.cells[end-leastParallel : end]
	return [...]spots{spotsOf[c[0].key], spotsOf[c[1].key], spotsOf[c[2].key]}
}

// tries returns the distances at which the last keys may be parallel to others on a
// layout: these are a walk, too.
func (w *walkEnds) tries(on int) (set uint32) {
	for m := w.set & apart; m != 0; m &= m - 1 {
		d := bits.TrailingZeros32(m)
		set |= uint32(w.on[(w.last-uint32(d))%32]>>on&1) << d
	}
	return set
}

// end offers what ends with the key at end-1: runs that go on, and at the distances
// to be tried those that begin with the last three keys.
func (p *parallels) end(s *scorer, end, on int, tries uint32) {
	p.used |= 1 << on
	if tries>>leastParallel&1 != 0 {
		s.mirror(end-leastParallel, on)
	}
	t, k := &p.tracks[on], &layouts[on]
	for ; int(t.known) < end; t.known++ {
		t.moves[t.known] = k.move(s.lat, int(t.known))
	}
	open, walk := t.open, p.walks.last == uint32(end) && p.walks.on[end%32]>>on&1 != 0
	t.open = 0
	for m := open | tries; m != 0; m &= m - 1 {
		if d := bits.TrailingZeros32(m); t.follow(s, end, d, walk) {
			t.open |= 1 << d
			s.offerParallel(&t.runs[d], end, keysCost+k.cost+log2Small[d])
		}
	}
}

// follow goes on with the run of one distance, or begins it, and reports whether
// there is one; walk tells that the last three keys are a walk.
func (t *track) follow(s *scorer, end, d int, walk bool) bool {
	p := &t.runs[d]
	turned, ok := t.same(end-1, d)
	if !ok {
		return false
	}
	runs := p.end == uint16(end-1)
	if !runs {
		before, ok := t.same(end-2, d)
		if !ok {
			return false
		}
		*p = parallel{turns: turnCost * before, turned: before}
	}
	p.turns += turnCost * turned
	if walk {
		p.open(s, end-leastParallel, turnCost*(p.turned+turned), !runs)
	}
	p.turned, p.end = turned, uint16(end)
	return true
}

// same reports whether the moves to a position and to that of a distance before are
// the same, and whether only one of them changes shift, as 0 or 1.
func (t *track) same(i, d int) (turned Guesses, ok bool) {
	a, b := t.moves[i], t.moves[i-d]
	return Guesses((a ^ b) & 1), a != 0 && (a^b)>>1 == 0
}

// open admits a position as a start of matches; recent is what the changes of shift
// among the last three keys cost. What shift does is part of them, so that their
// join has no change of shape.
func (p *parallel) open(s *scorer, at int, recent Guesses, first bool) {
	if c := s.ways[at].cost() + partCost + recent - p.turns; first || c < p.cost {
		p.cost, p.at = c, uint16(at)
	}
	if w := s.ways[at].points(); first || w < p.points {
		p.points, p.point = w, uint16(at)
	}
}

// offerParallel offers the match from the cheapest start to end.
func (s *scorer) offerParallel(t *parallel, end int, extra Guesses) {
	total, have := t.cost+t.turns+extra, &s.ways[end]
	if total >= have.cost() && t.points+1 >= have.points() {
		return
	}
	base := total - s.ways[t.at].cost() - partCost
	s.relax(end, step{pointStep{start: t.at, kind: KindWalk}, costs{base: base, join: partCost}})
	s.relaxPoints(end, pointStep{start: t.point, kind: KindWalk})
}

// mirror offers what begins at position start and goes over the keys as the
// positions in front do, read backward: 1qazZAQ!, 1qazxsw2.
func (s *scorer) mirror(start, on int) {
	l, k := s.lat, &layouts[on]
	if start < leastParallel {
		return
	}
	first, last, ok := k.between(l, start, start-1)
	cost := keysCost + k.cost
	for n := 1; ok && n < min(start, l.n-start, maxParallel-start, mostParallel); n++ {
		v, shift, on := k.between(l, start+n, start-1-n)
		if !on || v != first {
			return
		}
		if shift != last {
			cost += turnCost
		}
		last = shift
		if n+1 >= leastParallel {
			s.relax(start+n+1, step{pointStep{start: uint16(start), kind: KindWalk}, costs{base: cost, join: partCost}})
		}
	}
}

// between returns how far the key of position i is from that of position j, and
// whether only one of them is shifted.
func (k *layout) between(l *lattice, i, j int) (v int, shift uint8, ok bool) {
	a, b := &l.cells[i], &l.cells[j]
	p, q := k.keys[a.key], k.keys[b.key]
	if p == 0 || q == 0 {
		return 0, 0, false
	}
	p, q = p-1, q-1
	return grid(p) - grid(q), p&1 ^ q&1 ^ (a.flags^b.flags)&upper, true
}

// move is how far a key is from the one before, with the change of shift in the low
// bit; 0 if the layout lacks one of them.
type move uint16

// move returns the move to the key of position i.
func (k *layout) move(l *lattice, i int) move {
	if i == 0 {
		return 0
	}
	v, shift, ok := k.between(l, i, i-1)
	if !ok {
		return 0
	}
	return move(v+1<<8) | move(shift) // v is even, and more than -256
}

// grid numbers keys so that their differences tell rows and columns apart.
func grid(key uint8) int { return int(key&0xE0)<<1 | int(key&0x1E) }
