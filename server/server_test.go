package server_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server"
)

// canary is a password that no answer and no log may hold.
const canary = "Zx9-kanarienvogel-Q4"

// Passwords whose lookups in a gate block while it is shut, or fail.
const (
	waitingPassword = "waiting-for-it"
	faultyPassword  = "faulty-" + canary
)

// gate is a password list of "correcthorse".
type gate struct {
	open    chan struct{}
	entered chan struct{}
}

func newGate() *gate { return &gate{make(chan struct{}), make(chan struct{}, 1000)} }

func (g *gate) Find(key uint64) (uint8, bool) {
	switch key {
	case keyOf(waitingPassword):
		g.entered <- struct{}{}
		<-g.open
	case keyOf(faultyPassword):
		var none []byte
		_ = none[len(faultyPassword)]
	}
	return 3, key == keyOf("correcthorse")
}

func keyOf(password string) uint64 { return engine.Key(engine.AppendFold(nil, []byte(password))) }

// emptySet is a breach list of nothing.
type emptySet struct{}

func (emptySet) Lookup([]byte) (uint8, bool) { return 0, false }
func (emptySet) Err() error                  { return nil }

// newEngine returns an engine with the policies "default" and "other".
func newEngine(t testing.TB, snapshot string, sets ...engine.PasswordSet) *engine.Engine {
	t.Helper()
	other := engine.EntraPolicy()
	other.Name = "other"
	off := engine.DefaultPolicy()
	off.Name, off.Mode = "off", engine.Off
	c := engine.Config{
		Snapshot: snapshot, Policies: []engine.Policy{engine.DefaultPolicy(), other, off},
		Terms:    []engine.TermList{{Name: "global", Terms: []engine.Term{{Text: "dragon", Rank: 7}, {Text: "monkey", Rank: 12}}}},
		Breaches: []engine.BreachList{{Name: "none", Kind: engine.SHA1, Set: emptySet{}}, {Name: "none", Kind: engine.NTLM, Set: emptySet{}}},
	}
	for i, set := range sets {
		c.Passwords = append(c.Passwords, engine.PasswordList{Name: fmt.Sprint("list", i), Set: set})
	}
	e, err := engine.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// service is a running server.
type service struct {
	*server.Server
	addr string
	stop func() error // ends it gracefully; called at the end of the test too
	log  *logBuffer
	tls  *tls.Config // of clients; nil: none
}

// start serves on a free port with the given limits, and checks at the end
// that the log holds no canary.
func start(t testing.TB, c server.Config, l server.Limits, e *engine.Engine) *service {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return startOn(t, c, l, e, ln)
}

func startOn(t testing.TB, c server.Config, l server.Limits, e *engine.Engine, ln net.Listener) *service {
	t.Helper()
	s := &service{addr: ln.Addr().String(), log: new(logBuffer)}
	c.Logger = slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if s.Server, err = server.NewLimited(c, l); err != nil {
		t.Fatal(err)
	}
	s.Swap(e)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	s.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
		if strings.Contains(s.log.String(), canary) {
			t.Errorf("the log holds the password:\n%s", s.log)
		}
	})
	return s
}

// answer is a parsed answer.
type answer struct {
	status int
	close  bool // the server says that it closes the connection
	header http.Header
	body   []byte
	json   map[string]any
}

func (a *answer) codes() (codes []string) {
	reasons, _ := a.json["reasons"].([]any)
	for _, r := range reasons {
		codes = append(codes, fmt.Sprint(r.(map[string]any)["code"]))
	}
	return codes
}

// readAnswer reads one answer and checks what all answers have in common.
func readAnswer(t testing.TB, r *bufio.Reader, method string) (*answer, error) {
	t.Helper()
	resp, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		return nil, err
	}
	a := &answer{status: resp.StatusCode, close: resp.Close, header: resp.Header}
	if a.status == 100 {
		return a, nil
	}
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		return nil, err
	}
	if bytes.Contains(a.body, []byte(canary)) || strings.Contains(fmt.Sprint(a.header), canary) {
		t.Errorf("the answer holds the password: %v %s", a.header, a.body)
	}
	want := "application/json"
	if a.status != 200 {
		want = "application/problem+json"
	}
	if got := a.header.Get("Content-Type"); got != want {
		t.Errorf("Content-Type %q of %d, want %q", got, a.status, want)
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
	if got := a.header.Get("Server"); got != "" {
		t.Errorf("Server %q", got)
	}
	if method == "HEAD" {
		return a, nil
	}
	if err := json.Unmarshal(a.body, &a.json); err != nil {
		t.Fatalf("answer %q: %v", a.body, err)
	}
	if a.status != 200 && (a.json["status"] != float64(a.status) || a.json["title"] != http.StatusText(a.status) || a.json["detail"] == "") {
		t.Errorf("problem %s of status %d", a.body, a.status)
	}
	return a, nil
}

