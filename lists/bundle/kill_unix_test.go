//go:build unix

package bundle_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vetopw/veto/lists/bundle"
)

// killVariable holds source and folder of the process that TestKilled kills.
const killVariable = "BUNDLE_KILL"

// roundsVariable is how often TestKilled kills; 8 times without it.
const roundsVariable = "VETO_KILL_ROUNDS"

// TestKilled kills a process that refreshes, again and again: what its folder
// has is always whole and never older, and the next process goes on.
func TestKilled(t *testing.T) {
	if source, dir, ok := strings.Cut(os.Getenv(killVariable), string(filepath.ListSeparator)); ok {
		refreshForever(t, source, dir)
	}
	rounds := 8
	if n, err := strconv.Atoi(os.Getenv(roundsVariable)); err == nil {
		rounds = n
	}
	p := newPublisher(t)
	dir := filepath.Join(t.TempDir(), "cache")
	key := filepath.Join(t.TempDir(), "key.pub")
	if err := os.WriteFile(key, []byte(p.public), 0o644); err != nil {
		t.Fatal(err)
	}
	last := 0
	for round := range rounds {
		version := 2*round + 1
		p.publish(version)
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), killVariable+"="+p.dir+string(filepath.ListSeparator)+dir, killVariable+"_KEY="+key)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
		p.publish(version + 1)
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		k := p.keeperIn(p.dir, dir)
		if err := k.Status().Err; err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		now := int(k.Status().Version)
		if now < last {
			t.Fatalf("round %d: version %d after %d", round, now, last)
		}
		has(t, k, now)
		if last = now; round%3 == 2 {
			if _, err := k.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			last = version + 1
			has(t, k, last)
		}
		k.Close()
	}
	t.Logf("version %d of %d", last, 2*rounds)
}

// refreshForever is what the process to kill does.
func refreshForever(t *testing.T, source, dir string) {
	keys, err := bundle.OpenKeys(os.Getenv(killVariable + "_KEY"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := bundle.OpenKeeper(t.Context(), bundle.Options{Source: source, Dir: dir, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := k.Refresh(t.Context()); err != nil && !errors.Is(err, bundle.ErrIncomplete) {
			t.Fatal(err)
		}
	}
}
