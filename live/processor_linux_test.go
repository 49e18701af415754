package live_test

import (
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/vetopw/veto/live"
	"golang.org/x/sys/unix"
)

// TestProcessorFollows wants what Go finds by itself to be followed again, if there
// are fewer processors to use at the end than there were.
func TestProcessorFollows(t *testing.T) {
	var all, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil || all.Count() < 2 || all.Count() != runtime.NumCPU() {
		t.Skipf("%d processors may be used: %v", all.Count(), err)
	}
	for i := range 1024 {
		if all.IsSet(i) {
			one.Set(i)
			break
		}
	}
	use := func(set *unix.CPUSet) {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Skip(err)
		}
		for _, task := range tasks {
			if id, err := strconv.Atoi(task.Name()); err == nil {
				unix.SchedSetaffinity(id, set) // a thread may have ended
			}
		}
	}
	defer runtime.SetDefaultGOMAXPROCS()
	defer use(&all)
	runtime.SetDefaultGOMAXPROCS()
	if runtime.GOMAXPROCS(0) != runtime.NumCPU() {
		t.Skip("there is a limit already")
	}
	end := live.NewProcessor().Add()
	use(&one)
	end()
	if n := runtime.GOMAXPROCS(0); n != 1 {
		t.Errorf("%d processors are used, 1 may be", n)
	}
}
