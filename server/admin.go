package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"
)

// ServeAdmin answers operators on a listener of their own until ctx ends:
// /metrics, /healthz, /readyz and the profiles of /debug/pprof/. It closes ln,
// which has to be a loopback or unix listener, else the error is ErrNotLoopback.
// Profiles hold names of functions and numbers, no content of requests.
func (s *Server) ServeAdmin(ctx context.Context, ln net.Listener) error {
	addr := ln.Addr().String()
	if !isLoopback(ln.Addr()) {
		ln.Close()
		return fmt.Errorf("server: admin address %s: %w", addr, ErrNotLoopback)
	}
	admin := &http.Server{
		Handler: s.sameHost(s.adminRoutes()), ReadTimeout: s.limits.read, IdleTimeout: s.limits.idle, MaxHeaderBytes: s.limits.header,
		WriteTimeout: 2 * time.Minute, // a profile takes as long as it is asked to
	}
	context.AfterFunc(ctx, func() { admin.Close() })
	s.config.Logger.Info("administration", "address", addr)
	if err := admin.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("server: admin address %s: %w", addr, err)
	}
	return nil
}

// ListenAndServeAdmin is ServeAdmin on addr, host:port.
func (s *Server) ListenAndServeAdmin(ctx context.Context, addr string) error {
	loopback, err := onLoopback(addr)
	if err == nil && !loopback {
		err = ErrNotLoopback
	}
	if err != nil {
		return fmt.Errorf("server: admin address %s: %w", addr, err)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("server: admin: %w", err)
	}
	return s.ServeAdmin(ctx, ln)
}

// sameHost refuses requests that a web page sent here under another name.
func (s *Server) sameHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.knowsHost([]byte(r.Host)) {
			http.Error(w, causeHost.Error(), causes[causeHost].status)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// adminRoutes are the routes of administration. The command line, which pprof
// can tell too, is left out.
func (s *Server) adminRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		text, err := s.appendMetrics(nil)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", string(typeMetrics))
		w.Write(text)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if cause := s.unready(); cause != causeNone {
			http.Error(w, cause.Error(), http.StatusServiceUnavailable)
			return
		}
		if s.outdated() {
			fmt.Fprintln(w, "ready with the lists before: new ones cannot be used, the log tells why")
			return
		}
		if s.unfollowed() {
			fmt.Fprintln(w, "ready with the last good bundle: it cannot be refreshed, the log tells why")
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
