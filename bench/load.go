package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// A load is what clients do to a server: each connection sends its next
// request when the answer to the one before has come.
type load struct {
	speech
	requests    [][]byte // whole requests, used in turn
	connections int
	duration    time.Duration
}

// A speech is how clients talk to a server.
type speech struct {
	network string
	// read reads the answer to a request by means of the buffer.
	read func(c net.Conn, buffer, request []byte) (answer []byte, err error)
	// password is a request about the password "password", and refused a part of
	// the answer that refuses it.
	password, refused []byte
}

// overHTTP returns the speech of POST /v1/check.
func overHTTP() speech {
	read := func(c net.Conn, buffer, _ []byte) ([]byte, error) { return readAnswer(c, buffer) }
	return speech{"tcp", read, singles([]string{"password"})[0], []byte(`"decision":"reject"`)}
}

// A result is what the clients saw.
type result struct {
	elapsed   time.Duration
	latencies []time.Duration // of all requests, sorted
}

func (r *result) perSecond() float64 { return float64(len(r.latencies)) / r.elapsed.Seconds() }

// run puts the load on the server at addr. It fails on the first answer that
// is none.
func (l *load) run(addr string) (*result, error) {
	conns := make([]net.Conn, l.connections)
	for i := range conns {
		c, err := net.Dial(l.network, addr)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		conns[i] = c
	}
	latencies := make([][]time.Duration, len(conns))
	errs := make([]error, len(conns))
	var clients sync.WaitGroup
	begin := time.Now()
	for i, c := range conns {
		latencies[i] = make([]time.Duration, 0, int(l.duration.Seconds()*20_000))
		c.SetDeadline(begin.Add(l.duration + 10*time.Second))
		clients.Go(func() { latencies[i], errs[i] = l.client(c, i, begin.Add(l.duration), latencies[i]) })
	}
	clients.Wait()
	r := &result{elapsed: time.Since(begin), latencies: slices.Concat(latencies...)}
	slices.Sort(r.latencies)
	return r, errors.Join(errs...)
}

// client appends the latency of each of its requests.
func (l *load) client(c net.Conn, first int, end time.Time, latencies []time.Duration) ([]time.Duration, error) {
	buffer := make([]byte, 1<<20)
	for n, before := first, time.Now(); before.Before(end); n++ {
		request := l.requests[n%len(l.requests)]
		if _, err := c.Write(request); err != nil {
			return latencies, err
		}
		if _, err := l.read(c, buffer, request); err != nil {
			return latencies, err
		}
		after := time.Now()
		latencies = append(latencies, after.Sub(before))
		before = after
	}
	return latencies, nil
}

var (
	statusOK      = []byte("HTTP/1.1 200 ")
	endOfHeader   = []byte("\r\n\r\n")
	contentLength = []byte("\r\nContent-Length: ")
)

var errAnswer = errors.New("unexpected answer")

// readAnswer reads one answer into the buffer and returns its body. It knows
// as much of HTTP as the servers under measurement use.
func readAnswer(c net.Conn, buffer []byte) ([]byte, error) {
	for have := 0; ; {
		n, err := c.Read(buffer[have:])
		have += n
		if header, body, ok := bytes.Cut(buffer[:have], endOfHeader); ok {
			length, err := bodyLength(header)
			if err != nil {
				return nil, err
			}
			if len(body) >= length {
				return body[:length], nil
			}
		}
		switch {
		case err != nil:
			return nil, err
		case have == len(buffer):
			return nil, fmt.Errorf("%w: too long", errAnswer)
		}
	}
}

func bodyLength(header []byte) (int, error) {
	if !bytes.HasPrefix(header, statusOK) {
		line, _, _ := bytes.Cut(header, []byte("\r\n"))
		return 0, fmt.Errorf("%w: %s", errAnswer, line)
	}
	_, value, ok := bytes.Cut(header, contentLength)
	if !ok {
		return 0, fmt.Errorf("%w: no length", errAnswer)
	}
	value, _, _ = bytes.Cut(value, []byte("\r\n"))
	return strconv.Atoi(string(value))
}

// post returns a whole request.
func post(path string, body []byte) []byte {
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		path, len(body))
	return append([]byte(head), body...)
}
