package remote

import (
	"context"
	"net/http/httptrace"
	"sync"
)

// wiping wipes a body when it is no longer used: net/http may go on writing it
// when it has returned. A connection that ends between its choice and the write
// leaves the body to the garbage collector as it is.
type wiping struct {
	mu   sync.Mutex
	text []byte
	uses int
}

// use counts who uses the body.
func (w *wiping) use(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.uses += n; w.uses == 0 {
		clear(w.text)
	}
}

// trace returns a context that counts the connections a request is written to.
func (w *wiping) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { w.use(1) },
		WroteRequest: func(httptrace.WroteRequestInfo) { w.use(-1) },
	})
}
