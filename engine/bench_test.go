package engine_test

import (
	"crypto/sha1"
	"testing"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

var typical = [][]byte{
	[]byte("Summer2024!"), []byte("kV9#mQ2$xR7!"), []byte("correct horse battery"), []byte("xkjqhwzpvbnr"),
	[]byte("P@ssw0rd2025b@d"), []byte("maria.garcia1987"), []byte("Tr0ub4dor&3xyz"), []byte("7Hq-2mLp-9xWz"),
}

// globalEngine has the embedded lists and both policies.
func globalEngine(tb testing.TB) *engine.Engine {
	tb.Helper()
	s, err := lists.Build(lists.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return s.Engine
}

func BenchmarkCheck(b *testing.B) {
	e := globalEngine(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e.Check(typical[i%len(typical)], engine.Subject{})
	}
}

// BenchmarkCheckLists is BenchmarkCheck for those who keep an audit.
func BenchmarkCheckLists(b *testing.B) {
	e := globalEngine(b)
	lists := make([]string, 0, 4)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e.CheckLists(lists, typical[i%len(typical)], engine.Subject{})
	}
}

func BenchmarkCheckEach(b *testing.B) {
	e := globalEngine(b)
	for _, p := range typical {
		b.Run(string(p), func(b *testing.B) {
			for b.Loop() {
				e.Check(p, engine.Subject{})
			}
		})
	}
}

func BenchmarkSHA1(b *testing.B) {
	for i := 0; b.Loop(); i++ {
		sha1.Sum(typical[i%len(typical)])
	}
}
