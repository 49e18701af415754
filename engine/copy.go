package engine

import "math/bits"

// maxDistance bounds how far back a copy is looked for.
const maxDistance = 64

// leastCopy is the least length of a copy; of the character in front, one less.
const leastCopy = 3

// copies are the runs of positions that repeat what stands a distance before, for
// all distances at once: bit d-1 of a set stands for distance d.
type copies struct {
	alike  [maxDistance]uint64  // distances at which the character of a position stands before, by its last bits
	known  int                  // positions of which that is known
	latest [64]uint16           // 1 + the last of these of each own symbol
	before [maxPositions]uint16 // 1 + the last position before each with the same own symbol
	open   uint64               // distances of the runs that were open last
	last   int                  // where they ended
	oldest uint16               // no run that is open begins before
	used   uint64               // distances that there were runs of
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
	if c.known == 0 {
		return
	}
	for m := c.used; m != 0; m &= m - 1 {
		c.runs[bits.TrailingZeros64(m)] = repeat{}
	}
	c.alike, c.latest = [maxDistance]uint64{}, [64]uint16{}
	clear(c.before[:c.known])
	c.known, c.open, c.last, c.oldest, c.used = 0, 0, 0, 0, 0
}

// end offers the copies that end with the position end-1, which is the third at least.
func (c *copies) end(s *scorer, end int) {
	for ; c.known < end; c.known++ {
		c.learn(s.lat, c.known)
	}
	open := c.of(end-1) & c.of(end-2) & (c.of(end-3) | 1)
	begun := open
	if c.last == end-1 {
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

// copied returns those of a set of positions, of the first setSize, that end three
// symbols which stand before: most of those whose symbols each do, do not.
func (l *lattice) copied(ends uint64) (copied uint64) {
	for m := ends; m != 0; m &= m - 1 {
		i := bits.TrailingZeros64(m)
		start, found := i-leastCopy+1, uint64(0)
		for at := 0; at < start; at += packedLetters {
			found |= l.packed.signs.three(at, start) << (64 - 8*min(packedLetters, start-at)) // in front of start
		}
		copied |= isFilled(found) << i
	}
	return copied
}

// three returns a set of the highest bits of eight bytes from position at on: those of
// positions from which three have the same low bits as those from another one on.
func (b *packedBytes) three(at, other int) uint64 {
	const ones = ^uint64(highBits) / 0x7f
	c := b.word(other, 1) &^ highBits
	differ := b.word(at, 1) ^ c&0xff*ones
	differ |= b.word(at+1, 1) ^ c>>8&0xff*ones
	differ |= b.word(at+2, 1) ^ c>>16&0xff*ones
	return ^(differ&^highBits + ^uint64(highBits)) & highBits
}

// learn notes where the character of position i stands before.
func (c *copies) learn(l *lattice, i int) {
	own := l.cells[i].own % 64
	c.before[i], c.latest[own] = c.latest[own], uint16(i+1)
	at := int(c.before[i]) - 1
	for at >= 0 && i-at <= maxDistance && l.cells[at].base != l.cells[i].base { // another of the same symbol
		at = int(c.before[at]) - 1
	}
	alike := uint64(0)
	if at >= 0 && i-at <= maxDistance {
		alike = (c.of(at)<<1 | 1) << (i - at - 1)
	}
	c.alike[i%maxDistance] = alike
}

// of returns the distances at which the character of position i stands before.
func (c *copies) of(i int) uint64 { return c.alike[i%maxDistance] }

// leastOf returns the least length of a copy by the place of its distance.
func leastOf(k int) int {
	if k == 0 {
		return leastCopy - 1
	}
	return leastCopy
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
		if c := w.cost() + w.join; t.next == t.first || c < t.cost {
			t.cost, t.at = c, t.next
		}
		if p := w.points(); t.next == t.first || p < t.points {
			t.points, t.point = p, t.next
		}
	}
	s.run(end, KindRepeat, t.cost+repeatCost+log2Small[k+1], t.at, t.point)
}

// log2Small has the logarithms of the distances.
var log2Small = func() (t [maxDistance + 1]Guesses) {
	for d := 1; d <= maxDistance; d++ {
		t[d] = log2(uint32(d))
	}
	return t
}()
