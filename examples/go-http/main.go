// Go-http is a password portal in miniature: POST /check tells what is wrong
// with a password while it is typed, POST /reset sets it if Veto accepts it.
// The environment says where Veto is; the README has the commands.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/vetopw/veto/examples/go-http/veto"
)

// maxBodyBytes bounds a request of the page.
const maxBodyBytes = 8 << 10

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "go-http:", err)
		os.Exit(1)
	}
}

func serve() error {
	client, err := veto.New(cmp.Or(os.Getenv("VETO_URL"), "http://127.0.0.1:8080"), os.Getenv("VETO_TOKEN_FILE"))
	if err != nil {
		return err
	}
	p := portal{client}
	routes := http.NewServeMux()
	routes.HandleFunc("POST /check", p.check)
	routes.HandleFunc("POST /reset", p.reset)
	if page := os.Getenv("PAGE"); page != "" {
		routes.Handle("GET /", secure(http.FileServer(http.Dir(page))))
	}
	listener, err := net.Listen("tcp", cmp.Or(os.Getenv("LISTEN"), "127.0.0.1:3000"))
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	server := http.Server{
		Handler:     http.NewCrossOriginProtection().Handler(routes),
		ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute,
	}
	return server.Serve(listener)
}

// secure adds the fields that a page with a password on it should have.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

type portal struct{ veto *veto.Client }

// person returns what the session knows of whoever asks. It must never come
// from the request: then it could be left out.
func person(*http.Request) veto.Request {
	return veto.Request{Account: "jdoe", Names: []string{"Jane Doe"}, Mail: "jane.doe@example.org"}
}

// check judges without setting: the operation stays unknown in Veto's audit.
func (p portal) check(w http.ResponseWriter, r *http.Request) { p.judge(w, r, "") }

func (p portal) reset(w http.ResponseWriter, r *http.Request) {
	if p.judge(w, r, "set") {
		slog.Info("password set") // here: hand the password to the directory, then answer
	}
}

// judge answers 200 with a verdict that accepts, 422 with one that refuses, 503
// without one.
func (p portal) judge(w http.ResponseWriter, r *http.Request, operation string) (accepted bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	defer clear(body)
	var form struct{ Password json.RawMessage }
	if err == nil {
		err = json.Unmarshal(body, &form)
	}
	defer clear(form.Password)
	if err != nil || len(form.Password) == 0 || form.Password[0] != '"' {
		http.Error(w, `the body has to be {"password":"..."}, at most 8 KiB`, http.StatusBadRequest)
		return false
	}
	request := person(r)
	request.Password, request.Operation = form.Password, operation
	verdict, err := p.veto.Check(r.Context(), request, r.Header.Get("Accept-Language"))
	if err != nil {
		slog.Error("check", "error", err)
	}
	status := http.StatusOK
	switch {
	case verdict.Accepted():
	case errors.Is(err, veto.ErrUnavailable):
		status = http.StatusServiceUnavailable
	default:
		status = http.StatusUnprocessableEntity
	}
	answer(w, status, verdict)
	return verdict.Accepted()
}

func answer(w http.ResponseWriter, status int, verdict veto.Verdict) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(verdict); err != nil {
		slog.Error("answer", "error", err)
	}
}
