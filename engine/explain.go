package engine

import "slices"

// Explanation is a verdict with what it rests on. It describes the password
// closely and is meant for administrators, not for the public.
type Explanation struct {
	Verdict
	// Characters is the length of the password in runes of the input; spans
	// count in them.
	Characters int
	// Findings has one entry per cause, in the order of the verdict's reasons,
	// then by position.
	Findings []Finding
	// Segments is the cheapest way to write the password as matches and single
	// characters, in order; Score.Guesses is the sum over it.
	Segments []Segment
	// Spread is what the first segment's base or join has for separators that
	// stood between all characters in a row and were taken out; 0 if there were none.
	Spread Guesses
	// Tallies is the way of fewest points, which may be another; Score.Points is
	// the sum over it.
	Tallies []Tally
}

// Span is a half-open range of rune offsets of the input.
type Span struct{ Start, End int }

// Finding is one cause of a refusal.
type Finding struct {
	Reason Reason
	List   string // name of the list, or empty
	Span   Span   // empty when the cause is the password as a whole
	// Seen is, for Breached, how often at least the password was seen; 0 for an
	// unknown count.
	Seen int
}

// Number returns the number that a finding is about, as a Wording takes it, or 0.
func (x *Explanation) Number(f Finding) int {
	if f.Reason == Breached {
		return f.Seen
	}
	return x.Verdict.Number(f.Reason)
}

// Segment is one part of the cheapest segmentation.
type Segment struct {
	Kind Kind
	List string // name of the list, or empty
	Span Span
	// Guesses is what the segment adds: the sum of Base (rank of the term or
	// pattern), Spelling (substitutions, separators, doubling, reversal,
	// misspelling), Case (capitals) and Join (one more part to arrange).
	Guesses, Base, Spelling, Case, Join Guesses
	// Readings tell what Spelling consists of, in order.
	Readings []Reading
}

// Tally is one part of the segmentation of fewest points.
type Tally struct {
	Kind   Kind
	List   string // name of the list, or empty
	Span   Span
	Points int
}

// Kind is what a segment is.
type Kind uint8

// The kinds of segments.
const (
	KindChar     Kind = iota // a single character
	KindDigits               // a run of digits: one point, each digit's guesses; or a telephone number
	KindTerm                 // a banned term
	KindPassword             // an entry of a password list
	KindSubject              // a word of the subject
	KindSequence             // letters or digits in order
	KindWalk                 // neighboring keys
	KindRepeat               // a copy of an earlier part
	KindDate                 // a date or year
	KindBreached             // an entry of a breach list, other than the password as it is
	kindCount
)

var kindTable = [kindCount]struct {
	name   string
	reason Reason // what a low score is blamed on; LowScore for none
}{
	KindChar:     {"character", LowScore},
	KindDigits:   {"digits", LowScore},
	KindTerm:     {"term", BannedTerm},
	KindPassword: {"password", BannedTerm},
	KindSubject:  {"subject", SubjectTerm},
	KindSequence: {"sequence", Sequence},
	KindWalk:     {"walk", KeyboardWalk},
	KindRepeat:   {"repeat", Repetition},
	KindDate:     {"date", Date},
	KindBreached: {"breached", LowScore}, // no word is banned, and the password itself has not appeared
}

// String returns the kind's name, such as "term" or "walk".
func (k Kind) String() string { return kindTable[k].name }

// segments returns the cheapest segmentation in order: none if nothing was
// analyzed.
func (sc *scratch) segments(e *Engine) []Segment {
	l, s := &sc.lat, &sc.score
	var out []Segment
	for i := l.n; i > 0; i = int(s.last(i).start) {
		st := s.last(i)
		out = append(out, Segment{
			Kind: st.kind, List: sc.listName(e, st.kind, st.list), Span: sc.span(int(st.start), i),
			Guesses: st.guesses(), Base: st.base, Spelling: st.spelling, Case: st.kase, Join: st.join,
			Readings: sc.readings(e, i, st),
		})
	}
	slices.Reverse(out)
	return out
}

