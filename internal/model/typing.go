package model

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// keyPairs are alphabets, each with what its keys give on QWERTY.
var keyPairs = [][2]string{
	{"йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"},
	{"ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ", "QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>~"},
	{"іїєґІЇЄҐ", "s]'\\S}\"|"},
	{"ςερτυθιοπασδφγηξκλζχψωβνμ", "wertyuiopasdfghjklzxcvbnm"},
	{"ΕΡΤΥΘΙΟΠΑΣΔΦΓΗΞΚΛΖΧΨΩΒΝΜ", "ERTYUIOPASDFGHJKLZXCVBNM"},
	{"קראטוןםפשדגכעיחלךףזסבהנמצתץ", "ertyuiopasdfghjkl;zxcvbnm,."},
	{"ذضصثقفغعهخحجدشسيبلاتنمكطئءؤرىةوزظإأآ", "`qwertyuiop[]asdfghjkl;'zxcvnm,./YHN"},
	{"ๅภถุึคตจขชๆไำพะัีรนยบลฃฟหกดเ้่าสวงผปแอิืทมใฝ", "14567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./"},
	{"ูฎฑธํ๊ณฯญฐฅฤฆฏโฌ็๋ษศซฉฮฺ์ฒฬฦ", "^ERTYUIOP{|ASDFGHJKL:CVBN<>?"},
	{"ᄀᄁᄂᄃᄄᄅᄆᄇᄈᄉᄊᄋᄌᄍᄎᄏᄐᄑᄒ", "rRseEfaqQtTdwWczxvg"},
	{"ᅡᅢᅣᅤᅥᅦᅧᅨᅩᅭᅮᅲᅳᅵ", "koiOjpuPhynbml"},
	{"ᆨᆩᆫᆮᆯᆷᆸᆺᆻᆼᆽᆾᆿᇀᇁᇂ", "rRsefaqtTdwczxvg"},
}

// keySequences are characters that take several keys.
var keySequences = map[rune]string{
	'ά': ";a", 'έ': ";e", 'ή': ";h", 'ί': ";i", 'ό': ";o", 'ύ': ";y", 'ώ': ";v", 'ϊ': ":i", 'ϋ': ":y",
	'ᅪ': "hk", 'ᅫ': "ho", 'ᅬ': "hl", 'ᅯ': "nj", 'ᅰ': "np", 'ᅱ': "nl", 'ᅴ': "ml",
	'ᆪ': "rt", 'ᆬ': "sw", 'ᆭ': "sg", 'ᆰ': "fr", 'ᆱ': "fa", 'ᆲ': "fq", 'ᆳ': "ft", 'ᆴ': "fx", 'ᆵ': "fv", 'ᆶ': "fg", 'ᆹ': "qt",
}

// keysOf returns the keys of a character of another script, or "".
func keysOf(r rune) string {
	for _, pair := range keyPairs {
		if i := slices.Index([]rune(pair[0]), r); i >= 0 {
			return pair[1][i : i+1]
		}
	}
	return keySequences[r]
}

// decomposedHangul returns the jamo of a syllable, or the character.
func decomposedHangul(r rune) string {
	if unicode.Is(unicode.Hangul, r) {
		return norm.NFD.String(string(r))
	}
	return string(r)
}

// stroke is a character that a key gives.
type stroke struct {
	rune
	keyed bool
}

// strokes returns what the keys of a character give; ok is false for a letter that is
// on none.
func strokes(r rune) (all []stroke, ok bool) {
	ok = true
	parts := []rune{r}
	if keysOf(r) == "" {
		parts = nil
		for _, p := range foldRune(r) {
			parts = append(parts, []rune(decomposedHangul(p.base))...)
		}
	}
	for _, part := range parts {
		keys := keysOf(part)
		if keys == "" {
			all = append(all, stroke{part, false})
			ok = ok && (part < utf8.RuneSelf || isSeparator(part))
		}
		for _, k := range strings.ToLower(keys) {
			all = append(all, stroke{k, true})
		}
	}
	return all, ok
}

