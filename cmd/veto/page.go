package main

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/messages"
)

//go:embed page.html
var pageTemplate string

//go:embed page.css
var pageStyle string

// htmlPage explains verdicts as one HTML page that needs nothing else: no script,
// and no style but its own, whose digest the page's policy names. It never has a
// character of a password.
type htmlPage struct {
	path      string
	language  *messages.Language
	template  *template.Template
	file      *os.File // beside path, until the page is complete
	out       *bufio.Writer
	passwords int
	err       error // the first
}

// newHTMLPage returns a page that appears at path when it is closed, readable by its
// owner alone.
func newHTMLPage(path string, l *messages.Language) (*htmlPage, error) {
	t, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return nil, err
	}
	p := &htmlPage{path: path, language: l, template: t, file: f, out: bufio.NewWriter(f)}
	digest := sha256.Sum256([]byte(pageStyle))
	p.write("head", struct {
		Policy string
		Style  template.CSS
	}{
		"default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; base-uri 'none'; form-action 'none'",
		template.CSS(pageStyle),
	})
	return p, nil
}

func (p *htmlPage) write(name string, data any) {
	if p.err == nil {
		p.err = p.template.ExecuteTemplate(p.out, name, data)
	}
}

// add explains one verdict.
func (p *htmlPage) add(x *engine.Explanation) {
	p.passwords++
	p.write("password", newPassword(x, p.language, p.passwords))
}

// close completes the page and puts it in its place.
func (p *htmlPage) close() error {
	p.write("foot", nil)
	err := errors.Join(p.err, p.out.Flush(), p.file.Close())
	if err == nil {
		err = os.Rename(p.file.Name(), p.path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", p.path, err)
	}
	return nil
}

// discard removes what is left of a page that was not closed.
func (p *htmlPage) discard() {
	p.file.Close()
	if err := os.Remove(p.file.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.err = err
	}
}

// pagePassword is a verdict as the page shows it.
type pagePassword struct {
	Number                             int
	Class, Verdict, Characters, Policy string
	Language                           string // of the reasons
	Reasons                            []pageReason
	Guesses, Points                    *pageScale // nil if nothing was analyzed
}

type pageReason struct {
	Code, Said, Advice string
	Audited            bool
	Causes             []pageCause
}

type pageCause struct{ Place, List string }

// pageScale is the score on one scale.
type pageScale struct {
	Parts                         []pagePart
	Label                         string // of the bar
	Sum, Required, Class, Outcome string
	Note                          string
	Mark                          int // of the requirement in the bar, in thousandths; 0 for none
}

// pagePart is a part of the password. Left and Width are its place in the bar, in
// thousandths.
type pagePart struct {
	Class, Kind, Place, List, Dots, Value, Detail string
	Readings                                      []string
	Left, Width                                   int
}

func newPassword(x *engine.Explanation, l *messages.Language, number int) *pagePassword {
	p := &pagePassword{Number: number, Class: "bad", Verdict: "✕ refused", Characters: plural(x.Characters, "character"), Policy: x.Policy, Language: l.Code()}
	switch {
	case x.Decision == engine.Accept && x.Would == engine.Reject:
		p.Class, p.Verdict = "audit", "✓ accepted, refused once enforced"
	case x.Decision == engine.Accept:
		p.Class, p.Verdict = "good", "✓ accepted"
	}
	for _, f := range x.Findings {
		last := len(p.Reasons) - 1
		if last < 0 || p.Reasons[last].Code != f.Reason.Code() {
			said, advice := l.Sentence(f.Reason, x.Number(f)), l.Advice(f.Reason)
			p.Reasons = append(p.Reasons, pageReason{Code: f.Reason.Code(), Said: said, Advice: advice, Audited: x.Audited.Has(f.Reason)})
			last++
		}
		if place := spanText(f.Span); place != "" {
			p.Reasons[last].Causes = append(p.Reasons[last].Causes, pageCause{place, f.List})
		}
	}
	if len(x.Segments) > 0 {
		p.Guesses, p.Points = guessScale(x), pointScale(x)
	}
	return p
}

// guessScale shows the arithmetic of guesses, as a drawing does.
func guessScale(x *engine.Explanation) *pageScale {
	s := &pageScale{Sum: "10^" + hundredths(toHundredths(x.Score.Guesses))}
	required := toHundredths(x.Score.RequiredGuesses)
	if required > 0 {
		s.Required = "10^" + hundredths(required)
	}
	if x.Spread > 0 {
		s.Note = "10^" + hundredths(toHundredths(x.Spread)) + " of the first part is for separators between all characters"
	}
	var sum ledger
	var widths []int
	for _, part := range guessParts(x.Segments, x.Characters) {
		detail, readings := sum.detail(part.Segment), sum.readings(part.Segment)
		n := sum.add(part.Segment)
		p := newPagePart(&part, "10^"+hundredths(n))
		p.Detail = strings.TrimPrefix(detail, "= ")
		for _, r := range readings {
			p.Readings = append(p.Readings, fmt.Sprintf("%s at %s: %s", r[1].text, r[0].text, r[2].text))
		}
		s.Parts, widths = append(s.Parts, p), append(widths, n)
	}
	s.draw(widths, required, x.Score.Guesses >= x.Score.RequiredGuesses)
	return s
}

func pointScale(x *engine.Explanation) *pageScale {
	s := &pageScale{Sum: plural(x.Score.Points, "point")}
	if x.Score.RequiredPoints > 0 {
		s.Required = strconv.Itoa(x.Score.RequiredPoints)
	}
	var widths []int
	for _, part := range pointParts(x.Tallies, x.Characters) {
		s.Parts, widths = append(s.Parts, newPagePart(&part, plural(part.points, "point"))), append(widths, part.points)
	}
	s.draw(widths, x.Score.RequiredPoints, x.Score.Points >= x.Score.RequiredPoints)
	return s
}

func newPagePart(p *part, value string) pagePart {
	return pagePart{
		Class: p.Kind.String(), Kind: p.kind(), Place: spanText(p.Span), List: p.List, Value: value,
		Dots: strings.Repeat("•", p.Span.End-p.Span.Start),
	}
}

// draw completes the scale with the bar: what each part adds, and where the
// requirement is.
func (s *pageScale) draw(widths []int, required int, enough bool) {
	const full = 1000
	total := 0
	for _, n := range widths {
		total += n
	}
	place := func(n int) int { return 20 * full * n / max(20*total, 21*required, 1) } // the mark not at the very end
	at := 0
	for i, n := range widths {
		s.Parts[i].Left = place(at)
		at += n
		s.Parts[i].Width = place(at) - s.Parts[i].Left
	}
	s.Mark = place(required)
	s.Label = s.Sum
	if s.Required == "" {
		return
	}
	s.Label += " of " + s.Required + " required"
	s.Class, s.Outcome = "good", "enough"
	if !enough {
		s.Class, s.Outcome = "bad", "too few"
	}
}
