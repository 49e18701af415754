package model

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/unicode/runenames"
)

// position is a folded character.
type position struct {
	base    rune
	look    rune // ASCII letter or digit that the rune looks like, or 0
	capital bool
	joined  bool   // not the first position of its rune
	keys    string // what the keys of its rune give, and of those behind it that fold to nothing
	marks   int    // of its rune and those behind it that fold to nothing; only at the first position
}

// Fold returns the folded form of text, in which terms are compared and lists
// are looked up.
func Fold(text string) string {
	var b strings.Builder
	for _, p := range positions(text) {
		b.WriteRune(p.base)
	}
	return b.String()
}

// Knows reports whether the model folds r by the same knowledge as the engine.
func Knows(r rune) bool {
	if _, known := lookAlikes[r]; known || r < utf8.RuneSelf || dropped(r) || isASCII(shown(r)) {
		return true
	}
	return namedLetter(r) != "" || r >= 0x4E00 && r <= 0x9FFF ||
		unicode.In(r, unicode.Hangul, unicode.Hiragana, unicode.Katakana)
}

// positions folds text rune by rune; invalid bytes are U+FFFD.
func positions(text string) []position {
	var out []position
	early := "" // keys in front of the first position
	signs := signKeys(whole(text))
	for _, r := range whole(text) {
		first := len(out)
		out = append(out, foldRune(r)...)
		keys := ""
		all, _ := strokes(r)
		for _, s := range all {
			if k := signs[s.rune]; k != 0 && !s.keyed {
				s.rune = k
			}
			keys += string(s.rune)
		}
		switch {
		case len(out) == 0:
			early += keys
		case first < len(out):
			out[first].keys += early + keys
			early = ""
		default:
			out[first-1].keys += keys
		}
		for first > 0 && (first == len(out) || out[first].joined) {
			first--
		}
		if first < len(out) {
			out[first].marks += marks(r)
		}
	}
	return composeHangul(out)
}

// marks returns how many marks fold away with a rune, at most two.
func marks(r rune) (n int) {
	for _, m := range norm.NFKD.String(string(r)) {
		if unicode.In(m, unicode.Mn, unicode.Me) && strip(string(m)) == "" && !unicode.In(m, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
			n++
		}
	}
	if strings.Contains(runenames.Name(r), " WITH ") && namedLetter(r) != "" && !isASCII(plain(r)) {
		n++
	}
	return min(n, 2)
}

// marksCost returns what the marks of a position cost if it is a character: those of
// letters, but for scripts whose number of letters has them.
func (p position) marksCost() int {
	if p.joined || !isLetter(p.base) || unicode.In(p.base, unicode.Cyrillic, unicode.Hiragana, unicode.Katakana) {
		return 0
	}
	return min(p.marks, 2) * oneMark
}

