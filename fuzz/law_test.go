package fuzz_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/internal/model"
)

// laws are what holds for every trial, whatever the scores are.
var laws = []struct {
	name string
	law  func(*rapid.T, trial)
}{
	{"one more term", oneMoreTerm},
	{"explained", explained},
	{"case", caseLaw},
	{"width", widthLaw},
	{"invisible", invisibleLaw},
	{"marked", markedLaw},
	{"tail", tailLaw},
	{"random tail", randomTailLaw},
	{"repeated", repeatedLaw},
}

func TestLaws(t *testing.T) {
	for _, l := range laws {
		t.Run(l.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { l.law(t, drawTrial(t)) })
		})
	}
}

func FuzzLaws(f *testing.F) {
	addDraws(f)
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		q := drawTrial(t)
		for _, l := range laws {
			l.law(t, q)
		}
	}))
}

// check asks the engine and keeps it from changing the password.
func check(t *rapid.T, e *engine.Engine, password string, s engine.Subject) engine.Verdict {
	input := []byte(password)
	v := e.Check(input, s)
	if string(input) != password {
		t.Errorf("password %q became %q", password, input)
	}
	return v
}

// oneMoreTerm: a term added to the lists raises neither score, and accepts
// nothing that was refused.
func oneMoreTerm(t *rapid.T, q trial) {
	before := check(t, q.engine(t), q.password, q.subject)
	term := engine.Term{Text: misspell(t, oneOf(t, "from", append(termsOf(q.lists), q.password, "password"))), Rank: rapid.Uint32Range(0, 9999).Draw(t, "rank")}
	if n := utf8.RuneCountInString(model.Fold(term.Text)); n == 0 || n > 256 {
		return
	}
	q.lists = append(q.lists, engine.TermList{Name: "more", Terms: []engine.Term{term}})
	after := check(t, q.engine(t), q.password, q.subject)
	if after.Score.Points > before.Score.Points || after.Score.Guesses > before.Score.Guesses {
		t.Errorf("%q with %+q: score %+v became %+v", q.password, term.Text, before.Score, after.Score)
	}
	if before.Would == engine.Reject && after.Would != engine.Reject {
		t.Errorf("%q is accepted with %+q", q.password, term.Text)
	}
}

// explained: Explain has the verdict of Check; its segments cover the password
// from the first character that is not dropped, and sum up to the score. Two
// neighbors share a character that became several.
func explained(t *rapid.T, q trial) {
	e := q.engine(t)
	x := e.Explain([]byte(q.password), q.subject)
	if v := check(t, e, q.password, q.subject); !reflect.DeepEqual(x.Verdict, v) {
		t.Errorf("%q: Check says %+v, Explain %+v", q.password, v, x.Verdict)
	}
	tiled(t, []byte(q.password), x)
	for _, f := range x.Findings {
		if !x.Reasons.Has(f.Reason) || f.Span.Start < 0 || f.Span.End > x.Characters || f.Span.Start > f.Span.End {
			t.Errorf("%q: finding %+v", q.password, f)
		}
	}
	for r := range x.Reasons.All() {
		found := false
		for _, f := range x.Findings {
			found = found || f.Reason == r
		}
		if !found {
			t.Errorf("%q: no finding for %s", q.password, r.Code())
		}
	}
}

type errorer interface{ Errorf(string, ...any) }

