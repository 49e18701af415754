package engine_test

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vetopw/veto/engine"
)

// traps are the inputs that filters are known to get wrong, under the names that
// docs/DECISION.md documents the answers by.
var traps = []struct {
	trap, password string
	terms, names   []string
	want           string // codes that must be among the reasons; "" accepts
	not            string // a code that must not
}{
	{"Turkish I", "mıchael1987", nil, nil, "banned_term,low_score", ""},
	{"Turkish I", "MİCHAEL1987", nil, nil, "banned_term,low_score", ""},
	{"Turkish I", "İstanbul#1", []string{"ISTANBUL"}, nil, "banned_term,low_score", ""},
	{"sharp s", "Straße#2024", []string{"strasse"}, nil, "banned_term,low_score", ""},
	{"sharp s", "STRAẞE#2024", []string{"strasse"}, nil, "banned_term,low_score", ""},
	{"sharp s", "Strasse#2024", []string{"straße"}, nil, "banned_term,low_score", ""},
	{"width forms", "Ｐａｓｓｗｏｒｄ１２３", nil, nil, "banned_term,low_score", ""},
	{"width forms", "ﾊﾟｽﾜｰﾄﾞ2024", []string{"パスワード"}, nil, "banned_term,low_score", ""},
	{"width forms", "\u1107\u1175\u1106\u1175\u11af\u1107\u1165\u11ab\u1112\u1169#1", []string{"비밀번호"}, nil, "banned_term,low_score", ""},
	{"ligatures", "of\ufb01ce2024", nil, nil, "banned_term,low_score", ""},
	{"combining marks alone", strings.Repeat("\u0301\u0300", 10), nil, nil, "low_score", "too_short"},
	{"combining marks alone", strings.Repeat("\u200b\u2060", 10), nil, nil, "low_score", "too_short"},
	{"emoji with modifiers", "👍🏽👩\u200d👩\u200d👧🎉🍕🚀🐙🌵🎸", nil, nil, "", ""},
	{"emoji with modifiers", "👍🏽👍🏽👍🏽👍🏽👍🏽👍🏽👍🏽👍🏽", nil, nil, "repetition,low_score", "too_short"},
	{"bidirectional controls", "\u202edrowssap\u202c1", nil, nil, "banned_term,low_score", ""},
	{"bidirectional controls", "pass\u200fword1987", nil, nil, "banned_term,low_score", ""},
	{"lone surrogates", "kV9#mQ2\xed\xa0\x80$xR7!wZ", nil, nil, "not_utf8", "low_score"},
	{"lone surrogates", "kV9#mQ2\xff$xR7!wZ", nil, nil, "not_utf8", "low_score"},
	{"NUL", "kV9#mQ2\x00xR7!wZ", nil, nil, "control_character", "low_score"},
	{"NUL", "password\x00", nil, nil, "control_character,low_score", ""},
	{"NUL", "password\x00kV9#mQ2$xR7!wZ", nil, nil, "control_character", "low_score"},
	{"trailing newline", "kV9#mQ2$xR7!wZ\n", nil, nil, "control_character", "low_score"},
	{"spaces alone", strings.Repeat(" ", 12), nil, nil, "repetition,low_score", "too_short"},
	{"terms of one letter", "kV9#mQ2$xR7!wZ", []string{"x", "k"}, nil, "", ""},
	{"terms of one letter", "xkxkxkxk", []string{"x", "k"}, nil, "low_score", ""},
	{"terms with digits", "Covid19!!", []string{"covid19"}, nil, "banned_term,low_score", ""},
	{"terms with digits", "C0vid-19-x", []string{"covid19"}, nil, "banned_term,low_score", ""},
	{"terms with digits", "xy2024xy", []string{"2024"}, nil, "banned_term,low_score", ""},
	{"terms with digits", "kV9#2024$xR7!wZ", []string{"2024"}, nil, "", ""},
	{"terms that contain others", "ContosoBank1", []string{"contoso", "contosobank", "bank"}, nil, "banned_term,low_score", ""},
	{"terms that contain others", "ContosoBarn1", []string{"contosobank", "contoso", "bank"}, nil, "banned_term,low_score", ""},
	{"overlapping matches", "northwindows1", []string{"northwind", "windows"}, nil, "banned_term,low_score", ""},
	{"overlapping matches", "kV9#northwindows$xR7!", []string{"northwind", "windows"}, nil, "", ""},
	{"homograph of a name", "ѕvеtlаnа1987", nil, []string{"Svetlana"}, "subject_term,low_score", ""},
	{"homograph of a name", "Кіm-1987-хх", nil, []string{"Kim Lee"}, "subject_term,low_score", ""},
	{"too short or too long", "", nil, nil, "too_short,low_score", ""},
	{"too short or too long", "kV9#mQ2", nil, nil, "too_short", ""},
	{"too short or too long", "e\u0301o\u0301u\u0301kV9#", nil, nil, "too_short", ""},
	{"too short or too long", strings.Repeat("kV9#mQ2$", 40), nil, nil, "too_long", "low_score"},
	{"too short or too long", strings.Repeat("aA1!", 64<<10), nil, nil, "too_long", "low_score"}, // 256 KB
	{"too short or too long", strings.Repeat("x", 1<<20), nil, nil, "too_long", "low_score"},
	{"few characters that say much", "鬱蒼穹窿霹靂饕餮", nil, nil, "", ""},
	{"few characters that say much", "kV9#mQ2$xR7!wZ", nil, nil, "", ""},
}