// tallies returns the segmentation of fewest points in order.
func (sc *scratch) tallies(e *Engine) []Tally {
	l, s := &sc.lat, &sc.score
	var out []Tally
	for i := l.n; i > 0; i = int(s.ways[i].fewest.last().start) {
		st := s.ways[i].fewest.last()
		out = append(out, Tally{
			Kind: st.kind, List: sc.listName(e, st.kind, st.list), Span: sc.span(int(st.start), i),
			Points: int(s.ways[i].points() - s.ways[st.start].points()),
		})
	}
	slices.Reverse(out)
	return out
}

// span returns the runes of the input that positions [start,end) come from.
func (sc *scratch) span(start, end int) Span {
	c := &sc.lat.cells
	first, last := int(c[start].origin), int(c[end].origin)
	if end < sc.lat.n && c[end].origin == c[end-1].origin {
		last++
	}
	return Span{first, last}
}

func (sc *scratch) listName(e *Engine, k Kind, list uint16) string {
	switch k {
	case KindTerm:
		return e.lists[list]
	case KindPassword:
		return e.passwords[list].Name
	case KindBreached:
		return e.breaches[list].Name
	}
	return ""
}

// findings returns one entry per cause of the verdict: its spans where a part
// of the password is the cause.
func (sc *scratch) findings(e *Engine, v Verdict) (out []Finding) {
	for r := range v.Reasons.All() {
		first := len(out)
		sc.locate(e, v, r, func(f Finding) { out = append(out, f) })
		if len(out) == first {
			out = append(out, Finding{Reason: r})
		}
		slices.Reverse(out[first:])
	}
	return out
}

// blamed appends the lists of the findings to dst, as CheckLists says.
func (sc *scratch) blamed(e *Engine, v Verdict, dst []string) []string {
	for r := range v.Reasons.All() {
		sc.locate(e, v, r, func(f Finding) { dst = appendList(dst, f.List) })
	}
	return dst
}

// AppendLists appends the lists of the findings as CheckLists does.
func (x *Explanation) AppendLists(dst []string) []string {
	for _, f := range x.Findings {
		dst = appendList(dst, f.List)
	}
	return dst
}

// appendList appends a list that is there and not yet in dst, if there is room.
func appendList(dst []string, list string) []string {
	if list == "" || len(dst) == cap(dst) || slices.Contains(dst, list) {
		return dst
	}
	return append(dst, list)
}

// locate yields the findings of one reason that have a place, the last first.
func (sc *scratch) locate(e *Engine, v Verdict, r Reason, yield func(Finding)) {
	s, p := &sc.score, sc.policy
	f := Finding{Reason: r, Span: sc.span(0, max(sc.lat.n, 1))}
	switch {
	case r == BannedPassword:
		f.List = e.passwords[sc.wholeBy].Name
	case r == Breached:
		whole := sc.breach.seen[0]
		f.List, f.Seen = e.breaches[whole.list].Name, 1<<whole.class>>1
		f.Span = Span{0, int(sc.lat.cells[sc.lat.n].origin)}
	case r == BannedTerm && !p.IgnoreBans && s.banned.End > 0:
		f.List, f.Span = e.lists[s.banned.list], sc.span(s.banned.Start, s.banned.End)
	case r == BannedTerm && p.RefuseNear && s.isNear:
		f.List = e.lists[s.nearList]
	case r == SubjectTerm && p.RefuseSubject && s.subject.End > 0:
		f.Span = sc.span(s.subject.Start, s.subject.End)
	case r == Repetition && sc.repeat.End > 0:
		f.Span = sc.repeat
	case r == Sequence && sc.sequence.End > 0:
		f.Span = sc.sequence
	case r == LowScore:
		return
	default:
		sc.locateParts(e, v, r, yield)
		return
	}
	yield(f)
}

// locateParts yields the parts of the password that a reason is blamed on.
func (sc *scratch) locateParts(e *Engine, v Verdict, r Reason, yield func(Finding)) {
	low := v.Score.Guesses < v.Score.RequiredGuesses
	for i := sc.lat.n; i > 0; {
		st := sc.score.ways[i].cheapest.last()
		if !low {
			st = sc.score.ways[i].fewest.last()
		}
		if kindTable[st.kind].reason == r {
			yield(Finding{Reason: r, List: sc.listName(e, st.kind, st.list), Span: sc.span(int(st.start), i)})
		}
		i = int(st.start)
	}
}