func tiled(t errorer, password []byte, x engine.Explanation) {
	sum, at := engine.Guesses(0), 0
	for i, s := range x.Segments {
		if s.Guesses != s.Base+s.Spelling+s.Case+s.Join {
			t.Errorf("%q: segment %+v does not sum up", password, s)
		}
		if min(s.Guesses, s.Base, s.Spelling, s.Case, s.Join) < 0 {
			t.Errorf("%q: segment %+v saves guesses", password, s)
		}
		sum += s.Guesses
		spelling := engine.Guesses(0)
		for _, r := range s.Readings {
			spelling += r.Guesses
			if r.Span.Start < s.Span.Start || r.Span.End > s.Span.End || r.Span.End < r.Span.Start {
				t.Errorf("%q: reading %+v outside %+v", password, r, s)
			}
		}
		if spelling != s.Spelling {
			t.Errorf("%q: readings of %d guesses in %+v", password, spelling, s)
		}
		if i > 0 && s.Span.Start != at && s.Span.Start != at-1 || s.Span.End <= s.Span.Start {
			t.Errorf("%q: segment %+v after %d", password, s, at)
		}
		at = s.Span.End
	}
	if sum != x.Score.Guesses {
		t.Errorf("%q: segments of %d guesses, score %d", password, sum, x.Score.Guesses)
	}
	points := 0
	for _, tally := range x.Tallies {
		points += tally.Points
	}
	if points != x.Score.Points {
		t.Errorf("%q: tallies of %d points, score %d", password, points, x.Score.Points)
	}
	if want := characters(password); len(x.Segments) > 0 && at != want || x.Characters != want {
		t.Errorf("%q: segments end at %d of %d", password, at, x.Characters)
	}
}

// characters returns how many there are; half a surrogate pair is one.
func characters(password []byte) (n int) {
	for len(password) > 0 {
		_, size := utf8.DecodeRune(password)
		if size == 1 && len(password) >= 3 && utf16.IsSurrogate(rune(password[0]&0xF)<<12|rune(password[1]&0x3F)<<6|rune(password[2]&0x3F)) &&
			password[0]>>4 == 0xE && password[1]>>6 == 2 && password[2]>>6 == 2 {
			size = 3
		}
		password = password[size:]
		n++
	}
	return n
}

// caseLaw: points do not depend on case, and letters without capitals are never
// harder to guess. (A walk over symbols may be: the shift key is held for
// symbols and capitals alike.) Names of three letters stand alone by case.
func caseLaw(t *rapid.T, q trial) {
	q.subject = engine.Subject{}
	q.breaches = nil // they know stems as written, and small letters
	password := strings.ToValidUTF8(q.password, "?")
	for _, r := range password {
		if r >= utf8.RuneSelf && (unicode.IsUpper(r) || unicode.IsTitle(r)) {
			return // its small letter may look like another
		}
	}
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, password)
	e := q.engine(t)
	for _, text := range []string{password, letters} {
		was, is := check(t, e, text, q.subject).Score, check(t, e, lower(text), q.subject).Score
		if is.Points != was.Points || text == letters && is.Guesses > was.Guesses {
			t.Errorf("%q has %+v, in small letters %+v", text, was, is)
		}
	}
}

func lower(ascii string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, ascii)
}

// widthLaw: full-width forms are the same characters.
func widthLaw(t *rapid.T, q trial) {
	q.breaches = nil // they know stems as written
	password := strings.ToValidUTF8(q.password, "?")
	wide := strings.Map(func(r rune) rune {
		if '!' <= r && r <= '~' {
			return r - '!' + '！'
		}
		return r
	}, password)
	e := q.engine(t)
	was := check(t, e, password, q.subject).Score
	if is := check(t, e, wide, q.subject).Score; is != was {
		t.Errorf("%q has %+v, in full width %+v", q.password, was, is)
	}
}

// invisibleLaw: dropped characters do not change the scores.
func invisibleLaw(t *rapid.T, q trial) {
	q.breaches = nil // they know stems as written
	password := []rune(q.password)
	var b strings.Builder
	for _, r := range password {
		b.WriteString(oneOf(t, "invisible", []string{"", "", "\u200b", "\u00ad", "\ufe0f", "\U000e0020"}))
		b.WriteRune(r)
	}
	e := q.engine(t)
	was := check(t, e, string(password), q.subject).Score
	if is := check(t, e, b.String(), q.subject).Score; is != was {
		t.Errorf("%q has %+v, %+q %+v", q.password, was, b.String(), is)
	}
}

