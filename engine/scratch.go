package engine

import "bytes"

// scratch is the working memory of one check. Only the parts that the length
// of the password needs are touched, and wiped after.
type scratch struct {
	policy   *Policy
	lat      lattice
	score    scorer
	heads    headSets
	walk     walker
	patterns patterns
	subject  words
	listed   []listed
	hits     [maxListed + maxBreachParts]listed
	breach   breachSearch
	single   [maxPositions]Guesses
	keys     keys
	counter  counter
	whole    bool // the whole password is listed
	wholeBy  uint16
}

func (sc *scratch) wipe() {
	n := sc.lat.n
	sc.lat.wipe()
	sc.score.wipe(n)
	clear(sc.single[:n])
	clear(sc.walk.path[:min(n+1, maxTerm)])
	sc.keys.wipe()
	sc.subject.wipe()
	sc.patterns.wipe(n)
	sc.heads.wipe(n)
	clear(sc.hits[:])
	sc.walk.subject = subjectWord{}
	sc.breach.wipe()
	sc.policy, sc.listed, sc.whole, sc.wholeBy = nil, nil, false, 0
}

// check evaluates all rules of the subject's policy.
func (sc *scratch) check(e *Engine, password []byte, s *Subject) Verdict {
	p := e.policy(s)
	sc.policy = p
	v := Verdict{Decision: Accept, Would: Accept, Mode: p.Mode, Policy: p.Name, Snapshot: e.snapshot}
	v.Score.RequiredPoints, v.Score.RequiredGuesses = p.RequiredPoints, p.RequiredGuesses
	if p.Mode == Off {
		return v
	}
	if len(password) > maxBytes {
		v.Reasons = v.Reasons.With(TooLong)
	} else {
		v.Reasons = sc.form(password) | sc.analyze(e, password, s)
		v.Score.Points, v.Score.Guesses = int(sc.score.points[sc.lat.n]), sc.score.cost[sc.lat.n]
	}
	switch {
	case v.Reasons != 0:
		v.Would = Reject
	case sc.breach.failed:
		v.Reasons, v.Would = v.Reasons.With(Unavailable), Undecided
	}
	if p.Mode == Enforce {
		v.Decision = v.Would
	}
	return v
}

// form evaluates the rules about the characters of the password.
func (sc *scratch) form(password []byte) (failed Reasons) {
	p := sc.policy
	n, valid := sc.counter.characters(password)
	if !valid {
		failed = failed.With(NotUTF8)
	}
	if n < p.MinLength {
		failed = failed.With(TooShort)
	}
	if n > MaxLength || p.MaxLength > 0 && n > p.MaxLength {
		failed = failed.With(TooLong)
	}
	classes := classesOf(password)
	if classes&controls != 0 && !p.AllowControl {
		failed = failed.With(ControlCharacter)
	}
	if have := classes.count(); have < p.MinClasses || p.Complexity && have < complexClasses {
		failed = failed.With(NotEnoughClasses)
	}
	return failed
}

// analyze evaluates the rules about what the password says.
func (sc *scratch) analyze(e *Engine, password []byte, s *Subject) (failed Reasons) {
	p, l := sc.policy, &sc.lat
	l.load(password, p.Profile)
	if !l.exact {
		failed = failed.With(TooLong)
	}
	sc.subject.load(s, p.Profile)
	sc.askBreaches(e, password)
	sc.segment(e)
	n := l.n
	lowPoints := sc.score.points[n] < int32(p.RequiredPoints)
	lowGuesses := sc.score.cost[n] < p.RequiredGuesses
	if lowPoints || lowGuesses {
		failed = failed.With(LowScore) | sc.score.blame(lowGuesses, lowPoints)
	}
	if p.RefuseListed && sc.whole {
		failed = failed.With(BannedPassword)
	}
	if sc.breach.whole.found {
		failed = failed.With(Breached)
	}
	if p.RefuseNear && sc.score.isNear {
		failed = failed.With(BannedTerm)
	}
	if p.RefuseSubject && sc.score.subject.End > 0 {
		failed = failed.With(SubjectTerm)
	}
	if p.Complexity && sc.namesInside(s) {
		failed = failed.With(NotEnoughClasses)
	}
	if len(s.OldPassword) > 0 && sc.sameAsOld(password, s.OldPassword) {
		failed = failed.With(SimilarToOld)
	}
	return failed
}

// sameAsOld reports whether the new password is the old one, or folds to it.
func (sc *scratch) sameAsOld(password, old []byte) bool {
	if bytes.Equal(password, old) {
		return true
	}
	f := folder{text: old}
	for i := range sc.lat.n {
		p, ok := f.next()
		if !ok || p.base != sc.lat.base[i] {
			return false
		}
	}
	_, more := f.next()
	return !more && sc.lat.n > 0
}
