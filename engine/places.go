package engine

import "math/bits"

// setSize is how many positions a set in one word holds.
const setSize = 64

// places says what positions are as sets, each of setSize of them.
type places struct {
	capitals, letters, digits, separators uint64
	repeats                               uint64 // the same base as the position before
	ordered                               uint64 // a code point that is next to that of the position before
	edges                                 uint64 // where runs of letters, digits or separators begin, and behind the last one
	capitalsBefore, lettersBefore         uint16 // how many are in front of all these
}

// measurePlaces fills in the places, their numbers and edges by the flags and bases of
// the cells.
func (l *lattice) measurePlaces() {
	last, base := &places{}, rune(-2) // next to no character
	l.separators, l.figures = 0, 0
	for b := range l.places[:l.n/setSize+1] {
		p := &l.places[b]
		*p = places{}
		cells := l.cells[b*setSize : min((b+1)*setSize, l.n)]
		for i := range cells {
			p.add(uint(i), cells[i].flags)
			p.ordered |= isNone(uint64((cells[i].base-base+1)&^2)) << (uint(i) % setSize)
			base = cells[i].base
		}
		p.end(last)
		l.separators += bits.OnesCount64(p.separators)
		l.figures += bits.OnesCount64(p.digits)
		last = p
	}
}

// add adds the position with this place in its set.
func (p *places) add(i uint, flags uint8) {
	i %= setSize
	p.capitals |= uint64(flags&upper/upper) << i
	p.letters |= uint64(flags&letter/letter) << i
	p.digits |= uint64(flags&digit/digit) << i
	p.separators |= uint64(flags&separator/separator) << i
	p.repeats |= uint64(flags&repeated/repeated) << i
}

// end completes the places by those of the set before.
func (p *places) end(last *places) {
	p.edges = (p.letters ^ behind(p.letters, last.letters)) | (p.digits ^ behind(p.digits, last.digits)) |
		(p.separators ^ behind(p.separators, last.separators))
	p.capitalsBefore = last.capitalsBefore + uint16(bits.OnesCount64(last.capitals))
	p.lettersBefore = last.lettersBefore + uint16(bits.OnesCount64(last.letters))
}

// measureFirst fills in the numbers and edges of the places if they are all in the first
// set.
func (l *lattice) measureFirst() {
	p := &l.places[0]
	p.edges = (p.letters ^ p.letters<<1) | (p.digits ^ p.digits<<1) | (p.separators ^ p.separators<<1)
	l.separators, l.figures = bits.OnesCount64(p.separators), bits.OnesCount64(p.digits)
}

// isNone returns 1 if a set has none, else 0.
func isNone(set uint64) uint64 {
	if set == 0 {
		return 1
	}
	return 0
}

// behind returns the set of the positions behind those of a set, of which last is the
// word in front.
func behind(set, last uint64) uint64 { return set<<1 | last>>(setSize-1) }

// end returns where the run of letters, digits or separators ends that position i is in.
func (l *lattice) end(i int) int {
	i++
	if next := l.places[i/setSize].edges >> (i % setSize); next != 0 {
		return i + bits.TrailingZeros64(next)
	}
	return l.farEnd(i/setSize + 1)
}

// farEnd returns the first place from a block on where a run ends.
func (l *lattice) farEnd(block int) int {
	for l.places[block].edges == 0 {
		block++
	}
	return block*setSize + bits.TrailingZeros64(l.places[block].edges)
}

// nextSeparator returns the first separator from position i on, or one behind the end.
func (l *lattice) nextSeparator(i int) int {
	for b := uint(i) / setSize; b <= uint(l.n)/setSize; b++ {
		if next := l.places[b].separators >> (uint(i) % setSize); next != 0 {
			return i + bits.TrailingZeros64(next)
		}
		i = int(b+1) * setSize
	}
	return i
}

// capitals returns how many of the positions from start to end are capitals.
func (l *lattice) capitals(start, end int) int {
	return l.capitalsBefore(uint(end)) - l.capitalsBefore(uint(start))
}

func (l *lattice) capitalsBefore(i uint) int {
	p := &l.places[i/setSize]
	return int(p.capitalsBefore) + bits.OnesCount64(p.capitals&(1<<(i%setSize)-1))
}

// letters returns how many of the positions from start to end are letters.
func (l *lattice) letters(start, end int) int {
	return l.lettersBefore(uint(end)) - l.lettersBefore(uint(start))
}

func (l *lattice) lettersBefore(i uint) int {
	p := &l.places[i/setSize]
	return int(p.lettersBefore) + bits.OnesCount64(p.letters&(1<<(i%setSize)-1))
}

// sets returns the separators of a password of at most setSize positions and the
// other characters, as sets.
func (l *lattice) sets() (separators, others uint64) {
	p := &l.places[0]
	return p.separators, p.letters | p.digits
}

// isFilled returns 1 if a set has any, else 0.
func isFilled(set uint64) uint64 { return filled(set) >> 63 }

// filled returns a set whose highest bit tells whether another has any.
func filled(set uint64) uint64 { return set | -set }