// markedLaw: marks never lower the score, and add two bits at most for each character.
func markedLaw(t *rapid.T, q trial) {
	q.breaches = nil // they know stems as written
	q.password = string([]rune(q.password))
	var b strings.Builder
	for _, r := range q.password {
		b.WriteRune(r)
		b.WriteString(oneOf(t, "marks", []string{"", "", "\u0301", "\u0302\u0323", "\u20dd\u0301\u0300"}))
	}
	e := q.engine(t)
	was, is := check(t, e, q.password, q.subject).Score, check(t, e, b.String(), q.subject).Score
	most := engine.Guesses(2 * 64 * len([]rune(q.password)))
	if is.Points != was.Points || is.Guesses < was.Guesses || is.Guesses > was.Guesses+most {
		t.Errorf("%q has %+v, %+q %+v", q.password, was, b.String(), is)
	}
}

// tailLaw: behind any password, different symbols that occur nowhere else, have
// no reading and do not follow each other in Unicode cost what they are worth,
// all but one: an edit of a term may take the first. So padding with what joins
// no match never makes a password weaker. (Any tail would not do: it may
// complete a word.) It holds while all hits of the password lists are used.
func tailLaw(t *rapid.T, q trial) {
	const tail = "♠⚑☂♫✗☎♞"
	q.password = strings.ToValidUTF8(q.password, "?")
	k := rapid.IntRange(1, utf8.RuneCountInString(tail)).Draw(t, "tail")
	e := q.engine(t)
	was := check(t, e, q.password, q.subject).Score
	is := check(t, e, q.password+string([]rune(tail)[:k]), q.subject).Score
	const symbol = 7 * 64
	if is.Points < was.Points+k-1 || is.Guesses < was.Guesses+engine.Guesses(k-1)*symbol {
		t.Errorf("%q has %+v, with a tail of %d %+v", q.password, was, k, is)
	}
}

// randomTailLaw: characters appended never lower a score, unless a match of the
// cheapest segmentation ends in them, they close the password up, or the part
// behind a separator becomes long enough for a joint. It holds within the budget,
// while all hits of the password lists are used.
func randomTailLaw(t *rapid.T, q trial) {
	q.breaches = nil // a stem is listed as written, with capitals that cost nothing
	q.password = strings.ToValidUTF8(q.password, "?")
	tail := string(rapid.SliceOfN(rapid.ByteRange('!', '~'), 1, 8).Draw(t, "random tail"))
	folded := []rune(model.Fold(q.password))
	for _, r := range folded[max(0, len(folded)-3):] {
		if r < utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return
		}
	}
	e := q.engine(t)
	was, is := e.Explain([]byte(q.password), q.subject), e.Explain([]byte(q.password+tail), q.subject)
	if exhausted(was) || exhausted(is) || is.Spread > 0 {
		return
	}
	if is.Score.Guesses < was.Score.Guesses && !slices.ContainsFunc(is.Segments, func(s engine.Segment) bool {
		return s.Kind != engine.KindChar && s.Span.End > was.Characters
	}) {
		t.Errorf("%q has %+v, with %q %+v: %+v", q.password, was.Score, tail, is.Score, is.Segments)
	}
	if is.Score.Points < was.Score.Points && !slices.ContainsFunc(is.Tallies, func(s engine.Tally) bool { return s.Span.End > was.Characters && s.Kind != engine.KindChar }) {
		t.Errorf("%q has %+v, with %q %+v: %+v", q.password, was.Score, tail, is.Score, is.Tallies)
	}
}

