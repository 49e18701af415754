//go:build unix

package breach_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/breach"
)

// pipe makes a FIFO with the name in a new folder.
func pipe(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// within returns the error of a compilation, which must end soon.
func within(t *testing.T, ctx context.Context, o breach.Options) error {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := breach.Compile(ctx, o)
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("compilation waits")
		return nil
	}
}

// TestCancelWaiting ends compilations that wait for what nobody writes.
func TestCancelWaiting(t *testing.T) {
	held := pipe(t, "held") // has a writer, who writes nothing
	writer, err := os.OpenFile(held, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	begun := pipe(t, "begun") // has one who does not go on
	more, err := os.OpenFile(begun, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer more.Close()
	go func() { // more than is looked at first
		for range 1 << 12 {
			if _, err := io.WriteString(more, sha("a")+":1\n"+sha("a")+":1\n"); err != nil {
				return
			}
		}
	}()
	stdin, _ := io.Pipe()
	for name, o := range map[string]breach.Options{
		"pipe without a writer": {Sources: []string{pipe(t, "list")}},
		"silent pipe":           {Sources: []string{held}},
		"pipe that stops":       {Sources: []string{begun}},
		"standard input":        {Sources: []string{"-"}, Stdin: stdin},
		"removals":              {Sources: []string{write(t, "list", "a\n")}, Remove: []string{pipe(t, "list")}},
	} {
		t.Run(name, func(t *testing.T) {
			o.Output = filepath.Join(t.TempDir(), "index")
			ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
			defer cancel()
			if err := within(t, ctx, o); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the end of the context", err)
			}
			if left, _ := os.ReadDir(filepath.Dir(o.Output)); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// TestPipes takes pipes for neither range files nor an index.
func TestPipes(t *testing.T) {
	list := write(t, "list", "a\n")
	for _, test := range []struct {
		name string
		o    breach.Options
		want error
	}{
		{"range file", breach.Options{Sources: []string{filepath.Dir(pipe(t, "00001.txt"))}, AllowGaps: true}, lists.ErrFormat},
		{"Lithnet file", breach.Options{Sources: []string{filepath.Dir(pipe(t, "00A1.db"))}}, lists.ErrFormat},
		{"output", breach.Options{Sources: []string{list}, Output: pipe(t, "index")}, breach.ErrOverwrite},
		{"base", breach.Options{Sources: []string{list}, Bases: []string{pipe(t, "index")}}, filter.ErrNotIndex},
	} {
		if test.o.Output == "" {
			test.o.Output = filepath.Join(t.TempDir(), "index")
		}
		if err := within(t, context.Background(), test.o); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}

// TestPipe reads a list from a pipe.
func TestPipe(t *testing.T) {
	path := pipe(t, "list")
	go func() { _ = os.WriteFile(path, []byte("a\nb\n"), 0) }()
	if got, _, err := compile(t, breach.Options{Sources: []string{path}}); err != nil || len(got) != 2 {
		t.Errorf("%v, %v", got, err)
	}
}
