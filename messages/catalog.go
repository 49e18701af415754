package messages

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"

	"github.com/vetopw/veto/engine"
)

// dictionary has the texts of one language. It is one row per reason.
type dictionary struct {
	tag      language.Tag
	name     string // of the language, in itself
	sentence string // "The password %s.", around a message
	audit    string // between "accept" and the reasons of a policy that is not enforced
	texts    []text // by reason
	// labels, kinds and readings are of explanations. English has no kinds and
	// readings: those are engine's.
	labels             [labelCount]string
	kinds, readings    []string
	characters, points text // only numbers
}

// text is what is said of one reason. A message completes the sentence. Numbers
// have a form for one and one for all others, which languages without plural
// share.
type text struct {
	message     string // without a number
	one, number string // with it; empty if there is none
	advice      string
}

// dictionaries are all languages, the default first.
var dictionaries = [...]*dictionary{&english, &german, &french, &spanish, &japanese}

// Catalog has all languages.
type Catalog struct {
	languages []*Language // as in dictionaries
	matcher   language.Matcher
	known     atomic.Pointer[map[string]*Language] // by Accept-Language
}

// Bounds on what of Accept-Language is read and remembered. Browsers send less
// than a hundred bytes, and those of one organization few different ones.
const (
	maxAccept = 256
	maxKnown  = 64
)

// New returns the Catalog. It is meant to be made once.
func New() *Catalog {
	c := &Catalog{}
	texts := catalog.NewBuilder(catalog.Fallback(language.English))
	var tags []language.Tag
	for _, d := range dictionaries {
		tags = append(tags, d.tag)
		c.languages = append(c.languages, newLanguage(d, texts))
	}
	c.matcher = language.NewMatcher(tags)
	c.known.Store(&map[string]*Language{})
	return c
}

// Accept returns the language for the value of an Accept-Language header field
// (RFC 9110, section 12.5.4): English if none fits or the value is invalid. It
// does not allocate for a value that it has seen among the first few.
func (c *Catalog) Accept(header []byte) *Language {
	known := c.known.Load()
	if l, ok := (*known)[string(header)]; ok {
		return l
	}
	if len(header) > maxAccept {
		header = header[:max(bytes.LastIndexByte(header[:maxAccept], ','), 0)]
	}
	tags, _, err := language.ParseAcceptLanguage(string(header))
	l := c.match(tags...)
	if err == nil && len(*known) < maxKnown {
		more := maps.Clone(*known)
		more[string(header)] = l
		c.known.CompareAndSwap(known, &more) // or another time
	}
	return l
}

// Find returns the language of a locale's name as in LANG, such as de_AT.UTF-8,
// or of a language tag, such as de-AT: English if none fits.
func (c *Catalog) Find(locale string) *Language {
	name, _, _ := strings.Cut(locale, ".")
	name, _, _ = strings.Cut(name, "@")
	tag, err := language.Parse(name)
	if err != nil {
		return c.languages[0]
	}
	return c.match(tag)
}

func (c *Catalog) match(tags ...language.Tag) *Language {
	_, index, _ := c.matcher.Match(tags...)
	return c.languages[index]
}

// Languages returns all languages, English first.
func (c *Catalog) Languages() []*Language { return c.languages }

// Language words reasons in one language; it is an [engine.Wording].
type Language struct {
	dictionary *dictionary
	texts      []text // of the dictionary, complete
	printer    *message.Printer
	code       string
}

var _ engine.Wording = (*Language)(nil)

func newLanguage(d *dictionary, to *catalog.Builder) *Language {
	l := &Language{d, slices.Clone(d.texts), message.NewPrinter(d.tag, message.Catalog(to)), d.tag.String()}
	for i := range l.texts {
		t := &l.texts[i]
		if t.message == "" { // English is with the reasons
			t.message = engine.Reason(i).Message()
		}
		if t.number == "" {
			continue
		}
		t.set(to, d.tag, engine.Reason(i).Code())
	}
	d.characters.set(to, d.tag, "characters")
	d.points.set(to, d.tag, "points")
	return l
}

// set adds the forms of a number to a catalog.
func (t *text) set(to *catalog.Builder, tag language.Tag, key string) {
	cases := []any{plural.Other, t.number}
	if t.one != "" {
		cases = append([]any{plural.One, t.one}, cases...)
	}
	to.Set(tag, key, plural.Selectf(1, "%d", cases...))
}

// Code returns the language tag, such as "de".
func (l *Language) Code() string { return l.code }

// Name returns the name of the language in itself, such as "Deutsch".
func (l *Language) Name() string { return l.dictionary.name }

// Message completes the sentence "The password …"; n is as in engine.Wording. It
// allocates only for a number.
func (l *Language) Message(r engine.Reason, n int) string {
	t := &l.texts[r]
	if n <= 0 || t.number == "" {
		return t.message
	}
	return l.printer.Sprintf(message.Key(r.Code(), t.number), n)
}

// Advice says in a sentence, or two, what to do.
func (l *Language) Advice(r engine.Reason) string { return l.texts[r].advice }

// Sentence returns the message as a sentence.
func (l *Language) Sentence(r engine.Reason, n int) string {
	return fmt.Sprintf(l.dictionary.sentence, l.Message(r, n))
}

// Audit returns what stands behind "accept", and in front of the reasons, when a
// policy is not enforced.
func (l *Language) Audit() string { return l.dictionary.audit }
