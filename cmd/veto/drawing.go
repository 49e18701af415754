package main

import (
	"strconv"

	"github.com/vetopw/veto/engine"
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
//	                     sum                     10^3.62  10^12.50 required
//
// Spans count characters of the password from 0; the second number is the
// first character behind.
type drawing struct {
	x        *engine.Explanation
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
		dst = d.colors.append(append(dst, indent...), yellow, "audit")
		dst = append(dst, ": would reject "...)
		dst = append(v.Reasons.AppendCodes(dst), '\n')
	}
	dst = d.appendFindings(dst)
	if d.password == nil {
		d.cells = maskedCells(d.x.Characters)
	} else {
		d.cells = shownCells(d.password)
	}
	defer clear(d.cells)
	if d.parts = d.makeParts(); len(d.parts) == 0 {
		return append(dst, '\n')
	}
	return append(d.appendPicture(append(dst, '\n')), '\n')
}

// appendFindings appends one line for each cause.
func (d *drawing) appendFindings(dst []byte) []byte {
	var t table
	for _, f := range d.x.Findings {
		r := row{{red, f.Reason.Code()}, {plain, spanText(f.Span)}, {plain, f.List}, {dim, f.Message()}}
		if d.x.Audited.Has(f.Reason) {
			r[0].color, r[3].text = yellow, "audit only: "+r[3].text
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
	left, right int // columns, half-open
}

// points returns what the part adds to the score in points.
func (p *part) points() int {
	if p.Kind == engine.KindChar {
		return p.Span.End - p.Span.Start
	}
	return 1
}

// makeParts joins single characters in a row.
func (d *drawing) makeParts() []part {
	var parts []part
	for _, s := range d.x.Segments {
		if s.Span.Start < 0 || s.Span.End > len(d.cells) || s.Span.Start >= s.Span.End {
			continue
		}
		if last := len(parts) - 1; last >= 0 && s.Kind == engine.KindChar && parts[last].Kind == s.Kind && parts[last].Span.End == s.Span.Start {
			p := &parts[last]
			p.Span.End = s.Span.End
			p.Guesses += s.Guesses
			p.Base += s.Base
			p.Spelling += s.Spelling
			p.Case += s.Case
			p.Join += s.Join
			continue
		}
		parts = append(parts, part{Segment: s})
	}
	return parts
}

// appendPicture appends the password, brackets under its parts and a row of
// the table for each, the last part first so that no two lines cross.
func (d *drawing) appendPicture(dst []byte) []byte {
	dst = append(dst, indent...)
	dst, right := d.appendPassword(dst)
	t := d.rows()
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

// rows returns the table: a row for each part and the sum.
func (d *drawing) rows() table {
	score := d.x.Score
	inPoints := score.RequiredPoints > 0
	inGuesses := score.RequiredGuesses > 0 || !inPoints
	var t table
	var sum ledger
	for _, p := range d.parts {
		kind := p.Kind.String()
		if p.Kind == engine.KindChar && p.points() > 1 {
			kind += "s"
		}
		r := row{{plain, spanText(p.Span)}, {bold, kind}, {plain, p.List}}
		if inPoints {
			r = append(r, field{plain, plural(p.points(), "point")})
		}
		if inGuesses {
			detail := sum.detail(p.Segment)
			r = append(r, field{plain, "10^" + hundredths(sum.add(p.Segment))}, field{dim, detail})
		}
		t = append(t, r)
	}
	return append(t, d.sumRow(inPoints, inGuesses))
}

func (d *drawing) sumRow(inPoints, inGuesses bool) row {
	score := d.x.Score
	verdict := func(enough bool) string {
		if enough {
			return green
		}
		return red
	}
	r := row{{}, {bold, "sum"}, {}}
	required := ""
	if inPoints {
		r = append(r, field{verdict(score.Points >= score.RequiredPoints), plural(score.Points, "point")})
		required = strconv.Itoa(score.RequiredPoints)
	}
	if inGuesses {
		r = append(r, field{verdict(score.Guesses >= score.RequiredGuesses), "10^" + hundredths(toHundredths(score.Guesses))})
	}
	if score.RequiredGuesses > 0 {
		if required != "" {
			required += " and "
		}
		required += "10^" + hundredths(toHundredths(score.RequiredGuesses))
	}
	if required == "" {
		return r
	}
	return append(r, field{dim, required + " required"})
}

// ledger rounds numbers of guesses so that what is written adds up.
type ledger struct{ total engine.Guesses }

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
		name    string
	}{{s.Base, "base"}, {s.Spelling, "spelling"}, {s.Case, "case"}, {s.Join, "join"}} {
		if term.guesses == 0 {
			continue
		}
		if terms++; terms > 1 {
			text += " + "
		}
		text += hundredths(l.addGuesses(term.guesses)) + " " + term.name
	}
	if terms < 2 {
		return ""
	}
	return text
}

// toHundredths returns the decimal logarithm in hundredths, rounded down so
// that what misses a threshold never reads as the threshold.
func toHundredths(g engine.Guesses) int { return int(g.Log10() * 100) }

func hundredths(n int) string { return strconv.FormatFloat(float64(n)/100, 'f', 2, 64) }

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func spanText(s engine.Span) string {
	if s.End <= s.Start {
		return ""
	}
	return strconv.Itoa(s.Start) + "-" + strconv.Itoa(s.End)
}
