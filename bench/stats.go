package main

import (
	"fmt"
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

// rate returns the share as a percentage.
func (s share) rate() rate { return rate{s.percent(), float64(s.n)} }

// A rate is a percentage of n cases.
type rate struct{ percent, n float64 }

// meanRate returns the mean of the shares, each of the same weight. Its n is
// that of a simple sample with the same variance if the shares are alike, and
// less when they are not: the interval is on the safe side.
func meanRate(shares []share) rate {
	sum, inverse := 0.0, 0.0
	for _, s := range shares {
		sum += s.percent()
		inverse += 1 / float64(s.n)
	}
	k := float64(len(shares))
	return rate{sum / k, k * k / inverse}
}

// wilson returns the 95 % score interval in percent: Wilson, "Probable
// inference, the law of succession, and statistical inference", 1927.
func (r rate) wilson() (low, high float64) {
	const z = 1.959964
	n, p := r.n, r.percent/100
	center := p + z*z/(2*n)
	spread := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, 100*(center-spread)/(1+z*z/n)), min(100, 100*(center+spread)/(1+z*z/n))
}

// String returns the percentage and its interval, "" if there are no cases.
func (r rate) String() string {
	if math.IsNaN(r.percent) {
		return ""
	}
	low, high := r.wilson()
	return fmt.Sprintf("%s (%s-%s)", percent(r.percent), percent(low), percent(high))
}

// percent prints a percentage: two digits after the point below 1 and above
// 99, where they matter.
func percent(p float64) string {
	switch text := fmt.Sprintf("%.2f", p); {
	case math.IsNaN(p):
		return ""
	case text == "0.00" || text == "100.00":
		return text[:len(text)-1]
	case p < 1 || p > 99:
		return text
	}
	return fmt.Sprintf("%.1f", p)
}
