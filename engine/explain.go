package engine

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
	// characters, in order; the score is the sum over it.
	Segments []Segment
}

// Span is a half-open range of rune offsets of the input.
type Span struct{ Start, End int }

// Finding is one cause of a refusal.
type Finding struct {
	Reason Reason
	List   string // name of the list, or empty
	Span   Span   // empty when the cause is the password as a whole
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
}

// Kind is what a segment is.
type Kind uint8

// The kinds of segments.
const (
	KindChar     Kind = iota // a single character
	KindDigits               // a run of digits: one point, each digit's guesses
	KindTerm                 // a banned term
	KindPassword             // an entry of a password list
	KindSubject              // a word of the subject
	KindSequence             // letters or digits in order
	KindWalk                 // neighboring keys
	KindRepeat               // a copy of an earlier part
	KindDate                 // a date or year
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
}

// String returns the kind's name, such as "term" or "walk".
func (k Kind) String() string { return kindTable[k].name }