// client is a keep-alive connection.
type client struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

func (s *service) dial(t testing.TB) *client {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	if s.tls != nil {
		c = tls.Client(c, s.tls)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return &client{c, t, bufio.NewReader(c)}
}

// request returns a well-formed request.
func request(method, path, body string) string {
	head := method + " " + path + " HTTP/1.1\r\nHost: veto\r\n"
	if method == "POST" {
		head += fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	return head + "\r\n" + body
}

func (c *client) send(method, path, body string) *answer {
	c.t.Helper()
	return c.exchange(method, request(method, path, body))
}

func TestCheck(t *testing.T) {
	s := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "sha256:one", newGate()))
	c := s.dial(t)
	for _, test := range []struct{ body, decision, codes, policy string }{
		{`{"password":"uh8#Kp2!qLzw6R"}`, "accept", "", "default"},
		{`{"password":"Dragon1"}`, "reject", "too_short banned_term low_score", "default"},
		{`{"password":"correcthorse"}`, "reject", "banned_password", "default"},
		{`{"password":"uh8#Kp2!qLzw6R","old_password":"uh8#Kp2!qLzw6R","operation":"change"}`, "reject", "similar_to_old", "default"},
		{` { "account" : "jdoe", "names":["Jane Doe","Jane"], "mail":"jane@example.org","tenant":"Contoso",` +
			`"groups":[], "operation":"set","policy":"other","password":"jane-doe-99"}` + "\r\n", "reject", "subject_term", "other"},
		{`{"password":"Zorblatt-99","attributes":["Research, Zorblatt"]}`, "reject", "subject_term", "default"},
	} {
		a := c.send("POST", "/v1/check", test.body)
		if a.status != 200 || a.json["decision"] != test.decision || a.json["policy"] != test.policy || a.json["snapshot"] != "sha256:one" {
			t.Errorf("%s: %d %s", test.body, a.status, a.body)
		}
		for _, code := range strings.Fields(test.codes) {
			if !strings.Contains(" "+strings.Join(a.codes(), " ")+" ", " "+code+" ") {
				t.Errorf("%s: codes %v lack %s", test.body, a.codes(), code)
			}
		}
		if a.json["id"] != a.header.Get("X-Request-Id") || len(a.header.Get("X-Request-Id")) != 24 {
			t.Errorf("id %v, X-Request-Id %q", a.json["id"], a.header.Get("X-Request-Id"))
		}
		if _, ok := a.json["score"]; ok {
			t.Error("the score is told without Explain")
		}
	}
}

func TestExplain(t *testing.T) {
	s := start(t, server.Config{Explain: true}, server.DefaultLimits(), newEngine(t, "s"))
	a := s.dial(t).send("POST", "/v1/check", `{"password":"dragon"}`)
	if _, ok := a.json["score"]; !ok || !bytes.Contains(a.body, []byte(`"span":[0,6]`)) {
		t.Errorf("no score or spans: %s", a.body)
	}
}

func TestBatch(t *testing.T) {
	s := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"))
	c := s.dial(t)
	var items []string
	for i := range 1000 {
		items = append(items, fmt.Sprintf(`{"password":"%s","names":["n%d"]}`, []string{"dragon", "uh8#Kp2!qLzw6R"}[i%2], i))
	}
	for _, n := range []int{0, 1, 2, 1000} {
		a := c.send("POST", "/v1/check:batch", `{"checks":[`+strings.Join(items[:n], ",\n ")+`]}`)
		verdicts, _ := a.json["verdicts"].([]any)
		if a.status != 200 || len(verdicts) != n {
			t.Fatalf("%d checks: status %d, %d verdicts", n, a.status, len(verdicts))
		}
		ids := map[any]bool{}
		for i, v := range verdicts {
			v := v.(map[string]any)
			if v["decision"] != []string{"reject", "accept"}[i%2] {
				t.Errorf("verdict %d: %v", i, v)
			}
			ids[v["id"]] = true
		}
		if len(ids) != n {
			t.Errorf("%d ids for %d verdicts", len(ids), n)
		}
	}
	a := c.send("POST", "/v1/check:batch", `{"checks":[`+strings.Join(items, ",")+`,{"password":"x"}]}`)
	if a.status != 400 || a.json["field"] != "checks" {
		t.Errorf("1001 checks: %d %s", a.status, a.body)
	}
}

