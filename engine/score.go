package engine

import (
	"cmp"
	"math/bits"
)

// bit is one bit of Guesses.
const bit = 64

// The costs of the score, argued with their sources in docs/DECISION.md. The
// reference model restates them, so that a change here fails its tests.
const (
	ownTermCost  Guesses = 3 * bit     // a term of the organization: among the first guesses
	subjectCost  Guesses = 2 * bit     // a word of the subject
	listCost     Guesses = 1 * bit     // choice of the list, on top of the rank in it
	joinCost     Guesses = 1 * bit     // a match at the start
	partCost     Guesses = 1 * bit     // one more part to arrange, on top of the change of shape
	commonCost   Guesses = 1 * bit     // a substitution of every rule set
	rareCost     Guesses = 7 * bit / 2 // a substitution of some rule sets
	spellingCap  Guesses = 9 * bit     // all substitutions together: rules apply them at once
	betweenCost  Guesses = 6 * bit     // the same separator between all letters
	someCost     Guesses = 8 * bit     // only between some: which, on top
	otherCost    Guesses = 4 * bit     // another separator between them
	strangeCost  Guesses = 3 * bit     // the slip brought a character: which, on top
	oddCaseCost  Guesses = 5 * bit     // capitals other than the first, all or none
	doubledCost  Guesses = 3 * bit     // letters doubled
	reversedCost Guesses = 2 * bit
	typedCost    Guesses = 1 * bit      // typed with another layout on
	turnedCost   Guesses = 2 * bit      // a word of Latin letters typed so
	editCost     Guesses = 7 * bit      // one slip: where
	markCost     Guesses = 1 * bit      // a mark of a letter that folds away
	againCost    Guesses = 1 * bit / 2  // the same symbol once more
	lastCost     Guesses = 4 * bit      // less for the one usual symbol at the end
	jointCost    Guesses = 1 * bit      // the separator of the joint before once more
	firstJoint   Guesses = 3 * bit      // less for a usual separator behind a word
	sequenceCost Guesses = 2 * bit      // direction and length; the start is paid as a character
	walkCost     Guesses = 12 * bit     // first key, direction and length
	keysCost     Guesses = 8 * bit      // keys parallel to earlier ones: as repeatCost, from where (3), shift as there or not (1)
	turnCost     Guesses = 5 * bit      // change of direction, or of shift, in a walk
	shiftsCost   Guesses = 3 * bit      // keys of a walk are shifted in any way, with a bit for each
	maskCost     Guesses = 1 * bit      // choice of the exhaustive search by masks
	twiceCost    Guesses = 2 * bit      // the password so far once more, to its end
	repeatCost   Guesses = 4 * bit      // plus the binary logarithm of the distance
	yearNearCost Guesses = 5 * bit      // 1940 to 2029
	yearFarCost  Guesses = 15 * bit / 2 // 1900 to 2069
	dayCost      Guesses = 17 * bit / 2 // a day of the year
	orderCost    Guesses = 1 * bit      // order and separators of a date
	monthCost    Guesses = 7 * bit / 2  // a month
	nameCost     Guesses = 3 * bit      // language and length of its name
	phoneCost    Guesses = 5 * bit      // groups of a telephone number
	digitCost    Guesses = 212          // log2(10), of each of its digits
)

// slipTerm is the least length and slipRank the largest rank of a term found
// with an edit inside a longer password: of random passwords of 12 to 16
// characters, 1 in 800 holds one of 10,000 such terms, and with an edit a rarer
// one costs about as much as its letters. slipDepth letters must be right in
// front of the edit, from one end or the other.
const (
	slipTerm  = 6
	slipRank  = 2000
	slipDepth = slipTerm / 2
)

// A word that is both reversed and respelled has at least legibleWord letters, or
// legibleLetters of them as they are: four or five random characters that are
// mostly digits and symbols too often read as some term.
const (
	legibleWord    = 6
	legibleLetters = 3
)

