package main

import (
	"math"
	"testing"
)

func TestQuantile(t *testing.T) {
	ten := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for q, want := range map[float64]int{0: 1, 0.1: 1, 0.11: 2, 0.5: 5, 0.99: 10, 1: 10} {
		if got := quantile(ten, q); got != want {
			t.Errorf("quantile %g: %d, want %d", q, got, want)
		}
	}
	if quantile([]int(nil), 0.5) != 0 {
		t.Error("quantile of nothing is not 0")
	}
	if got := median([]float64{9, 1, 5}); got != 5 {
		t.Errorf("median %g, want 5", got)
	}
}

// TestWilson compares with the worked figures of Newcombe, "Two-sided
// confidence intervals for the single proportion", 1998, table I.
func TestWilson(t *testing.T) {
	for s, want := range map[share][2]float64{
		{81, 263}: {25.53, 36.62},
		{15, 148}: {6.24, 16.05},
		{0, 20}:   {0, 16.11},
		{1, 29}:   {0.61, 17.18},
	} {
		low, high := s.rate().wilson()
		if math.Abs(low-want[0]) > 0.006 || math.Abs(high-want[1]) > 0.006 {
			t.Errorf("%v: %.2f to %.2f, want %v", s, low, high, want)
		}
	}
}

func TestPercent(t *testing.T) {
	for p, want := range map[float64]string{
		0: "0.0", 0.004: "0.0", 0.37: "0.37", 1: "1.0", 57.26: "57.3", 99: "99.0", 99.37: "99.37", 99.999: "100.0", 100: "100.0",
		math.NaN(): "",
	} {
		if got := percent(p); got != want {
			t.Errorf("percent(%g) = %q, want %q", p, got, want)
		}
	}
}
