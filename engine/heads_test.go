package engine_test

import (
	"testing"

	"github.com/vetopw/veto/engine"
)

// TestOwnSeparators hides a term that has separators of its own among others:
// fewer than three of its first six characters are letters then.
func TestOwnSeparators(t *testing.T) {
	e := engineOf(t, engine.DefaultPolicy(), engine.Term{Text: "a✓b✓c✓d"})
	for _, password := range []string{"a✓b✓c✓d", "a!✓b!✓c!✓d", "a!✓!b!✓!c!✓!d", "4!✓!b!✓!c!✓!d", "a-✓-b-✓-c-✓-d"} {
		if v := e.Check([]byte(password), engine.Subject{}); !v.Reasons.Has(engine.BannedTerm) {
			t.Errorf("%s: %v", password, v.Reasons)
		}
	}
}

// TestSeparatorFirst has terms that begin with a separator, and another behind it.
func TestSeparatorFirst(t *testing.T) {
	e := engineOf(t, engine.DefaultPolicy(), engine.Term{Text: "-a", Ban: true}, engine.Term{Text: ".netcore", Ban: true})
	for _, password := range []string{"-$a", "Xq-$aV7", "Xq.$netcoreV7", "Xq.!n!e!t!c!o!r!eV7"} {
		if v := e.Check([]byte(password), engine.Subject{}); !v.Reasons.Has(engine.BannedTerm) {
			t.Errorf("%s: %v", password, v.Reasons)
		}
	}
}

// TestEveryEdit misspells terms in every way at every place.
func TestEveryEdit(t *testing.T) {
	const letters = "acdefhjkmnopru"
	for n := 6; n <= len(letters); n++ {
		term := letters[:n]
		e := engineOf(t, engine.DefaultPolicy(), engine.Term{Text: term, Ban: true})
		for k := range n {
			words := []string{term[:k] + term[k+1:], term[:k] + "v" + term[k+1:]}
			if k > 0 {
				words = append(words, term[:k]+"v"+term[k:], term[:k-1]+term[k:k+1]+term[k-1:k]+term[k+1:])
			}
			for _, word := range words {
				for _, password := range []string{word, "Xw" + word, word + "w7", "wx" + word + "wx"} {
					if v := e.Check([]byte(password), engine.Subject{}); !v.Reasons.Has(engine.BannedTerm) {
						t.Errorf("%s in %s: %v", term, password, v.Reasons)
					}
				}
			}
		}
	}
}

// TestSkipsInTurn has terms behind more passed over than the first codes tell.
func TestSkipsInTurn(t *testing.T) {
	e := engineOf(t, engine.DefaultPolicy(), engine.Term{Text: "contoso", Ban: true})
	for _, password := range []string{"c$oo$n$toso", "c+oo+nn+toso", "cc$o$nn$toso", "c$oo$nn$ttoso", "cc$o$n$ttoso"} {
		for _, behind := range []string{"", "7", "Xw"} {
			if v := e.Check([]byte(password+behind), engine.Subject{}); !v.Reasons.Has(engine.BannedTerm) {
				t.Errorf("%s%s: %v", password, behind, v.Reasons)
			}
		}
	}
}
