package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists/breach"
	"github.com/vetopw/veto/messages"
)

// drawing explains a verdict as text:
//
//	banned_term  0-7  custom/term  contains a banned word
//	low_score                      is too easy to guess
//
//	••••••••••••
//	├─────┘├──┘│
//	│      │   └─ 11-12  character               10^1.32
//	│      └───── 7-11   date                    10^2.00
//	└──────────── 0-7    term       custom/term  10^0.30
//	                     sum                     10^3.62  10^14.00 required
//
// Spans count characters of the password from 0; the second number is the
// first character behind. Where words are not spelt as on the list, a table below
// tells how, and what each of it adds. If the policy asks for points there is a
// picture for them, too.
type drawing struct {
	x        *engine.Explanation
	words    *messages.Language
	password []byte // nil to draw dots
	colors   palette
	cells    []cell
	parts    []part
}

// The widest things that are drawn, in terminal cells. A longer part is drawn
// without its middle; under a longer password there are no brackets.
const (
	maxPart    = 24
	maxPicture = 64
)

const indent = "  "

// append appends the text to dst.
func (d *drawing) append(dst []byte) []byte {
	if v := d.x.Verdict; v.Decision == engine.Accept && v.Would == engine.Reject {
		dst = d.colors.append(append(dst, indent...), yellow, d.words.Label(messages.LabelAudit))
		dst = append(append(append(dst, ": "...), d.words.Label(messages.LabelWouldReject)...), ' ')
		dst = append(v.Reasons.AppendCodes(dst), '\n')
	}
	dst = d.appendFindings(dst)
	if d.password != nil {
		d.cells = shownCells(d.password)
	}
	if len(d.cells) != d.x.Characters { // or half a surrogate pair is not drawn as the one it is
		d.cells = maskedCells(d.x.Characters)
	}
	defer clear(d.cells)
	score := d.x.Score
	if score.RequiredGuesses > 0 || score.RequiredPoints == 0 {
		d.parts = guessParts(d.x.Segments, len(d.cells))
		rows, readings := d.guessRows()
		dst = d.appendPicture(dst, rows)
		dst = d.appendReadings(dst, readings)
	}
	if score.RequiredPoints > 0 {
		d.parts = pointParts(d.x.Tallies, len(d.cells))
		dst = d.appendPicture(dst, d.pointRows())
	}
	return append(dst, '\n')
}

// appendFindings appends one line for each cause.
func (d *drawing) appendFindings(dst []byte) []byte {
	var t table
	for _, f := range d.x.Findings {
		r := row{{red, f.Reason.Code()}, {plain, spanText(f.Span)}, {plain, f.List}, {dim, d.words.Message(f.Reason, d.x.Number(f))}}
		if d.x.Audited.Has(f.Reason) {
			r[0].color, r[3].text = yellow, d.words.Label(messages.LabelAuditOnly)+": "+r[3].text
		}
		t = append(t, r)
	}
	widths := t.widths()
	for _, r := range t {
		dst = r.append(append(dst, indent...), widths, d.colors)
	}
	return dst
}

// A part is what is bracketed: a segment, or characters in a row.
type part struct {
	engine.Segment
	points      int // for a picture of points
	left, right int // columns, half-open
}

// kind returns what the part is.
func (p *part) kind(words *messages.Language) string {
	if p.Kind == engine.KindChar && p.Span.End-p.Span.Start > 1 {
		return words.Label(messages.LabelCharacters)
	}
	return words.Kind(p.Kind)
}

// guessParts returns the parts of a password of n characters, single characters in
// a row as one.
func guessParts(segments []engine.Segment, n int) (parts []part) {
	for _, s := range segments {
		if p := join(parts, s.Kind, s.Span); p != nil {
			p.Span.End = s.Span.End
			p.Guesses += s.Guesses
			p.Base += s.Base
			p.Spelling += s.Spelling
			p.Case += s.Case
			p.Join += s.Join
		} else if drawable(s.Span, n) {
			parts = append(parts, part{Segment: s})
		}
	}
	return parts
}

// pointParts is guessParts for points.
func pointParts(tallies []engine.Tally, n int) (parts []part) {
	for _, t := range tallies {
		if p := join(parts, t.Kind, t.Span); p != nil {
			p.Span.End = t.Span.End
			p.points += t.Points
		} else if drawable(t.Span, n) {
			parts = append(parts, part{Segment: engine.Segment{Kind: t.Kind, List: t.List, Span: t.Span}, points: t.Points})
		}
	}
	return parts
}

