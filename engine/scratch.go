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
	starts   listedStarts // where the first of these begin
	hits     [maxListed + maxThreaded + maxTurnedWords + maxBreachAsks]listed
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
	sc.wipeFew()
	if n >= fewPositions {
		sc.wipeMore(n)
	}
	sc.lat.wipe(n)
	sc.score.wipe(n)
	sc.speller.wipe()
	if sc.subject.loaded {
		sc.subject.wipe()
		sc.walk.subject = subjectWord{}
	}
	sc.patterns.wipe(n)
	if used := sc.used(); len(used) > fewListed {
		clear(used[fewListed:])
	}
	sc.walk.entry, sc.walk.variant = nil, 0
	sc.turned.wipe()
	sc.breach.wipe()
	sc.normal.wipe()
	sc.former.wipe()
	sc.policy, sc.listed, sc.whole, sc.wholeBy = nil, nil, false, 0
	sc.known, sc.spread, sc.starts = false, false, 0
	sc.failed, sc.repeat, sc.sequence = failures{}, Span{}, Span{}
}

// fewListed is how many hits in lists most passwords have at most.
const fewListed = 4

// used returns the hits that were written: what is listed, and the place behind.
func (sc *scratch) used() []listed { return sc.hits[:min(len(sc.listed)+1, len(sc.hits))] }

// fewPositions is what most passwords have at most, with their end. These are wiped in
// any case: their number is hard to predict. fewPacked is what is wiped of bytes.
const (
	fewPositions = 17
	fewPacked    = 32
)

// wipeFewGeneric clears what the first positions left, and hits.
func (sc *scratch) wipeFewGeneric() {
	l, h := &sc.lat, &sc.heads
	clear(l.cells[:fewPositions])
	l.places[0] = places{}
	clear(l.packed.codes[packedFront:][:fewPacked])
	clear(l.packed.signs[packedFront:][:fewPacked])
	clear(l.packed.kinds[packedFront:][:fewPacked])
	clear(sc.score.ways[:fewPositions])
	h.sets[0] = searches{}
	clear(h.bare[packedFront:][:fewPacked])
	clear(h.kept[:fewPositions])
	clear(sc.walk.path[:fewPositions])
	clear(sc.hits[:fewListed])
	clear(sc.keys.sums[:fewPositions])
}

// wipeMore clears what n positions left behind the first.
func (sc *scratch) wipeMore(n int) {
	l, h, blocks := &sc.lat, &sc.heads, n/setSize+1
	clear(l.cells[fewPositions : n+1])
	clear(l.places[1:blocks])
	l.packed.cut(fewPositions, n)
	clear(sc.score.ways[fewPositions : n+1])
	clear(h.sets[1:blocks])
	clear(h.bare[packedFront+fewPositions : packedFront+n+1])
	clear(h.kept[fewPositions : n+1])
	clear(sc.walk.path[fewPositions:min(n+1, maxTerm)])
	clear(sc.keys.sums[fewPositions : n+1])
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
	if p.composed {
		sc.compose(text, n, classes)
	}
}

// compose evaluates the rules about which of n characters there are.
func (sc *scratch) compose(text []byte, n int, classes classSet) {
	p := sc.policy
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
	if s.named() {
		sc.subject.load(s, p.Profile, readable)
	}
	sc.keys.load(l)
	sc.spread = p.Profile == Default && l.spread()
	sc.beginLookup(e)
	if p.Complexity && sc.namesInside(s) {
		sc.fail(RuleComplexity, NotEnoughClasses)
	}
	if p.composed {
		sc.runs()
	}
	if len(s.OldPassword) > 0 && sc.likeOld(password, s.OldPassword) {
		sc.fail(RuleOld, SimilarToOld)
	}
	sc.content(e, password)
}

// closeUp goes on with the password without the separators that spread it.
func (sc *scratch) closeUp(e *Engine) {
	sc.sift(e)
	sc.answer(e)
	clear(sc.used())
	clear(sc.keys.sums[:sc.lat.n+1])
	sc.lat.closeUp()
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
	if sc.breach.seen[0].found {
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
