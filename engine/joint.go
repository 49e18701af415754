package engine

import "unicode/utf8"

// leastJoined is how many characters two of the parts need that people join by a
// separator: random passwords of eight characters have no room for such parts.
const leastJoined = 3

// joints lowers what going on costs where a separator joins parts. People use the
// same one throughout: the second says nothing new, and neither does the shape
// of what begins behind a joint.
func (l *lattice) joints(ways []way) {
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

// mayJoin reports whether separators may join parts: one does behind a long part, and
// one in front of such.
func (l *lattice) mayJoin() bool {
	if l.n > setSize {
		return true
	}
	separators, others := l.sets()
	long := others & (others >> 1) & (others >> 2) // where long parts begin
	joints := separators & (others >> 1)
	return min(joints&(long<<leastJoined), joints&(long>>1)) != 0
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
