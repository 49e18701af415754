package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vetopw/veto/server"
)

// TestBodies wants a defined verdict or an error that names the field or the
// place, never the content, for each odd body.
func TestBodies(t *testing.T) {
	s := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"))
	deep := strings.Repeat("[", 8000)
	many := strings.Repeat(`"g",`, 32) + `"g"`
	for _, test := range []struct {
		name, body string
		want       string // "400 field" (or "400 byte N"), or "200 decision" and a code
	}{
		{"empty password", `{"password":""}`, "200 reject too_short"},
		{"spaces only", `{"password":"          "}`, "200 reject low_score"},
		{"NUL", `{"password":"uh8#Kp\u00002!qLzw6R"}`, "200 reject control_character"},
		{"invalid UTF-8", "{\"password\":\"uh8#Kp\xff\xfe2!qLzw6R\"}", "200 reject not_utf8"},
		{"raw surrogate", "{\"password\":\"uh8#Kp\xed\xa0\x802!qLzw6R\"}", "200 reject not_utf8"},
		{"lone high surrogate", `{"password":"uh8#Kp\ud83d2!qLzw6R"}`, "200 reject not_utf8"},
		{"lone low surrogate", `{"password":"uh8#Kp\udc002!qLzw6R"}`, "200 reject not_utf8"},
		{"surrogates in the wrong order", `{"password":"uh8#Kp\udc00\ud83d2!qLzw6R"}`, "200 reject not_utf8"},
		{"surrogate pair", `{"password":"uh8#Kp\ud83d\ude002!qLzw6R"}`, "200 accept"},
		{"all escapes", `{"password":"uh8#Kp\/\\\"2!qLzw6R\u00e9"}`, "200 accept"},
		{"invalid old password", "{\"password\":\"uh8#Kp2!qLzw6R\",\"old_password\":\"\xff\\ud800\"}", "200 accept"},
		{"10,000 characters", `{"password":"` + strings.Repeat("uh8#", 2500) + `"}`, "200 reject too_long"},
		{"escaped name of a field", `{"p\u0061ssword":"uh8#Kp2!qLzw6R"}`, "200 accept"},

		{"null where nothing is known", `{"password":"uh8#Kp2!qLzw6R","account":null,"names":null,"mail":null,"tenant":null,"attributes":null,"groups":null,` +
			`"operation": null ,"old_password":null,"policy":null}`, "200 accept"},
		{"null at first", `{"account":null,"password":""}`, "200 reject too_short"},

		{"no body", "", "400 byte 0"},
		{"white space", " \r\n", "400 byte 3"},
		{"byte order mark", "\ufeff{}", "400 byte 0"},
		{"UTF-16", "{\x00\"\x00", "400 byte 1"},
		{"no object", `"` + canary + `"`, "400 byte 0"},
		{"array", `[{"password":"` + canary + `"}]`, "400 byte 0"},
		{"cut", `{"password":"` + canary, "400 password"},
		{"cut in an escape", `{"password":"` + canary + `\u12`, "400 password"},
		{"no end", `{"password":"` + canary + `"`, "400 byte 34"},
		{"comma at the end", `{"password":"` + canary + `",}`, "400 byte 35"},
		{"comma at the start", `{,"password":"` + canary + `"}`, "400 byte 1"},
		{"no colon", `{"password" "` + canary + `"}`, "400 byte 12"},
		{"single quotes", `{'password':'` + canary + `'}`, "400 byte 1"},
		{"trailing data", `{"password":"` + canary + `"} {}`, "400 byte 36"},
		{"NUL behind", `{"password":"` + canary + "\"}\x00", "400 byte 35"},
		{"comment", `{/**/"password":"` + canary + `"}`, "400 byte 1"},
		{"deep", deep, "400 byte 0"},
		{"deep inside a field", `{"password":` + deep, "400 password"},
		{"deep inside names", `{"names":` + deep, "400 names[0]"},
		{"control character", "{\"password\":\"" + canary + "\n\"}", "400 password"},
		{"unknown escape", `{"password":"` + canary + `\x41"}`, "400 password"},
		{"escape in capitals", `{"password":"` + canary + `\U0041"}`, "400 password"},
		{"hexadecimal digits", `{"password":"` + canary + `\u00g1"}`, "400 password"},

		{"no password", `{"account":"` + canary + `"}`, "400 password"},
		{"nothing", `{}`, "400 password"},
		{"null", `{"password":null}`, "400 password"},
		{"number", `{"password":12345678}`, "400 password"},
		{"object", `{"password":{"` + canary + `":1}}`, "400 password"},
		{"list of passwords", `{"password":["` + canary + `"]}`, "400 password"},
		{"twice", `{"password":"` + canary + `","password":"x"}`, "400 password"},
		{"twice by an escape", `{"password":"` + canary + `","passwor\u0064":"x"}`, "400 password"},
		{"unknown field", `{"password":"x","` + canary + `":1}`, "400 byte 16"},
		{"field in capitals", `{"Password":"` + canary + `"}`, "400 byte 1"},
		{"null and more", `{"password":"x","account":nullx}`, "400 byte 30"},
		{"cut in null", `{"password":"x","account":nul`, "400 account"},
		{"null twice", `{"password":"x","account":null,"account":null}`, "400 account"},
		{"account is no UTF-8", "{\"password\":\"x\",\"account\":\"\xff" + canary + "\"}", "400 account"},
		{"mail has a lone surrogate", `{"password":"x","mail":"\ud800` + canary + `"}`, "400 mail"},
		{"tenant is a number", `{"password":"x","tenant":1}`, "400 tenant"},
		{"names is a string", `{"password":"x","names":"` + canary + `"}`, "400 names"},
		{"a name is a number", `{"password":"x","names":["a",1]}`, "400 names[1]"},
		{"comma behind names", `{"password":"x","names":["a",]}`, "400 names[1]"},
		{"names without comma", `{"password":"x","names":["a" "b"]}`, "400 names"},
		{"33 names", `{"password":"x","names":[` + many + `]}`, "400 names"},
		{"33 attributes", `{"password":"x","attributes":[` + many + `]}`, "400 attributes"},
		{"an attribute is null", `{"password":"x","attributes":["a",null]}`, "400 attributes[1]"},
		{"33 groups", `{"password":"x","groups":[` + many + `]}`, "400 groups"},
		{"operation", `{"password":"x","operation":"` + canary + `"}`, "400 operation"},
		{"empty operation", `{"password":"x","operation":""}`, "400 operation"},
		{"old password is a number", `{"password":"x","old_password":7}`, "400 old_password"},
		{"unknown policy", `{"password":"x","policy":"` + canary + `"}`, "400 policy"},
	} {
		a := s.dial(t).send("POST", "/v1/check", test.body)
		got := fmt.Sprint(a.status)
		if a.status == 200 {
			got += fmt.Sprint(" ", a.json["decision"])
			for _, code := range a.codes() {
				if strings.HasSuffix(test.want, " "+code) {
					got += " " + code
				}
			}
		} else if a.json["field"] != nil {
			got += fmt.Sprint(" ", a.json["field"])
		} else {
			got += fmt.Sprint(" byte ", a.json["offset"])
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q: %s", test.name, got, test.want, a.body)
		}
	}
}

