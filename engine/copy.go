package engine

import "math/bits"

// maxDistance bounds how far back a copy is looked for.
const maxDistance = 64

// leastCopy is the least length of a copy; of the character in front, one less.
const leastCopy = 3

// copies are the runs of positions that repeat what stands a distance before, for
// all distances at once: bit d-1 of a set stands for distance d.
type copies struct {
	alike  [maxDistance]uint64 // where the same character stands before a position, by its last bits
	open   uint64              // distances of the runs that end with the position last looked at
	last   int                 // 1 + that position
	oldest uint16              // no run that is open begins before
	used   uint64              // distances that there were runs of
	runs   [maxDistance]repeat
}

// repeat is the run of one distance.
type repeat struct {
	first     uint16 // its first position
	next      uint16 // the starts in front of it are known
	at, point uint16 // the starts of least cost and points
	cost      Guesses
	points    int32
}

// wipe clears what a password left.
func (c *copies) wipe() {
	if c.last == 0 {
		return
	}
	for m := c.used; m != 0; m &= m - 1 {
		c.runs[bits.TrailingZeros64(m)] = repeat{}
	}
	c.alike = [maxDistance]uint64{}
	c.open, c.last, c.oldest, c.used = 0, 0, 0, 0
}

// end offers the copies that end with the position end-1, of which an earlier one has
// the character.
func (c *copies) end(s *scorer, end int) {
	i := end - 1
	open := c.longEnough(s.lat, i)
	begun := open
	if c.last == i {
		begun &^= c.open
	}
	c.open, c.last = open, end
	if open == 0 {
		return
	}
	c.used |= begun
	for m := begun; m != 0; m &= m - 1 {
		k := bits.TrailingZeros64(m)
		first := uint16(end - leastOf(k))
		c.runs[k] = repeat{first: first, next: first}
	}
	c.offer(s, end)
}

// leastOf returns the least length of a copy by the place of its distance.
func leastOf(k int) int {
	if k == 0 {
		return leastCopy - 1
	}
	return leastCopy
}

// longEnough returns the distances at which position i ends a copy.
func (c *copies) longEnough(l *lattice, i int) uint64 {
	before := l.before(i)
	if before < 0 || i-before > maxDistance {
		c.alike[i%maxDistance] = 0
		return 0
	}
	d := i - before
	here := c.of(l, before)<<d | 1<<(d-1)
	c.alike[i%maxDistance] = here
	if here &= c.of(l, i-1); here == 0 {
		return 0
	}
	return here & (c.of(l, i-2) | 1)
}

// of returns the distances at which the character of position i stands before.
func (c *copies) of(l *lattice, i int) uint64 {
	if i < 0 || l.cells[i].earlier == 0 {
		return 0
	}
	return c.alike[i%maxDistance]
}

// offer offers the runs that are open. What begins no earlier than a run of a
// shorter distance is no cheaper.
func (c *copies) offer(s *scorer, end int) {
	least := uint16(end)
	for m := c.open; m != 0; m &= m - 1 {
		k := bits.TrailingZeros64(m)
		t := &c.runs[k]
		if t.first >= least {
			continue
		}
		least = t.first
		t.close(s, end, k)
		if least <= c.oldest {
			return
		}
	}
	c.oldest = least
}

// close offers the match from the cheapest start to end, by the place of the distance.
func (t *repeat) close(s *scorer, end, k int) {
	for ; int(t.next) <= end-leastOf(k); t.next++ {
		w := &s.ways[t.next]
		if c := w.cost + w.join; t.next == t.first || c < t.cost {
			t.cost, t.at = c, t.next
		}
		if t.next == t.first || w.points < t.points {
			t.points, t.point = w.points, t.next
		}
	}
	if total := t.cost + repeatCost + log2Small[k+1]; total < s.ways[end].cost {
		join := s.ways[t.at].join
		s.ways[end].cost, s.ways[end].last = total, step{pointStep{start: t.at, kind: KindRepeat}, costs{base: total - s.ways[t.at].cost - join, join: join}}
	}
	s.relaxPoints(end, 1, pointStep{start: t.point, kind: KindRepeat})
}

// log2Small has the logarithms of the distances.
var log2Small = func() (t [maxDistance + 1]Guesses) {
	for d := 1; d <= maxDistance; d++ {
		t[d] = log2(uint32(d))
	}
	return t
}()
