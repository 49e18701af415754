package engine

import (
	"math/bits"
	"unicode/utf8"
)

// leastJoined is how many characters two of the parts need that people join by a
// separator: random passwords of eight characters have no room for such parts.
const leastJoined = 3

// joints lowers what going on costs where a separator joins parts. People use the
// same one throughout: the second says nothing new, and neither does the shape
// of what begins behind a joint. Most passwords have one joint or none, which takes no
// branch: they are hard to predict.
func (l *lattice) joints(ways []way) {
	if l.n > setSize || l.wide {
		l.eachJoint(ways)
		return
	}
	joints, behind, front := l.joinable()
	more := joints & (joints - 1)
	i := bits.TrailingZeros64(joints) % setSize
	first := isNone(more|uint64(l.cells[i].class^classUsual)) & (behind & front >> i)
	from, to := &ways[i], &ways[min(i+1, l.n)]
	from.single -= firstJoint * Guesses(first)
	to.join += (partCost - to.join) * Guesses(first)
	if min(more, behind, front) != 0 {
		l.eachJoint(ways)
	}
}

// joinable returns the separators of an ASCII password of at most setSize positions that
// may join parts, and which of these do behind a long part and in front of one.
func (l *lattice) joinable() (joints, behind, front uint64) {
	p := &l.places[0]
	separators, others := l.sets()
	small := p.letters &^ p.capitals
	odd := p.letters&(p.digits<<1) | p.capitals&(small<<1) | small&(p.capitals<<1)&(p.capitals<<2) // in no part
	joints = separators & (others << 1) & (others >> 1) &^ (others + odd)
	long := others & (others >> 1) & (others >> 2) // where long parts begin
	return joints, joints & (long << leastJoined), joints & (long >> 1)
}

// eachJoint goes from separator to separator.
func (l *lattice) eachJoint(ways []way) {
	start, last, long := 0, rune(-1), 0 // long counts the long parts that last has joined
	for i := l.nextSeparator(0); i < l.n; i = l.nextSeparator(start) {
		r, front, behind := l.cells[i].base, start, i+1
		start = behind
		if r >= utf8.RuneSelf || behind == l.n || l.is(behind, separator) || !l.isPart(front, i) {
			last = -1
			continue
		}
		again := r == last
		if !again {
			last, long = r, 0
		}
		if i-front >= leastJoined {
			long++
		}
		if long < 2 && (long == 0 || !l.isLong(behind)) {
			continue
		}
		switch {
		case again:
			ways[i].single = jointCost
			ways[behind].join = partCost
		case usual(r):
			ways[i].single -= firstJoint
			ways[behind].join = partCost
		}
	}
}

// isLong reports whether a long part begins at position i.
func (l *lattice) isLong(i int) bool {
	return i+leastJoined <= l.n && (l.cells[i].flags|l.cells[i+1].flags|l.cells[i+2].flags)&separator == 0
}

// isPart reports whether the span is what people join: letters, small, capital
// or with the first one capital, then digits, or one of these.
func (l *lattice) isPart(start, end int) bool {
	at := start
	if at < end && l.is(at, letter) {
		at = l.end(at)
	}
	letters, capitals := at-start, l.capitals(start, at)
	if at < end && l.is(at, digit) {
		at = l.end(at)
	}
	return at == end && end > start &&
		(capitals == 0 || capitals == letters || capitals == 1 && l.cells[start].flags&upper != 0)
}
