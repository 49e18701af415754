package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/internal/durable"
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

// pageStart and pageMark are what every page begins with, the mark within
// pageHead bytes.
const (
	pageStart = "<!DOCTYPE html>\n<html lang="
	pageMark  = "\n<meta charset=\"utf-8\">\n<meta name=\"generator\" content=\"veto check --html\">\n"
	pageHead  = 256
)

// sparePage refuses to replace what is at path, unless it is a page of this program
// or an empty file.
func sparePage(path string) error {
	if path == "-" {
		return usagef("--html - is no file; name one, as verdicts are on standard output")
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // newHTMLPage tells of a folder that is missing
	case err != nil:
		return fmt.Errorf("write %s: %w", path, durable.Cause(err))
	case info.IsDir():
		return fmt.Errorf("write %s: is a folder", path)
	case !info.Mode().IsRegular():
		return &exitError{exitConfig, fmt.Errorf("%s is no regular file; choose another for --html", path)}
	case info.Size() == 0:
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("write %s: what is there cannot be read: %w", path, durable.Cause(err))
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, pageHead))
	if err != nil {
		return fmt.Errorf("write %s: what is there cannot be read: %w", path, durable.Cause(err))
	}
	if !bytes.HasPrefix(head, []byte(pageStart)) || !bytes.Contains(head, []byte(pageMark)) {
		return &exitError{exitConfig, fmt.Errorf("%s exists and is not a page of veto check --html; move it away, or choose another file", path)}
	}
	return nil
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
		return nil, fmt.Errorf("write %s: %w", path, durable.Cause(err))
	}
	p := &htmlPage{path: path, language: l, template: t, file: f, out: bufio.NewWriter(f)}
	digest := sha256.Sum256([]byte(pageStyle))
	p.write("head", struct {
		Words  words
		Policy string
		Style  template.CSS
	}{
		words{l},
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
		return fmt.Errorf("write %s: %w", p.path, durable.Cause(err))
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

// words are those of the page.
type words struct{ *messages.Language }

// The labels that the page has in its text.

func (w words) Title() string          { return w.Label(messages.LabelTitle) }
func (w words) Introduction() string   { return w.Label(messages.LabelIntroduction) }
func (w words) Reasons() string        { return w.Label(messages.LabelReasons) }
func (w words) AuditOnly() string      { return w.Label(messages.LabelAuditOnly) }
func (w words) List() string           { return w.Label(messages.LabelList) }
func (w words) Guesses() string        { return w.Label(messages.LabelGuesses) }
func (w words) Scale() string          { return w.Label(messages.LabelPoints) }
func (w words) Unasked() string        { return w.Label(messages.LabelPointsUnasked) }
func (w words) Adds() string           { return w.Label(messages.LabelAdds) }
func (w words) Mark() string           { return w.Label(messages.LabelMark) }
func (w words) Sum() string            { return w.Label(messages.LabelSum) }
func (w words) Nothing() string        { return w.Label(messages.LabelNothing) }
func (w words) At(place string) string { return w.say(messages.LabelAt, place) }

// say returns a label with texts in it.
func (w words) say(label messages.Label, texts ...any) string {
	return fmt.Sprintf(w.Label(label), texts...)
}

// pagePassword is a verdict as the page shows it.
type pagePassword struct {
	Words                        words
	Number                       int
	Class, Verdict, Title, Under string
	Reasons                      []pageReason
	Guesses, Points              *pageScale // nil if nothing was analyzed
}

type pageReason struct {
	Code, Said, Advice string
	Audited            bool
	Causes             []pageCause
}

type pageCause struct{ Place, List string }

// pageScale is the score on one scale.
type pageScale struct {
	Words                         words
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
	w := words{l}
	p := &pagePassword{
		Words: w, Number: number, Class: "bad", Verdict: "✕ " + w.Label(messages.LabelRefused),
		Title: w.say(messages.LabelPassword, strconv.Itoa(number)), Under: w.say(messages.LabelUnder, w.Characters(x.Characters), x.Policy),
	}
	switch {
	case x.Decision == engine.Accept && x.Would == engine.Reject:
		p.Class, p.Verdict = "audit", "✓ "+w.Label(messages.LabelRefusedLater)
	case x.Decision == engine.Accept:
		p.Class, p.Verdict = "good", "✓ "+w.Label(messages.LabelAccepted)
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
		p.Guesses, p.Points = guessScale(x, w), pointScale(x, w)
	}
	return p
}

// guessScale shows the arithmetic of guesses, as a drawing does.
func guessScale(x *engine.Explanation, w words) *pageScale {
	s := &pageScale{Words: w, Sum: "10^" + hundredths(toHundredths(x.Score.Guesses))}
	required := toHundredths(x.Score.RequiredGuesses)
	if required > 0 {
		s.Required = "10^" + hundredths(required)
	}
	if x.Spread > 0 {
		s.Note = w.say(messages.LabelSpread, "10^"+hundredths(toHundredths(x.Spread)))
	}
	sum := ledger{words: w.Language}
	var widths []int
	for _, part := range guessParts(x.Segments, x.Characters) {
		detail, readings := sum.detail(part.Segment), sum.readings(part.Segment)
		n := sum.add(part.Segment)
		p := newPagePart(&part, w, "10^"+hundredths(n))
		p.Detail = strings.TrimPrefix(detail, "= ")
		for _, r := range readings {
			p.Readings = append(p.Readings, fmt.Sprintf("%s %s: %s", r[1].text, w.At(r[0].text), r[2].text))
		}
		s.Parts, widths = append(s.Parts, p), append(widths, n)
	}
	s.draw(widths, required, x.Score.Guesses >= x.Score.RequiredGuesses)
	return s
}

func pointScale(x *engine.Explanation, w words) *pageScale {
	s := &pageScale{Words: w, Sum: w.Points(x.Score.Points)}
	if x.Score.RequiredPoints > 0 {
		s.Required = strconv.Itoa(x.Score.RequiredPoints)
	}
	var widths []int
	for _, part := range pointParts(x.Tallies, x.Characters) {
		s.Parts, widths = append(s.Parts, newPagePart(&part, w, w.Points(part.points))), append(widths, part.points)
	}
	s.draw(widths, x.Score.RequiredPoints, x.Score.Points >= x.Score.RequiredPoints)
	return s
}

func newPagePart(p *part, w words, value string) pagePart {
	return pagePart{
		Class: p.Kind.String(), Kind: p.kind(w.Language), Place: spanText(p.Span), List: p.List, Value: value,
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
	s.Label = s.Words.say(messages.LabelOf, s.Sum, s.Required)
	outcome := messages.LabelEnough
	if s.Class = "good"; !enough {
		s.Class, outcome = "bad", messages.LabelTooFew
	}
	s.Outcome = s.Words.say(messages.LabelOutcome, s.Required, s.Words.Label(outcome))
}
