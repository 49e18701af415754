package engine

// scratch is the working memory of one check. Only the parts that the length
// of the password needs are touched, and wiped after.
type scratch struct {
	policy   *ruleset
	lat      lattice
	score    scorer
	heads    headSets
	walk     walker
	patterns patterns
	subject  words
	asks     asks
	known    bool // the core, or all, is listed
	spread   bool // the password is to be closed up
	listed   []listed
	hits     [maxListed + maxThreaded + maxTurnedWords + maxBreachParts]listed
	turned   turned
	breach   breachSearch
	keys     keys
	speller  speller
	normal   normalizer
	former   former
	failed   failures
	whole    bool // the whole password is listed
	wholeBy  uint16
	repeat   Span // runes of a run that is too long
	sequence Span
}

func (sc *scratch) wipe() {
	n := sc.lat.n
	sc.lat.wipe()
	sc.score.wipe(n)
	wipe(sc.walk.path[:], min(n+1, maxTerm))
	sc.keys.wipe()
	sc.speller.wipe()
	sc.subject.wipe()
	sc.patterns.wipe(n)
	sc.heads.wipe(n)
	sc.forget()
	sc.walk.subject, sc.walk.entry, sc.walk.variant = subjectWord{}, nil, 0
	sc.turned.wipe()
	sc.breach.wipe()
	sc.normal.wipe()
	sc.former.wipe()
	sc.policy, sc.listed, sc.whole, sc.wholeBy = nil, nil, false, 0
	sc.known, sc.spread = false, false
	sc.failed, sc.repeat, sc.sequence = failures{}, Span{}, Span{}
}

// fewListed is how many hits in lists most passwords have at most.
const fewListed = 4

// forget clears what is listed, and the place behind.
func (sc *scratch) forget() {
	clear(sc.hits[:fewListed])
	if n := len(sc.listed); n >= fewListed {
		clear(sc.hits[fewListed:min(n+1, len(sc.hits))])
	}
}

// fewPositions is what most passwords have at most, with their end.
const fewPositions = 17

// wipe clears the first n elements, one for each position. For most passwords these
// are a constant number, which takes neither a call nor branches that are hard to
// predict.
func wipe[T any](all []T, n int) {
	clear(all[:fewPositions])
	if n > fewPositions {
		clear(all[fewPositions:n])
	}
}

// check evaluates all rules of the subject's policy for a verdict, which is zero
// before.
func (sc *scratch) check(e *Engine, password []byte, s *Subject, v *Verdict) {
	p := e.policy(s)
	sc.policy = p
	v.Decision, v.Would, v.Mode, v.Policy, v.Snapshot = Accept, Accept, p.Mode, p.Name, e.snapshot
	v.Score.RequiredPoints, v.Score.RequiredGuesses = p.RequiredPoints, p.RequiredGuesses
	if v.MinLength, v.MaxLength = p.MinLength, p.MaxLength; v.MaxLength == 0 {
		v.MaxLength = MaxLength
	}
	if p.Mode == Off {
		return
	}
	if len(password) > maxBytes {
		sc.failed.enforced = sc.failed.enforced.With(TooLong)
	} else {
		sc.lat.load(password, p.Profile)
		sc.form(password)
		sc.analyze(e, password, s)
		end := &sc.score.ways[sc.lat.n]
		v.Score.Points, v.Score.Guesses = int(end.points()), end.cost()
	}
	sc.decide(v)
}

// decide completes the verdict with what failed. It is open when no enforced
// rule refuses and a breach list, whose rule is enforced, has failed.
func (sc *scratch) decide(v *Verdict) {
	f := sc.failed
	v.Reasons, v.Audited = f.enforced|f.audited, f.audited&^f.enforced
	v.Would = v.Reasons.decision()
	decision := f.enforced.decision()
	if sc.breach.failed && f.enforced == 0 && !sc.policy.Audit.Has(RuleBreached) {
		decision = Undecided
		v.Reasons = v.Reasons.With(Unavailable)
		if v.Would == Accept {
			v.Would = Undecided
		}
	}
	if v.Mode == Enforce {
		v.Decision = decision
	}
}

