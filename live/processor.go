package live

import (
	"runtime"
	"sync"
)

// processor is one processor more for the Go scheduler while something is built. It
// lets a builder run for ten milliseconds at a time, for which checks would wait; the
// kernel shares processors in smaller pieces, and prefers what has slept.
type processor struct {
	mu     sync.Mutex
	n      int  // builds that go on
	before int  // processors before them; 0: none was added
	usual  bool // before was what Go finds by itself
}

// add adds the processor, unless another build has, until the function is called
// that it returns. Where Go uses fewer processors than there are, as with a quota of
// less time, none is added: it would be used up sooner, and then everything stands
// still. Go rounds a quota up, to two at least. Where that makes as many as there are,
// one more takes no more time from the quota, as the kernel runs no more threads at
// once.
func (p *processor) add() (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := runtime.GOMAXPROCS(0)
	if p.n++; p.n == 1 && before == runtime.NumCPU() {
		runtime.SetDefaultGOMAXPROCS()
		p.before, p.usual = before, runtime.GOMAXPROCS(0) == before
		runtime.GOMAXPROCS(before + 1)
	}
	return p.end
}

// end takes the processor away after the last build. What Go follows by itself, the
// limits of a container, it follows again.
func (p *processor) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.n--; p.n > 0 || p.before == 0 {
		return
	}
	if p.usual {
		runtime.SetDefaultGOMAXPROCS() // perhaps other limits than before
	} else {
		runtime.GOMAXPROCS(p.before)
	}
	p.before = 0
}
