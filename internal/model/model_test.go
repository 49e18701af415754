package model_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/vetopw/veto/internal/model"
)

// half is half a bit, in which the examples are written.
const half = 32

func newModel(t *testing.T, c model.Config) *model.Model {
	t.Helper()
	m, err := model.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestExamples checks passwords whose guesses are added up by hand: base,
// spelling, case and join of each part, in half bits. A letter costs 300/64
// bits, a digit 212/64.
func TestExamples(t *testing.T) {
	const letter, number = 300, 212
	terms := []model.Term{{Text: "password"}, {Text: "secret", Rank: 1024}, {Text: "new york"}, {Text: "москва"}, {Text: "paris"}, {Text: "zu", Rank: 4}}
	for _, x := range []struct {
		password        string
		points, guesses int
	}{
		{"", 0, 0},
		{"password", 1, half * (6 + 2)},
		{"Password", 1, half * (6 + 2 + 2)},
		{"PASSWORD", 1, half * (6 + 2 + 2)},
		{"passWord", 1, half * (6 + 10 + 6 + 2)},        // one of 8 places: 3 bits
		{"P@$$w0rd", 1, half * (6 + 8 + 2 + 2)},         // four common readings, a capital in front
		{"p4$$w0r|)", 2, half*(6+8+20+2) + half*(7+14)}, // | instead of d; ) is a rare symbol
		{"p.a.s.s.w.o.r.d", 1, half * (6 + 12 + 2)},
		{"p.a-s.s-w.o-r.d", 1, half * (6 + 20 + 2)},
		{"p.a.ssword", 1, half * (6 + 28 + 2)}, // not between all letters
		{"passsword", 1, half * (6 + 6 + 2)},
		{"passwordd", 1, half * (6 + 6 + 2)},
		{"pari$$", 1, half * (6 + 2 + 6 + 2)},    // doubled, although a separator
		{"p-aa-ris", 1, half * (6 + 28 + 6 + 2)}, // a separator behind a doubled letter
		{"passwrod", 1, half * (6 + 14 + 2)},
		{"passwor", 1, half * (6 + 14 + 2)},
		{"assword", 1, half * (6 + 14 + 2)},
		{"passwxord", 1, half * (6 + 20 + 2)},
		{"pakris", 6, 6 * letter}, // too short for an edit
		{"drowssap", 1, half * (6 + 4 + 2)},
		{"secret", 1, half * (20 + 2 + 2)},      // rank 1,024
		{"secert", 1, half * (20 + 2 + 14 + 2)}, // rank good enough for an edit
		{"newyork", 1, half * (6 + 2)},
		{"new york", 1, half * (6 + 2)},
		{"new-york", 1, half * (6 + 20 + 2)},
		{"ΜΟСКВА", 6, 2*297 + 4*322 + half*(6+5*4)}, // Greek Μ and Ο are not Cyrillic
		{"МОСКВА", 1, half * (6 + 2 + 2)},
		{"рassword", 1, half * (6 + 2 + 2)}, // Cyrillic р is read as p
		{"раsswоrd", 1, half * (6 + 6 + 2)},
		{"zu", 1, half * (4 + 2 + 2)},                // rank 4
		{"passwordpassword", 2, half*(6+2) + half*4}, // the same twice
		{"qwertz", 1, half * (24 + 2 + 2)},
		{"qWertz", 1, half * (24 + 2 + 10 + 2)}, // the first step is no turn, the one after the capital is
		{"abcdefg", 1, letter + half*(4+2)},
		{"abcdcba", 1, letter + half*(4+10+2)},
		{"1q2w3e4r", 1, half * (24 + 10 + 2)}, // up and down all the way
		{"1!2@3#4$", 1, half * (24 + 20 + 2)},
		{"1q@W3e$R", 1, half * (24 + 10 + 6 + 16 + 2)}, // shift by the key
		{"qaw", 3, 3 * letter},                         // a turn in three keys
		{"йцукенгш", 2, 322 + half*(24+2)},             // й folds to и, which is elsewhere
		{"2ц3у4к", 1, half * (24 + 10 + 2)},
		{"arstdh", 1, half * (24 + 6 + 2)},
		{"xxxxxxx", 2, letter + half*(8+2)},
		{"zpzpzpzp", 3, 2*letter + half*(8+2+2)}, // distance 2: one bit
		{"2019", 1, half * (10 + 2)},
		{"1939", 1, half * (15 + 2)},
		{"31.12.2019", 1, half * (17 + 2 + 10 + 2)},
		{"1/2/99", 1, half * (17 + 2 + 10 + 2)},
		{"77310", 1, 5*number + 3*half},                        // a run of digits is one point; all digits are tried
		{"2019-1-55", 2, 3*half + 2*number + half*(17+2+10+2)}, // 20 and 19-1-55
		{"zé", 2, 2*letter + 64},                               // é is e with a mark
		{"ze\u0301\u0323\u0308", 2, 2*letter + 2*64},
		{"5\u0301", 1, number + 3*half},
		{"йж", 2, 2 * 322}, // й is one of 33
		{"中가", 2, 2 * 8 * 64},
		{"ж😀", 2, 322 + 16*half + 7*64},
		{"жЩфЖцГ", 6, 6*386 + 7*half},    // of all letters of the script, small and capital
		{"жhЩhЖhЦh", 8, 8*417 + 20*half}, // letters of two alphabets: tried late
		{"कि", 2, 2 * 373},               // the vowel sign is a letter
		{"ꀀꀁə", 3, 2*8*64 + 288},         // Yi costs no more than Han
		{"ßx", 2, letter + letter},       // ss: the second joined
		{"Kx", 2, 2*364 + 7*half},        // of all two letters
		{"h4t", 3, 3 * 330},              // of all three small letters and digits
		{"h(t", 3, 3*376 + 13*half},      // and with symbols
		{"one-two", 7, 6*letter + half*(16+6)},
		{"one-two-ab", 10, 8*letter + half*(16+6+2+6)},
		{"one*two*ab", 10, 8*letter + half*(16+6+2+6)},
		{"one%two%ab", 10, 8*letter + half*(30+6+2+6)},           // % is not usual
		{"one-tWo-acegi", 13, 11*letter + half*(16+6+18+6+22+6)}, // tWo is no part
		{"\u0301\u200b", 0, 0},                                   // marks alone
	} {
		r := newModel(t, model.Config{Terms: terms}).Check(x.password, model.Subject{})
		if r.Points != x.points || r.Guesses != x.guesses {
			t.Errorf("%q: %d points, %d/64 bits, want %d, %d/64", x.password, r.Points, r.Guesses, x.points, x.guesses)
		}
	}
}

func TestListed(t *testing.T) {
	list := map[string]int{"monkey7!": 5, "monkey": 9, "monkey7": 7, "dragon": 3, "abc": 0}
	m := newModel(t, model.Config{Passwords: []map[string]int{list}, Policy: model.Policy{RefuseListed: true}})
	for _, x := range []struct {
		password string
		guesses  int
		failed   []string
	}{
		{"Monkey7!", 64 * (5 + 1 + 1 + 1), []string{"banned_password"}},
		{"monkey7!?", 64*(7+1+1) + half*(16+6) + half*(7+6), nil},         // a prefix that ends behind the core; or the core and four
		{"m0nk3y", 64 * (9 + 1 + 2 + 1), nil},                             // substitutions undone
		{"777dragon", 3*half + 212 + 64*(4+1) + 64*(3+1+1+4), nil},        // the core
		{"dragon77monkey", 64*(3+2) + 5*half + 2*212 + 64*(9+1+1+4), nil}, // runs of letters
	} {
		r := m.Check(x.password, model.Subject{})
		if r.Guesses != x.guesses || !slices.Equal(r.Failed, x.failed) {
			t.Errorf("%q: %d/64 bits, %q, want %d/64, %q", x.password, r.Guesses, r.Failed, x.guesses, x.failed)
		}
	}
}

func TestRules(t *testing.T) {
	terms := []model.Term{{Text: "contoso"}, {Text: "abc"}}
	anna := model.Subject{Account: "anna.lee", Names: []string{"Ann Lee!", "Jo"}, Mail: "a.lee@contoso.co.uk", OldPassword: "Früher1"}
	for _, x := range []struct {
		password string
		policy   model.Policy
		failed   []string
	}{
		{"short", model.Policy{MinLength: 6}, []string{"too_short"}},
		{"e\u0301e\u0301", model.Policy{MinLength: 2, MaxLength: 2}, nil},
		{"longer", model.Policy{MaxLength: 5}, []string{"too_long"}},
		{"a\xff", model.Policy{}, []string{"not_utf8"}},
		{"a\x00", model.Policy{}, []string{"control_character"}},
		{"a\x00", model.Policy{AllowControl: true}, nil},
		{"aA1", model.Policy{MinClasses: 3}, nil},
		{"aa\x001", model.Policy{MinClasses: 3, AllowControl: true}, []string{"not_enough_classes"}},
		{"xANN1", model.Policy{Complexity: true}, []string{"not_enough_classes"}},
		{"xJo1", model.Policy{Complexity: true}, nil},
		{"c0nto", model.Policy{RefuseNear: true}, nil},
		{"c0ntos", model.Policy{RefuseNear: true}, []string{"banned_term"}},
		{"xcontoso", model.Policy{RefuseNear: true}, []string{"banned_term"}},
		{"contoos", model.Policy{RefuseNear: true}, nil},
		{"abc", model.Policy{RefuseNear: true}, nil},
		{"xxannleexx", model.Policy{RefuseSubject: true}, []string{"subject_term"}},
		{"xxcontoso", model.Policy{RefuseSubject: true}, []string{"subject_term"}},
		{"xxa.n.n.a.lee", model.Policy{RefuseSubject: true}, []string{"subject_term"}},
		{"xxa.n.n.a.lee", model.Policy{RefuseSubject: true, Entra: true}, nil},
		{"fruher1", model.Policy{}, nil},
		{"fruher1", model.Policy{Old: model.Old{Equal: true}}, []string{"similar_to_old"}},
		{"xfruher1!", model.Policy{Old: model.Old{Contains: true}}, []string{"similar_to_old"}},
		{"ruhe", model.Policy{Old: model.Old{Contains: true}}, []string{"similar_to_old"}},
		{"ruh", model.Policy{Old: model.Old{Contains: true}}, nil},
		{"fruher234", model.Policy{Old: model.Old{Digits: true}}, []string{"similar_to_old"}},
		{"fruher", model.Policy{Old: model.Old{Digits: true}}, nil},
		{"fruher!?", model.Policy{Old: model.Old{Distance: 2}}, []string{"similar_to_old"}},
		{"furher!", model.Policy{Old: model.Old{Distance: 2}}, nil},
		{"aA1!", model.Policy{Minima: model.Minima{Capitals: 1, Smalls: 1, Digits: 1, Symbols: 1}}, nil},
		{"aA1漢", model.Policy{Minima: model.Minima{Symbols: 1}}, nil},
		{"aA1", model.Policy{Minima: model.Minima{Symbols: 1}}, []string{"not_enough_classes"}},
		{"aA1", model.Policy{Minima: model.Minima{DigitsOrSymbols: 1}}, nil},
		{"abcd", model.Policy{Bands: []model.Band{{Below: 5, MinClasses: 2}, {}}}, []string{"not_enough_classes"}},
		{"abcde", model.Policy{Bands: []model.Band{{Below: 5, MinClasses: 2}, {}}}, nil},
		{"aA1!", model.Policy{Points: model.Points{Required: 10, Character: 2, AnySymbol: 2}}, nil},
		{"aA1!", model.Policy{Points: model.Points{Required: 11, Character: 2, AnySymbol: 2}}, []string{"not_enough_classes"}},
		{"xabc", model.Policy{MaxSequence: 3}, nil},
		{"xabcd", model.Policy{MaxSequence: 3}, []string{"sequence"}},
		{"xdCBa", model.Policy{MaxSequence: 3}, []string{"sequence"}},
		{"xaAa", model.Policy{MaxRepeat: 2}, []string{"repetition"}},
		{"abc é", model.Policy{Allowed: "a-z é"}, nil},
		{"abc e\u0301", model.Policy{Allowed: "a-z é"}, nil},
		{"abC", model.Policy{Allowed: "a-z"}, []string{"character_denied"}},
		{"ab1", model.Policy{Patterns: []model.Pattern{{Text: "[0-9]"}}}, []string{"pattern_denied"}},
		{"ab1", model.Policy{Patterns: []model.Pattern{{Text: "[0-9]", Whole: true}}}, nil},
		{"ab1", model.Policy{Patterns: []model.Pattern{{Text: "[0-9]", Whole: true, Required: true}}}, []string{"pattern_required"}},
		{"xcontosoy", model.Policy{RequiredPoints: 4}, []string{"low_score"}},
	} {
		r := newModel(t, model.Config{Policy: x.policy, Terms: terms}).Check(x.password, anna)
		if !slices.Equal(slices.Compact(r.Failed), x.failed) {
			t.Errorf("%q with %+v: %q, want %q", x.password, x.policy, r.Failed, x.failed)
		}
	}
}

// TestBlames has equally cheap segmentations.
func TestBlames(t *testing.T) {
	m := newModel(t, model.Config{Policy: model.Policy{RequiredGuesses: 20 * 64}, Terms: []model.Term{{Text: "2019", Rank: 16}}})
	r := m.Check("2019", model.Subject{})
	for _, codes := range [][]string{{"low_score", "banned_term"}, {"date", "low_score"}} {
		if !r.Allows(codes) {
			t.Errorf("%+v does not allow %q", r, codes)
		}
	}
	for _, codes := range [][]string{nil, {"low_score"}, {"low_score", "keyboard_walk"}, {"low_score", "date", "banned_term"}} {
		if r.Allows(codes) {
			t.Errorf("%+v allows %q", r, codes)
		}
	}
}

// TestEntra has the worked examples of Microsoft's documentation.
func TestEntra(t *testing.T) {
	data, err := os.ReadFile("../../testdata/entra.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct {
			ID, Password, Decision, Rule string
			Terms, Names                 []string
			Points                       *int
		}
	}
	if err := json.Unmarshal(data, &file); err != nil || len(file.Vectors) == 0 {
		t.Fatal("no vectors", err)
	}
	entra := model.Policy{Entra: true, AllowControl: true, RequiredPoints: 5, RefuseNear: true, RefuseSubject: true}
	for _, v := range file.Vectors {
		c := model.Config{Policy: entra}
		for _, term := range v.Terms {
			c.Terms = append(c.Terms, model.Term{Text: term})
		}
		r := newModel(t, c).Check(v.Password, model.Subject{Names: v.Names})
		if refused := len(r.Failed) > 0; refused != (v.Decision == "reject") {
			t.Errorf("%s: %q, want %s", v.ID, r.Failed, v.Decision)
		}
		if v.Points != nil && r.Points != *v.Points {
			t.Errorf("%s: %d points, want %d", v.ID, r.Points, *v.Points)
		}
		if v.Rule == "name" && !slices.Contains(r.Failed, "subject_term") || v.Rule == "edit-distance" && !slices.Contains(r.Failed, "banned_term") {
			t.Errorf("%s: %q, want %s", v.ID, r.Failed, v.Rule)
		}
	}
}

