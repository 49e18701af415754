package server_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vetopw/veto/server"
)

// spy is a listener that keeps every buffer its connections read into.
type spy struct {
	net.Listener
	mu      sync.Mutex
	buffers [][]byte
}

// wait returns when a connection has been read from, or after a second.
func (s *spy) wait() {
	for range 100 {
		s.mu.Lock()
		seen := len(s.buffers) > 0
		s.mu.Unlock()
		if seen {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

type spyConn struct {
	net.Conn
	spy *spy
}

func (s *spy) Accept() (net.Conn, error) {
	c, err := s.Listener.Accept()
	return &spyConn{c, s}, err
}

func (c *spyConn) Read(p []byte) (int, error) {
	c.spy.mu.Lock()
	c.spy.buffers = append(c.spy.buffers, p)
	c.spy.mu.Unlock()
	return c.Conn.Read(p)
}

// TestReadBufferIsWiped looks into the buffers that requests were read into,
// after the server has stopped.
func TestReadBufferIsWiped(t *testing.T) {
	large := `{"password":"` + canary + `","mail":"` + strings.Repeat(canary, 600) + `"}`
	for _, test := range []struct {
		name string
		send func(c *client)
	}{
		{"kept alive", func(c *client) { c.send("POST", "/v1/check", probeBody) }},
		{"two in one packet", func(c *client) {
			io.WriteString(c, request("POST", "/v1/check", probeBody)+request("POST", "/v1/check", probeBody))
			readAnswer(t, c.r, "POST")
			readAnswer(t, c.r, "POST")
		}},
		{"in pieces", func(c *client) {
			for piece := range strings.SplitSeq(strings.ReplaceAll(request("POST", "/v1/check", large), "Zx9", "Z|x9"), "|") {
				io.WriteString(c, piece)
				if len(piece) > 100 {
					time.Sleep(time.Millisecond)
				}
			}
			readAnswer(t, c.r, "POST")
		}},
		{"larger than the buffer", func(c *client) { c.send("POST", "/v1/check", large) }},
		{"invalid", func(c *client) { c.send("POST", "/v1/check", `{"password":"`+canary) }},
		{"closing", func(c *client) {
			fields("Content-Length: $L", "Connection: close")(c)
			readAnswer(t, c.r, "POST")
		}},
		{"closing, more behind", func(c *client) {
			io.WriteString(c, strings.Replace(request("POST", "/v1/check", probeBody), "Host", "Connection: close\r\nHost", 1)+
				request("POST", "/v1/check", probeBody))
			readAnswer(t, c.r, "POST")
		}},
		{"chunked", func(c *client) {
			raw("POST /v1/check HTTP/1.1", "Host: veto", "Transfer-Encoding: chunked", "", "24", "$B", "0", "", "")(c)
			readAnswer(t, c.r, "POST")
		}},
		{"too large", func(c *client) {
			io.WriteString(c, request("POST", "/v1/check", strings.Repeat(canary, 1000))[:6000])
			readAnswer(t, c.r, "POST")
		}},
		{"HTTP/1.0", func(c *client) {
			line("POST /v1/check HTTP/1.0")(c)
			readAnswer(t, c.r, "POST")
		}},
		{"malformed header", func(c *client) {
			fields("Content-Length : $L")(c)
			readAnswer(t, c.r, "POST")
		}},
		{"malformed header with the password", func(c *client) {
			fields(canary, "Content-Length: $L")(c)
			readAnswer(t, c.r, "POST")
		}},
		{"impossible host", func(c *client) {
			raw("POST /v1/check HTTP/1.1", "Host: a b[", "Content-Length: $L", "", "$B")(c)
			readAnswer(t, c.r, "POST")
		}},
		{"not read", func(c *client) { io.WriteString(c, request("POST", "/v1/check", probeBody)) }},
		{"late", func(c *client) {
			io.WriteString(c, request("POST", "/v1/check", large)[:8000])
			readAnswer(t, c.r, "POST")
		}},
		{"cut", func(c *client) {
			io.WriteString(c, request("POST", "/v1/check", large)[:8000])
			c.Conn.(*net.TCPConn).CloseWrite()
			readAnswer(t, c.r, "POST")
		}},
		{"batch", func(c *client) {
			c.send("POST", "/v1/check:batch", `{"checks":[`+strings.Repeat(probeBody+",", 999)+probeBody+`]}`)
		}},
		{"batch, invalid", func(c *client) { c.send("POST", "/v1/check:batch", `{"checks":[`+strings.Repeat(large+",", 20)) }},
	} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		spied := &spy{Listener: ln}
		s := startOn(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"), spied)
		c := s.dial(t)
		test.send(c)
		c.Close()
		spied.wait()
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		spied.mu.Lock()
		if len(spied.buffers) == 0 {
			t.Errorf("%s: the spy saw nothing", test.name)
		}
		for _, b := range spied.buffers {
			if i := bytes.Index(b, []byte(canary)); i >= 0 {
				t.Errorf("%s: the password is left at byte %d of %d", test.name, i, len(b))
			}
		}
		spied.mu.Unlock()
	}
}

// CloseWrite lets the server linger.
func (c *spyConn) CloseWrite() error { return c.Conn.(*net.TCPConn).CloseWrite() }

// TestLingeringIsWiped looks into the buffers while the server drops what a client
// still sends, that does not close.
func TestLingeringIsWiped(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	spied := &spy{Listener: ln}
	s := startOn(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"), spied)
	c := s.dial(t)
	raw("POST /v1/check HTTP/1.1", "Host: veto", "Connection: close", "Content-Type: application/json", "Content-Length: 50", "", `{"password":"`+canary+`",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,`)(c)
	if a, err := readAnswer(t, c.r, "POST"); err != nil || a.status != 400 {
		t.Fatalf("%d, %v", a.status, err)
	}
	if _, err := c.r.ReadByte(); err != io.EOF {
		t.Fatal(err)
	}
	for lingers := false; !lingers; time.Sleep(time.Millisecond) {
		spied.mu.Lock()
		lingers = len(spied.buffers) > 1
		for _, b := range spied.buffers[:1] {
			if lingers && bytes.Contains(b, []byte(canary)) {
				t.Error("the password is left")
			}
		}
		spied.mu.Unlock()
	}
}

// TestBodyIsWiped looks into the body after each answer.
func TestBodyIsWiped(t *testing.T) {
	s, err := server.New(server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	faulty := newEngine(t, "s", newGate())
	for _, test := range []struct {
		path, contentType, body string
		status                  int
		ready                   bool
	}{
		{"/v1/check", "application/json", probeBody, 200, true},
		{"/v1/check", "application/json", `{"password":"\u0041` + canary + `","account":"` + canary + `"}`, 200, true},
		{"/v1/check", "application/json", `{"password":"` + faultyPassword + `"}`, 503, true},
		{"/v1/check", "application/json", `{"password":"` + canary, 400, true},
		{"/v1/check", "application/json", `{"password":"` + canary + `","policy":"x"}`, 400, true},
		{"/v1/check", "text/plain", canary, 415, true},
		{"/v1/other", "application/json", canary, 404, true},
		{"/healthz", "application/json", canary, 405, true},
		{"/v1/check:batch", "application/json", `{"checks":[` + probeBody + `,` + probeBody + `]}`, 200, true},
		{"/v1/check:batch", "application/json", `{"checks":[` + probeBody + `,` + canary, 400, true},
		{"/v1/check", "application/json", probeBody, 503, false},
	} {
		s.Swap(nil)
		if test.ready {
			s.Swap(faulty)
		}
		ctx := server.NewContext(s)
		body := []byte(test.body)
		ctx.Request.Header.SetMethod("POST")
		ctx.Request.Header.SetContentType(test.contentType)
		ctx.Request.SetRequestURI(test.path)
		ctx.Request.SetBodyRaw(body)
		s.Handle(ctx)
		if got := ctx.Response.StatusCode(); got != test.status {
			t.Errorf("%s %s: status %d, want %d", test.path, test.body, got, test.status)
		}
		if len(bytes.Trim(body, "\x00")) > 0 {
			t.Errorf("%s, status %d: the body is left: %q", test.path, test.status, body)
		}
		if answer := ctx.Response.String(); strings.Contains(answer, canary) {
			t.Errorf("%s: the answer holds the password: %s", test.path, answer)
		}
	}
}

// TestProcessMemory sends passwords to a process of its own in every way, and
// then searches its memory for them.
func TestProcessMemory(t *testing.T) {
	if how := os.Getenv("VETO_TEST_SERVE"); how != "" {
		serveForTest(t, how == "tls")
		return
	}
	t.Run("plain", func(t *testing.T) { searchProcess(t, "plain", nil) })
	t.Run("tls", func(t *testing.T) { searchProcess(t, "tls", &tls.Config{InsecureSkipVerify: true}) })
}

// searchProcess searches the memory of a process that clients send passwords to,
// over TLS if they have a configuration for it.
func searchProcess(t *testing.T, how string, config *tls.Config) {
	addr, pid := child(t, how)
	s := &service{addr: addr, tls: config}

	const sent = 800
	var clients sync.WaitGroup
	for g := range 8 {
		clients.Go(func() {
			for i := range sent / 8 {
				sendSecret(t, s, g*sent/8+i)
			}
		})
	}
	clients.Wait()
	control := s.dial(t) // in the middle of a request: the search must find this one
	io.WriteString(control, "POST /v1/check HTTP/1.1\r\nHost: veto\r\nX: Kq7-control-password\r\n")
	time.Sleep(50 * time.Millisecond)
	found := searchMemory(t, pid, secret)
	control.Close()
	judgeMemory(t, found, sent)
}

// secret finds the passwords of the tests of memory, as UTF-16 too.
var secret = regexp.MustCompile(`K\x00?q\x00?7\x00?-\x00?(\d\x00?\d\x00?\d|c\x00?o\x00?n\x00?t\x00?r\x00?o\x00?l)\x00?-\x00?p`)

// judgeMemory fails if more than a few of the passwords sent were found, or not
// the one that is being sent.
func judgeMemory(t *testing.T, found map[string]bool, sent int) {
	t.Helper()
	if !found["control"] {
		t.Fatal("the search finds nothing")
	}
	delete(found, "control")
	t.Logf("%d of %d passwords left in memory: %v", len(found), sent, found)
	// The runtime saves registers on a stack when it preempts a goroutine, now
	// and then in the middle of copying a password.
	if len(found) > sent/100 {
		t.Errorf("%d passwords left in memory: %v", len(found), found)
	}
}

// child runs the test in a process of its own, that serves until this test ends,
// and returns the line it writes. VETO_TEST_SERVE tells it how.
func child(t *testing.T, how string) (line string, pid int) {
	t.Helper()
	if runtime.GOOS != "linux" || raceEnabled { // whose shadow memory takes long to search
		t.Skip("needs /proc and no race detector")
	}
	test, _, _ := strings.Cut(t.Name(), "/")
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$")
	cmd.Env = append(os.Environ(), "VETO_TEST_SERVE="+how)
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
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	line, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line), cmd.Process.Pid
}

// sendSecret sends the i-th password, in one of several ways.
func sendSecret(t *testing.T, s *service, i int) {
	secret := fmt.Sprintf(`Kq7-%03d-password`, i)
	body := `{"account":"x","password":"` + secret + `"}`
	c := s.dial(t)
	defer c.Close()
	switch i % 8 {
	case 0:
		raw("POST /v1/check HTTP/1.1", "Host: veto", "Transfer-Encoding: chunked", "", "40", body, "0", "", "")(c)
		readAnswer(t, c.r, "POST")
	case 1:
		io.WriteString(c, strings.Replace(request("POST", "/v1/check", body), "Host", "Connection: close\r\nHost", 1))
		readAnswer(t, c.r, "POST")
	case 2:
		c.send("POST", "/v1/check:batch", `{"checks":[`+strings.Repeat(body+",", 100)+body+`]}`)
	case 3:
		c.send("POST", "/v1/check", body[:len(body)-1])
	case 4:
		io.WriteString(c, request("POST", "/v1/check", body)[:len(request("POST", "/v1/check", body))-1])
		c.Conn.(interface{ CloseWrite() error }).CloseWrite()
		readAnswer(t, c.r, "POST")
	default:
		c.send("POST", "/v1/check", body)
	}
}

// serveForTest serves until standard input ends.
func serveForTest(t *testing.T, overTLS bool) {
	c := server.Config{Explain: true}
	if overTLS {
		c.Certificate = newPKI(t).open(t)
	}
	s, err := server.NewLimited(c, server.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	s.Swap(newEngine(t, "s"))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	os.Stdout.WriteString(ln.Addr().String() + "\n")
	s.Serve(ctx, ln)
}

// searchMemory returns the first groups of all matches in the writable memory
// of a process.
func searchMemory(t *testing.T, pid int, what *regexp.Regexp) map[string]bool {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	maps, err := os.ReadFile(filepath.Join(proc, "maps"))
	if err != nil {
		t.Skip(err)
	}
	memory, err := os.Open(filepath.Join(proc, "mem"))
	if err != nil {
		t.Skip(err)
	}
	defer memory.Close()
	found := map[string]bool{}
	for area := range strings.Lines(string(maps)) {
		var from, to int64
		var rights string
		if n, _ := fmt.Sscanf(area, "%x-%x %s", &from, &to, &rights); n != 3 || !strings.HasPrefix(rights, "rw") {
			continue
		}
		const step = 1 << 20
		b := make([]byte, step+100)
		for ; from < to; from += step {
			n, err := memory.ReadAt(b[:min(int64(len(b)), to-from)], from)
			if errors.Is(err, os.ErrPermission) {
				t.Skip(err)
			}
			for _, m := range what.FindAllSubmatch(b[:n], -1) {
				found[strings.ReplaceAll(string(m[1]), "\x00", "")] = true
			}
		}
	}
	return found
}
