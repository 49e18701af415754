package main

import "github.com/vetopw/veto/engine"

// The character model gives the cost of a character after two others: minus
// the binary logarithm of its probability, in 1/16 bit. It is an order-2 Markov
// chain over engine.CharClass (Narayanan and Shmatikov, CCS 2005) trained on
// the folded entries of the million list. Every entry counts once: the model
// prices what is left of a password after terms and patterns are taken out,
// and that resembles the long tail more than the head.
//
// Order 2 is interpolated with order 1, that with order 0 and that with the
// uniform distribution, each by Witten and Bell's method C (IEEE Trans. Inf.
// Theory 37(4), 1991), and the result with a share of uniformShare of the
// uniform distribution, which bounds the cost by log2(37/uniformShare) = 10.5
// bits.
//
// The class of all other characters is priced for the 33 marks of ASCII (the
// engine has prices of its own for other scripts). One of them costs its class's
// cost plus otherBits, at least as much as one drawn evenly and at most
// maxOtherBits: the list comes from sites that did not ask for marks, where the
// class alone would cost 10 bits, and where one is asked for it is mostly "!". A
// repeated mark, as in "!!!", is not counted: repeats are the engine's to find.
const (
	classes      = engine.CharClasses
	other        = classes - 1
	uniformShare = 1.0 / 40
	minBits      = 1
	otherBits    = 3
	minOtherBits = 5
	maxOtherBits = 6
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
	for c := 1; c < classes; c++ {
		uniform[c] = 1.0 / (classes - 1)
	}
	p0 := interpolate(order0, uniform)
	p1 := interpolateAll(order1, p0)
	p2 := interpolateAll(order2, p1)
	out := make([]byte, len(p2))
	for i, p := range p2 {
		out[i] = cost(p, i%classes)
	}
	return out
}

// cost returns what a character of class c costs whose class has probability p.
func cost(p float64, c int) byte {
	if c == 0 { // nothing stands for the start
		return 255
	}
	mixed := float64((1-uniformShare)*p) + uniformShare/(classes-1)
	bits16 := max(sixteenths(1/mixed), minBits*16)
	if c == other {
		bits16 = min(max(bits16+otherBits*16, minOtherBits*16), maxOtherBits*16)
	}
	return byte(bits16)
}

// interpolateAll interpolates each row of counts with the row of the shorter
// context; both are tables of rows of classes, the longer one a multiple.
func interpolateAll(counts, shorter []float64) []float64 {
	var out []float64
	for i := 0; i < len(counts); i += classes {
		low := i % len(shorter)
		out = append(out, interpolate(counts[i:i+classes], shorter[low:low+classes])...)
	}
	return out
}

// interpolate returns (n(c) + t p(c)) / (n + t), where n is the sum of the
// counts and t the number of different classes seen. The conversions keep
// machines from fusing operations, which would round differently.
func interpolate(counts, p []float64) []float64 {
	var n, t float64
	for _, k := range counts {
		if n += k; k > 0 {
			t++
		}
	}
	out := make([]float64, len(counts))
	for c, k := range counts {
		if out[c] = p[c]; n > 0 {
			out[c] = (k + float64(t*p[c])) / (n + t)
		}
	}
	return out
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
