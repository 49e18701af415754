package live

import "context"

// ExpireNow and Look are what the background does from time to time.
func (l *Live) ExpireNow() { l.expireNow() }

// Look looks at the folder of indexes.
func (l *Live) Look(unusable string) string { return l.look(context.Background(), unusable) }

// Rebuild builds an engine of the same content.
func (l *Live) Rebuild() { l.again(context.Background()) }

// Ask asks for an engine of the same content, in the background.
func (l *Live) Ask() { l.ask() }

// Compile makes l be at a build until the function is called that it returns.
func (l *Live) Compile() (end func()) {
	l.compiling <- struct{}{}
	return func() { <-l.compiling }
}

// Thrift is that of a Live, and whether memory is to be given back.
type Thrift struct{ thrift }

// NewThrift returns a Thrift at which nothing goes on.
func NewThrift() *Thrift { return &Thrift{thrift{left: make(chan struct{}, 1)}} }

// Begin opens begin to the tests.
func (t *Thrift) Begin(terms int) (end func()) { return t.begin(terms) }

// Left reports whether memory is to be given back.
func (t *Thrift) Left() bool { return len(t.left) > 0 }

// Processor opens processor to the tests.
type Processor struct{ processor }

// NewProcessor returns one that nothing is built with.
func NewProcessor() *Processor { return new(Processor) }

// Add is add.
func (p *Processor) Add() (end func()) { return p.add() }
