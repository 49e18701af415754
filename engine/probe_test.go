package engine

import (
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/cpu"
)

// TestStand has candidates compared with texts that differ from some of them in few letters.
func TestStand(t *testing.T) {
	if !cpu.X86.HasAVX2 {
		t.Skip("no AVX2")
	}
	random := rand.New(rand.NewPCG(9, 9))
	word := func(n int, letters uint64) (bytes uint64) {
		for k := range n {
			bytes |= (1 + random.Uint64N(letters)) << (8 * k)
		}
		return bytes
	}
	some := func() uint64 { // of eight bytes, those from one on to another
		from, to := front(random.IntN(packedLetters+1)), front(random.IntN(packedLetters+1))
		return from ^ to
	}
	found := 0
	for range 20_000 {
		c := make([]candidate, mostCandidates+probed)
		for i := range c {
			n := 1 + random.IntN(packedLetters)
			c[i] = candidate{codes: word(n, 2), signs: word(n, 2), shift: uint8(64 - 8*n)}
		}
		p := probe{text{word(random.IntN(packedLetters+1), 2), word(packedLetters, 2) | some()&highBits}, some(), 0}
		if random.IntN(2) == 0 {
			p.must = 0xFF << (8 * random.IntN(packedLetters+1))
		}
		n := random.IntN(mostCandidates + 1)
		got, want := standAVX2(&p, &c[0], n), p.stand(c[:n])
		if all := ^uint64(0) >> (mostCandidates - n); n > 0 && got&all != want || n == 0 && want != 0 {
			t.Fatalf("%x of %d, want %x: %+v", got, n, want, p)
		}
		if want != 0 {
			found++
		}
	}
	if found < 10_000 {
		t.Errorf("only %d of 20,000 texts have candidates", found)
	}
}

// TestGaps compares sets of gaps with the flags of the positions.
func TestGaps(t *testing.T) {
	random := rand.New(rand.NewPCG(10, 10))
	sc := new(scratch)
	for _, n := range []int{1, 2, 12, 20, 63, 64, 65, 127, 128, 129, MaxLength} {
		text := make([]byte, n)
		for i := range text {
			text[i] = "aab-."[random.IntN(5)]
		}
		l := &sc.lat
		l.load(text, Default)
		for pos := range n {
			g := l.gaps(pos)
			for k := range setSize {
				i := pos + 1 + k
				between, twice := i < n-1 && l.is(i, separator), i < n && l.is(i, repeated)
				if g.separators>>k&1 != 0 != between || g.repeats>>k&1 != 0 != twice {
					t.Fatalf("%s: %x from %d", text, g, pos)
				}
			}
		}
		sc.wipe()
	}
}
