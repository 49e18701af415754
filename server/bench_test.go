package server_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/access"
)

// BenchmarkParse is the parser alone, on a typical body.
func BenchmarkParse(b *testing.B) {
	var parser server.Parser
	buffer := make([]byte, 0, 1<<10)
	b.SetBytes(int64(len(typical)))
	b.ReportAllocs()
	for b.Loop() {
		if err := parser.Parse(append(buffer[:0], typical...)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHandle is everything between reading and writing: dispatch, parse,
// check, encode, wipe. "off" replaces the check by a policy that is off.
func BenchmarkHandle(b *testing.B) {
	s, err := server.New(server.Config{})
	if err != nil {
		b.Fatal(err)
	}
	s.Swap(newEngine(b, "sha256:"+strings.Repeat("0123456789abcdef", 4)))
	for _, body := range []string{typical, strings.Replace(typical, `{`, `{"policy":"off",`, 1)} {
		b.Run(fmt.Sprint("off=", body != typical), func(b *testing.B) {
			handle := handler(s, "/v1/check", body)
			b.ReportAllocs()
			for b.Loop() {
				handle()
			}
		})
	}
	b.Run("with a token", func(b *testing.B) {
		callers := newCallers(b, access.Options{Rate: 1e6, Refusals: 1e6, Window: time.Second}, scoped()...)
		guarded, err := server.New(server.Config{Access: callers.Guard})
		if err != nil {
			b.Fatal(err)
		}
		guarded.Swap(newEngine(b, "sha256:"+strings.Repeat("0123456789abcdef", 4)))
		handle := handler(guarded, "/v1/check", typical, "Authorization", "Bearer "+callers.secrets["check"])
		b.ReportAllocs()
		for b.Loop() {
			handle()
		}
	})
	for _, body := range []string{typical, strings.Replace(typical, `{`, `{"policy":"off",`, 1), `{"policy":"off","password":"Tr0ub4dor&3 x"}`} {
		b.Run(fmt.Sprintf("batch of 1000 of %d bytes, off=%t", len(body), body != typical), func(b *testing.B) {
			handle := handler(s, "/v1/check:batch", `{"checks":[`+strings.Repeat(body+",", 999)+body+`]}`)
			b.ReportAllocs()
			for b.Loop() {
				handle()
			}
		})
	}
}

// BenchmarkLoopback compares a check with an empty fasthttp handler, 32
// connections each, over TCP.
func BenchmarkLoopback(b *testing.B) {
	b.Run("empty", func(b *testing.B) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		s := &fasthttp.Server{Handler: func(*fasthttp.RequestCtx) {}}
		go s.Serve(ln)
		defer s.Shutdown()
		load(b, ln.Addr().String(), typical)
	})
	for _, policy := range []string{"off", "default"} {
		b.Run(policy, func(b *testing.B) {
			s := start(b, server.Config{}, server.DefaultLimits(), newEngine(b, "sha256:"+strings.Repeat("0123456789abcdef", 4)))
			load(b, s.addr, strings.Replace(typical, `{`, `{"policy":"`+policy+`",`, 1))
		})
	}
}

// load sends b.N requests over 32 connections.
func load(b *testing.B, addr, body string) {
	text := request("POST", "/v1/check", body)
	var clients sync.WaitGroup
	left := make(chan struct{}, b.N)
	for range b.N {
		left <- struct{}{}
	}
	close(left)
	b.ResetTimer()
	for range 32 {
		clients.Go(func() {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer c.Close()
			var answer []byte // all have the length of the first
			for range left {
				io.WriteString(c, text)
				if answer == nil {
					answer = make([]byte, 4096)
					n, _ := c.Read(answer)
					answer = answer[:n]
				} else if _, err := io.ReadFull(c, answer); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	clients.Wait()
}
