//go:build unix

package local_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/local"
)

const canary = "Zx9-kanarienvogel"

// running is an endpoint with an engine behind it.
type running struct {
	*local.Server
	path     string
	counters *local.Counters
	log      *syncBuffer
	stop     func() error // called at the end of the test too
}

// syncBuffer is a buffer that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// judges returns what makes Judges of a small engine.
func judges(t testing.TB) func() local.Judge {
	t.Helper()
	snapshot, err := lists.Build(lists.Options{NoGlobal: true, Custom: []engine.TermList{{Name: "company", Terms: []engine.Term{{Text: "contoso"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Config{MaxInFlight: local.MaxConnections})
	if err != nil {
		t.Fatal(err)
	}
	s.SwapSnapshot(snapshot)
	return func() local.Judge { return s.Caller() }
}

// serve runs an endpoint until the test ends. configure may be nil.
func serve(t testing.TB, a local.Access, configure func(*local.Server)) *running {
	t.Helper()
	path := filepath.Join(t.TempDir(), "veto.sock")
	if len(path) > 100 { // macOS has long names for temporary folders
		t.Skip("the path is too long for a socket")
	}
	ln, err := local.Listen(path, a)
	if err != nil {
		t.Fatal(err)
	}
	r := &running{path: path, counters: new(local.Counters), log: new(syncBuffer)}
	r.Server = local.New(local.Config{Judge: judges(t), Access: a, Counters: r.counters, Logger: slog.New(slog.NewTextHandler(r.log, nil))})
	if configure != nil {
		configure(r.Server)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Serve(ctx, ln) }()
	r.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
		if strings.Contains(r.log.String(), canary) {
			t.Error("the log holds a password")
		}
	})
	return r
}

// dial connects without a Client.
func (r *running) dial(t testing.TB) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", r.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second))
	return c
}

// events returns how often an event occurred.
func (r *running) events(wanted local.Event) uint64 {
	for e, n := range r.counters.Events() {
		if e == wanted {
			return n
		}
	}
	return 0
}

// await returns when done is true, or fails.
func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("in vain: " + what)
		}
	}
}

// ask asks by a new Client.
func ask(ctx context.Context, path string, r *local.Request) (local.Reply, error) {
	c, err := local.Dial(ctx, path, local.Access{})
	if err != nil {
		return local.Reply{}, err
	}
	defer c.Close()
	return c.Ask(ctx, r)
}

var (
	good = local.Request{Operation: engine.Set, Account: []byte("jdoe"), Name: []byte("Jane Doe"), Password: []byte("uh8#Kp2!qLzw6R")}
	bad  = local.Request{Operation: engine.Change, Encoding: local.UTF16, Account: []byte("j\x00d\x00"), Password: []byte("C\x00o\x00n\x00t\x00o\x00s\x00o\x001\x00")}
)