// join returns the last part if a character is to be added to it.
func join(parts []part, kind engine.Kind, at engine.Span) *part {
	last := len(parts) - 1
	if last < 0 || kind != engine.KindChar || parts[last].Kind != kind || parts[last].Span.End != at.Start {
		return nil
	}
	return &parts[last]
}

func drawable(s engine.Span, n int) bool { return s.Start >= 0 && s.Start < s.End && s.End <= n }

// appendPicture appends the password, brackets under its parts and a row of
// the table for each, the last part first so that no two lines cross.
func (d *drawing) appendPicture(dst []byte, t table) []byte {
	if len(d.parts) == 0 {
		return dst
	}
	dst = append(append(dst, '\n'), indent...)
	dst, right := d.appendPassword(dst)
	widths := t.widths()
	if right > maxPicture || d.overlap() {
		for _, r := range t {
			dst = r.append(append(dst, indent...), widths, d.colors)
		}
		return dst
	}
	dst = d.appendBrackets(append(dst, indent...))
	for i := len(d.parts) - 1; i >= 0; i-- {
		dst = d.appendLeader(append(dst, indent...), i, right)
		dst = t[i].append(dst, widths, d.colors)
	}
	dst = appendRepeat(append(dst, indent...), " ", right+2)
	return t[len(t)-1].append(dst, widths, d.colors)
}

// appendPassword appends the drawn password and a line feed, sets the columns
// of the parts and returns the column behind it.
func (d *drawing) appendPassword(dst []byte) (line []byte, right int) {
	at := 0 // cell
	for i := range d.parts {
		p := &d.parts[i]
		dst, right = appendCells(dst, d.cells[min(at, p.Span.Start):p.Span.Start], right)
		p.left = right
		dst, right = appendCells(dst, d.cells[max(at, p.Span.Start):max(at, p.Span.End)], right)
		p.right = right
		at = max(at, p.Span.End)
	}
	dst, right = appendCells(dst, d.cells[at:], right)
	return append(dst, '\n'), right
}

// overlap reports whether two parts share a character, as parts of a ligature
// do, and cannot be bracketed.
func (d *drawing) overlap() bool {
	for i := range d.parts {
		if d.parts[i].left == d.parts[i].right || i > 0 && d.parts[i].Span.Start < d.parts[i-1].Span.End {
			return true
		}
	}
	return false
}

func (d *drawing) appendBrackets(dst []byte) []byte {
	column := 0
	for _, p := range d.parts {
		dst = appendRepeat(dst, " ", p.left-column)
		if p.right-p.left == 1 {
			dst = append(dst, "│"...)
		} else {
			dst = append(dst, "├"...)
			dst = appendRepeat(dst, "─", p.right-p.left-2)
			dst = append(dst, "┘"...)
		}
		column = p.right
	}
	return append(dst, '\n')
}

// appendLeader appends the line from the bracket of the i-th part to its row,
// and the lines of the parts before it.
func (d *drawing) appendLeader(dst []byte, i, right int) []byte {
	column := 0
	for _, p := range d.parts[:i] {
		dst = appendRepeat(dst, " ", p.left-column)
		dst = append(dst, "│"...)
		column = p.left + 1
	}
	left := d.parts[i].left
	dst = appendRepeat(dst, " ", left-column)
	dst = append(dst, "└"...)
	dst = appendRepeat(dst, "─", right-left)
	return append(dst, ' ')
}

// guessRows returns a row for each part and the sum, and a row for each way in
// which a part is not spelt as on the list.
func (d *drawing) guessRows() (t, readings table) {
	sum := ledger{words: d.words}
	for _, p := range d.parts {
		detail := sum.detail(p.Segment)
		readings = append(readings, sum.readings(p.Segment)...)
		t = append(t, row{
			{plain, spanText(p.Span)}, {bold, p.kind(d.words)}, {plain, p.List},
			{plain, "10^" + hundredths(sum.add(p.Segment))}, {dim, detail},
		})
	}
	score := d.x.Score
	total := row{{}, {bold, d.words.Label(messages.LabelSum)}, {}, {enough(score.Guesses >= score.RequiredGuesses), "10^" + hundredths(toHundredths(score.Guesses))}, {}}
	if score.RequiredGuesses > 0 {
		total[4] = field{dim, d.required("10^" + hundredths(toHundredths(score.RequiredGuesses)))}
	}
	return append(t, total), readings
}

