package engine_test

import (
	"testing"
	"unicode"

	"github.com/vetopw/veto/engine"
)

// typedWords are words of many scripts and what their keys give on QWERTY.
var typedWords = []struct{ word, keys string }{
	{"кукушка", "rereirf"}, {"Щелкунчик", "Otkreyxbr"}, {"любимая", "k.,bvfz"}, {"Юность", ">yjcnm"}, {"юность", ".yjcnm"}, {"Юность", ".yjcnm"}, {"юность", ">yjcnm"},
	{"Йошкар-Ола", "Qjirfh-Jkf"}, {"Йошкар-Ола", "QjirfhJkf"}, {"жёлтый", ";`knsq"}, {"жёлтый", ";tknsq"}, {"объект", "j,]trn"}, {"эхолот", "'[jkjn"},
	{"їжачок", "];fxjr"}, {"щедрівка", "otlhsdrf"}, {"Євшан", "\"dify"}, // Ukrainian
	{"θάλασσα", "u;alassa"}, {"θάλασσα", "ualassa"}, {"ΘΑΛΑΣΣΑ", "UALASSA"}, {"ουρανός", "oyran;ow"}, {"ουρανός", "oyranow"}, {"ΑΝΕΜΟΣ", "anemos"},
	{"אבטיח", "tcyhj"}, {"ציפורניים", "mhpurbhho"}, {"תפוח", ",puj"},
	{"قنفذ", "rkt`"}, {"برتقال", "fvjrhg"}, {"سلاحف", "sghpt"}, {"سلاحف", "sbpt"}, {"أرنب", "Hvkf"}, {"إبريق", "Yfvdr"},
	{"고슴도치", "rhtmaehcl"}, {"까마귀", "Rkakrnl"}, {"닭갈비", "ekfrrkfql"}, {"흙먼지", "gmfrajswl"},
	{"กระต่าย", "dit9jkp"}, {"ผีเสื้อ", "zuglnhv"}, {"ฤดูหนาว", "Af^sok;"},
}

// TestTypedTerms has terms as they are typed with the Latin layout on, and with
// something behind.
func TestTypedTerms(t *testing.T) {
	for _, x := range typedWords {
		e := newEngine(t, engine.DefaultPolicy(), x.word)
		for _, behind := range []string{"", "77"} {
			v := e.Explain([]byte(x.keys+behind), engine.Subject{})
			if len(v.Segments) == 0 || !typed(v.Segments[0], engine.KindTerm, x.keys) {
				t.Errorf("%s%s is not the term %s: %+v", x.keys, behind, x.word, v.Segments)
			}
		}
	}
}

// typed reports whether a segment is the keys of a word and nothing else differs.
func typed(s engine.Segment, kind engine.Kind, keys string) bool {
	span := engine.Span{End: len(keys)}
	return s.Kind == kind && s.Span == span && s.Spelling == 64 && len(s.Readings) == 1 && s.Readings[0] == engine.Reading{Kind: engine.ReadTyped, Span: span, Guesses: 64}
}

// TestTypedNames has names of the subject as they are typed with the Latin layout on.
func TestTypedNames(t *testing.T) {
	e := newEngine(t, engine.DefaultPolicy())
	for _, x := range []struct{ name, keys string }{
		{"Жанна Хохлова", ":fyyf"}, {"Жанна Хохлова", ";fyyf"}, {"Жанна Хохлова", "{j[kjdf"}, {"Жанна Хохлова", ":fyyf{j[kjdf"}, {"Жанна Хохлова", "[j[kjdf;fyyf"},
		{"Жанна Хохлова", ":{j[kjdf"}, {"Семён Алёхин", "Ctv`y"}, {"Семён Алёхин", "Ctvty"}, {"Зоряна Їжак", "};fr"}, {"박서연", "qkrtjdus"},
		{"Άννα-Μαρία", "annamaria"}, {"Άννα-Μαρία", "Mar;ia"}, {"דוד בן־גוריון", "durhui"}, {"فاطمة الزهراء", "th'lm"}, {"สมชาย", "l,=kp"},
	} {
		v := e.Explain([]byte(x.keys), engine.Subject{Names: []string{x.name}})
		if len(v.Segments) != 1 || !typed(v.Segments[0], engine.KindSubject, x.keys) {
			t.Errorf("%s is not %s: %+v", x.keys, x.name, v.Segments)
		}
	}
}

