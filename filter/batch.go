package filter

import "runtime"

// batchSize is how many lookups overlap: more than the memory serves at once.
const batchSize = 16

// ContainsBatch answers Contains for len(found) digests that lie one behind the
// other in digests. It asks for the memory of 16 of them before it looks at the
// first, which is faster than one by one when the index is larger than the
// processor's caches. If digests is shorter, what lacks is not found. It does not
// allocate.
func (s *Set) ContainsBatch(found []bool, digests []byte) {
	clear(found)
	if s.state.Load()&pagesLoaded == 0 {
		defer s.leave(s.enter(), nil)
	}
	size := s.header.kind.Size()
	found = found[:min(len(found), len(digests)/size)]
	for len(found) > 0 {
		n := min(len(found), batchSize)
		s.containsFew(found[:n], digests[:n*size])
		found, digests = found[n:], digests[n*size:]
	}
	runtime.KeepAlive(s)
}

// containsFew answers for at most batchSize digests. The caller guards and has
// cleared found.
func (s *Set) containsFew(found []bool, digests []byte) {
	state := s.state.Load()
	if state >= failed {
		return
	}
	size := s.header.kind.Size()
	if state&preloaded == 0 || s.pages.n == 0 || s.header.ranges {
		for i := range found {
			class, ok := s.find(digests[i*size:i*size+size], false)
			found[i] = ok && class != removedClass
		}
		return
	}
	var cells [batchSize]cell
	touched := byte(0)
	for i := range found {
		cells[i] = cellOf(head(digests[i*size:]), s.pages.n)
		touched |= s.pages.page(cells[i].page).line(cells[i].line)[0]
	}
	for i := range found {
		found[i] = s.pages.contains(cells[i])
	}
	use(touched)
}

// use keeps the reading of memory from being optimized away.
//
//go:noinline
func use(byte) {}