// repeatedLaw: a password written several times costs at most a repeat more. It holds
// where what is repeated is what it was: not listed as a whole, without a
// character model that looks across the seam, not found by trying all strings of
// its length, not spread, not beginning with marks, which go to the letter in front, not
// ending in a date that goes on, not too long to be read by its keys, with terms that
// count anywhere and no names, which may have to stand alone.
func repeatedLaw(t *rapid.T, q trial) {
	q.subject = engine.Subject{}
	folded := []rune(model.Fold(q.password))
	times := rapid.IntRange(2, 9).Draw(t, "times")
	several := strings.Repeat(q.password, times)
	n, most := len(folded), 64
	if slices.ContainsFunc(folded, func(r rune) bool { return r >= utf8.RuneSelf }) {
		most = 64 / times
	}
	if n < 3 || n > most || model.Fold(string([]rune(q.password)[:1])) == "" || q.policy.Profile == engine.Entra || '0' <= folded[n-1] && folded[n-1] <= '9' ||
		model.Fold(several) != strings.Repeat(string(folded), times) {
		return
	}
	q.passwords, q.breaches, q.chars = nil, nil, nil
	for _, list := range q.lists {
		for i := range list.Terms {
			list.Terms[i].Match = engine.Contains
		}
	}
	e := q.engine(t)
	if x := e.Explain([]byte(q.password), q.subject); len(x.Segments) == 1 && x.Segments[0].Kind == engine.KindChar {
		return // cheapest by trying all of its length
	}
	x := e.Explain([]byte(several), q.subject)
	if x.Spread > 0 || exhausted(x) {
		return
	}
	once := check(t, e, q.password, q.subject).Score
	const join = (2 + 8) * 64 // at most: it may begin with another shape
	repeat := engine.Guesses(4*64 + join + model.Log2(uint32(n)))
	if x.Score.Points > once.Points+1 || x.Score.Guesses > once.Guesses+repeat {
		t.Errorf("%q has %+v, %d times %+v", q.password, once, times, x.Score)
	}
}

// TestPure asks one engine from several goroutines, each in its own order, and
// compares with engines that were asked nothing else before.
func TestPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawTrial(t)
		var passwords []string
		for range rapid.IntRange(2, 6).Draw(t, "passwords") {
			passwords = append(passwords, drawPieces(t, append(termsOf(q.lists), "password")))
		}
		passwords = append(passwords, strings.Repeat("Pa$$w0rd-", 100), "")
		want := make([]engine.Explanation, len(passwords))
		for i, p := range passwords {
			want[i] = q.engine(t).Explain([]byte(p), q.subject)
		}
		shared := q.engine(t)
		var wait sync.WaitGroup
		wrong := make(chan string, 100)
		for g := range 4 {
			wait.Go(func() {
				for k := range 3 * len(passwords) {
					i := (k*(g+1) + g) % len(passwords)
					input := []byte(passwords[i])
					if x := shared.Explain(input, q.subject); !reflect.DeepEqual(x, want[i]) {
						wrong <- passwords[i]
					}
					if !bytes.Equal(input, []byte(passwords[i])) {
						wrong <- passwords[i]
					}
				}
			})
		}
		wait.Wait()
		close(wrong)
		for p := range wrong {
			t.Fatalf("%q: another verdict after other passwords", p)
		}
	})
}

// TestLongTerms: a password that is a term costs no more than the term, but for what
// closing it up costs and a last separator, also
// where the search runs out of steps. (That one more term never raises a score
// holds within the budget only: a pattern or reversed term that ends behind the
// place where the search was cut is lost.)
func TestLongTerms(t *testing.T) {
	long := func(t *rapid.T) string {
		head := oneOf(t, "head", []string{"", "x", "xkqvzjwpyghmbtdrfnl", "password"})
		unit := oneOf(t, "unit", []string{"a", "ab", "a.", "1!", "abc", "aab", "p4$", "æ"})
		return head + strings.Repeat(unit, rapid.IntRange(1, 200/len(unit)).Draw(t, "times"))
	}
	rapid.Check(t, func(t *rapid.T) {
		terms := []engine.Term{{Text: long(t)}, {Text: long(t)}, {Text: long(t)}}
		q := trial{policy: engine.DefaultPolicy(), lists: []engine.TermList{{Name: "long", Terms: terms}}}
		e := q.engine(t)
		for _, term := range terms {
			if s := check(t, e, term.Text, q.subject).Score; s.Points > 2 || s.Guesses > (3+1+10+10)*64 {
				t.Errorf("%q is a term, but has %+v", term.Text, s)
			}
		}
	})
}