func TestAsk(t *testing.T) {
	r := serve(t, local.Access{}, nil)
	c, err := local.Dial(t.Context(), r.path, local.Access{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 3 {
		if reply, err := c.Ask(t.Context(), &good); err != nil || reply != (local.Reply{Decision: engine.Accept}) {
			t.Errorf("reply %+v, %v", reply, err)
		}
		if bytes.Contains(c.Buffer(), good.Password) {
			t.Error("the client keeps a password")
		}
		if reply, err := c.Ask(t.Context(), &bad); err != nil || reply.Decision != engine.Reject || !strings.Contains(reply.Codes, "banned_term") {
			t.Errorf("reply %+v, %v", reply, err)
		}
		empty := local.Request{Account: []byte("jdoe")}
		if reply, err := c.Ask(t.Context(), &empty); err != nil || reply != (local.Reply{Decision: engine.Reject, Codes: "too_short"}) {
			t.Errorf("empty password: reply %+v, %v", reply, err)
		}
	}
	long := local.Request{Password: make([]byte, local.MaxRequest)}
	if _, err := c.Ask(t.Context(), &long); !errors.Is(err, local.ErrTooLong) {
		t.Error(err)
	}
	if err := local.Ping(t.Context(), r.path, local.Access{}); err != nil {
		t.Error(err)
	}
}

// TestVerdicts wants a verdict of the engine on every vector, on the password as
// UTF-8.
func TestVerdicts(t *testing.T) {
	r := serve(t, local.Access{}, nil)
	c, err := local.Dial(t.Context(), r.path, local.Access{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, test := range readVectors(t).Requests {
		whole := local.Request{Operation: test.Operation, Encoding: test.Encoding, Account: test.Account, Name: test.FullName, Password: test.Password}
		got, err := c.Ask(t.Context(), &whole)
		text := func(b []byte) []byte {
			if test.Encoding == local.UTF16 {
				return local.AppendUTF8(nil, b)
			}
			return b
		}
		v := judges(t)().Judge(bytes.Clone(test.PasswordUTF8), engine.Subject{
			Account: string(text(test.Account)), Names: []string{string(text(test.FullName))}, Operation: test.Operation,
		})
		if want := (local.Reply{Decision: v.Decision, Codes: string(v.Reasons.AppendCodes(nil))}); err != nil || got != want {
			t.Errorf("%s: reply %+v, %v, want %+v", test.Name, got, err, want)
		}
		if !utf8.Valid(test.PasswordUTF8) && !strings.Contains(got.Codes, "not_utf8") || got.Decision == engine.Undecided {
			t.Errorf("%s: reply %+v", test.Name, got)
		}
	}
}

// TestAnything wants a verdict on any bytes in any place.
func TestAnything(t *testing.T) {
	judge := judges(t)()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.Byte(), 0, 600)
		r := local.Request{
			Operation: engine.Operation(rapid.IntRange(0, 2).Draw(t, "operation")), Encoding: local.Encoding(rapid.IntRange(0, 1).Draw(t, "encoding")),
			Account: text.Draw(t, "account"), Name: text.Draw(t, "name"), Password: text.Draw(t, "password"),
		}
		b, err := local.AppendRequest(nil, &r)
		if err != nil {
			t.Fatal(err)
		}
		s := script{pieces: [][]byte{b}}
		local.NewConn(local.New(local.Config{Judge: func() local.Judge { return judge }}), &s).Serve()
		if reply, whole, err := local.ParseReply(s.out.Bytes()); err != nil || !whole || reply.Decision == engine.Undecided {
			t.Fatalf("reply %+v, whole %v, %v", reply, whole, err)
		}
	})
}

// TestConcurrent asks 800 times at once.
func TestConcurrent(t *testing.T) {
	r := serve(t, local.Access{}, nil)
	const calls = 800
	var clients sync.WaitGroup
	var ready sync.WaitGroup
	ready.Add(calls)
	for i := range calls {
		clients.Go(func() {
			c, err := local.Dial(t.Context(), r.path, local.Access{})
			ready.Done()
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			ready.Wait()
			for k := range 5 {
				request, want := good, engine.Accept
				if (i+k)%2 == 0 {
					request, want = bad, engine.Reject
				}
				if reply, err := c.Ask(t.Context(), &request); err != nil || reply.Decision != want {
					t.Errorf("reply %+v, %v", reply, err)
					return
				}
			}
		})
	}
	clients.Wait()
	await(t, "no connection is open", func() bool { return r.counters.Open() == 0 })
}

func TestMalformed(t *testing.T) {
	r := serve(t, local.Access{}, nil)
	for _, test := range readVectors(t).MalformedRequests {
		c := r.dial(t)
		c.Write(test.Frame)
		if answer, err := io.ReadAll(c); len(answer) > 0 {
			t.Errorf("%s: answer %x, %v", test.Name, answer, err)
		}
	}
	if got, want := r.events(local.Malformed), uint64(len(readVectors(t).MalformedRequests)); got != want {
		t.Errorf("%d malformed requests counted, not %d", got, want)
	}
	if !strings.Contains(r.log.String(), "malformed") {
		t.Errorf("log %s", r.log)
	}
}

// TestSlow wants that a request has a time from its first byte on, and others
// are answered meanwhile.
func TestSlow(t *testing.T) {
	r := serve(t, local.Access{}, func(s *local.Server) { s.SetLimits(100, time.Minute, 200*time.Millisecond) })
	slow := r.dial(t)
	whole := frame(t, &local.Request{Password: []byte(canary)})
	ended := make(chan int)
	go func() {
		sent := 0
		for ; sent < len(whole); sent++ {
			if _, err := slow.Write(whole[sent : sent+1]); err != nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		ended <- sent
	}()
	if reply, err := ask(t.Context(), r.path, &good); err != nil || reply.Decision != engine.Accept {
		t.Errorf("reply %+v, %v", reply, err)
	}
	if sent := <-ended; sent == len(whole) {
		t.Error("a slow request was read to its end")
	}
	if n := r.events(local.Incomplete); n != 1 {
		t.Errorf("%d incomplete requests counted", n)
	}
}

func TestIdle(t *testing.T) {
	r := serve(t, local.Access{}, func(s *local.Server) { s.SetLimits(100, 100*time.Millisecond, time.Minute) })
	c := r.dial(t)
	if answer, err := io.ReadAll(c); err != nil || len(answer) > 0 {
		t.Errorf("answer %x, %v", answer, err)
	}
	for e, n := range r.counters.Events() {
		if n > 0 {
			t.Errorf("%v counted", e)
		}
	}
}

// TestLong keeps connections for longer than their idle time and the time for a
// request: what comes now and then, whole or in pieces, has its own time.
func TestLong(t *testing.T) {
	r := serve(t, local.Access{}, func(s *local.Server) { s.SetLimits(100, 3*time.Second, 500*time.Millisecond) })
	whole := frame(t, &local.Request{Password: []byte(canary)})
	for name, first := range map[string]int{"whole": 0, "pieces": 7} {
		t.Run(name, func(t *testing.T) {
			c, reply := r.dial(t), make([]byte, 100)
			t.Parallel()
			for i := range 5 {
				_, err := c.Write(whole[:first])
				time.Sleep(50 * time.Millisecond)
				if err == nil {
					_, err = c.Write(whole[first:])
				}
				if err == nil {
					_, err = c.Read(reply)
				}
				if err != nil {
					t.Fatalf("request %d: %v", i, err)
				}
				time.Sleep(time.Second)
			}
		})
	}
}

func TestBusy(t *testing.T) {
	r := serve(t, local.Access{}, func(s *local.Server) { s.SetLimits(2, time.Minute, time.Minute) })
	r.dial(t)
	first := r.dial(t)
	await(t, "two connections", func() bool { return r.counters.Open() == 2 })
	answer, err := io.ReadAll(r.dial(t))
	if reply, whole, wrong := local.ParseReply(answer); err != nil || wrong != nil || !whole || reply.Decision != engine.Undecided || reply.Codes != "unavailable" {
		t.Errorf("answer %x, %v", answer, err)
	}
	if n := r.events(local.Busy); n != 1 {
		t.Errorf("%d connections counted", n)
	}
	first.Close()
	await(t, "room again", func() bool { return r.counters.Open() == 1 })
	if reply, err := ask(t.Context(), r.path, &good); err != nil || reply.Decision != engine.Accept {
		t.Errorf("reply %+v, %v", reply, err)
	}
}

// waiting is a Judge that takes its time.
type waiting struct{ entered, open chan struct{} }

func (w waiting) Judge([]byte, engine.Subject) engine.Verdict {
	w.entered <- struct{}{}
	<-w.open
	return engine.Verdict{Decision: engine.Accept}
}

// TestStop ends the server while connections are idle, in the middle of a
// request, and waiting for a verdict: that one gets it.
func TestStop(t *testing.T) {
	path := filepath.Join(t.TempDir(), "veto.sock")
	ln, err := local.Listen(path, local.Access{})
	if err != nil {
		t.Fatal(err)
	}
	w := waiting{make(chan struct{}), make(chan struct{})}
	s := local.New(local.Config{Judge: func() local.Judge { return w }})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	r := &running{path: path}
	idle, half := r.dial(t), r.dial(t)
	half.Write(frame(t, &good)[:10])
	asked := make(chan error, 1)
	go func() {
		reply, err := ask(t.Context(), path, &good)
		if err == nil && reply.Decision != engine.Accept {
			err = errors.New("not accepted")
		}
		asked <- err
	}()
	<-w.entered
	cancel()
	for _, c := range []net.Conn{idle, half} {
		if answer, err := io.ReadAll(c); len(answer) > 0 || os.IsTimeout(err) {
			t.Errorf("answer %x, %v", answer, err)
		}
	}
	close(w.open)
	if err := <-asked; err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
}

// TestForeign asks as another user, who may or may not.
func TestForeign(t *testing.T) {
	for _, test := range []struct {
		name   string
		access local.Access
		want   string
		events uint64
	}{
		{"nobody named", local.Access{}, "permission denied", 0},
		{"another", local.Access{Users: []uint32{1234567}, Groups: []uint32{1234567}}, "undecided local endpoint", 1},
		{"the user", local.Access{Users: []uint32{1234567, nobody}}, "accept", 0},
		{"the group", local.Access{Groups: []uint32{nobody}}, "accept", 0},
	} {
		r := serve(t, test.access, nil)
		out, err := asNobody(t, "VETO_TEST_ASK", r.path).CombinedOutput()
		if err != nil || !strings.Contains(string(out), test.want) {
			t.Errorf("%s: %v, %s", test.name, err, out)
		}
		if n := r.events(local.Foreign); n != test.events {
			t.Errorf("%s: %d connections counted", test.name, n)
		}
	}
}

// TestMain is also what other users run.
func TestMain(m *testing.M) {
	if path := os.Getenv("VETO_TEST_ASK"); path != "" {
		reply, err := ask(context.Background(), path, &good)
		os.Stdout.WriteString(fmt.Sprintln(reply.Decision, err))
		return
	}
	if path := os.Getenv("VETO_TEST_LISTEN"); path != "" {
		ln, err := net.Listen("unix", path)
		os.Stdout.WriteString(fmt.Sprintln("listening", err))
		io.Copy(io.Discard, os.Stdin)
		ln.Close()
		return
	}
	os.Exit(m.Run())
}

// nobody is the number of a user and group without rights.
const nobody = 65534

// asNobody returns a command that runs TestMain as nobody with a variable set to
// a path, which nobody can reach then.
func asNobody(t *testing.T, variable, path string) *exec.Cmd {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	for folder := filepath.Dir(path); len(folder) > len(os.TempDir()); folder = filepath.Dir(folder) {
		os.Chmod(folder, 0o755)
	}
	text, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(filepath.Dir(path), "program")
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), variable+"="+path)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return cmd
}

