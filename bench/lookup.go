package main

import (
	"crypto/sha1"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/filter"
)

// turn is how many lookups a contestant does in a round.
const turn = 1 << 16

// together is the size of batches.
const together = 16

// A digest is SHA-1 or, with zeros behind, NTLM.
type digest = [sha1.Size]byte

// A stock hands out what to ask, so that each turn asks something that no turn
// before has brought into the processor's caches.
type stock[T any] struct {
	all  []T
	next int
}

func (s *stock[T]) take() []T {
	n := min(turn, len(s.all))
	if s.next+n > len(s.all) {
		s.next = 0
	}
	s.next += n
	return s.all[s.next-n : s.next]
}

// stocks are what is asked.
type stocks struct {
	hits, misses          stock[digest]
	hitWords, missedWords stock[[passwordLength]byte]
}

// newStocks draws digests of the set at random, and equally many others.
func newStocks(s hashSet) *stocks {
	const digests, words = 48 * turn, 1 << 21
	random := rand.New(rand.NewPCG(s.seed, 3))
	q := new(stocks)
	share := float64(digests) / float64(s.keys)
	miss := s.misses(1)
	for r := range s.all() {
		if random.Float64() < share {
			q.hits.all = append(q.hits.all, r.digest)
			q.misses.all = append(q.misses.all, miss())
		}
	}
	random.Shuffle(len(q.hits.all), func(i, j int) { q.hits.all[i], q.hits.all[j] = q.hits.all[j], q.hits.all[i] })
	for i := range min(words, s.known()) {
		q.hitWords.all = append(q.hitWords.all, [passwordLength]byte(s.password(i)))
		q.missedWords.all = append(q.missedWords.all, [passwordLength]byte(s.password(s.known()+i)))
	}
	return q
}

// A lookup is a contestant.
type lookup struct {
	name        string
	hits        func() (asked, found int) // all are found
	misses      func() (asked, found int) // few are found; nil if not measured
	bytesPerKey float64
	build       time.Duration // for each key
}

// A lookupTiming is what was measured of a lookup.
type lookupTiming struct {
	hit, miss     float64 // nanoseconds, the medians of all rounds
	falsePositive share
}

// compareLookups measures all of them in turn, round after round.
func compareLookups(lookups []lookup, rounds int) ([]lookupTiming, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	hits, misses := make([][]float64, len(lookups)), make([][]float64, len(lookups))
	timings := make([]lookupTiming, len(lookups))
	for range rounds {
		for i, l := range lookups {
			start := cpuClock()
			asked, found := l.hits()
			hits[i] = append(hits[i], float64(cpuClock()-start)/float64(asked))
			if found != asked {
				return nil, fmt.Errorf("%s: %d of %d were found", l.name, found, asked)
			}
			if l.misses == nil {
				continue
			}
			start = cpuClock()
			asked, found = l.misses()
			misses[i] = append(misses[i], float64(cpuClock()-start)/float64(asked))
			timings[i].falsePositive.k += found
			timings[i].falsePositive.n += asked
		}
	}
	for i := range lookups {
		timings[i].hit, timings[i].miss = median(hits[i]), median(misses[i])
	}
	return timings, nil
}

// printLookups prints them beside the first, which is a SHA-1.
func printLookups(w io.Writer, lookups []lookup, timings []lookupTiming) {
	unit := timings[0].hit
	t := newTable("lookup", "hit ns", "miss ns", "x SHA-1: hit", "miss", "bytes a key", "false positives", "build ns a key")
	for i, l := range lookups {
		m := timings[i]
		cells := []string{l.name, fmt.Sprintf("%.0f", m.hit), "", fmt.Sprintf("%.2f", m.hit/unit), "", "", "", ""}
		if l.misses != nil {
			cells[2], cells[4] = fmt.Sprintf("%.0f", m.miss), fmt.Sprintf("%.2f", m.miss/unit)
			cells[6] = fmt.Sprintf("%.2g", m.falsePositive.percent()/100)
		}
		if l.bytesPerKey > 0 {
			cells[5] = fmt.Sprintf("%.2f", l.bytesPerKey)
		}
		if l.build > 0 {
			cells[7] = fmt.Sprint(l.build.Nanoseconds())
		}
		t.row(cells...)
	}
	t.print(w)
}

// ask returns a contestant's turn of single lookups.
func ask(contains func([]byte) bool, from *stock[digest], size int) func() (int, int) {
	return func() (asked, found int) {
		queries := from.take()
		for i := range queries {
			if contains(queries[i][:size]) {
				found++
			}
		}
		return len(queries), found
	}
}

// askTogether returns a turn of lookups in batches.
func askTogether(s *filter.Set, from *stock[digest], size int) func() (int, int) {
	batch := make([]byte, 0, together*size)
	answers := make([]bool, together)
	return func() (asked, found int) {
		for queries := from.take(); len(queries) >= together; queries = queries[together:] {
			batch = batch[:0]
			for i := range together {
				batch = append(batch, queries[i][:size]...)
			}
			s.ContainsBatch(answers, batch)
			found += countTrue(answers)
			asked += together
		}
		return asked, found
	}
}

// A hasher sets d to the digest of a password.
type hasher func(d *digest, password []byte)

func hashSHA1(d *digest, password []byte) { *d = sha1.Sum(password) }
func hashNTLM(d *digest, password []byte) { engine.AppendNTHash(d[:0], password) }

// askWords returns a turn of hashing and a lookup each.
func askWords(hash hasher, contains func([]byte) bool, from *stock[[passwordLength]byte], size int) func() (int, int) {
	var d digest
	return func() (asked, found int) {
		words := from.take()
		for i := range words {
			hash(&d, words[i][:])
			if contains(d[:size]) {
				found++
			}
		}
		return len(words), found
	}
}

// askWordsTogether returns a turn of hashing and lookups in batches.
func askWordsTogether(hash hasher, s *filter.Set, from *stock[[passwordLength]byte], size int) func() (int, int) {
	var d digest
	batch := make([]byte, 0, together*size)
	answers := make([]bool, together)
	return func() (asked, found int) {
		for words := from.take(); len(words) >= together; words = words[together:] {
			batch = batch[:0]
			for i := range together {
				hash(&d, words[i][:])
				batch = append(batch, d[:size]...)
			}
			s.ContainsBatch(answers, batch)
			found += countTrue(answers)
			asked += together
		}
		return asked, found
	}
}

// askInTurn returns a turn of lookups of which each waits for the count that
// the one before has read.
func askInTurn(s *filter.Set, from *stock[digest], size int) func() (int, int) {
	none := 0 // not a constant, so that the processor has to wait
	return func() (asked, found int) {
		queries := from.take()
		before := 0
		for i := range queries {
			class, ok := s.Lookup(queries[i^before&none][:size])
			if before = int(class); ok {
				found++
			}
		}
		return len(queries), found
	}
}

func countTrue(answers []bool) (n int) {
	for _, yes := range answers {
		if yes {
			n++
		}
	}
	return n
}
