package engine

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// The designs of a matcher that were compared: each tells whether a text holds a
// term of six letters and more with at most one letter missing, added or changed.
// The engine's does more: it follows readings, separators, doubled and swapped
// letters as well. make matchers runs them.
type matcher interface {
	build(terms []string)
	find(text []byte) bool
}

var matcherDesigns = []struct {
	name string
	new  func() matcher
	most int // terms that it is tried with
}{
	{"two tries behind heads (the engine)", func() matcher { return &triesMatcher{heads: true} }, 1_000_000},
	{"two tries at every position", func() matcher { return &triesMatcher{} }, 1_000_000},
	{"halves and comparison", func() matcher { return new(halvesMatcher) }, 1_000_000},
	{"deletions behind a Bloom filter", func() matcher { return new(deletionMatcher) }, 1_000_000},
	{"bit-parallel, one term at a time", func() matcher { return new(parallelMatcher) }, 10_000},
}

func BenchmarkMatchers(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		terms, texts := matcherTexts(n)
		for _, d := range matcherDesigns {
			if n > d.most {
				continue
			}
			b.Run(fmt.Sprintf("%d/%s", n, d.name), func(b *testing.B) {
				before := heapAlive()
				start := time.Now()
				m := d.new()
				m.build(terms)
				took := time.Since(start)
				size := heapAlive() - before
				for i := 0; b.Loop(); i++ {
					m.find(texts[i%len(texts)])
				}
				b.ReportMetric(float64(size)/float64(n), "B/term")
				b.ReportMetric(float64(took.Milliseconds()), "ms/build")
			})
		}
	}
}

// TestMatchers has all designs agree, but for what only the engine's looks for.
func TestMatchers(t *testing.T) {
	terms, texts := matcherTexts(3000)
	var all []matcher
	for _, d := range matcherDesigns {
		m := d.new()
		m.build(terms)
		all = append(all, m)
	}
	found, more := 0, 0
	for _, text := range texts {
		last := len(all) - 1
		want := all[last].find(text)
		for i, m := range all[:last] {
			switch got := m.find(text); {
			case got && !want && i < 2:
				more++ // letters swapped or doubled
			case got != want:
				t.Errorf("%s: %s finds %v, %s %v", text, matcherDesigns[last].name, want, matcherDesigns[i].name, got)
			}
		}
		if want {
			found++
		}
	}
	if found < len(texts)/3 || found > len(texts)*2/3 || more > len(texts)/50 {
		t.Errorf("%d of %d texts hold a term, %d with letters swapped or doubled", found, len(texts), more)
	}
}

func heapAlive() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// matcherTexts returns n terms of syllables and 512 texts of 14 letters; every other
// one holds a term with a letter missing, added or changed.
func matcherTexts(n int) (terms []string, texts [][]byte) {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	pick := func(s ...string) string { return s[random.IntN(len(s))] }
	word := func() (w string) {
		for len(w) < 6 {
			w += pick("b", "c", "ch", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "pr", "qu", "r", "s", "sh", "st", "t", "th", "tr", "v", "w", "z") +
				pick("a", "e", "i", "o", "u", "ai", "ee", "ou") + pick("", "n", "r", "s", "t", "l", "nd", "ck", "m")
		}
		return w
	}
	known := map[string]bool{}
	for len(terms) < n {
		if w := word(); len(w) <= maxMatched && !known[w] {
			known[w] = true
			terms = append(terms, w)
		}
	}
	for k := range 512 {
		text := make([]byte, 14)
		for i := range text {
			text[i] = 'a' + byte(random.IntN(26))
		}
		if k%2 == 0 {
			term := []byte(terms[random.IntN(n)])
			at := 1 + random.IntN(len(term)-2)
			switch random.IntN(3) {
			case 0:
				term = append(term[:at], term[at+1:]...)
			case 1:
				term[at] = 'x'
			default:
				term = append(term[:at], append([]byte{'y'}, term[at:]...)...)
			}
			copy(text[random.IntN(len(text)-len(term)+1):], term)
		}
		texts = append(texts, text)
	}
	return terms, texts
}

// triesMatcher is the engine's: see walk.go and slip.go.
type triesMatcher struct {
	heads bool
	e     *Engine
	sc    scratch
}

func (m *triesMatcher) build(terms []string) {
	list := TermList{Name: "terms"}
	for _, t := range terms {
		list.Terms = append(list.Terms, Term{Text: t, Ban: true})
	}
	var err error
	if m.e, err = New(Config{Policies: []Policy{DefaultPolicy()}, Terms: []TermList{list}}); err != nil {
		panic(err)
	}
}

func (m *triesMatcher) find(text []byte) bool {
	sc := &m.sc
	l := &sc.lat
	l.load(text, Default)
	sc.score.lat = l
	uniformChars.singles(l, sc.score.ways[:l.n+1])
	sc.walk.lat, sc.walk.score, sc.walk.steps = l, &sc.score, stepsCheck
	l.lookalikes = !m.heads
	sc.heads.load(m.e.heads, l)
	for i := range l.n {
		sc.words(m.e, i, true)
		if sc.heads.has(headSlipBack, i) {
			sc.slips(m.e.base.slipBackward, i+1, -1)
		}
	}
	found := sc.score.banned.End > 0
	sc.wipe()
	return found
}

// halvesMatcher finds the terms that have one half right, and compares the rest.
type halvesMatcher struct {
	terms         []string
	fronts, backs multimap[uint32]
}

func halfKey(half []byte) uint64 {
	key := uint64(len(half))
	for _, c := range half {
		key = nearNext(key, c)
	}
	return key
}

