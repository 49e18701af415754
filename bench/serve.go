package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists/store"
	"github.com/vetopw/veto/live"
	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/access"
	"github.com/vetopw/veto/server/audit"
	"github.com/vetopw/veto/server/local"
)

// The servers that are measured, each a subcommand run in a process of its own.
const (
	serveEmpty   = "serve-empty"   // fasthttp with default settings and a handler that does nothing
	serveGuarded = "serve-guarded" // the same with the time-outs of our server
	serveVeto    = "serve-veto"    // our server
	serveAccess  = "serve-access"  // our server with a token, a rate and a limit of refusals
	serveAudited = "serve-audited" // the same with an audit file
	serveLive    = "serve-live"    // our server with a store, whose lists are edited
	serveNetHTTP = "serve-nethttp" // net/http and encoding/json, our engine behind
	serveEcho    = "serve-echo"    // a unix socket, what comes goes back
	serveLocal   = "serve-local"   // our local endpoint on a unix socket
	serveOff     = "serve-off"     // the same, disabled: it accepts without judging
	serveFloor   = "serve-floor"   // the echo, our engine behind
	serveIdle    = "serve-idle"    // our server whose policy is off: it accepts without judging
	serveBare    = "serve-bare"    // fasthttp with default settings, our engine behind, and an empty answer
)

// withoutVerdict are those whose answers hold none.
var withoutVerdict = []string{serveEmpty, serveGuarded, serveEcho, serveBare, serveFloor, serveOff, serveIdle}

// runServer serves on a free loopback port or on a socket, which it prints, with
// the token if there is one, until standard input ends: so it never outlives who
// started it.
func runServer(kind string, stdout io.Writer) error {
	return scratch("", func(ctx context.Context, folder string) error { return serveUntil(ctx, kind, folder, stdout) })
}

