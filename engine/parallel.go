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
	cost      Guesses // least cost of a start with its join, less the turns before it
	points    int32
	at, point uint16 // the starts of least cost and points
	end       uint16 // where the run ended last
	shifts    uint8  // whether shift differs from the earlier part, the last key lowest
}

// parallels are the runs on each layout, by distance.
type parallels struct {
	tracks [layoutCount]track
	used   bool
	runs   [layoutCount][mostParallel + 1]parallel
}

// track tells where runs may begin and go on.
type track struct {
	walks uint32 // bit d: three keys that are a walk end d positions before last
	open  uint32 // bit d: the run at distance d has got to last
	last  int32
}

// wipe clears what a password left.
func (p *parallels) wipe() {
	p.tracks = [layoutCount]track{}
	if p.used {
		*p = parallels{}
	}
}

// walk notes that the last three keys are a walk, and returns the distances at
// which they may be parallel to others: these are a walk, too.
func (t *track) walk(end int) (tries uint32) {
	t.walks, t.last = t.walks<<(int32(end)-t.last), int32(end)
	tries = t.walks & (1<<(mostParallel+1) - 1<<leastParallel)
	t.walks |= 1
	return tries
}

// end offers what ends with the key at end-1: runs that go on, and at the distances
// to be tried those that begin with the last three keys.
func (p *parallels) end(s *scorer, end, on int, tries uint32) {
	p.used = true
	if tries>>leastParallel&1 != 0 {
		s.mirror(end-leastParallel, on)
	}
	t := &p.tracks[on]
	open := t.open
	t.open = 0
	for m := open | tries; m != 0; m &= m - 1 {
		if d := bits.TrailingZeros32(m); p.follow(s, end, on, d) {
			t.open |= 1 << d
		}
	}
}

// follow goes on with the run of one distance, or begins it, and reports whether
// there is one.
func (p *parallels) follow(s *scorer, end, on, d int) bool {
	l, k, t := s.lat, &layouts[on], &p.runs[on][d]
	runs := t.end == uint16(end-1)
	v, shift, ok := k.between(l, end-1, end-1-d)
	w, shift2, ok2 := k.between(l, end-2, end-2-d)
	if !ok || !ok2 || v != w {
		return false
	}
	if runs {
		if shift != shift2 {
			t.turns += turnCost
		}
		t.shifts = t.shifts<<1 | shift
	} else {
		u, shift3, ok := k.between(l, end-3, end-3-d)
		if !ok || u != v {
			return false
		}
		*t = parallel{shifts: shift3<<2 | shift2<<1 | shift}
		t.turns = t.recent()
	}
	t.end = uint16(end)
	if p.tracks[on].last == int32(end) {
		t.open(s, end-leastParallel, !runs)
	}
	s.offerParallel(t, end, keysCost+k.cost+log2Small[d])
	return true
}

// recent returns the cost of the changes of shift among the last three keys.
func (t *parallel) recent() Guesses {
	return turnCost * Guesses(bits.OnesCount8((t.shifts^t.shifts>>1)&3))
}

// open admits a position as a start of matches. What shift does is part of them,
// so that their join has no change of shape.
func (t *parallel) open(s *scorer, at int, first bool) {
	if c := s.ways[at].cost + partCost + t.recent() - t.turns; first || c < t.cost {
		t.cost, t.at = c, uint16(at)
	}
	if p := s.ways[at].points; first || p < t.points {
		t.points, t.point = p, uint16(at)
	}
}

// offerParallel offers the match from the cheapest start to end.
func (s *scorer) offerParallel(t *parallel, end int, extra Guesses) {
	base := t.cost + t.turns + extra - s.ways[t.at].cost - partCost
	s.relax(end, step{pointStep{start: t.at, kind: KindWalk}, costs{base: base, join: partCost}})
	s.relaxPoints(end, 1, pointStep{start: t.point, kind: KindWalk})
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
	p, q := k.keys[charIndex(a.base)], k.keys[charIndex(b.base)]
	if p == 0 || q == 0 {
		return 0, 0, false
	}
	p, q = p-1, q-1
	return grid(p) - grid(q), p&1 ^ q&1 ^ (a.flags^b.flags)&upper, true
}

// grid numbers keys so that their differences tell rows and columns apart.
func grid(key uint8) int { return int(key&0xE0)<<1 | int(key&0x1E) }