// pointRows returns a row for each part and the sum.
func (d *drawing) pointRows() (t table) {
	for _, p := range d.parts {
		t = append(t, row{{plain, spanText(p.Span)}, {bold, p.kind(d.words)}, {plain, p.List}, {plain, d.words.Points(p.points)}})
	}
	score := d.x.Score
	return append(t, row{
		{}, {bold, d.words.Label(messages.LabelSum)}, {}, {enough(score.Points >= score.RequiredPoints), d.words.Points(score.Points)},
		{dim, d.required(strconv.Itoa(score.RequiredPoints))},
	})
}

// required says what the policy asks for.
func (d *drawing) required(score string) string {
	return fmt.Sprintf(d.words.Label(messages.LabelRequired), score)
}

// enough returns the color of a score.
func enough(yes bool) string {
	if yes {
		return green
	}
	return red
}

// appendReadings appends what the spelling of the parts consists of.
func (d *drawing) appendReadings(dst []byte, readings table) []byte {
	if d.x.Spread > 0 {
		readings = append(readings, row{{}, {plain, d.words.Label(messages.LabelSeparators)}, {plain, "10^" + hundredths(toHundredths(d.x.Spread))}, {dim, d.words.Label(messages.LabelInFirst)}})
	}
	if len(readings) == 0 {
		return dst
	}
	dst = append(append(append(append(dst, '\n'), indent...), d.words.Label(messages.LabelSpelling)...), '\n')
	widths := readings.widths()
	for _, r := range readings {
		dst = r.append(append(dst, indent...), widths, d.colors)
	}
	return dst
}

// ledger rounds numbers of guesses so that what is written adds up.
type ledger struct {
	words *messages.Language
	total engine.Guesses
}

// addGuesses returns the hundredths by which g raises the rounded total.
func (l *ledger) addGuesses(g engine.Guesses) int {
	before := toHundredths(l.total)
	l.total += g
	return toHundredths(l.total) - before
}

// add adds a segment and returns its hundredths.
func (l *ledger) add(s engine.Segment) int { return l.addGuesses(s.Guesses) }

// detail returns what the segment, which is to be added next, consists of, or
// "" if that is one thing only.
func (l ledger) detail(s engine.Segment) string {
	text, terms := "= ", 0
	for _, term := range []struct {
		guesses engine.Guesses
		label   messages.Label
	}{{s.Base, messages.LabelBase}, {s.Spelling, messages.LabelSpelling}, {s.Case, messages.LabelCase}, {s.Join, messages.LabelJoin}} {
		if term.guesses == 0 {
			continue
		}
		if terms++; terms > 1 {
			text += " + "
		}
		text += hundredths(l.addGuesses(term.guesses)) + " " + l.words.Label(term.label)
	}
	if terms < 2 {
		return ""
	}
	return text
}

// readings returns rows for the readings of the segment, which is to be added
// next, that add up to its spelling in detail.
func (l ledger) readings(s engine.Segment) (t table) {
	l.addGuesses(s.Base)
	for _, r := range s.Readings {
		at := spanText(r.Span)
		if at == "" {
			at = strconv.Itoa(r.Span.Start)
		}
		t = append(t, row{{plain, at}, {plain, l.words.Reading(r.Kind)}, {plain, "10^" + hundredths(l.addGuesses(r.Guesses))}})
	}
	return t
}

// toHundredths returns the decimal logarithm in hundredths, rounded down so
// that what misses a threshold never reads as the threshold.
func toHundredths(g engine.Guesses) int { return int(g.Log10() * 100) }

func hundredths(n int) string { return strconv.FormatFloat(float64(n)/100, 'f', 2, 64) }

// plural returns a number of things.
func plural(n int, noun string) string {
	return strconv.Itoa(n) + " " + inflect(uint64(n), noun)
}

// grouped is plural with the digits in groups.
func grouped(n uint64, noun string) string { return breach.Group(n) + " " + inflect(n, noun) }

// inflect returns the noun for so many: one in y ends in ies, one in sh in shes.
func inflect(n uint64, noun string) string {
	stem, y := strings.CutSuffix(noun, "y")
	switch {
	case n == 1:
		return noun
	case y:
		return stem + "ies"
	case strings.HasSuffix(noun, "sh"):
		return noun + "es"
	}
	return noun + "s"
}

func spanText(s engine.Span) string {
	if s.End <= s.Start {
		return ""
	}
	return strconv.Itoa(s.Start) + "-" + strconv.Itoa(s.End)
}