func TestTraps(t *testing.T) {
	global := globalEngine(t)
	for _, c := range traps {
		e := global
		if c.terms != nil {
			e = newEngine(t, engine.DefaultPolicy(), c.terms...)
		}
		v := e.Check([]byte(c.password), engine.Subject{Names: c.names})
		if (v.Decision == engine.Accept) != (c.want == "") {
			t.Errorf("%s, %.40q: %v %s, want %q", c.trap, c.password, v.Decision, codes(v.Reasons), c.want)
		}
		for code := range strings.SplitSeq(c.want, ",") {
			if code != "" && !strings.Contains(codes(v.Reasons), code) {
				t.Errorf("%s, %.40q: reasons %s, want %s", c.trap, c.password, codes(v.Reasons), code)
			}
		}
		if c.not != "" && strings.Contains(codes(v.Reasons), c.not) {
			t.Errorf("%s, %.40q: reasons %s, unwanted %s", c.trap, c.password, codes(v.Reasons), c.not)
		}
	}
}

// TestTermsOfNothing has the terms that no password can hold.
func TestTermsOfNothing(t *testing.T) {
	for _, term := range []string{"", "\u0301", "\u200b\u2060", "\u202e"} {
		_, err := engine.New(engine.Config{Policies: []engine.Policy{engine.DefaultPolicy()}, Terms: custom("good", term)})
		var wrong *engine.ConfigError
		if !errors.As(err, &wrong) || wrong.Field != "Terms[0].Terms[1].Text" {
			t.Errorf("%+q: %v", term, err)
		}
	}
}

// TestTrapsAreDocumented compares the traps with the table of docs/DECISION.md.
func TestTrapsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/DECISION.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## 7. Traps\n")
	tested := map[string]bool{}
	for _, c := range traps {
		tested[c.trap] = true
	}
	rows := regexp.MustCompile(`(?m)^\| ([^|]+) \| [^|]+ \| ([^|]*) \|$`).FindAllStringSubmatch(section, -1)
	var documented []string
	for _, row := range rows {
		documented = append(documented, row[1])
		if byTraps := strings.Contains(row[2], "`engine.TestTraps`"); byTraps && !tested[row[1]] {
			t.Errorf("%s: TestTraps has no such trap", row[1])
		}
	}
	for trap := range tested {
		if !slices.Contains(documented, trap) {
			t.Errorf("%s: docs/DECISION.md has no such trap", trap)
		}
	}
}