// TestTypedLikeOthers has what else holds for terms as they are typed: bans, matches,
// spellings, changes of the list; and where they don't count.
func TestTypedLikeOthers(t *testing.T) {
	term := engine.Term{Text: "Снегирь", Match: engine.Prefix, Ban: true}
	e := engineOf(t, engine.DefaultPolicy(), term)
	for password, want := range map[string]bool{
		"Cytubhm-vQ7#kW3!zR": true, "Cytudhm-vQ7#kW3!zR": true, "cytu8hm-vQ7#kW3!zR": true, "mhbutyc-vQ7#kW3!zR": true, "Cyytubhm-vQ7#kW3!zR": true,
		"vQ7#kW3!zR-Cytubhm": false,
	} {
		if banned := e.Check([]byte(password), engine.Subject{}).Reasons.Has(engine.BannedTerm); banned != want {
			t.Errorf("%s banned: %v, want %v", password, banned, want)
		}
	}
	for _, d := range []engine.Delta{{List: "own", Remove: []engine.Term{{Text: "СНЕГИРЬ", Match: engine.Prefix}}}, {List: "own", Drop: true}} {
		gone, err := e.Amend("gone", d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := gone.Amend("again", engine.Delta{List: "own", Add: []engine.Term{term}})
		if err != nil {
			t.Fatal(err)
		}
		const password = "Cytubhm-vQ7#kW3!zR"
		if refuses(gone, password) != "" || refuses(again, password) != refuses(e, password) || again.Amended() != 2 {
			t.Errorf("%q without the term, %q with it again, %d amended", refuses(gone, password), refuses(again, password), again.Amended())
		}
	}
	p := engine.EntraPolicy()
	p.IgnoreBans = false
	if got := refuses(engineOf(t, p, engine.Term{Text: "Снегирь", Ban: true}), "Cytubhm-vQ7#kW3!zR"); got != "" {
		t.Errorf("profile entra: %s", got)
	}
	near := engine.Policy{Name: "near", RefuseNear: true}
	if got := refuses(engineOf(t, near, engine.Term{Text: "Снегирь"}), "Cytubhm"); got != "" {
		t.Errorf("rule near: %s", got)
	}
}

// TestTurned has Latin words typed with another layout on: listed ones, terms and
// names, alone and with something behind.
func TestTurned(t *testing.T) {
	lists := []engine.PasswordList{{Name: "passwords", Set: rankedAt7("copperfield", "quicksand")}}
	e, err := engine.New(engine.Config{Policies: []engine.Policy{engine.DefaultPolicy()}, Terms: custom("fabrikam"), Passwords: lists})
	if err != nil {
		t.Fatal(err)
	}
	s := engine.Subject{Names: []string{"Wendy Quill"}}
	for word, kind := range map[string]engine.Kind{
		"сщззукашудв": engine.KindPassword, "йгшслыфтв": engine.KindPassword, "Сщззукашудв": engine.KindPassword, "ψοππερφιελδ": engine.KindPassword,
		"בםפפקרכןקךג": engine.KindPassword, "ؤخححثقبهثمي": engine.KindPassword, "채ㅔㅔㄷㄱ랴딩": engine.KindPassword, "แนยยำพดรำสก": engine.KindPassword,
		"афикшлфь": engine.KindTerm, "Φαβρικαμ": engine.KindTerm, "цутвн": engine.KindSubject, "йгшдд": engine.KindSubject,
		";θιψκσανδ": engine.KindPassword, "/וןבלדשמג": engine.KindPassword,
	} {
		for _, behind := range []string{"", "!", "77", word} {
			if behind != word && !unicode.IsLetter([]rune(word)[0]) && behind != "" {
				continue // the word does not begin the core
			}
			x := e.Explain([]byte(word+behind), s)
			first := x.Segments[0]
			if first.Kind != kind || first.Spelling != 128 || len(first.Readings) != 1 || first.Readings[0].Kind != engine.ReadTyped || first.Readings[0].Span != first.Span {
				t.Errorf("%s%s: %+v", word, behind, x.Segments)
			}
			if whole := x.Reasons.Has(engine.BannedPassword); whole {
				t.Errorf("%s%s is on a list", word, behind)
			}
		}
	}
}
