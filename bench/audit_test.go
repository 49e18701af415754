package main

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/audit"
)

// BenchmarkAudit tells the requests per second with the audit on a file beside
// without, and with a scrape of the metrics every 100 ms on top, as medians of
// rounds in turn. Clients and servers share the process.
func BenchmarkAudit(b *testing.B) {
	path := filepath.Join(b.TempDir(), "audit.jsonl")
	log, err := audit.Open(audit.Options{File: audit.File{Path: path, Keep: 2}})
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	plain, audited := serveIn(b, server.Config{}), serveIn(b, server.Config{Audit: log})
	l := load{speech: overHTTP(), requests: singles(newMixer(globalAnd(customTerms)).mix(1024)), connections: 32, duration: 500 * time.Millisecond}
	rate := func(addr string) float64 {
		r, err := l.run(addr)
		if err != nil {
			b.Fatal(err)
		}
		return r.perSecond()
	}
	var with, scraped []float64
	for b.Loop() {
		without := rate(plain)
		with = append(with, rate(audited)/without)
		end := make(chan struct{})
		go scrape(audited, end)
		scraped = append(scraped, rate(audited)/without)
		close(end)
	}
	b.ReportMetric(median(with), "audit/plain")
	b.ReportMetric(median(scraped), "audit+scrapes/plain")
	b.ReportMetric(float64(log.Counts().DroppedQueue), "dropped")
}

// serveIn starts a server and returns its address.
func serveIn(b *testing.B, c server.Config) string {
	s, err := server.New(c)
	if err != nil {
		b.Fatal(err)
	}
	snapshot, err := newSnapshot(customTerms)
	if err != nil {
		b.Fatal(err)
	}
	s.Swap(snapshot.Engine)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.Cleanup(cancel)
	go s.Serve(ctx, ln)
	return ln.Addr().String()
}

// scrape asks for the metrics until end is closed.
func scrape(addr string, end chan struct{}) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer c.Close()
	buffer := make([]byte, 1<<20)
	for tick := time.Tick(100 * time.Millisecond); ; {
		select {
		case <-end:
			return
		case <-tick:
			c.Write([]byte("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"))
			readAnswer(c, buffer)
		}
	}
}
