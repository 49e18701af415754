package fuzz_test

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/internal/model"
)

// maxRunes bounds the passwords that are compared: the model takes its time,
// and the engine's budget of steps is not to matter.
const maxRunes = 24

// trial is one question to the engine and the model.
type trial struct {
	policy    engine.Policy
	lists     []engine.TermList
	passwords []map[string]int
	breaches  []breachMap
	chars     []byte
	subject   engine.Subject
	password  string
}

// wordsOf are terms of many shapes: prefixes of each other, with separators,
// substituted, doubled, periodic, of other scripts.
var wordsOf = []string{
	"password", "pass", "passwords", "word", "contoso", "contosos", "summer", "paris", "boss", "hello",
	"new york", "newyork", "a-b", "a.b.c.d", "rock'n'roll", "o'neil", "p4ss", "w0rd$", "!!!!", "#1dad", "abc", "ab", "x",
	"aaaa", "aaaaaa", "abab", "abcabc", "abcdef", "qwerty", "123456", "2019", "lil", "level", "noonnoon",
	"москва", "пароль", "Юла-Ёж", "чайка", "λόγος", "Ωmega", "αβγδεζ", "비밀번호", "서울", "한글한글", "密码", "北京大学", "さくら", "パスワード",
	"straße", "müller", "naïve", "øresund", "ﬁnance", "Ǆungla", "€uro", "coûte", "ⅷ", "ＷＩＤＥ", "ça va", "a✓b✓c✓d",
}

// spare is the alphabet of random characters; the model knows all of them.
var spare = []rune("aabbcdeilnoqrstxyzABLOSZ0123456789!@$|+(%#-._ /*'\"\t\x00\x7f" +
	"áÅßøıſﬁǆǅếṩłđǿµ€£¥₱⒫➋ɔаеоВЖжЯαηΩςΣ가각ᄀ" + "\u1161\u11a8" + "中国かガｶﾞกไकिꀀመＡ９①½ªΐ\u0301\u200b\u00ad\u3164\ufe0f\U000e0041\ufdfa\U0001d5a0𝟘😀🅰🇧�ᴋɐ٣๕\u2800✓")

var rows = []string{
	"йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю.", "2ц3у4к", "ЦУКеНГ", "ф1ы", "qwfpgjluy", "arstdhneio", "qArStw",
	"qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "!@#$%^&*()", "qwertzuiop", "azertyuiop", "aoeuidhtns",
	"1qaz2wsx3edc", "789456123", "7410852", "zaq12wsx", "abcdefghij", "zyxwvuts", "9876543210", "абвгде", "αβγδε", "!QAZ@WSX", "qaz!QAZ",
	"p^l", "$m%", "[=/]", "`1q~!Q", "&aq", ",./';[]", "zaq1\"'(-", "ü+#", "0.,mnb", "';.q", "0123", "*p^$*",
	"1q@W3e$R5T^y7U", "qWErtYuIOp[", "aZE\"rT6", "1qaz@WSX3edc$RFV", "qweQWE123!@#", "1qazZAQ!2wsx", "Qwer!@#$Asdf", "1qazXSW\"3edcVFR4", "aoe',.AOE123", "azeQSDwxc&é\"",
}

var dates = []string{
	"2019", "1939", "1940", "2029", "2030", "2069", "2070", "1900", "1899", "311219", "31122019", "12312019", "20191231", "191231", "3112", "1231", "0000",
	"31.12.2019", "1/2/99", "12-31-2019", "2019-1-5", "2019-01-053", "99_12_31", "1.2-99", "1 1 1990", "00/00/0000", "2019a12a31",
	"15-Jan-1990", "jan", "Mai", "5may", "March", "dez 24", "sept", "aout", "-15",
	"212-555-0173", "06 12 34", " 56 78", "+49 171 2345678", "(030) 1234567", "+1(212)555-", "0/30", "1.800.", "(", ")", "+", "0173",
}

func oneOf(t *rapid.T, label string, from []string) string {
	return rapid.SampledFrom(from).Draw(t, label)
}

// drawTerm draws a term, or a short word of few letters.
func drawTerm(t *rapid.T) string {
	if rapid.IntRange(0, 3).Draw(t, "term from") > 0 {
		return oneOf(t, "term", wordsOf)
	}
	return string(rapid.SliceOfN(rapid.SampledFrom([]rune("aabbls$1!o0- éжа")), 1, 9).Draw(t, "letters"))
}

