package config_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/config"
)

func TestMaskURL(t *testing.T) {
	for text, want := range map[string]string{
		"http://user:s3cretpw@proxy:3128":          "http://user:xxxxx@proxy:3128",
		"https://u:s3cretpw@veto.example.org/a@b":  "https://u:xxxxx@veto.example.org/a@b",
		"socks5://u:s3:cret@pw@[::1]:1080":         "socks5://u:xxxxx@[::1]:1080",
		"https://:s3cretpw@veto.example.org":       "https://:xxxxx@veto.example.org",
		"http://u:s3cret/pw@proxy":                 "http://u:xxxxx@proxy",
		"http://u:s3cret%zzpw@proxy":               "http://u:xxxxx@proxy",
		"user:s3cretpw@proxy:3128":                 "user:xxxxx@proxy:3128",
		"https:user:s3cretpw@proxy":                "https:xxxxx@proxy",
		"http://user@proxy:3128":                   "http://user@proxy:3128",
		"https://veto.example.org:8443/v1/a@b:c@d": "https://veto.example.org:8443/v1/a@b:c@d",
		"http://[::1]:8080/v1/bundle@1":            "http://[::1]:8080/v1/bundle@1",
		"/srv/a:b@c":                               "/srv/a:b@c",
		"":                                         "",
	} {
		if have := config.MaskURL(text); have != want {
			t.Errorf("%s: %s, want %s", text, have, want)
		}
	}
}

// TestSecrets wants passwords of URLs to be read, compared and never shown.
func TestSecrets(t *testing.T) {
	const text = "remote: {proxy: \"http://user:s3cretpw@proxy:3128\"}\n" +
		"bundle: {source: \"https://u:s3cretpw@veto.example.org/v1/bundle\"}\n" +
		"fleet: {server: \"https://u:s3cretpw@veto.example.org\"}\n"
	l, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	if l.Remote.Proxy != "http://user:s3cretpw@proxy:3128" {
		t.Errorf("proxy %q", l.Remote.Proxy)
	}
	shown, err := l.Show()
	if err != nil {
		t.Fatal(err)
	}
	settings, err := json.Marshal(l.Settings())
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{string(shown), string(settings)} {
		if strings.Contains(out, "s3cretpw") || strings.Count(out, ":xxxxx@") != 3 {
			t.Errorf("shown:\n%s", out)
		}
	}
	other, err := load(t, strings.ReplaceAll(text, "s3cretpw@proxy", "another@proxy"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"remote.proxy"}, l.Changes(other)); diff != "" {
		t.Errorf("changes: %s", diff)
	}
	if same := l.Changes(l); len(same) != 0 {
		t.Errorf("changes to itself: %v", same)
	}
}