// whole writes half a surrogate pair, three bytes that are one character, as one that
// is not UTF-8 either.
func whole(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if c := text[i:]; c[0] == 0xED && len(c) > 2 && c[1] >= 0xA0 && c[1] < 0xC0 && c[2] >= 0x80 && c[2] < 0xC0 {
			b.WriteByte(0xFF)
			i += 2
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// foldRune folds one rune, and what it folds to again. Its own look-alike comes
// before that of what it folds to.
func foldRune(r rune) []position {
	if dropped(r) {
		return nil
	}
	folded, look := shown(r), rune(0)
	if !isASCII(folded) {
		switch letters := looksLike(r); {
		case letters == "":
		case unicode.Is(unicode.Latin, r):
			folded = letters
		case utf8.RuneCountInString(folded) == 1 && len(letters) == 1:
			look = rune(letters[0])
		}
	}
	var out []position
	for _, f := range folded {
		if f == r {
			out = append(out, position{base: f})
			continue
		}
		out = append(out, foldRune(f)...)
	}
	for i := range out {
		out[i].capital = unicode.IsUpper(r) || unicode.IsTitle(r)
		out[i].joined = i > 0
		if look != 0 {
			out[i].look = look
		}
	}
	return out
}

// plain takes compatibility forms, marks and case away.
func plain(r rune) string {
	s := string(r)
	for {
		t := strip(norm.NFKD.String(decimal(caseFold(strip(norm.NFKD.String(s))))))
		if t == s {
			break
		}
		s = t
	}
	s = norm.NFC.String(s)
	if utf8.RuneCountInString(s) > 8 {
		return string(r)
	}
	return s
}

// shown is plain for symbols that show a letter or a number, with or without brackets
// or a mark behind it, too.
func shown(r rune) string {
	name := runenames.Name(r)
	if m := symbolLetter.FindStringSubmatch(name); m != nil {
		return strings.ToLower(m[1])
	}
	if m := symbolNumber.FindStringSubmatch(name); m != nil {
		if n, known := numerals[m[1]]; known {
			return strconv.Itoa(n)
		}
	}
	if m := bracketed.FindStringSubmatch(plain(r)); m != nil {
		return m[1] + m[2] + m[3]
	}
	return plain(r)
}

// The names of symbols that show a letter or a number.
var (
	symbolLetter = regexp.MustCompile(`^(?:CROSSED )?(?:NEGATIVE )?(?:PARENTHESIZED|SQUARED|CIRCLED) LATIN (?:SMALL|CAPITAL) LETTER (.)$`)
	symbolNumber = regexp.MustCompile(`^(?:DINGBAT )?(?:NEGATIVE |DOUBLE )?CIRCLED (?:SANS-SERIF )?(?:DIGIT|NUMBER) (\w+)$`)
)

// numerals are the numbers in names of symbols.
var numerals = map[string]int{
	"ZERO": 0, "ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5, "SIX": 6, "SEVEN": 7, "EIGHT": 8, "NINE": 9, "TEN": 10,
	"ELEVEN": 11, "TWELVE": 12, "THIRTEEN": 13, "FOURTEEN": 14, "FIFTEEN": 15, "SIXTEEN": 16, "SEVENTEEN": 17,
	"EIGHTEEN": 18, "NINETEEN": 19, "TWENTY": 20,
}

// bracketed is what one rune becomes that shows something in brackets, or a number
// with a mark.
var bracketed = regexp.MustCompile(`^(?:\((.+)\)|〔(.+)〕|([0-9]+)[.,])$`)

// decimal writes the decimal digits of all scripts as 0 to 9. In each script
// they stand in order, ten at a time.
func decimal(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf || !unicode.IsDigit(r) {
			return r
		}
		first := r
		for unicode.IsDigit(first-1) && r-first < 100 {
			first--
		}
		return '0' + (r-first)%10
	}, s)
}

// caseFold is full case folding. golang.org/x/text maps the two cases of
// Cherokee to each other; CaseFolding.txt folds to the capitals.
func caseFold(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 0xAB70 && r <= 0xABBF:
			b.WriteRune(r - 0xAB70 + 0x13A0)
		case r >= 0x13F8 && r <= 0x13FD:
			b.WriteRune(r - 8)
		case unicode.Is(unicode.Cherokee, r):
			b.WriteRune(r)
		default:
			b.WriteString(cases.Fold().String(string(r)))
		}
	}
	return b.String()
}

func dropped(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		r == 0x2800 || r >= 0xE0000 && r <= 0xE0FFF
}

func strip(s string) string {
	return strings.Map(func(r rune) rune {
		if dropped(r) {
			return -1
		}
		return r
	}, s)
}

func isASCII(s string) bool {
	for _, r := range s {
		if r >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// looksLike returns the ASCII letters or digits that r looks like, or "".
func looksLike(r rune) string {
	if look := lookAlikes[r]; look != 0 {
		return string(look)
	}
	return namedLetter(r)
}

// letterNames are the names of runes that are a letter in another shape.
var letterNames = regexp.MustCompile(`^(?:` + strings.Join([]string{
	`LATIN (?:SMALL LETTER|CAPITAL LETTER|LETTER SMALL CAPITAL) ([A-Z]) WITH .*`,
	`LATIN LETTER SMALL CAPITAL (?:[A-Z]+ )?([A-Z])`,
	`LATIN (?:SMALL|CAPITAL) LETTER [A-Z]+ ([A-Z])`,
	`REGIONAL INDICATOR SYMBOL LETTER ([A-Z])`,
}, "|") + `)$`)

// namedLetter returns the letter that r is by its name, such as o for ø.
func namedLetter(r rune) string {
	m := letterNames.FindStringSubmatch(runenames.Name(r))
	return strings.ToLower(strings.Join(m[min(1, len(m)):], ""))
}

// composeHangul joins conjoining jamo that follow each other to syllables.
func composeHangul(in []position) []position {
	var out []position
	for _, p := range in {
		if len(out) > 0 {
			last := &out[len(out)-1]
			s := []rune(norm.NFC.String(string([]rune{last.base, p.base})))
			if len(s) == 1 && s[0] >= 0xAC00 && s[0] <= 0xD7A3 {
				*last = position{base: s[0], marks: last.marks + p.marks, keys: last.keys + p.keys}
				continue
			}
		}
		out = append(out, p)
	}
	return out
}

// The kinds of characters, by base.

func isLetter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= utf8.RuneSelf && unicode.In(r, unicode.L, unicode.M)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isSeparator(r rune) bool { return !isLetter(r) && !isDigit(r) }
