package engine

import (
	"iter"
	"math/bits"
	"slices"
)

// maxTerm is the largest length of a term in folded characters.
const maxTerm = 256

// word is the rest of a word from a depth on: of a term in a leaf, or all of a
// word of the subject. Its next symbols are at hand without another access.
type word struct {
	packed uint64 // symbols from depth from on, six bits each
	from   int
	n      int    // length of the whole word
	term   uint32 // index+1 of the entry, or 0 for a word of the subject
}

// packedSymbols is how many symbols word and leaf hold.
const packedSymbols = 10

// pack returns the first symbols of syms in six bits each.
func pack(syms []symbol) (packed uint64) {
	for k, s := range syms[:min(len(syms), packedSymbols)] {
		packed |= uint64(s) << (6 * k)
	}
	return packed
}

// entry is one term of one list. Terms of equal symbols form a chain.
type entry struct {
	start uint32 // of the symbols in trie.syms
	next  uint32 // index+1 of the next entry with the same symbols, or 0
	term  uint32 // number of the term, of which there may be two spellings
	n     uint16
	list  uint16
	base  uint16 // Guesses
	traits
}

// traits are what is special about a term: its Match in the low bits, and flags.
type traits uint8

const (
	traitMatch traits = 3         // mask of the Match
	traitBan   traits = 2 << iota // refused whatever the score
	traitBare                     // spelled without the separators it has
	traitWide                     // has characters beside a-z and 0-9
	traitTyped                    // spelled as it is typed with another layout on

	traitOther = traitBare | traitTyped // another spelling of a term that is there
)

func (t traits) match() Match { return Match(t & traitMatch) }

func (t traits) has(trait traits) bool { return t&trait != 0 }

// fits reports whether an occurrence from start to end of n positions counts.
func (t traits) fits(start, end, n int) bool {
	switch t.match() {
	case Exact:
		return start == 0 && end == n
	case Prefix:
		return start == 0
	case Suffix:
		return end == n
	}
	return true
}

// node is a trie node of 16 bytes: its children lie together, in the order of
// the bits set. A leaf is the rest of its one spelling.
type node struct {
	set   uint64 // symbols of the children; of a leaf: its next symbols, packed
	child uint32 // index of the first child; of a leaf: leafBit | symbols left
	term  uint32 // index+1 of the first entry that ends here, or 0
}

const leafBit = 1 << 31

func (nd *node) leaf() bool { return nd.child&leafBit != 0 }

// word returns the rest of a leaf's word, which is reached after depth symbols.
func (nd *node) word(depth int) word {
	return word{nd.set, depth, depth + int(nd.child&^leafBit), nd.term}
}

// trie holds terms by their symbols, read forward or backward. It is immutable. A subtree with one spelling is a single leaf.
type trie struct {
	nodes   []node
	entries []entry
	syms    []symbol
	wide    map[uint32][]rune // by entry.start
	// pairs has, for the first two symbols, the node they lead to, as its place
	// from 1 among the nodes of that depth, which lie together behind base.
	// short tells that there are terms of one symbol, which it lacks.
	pairs []uint16
	base  uint32
	// seconds has, for each first symbol, the set of second ones.
	seconds [64]uint64
	short   bool
	// candidates are what the text is compared with before terms are followed; none
	// if there are too many terms.
	candidates multimap[candidate]
	gone       *removal // terms of an amended engine that no longer count, or nil
}

// pairDepth is the depth of the nodes in pairs; no leaf lies above it.
const pairDepth = 2

func pair(a, b symbol) int { return int(a)<<6 | int(b) }

// spelled is a term on its way into a trie.
type spelled struct {
	runes []rune
	rank  uint32
	term  uint32
	list  uint16
	base  uint16
	traits
}

// slips reports whether the term is looked for with an edit.
func (s *spelled) slips() bool {
	return len(s.runes) >= slipTerm && s.rank <= slipRank
}

// newTrie builds the trie of the terms at places, which are in order; backward reads
// them from the end. It takes O(total length) memory and time.
func newTrie(terms []spelled, places []place, backward bool) *trie {
	t := &trie{wide: map[uint32][]rune{}, entries: make([]entry, 0, len(places))}
	total := 0
	for _, at := range places {
		total += len(terms[at.term].runes)
	}
	t.syms = make([]symbol, 0, total)
	for _, at := range places {
		t.add(&terms[at.term], backward)
	}
	t.nodes = append(make([]node, 0, t.nodeCount()), node{})
	t.pairs = make([]uint16, 64*64)
	t.grow()
	return t
}

func (t *trie) add(s *spelled, backward bool) {
	e := entry{start: uint32(len(t.syms)), n: uint16(len(s.runes)), term: s.term, list: s.list, base: s.base, traits: s.traits}
	for _, r := range s.runes {
		sym := symbolOf(r)
		if sym >= symbolWide {
			e.traits |= traitWide
		}
		t.syms = append(t.syms, sym)
	}
	if backward {
		slices.Reverse(t.syms[e.start:])
	}
	if e.has(traitWide) {
		runes := s.runes
		if backward {
			runes = slices.Clone(runes)
			slices.Reverse(runes)
		}
		t.wide[e.start] = runes
	}
	t.entries = append(t.entries, e)
}

// appendRunes appends the characters of a term.
func (t *trie) appendRunes(to []rune, e *entry) []rune {
	if e.has(traitWide) {
		return append(to, t.wide[e.start]...)
	}
	for _, s := range t.spelling(*e) {
		if s < symbolDigit {
			to = append(to, 'a'+rune(s))
		} else {
			to = append(to, '0'+rune(s-symbolDigit))
		}
	}
	return to
}