func TestBatchBodies(t *testing.T) {
	s := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"))
	good := `{"password":"` + canary + `"}`
	for body, want := range map[string]string{
		``:                                       "byte 0",
		`[` + good + `]`:                         "byte 0",
		`{}`:                                     "byte 1",
		`{"Checks":[]}`:                          "byte 1",
		good:                                     "byte 1",
		`{"checks":` + good + `}`:                "checks",
		`{"checks":[` + good + `}`:               "checks[0]",
		`{"checks":[` + good + `]`:               "byte 47",
		`{"checks":[],"checks":[]}`:              "byte 12",
		`{"checks":[]} x`:                        "byte 14",
		`{"checks":["` + canary + `"]}`:          "checks[0]",
		`{"checks":[` + good + `,]}`:             "checks[1]",
		`{"checks":[` + good + ` ` + good + `]}`: "checks[0]",
		`{"checks":[` + good + `,{"account":"x"}]}`:                         "checks[1].password",
		`{"checks":[` + good + `,` + good + `,{"x":1}]}`:                    "checks[2]",
		`{"checks":[` + good + `,{"password":"x","names":["` + "\xff\"]}]}": "checks[1].names[0]",
		`{"checks":[{"password":"x","policy":"` + canary + `"}]}`:           "checks[0].policy",
	} {
		a := s.dial(t).send("POST", "/v1/check:batch", body)
		got := fmt.Sprint("byte ", a.json["offset"])
		if f := a.json["field"]; f != nil {
			got = f.(string)
		}
		if a.status != 400 || got != want {
			t.Errorf("%q: %d %q, want %q: %s", body, a.status, got, want, a.body)
		}
	}
}
