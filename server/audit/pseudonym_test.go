package audit_test

import (
	"testing"

	"github.com/vetopw/veto/server/audit"
)

// TestPseudonym has the first 128 bits of HMAC-SHA-256 as openssl computes them.
func TestPseudonym(t *testing.T) {
	const want = "hmac:fb385915a0623c0be3e7b0a7134dbb62"
	for _, account := range []string{"ann", "Ann", "ANN"} {
		if got := audit.Pseudonym([]byte("0123456789abcdef"), account); got != want {
			t.Errorf("%s: %s, want %s", account, got, want)
		}
	}
}
