package messages

import "github.com/vetopw/veto/engine"

// Label is a word or phrase of an explanation.
type Label uint8

// The labels. Those with %s take texts in that order.
const (
	LabelAudit Label = iota // a policy that is not enforced
	LabelWouldReject
	LabelAuditOnly
	LabelBase
	LabelSpelling
	LabelCase
	LabelJoin
	LabelSum
	LabelRequired // %s
	LabelSeparators
	LabelInFirst
	LabelCharacters // the kind of a part of several

	LabelTitle
	LabelIntroduction
	LabelPassword // number
	LabelAccepted
	LabelRefused
	LabelRefusedLater
	LabelUnder // characters, policy
	LabelReasons
	LabelAt // place
	LabelList
	LabelGuesses
	LabelPoints
	LabelPointsUnasked
	LabelAdds
	LabelMark
	LabelOf      // sum, what is required
	LabelOutcome // what is required, LabelEnough or LabelTooFew
	LabelEnough
	LabelTooFew
	LabelNothing
	LabelSpread // guesses
	labelCount
)

// Label returns a label.
func (l *Language) Label(label Label) string { return l.dictionary.labels[label] }

// Kind returns what a segment is.
func (l *Language) Kind(k engine.Kind) string {
	if kinds := l.dictionary.kinds; kinds != nil {
		return kinds[k]
	}
	return k.String()
}

// Reading returns what a reading consists in.
func (l *Language) Reading(k engine.ReadingKind) string {
	if readings := l.dictionary.readings; readings != nil {
		return readings[k]
	}
	return k.String()
}

// Characters returns a number of characters with its noun.
func (l *Language) Characters(n int) string { return l.printer.Sprintf("characters", n) }

// Points returns a number of points with its noun.
func (l *Language) Points(n int) string { return l.printer.Sprintf("points", n) }
