package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A process is a server under measurement.
type process struct {
	command *exec.Cmd
	stdin   io.Closer
	addr    string
	token   string // that its requests need; empty: none
}

// shared lets several processes write to one writer.
type shared struct {
	mu sync.Mutex
	w  io.Writer
}

// Write writes p as a whole.
func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// start runs this program again with a subcommand and waits until it listens.
func start(subcommand string, stderr io.Writer) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{command: exec.Command(self, subcommand)}
	p.command.Stderr = stderr
	stdin, err := p.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	p.stdin = stdin
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s did not start: %w", subcommand, err), p.stop())
	}
	p.addr, p.token, _ = strings.Cut(strings.TrimSpace(line), " ")
	return p, nil
}

// scrape asks for the metrics now and then, until the function that it returns is
// called, which tells what failed.
func (p *process) scrape() (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		for {
			if err := p.get(ctx, "/metrics"); err != nil {
				ended <- err
				return
			}
			select {
			case <-ctx.Done():
				ended <- nil
				return
			case <-time.After(scrapeEvery):
			}
		}
	}()
	return func() error {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	}
}

// get reads what there is at a path.
func (p *process) get(ctx context.Context, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.addr+path, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode == http.StatusOK {
		return err
	}
	return fmt.Errorf("%s: %s", path, answer.Status)
}

// stop ends the process and waits for it.
func (p *process) stop() error {
	p.stdin.Close()
	kill := time.AfterFunc(15*time.Second, func() { p.command.Process.Kill() })
	defer kill.Stop()
	return p.command.Wait()
}

// ticksPerSecond is USER_HZ, the unit of times in /proc: 100 on all platforms
// that Go runs on.
const ticksPerSecond = 100

// cpu returns the processor time that the process has used so far. It fails
// where there is no /proc.
func (p *process) cpu() (time.Duration, error) {
	name := fmt.Sprintf("/proc/%d/stat", p.command.Process.Pid)
	data, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	return parseCPU(data)
}

var errStat = errors.New("unexpected content of /proc/PID/stat")

// parseCPU returns the sum of utime and stime, fields 14 and 15 of proc(5)'s
// /proc/PID/stat. The second field, in parentheses, may hold anything.
func parseCPU(stat []byte) (time.Duration, error) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, errStat
	}
	user, err := strconv.ParseInt(string(fields[11]), 10, 64)
	if err != nil {
		return 0, errStat
	}
	system, err := strconv.ParseInt(string(fields[12]), 10, 64)
	if err != nil {
		return 0, errStat
	}
	return time.Duration(user+system) * time.Second / ticksPerSecond, nil
}