// step is a segment with its cost. Structs of at most four fields stay in registers.
type step struct {
	pointStep
	costs
}

// pointStep is a segment.
type pointStep struct {
	start uint16
	kind  Kind
	list  uint16
}

// costs are what the guesses of a segment consist of.
type costs struct{ base, spelling, kase, join Guesses }

func (c costs) guesses() Guesses { return c.base + c.spelling + c.kase + c.join }

// way is the best way to a position on both scales, and what going on costs.
type way struct {
	single   Guesses // of the position as a character
	join     Guesses // of a match that begins there, for being one more part
	cheapest route   // of fewest guesses
	fewest   route   // of fewest points
}

func (w *way) cost() Guesses { return Guesses(w.cheapest >> routeCost) }

func (w *way) points() int32 { return int32(w.fewest >> routeCost) }

// ban is an occurrence of a hard-banned term; the zero value is none.
type ban struct {
	Span
	list     uint16
	spelling Guesses
}

// scorer finds the cheapest segmentation of a lattice on both scales while the
// matchers report: ways[i] is final when position i is reached, matches onward
// from i are pushed then, matches that end at i are pulled before.
type scorer struct {
	lat  *lattice
	ways [maxPositions + 1]way
	// costs are those of the last segments of the cheapest ways, unless these are
	// characters; they are kept if it explains.
	costs    [maxPositions + 1]costs
	explains bool

	subject  Span // first word of the subject found, in positions; empty for none
	nearList uint16
	isNear   bool
	banned   ban // plainest occurrence of a hard-banned term, in positions
	dated    dated
	final    bool   // the score stands; only the rules on words are open
	trace    *trace // asks how words are read, for an explanation; nil in a check
}

// wipe clears what the analysis of n positions left but for the ways.
func (s *scorer) wipe(n int) {
	if s.explains {
		clear(s.costs[:n+1])
	}
	s.subject, s.isNear, s.nearList, s.banned, s.dated, s.explains = Span{}, false, 0, ban{}, dated{}, false
}

// relax offers a segment to position end on both scales.
func (s *scorer) relax(end int, st step) {
	if s.explains {
		s.note(end, st)
	}
	from, to, segment, parts := &s.ways[st.start], &s.ways[end], st.route(), kindRoutes[st.kind%kindCodes].compared
	to.cheapest.offer(from.cheapest.by(segment, st.guesses()), parts)
	to.fewest.offer(from.fewest.by(segment, 1), parts)
}

func (s *scorer) relaxPoints(end int, st pointStep) {
	s.ways[end].fewest.offer(s.ways[st.start].fewest.by(st.route(), 1), kindRoutes[st.kind%kindCodes].compared)
}

// note keeps the costs of a segment that is about to be offered, if it will be taken, and
// the least base of occurrences of terms that differ in nothing else.
func (s *scorer) note(end int, st step) {
	have, r := s.ways[end].cheapest, s.ways[st.start].cheapest.by(st.route(), st.guesses())
	if r < have&kindRoutes[st.kind].compared || r == have && st.kind == KindTerm && st.base < s.costs[end].base {
		s.costs[end] = st.costs
	}
}

// last returns the last segment of the cheapest way to position end.
func (s *scorer) last(end int) step {
	st := step{s.ways[end].cheapest.last(), s.costs[end]}
	if st.kind == KindChar {
		st.costs = costs{base: s.ways[end].cost() - s.ways[st.start].cost()}
	}
	return st
}

// match offers the span [start,end) as one segment with the cost of its case.
func (s *scorer) match(start, end int, st step) {
	st.start = uint16(start)
	st.kase = s.caseCost(start, end)
	st.join = s.ways[start].join
	s.relax(end, st)
}

// listed offers a part that was found in a list of passwords.
func (s *scorer) listed(h *listed) {
	c := costs{base: h.base, spelling: h.spelling, join: s.ways[h.start].join}
	c.kase = s.caseCost(int(h.start), int(h.end))
	if h.written {
		c.kase = 0
	}
	s.relax(int(h.end), step{pointStep{h.start, h.kind, h.list}, c})
}

