package server_test

import (
	"testing"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server"
)

// declare returns the configuration of a server that serves one at a time, with
// one answer for all operations and causes.
func declare(d engine.Decision) server.Config {
	all := server.Answers{NoList: d, Overload: d, Unavailable: d}
	return server.Config{Set: all, Change: all, MaxInFlight: 1}
}

// TestDeclared has another answer for each operation and cause.
func TestDeclared(t *testing.T) {
	g := newGate()
	s := start(t, server.Config{
		Set: server.Answers{NoList: engine.Accept, Unavailable: engine.Accept}, Change: server.Answers{Overload: engine.Accept, Unavailable: engine.Accept},
	}, server.DefaultLimits(), nil)
	c := s.dial(t)
	expect := func(path, body, want string) {
		t.Helper()
		if a := c.send("POST", path, body); a.status != 503 || a.json["decision"] != want {
			t.Errorf("%s: %d %s, want %s", body, a.status, a.body, want)
		}
	}
	check := func(operation string) string {
		return `{"password":"` + faultyPassword + `","operation":"` + operation + `"}`
	}
	expect("/v1/check", check("set"), "accept")
	expect("/v1/check", check("change"), "reject")
	expect("/v1/check", check(""), "reject")
	expect("/v1/check", `{"operation":"set","password":`, "reject")
	expect("/v1/check:batch", `{"checks":[`+check("set")+`]}`, "reject")
	s.Swap(newEngine(t, "s", g))
	for _, operation := range []string{"set", "change"} {
		c = s.dial(t)
		expect("/v1/check", check(operation), "accept")
	}
}