var matches = []engine.Match{engine.Contains, engine.Contains, engine.Contains, engine.Exact, engine.Prefix, engine.Suffix}

// drawRanked draws a term with what there is beside its text.
func drawRanked(t *rapid.T) engine.Term {
	term := engine.Term{Text: drawTerm(t), Match: rapid.SampledFrom(matches).Draw(t, "match"), Ban: rapid.IntRange(0, 3).Draw(t, "ban") == 0}
	if rapid.Bool().Draw(t, "ranked") {
		term.Rank = rapid.OneOf(rapid.SampledFrom([]uint32{1, 2, 100, 2000, 2001, 2100}), rapid.Uint32Range(1, 1<<31)).Draw(t, "rank")
	}
	return term
}

// drawLists draws lists of terms, ranked and not; a term may be in both.
func drawLists(t *rapid.T) []engine.TermList {
	lists := make([]engine.TermList, rapid.IntRange(0, 2).Draw(t, "lists"))
	for i := range lists {
		lists[i].Name = "list/" + string(rune('a'+i))
		for range rapid.IntRange(1, 4).Draw(t, "terms") {
			term := drawRanked(t)
			if model.Fold(term.Text) != "" {
				lists[i].Terms = append(lists[i].Terms, term)
			}
		}
	}
	return lists
}

func termsOf(lists []engine.TermList) (texts []string) {
	for _, list := range lists {
		for _, term := range list.Terms {
			texts = append(texts, term.Text)
		}
	}
	return texts
}

var names = []string{
	"anna", "o'neil", "Kim", "lee", "Jo", "a1b", "Jane Mary Doe", "van der Berg", "J R R Tolkien", "Кузнецова", "Jörg Müller", "Ann-Kathrin", "svc_backup", "Åsa12", "李小龙北京", "李明", "김", "서 울", "홍길동서울", "\u1112\u1169\u11bc길동\u1109\u1165\u110b\u116e\u11af", "Νικόλαος", "Ёлкин", "Юля Хомякова", "김 철수",
}

// drawSubject draws some fields from the words and the terms.
func drawSubject(t *rapid.T, terms []string) engine.Subject {
	var s engine.Subject
	words := append(slices.Clone(terms), names...)
	field := func(name string) string {
		switch rapid.IntRange(0, 5).Draw(t, name+"?") {
		case 0, 1, 2:
			return ""
		case 3:
			return oneOf(t, name, words)
		case 4:
			joint := oneOf(t, "joint", []string{" ", "-", ".", "", "\u00ad", "·"})
			text := oneOf(t, name, words)
			for range rapid.IntRange(1, 3).Draw(t, "more") {
				text += joint + oneOf(t, name, words)
			}
			return text
		}
		return string(rapid.SliceOfN(rapid.SampledFrom(spare), 0, 10).Draw(t, name))
	}
	s.Account, s.Tenant = field("account"), field("tenant")
	for range rapid.IntRange(0, 2).Draw(t, "names") {
		s.Names = append(s.Names, field("name"))
	}
	for range rapid.IntRange(0, 1).Draw(t, "attributes") {
		s.Attributes = append(s.Attributes, field("attribute"))
	}
	if local := field("local"); local != "" {
		s.Mail = local + oneOf(t, "domain", []string{"", "@", "@contoso.com", "@mail.example.co.uk", "@localhost", "@a@b.c"})
	}
	return s
}

// drawPolicy draws a policy, one of the two published ones or not.
func drawPolicy(t *rapid.T) engine.Policy {
	if rapid.IntRange(0, 3).Draw(t, "published") == 0 {
		p := rapid.SampledFrom([]engine.Policy{engine.DefaultPolicy(), engine.EntraPolicy()}).Draw(t, "policy")
		return p
	}
	flag := rapid.Bool()
	p := engine.Policy{
		Name: "drawn", Profile: rapid.SampledFrom([]engine.Profile{engine.Default, engine.Default, engine.Entra}).Draw(t, "profile"),
		MinLength: rapid.IntRange(0, 12).Draw(t, "min"), MaxLength: rapid.SampledFrom([]int{0, 12, 20, 256}).Draw(t, "max"),
		Complexity: flag.Draw(t, "complexity"), MinClasses: rapid.IntRange(0, 5).Draw(t, "classes"), AllowControl: flag.Draw(t, "control"),
		RequiredPoints:  rapid.IntRange(0, 6).Draw(t, "points"),
		RequiredGuesses: engine.Guesses(rapid.IntRange(0, 60*64).Draw(t, "guesses")),
		RefuseNear:      flag.Draw(t, "near"), RefuseSubject: flag.Draw(t, "names"), RefuseListed: flag.Draw(t, "listed"), IgnoreBans: flag.Draw(t, "bans"),
		MinBreachCount: rapid.SampledFrom([]int{0, 1, 1, 2, 3, 100, engine.MaxBreachCount}).Draw(t, "breached"),
	}
	drawRules(t, &p)
	return p
}

