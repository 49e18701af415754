package access_test

import (
	"crypto/sha256"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vetopw/veto/server/access"
)

var now = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// newToken returns the record of a token, and the token.
func newToken(t testing.TB, k access.Token) (access.Token, string) {
	t.Helper()
	if k.Scopes == nil {
		k.Scopes = []string{"check"}
	}
	record, secret, err := access.NewToken(k, now)
	if err != nil {
		t.Fatal(err)
	}
	return record, string(secret)
}

func TestNewToken(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		record, secret := newToken(t, access.Token{Name: "a"})
		if len(secret) != 54 || !strings.HasPrefix(secret, "veto_") || !access.LooksLikeToken(secret) {
			t.Fatalf("token %q", secret)
		}
		if record.Digest != sha256.Sum256([]byte(secret)) || seen[secret] || seen[record.ID] || !record.Created.Equal(now) {
			t.Fatalf("record %+v of %q", record, secret)
		}
		seen[secret], seen[record.ID] = true, true
		for i := range secret { // one wrong character is noticed wherever it is
			wrong := secret[:i] + string(secret[i]^1) + secret[i+1:]
			if access.LooksLikeToken(wrong) {
				t.Errorf("%q passes for a token", wrong)
			}
		}
		if access.LooksLikeToken(secret[:53]) || access.LooksLikeToken(secret+"0") {
			t.Error("a part or more passes for a token")
		}
	}
}

func TestNewTokenRefuses(t *testing.T) {
	for _, k := range []access.Token{
		{Name: ""}, {Name: "a b"}, {Name: "a\nb"}, {Name: "ü"}, {Name: strings.Repeat("a", 65)}, {Name: "veto_x"},
		{Name: "a", Scopes: []string{"everything"}}, {Name: "a", Scopes: []string{}}, {Name: "a", Rate: -1}, {Name: "a", Rate: 1e7},
	} {
		if k.Scopes == nil {
			k.Scopes = []string{"check"}
		}
		if _, secret, err := access.NewToken(k, now); err == nil || secret != nil {
			t.Errorf("%+v: no error", k)
		}
	}
}

func TestScopes(t *testing.T) {
	for _, test := range []struct{ names, want string }{
		{"check", "check"}, {"explain check check", "check explain"}, {"lists:read lists:write", "lists"}, {"lists", "lists"},
		{"policies:write", "policies:write"}, {strings.Join(access.ScopeNames(), " "), "check explain lists policies audit metrics fleet bundle"},
	} {
		s, err := access.ParseScopes(strings.Fields(test.names)...)
		if err != nil || s.String() != test.want {
			t.Errorf("%s: %v %v, want %s", test.names, s, err, test.want)
		}
	}
	for _, names := range [][]string{nil, {""}, {"Check"}, {"check", "root"}} {
		if _, err := access.ParseScopes(names...); err == nil || strings.Contains(err.Error(), "root") {
			t.Errorf("%q: %v", names, err)
		}
	}
	all, _ := access.ParseScopes(access.ScopeNames()...)
	if all != access.All {
		t.Errorf("the names stand for %b, all scopes are %b", all, access.All)
	}
}

// TestScopesAreDocumented compares docs/API.md with the table of scopes.
func TestScopesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/API.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "| scope | allows to |\n|---|---|\n")
	got, _, _ := strings.Cut(rest, "\n\n")
	if want := strings.Join(access.ScopeRows(), "\n"); got != want {
		t.Errorf("the table should read\n%s", want)
	}
}