func TestHealth(t *testing.T) {
	s := start(t, server.Config{}, server.DefaultLimits(), nil)
	c := s.dial(t)
	for _, method := range []string{"GET", "HEAD"} {
		if a := c.send(method, "/healthz", ""); a.status != 200 {
			t.Errorf("%s /healthz: %d", method, a.status)
		}
		if a := c.send(method, "/readyz", ""); a.status != 503 || a.header.Get("Retry-After") == "" {
			t.Errorf("%s /readyz before the first Swap: %d", method, a.status)
		}
	}
	s.Swap(newEngine(t, "sha256:abc"))
	if a := c.send("GET", "/healthz", ""); string(a.body) != `{"status":"ok"}` {
		t.Errorf("/healthz: %s", a.body)
	}
	if a := c.send("GET", "/readyz", ""); string(a.body) != `{"status":"ready","snapshot":"sha256:abc"}` {
		t.Errorf("/readyz: %s", a.body)
	}
	s.Swap(nil)
	if a := c.send("GET", "/readyz", ""); a.status != 503 {
		t.Errorf("/readyz after Swap(nil): %d", a.status)
	}
}

// TestUnavailable wants the declared answer, whatever keeps the server from
// deciding.
func TestUnavailable(t *testing.T) {
	for _, test := range []struct {
		declared engine.Decision
		want     string
	}{{engine.Undecided, "reject"}, {engine.Reject, "reject"}, {engine.Accept, "accept"}} {
		g := newGate()
		s := start(t, declare(test.declared), server.DefaultLimits(), nil)
		expect := func(cause string, a *answer) {
			t.Helper()
			if a.status != 503 || a.json["decision"] != test.want || fmt.Sprint(a.codes()) != "[unavailable]" || a.header.Get("Retry-After") == "" {
				t.Errorf("%s, declared %v: %d %s", cause, test.declared, a.status, a.body)
			}
		}
		c := s.dial(t)
		for _, path := range []string{"/v1/check", "/v1/check:batch"} {
			expect("no lists", c.send("POST", path, `{"password":"`+canary+`"}`))
		}
		s.Swap(newEngine(t, "s", g))
		expect("fault", c.send("POST", "/v1/check", `{"password":"`+faultyPassword+`"}`))
		if !strings.Contains(s.log.String(), "gate).Find") || s.InFlight() != 0 {
			t.Errorf("after a fault %d in flight, log %s", s.InFlight(), s.log)
		}
		waiting := s.dial(t)
		io.WriteString(waiting, request("POST", "/v1/check", `{"password":"`+waitingPassword+`"}`))
		<-g.entered
		expect("overload", s.dial(t).send("POST", "/v1/check", `{"password":"`+canary+`"}`))
		close(g.open)
		if a, err := readAnswer(t, waiting.r, "POST"); err != nil || a.status != 200 {
			t.Errorf("the request in flight: %v %v", a, err)
		}
		if a := s.dial(t).send("POST", "/v1/check", `{"password":"`+canary+`"}`); a.status != 200 {
			t.Errorf("after the overload: %d", a.status)
		}
	}
}

