package engine_test

import (
	"testing"

	"github.com/vetopw/veto/engine"
)

func TestPhones(t *testing.T) {
	e := newEngine(t, engine.DefaultPolicy())
	for _, x := range []struct {
		password string
		digits   int // of the number found; 0 for none
	}{
		{"212-555-0173", 10},
		{"212.555.0173", 10},
		{"06 12 34 56 78", 9}, // and a 0
		{"+49 171 2345678", 12},
		{"+49 (0)171 2345678", 13},
		{"(030) 1234567", 9},
		{"(212)555-0173", 10},
		{"+12125550173", 11},
		{"Anna+44 7911 123456", 12},
		{"12125550173", 0}, // digits without groups are no number of their own
		{"212--555--0173", 0},
		{"(212 555 0173", 10},        // behind the bracket
		{"212-555-0173-1234567", 10}, // and 7 digits more
		{"6-5-4-3-2-1-1", 0},
		{"21a-555-0173", 7},
	} {
		most := 0
		for _, s := range e.Explain([]byte(x.password), engine.Subject{}).Segments {
			if s.Kind == engine.KindDigits {
				most = max(most, int(s.Base-5*64)/212)
			}
		}
		if most != x.digits {
			t.Errorf("%q has a number of %d digits, want %d", x.password, most, x.digits)
		}
	}
}
