package main

import (
	"math"
	"math/bits"
)

// weight estimates how often the entry of a rank occurs, in arbitrary units:
// rank^-0.75. Counts of leaked passwords fall about like a power of the rank
// (Wang, Cheng, Wang, Huang, Jian: Zipf's Law in Passwords, IEEE TIFS 12(11),
// 2017); the exponent is our choice: the list has no counts. Square roots are
// exact everywhere, and sums of integers do not depend on their order.
func weight(rank uint64) uint64 {
	root := math.Sqrt(float64(rank))
	return uint64((1 << 32) / (root * math.Sqrt(root)))
}

// sixteenths returns the binary logarithm of x, at least 1, in 1/16, rounded to
// nearest. It uses integers from the mantissa on, so that it is the same on
// every machine.
func sixteenths(x float64) int {
	fraction, exponent := math.Frexp(x) // x = fraction * 2^exponent, fraction in [1/2, 1)
	mantissa := uint64(fraction * (1 << 63) * 2)
	log := exponent - 1
	const digits = 5 // one more than asked for, to round
	for range digits {
		hi, _ := bits.Mul64(mantissa, mantissa) // square of a number in [1, 2)
		log <<= 1
		if hi>>63 != 0 {
			log++
			mantissa = hi
		} else {
			mantissa = hi << 1
		}
	}
	return (log + 1) >> 1
}