func TestTooManyConnections(t *testing.T) {
	l := server.DefaultLimits()
	l.Max = 2
	s := start(t, server.Config{}, l, newEngine(t, "s"))
	first, second := s.dial(t), s.dial(t)
	first.send("GET", "/healthz", "")
	second.send("GET", "/healthz", "")
	third := s.dial(t)
	a, err := readAnswer(t, third.r, "POST")
	if err != nil || a.status != 503 || a.json["decision"] != "reject" {
		t.Fatalf("third connection: %v %v", a, err)
	}
	first.Close()
	deadline := time.Now().Add(5 * time.Second)
	for {
		c := s.dial(t)
		io.WriteString(c, request("GET", "/healthz", ""))
		if a, err := readAnswer(t, c.r, "GET"); err == nil && a.status == 200 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a closed connection is still counted")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestLoopbackOnly(t *testing.T) {
	for addr, ok := range map[string]bool{
		"": true, "127.0.0.1:0": true, "127.9.9.9:80": true, "[::1]:8080": true, "localhost:8080": true, "[::ffff:127.0.0.1]:1": true,
		":8080": false, "0.0.0.0:8080": false, "[::]:8080": false, "192.0.2.1:8080": false, "example.org:80": false, "[fe80::1%lo]:1": false,
	} {
		_, err := server.New(server.Config{Addr: addr})
		if ok && err != nil || !ok && !errors.Is(err, server.ErrNotLoopback) {
			t.Errorf("address %q: %v", addr, err)
		}
	}
	if _, err := server.New(server.Config{Addr: "127.0.0.1"}); err == nil {
		t.Error("no error for an address without port")
	}
	s, err := server.New(server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, port, _ := net.SplitHostPort(s.Addr()); s.Addr() != server.DefaultAddr || port == "" {
		t.Errorf("default address %q", s.Addr())
	}
	ln, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(t.Context(), ln); !errors.Is(err, server.ErrNotLoopback) || !strings.Contains(err.Error(), "proxy") {
		t.Errorf("Serve: %v", err)
	}
	if c, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		c.Close()
		t.Error("the refused listener still listens")
	}
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Skip(err)
	}
	startOn(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"), ln)
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if a := (&client{c, t, bufio.NewReader(c)}).send("POST", "/v1/check", `{"password":"x"}`); a.status != 200 {
		t.Errorf("status %d", a.status)
	}
}

func TestListenAndServe(t *testing.T) {
	s, err := server.New(server.Config{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.ListenAndServe(ctx) }()
	for s.Addr() == "127.0.0.1:0" {
		time.Sleep(time.Millisecond)
	}
	resp, err := http.Get("http://" + s.Addr() + "/healthz")
	if err != nil || resp.StatusCode != 200 {
		t.Errorf("%v %v", resp, err)
	}
	resp.Body.Close()
	taken, err := server.New(server.Config{Addr: s.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	if err := taken.ListenAndServe(ctx); err == nil {
		t.Error("no error for a taken port")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	ln, _ := net.Listen("tcp", "127.0.0.1:0")
	again, _ := server.New(server.Config{})
	if err := again.Serve(stopped, ln); err != nil {
		t.Errorf("Serve with a context that has ended: %v", err)
	}
}

// TestGracefulStop wants the request in flight answered, its connection
// closed, idle connections closed and new ones refused.
func TestGracefulStop(t *testing.T) {
	g := newGate()
	s := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s", g))
	idle := s.dial(t)
	idle.send("GET", "/healthz", "")
	c := s.dial(t)
	io.WriteString(c, request("POST", "/v1/check", `{"password":"`+waitingPassword+`"}`))
	<-g.entered
	done := make(chan error)
	go func() { done <- s.stop() }()
	if _, err := idle.r.ReadByte(); err == nil {
		t.Error("the idle connection is still open")
	}
	if late, err := net.Dial("tcp", s.addr); err == nil {
		late.Close()
		t.Error("a connection was accepted after the stop")
	}
	select {
	case err := <-done:
		t.Fatalf("stopped with a request in flight: %v", err)
	default:
	}
	close(g.open)
	a, err := readAnswer(t, c.r, "POST")
	if err != nil || a.status != 200 || !a.close {
		t.Errorf("request in flight: %v %v", a, err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestStopGivesUp(t *testing.T) {
	g := newGate()
	l := server.DefaultLimits()
	l.Grace = 50 * time.Millisecond
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.NewLimited(server.Config{}, l)
	if err != nil {
		t.Fatal(err)
	}
	s.Swap(newEngine(t, "s", g))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, ln) }()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, request("POST", "/v1/check", `{"password":"`+waitingPassword+`"}`))
	<-g.entered
	cancel()
	if err := <-done; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Serve: %v", err)
	}
	close(g.open)
}

// TestSwapUnderLoad wants every answer to be right and by one of the engines.
func TestSwapUnderLoad(t *testing.T) {
	s := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s0"))
	engines := []*engine.Engine{newEngine(t, "s0"), newEngine(t, "s1"), newEngine(t, "s2")}
	var load, swaps sync.WaitGroup
	for g := range 8 {
		load.Go(func() {
			c := s.dial(t)
			for i := range 200 {
				body, want := `{"password":"dragon","account":"a"}`, "reject"
				if (g+i)%2 == 0 {
					body, want = fmt.Sprintf(`{"password":"uh8#Kp2!qLzw6R%d","names":["N"]}`, i), "accept"
				}
				a := c.send("POST", "/v1/check", body)
				if a.status != 200 || a.json["decision"] != want || !strings.HasPrefix(a.json["snapshot"].(string), "s") {
					t.Errorf("%s: %d %s", body, a.status, a.body)
				}
			}
		})
	}
	end := make(chan struct{})
	swaps.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-end:
				return
			default:
				s.Swap(engines[i%3])
				time.Sleep(50 * time.Microsecond)
			}
		}
	})
	load.Wait()
	close(end)
	swaps.Wait()
}

func TestIDsAreUnique(t *testing.T) {
	s := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"))
	other := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"))
	seen := map[string]bool{}
	for _, c := range []*client{s.dial(t), s.dial(t), other.dial(t)} {
		for range 100 {
			seen[c.send("GET", "/nothing", "").header.Get("X-Request-Id")] = true
		}
	}
	if len(seen) != 300 {
		t.Errorf("%d ids for 300 answers", len(seen))
	}
}
