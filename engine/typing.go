package engine

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// People whose language has another script type its words with the Latin layout on:
// привет is ghbdtn. What follows tells which characters of QWERTY the keys of such a
// word give.

// typedRows are the rows of keyboards for other scripts, key by key those of QWERTY.
var typedRows = [...][]string{
	cyrillicRows,
	{ // Ukrainian, as Windows has it, where it is not ЙЦУКЕН
		"", "", "            їґ", "", "  і        є", "", "", ""},
	{ // Greek, ELOT 1000
		"", "", "  ςερτυθιοπ", "", " ασδφγηξκλ", "", " ζχψωβνμ", ""},
	{ // Hebrew, SI 1452
		"", "", "   קראטוןםפ", "", " שדגכעיחלךף", "", " זסבהנמצתץ", ""},
	{ // Arabic, as Windows' layout 101
		"ذ", "", " ضصثقفغعهخحجد", "      إ", " شسيبلاتنمكط", "      أ", " ئءؤر ىةوزظ", "      آ"},
	{ // Thai, Kedmanee, TIS 820-2538
		" ๅ  ภถ\u0e38\u0e36คตจขช", "      \u0e39", " ๆไำพะ\u0e31\u0e35รนยบลฃ", "   ฎฑธ\u0e4d\u0e4aณฯญฐ ฅ",
		" ฟหกดเ\u0e49\u0e48าสวง", " ฤฆฏโฌ\u0e47\u0e4bษศซ", " ผปแอ\u0e34\u0e37ทมใฝ", "   ฉฮ\u0e3a\u0e4c ฒฬฦ"},
}

// typedMarked are the Greek vowels that are typed behind the dead key of their mark.
var typedMarked = map[rune]string{'ά': ";a", 'έ': ";e", 'ή': ";h", 'ί': ";i", 'ό': ";o", 'ύ': ";y", 'ώ': ";v", 'ϊ': ":i", 'ϋ': ":y"}

// typedLamAlef are the keys of Arabic ligatures of lam, by the alef behind it.
var typedLamAlef = map[rune]string{'ا': "b", 'أ': "G", 'إ': "T", 'آ': "B"}