func TestBreached(t *testing.T) {
	same := func(password string) string { return password }
	b := model.Breach{Digest: same, Classes: map[string]int{"zxqwvk": 11, "Zxqwvk": 3, "zxqwuk": 0}}
	for _, x := range []struct {
		password       string
		count, guesses int
		failed         []string
	}{
		{"Zxqwvk", 1, 64*31 - 10*80 + 2*64, []string{"breached"}},
		{"Zxqwvk", 7, 64*31 - 10*80 + 2*64, []string{"breached"}},
		{"Zxqwvk", 8, 64*31 - 10*80 + 2*64, nil}, // 4 to 7 times
		{"zxqwvk", 2048, 6 * 300, nil},
		{"zxqwvk", 0, 6 * 300, nil},
		{"zxqwuk", 8192, 6 * 300, []string{"breached"}}, // how often is unknown
		{"7zxqwvk7", 1, 2*212 + 3*32 + 5*32 + 64*31 - 10*80 + 5*64, nil},
		{"zxqwv|<", 1, 64 + 5*300 + 16*32 + 7*32 + 2*322, nil}, // by its mask: | is i or l; log2(33)
	} {
		m := newModel(t, model.Config{Policy: model.Policy{MinBreachCount: x.count}, Breaches: []model.Breach{{Digest: same}, b}})
		r := m.Check(x.password, model.Subject{})
		if r.Guesses != x.guesses || !slices.Equal(r.Failed, x.failed) {
			t.Errorf("%q, at least %d: %d/64 bits, %q, want %d/64, %q", x.password, x.count, r.Guesses, r.Failed, x.guesses, x.failed)
		}
	}
}