// form evaluates the rules about the characters of the password. Bounds that
// hold under every policy, and encoding, have no mode of their own.
func (sc *scratch) form(password []byte) {
	p := sc.policy
	text, n, valid, classes := password, len(password), true, sc.lat.classes
	if classes&beyond != 0 {
		text, n, valid = sc.normal.form(password)
		classes = classesOf(text)
	}
	if !valid {
		sc.failed.enforced = sc.failed.enforced.With(NotUTF8)
	}
	if n < p.MinLength {
		sc.fail(RuleLength, TooShort)
	}
	if n > MaxLength {
		sc.failed.enforced = sc.failed.enforced.With(TooLong)
	} else if p.MaxLength > 0 && n > p.MaxLength {
		sc.fail(RuleLength, TooLong)
	}
	if classes&controls != 0 && !p.AllowControl {
		sc.fail(RuleCharacters, ControlCharacter)
	}
	if classes.count() < p.MinClasses {
		sc.fail(RuleClasses, NotEnoughClasses)
	}
	if p.Complexity && classes.count() < complexClasses {
		sc.fail(RuleComplexity, NotEnoughClasses)
	}
	if p.mixes {
		sc.mix(text)
	}
	if n <= MaxLength && (p.allowed != nil || len(p.expressions) > 0) {
		sc.express(text)
	}
}

// analyze evaluates the rules about what the password says.
func (sc *scratch) analyze(e *Engine, password []byte, s *Subject) {
	p, l := sc.policy, &sc.lat
	if int(l.cells[l.n].origin) < len(password) { // some are beyond ASCII
		l.loadMarks(password)
	}
	if !l.exact {
		sc.failed.enforced = sc.failed.enforced.With(TooLong)
	}
	readable := l.readable
	if l.wide && p.Profile == Default {
		sc.turned.load(password, l)
		readable |= sc.turned.symbols()
	}
	sc.subject.load(s, p.Profile, readable)
	sc.keys.load(l)
	sc.spread = p.Profile == Default && l.spread()
	sc.beginLookup(e)
	if p.Complexity && sc.namesInside(s) {
		sc.fail(RuleComplexity, NotEnoughClasses)
	}
	sc.runs()
	if sc.likeOld(password, s.OldPassword) {
		sc.fail(RuleOld, SimilarToOld)
	}
	sc.content(e, password)
}

// closeUp goes on with the password without the separators that spread it.
func (sc *scratch) closeUp(e *Engine) {
	sc.sift(e)
	sc.answer(e)
	sc.forget()
	sc.lat.closeUp()
	sc.keys.wipe()
	sc.keys.load(&sc.lat)
	sc.spread = false
	sc.beginLookup(e)
}

// content evaluates the rules about what the password is made of.
func (sc *scratch) content(e *Engine, password []byte) {
	p := sc.policy
	if sc.spread {
		sc.closeUp(e)
	}
	sc.askBreaches(e, password)
	sc.segment(e)
	if p.RefuseListed && sc.whole {
		sc.fail(RuleListed, BannedPassword)
	}
	end := &sc.score.ways[sc.lat.n]
	low := end.cheapest.blame(p.RequiredGuesses) | end.fewest.blame(Guesses(p.RequiredPoints))
	sc.failed.add(p.Audit.Has(RuleScore), low)
	if sc.breach.whole.found {
		sc.fail(RuleBreached, Breached)
	}
	if p.RefuseNear && sc.score.isNear {
		sc.fail(RuleNear, BannedTerm)
	}
	if !p.IgnoreBans && sc.score.banned.End > 0 {
		sc.fail(RuleBanned, BannedTerm)
	}
	if p.RefuseSubject && sc.score.subject.End > 0 {
		sc.fail(RuleSubject, SubjectTerm)
	}
}

// runs evaluates the rules about runs of positions.
func (sc *scratch) runs() {
	p := sc.policy
	if p.MaxRepeat > 0 {
		if run := sc.lat.repeats(p.MaxRepeat); run.End > 0 {
			sc.repeat = sc.span(run.Start, run.End)
			sc.fail(RuleRepeats, Repetition)
		}
	}
	if p.MaxSequence > 0 {
		if run := sc.lat.sequences(p.MaxSequence); run.End > 0 {
			sc.sequence = sc.span(run.Start, run.End)
			sc.fail(RuleSequences, Sequence)
		}
	}
}
