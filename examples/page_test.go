//go:build unix

package examples_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestResetPage uses the page in a browser. PICTURES names a folder for
// screenshots.
func TestResetPage(t *testing.T) {
	need(t, "node")
	chromium := need(t, "chromium")
	page, err := filepath.Abs("reset-page")
	if err != nil {
		t.Fatal(err)
	}
	if exec.Command("env", "NODE_PATH="+nodePath(), "node", "-e", "require('playwright-core'); require('axe-core')").Run() != nil {
		t.Skip("needs playwright-core: run make examples")
	}
	portal := filepath.Join(bin, "go-http")
	up := startPortal(t, exec.Command(portal), "http://"+startVeto(t).addr, "PAGE="+page)
	down := startPortal(t, exec.Command(portal), "http://"+closedAddr(t), "PAGE="+page)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "testdata/page.mjs", "http://"+up.addr, "http://"+down.addr, os.Getenv("PICTURES"))
	cmd.Env = append(os.Environ(), "NODE_PATH="+nodePath(), "CHROMIUM="+chromium)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
