package engine

// starts has for each three codes what terms begin with them. What is asked of these is
// together: most of it is not in the nearest cache.
type starts [1 << (3 * codeBits)]start

// start is what follows three codes.
type start struct {
	fourth uint32    // set of the fourth codes
	rows   [2]uint16 // of edits, onward and back; the kernel reads both at once
}

// of returns the fourth codes behind the first three of w.
func (s *starts) of(w window) uint32 { return s[w.three()].fourth }

// four returns, as 1 or 0, whether terms begin with the first four codes of w.
func (s *starts) four(w window) uint32 { return s.of(w) >> w.code(3) & 1 }

// has reports whether terms begin with the first four codes of w.
func (s *starts) has(w window) bool { return s.four(w) != 0 }

// mayPass returns 0 if no terms begin with the codes of w without some of the early
// ones marked but the first, else perhaps 1.
func (s *starts) mayPass(w window) uint32 {
	skips := w & passedMarks
	more := skips & (skips - 1)
	if more&(more-1) != 0 {
		return 1
	}
	one := w.pass(skips ^ more)
	return s.four(one) | s.four(w.pass(more)) | s.four(one.pass(more>>8))
}

// opens returns, as 1 or 0, whether terms begin with the codes of w without an early one
// marked but the first, if that leaves six for certain, and whether more are marked.
func (s *starts) opens(w window) (one, several uint32) {
	skips := w & nextMarks
	if skips&(skips-1) != 0 {
		return 0, 1
	}
	if skips&passedMarks == 0 {
		return 0, 0
	}
	return s.four(w.pass(skips)), 0
}

// asksGeneric returns the positions of a block of bare codes from which onward terms
// may begin, as far as four codes tell and if begins has the first, above them those
// from which back they may. opens has those from which they may onward if the only code
// marked is passed over, above them those with several.
func (s *starts) asksGeneric(text *block, begins uint32) (asks, opens uint32) {
	for i := range blockCodes {
		on, back := text.from(i), text.back(i)
		first := begins >> on.code(0) & 1
		one, several := s.opens(on)
		asks |= s.four(on) & first << i
		asks |= s.four(back) & first << (blockCodes + i)
		opens |= one & first << i
		opens |= several & first << (blockCodes + i)
	}
	return asks, opens
}

// edits has what an edit makes of the beginnings of terms: for each direction and
// three codes the row that has for each fourth the set of the fifth. Row 0 is empty.
// There are fewer than 2^16 rows, as the codes of terms are from 1 to 29.
type edits struct {
	rows  *starts
	pairs [][1 << codeBits]uint32
}

// newEdits returns edits of no terms.
func newEdits(rows *starts) edits { return edits{rows, make([][1 << codeBits]uint32, 1)} }

// The directions of edits.
const (
	editForward = iota
	editBackward
)

// add adds a beginning by its first five codes.
func (e *edits) add(dir int, w window) {
	row := &e.rows[w.three()].rows[dir]
	if *row == 0 {
		*row = uint16(len(e.pairs))
		e.pairs = append(e.pairs, [1 << codeBits]uint32{})
	}
	e.pairs[*row][w.code(3)] |= 1 << w.code(4)
}

// has reports, as 1 or 0, whether a term with an edit may begin with the codes of w,
// of which the fourth or fifth may be one too many or changed.
func (e *edits) has(dir int, w window) uint32 {
	pairs := &e.pairs[e.rows[w.three()].rows[dir]]
	fourth, fifth := pairs[w.code(3)], pairs[w.code(4)]
	return (fourth>>w.code(4) | fourth>>w.code(5) | fifth>>w.code(5)) & 1
}

// As many positions of a block are asked about edits onward, and as many back: a term
// takes at least five codes then, so that none begins at the last four or ends at
// the first four.
const (
	editCodes = 12
	editRest  = blockCodes - editCodes
)

// asksGeneric returns the first editCodes positions of a block from which onward terms
// with an edit may begin, and above them the last ones from which back they may.
func (e *edits) asksGeneric(text *block) (asks uint32) {
	for i := range editCodes {
		asks |= e.has(editForward, text.from(i)) << i
		asks |= e.has(editBackward, text.back(editRest+i)) << (editCodes + i)
	}
	return asks
}