// drawPieces draws the text of a password from pieces of terms, patterns and
// characters, some with the same separator behind each and some twice.
func drawPieces(t *rapid.T, terms []string) string {
	var text []rune
	joint := oneOf(t, "joint", []string{"", "", "", "-", ".", " ", "#", "✓"})
	for range rapid.IntRange(0, 5).Draw(t, "pieces") {
		var piece string
		switch rapid.IntRange(0, 7).Draw(t, "piece") {
		case 0, 1, 2:
			if len(terms) > 0 {
				piece = misspell(t, oneOf(t, "of", terms))
			}
		case 3:
			row := oneOf(t, "row", rows)
			i := rapid.IntRange(0, len(row)-1).Draw(t, "from")
			piece = strings.ToValidUTF8(row[i:min(len(row), i+rapid.IntRange(2, 12).Draw(t, "width"))], "")
		case 4:
			piece = oneOf(t, "date", dates)
		case 5:
			if len(text) > 0 {
				piece = string(text[rapid.IntRange(0, len(text)-1).Draw(t, "again"):])
			}
		case 6:
			piece = oneOf(t, "ending", []string{"1", "12", "!", "!!", "1!", "1!2", "1!2?", "!1!1!", "$$", "...", "2024!", "007", "aa", "AA"})
		case 7:
			piece = string(rapid.SliceOfN(rapid.SampledFrom(spare), 0, 6).Draw(t, "random"))
		}
		text = append(text, []rune(piece)...)
		text = append(text, []rune(joint)...)
	}
	text = text[:min(len(text), maxRunes)]
	if rapid.IntRange(0, 9).Draw(t, "twice") == 0 && len(text) <= maxRunes/2 {
		text = append(text, text...)
	}
	return string(thread(t, text))
}

// thread writes each character several times, at times, or puts others between
// them that say little.
func thread(t *rapid.T, text []rune) []rune {
	between := []string{"x", "0123456789", "9876543210", "abcdefghij", "4071", "é", "xxy"}
	var out []rune
	switch rapid.IntRange(0, 15).Draw(t, "thread") {
	case 0:
		for _, r := range text[:min(len(text), maxRunes/2)] {
			out = append(out, slices.Repeat([]rune{r}, rapid.SampledFrom([]int{2, 2, 3}).Draw(t, "times"))...)
		}
	case 1:
		k := rapid.IntRange(2, 4).Draw(t, "times")
		for _, r := range text[:min(len(text), maxRunes/k)] {
			out = append(out, slices.Repeat([]rune{r}, k)...)
		}
	case 2:
		filler := []rune(oneOf(t, "filler", between))
		first := rapid.IntRange(0, 1).Draw(t, "first")
		for i, r := range text[:min(len(text), maxRunes/2)] {
			pair := []rune{filler[i%len(filler)], r}
			if first == 0 {
				slices.Reverse(pair)
			}
			out = append(out, pair...)
		}
		out = out[:len(out)-min(len(out), rapid.IntRange(0, 1).Draw(t, "off"))]
		out = append(out, []rune(oneOf(t, "behind", []string{"", "", "!", "!!?"}))...)
	default:
		return text
	}
	return out
}

// separate draws gaps and puts them between characters, some in turn.
func separate(t *rapid.T, letters []rune) (out []rune) {
	gaps := rapid.SliceOfN(rapid.SampledFrom([]string{"-", ".", "_", " ", "!", "$", "✓", "\x00", "--", ")(", ".-.", "----"}), 1, 3).Draw(t, "gaps")
	for i, r := range letters {
		if i > 0 {
			out = append(out, []rune(gaps[i%len(gaps)])...)
		}
		out = append(out, r)
	}
	return out
}

