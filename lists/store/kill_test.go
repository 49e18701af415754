//go:build unix

package store_test

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vetopw/veto/lists/store"
)

// editorVariable makes the test binary an editor of the store it names.
const editorVariable = "VETO_TEST_EDITOR"

func TestMain(m *testing.M) {
	if path := os.Getenv(editorVariable); path != "" {
		if err := editForever(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// editForever adds term after term and tells of each that is acknowledged.
func editForever(path string) error {
	s, err := store.Open(path, store.Options{Keep: 50})
	if err != nil {
		return err
	}
	info, err := s.List(ctx, "company")
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	for n := info.Entries; ; n++ {
		c, err := s.Edit(ctx, store.Draft{List: "company", Base: info.Revision, Add: entries(fmt.Sprintf("contoso%d", n))}, nil)
		if err != nil {
			return err
		}
		info.Revision = c.Revision
		fmt.Println(n)
	}
}

// TestKill kills an editor at any time: the next one opens the store, and finds
// every term that was acknowledged, and at most one that was not.
func TestKill(t *testing.T) {
	rounds := 5
	if os.Getenv(slowVariable) != "" {
		rounds = 100
	}
	path := filepath.Join(t.TempDir(), "lists.db")
	for round := range rounds {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), editorVariable+"="+path)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		lines.Scan() // the first one, so that something happens in every round
		last := lines.Text()
		time.AfterFunc(time.Duration(rand.IntN(50_000))*time.Microsecond, func() { cmd.Process.Kill() })
		for lines.Scan() {
			last = lines.Text()
		}
		_ = cmd.Wait()
		s, err := store.Open(path, store.Options{})
		if err != nil {
			t.Fatalf("round %d: %v; editor: %s", round, err, stderr.String())
		}
		have := len(texts(t, s, "company", 0))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		acknowledged, err := strconv.Atoi(last)
		if err != nil || have < acknowledged+1 || have > acknowledged+2 {
			t.Fatalf("round %d: %d terms, acknowledged up to %q; editor: %s", round, have, last, stderr.String())
		}
	}
}
