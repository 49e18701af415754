package live_test

import (
	"runtime"
	"testing"

	"github.com/vetopw/veto/live"
)

// TestProcessor wants one processor more while anything is built, none where fewer
// are used than there are, and all as before at the end.
func TestProcessor(t *testing.T) {
	before := runtime.GOMAXPROCS(runtime.NumCPU())
	defer runtime.GOMAXPROCS(before)
	p := live.NewProcessor()
	want := func(n int) {
		t.Helper()
		if got := runtime.GOMAXPROCS(0); got != n {
			t.Errorf("%d processors, want %d", got, n)
		}
	}
	first := p.Add()
	second := p.Add()
	want(runtime.NumCPU() + 1)
	first()
	want(runtime.NumCPU() + 1)
	second()
	want(runtime.NumCPU())
	if runtime.NumCPU() == 1 {
		return
	}
	runtime.GOMAXPROCS(runtime.NumCPU() - 1)
	end := p.Add()
	want(runtime.NumCPU() - 1)
	end()
	want(runtime.NumCPU() - 1)
}