// spellings are what a letter may be written as.
var spellings = map[rune]string{
	'a': "4@Aàаα", 'b': "86Bв", 'c': "(<CсС", 'd': "D", 'e': "3€Eеé", 'g': "69", 'h': "#Һ", 'i': "1!|Iі", 'k': "Кκ",
	'l': "17!|£L", 'm': "МM", 'n': "Nη", 'o': "0Oоø", 'p': "Pрρ", 'q': "9", 'r': "гR", 's': "5$Sѕſ", 't': "7+Т", 'x': "%х",
	'y': "¥у", 'z': "2Z",
}

// onKeys writes the letters of a term as their keys give them on QWERTY.
var onKeys = strings.NewReplacer("а", "f", "в", "d", "г", "u", "е", "t", "ё", "`", "ж", ";", "и", "b", "й", "q", "к", "r", "л", "k", "м", "v", "н", "y", "о", "j",
	"п", "g", "р", "h", "с", "c", "у", "e", "х", "[", "ц", "w", "ч", "x", "ь", "m", "ю", ".", "я", "z", "Ё", "~", "Ж", ":", "Х", "{", "Ю", ">",
	"α", "a", "β", "b", "γ", "g", "δ", "d", "ε", "e", "ζ", "z", "η", "h", "ι", "i", "κ", "k", "λ", "l", "μ", "m", "ν", "n", "ο", "o", "ό", ";o", "ς", "w", "σ", "s", "τ", "t", "Ν", "N", "Ω", "V",
	"비", "ql", "밀", "alf", "번", "qjs", "호", "gh", "서", "tj", "울", "dnf", "한", "gks", "글", "rmf", "김", "rla", "철", "cjf", "수", "tn", "홍", "ghd", "길", "rlf", "동", "ehd")

// turned writes Latin letters as their keys give them on ЙЦУКЕН.
var turned = strings.NewReplacer("a", "ф", "b", "и", "c", "с", "d", "в", "e", "у", "f", "а", "g", "п", "h", "р", "i", "ш", "j", "о", "k", "л", "l", "д", "m", "ь",
	"n", "т", "o", "щ", "p", "з", "q", "й", "r", "к", "s", "ы", "t", "е", "u", "г", "v", "м", "w", "ц", "x", "ч", "y", "н", "z", "я", "J", "О", "A", "Ф")

// misspell draws a way to write a term: on other keys, substituted, in capitals, doubled,
// separated, with an edit, reversed, cut.
func misspell(t *rapid.T, term string) string {
	switch rapid.IntRange(0, 5).Draw(t, "keys") {
	case 0, 1:
		term = onKeys.Replace(term)
	case 2:
		term = turned.Replace(term)
	}
	letters := []rune(term)
	for range rapid.IntRange(0, 4).Draw(t, "changes") {
		if len(letters) == 0 {
			break
		}
		i := rapid.IntRange(0, len(letters)-1).Draw(t, "at")
		switch rapid.IntRange(0, 9).Draw(t, "change") {
		case 0, 1:
			if s := spellings[unicode.ToLower(letters[i])]; s != "" {
				letters[i] = rapid.SampledFrom([]rune(s)).Draw(t, "as")
			}
		case 2:
			if r := unicode.ToUpper(letters[i]); model.Knows(r) {
				letters[i] = r
			}
		case 3:
			letters = slices.Insert(letters, i, letters[i])
		case 4:
			letters = slices.Insert(letters, i, rapid.SampledFrom([]rune("-. a1$✓\x00")).Draw(t, "between"))
		case 5:
			letters = separate(t, letters)
		case 6:
			letters = slices.Delete(letters, i, i+1)
		case 7:
			letters[i] = rapid.SampledFrom(spare).Draw(t, "changed")
		case 8:
			if i > 0 {
				letters[i], letters[i-1] = letters[i-1], letters[i]
			}
		case 9:
			slices.Reverse(letters)
		}
	}
	return string(letters)
}

// synthetic is a character model without meaning.
var synthetic = func() []byte {
	costs := make([]byte, engine.CharClasses*engine.CharClasses*engine.CharClasses)
	for i := range costs {
		costs[i] = 1 + byte(uint32(i)*2654435761>>24)%160
	}
	return costs
}()