// term takes an occurrence found by a walker; st has its kind, base and spelling.
func (s *scorer) term(w *walker, st step, pos int) {
	start, end := w.origin, pos
	if w.dir < 0 {
		start, end = end, start
	}
	if w.back {
		st.spelling += reversedCost
	}
	if s.trace != nil {
		s.trace.take(w, Span{start, end}, st)
		return
	}
	if st.kind == KindSubject && s.subject.End == 0 && !w.variant.has(edited) {
		s.subject = Span{start, end}
	}
	if s.final {
		return
	}
	if st.kind == KindTerm && w.entry.has(traitBan) {
		s.ban(ban{Span{start, end}, st.list, st.spelling})
	}
	s.match(start, end, st)
}

// ban notes a hard-banned term, if it is the plainest, then the first by position
// and list.
func (s *scorer) ban(b ban) {
	have := s.banned
	if have.End == 0 || cmp.Or(cmp.Compare(b.spelling, have.spelling), cmp.Compare(b.Start, have.Start), cmp.Compare(b.End, have.End), cmp.Compare(b.list, have.list)) < 0 {
		s.banned = b
	}
}

// near notes that a term of the list is near the whole; of several lists the
// first is kept.
func (s *scorer) near(list uint16) {
	if !s.isNear || list < s.nearList {
		s.isNear, s.nearList = true, list
	}
}

// caseCost returns the logarithm of the ways to capitalize like [start,end):
// the first letter, all or none are among the first that rules try; others
// come later and count as in zxcvbn (Wheeler, USENIX Security 2016, section 4).
func (s *scorer) caseCost(start, end int) Guesses {
	if end > caseLetters {
		return s.lat.caseCost(start, end)
	}
	return s.lat.places[0].caseCost(start, end)
}

// caseCost is that of a scorer for spans that end at caseLetters at most.
func (p *places) caseCost(start, end int) Guesses {
	span, at := uint64(1)<<(uint(end-start)%setSize)-1, uint(start)%setSize
	capitals, letters := p.capitals>>at, p.letters>>at
	n := capitals&1<<5 | uint64(bits.OnesCount64(letters&span))
	n = n<<5 | uint64(bits.OnesCount64(capitals&span))
	return Guesses(caseCosts[n%uint64(len(caseCosts))])
}

// caseCost is that of a scorer for spans wherever they end.
func (l *lattice) caseCost(start, end int) Guesses {
	return caseCost(l.letters(start, end), l.capitals(start, end), l.cells[start].flags&upper != 0)
}

// caseLetters is how many letters caseCosts is for.
const caseLetters = 31

// caseCosts has the cost for each number of letters and of capitals, in the upper half
// those where the first is one: whether there are any is hard to predict.
var caseCosts = func() (t [2 * (caseLetters + 1) * (caseLetters + 1)]uint16) {
	for n := range t {
		row, capitals := n/(caseLetters+1), n%(caseLetters+1)
		t[n] = uint16(caseCost(row%(caseLetters+1), capitals, row > caseLetters))
	}
	return
}()

// caseCost returns the cost by how many letters there are, how many of them capitals, and
// whether the first is one.
func caseCost(letters, capitals int, first bool) Guesses {
	switch {
	case capitals == 0:
		return 0
	case capitals >= letters || capitals == 1 && first:
		return bit
	}
	return oddCaseCost + log2(capitalWays(letters, capitals))
}

// capitalWays returns the number of ways to write up to the lesser of capitals
// and lower-case letters of n letters in the other case, at most 2^31.
func capitalWays(n, capitals int) uint32 {
	k := min(capitals, n-capitals)
	total, ways := uint64(0), uint64(1)
	for i := 1; i <= k; i++ {
		ways = ways * uint64(n-i+1) / uint64(i)
		total += ways
		if total >= 1<<31 {
			return 1 << 31
		}
	}
	return uint32(max(total, 2))
}
