package engine

// The budget of a check in walker steps, a few nanoseconds each: far above what
// any real password takes, low enough for the worst input of MaxLength.
const (
	stepsBase   = 16384
	stepsPerPos = 64
)

// segment finds the cheapest segmentation of the loaded lattice. Where the
// budget of steps ends, the rest of the password counts nothing.
func (sc *scratch) segment(e *Engine) {
	l, s := &sc.lat, &sc.score
	n := l.n
	full := sc.policy.Profile == Default
	s.reset(l)
	sc.walk.lat, sc.walk.score, sc.walk.edits = l, s, slipDepth
	sc.walk.steps = stepsBase + stepsPerPos*n
	e.chars.singles(l, sc.single[:n])
	sc.patterns.sequence.begin()
	sc.lookup(e)
	sc.listed = append(sc.listed, sc.breach.parts[:sc.breach.n]...)
	sc.heads.load(e.heads, l)
	for i := range n + 1 {
		if i > 0 {
			s.char(i-1, sc.single[i-1])
			if full {
				sc.patterns.end(s, i, sc.single[:n])
				sc.backward(e, i)
			}
		}
		if i < n {
			sc.onward(e, i, full)
		}
		if sc.walk.steps < 0 {
			s.cut(i)
			break
		}
	}
	if sc.policy.RefuseSubject && sc.walk.steps < 0 {
		sc.subjectAlone()
	}
	if sc.policy.RefuseNear {
		sc.walk.steps = stepsBase + stepsPerPos*n
		sc.nearWhole(e)
	}
}

// cut ends the search at position i: from the cheapest place reached behind it
// the rest adds nothing to the score.
func (s *scorer) cut(i int) {
	n := s.lat.n
	for k := i; k < n; k++ {
		if s.cost[k] < s.cost[n] {
			s.cost[n], s.way[n] = s.cost[k], step{start: uint16(k)}
		}
		if s.points[k] < s.points[n] {
			s.points[n], s.pointed[n] = s.points[k], pointStep{start: uint16(k)}
		}
	}
}

// onward offers all matches that begin at position i.
func (sc *scratch) onward(e *Engine, i int, full bool) {
	w, searches := &sc.walk, sc.heads.onward[i]
	w.dir, w.origin, w.back = 1, i, false
	if searches&headTerm != 0 {
		w.skips, w.slips, w.trie = full, false, e.forward
		w.start(i)
	}
	sc.subjectWords(i, full)
	if !full {
		return
	}
	if searches&headSlipForward != 0 {
		w.skips, w.slips, w.trie = false, true, e.slipForward
		w.start(i)
	}
	sc.score.dates(i)
	for _, h := range sc.listed {
		if int(h.start) == i {
			sc.score.match(i, int(h.end), step{kind: KindPassword, list: h.list, base: h.base, spelling: h.spelling})
		}
	}
}

// backward offers the matches that end at position i and are found from their
// end: terms with the edit in their first half, and reversed words.
func (sc *scratch) backward(e *Engine, i int) {
	w, searches := &sc.walk, sc.heads.back[i]
	w.dir, w.origin, w.skips = -1, i, false
	if searches&headSlipBackward != 0 {
		w.back, w.slips, w.trie = false, true, e.slipBackward
		w.start(i)
	}
	w.back, w.slips, w.trie = true, false, e.forward
	if searches&headTerm != 0 {
		w.start(i)
	}
	sc.subjectWords(i, false)
}

// subjectWords follows the words of the subject from position i.
func (sc *scratch) subjectWords(i int, skips bool) {
	w := &sc.walk
	at, ok := w.index(i)
	if !ok || sc.lat.mask[at]&sc.subject.firsts == 0 {
		return
	}
	w.skips, w.slips = skips, false
	for k := range sc.subject.n {
		if sc.lat.mask[at]>>(sc.subject.list[k].packed&63)&1 != 0 {
			w.subject = sc.subject.list[k]
			w.rest(w.subject.word, i, 0, 0)
		}
	}
}

// subjectAlone looks for words of the subject for a rule of their own, when the
// budget has ended before all were looked for.
func (sc *scratch) subjectAlone() {
	w := &sc.walk
	w.dir, w.back = 1, false
	sc.score.final = true
	for i := 0; i < sc.lat.n && sc.score.subject.End == 0; i++ {
		w.origin, w.steps = i, stepsBase
		sc.subjectWords(i, sc.policy.Profile == Default)
	}
	sc.score.final = false
}

// nearWhole looks for a term within edit distance 1 of the whole password: one
// half, of at least two letters in a term of four, is exact.
func (sc *scratch) nearWhole(e *Engine) {
	w := &sc.walk
	w.back, w.whole, w.skips, w.slips, w.edits = false, true, false, true, nearDepth
	w.trie, w.dir, w.origin = e.forward, 1, 0
	w.node(&e.forward.nodes[0], 0, 0, 0)
	w.trie, w.dir, w.origin = e.nearBackward, -1, sc.lat.n
	w.node(&e.nearBackward.nodes[0], sc.lat.n, 0, 0)
	w.whole = false
}

// blame returns the reasons behind a low score: what the cheapest segmentations
// consist of.
func (s *scorer) blame(guesses, points bool) (r Reasons) {
	for i := s.lat.n; guesses && i > 0; i = int(s.way[i].start) {
		r = r.With(kindTable[s.way[i].kind].reason)
	}
	for i := s.lat.n; points && i > 0; i = int(s.pointed[i].start) {
		r = r.With(kindTable[s.pointed[i].kind].reason)
	}
	return r
}
