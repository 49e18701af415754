package local_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/Microsoft/go-winio"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/local"
)

// TestPipe asks over a named pipe, 200 at once.
func TestPipe(t *testing.T) {
	path := fmt.Sprintf(`\\.\pipe\veto-test-%d`, os.Getpid())
	ln, err := local.Listen(path, local.Access{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	s := local.New(local.Config{Judge: func() local.Judge { return new(recorder) }})
	go func() { done <- s.Serve(ctx, ln) }()
	within, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	if err := local.Ping(within, path, local.Access{}); err != nil {
		t.Error(err)
	}
	if _, err := local.Listen(path, local.Access{}); !errors.Is(err, local.ErrInUse) {
		t.Errorf("a second one: %v", err)
	}
	if _, err := local.Listen(path+"-other", local.Access{Users: []uint32{1}}); err == nil {
		t.Error("users are taken")
	}
	foreign, err := winio.ListenPipe(path+"-foreign", &winio.PipeConfig{SecurityDescriptor: "O:BUD:(A;;GA;;;WD)"})
	if err != nil {
		t.Fatal(err)
	}
	defer foreign.Close()
	go foreign.Accept()
	if _, err := local.Dial(within, path+"-foreign", local.Access{}); !errors.Is(err, local.ErrForeign) {
		t.Errorf("a pipe of users: %v", err)
	}
	var clients sync.WaitGroup
	for range 200 {
		clients.Go(func() {
			c, err := local.Dial(within, path, local.Access{})
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			for _, test := range []struct {
				password string
				want     local.Reply
			}{{"a\x00b\x00", local.Reply{Decision: engine.Accept}}, {"\x00\xd8", local.Reply{Decision: engine.Reject, Codes: "not_utf8"}}} {
				reply, err := c.Ask(within, &local.Request{Encoding: local.UTF16, Password: []byte(test.password)})
				if err != nil || reply != test.want {
					t.Errorf("reply %+v, %v", reply, err)
				}
			}
		})
	}
	clients.Wait()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
