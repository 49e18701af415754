package main

import (
	"math"
	"slices"
)

// quantile returns the q-quantile of sorted values by the nearest rank, or the
// zero value of none.
func quantile[T any](sorted []T, q float64) T {
	var zero T
	if len(sorted) == 0 {
		return zero
	}
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// median sorts the values and returns the middle one.
func median(values []float64) float64 {
	slices.Sort(values)
	return quantile(values, 0.5)
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// A share is k of n.
type share struct{ k, n int }

// percent returns the share in percent; of nothing it is not a number.
func (s share) percent() float64 { return 100 * float64(s.k) / float64(s.n) }

// wilson returns the 95 % score interval of the share, in percent: Wilson,
// "Probable inference, the law of succession, and statistical inference", 1927.
func (s share) wilson() (low, high float64) {
	const z = 1.959964
	n, p := float64(s.n), float64(s.k)/float64(s.n)
	center := p + z*z/(2*n)
	spread := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, 100*(center-spread)/(1+z*z/n)), min(100, 100*(center+spread)/(1+z*z/n))
}
