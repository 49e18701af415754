package engine

import (
	"fmt"
	"unicode/utf8"
)

// Minima are the least numbers of characters of a kind. Everything that is
// neither capital, small letter nor digit counts as a symbol here, letters
// without case included: nobody has to add punctuation to Chinese.
type Minima struct {
	Capitals, Smalls, Digits, Symbols int
	DigitsOrSymbols                   int // of both together
}

// Band asks for more or less of passwords up to a length, as Lithnet Password
// Protection does: the longer, the fewer kinds of characters.
type Band struct {
	Below      int // lengths below this; 0: all, for the last band
	MinClasses int // of the five classes
	Minima     Minima
}

// Points gives a password points by its characters, as Lithnet Password
// Protection does; kinds are those of Minima.
type Points struct {
	Required                                  int // 0 switches the rule off
	Character, Capital, Small, Digit, Symbol  int // for each one
	AnyCapital, AnySmall, AnyDigit, AnySymbol int // once, for one or more
}

// MaxPoints is the largest number that a field of Points may have.
const MaxPoints = 1_000_000

// tally counts the characters of a password by kind.
type tally struct {
	total, capitals, smalls, digits int
	classes                         classSet
}

func tallyOf(text []byte) (t tally) {
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		c := classSet(0)
		if r < utf8.RuneSelf {
			c = asciiClasses[r]
		} else {
			r, size = decodeRune(text[i:])
			c = classOf(r)
		}
		t.total++
		t.classes |= c
		switch c {
		case capitals:
			t.capitals++
		case smalls:
			t.smalls++
		case digits:
			t.digits++
		}
		i += size
	}
	return t
}

func (t *tally) symbols() int { return t.total - t.capitals - t.smalls - t.digits }

// meets reports whether the minima are reached.
func (t *tally) meets(m *Minima) bool {
	return t.capitals >= m.Capitals && t.smalls >= m.Smalls && t.digits >= m.Digits &&
		t.symbols() >= m.Symbols && t.digits+t.symbols() >= m.DigitsOrSymbols
}

// points returns what the password is worth.
func (t *tally) points(p *Points) int {
	sum := p.Character * t.total
	for _, kind := range [...]struct{ n, each, any int }{
		{t.capitals, p.Capital, p.AnyCapital}, {t.smalls, p.Small, p.AnySmall},
		{t.digits, p.Digit, p.AnyDigit}, {t.symbols(), p.Symbol, p.AnySymbol},
	} {
		if kind.n > 0 {
			sum += kind.n*kind.each + kind.any
		}
	}
	return sum
}

// mix evaluates the rules that count characters by kind; text is in NFC.
func (sc *scratch) mix(text []byte) {
	p := sc.policy
	t := tallyOf(text)
	if !t.meets(&p.Minima) || !t.fits(p.Bands) {
		sc.fail(RuleClasses, NotEnoughClasses)
	}
	if t.points(&p.Points) < p.Points.Required {
		sc.fail(RulePoints, NotEnoughClasses)
	}
}

// fits reports whether the band of the password's length is satisfied.
func (t *tally) fits(bands []Band) bool {
	for i := range bands {
		if b := &bands[i]; b.Below == 0 || t.total < b.Below {
			return t.classes.count() >= b.MinClasses && t.meets(&b.Minima)
		}
	}
	return true
}

// repeats returns the first run of more than most equal positions.
func (l *lattice) repeats(most int) Span {
	for start := 0; start < l.n; {
		end := start + 1
		for end < l.n && l.cells[end].base == l.cells[start].base {
			end++
		}
		if end-start > most {
			return Span{start, end}
		}
		start = end
	}
	return Span{}
}

// sequences returns the first run of more than most positions that each follow
// the one in front, all up or all down.
func (l *lattice) sequences(most int) Span {
	for _, step := range [...]rune{1, -1} {
		for start := 0; start < l.n; {
			end := start + 1
			for end < l.n && l.cells[end].base-l.cells[end-1].base == step && (l.cells[end].flags|l.cells[end-1].flags)&separator == 0 {
				end++
			}
			if end-start > most {
				return Span{start, end}
			}
			start = end
		}
	}
	return Span{}
}

// validateMix checks the fields that count characters by kind.
func (p *Policy) validateMix(bad func(field, format string, args ...any) error) error {
	if err := p.Minima.validate("Minima", bad); err != nil {
		return err
	}
	for i, b := range p.Bands {
		field := fmt.Sprintf("Bands[%d]", i)
		last := i == len(p.Bands)-1
		switch {
		case b.Below < 0 || b.Below > MaxLength:
			return bad(field+".Below", "%d is outside 0 to %d", b.Below, MaxLength)
		case b.Below == 0 && !last:
			return bad(field+".Below", "only the last band may have no limit")
		case i > 0 && b.Below != 0 && b.Below <= p.Bands[i-1].Below:
			return bad(field+".Below", "%d is not above %d of the band before", b.Below, p.Bands[i-1].Below)
		case b.MinClasses < 0 || b.MinClasses > classCount:
			return bad(field+".MinClasses", "%d is outside 0 to %d", b.MinClasses, classCount)
		}
		if err := b.Minima.validate(field+".Minima", bad); err != nil {
			return err
		}
	}
	for _, n := range p.Points.all() {
		if *n < 0 || *n > MaxPoints {
			return bad("Points", "%d is outside 0 to %d", *n, MaxPoints)
		}
	}
	return nil
}

func (m *Minima) validate(field string, bad func(field, format string, args ...any) error) error {
	for _, n := range [...]int{m.Capitals, m.Smalls, m.Digits, m.Symbols, m.DigitsOrSymbols} {
		if n < 0 || n > MaxLength {
			return bad(field, "%d is outside 0 to %d", n, MaxLength)
		}
	}
	return nil
}

// all returns every number of the points.
func (p *Points) all() [10]*int {
	return [...]*int{&p.Required, &p.Character, &p.Capital, &p.Small, &p.Digit, &p.Symbol,
		&p.AnyCapital, &p.AnySmall, &p.AnyDigit, &p.AnySymbol}
}