// TestDialForeign wants that a server of nobody gets no password.
func TestDialForeign(t *testing.T) {
	folder := t.TempDir()
	os.Chmod(folder, 0o777)
	path := filepath.Join(folder, "open", "veto.sock")
	if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o777), os.Chown(filepath.Dir(path), nobody, nobody)); err != nil {
		t.Skip(err)
	}
	cmd := asNobody(t, "VETO_TEST_LISTEN", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer in.Close()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "listening <nil>\n" {
		t.Fatalf("%s, %v", line, err)
	}
	if _, err := local.Dial(t.Context(), path, local.Access{}); !errors.Is(err, local.ErrForeign) {
		t.Errorf("error %v", err)
	}
	c, err := local.Dial(t.Context(), path, local.Access{Users: []uint32{nobody}})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

// TestClient wants errors for servers that lie, hang or are not there.
func TestClient(t *testing.T) {
	v := readVectors(t)
	answer := func(frames ...[]byte) error {
		path := filepath.Join(t.TempDir(), "veto.sock")
		ln, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		go func() {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			c.Read(make([]byte, 4096))
			for _, f := range frames {
				c.Write(f)
			}
			if len(frames) == 0 {
				c.Read(make([]byte, 1)) // hang
			}
		}()
		patience := 10 * time.Second
		if len(frames) == 0 {
			patience = 200 * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		_, err = ask(ctx, path, &good)
		return err
	}
	for _, test := range v.MalformedReplies {
		if err := answer(test.Frame); !errors.Is(err, local.ErrMalformed) {
			t.Errorf("%s: %v", test.Name, err)
		}
	}
	for _, test := range v.IncompleteReplies {
		if err := answer(test.Frame); err == nil || errors.Is(err, local.ErrMalformed) {
			t.Errorf("%s: %v", test.Name, err)
		}
	}
	if err := answer(); !os.IsTimeout(errors.Unwrap(err)) {
		t.Errorf("hung server: %v", err)
	}
	if err := answer(v.Replies[1].Frame[:9], v.Replies[1].Frame[9:]); err != nil {
		t.Errorf("reply in two pieces: %v", err)
	}
	if _, err := ask(t.Context(), filepath.Join(t.TempDir(), "none"), &good); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no server: %v", err)
	}
}
