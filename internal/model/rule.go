package model

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Minima are the least numbers of characters of a kind.
type Minima struct{ Capitals, Smalls, Digits, Symbols, DigitsOrSymbols int }

// Band asks for classes of passwords shorter than Below, or of all if it is 0.
type Band struct {
	Below, MinClasses int
	Minima            Minima
}

// Points gives points for each character and for each kind that occurs.
type Points struct {
	Required                                  int
	Character, Capital, Small, Digit, Symbol  int
	AnyCapital, AnySmall, AnyDigit, AnySymbol int
}

// Pattern is a regular expression that is required or denied.
type Pattern struct {
	Text                   string
	Whole, Required, Audit bool
}

// Old says what is too similar to the old password.
type Old struct {
	Equal, Contains, Digits bool
	Distance                int
}

// failure is a failed rule and its reason. A rule without name is in no mode.
type failure struct{ rule, code string }

// kindsOf counts the characters of a password as capitals (A), small letters
// (a), digits (0) and everything else (!).
func kindsOf(password string) map[rune]int {
	counts := map[rune]int{}
	for _, r := range password {
		switch {
		case unicode.IsUpper(r):
			counts['A']++
		case unicode.IsLower(r):
			counts['a']++
		case unicode.IsDigit(r):
			counts['0']++
		default:
			counts['!']++
		}
	}
	return counts
}

func (m Minima) met(kinds map[rune]int) bool {
	return kinds['A'] >= m.Capitals && kinds['a'] >= m.Smalls && kinds['0'] >= m.Digits &&
		kinds['!'] >= m.Symbols && kinds['0']+kinds['!'] >= m.DigitsOrSymbols
}

// mixed evaluates the rules that count characters.
func (p *Policy) mixed(password string) (failed []failure) {
	kinds := kindsOf(password)
	n, _ := classes(password)
	if n < p.MinClasses || !p.Minima.met(kinds) {
		failed = append(failed, failure{"classes", "not_enough_classes"})
	}
	for _, b := range p.Bands {
		if b.Below != 0 && utf8.RuneCountInString(password) >= b.Below {
			continue
		}
		if n < b.MinClasses || !b.Minima.met(kinds) {
			failed = append(failed, failure{"classes", "not_enough_classes"})
		}
		break
	}
	have := utf8.RuneCountInString(password) * p.Points.Character
	for kind, worth := range map[rune][2]int{
		'A': {p.Points.Capital, p.Points.AnyCapital}, 'a': {p.Points.Small, p.Points.AnySmall},
		'0': {p.Points.Digit, p.Points.AnyDigit}, '!': {p.Points.Symbol, p.Points.AnySymbol},
	} {
		if kinds[kind] > 0 {
			have += kinds[kind]*worth[0] + worth[1]
		}
	}
	if have < p.Points.Required {
		failed = append(failed, failure{"points", "not_enough_classes"})
	}
	return failed
}

// matched evaluates the regular expressions on a password in NFC.
func (p *Policy) matched(password string) (failed []failure) {
	if p.Allowed != "" {
		allowed := regexp.MustCompile("(?s)^[" + p.Allowed + "]$")
		for _, r := range password {
			if !allowed.MatchString(string(r)) {
				failed = append(failed, failure{"characters", "character_denied"})
			}
		}
	}
	for _, x := range p.Patterns {
		text := x.Text
		if x.Whole {
			text = `\A(?:` + text + `)\z`
		}
		rule := "patterns"
		if x.Audit {
			rule = "audited pattern"
		}
		switch matches := regexp.MustCompile(text).MatchString(password); {
		case x.Required && !matches:
			failed = append(failed, failure{rule, "pattern_required"})
		case !x.Required && matches:
			failed = append(failed, failure{rule, "pattern_denied"})
		}
	}
	return failed
}

// runs evaluates the rules about runs of positions: it looks at each part that
// is one longer than allowed.
func (p *Policy) runs(text []position) (failed []failure) {
	steps := func(part []position, step rune) bool {
		for i := 1; i < len(part); i++ {
			a, b := part[i-1].base, part[i].base
			if b-a != step || step != 0 && (isSeparator(a) || isSeparator(b)) {
				return false
			}
		}
		return true
	}
	for i := range text {
		if end := i + p.MaxRepeat + 1; p.MaxRepeat > 0 && end <= len(text) && steps(text[i:end], 0) {
			failed = append(failed, failure{"repeats", "repetition"})
		}
		if end := i + p.MaxSequence + 1; p.MaxSequence > 0 && end <= len(text) &&
			(steps(text[i:end], 1) || steps(text[i:end], -1)) {
			failed = append(failed, failure{"sequences", "sequence"})
		}
	}
	return failed
}

var digitRuns = regexp.MustCompile(`[0-9]+`)

// similar reports whether the password resembles the old one.
func (o Old) similar(password, old string) bool {
	a, b := Fold(password), Fold(old)
	if o.Equal && old != "" && old == password {
		return true
	}
	if a == "" || b == "" {
		return false
	}
	long := func(s string) bool { return utf8.RuneCountInString(s) >= 4 }
	switch {
	case o.Equal && a == b,
		o.Contains && (long(b) && strings.Contains(a, b) || long(a) && strings.Contains(b, a)),
		o.Digits && digitRuns.ReplaceAllString(a, "0") == digitRuns.ReplaceAllString(b, "0") && long(digitRuns.ReplaceAllString(a, "")),
		o.Distance > 0 && distance([]rune(a), []rune(b)) <= o.Distance:
		return true
	}
	return false
}

// distance is Levenshtein's, by the whole table.
func distance(a, b []rune) int {
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
		for j := range table[i] {
			switch {
			case i == 0 || j == 0:
				table[i][j] = i + j
			case a[i-1] == b[j-1]:
				table[i][j] = table[i-1][j-1]
			default:
				table[i][j] = 1 + min(table[i-1][j-1], table[i-1][j], table[i][j-1])
			}
		}
	}
	return table[len(a)][len(b)]
}

// composed returns the password in NFC, whose characters the rules about
// characters see.
func composed(password string) string { return norm.NFC.String(password) }
