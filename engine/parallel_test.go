package engine_test

import (
	"testing"

	"github.com/vetopw/veto/engine"
)

// TestParallel looks at walks with shift and at how they go on: each span is a walk
// parallel to what stands before it.
func TestParallel(t *testing.T) {
	e := newEngine(t, engine.DefaultPolicy())
	const keys, turn = 8, 5
	for _, x := range []struct {
		password string
		span     engine.Span // of the parallel
		base     float64     // bits, without the logarithm of the distance
	}{
		{"!QAZ@WSX#EDC", engine.Span{Start: 4, End: 12}, keys + 2},
		{"1qaz@WSX3edc$RFV", engine.Span{Start: 4, End: 16}, keys + 2},
		{"1qazXSW\"", engine.Span{Start: 4, End: 7}, keys}, // 2 has no quote above it
		{"1qazZAQ!", engine.Span{Start: 4, End: 8}, keys},
		{"1qazxsw2", engine.Span{Start: 4, End: 8}, keys},
		{"Qwer!@#$", engine.Span{Start: 4, End: 8}, keys + 2 + turn},
		{"цукеФЫВА", engine.Span{Start: 4, End: 8}, keys + 2},
		{"pqazYwsx", engine.Span{Start: 5, End: 8}, keys + 2},
	} {
		var span engine.Span
		var base float64
		for _, s := range e.Explain([]byte(x.password), engine.Subject{}).Segments {
			if s.Kind == engine.KindWalk && s.Span.Start > 0 && s.Join.Bits() == 1 {
				span, base = s.Span, s.Base.Bits()
			}
		}
		if span != x.span || base != x.base {
			t.Errorf("%q: %v costs %v, want %v, %v", x.password, span, base, x.span, x.base)
		}
	}
}