// The jamo of Hangul by their keys on the two-set layout, KS X 5002, in the order of
// Unicode: leading consonants, vowels and final consonants.
var (
	typedLeading = [hangulLs]string{"r", "R", "s", "e", "E", "f", "a", "q", "Q", "t", "T", "d", "w", "W", "c", "z", "x", "v", "g"}
	typedVowels  = [hangulVs]string{"k", "o", "i", "O", "j", "p", "u", "P", "h", "hk", "ho", "hl", "y", "n", "nj", "np", "nl", "b", "m", "ml", "l"}
	typedFinals  = [hangulTs]string{"", "r", "R", "rt", "s", "sw", "sg", "e", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg", "a", "q", "qt", "t", "T", "d", "w", "c", "z", "x", "v", "g"}
)

// The characters of the rows are among these.
const (
	typedFirst = 'Ά' // Greek
	typedLast  = '๛' // Thai
)

// typedKeys has the keys of the characters from typedFirst on, capitals with shift.
var typedKeys = func() (keys [typedLast - typedFirst + 1]string) {
	for r, on := range typedMarked {
		keys[r-typedFirst] = on
	}
	for _, rows := range typedRows {
		for i, row := range rows {
			for column, r := range []rune(row) {
				if r < utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsMark(r) {
					continue
				}
				keys[r-typedFirst] = qwertyRows[i][column : column+1]
				if capital := unicode.ToUpper(r); i%2 == 0 && capital != r && unicode.ToLower(capital) == r {
					keys[capital-typedFirst] = qwertyRows[i+1][column : column+1]
				}
			}
		}
	}
	return keys
}()

// typedKeysOf returns the keys of a character other than Hangul, or "".
func typedKeysOf(r rune) string {
	if r < typedFirst || r > typedLast {
		return ""
	}
	return typedKeys[r-typedFirst]
}

// typing is a way to type a text.
type typing uint8

// The ways. What is not typed is read as it is.
const (
	notTyped     typing = iota
	typedWritten        // as it is written
	typedPlainly        // in small letters, without the marks that people leave out, lam and alef on one key
	typedCapital        // as it is written, with a capital at the start
	typingCount
)

// typedSpelling returns what a word costs more if it is typed with another layout on.
func typedSpelling(typed bool) Guesses {
	if typed {
		return typedCost
	}
	return 0
}

// stroke is a character that a key gives, folded.
type stroke struct {
	rune
	keyed bool // by the key of a character of another script; else the character itself
}

// inWord reports whether the stroke is part of a word of the subject.
func (s stroke) inWord() bool { return s.keyed || unicode.IsLetter(s.rune) || unicode.IsDigit(s.rune) }

// maxStrokes is how many strokes one character may take: of eight that it folds to,
// a syllable of Hangul takes five.
const maxStrokes = 8 * 5

// typist reads a text as its keys give it, stroke by stroke.
type typist struct {
	text    []byte
	way     typing
	at, k   int // bytes of text read, next of strokes
	n       int
	strokes [maxStrokes]stroke
}

// next returns the next stroke; ok is false at the end.
func (t *typist) next() (s stroke, ok bool) {
	for t.k == t.n {
		if t.at == len(t.text) {
			return stroke{}, false
		}
		t.read()
	}
	t.k++
	return t.strokes[t.k-1], true
}

// read reads the next character.
func (t *typist) read() {
	r, size := decodeRune(t.text[t.at:])
	if t.way == typedCapital && t.at == 0 {
		r = unicode.ToUpper(r)
	}
	t.at += size
	strokes := t.strokes[:0]
	if t.way == typedPlainly {
		r = typedPlain(r)
		if r == 'ل' {
			alef, size := decodeRune(t.text[t.at:])
			if strokes = appendKeys(strokes, typedLamAlef[alef]); len(strokes) > 0 {
				t.at += size
			}
		}
	}
	if len(strokes) == 0 {
		strokes, _ = appendStrokes(strokes, r)
	}
	t.k, t.n = 0, len(strokes)
}

// typedPlain returns the small letter without a mark that people leave out.
func typedPlain(r rune) rune {
	r = unicode.ToLower(r)
	if r == 'ё' || len(typedKeysOf(r)) > 1 {
		return foldingOf(r).rune(0)
	}
	return r
}

// appendStrokes appends the strokes of a character: those of its keys, else of what it
// folds to. ok is false for a letter that is on no key.
func appendStrokes(to []stroke, r rune) (strokes []stroke, ok bool) {
	if to, ok = appendKeyed(to, r); ok {
		return to, true
	}
	if r < utf8.RuneSelf {
		return append(to, stroke{unicode.ToLower(r), false}), true
	}
	f := folder{text: utf8.AppendRune(make([]byte, 0, utf8.UTFMax), r)}
	ok = true
	for p, more := f.next(); more; p, more = f.next() {
		var keyed bool
		if to, keyed = appendKeyed(to, p.base); !keyed {
			to = append(to, stroke{p.base, false})
			ok = ok && (p.base < utf8.RuneSelf || isSeparator(p.base))
		}
	}
	return to, ok
}

// appendKeyed appends the strokes of a character that has keys of its own.
func appendKeyed(to []stroke, r rune) (strokes []stroke, ok bool) {
	if on := typedKeysOf(r); on != "" {
		return appendKeys(to, on), true
	}
	switch l, v, t := r-hangulL, r-hangulV, r-hangulT; {
	case 0 <= l && l < hangulLs:
		return appendKeys(to, typedLeading[l]), true
	case 0 <= v && v < hangulVs:
		return appendKeys(to, typedVowels[v]), true
	case 0 < t && t < hangulTs:
		return appendKeys(to, typedFinals[t]), true
	}
	s := r - hangulS
	if s < 0 || s >= hangulLs*hangulVs*hangulTs {
		return to, false
	}
	to = appendKeys(to, typedLeading[s/(hangulVs*hangulTs)])
	to = appendKeys(to, typedVowels[s/hangulTs%hangulVs])
	return appendKeys(to, typedFinals[s%hangulTs]), true
}

// appendKeys appends the strokes of keys.
func appendKeys(to []stroke, keys string) []stroke {
	for i := range len(keys) {
		to = append(to, stroke{unicode.ToLower(rune(keys[i])), true})
	}
	return to
}

// typable reports whether a text has characters on keys of another layout, and no
// letter that is on none.
func typable(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return onKeys(text)
		}
	}
	return false
}

func onKeys(text string) (some bool) {
	var buffer [maxStrokes]stroke
	for _, r := range text {
		strokes, ok := appendStrokes(buffer[:0], r)
		if !ok {
			return false
		}
		some = some || slices.ContainsFunc(strokes, func(s stroke) bool { return s.keyed })
	}
	return some
}

// appendTyped appends the spellings of a term on the keys of another layout, if it has
// any, with and without its separators.
func appendTyped(to []spelled, s spelled, text string) []spelled {
	if !typable(text) {
		return to
	}
	s.traits |= traitTyped
	first := len(to)
	for way := typedWritten; way < typingCount; way++ {
		var all, bare []rune
		t := typist{text: []byte(text), way: way}
		for k, ok := t.next(); ok; k, ok = t.next() {
			all = append(all, k.rune)
			if k.keyed || !isSeparator(k.rune) {
				bare = append(bare, k.rune)
			}
		}
		for _, s.runes = range [...][]rune{all, bare} {
			same := func(have spelled) bool { return slices.Equal(have.runes, s.runes) }
			if n := len(s.runes); n >= minWord && n <= maxTerm && !slices.ContainsFunc(to[first:], same) {
				to = append(to, s)
			}
		}
	}
	return to
}
