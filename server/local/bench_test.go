//go:build unix

package local_test

import (
	"testing"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/local"
)

// BenchmarkServe is all of a request but the system calls: with a Judge that
// does nothing, and with the engine.
func BenchmarkServe(b *testing.B) {
	snapshot, err := lists.Build(lists.Options{})
	if err != nil {
		b.Fatal(err)
	}
	s, err := server.New(server.Config{})
	if err != nil {
		b.Fatal(err)
	}
	s.SwapSnapshot(snapshot)
	request := frame(b, &local.Request{Operation: engine.Change, Account: []byte("jdoe"), Name: []byte("Jane Doe"), Password: []byte("Dragonfly92!x")})
	for name, judge := range map[string]local.Judge{"frame": fixed{Decision: engine.Accept}, "engine": s.Caller()} {
		b.Run(name, func(b *testing.B) {
			endpoint := local.New(local.Config{Judge: func() local.Judge { return judge }})
			b.ReportAllocs()
			local.NewConn(endpoint, &endless{frame: request, left: b.N}).Serve()
		})
	}
	b.Run("check alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			snapshot.Engine.Check([]byte("Dragonfly92!x"), engine.Subject{Account: "jdoe", Names: []string{"Jane Doe"}, Operation: engine.Change})
		}
	})
}
