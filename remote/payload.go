package remote

import (
	"errors"
	"io"
	"sync"
)

var errTaken = errors.New("the request is over")

// payload is a body that can be taken back: net/http may go on reading one when
// it has returned.
type payload struct {
	mu   sync.Mutex
	text []byte // nil: taken back
}

// reader returns a reader of the whole body. It never fails.
func (p *payload) reader() (io.ReadCloser, error) { return &payloadReader{payload: p}, nil }

// takeBack returns when nobody reads the body, and keeps it so.
func (p *payload) takeBack() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = nil
}

type payloadReader struct {
	*payload
	at int
}

func (r *payloadReader) Read(to []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.text == nil:
		return 0, errTaken
	case r.at == len(r.text):
		return 0, io.EOF
	}
	n := copy(to, r.text[r.at:])
	r.at += n
	return n, nil
}

func (r *payloadReader) Close() error { return nil }