// serveUntil is runServer, with a folder for what the server keeps.
func serveUntil(ctx context.Context, kind, folder string, stdout io.Writer) (failed error) {
	var err error
	var token []byte
	var c server.Config
	if kind == serveAccess || kind == serveAudited {
		if c.Access, token, err = newAccess(folder); err != nil {
			return err
		}
	}
	if kind == serveAudited {
		c.Audit, err = audit.Open(audit.Options{File: audit.File{Path: filepath.Join(folder, "audit.jsonl"), MaxBytes: 64 << 20, Keep: 1}})
		if err != nil {
			return err
		}
		defer func() { failed = errors.Join(failed, c.Audit.Close()) }()
	}
	serve, err := newServer(kind, folder, c)
	if err != nil {
		return err
	}
	var ln net.Listener
	switch kind {
	case serveEcho, serveFloor, serveLocal, serveOff:
		ln, err = local.Listen(filepath.Join(folder, "socket"), local.Access{})
	default:
		ln, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	fmt.Fprintln(stdout, ln.Addr(), string(token))
	return serve(ctx, ln)
}

// newAccess returns who may ask a server, with limits that no load reaches.
func newAccess(folder string) (*access.Guard, []byte, error) {
	record, token, err := access.NewToken(access.Token{Name: "bench", Scopes: []string{"check", "metrics"}, Rate: 1_000_000}, time.Now())
	if err != nil {
		return nil, nil, err
	}
	file := filepath.Join(folder, "tokens.jsonl")
	if err := access.EditTokens(file, func([]access.Token) ([]access.Token, error) { return []access.Token{record}, nil }); err != nil {
		return nil, nil, err
	}
	guard, err := access.Open(access.Options{Tokens: file, Refusals: 1_000_000, Window: time.Second})
	return guard, token, err
}

func newServer(kind, folder string, c server.Config) (func(context.Context, net.Listener) error, error) {
	if kind == serveEmpty || kind == serveGuarded {
		s := &fasthttp.Server{Handler: func(*fasthttp.RequestCtx) {}, NoDefaultServerHeader: true}
		if kind == serveGuarded {
			s.ReadTimeout, s.WriteTimeout, s.IdleTimeout = 2*time.Second, 5*time.Second, 10*time.Second
		}
		return untilDone(s.Serve), nil
	}
	if kind == serveEcho {
		return untilDone(func(ln net.Listener) error { return echo(ln, func([]byte) {}) }), nil
	}
	var policies []engine.Policy
	if kind == serveIdle {
		policies = append(policies, engine.DefaultPolicy())
		policies[0].Mode = engine.Off
	}
	snapshot, err := newSnapshot(customTerms, policies...)
	if err != nil {
		return nil, err
	}
	subject := engine.Subject{Account: askedAccount, Names: []string{askedName}, Operation: engine.Change}
	if kind == serveBare {
		return untilDone((&fasthttp.Server{Handler: func(c *fasthttp.RequestCtx) {
			snapshot.Engine.Check(passwordOf(c.PostBody()), subject)
		}, NoDefaultServerHeader: true}).Serve), nil
	}
	if kind == serveFloor {
		check := func(request []byte) { snapshot.Engine.Check(request[frameHead:], subject) }
		return untilDone(func(ln net.Listener) error { return echo(ln, check) }), nil
	}
	if kind == serveNetHTTP {
		return untilDone((&http.Server{Handler: plainHandler(snapshot.Engine)}).Serve), nil
	}
	s, err := server.New(c)
	if err != nil {
		return nil, err
	}
	s.Swap(snapshot.Engine)
	switch kind {
	case serveLive:
		return manage(s, filepath.Join(folder, "lists.db")), nil
	case serveOff:
		s.SetMode(engine.Off)
		fallthrough
	case serveLocal:
		return local.New(local.Config{Judge: func() local.Judge { return s.Caller() }}).Serve, nil
	}
	return s.Serve, nil
}

// passwordOf returns the password of a request as singles makes it, found at the
// least cost there is.
func passwordOf(body []byte) []byte {
	password := body[min(len(`{"password":"`), len(body)):]
	if end := bytes.IndexByte(password, '"'); end >= 0 {
		password = password[:end]
	}
	return password
}

// manage returns what serves with a store.
func manage(s *server.Server, path string) func(context.Context, net.Listener) error {
	return func(ctx context.Context, ln net.Listener) (failed error) {
		kept, err := store.Open(path, store.Options{})
		if err != nil {
			return err
		}
		defer func() { failed = errors.Join(failed, kept.Close()) }()
		loads := 0
		l, err := live.Open(ctx, live.Options{
			Load: func() (*config.Loaded, error) { // other words each time: all is built anew
				loaded, err := config.Load("", nil)
				if loads++; loads%2 == 0 && err == nil {
					loaded.Terms.Words = []string{"zorbitania"}
				}
				return loaded, err
			},
			Store: kept, Swap: s.SwapSnapshot,
		})
		if err != nil {
			return err
		}
		defer func() { failed = errors.Join(failed, l.Close()) }()
		s.Manage(l)
		return s.Serve(ctx, ln)
	}
}

// frameHead is how much of the requests stands before the password.
const frameHead = 14 + len(askedAccount) + len(askedName)

// echo sends back what comes, after something has been done with it; one
// goroutine a connection.
func echo(ln net.Listener, do func([]byte)) error {
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			for buffer := make([]byte, 4096); ; {
				n, err := c.Read(buffer)
				if err != nil {
					return
				}
				do(buffer[:n])
				if _, err := c.Write(buffer[:n]); err != nil {
					return
				}
			}
		}()
	}
}

// untilDone ends a server that knows no contexts by closing its listener.
func untilDone(serve func(net.Listener) error) func(context.Context, net.Listener) error {
	return func(ctx context.Context, ln net.Listener) error {
		context.AfterFunc(ctx, func() { ln.Close() })
		if err := serve(ln); ctx.Err() == nil {
			return err
		}
		return nil
	}
}

// plainHandler is the check endpoint as anybody would write it.
func plainHandler(e *engine.Engine) http.Handler {
	type request struct {
		Password, Account string
		Names             []string
	}
	type reason struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	type verdict struct {
		Decision string   `json:"decision"`
		Mode     string   `json:"mode"`
		Reasons  []reason `json:"reasons"`
		Policy   string   `json:"policy"`
		Snapshot string   `json:"snapshot"`
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+checkPath, func(w http.ResponseWriter, r *http.Request) {
		var q request
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<10)).Decode(&q); err != nil {
			http.Error(w, "bad request", http.StatusBadRequest)
			return
		}
		v := e.Check([]byte(q.Password), engine.Subject{Account: q.Account, Names: q.Names})
		answer := verdict{v.Decision.String(), v.Mode.String(), []reason{}, v.Policy, v.Snapshot}
		for r := range v.Reasons.All() {
			answer.Reasons = append(answer.Reasons, reason{r.Code(), r.Message()})
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		json.NewEncoder(w).Encode(answer)
	})
	return mux
}