func (m *halvesMatcher) build(terms []string) {
	m.terms = terms
	var fronts, backs []keyed[uint32]
	for i, t := range terms {
		fronts = append(fronts, keyed[uint32]{halfKey([]byte(t[:len(t)/2])), uint32(i)})
		backs = append(backs, keyed[uint32]{halfKey([]byte(t[len(t)/2:])), uint32(i)})
	}
	m.fronts, m.backs = newMultimap(fronts), newMultimap(backs)
}

func (m *halvesMatcher) find(text []byte) bool {
	for i := range text {
		for n := slipDepth; n <= maxMatched/2 && i+n <= len(text); n++ {
			key := halfKey(text[i : i+n])
			for _, at := range m.fronts.find(key) {
				if t := m.terms[at]; len(t)/2 == n && t[:n] == string(text[i:i+n]) && oneEdit([]byte(t[n:]), text[i+n:]) {
					return true
				}
			}
			for _, at := range m.backs.find(key) {
				if t := m.terms[at]; len(t)-len(t)/2 == n && t[len(t)/2:] == string(text[i:i+n]) &&
					oneEdit(backward([]byte(t[:len(t)/2])), backward(text[:i])) {
					return true
				}
			}
		}
	}
	return false
}

// maxMatched is the most letters of a term in the comparison.
const maxMatched = 10

func backward(s []byte) []byte {
	r := make([]byte, len(s))
	for i, c := range s {
		r[len(s)-1-i] = c
	}
	return r
}

// oneEdit reports whether text begins with s, or with s and a letter missing, added
// or changed.
func oneEdit(s, text []byte) bool {
	same := 0
	for same < min(len(s), len(text)) && s[same] == text[same] {
		same++
	}
	begins := func(text, s []byte) bool { return len(text) >= len(s) && string(text[:len(s)]) == string(s) }
	switch {
	case same == len(s), begins(text[same:], s[same+1:]): // right, or one missing
		return true
	case same == len(text):
		return false
	}
	return begins(text[same+1:], s[same+1:]) || begins(text[same+1:], s[same:])
}

// deletionMatcher keeps every term, whole and without each of its letters, and asks
// for every part of the text, whole and without each of its letters.
type deletionMatcher struct {
	terms []string
	bloom []uint64
	shift uint8
	known multimap[uint32]
}

// deletionKeys calls each with the hashes of s, whole and without each letter.
func deletionKeys(s []byte, each func(key uint64) bool) bool {
	var before, after [maxMatched + 2]uint64 // of what is in front of, and behind, a letter
	power := [maxMatched + 2]uint64{1}
	for i, c := range s {
		before[i+1] = before[i]*hashFactor + uint64(c)
		power[i+1] = power[i] * hashFactor
	}
	for i := len(s) - 1; i >= 0; i-- {
		after[i] = uint64(s[i])*power[len(s)-1-i] + after[i+1]
	}
	if each(before[len(s)]) {
		return true
	}
	for i := range s {
		if each(before[i]*power[len(s)-1-i] + after[i+1]) {
			return true
		}
	}
	return false
}

func (m *deletionMatcher) build(terms []string) {
	m.terms = terms
	var pairs []keyed[uint32]
	for i, t := range terms {
		deletionKeys([]byte(t), func(key uint64) bool {
			pairs = append(pairs, keyed[uint32]{key, uint32(i)})
			return false
		})
	}
	size := bits.Len(uint(16 * len(pairs)))
	m.bloom, m.shift = make([]uint64, 1<<(size-6)), uint8(64-size)
	for _, p := range pairs {
		at := p.key * hashFactor >> m.shift
		m.bloom[at/64] |= 1 << (at % 64)
	}
	m.known = newMultimap(pairs)
}

func (m *deletionMatcher) find(text []byte) bool {
	for i := range text {
		for n := slipTerm - 1; n <= maxMatched+1 && i+n <= len(text); n++ {
			part := text[i : i+n]
			if deletionKeys(part, func(key uint64) bool {
				at := key * hashFactor >> m.shift
				return m.bloom[at/64]>>(at%64)&1 != 0 && m.near(key, part)
			}) {
				return true
			}
		}
	}
	return false
}

// near reports whether a term under key is part but for one letter.
func (m *deletionMatcher) near(key uint64, part []byte) bool {
	for _, at := range m.known.find(key) {
		t := m.terms[at]
		front, back, most := 0, 0, max(len(t), len(part))
		for front < min(len(t), len(part)) && t[front] == part[front] {
			front++
		}
		for back < min(len(t), len(part)) && t[len(t)-1-back] == part[len(part)-1-back] {
			back++
		}
		if most-min(len(t), len(part)) <= 1 && front+back >= most-1 {
			return true
		}
	}
	return false
}

// parallelMatcher runs the automaton of each term, one bit a state: Wu and Manber,
// Fast text searching allowing errors, CACM 1992.
type parallelMatcher struct{ masks [][256]uint16 }

func (m *parallelMatcher) build(terms []string) {
	m.masks = make([][256]uint16, len(terms))
	for i, t := range terms {
		for k := range t {
			m.masks[i][t[k]] |= 1 << k
		}
		m.masks[i][0] = 1 << (len(t) - 1)
	}
}

func (m *parallelMatcher) find(text []byte) bool {
	for i := range m.masks {
		masks := &m.masks[i]
		last := masks[0]
		right, edited := uint16(0), uint16(1)
		for _, c := range text {
			next := (right<<1 | 1) & masks[c]
			edited = (edited<<1|1)&masks[c] | right | right<<1 | next<<1 | 1
			if right = next; (right|edited)&last != 0 {
				return true
			}
		}
	}
	return false
}
