package server_test

import (
	"strings"
	"testing"

	"github.com/vetopw/veto/server"
)

// TestLanguage asks for languages in the header and reads them from the answer.
func TestLanguage(t *testing.T) {
	for _, explain := range []bool{false, true} {
		s := start(t, server.Config{Explain: explain}, server.DefaultLimits(), newEngine(t, "s"))
		c := s.dial(t)
		for _, tt := range []struct{ field, language, message, advice string }{
			{"", "", `"is too short"`, ""},
			{"Accept-Language: en-US,en;q=0.9", "en", `"is too short: it needs at least 8 characters"`, `"Four or more uncommon words`},
			{"accept-language: de-CH, en;q=0.5", "de", `"ist zu kurz: Es braucht mindestens 8 Zeichen"`, `"Vier oder mehr`},
			{"Accept-Language: fr", "fr", `"est trop court` + "\u00a0" + `: il lui faut au moins 8 caractères"`, `"Quatre mots`},
			{"Accept-Language: es-MX", "es", `"es demasiado corta: necesita al menos 8 caracteres"`, `"Cuatro o más`},
			{"Accept-Language: ja", "ja", `"短すぎます（8文字以上必要です）"`, `"あまり使われない単語`},
			{"Accept-Language: zh", "en", `"is too short: it needs at least 8 characters"`, `"Four or more uncommon words`},
			{"Accept-Language: \"><", "en", `"is too short: it needs at least 8 characters"`, `"Four or more uncommon words`},
		} {
			for path, body := range map[string]string{"/v1/check": `{"password":"Dragon1"}`, "/v1/check:batch": `{"checks":[{"password":"Dragon1"},{"password":"x"}]}`} {
				field := tt.field
				if field != "" {
					field += "\r\n"
				}
				text := strings.Replace(request("POST", path, body), "Content-Type", field+"Content-Type", 1)
				if _, err := c.Write([]byte(text)); err != nil {
					t.Fatal(err)
				}
				a, err := readAnswer(t, c.r, "POST")
				if err != nil {
					t.Fatal(err)
				}
				got := string(a.body)
				if a.status != 200 || !strings.Contains(got, `"code":"too_short","message":`+tt.message) ||
					!strings.Contains(got, `"advice":`+tt.advice) && tt.advice != "" || tt.advice == "" && strings.Contains(got, `"advice"`) {
					t.Errorf("%q: %d %s", tt.field, a.status, got)
				}
				if a.header.Get("Content-Language") != tt.language || a.header.Get("Vary") != "Accept-Language" {
					t.Errorf("%q: %v", tt.field, a.header)
				}
			}
		}
		if a := c.send("POST", "/v1/check", `{}`); a.header.Get("Content-Language") != "" {
			t.Errorf("an error has a language: %v", a.header)
		}
	}
}