// signKeys are the signs that Latin letters give on the layout of a text's first letter
// beyond ASCII.
func signKeys(text string) map[rune]rune {
	for _, r := range text {
		for _, p := range foldRune(r) {
			switch {
			case p.base < utf8.RuneSelf || !unicode.IsLetter(p.base):
				continue
			case unicode.Is(unicode.Hebrew, p.base):
				return map[rune]rune{'/': 'q', '\'': 'w'}
			case unicode.Is(unicode.Greek, p.base):
				return map[rune]rune{';': 'q'}
			}
			return nil
		}
	}
	return nil
}

// turnedParts returns the whole text, its core and up to four runs of letters in that
// as their keys give them, if all of it is on keys; and so of each part that it is several
// times.
func turnedParts(text []position) []thread {
	if len(text) > 64 || strings.Trim(keysOfAll(text), ascii) != "" {
		return nil
	}
	var parts []thread
	for _, part := range repeatedParts(text, keysOfAll) {
		parts = append(parts, turnedPartsOf(part)...)
	}
	return parts
}

// turnedPartsOf returns those of a text on keys.
func turnedPartsOf(text []position) (parts []thread) {
	first, last := core(text)
	spans := [][2]int{{0, len(text)}, {first, last}}
	runs := 0
	for i := first; i < last; i++ {
		if start := i; isLetter(text[i].base) {
			for i < last && isLetter(text[i].base) {
				i++
			}
			if runs++; runs <= 4 {
				spans = append(spans, [2]int{start, i})
			}
		}
	}
	for k, s := range spans {
		part := text[s[0]:s[1]]
		key := keysOfAll(part)
		beyond := slices.ContainsFunc(part, func(p position) bool { return p.base >= utf8.RuneSelf })
		if beyond && len(key) >= 4 && !slices.Contains(spans[:k], s) {
			parts = append(parts, thread{key: key, start: s[0], end: s[1], cost: turned})
		}
	}
	return parts
}

// keysOfAll returns what the keys of positions give.
func keysOfAll(text []position) (keys string) {
	for _, p := range text {
		keys += p.keys
	}
	return keys
}

// typedWays returns the ways to type a text on the keys of another layout, with a
// capital first letter if wanted; none if no key differs.
func typedWays(text string, capital bool) (ways [][]stroke) {
	plain := strings.NewReplacer("ё", "е", "ά", "α", "έ", "ε", "ή", "η", "ί", "ι", "ό", "ο", "ύ", "υ", "ώ", "ω", "ϊ", "ι", "ϋ", "υ").Replace(strings.Map(unicode.ToLower, text))
	ligatures := strings.NewReplacer("لا", "b", "لأ", "g", "لإ", "t", "لآ", "b").Replace(plain)
	texts := []string{text, ligatures}
	if first, size := utf8.DecodeRuneInString(text); capital && first != utf8.RuneError {
		texts = append(texts, string(unicode.ToUpper(first))+text[size:])
	}
	keyed := false
	for _, t := range texts {
		var way []stroke
		for _, r := range t {
			some, ok := strokes(r)
			if !ok {
				return nil
			}
			way = append(way, some...)
			keyed = keyed || slices.ContainsFunc(some, func(s stroke) bool { return s.keyed })
		}
		ways = append(ways, way)
	}
	if !keyed {
		return nil
	}
	return ways
}

// typedTerms returns a term as its keys give it, with its separators and without.
func typedTerms(w word, text string) (words []word) {
	w.typed = true
	for _, way := range typedWays(text, true) {
		var all, bare []rune
		for _, s := range way {
			all = append(all, s.rune)
			if s.keyed || !isSeparator(s.rune) {
				bare = append(bare, s.rune)
			}
		}
		for _, w.letters = range [][]rune{all, bare} {
			if n := len(w.letters); n >= 4 && n <= 256 {
				words = append(words, w)
			}
		}
	}
	return words
}

// typedRuns returns the runs of a field as their keys give them, once for each way.
func typedRuns(field string) (all [][]string) {
	for _, way := range typedWays(field, false) {
		runs := []string{""}
		for _, s := range way {
			if last := len(runs) - 1; s.keyed || unicode.IsLetter(s.rune) || unicode.IsDigit(s.rune) {
				runs[last] += string(s.rune)
			} else {
				runs = append(runs, "")
			}
		}
		all = append(all, slices.DeleteFunc(runs, func(run string) bool { return run == "" }))
	}
	return all
}