// joinRuns joins some of the words of a name, or their initials.
func joinRuns(t *rapid.T, name string) (joined string) {
	for _, run := range strings.Fields(name) {
		switch rapid.IntRange(0, 2).Draw(t, "run") {
		case 0:
			joined += run
		case 1:
			joined += string([]rune(run)[0])
		}
	}
	return joined
}

func drawTrial(t *rapid.T) trial {
	var q trial
	q.policy = drawPolicy(t)
	q.lists = drawLists(t)
	terms := termsOf(q.lists)
	q.subject = drawSubject(t, terms)
	pool := append(slices.Clone(terms), q.subject.Account, q.subject.Tenant, "password", "summer")
	for _, name := range slices.Concat(q.subject.Names, q.subject.Attributes) {
		pool = append(pool, strings.ReplaceAll(name, " ", ""), joinRuns(t, name))
	}
	q.password = drawPieces(t, pool)
	if rapid.IntRange(0, 15).Draw(t, "broken") == 0 {
		q.password += oneOf(t, "bytes", []string{"\xff", "\xc3", "\xed\xa0\x80", "\xf0\x9f\x98"})
	}
	if rapid.Bool().Draw(t, "model") {
		q.chars = synthetic
	}
	q.subject.OldPassword = []byte(drawOld(t, q.password))
	q.passwords = drawPasswords(t, q.password)
	q.breaches = drawBreaches(t, q.password)
	return q
}

// drawBreaches draws breach corpora that have the password or parts of it.
func drawBreaches(t *rapid.T, password string) (breaches []breachMap) {
	for range rapid.IntRange(0, 2).Draw(t, "breaches") {
		b := breachMap{rapid.SampledFrom([]engine.HashKind{engine.SHA1, engine.NTLM}).Draw(t, "kind"), map[string]int{}}
		texts := []string{password, strings.TrimRightFunc(password, func(r rune) bool { return !unicode.IsLetter(r) })}
		if half := password[:len(password)/2]; half+half == password {
			texts = append(texts, half)
		}
		if small := strings.Map(unicode.ToLower, norm.NFC.String(password)); small != password {
			texts = append(texts, small, strings.TrimFunc(small, func(r rune) bool { return !unicode.IsLetter(r) }))
		}
		for _, list := range drawPasswords(t, password) {
			texts = slices.AppendSeq(texts, maps.Keys(list))
		}
		slices.Sort(texts)
		for _, text := range texts {
			if rapid.Bool().Draw(t, "seen") {
				b.classes[digests[b.kind](text)] = rapid.IntRange(0, 14).Draw(t, "class")
			}
		}
		breaches = append(breaches, b)
	}
	return breaches
}

// drawPasswords draws lists of passwords that have parts of the password.
func drawPasswords(t *rapid.T, password string) (lists []map[string]int) {
	folded := []rune(model.Fold(password))
	for range rapid.IntRange(0, 2).Draw(t, "password lists") {
		list := map[string]int{}
		for range rapid.IntRange(0, 4).Draw(t, "entries") {
			entry := folded
			if len(folded) > 0 {
				switch rapid.IntRange(0, 6).Draw(t, "part") {
				case 6:
					entry = []rune(onKeys.Replace(strings.Trim(string(folded), "0123456789!.")))
				case 1:
					start := rapid.IntRange(0, len(folded)-1).Draw(t, "start")
					entry = folded[start:rapid.IntRange(start, len(folded)).Draw(t, "end")]
				case 2:
					entry = folded[:len(folded)-min(len(folded), rapid.IntRange(1, 4).Draw(t, "off"))]
				case 4:
					entry = nil
					for i := rapid.IntRange(0, 1).Draw(t, "first"); i < len(folded); i += 2 {
						entry = append(entry, folded[i])
					}
				case 5:
					entry = slices.Compact(slices.Clone(folded))
				case 3:
					entry = []rune(strings.TrimFunc(string(folded), func(r rune) bool { return !unicode.IsLetter(r) }))
				}
			}
			text := string(entry)
			if rapid.Bool().Draw(t, "plain") {
				text = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "@", "a", "$", "s", "7", "t", "!", "i", "8", "b").Replace(text)
			}
			list[text] = rapid.IntRange(0, 30).Draw(t, "log rank")
		}
		lists = append(lists, list)
	}
	return lists
}
