//go:build linux

package passflt_test

import (
	"debug/elf"
	"os"
	"testing"
)

// TestARM64 runs what is built for arm64 under an emulator of its processor. Without
// root and the system's folders: the suites have those, and ask for this machine.
func TestARM64(t *testing.T) {
	if _, err := os.Stat(arm64Root); err != nil {
		t.Skip("the libraries for arm64 are missing: make passflt-arm64 fetches them")
	}
	t.Run("images", func(t *testing.T) { testImages(t, arm64, elf.EM_AARCH64) })
	t.Run("vectors", func(t *testing.T) { testVectors(t, arm64) })
	t.Run("samba", func(t *testing.T) { testSambaAnswers(t, arm64, "veto-samba-check") })
	t.Run("openldap", func(t *testing.T) { testPpolicyCalls(t, arm64, "ppolicy_test") })
}