func (t *trie) spelling(e entry) []symbol { return t.syms[e.start : e.start+uint32(e.n)] }

// whole returns 1 + the index of the first entry of the symbols of an ASCII text, or 0.
func (t *trie) whole(text []byte) (term uint32) {
	nd := &t.nodes[0]
	for i, c := range text {
		s := symbolOf(rune(c))
		if nd.leaf() {
			return t.rest(nd, text, i)
		}
		if nd.set>>s&1 == 0 {
			return 0
		}
		nd = t.step(nd, s)
	}
	if nd.leaf() {
		return t.rest(nd, text, len(text))
	}
	return nd.term
}

// rest is whole for a leaf that is reached after depth symbols.
func (t *trie) rest(leaf *node, text []byte, depth int) (term uint32) {
	syms := t.spelling(t.entries[leaf.term-1])
	if len(syms) != len(text) {
		return 0
	}
	for i := depth; i < len(syms); i++ {
		if syms[i] != symbolOf(rune(text[i])) {
			return 0
		}
	}
	return leaf.term
}

// find yields the entries that are spelled so.
func (t *trie) find(runes []rune) iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		nd := &t.nodes[0]
		for _, r := range runes {
			sym := symbolOf(r)
			if nd.leaf() {
				break
			}
			if nd.set>>sym&1 == 0 {
				return
			}
			nd = t.step(nd, sym)
		}
		var text []rune
		for at := nd.term; at != 0; {
			e := &t.entries[at-1]
			at = e.next
			if text = t.appendRunes(text[:0], e); slices.Equal(text, runes) && !yield(e) {
				return
			}
		}
	}
}

// without returns the trie without the terms in gone; nil has none.
func (t *trie) without(gone *removal) *trie {
	if t == nil {
		return nil
	}
	c := *t
	c.gone = gone
	return &c
}

// family is a range of sorted entries under a node.
type family struct {
	node   uint32
	lo, hi int
	depth  int
}

// grow makes the nodes over the sorted entries: breadth first down to pairDepth,
// so that the nodes there lie together, and below depth first, so that what
// follows a pair does.
func (t *trie) grow() {
	queue := []family{{0, 0, len(t.entries), 0}}
	for len(queue) > 0 {
		s := queue[0]
		if last := len(queue) - 1; s.depth >= pairDepth && queue[last].depth > pairDepth {
			s, queue = queue[last], queue[:last]
		} else {
			queue = queue[1:]
		}
		if s.lo == s.hi {
			continue
		}
		nd := &t.nodes[s.node]
		same := t.chain(s.lo, s.hi)
		first := t.spelling(t.entries[s.lo])
		if s.depth == pairDepth {
			if t.base == 0 {
				t.base = s.node - 1
			}
			t.seconds[first[0]] |= 1 << first[1]
			t.pairs[pair(first[0], first[1])] = uint16(s.node - t.base)
		}
		t.short = t.short || len(first) < pairDepth
		if same == s.hi && (s.depth >= pairDepth || len(first) == s.depth) { // one spelling: a leaf with its rest
			left := first[s.depth:]
			*nd = node{pack(left), leafBit | uint32(len(left)), uint32(s.lo) + 1}
			continue
		}
		if len(first) == s.depth {
			nd.term = uint32(s.lo) + 1
			s.lo = same
		}
		queue = t.branch(queue, s)
	}
}

// nodeCount returns how many nodes grow makes: the root, and for each spelling those
// that it does not share with the one before. Below pairDepth a spelling has nodes as
// far as it is that of a neighbor, too, and one more.
func (t *trie) nodeCount() int {
	count, before := 1, 0
	for i := range t.entries {
		own, after := t.spelling(t.entries[i]), 0
		if i+1 < len(t.entries) {
			next := t.spelling(t.entries[i+1])
			if after = shared(own, next); after == len(next) { // the same spelling
				continue
			}
		}
		count += max(min(len(own), max(before+1, after+1, pairDepth))-before, 0)
		before = after
	}
	return count
}

// shared returns how many symbols a and b begin with alike.
func shared(a, b []symbol) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// chain links the entries from lo that share lo's symbols and returns the
// index after them.
func (t *trie) chain(lo, hi int) int {
	i := lo + 1
	for i < hi && slices.Equal(t.spelling(t.entries[i]), t.spelling(t.entries[lo])) {
		t.entries[i-1].next = uint32(i) + 1
		i++
	}
	return i
}

// branch appends a child for each symbol at s.depth.
func (t *trie) branch(queue []family, s family) []family {
	first := uint32(len(t.nodes))
	t.nodes[s.node].child = first
	for lo := s.lo; lo < s.hi; {
		sym := t.spelling(t.entries[lo])[s.depth]
		hi := lo + 1
		for hi < s.hi && t.spelling(t.entries[hi])[s.depth] == sym {
			hi++
		}
		t.nodes[s.node].set |= 1 << sym
		queue = append(queue, family{uint32(len(t.nodes)), lo, hi, s.depth + 1})
		t.nodes = append(t.nodes, node{})
		lo = hi
	}
	return queue
}

// pair returns the node that two symbols lead to; b must be one of seconds[a].
func (t *trie) pair(a, b symbol) *node { return &t.nodes[t.base+uint32(t.pairs[pair(a, b)])] }

// step returns the child of nd under sym, which must be one of nd.set.
func (t *trie) step(nd *node, sym symbol) *node {
	return &t.nodes[nd.child+uint32(bits.OnesCount64(nd.set&(1<<sym-1)))]
}
