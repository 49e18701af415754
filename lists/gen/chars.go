package main

import "github.com/vetopw/veto/engine"

// The character model gives the cost of a letter among letters, or of a digit
// among digits, after two other characters: minus the binary logarithm of its
// probability, in 1/16 bit. It is an order-2 Markov chain over
// engine.CharClass (Narayanan and Shmatikov, CCS 2005) trained on the folded
// entries of the million list. Every entry counts once: the model prices what
// is left of a password after terms and patterns are taken out, and that
// resembles the long tail more than the head. Whether a letter or a digit
// stands there is priced by the engine.
//
// Order 2 is interpolated with order 1, that with order 0 and that with the
// uniform distribution, each by Witten and Bell's method C (IEEE Trans. Inf.
// Theory 37(4), 1991), and the result with a share of uniformShare of the
// uniform distribution, which bounds the cost of a letter by
// log2(26/uniformShare) = 9.0 bits: an attacker who meets nothing likely tries
// all letters.
//
// The class of all other characters is a context only; its cost is 0. A
// repeated mark, as in "!!!", is not counted: repeats are the engine's to find.
const (
	classes      = engine.CharClasses
	other        = classes - 1
	letters      = 26
	digits       = 10
	uniformShare = 0.05
)

type charModel struct{ cost []byte }

func trainChars(million []entry) charModel {
	pairs := make([]float64, classes*classes*classes)
	for _, e := range million {
		countPairs(pairs, e.folded)
	}
	return charModel{costs(pairs)}
}

// countPairs counts each character after the two before it; class 0 stands
// before the first.
func countPairs(counts []float64, folded string) {
	var a, b int
	var last rune
	for _, r := range folded {
		c := engine.CharClass(r)
		if c != other || r != last {
			counts[(a*classes+b)*classes+c]++
		}
		a, b, last = b, c, r
	}
}

func costs(order2 []float64) []byte {
	order1 := make([]float64, classes*classes)
	order0 := make([]float64, classes)
	for i, n := range order2 {
		order1[i%(classes*classes)] += n
		order0[i%classes] += n
	}
	uniform := make([]float64, classes)
	for _, g := range groups {
		for c := g.from; c < g.to; c++ {
			uniform[c] = g.uniform()
		}
	}
	p0 := interpolateAll(order0, uniform)
	p1 := interpolateAll(order1, p0)
	p2 := interpolateAll(order2, p1)
	out := make([]byte, len(p2))
	for i, p := range p2 {
		for _, g := range groups {
			if c := i % classes; g.from <= c && c < g.to {
				mixed := float64((1-uniformShare)*p) + uniformShare*g.uniform()
				out[i] = byte(sixteenths(1 / mixed))
			}
		}
	}
	return out
}

// group is a range of classes whose probabilities sum up to 1.
type group struct{ from, to int }

// groups are the letters and the digits.
var groups = [...]group{{1, 1 + letters}, {1 + letters, 1 + letters + digits}}

func (g group) uniform() float64 { return 1 / float64(g.to-g.from) }

// interpolateAll interpolates each group of each row of counts with that of the
// row of the shorter context; both are tables of rows of classes, the longer one
// a multiple.
func interpolateAll(counts, shorter []float64) []float64 {
	out := make([]float64, len(counts))
	for i := 0; i < len(counts); i += classes {
		low := i % len(shorter)
		for _, g := range groups {
			interpolate(out[i+g.from:i+g.to], counts[i+g.from:i+g.to], shorter[low+g.from:low+g.to])
		}
	}
	return out
}

// interpolate sets out to (n(c) + t p(c)) / (n + t), where n is the sum of the
// counts and t the number of different classes seen. The conversions keep
// machines from fusing operations, which would round differently.
func interpolate(out, counts, p []float64) {
	var n, t float64
	for _, k := range counts {
		if n += k; k > 0 {
			t++
		}
	}
	for c, k := range counts {
		if out[c] = p[c]; n > 0 {
			out[c] = (k + float64(t*p[c])) / (n + t)
		}
	}
}

// at returns the cost of the i-th byte of an ASCII text, in 1/16 bit.
func (m charModel) at(text string, i int) int {
	var a, b int
	if i > 0 {
		b = engine.CharClass(rune(text[i-1]))
	}
	if i > 1 {
		a = engine.CharClass(rune(text[i-2]))
	}
	return int(m.cost[(a*classes+b)*classes+engine.CharClass(rune(text[i]))])
}
