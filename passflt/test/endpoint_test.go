//go:build linux

package passflt_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// endpoint is a server that answers in a way of its own, right or wrong.
type endpoint struct {
	path     string
	mu       sync.Mutex
	requests [][]byte // as far as they were read
}

// serve starts an endpoint. Each connection goes to answer, with what was read.
func serve(t testing.TB, answer func(net.Conn)) *endpoint {
	t.Helper()
	e := &endpoint{path: filepath.Join(t.TempDir(), "veto.sock")}
	l, err := net.Listen("unix", e.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go e.accept(l, answer)
	return e
}

func (e *endpoint) accept(l net.Listener, answer func(net.Conn)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			c.SetDeadline(time.Now().Add(20 * time.Second))
			e.read(c)
			answer(c)
		}()
	}
}

// read reads one request, trusting its lengths.
func (e *endpoint) read(c net.Conn) {
	head := make([]byte, 14)
	if _, err := io.ReadFull(c, head); err != nil {
		return
	}
	size := 0
	for i := 8; i < 14; i += 2 {
		size += int(head[i]) | int(head[i+1])<<8
	}
	rest := make([]byte, size)
	n, _ := io.ReadFull(c, rest)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.requests = append(e.requests, append(head, rest[:n]...))
}

func (e *endpoint) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.requests)
}

func (e *endpoint) last() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.requests) == 0 {
		return nil
	}
	return e.requests[len(e.requests)-1]
}

// reply makes an answer of a decision and codes.
func reply(decision byte, codes string) func(net.Conn) {
	return send(append([]byte{'V', 'E', 'T', 'O', 1, decision, byte(len(codes)), byte(len(codes) >> 8)}, codes...))
}

func send(parts ...[]byte) func(net.Conn) {
	return func(c net.Conn) {
		for i, p := range parts {
			if i > 0 {
				time.Sleep(20 * time.Millisecond)
			}
			c.Write(p)
		}
	}
}

// hang never answers.
func hang(c net.Conn) { io.Copy(io.Discard, c) }

// full returns the path of a socket whose queue of connections is full: nobody
// accepts them.
func full(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "veto.sock")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return path
}

// foreign listens as another user, for which the test has to be root.
func foreign(t *testing.T, uid int) *endpoint {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can listen as another user")
	}
	e := &endpoint{path: filepath.Join(t.TempDir(), "veto.sock")}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err == nil {
		err = syscall.Bind(fd, &syscall.SockaddrUnix{Name: e.path})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := listenAs(fd, uid); err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), e.path)
	l, err := net.FileListener(f)
	f.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go e.accept(l, reply(1, ""))
	return e
}

// listenAs makes a socket listen with the effective user of a thread that ends
// with it: a locked goroutine that is not unlocked takes its thread along.
func listenAs(fd, uid int) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), uintptr(uid), ^uintptr(0)); errno != 0 {
			done <- errno
			return
		}
		done <- syscall.Listen(fd, 8)
	}()
	return <-done
}

// journal receives what clients send to the system's log.
type journal struct {
	path string
	conn *net.UnixConn
}

func newJournal(t *testing.T) *journal {
	t.Helper()
	j := &journal{path: filepath.Join(t.TempDir(), "log")}
	var err error
	if j.conn, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: j.path, Net: "unixgram"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.conn.Close() })
	return j
}

// line returns the next line, or an empty one if there is none.
func (j *journal) line() string {
	j.conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	b := make([]byte, 8192)
	n, _ := j.conn.Read(b)
	return string(b[:n])
}

// drain forgets the lines so far.
func (j *journal) drain() {
	for j.line() != "" {
	}
}

// text returns what follows the process in a line.
func text(line string) string {
	_, text, _ := strings.Cut(line, "]: ")
	return text
}

func contains(b []byte, part string) bool { return bytes.Contains(b, []byte(part)) }
