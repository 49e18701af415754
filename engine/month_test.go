package engine_test

import (
	"testing"

	"github.com/vetopw/veto/engine"
)

// TestMonths reads dates with the names of months whole, and nothing that is none.
func TestMonths(t *testing.T) {
	e := newEngine(t, engine.DefaultPolicy())
	for password, whole := range map[string]bool{
		"15-Jan-1990": true, "5may1968": true, "23 okt 90": true, "31.Dezember.2029": true, "1août2001": true, "März2024": true, "MAERZ 24": true,
		"Jan-15-1990": true, "July4,1976": true, "octubre121995": true, "set/2020": true, "sept. 20": false,
		"32-Jan-1990": false, "0jan1990": false, "15--jan-90": false, "15-jam-1990": false, "jan-5-1850": false, "15-J4n-1990": false, "january": false,
	} {
		x := e.Explain([]byte(password), engine.Subject{})
		segments := x.Segments
		if got := len(segments) == 1 && segments[0].Kind == engine.KindDate; got != whole {
			t.Errorf("%q: a date %t, want %t: %+v", password, got, whole, segments)
		}
	}
}
