package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/vetopw/veto/server/audit"
)

// soakVariable is for how long TestSoak runs, such as 10m; make soak sets it.
const soakVariable = "VETO_SOAK"

// Passwords whose verdicts never change during a soak, and words that take turns
// in the edited list.
const (
	soakBanned, soakBreached, soakStrong = "Fabrikamov#2031x", "uh8#Kp2!qLzw6R", "vT5%mWc9?xHdj3Q"
	soakEven, soakOdd                    = "zorbitanika", "quelfendorp"
)

// soak is a running veto serve with everything it keeps, and who uses it.
type soak struct {
	t             *testing.T
	dir           string
	cmd           *exec.Cmd
	addr, admin   string
	secret        string
	client        *http.Client
	wrong, failed atomic.Int64
	counts        [soakKinds]atomic.Int64
}

// What is counted.
const (
	soakChecks = iota
	soakEdits
	soakRaces // edits that another editor was faster than
	soakReloads
	soakIndexes
	soakTokens
	soakReads
	soakKinds
)

var soakNames = [soakKinds]string{"verdicts", "edits", "of editors too late", "reloads", "exchanged indexes", "new tokens", "other answers"}

// TestSoak runs a server with credentials, audit, metrics and store under load, while
// lists, configuration, indexes and tokens change: no answer is wrong or fails, and
// memory, files, goroutines and mappings stay. Run for a minute or longer it
// compares the second quarter of the time with the last.
func TestSoak(t *testing.T) {
	duration, err := time.ParseDuration(cmp.Or(os.Getenv(soakVariable), "1s"))
	if err != nil {
		t.Fatalf("%s: %v", soakVariable, err)
	}
	t.Setenv(soakVariable, "") // veto knows no such setting
	s := startSoak(t)
	ctx, cancel := context.WithTimeout(t.Context(), duration)
	defer cancel()
	var users sync.WaitGroup
	for _, use := range []func(context.Context){s.check, s.check, s.check, s.batch, s.edit, s.race, s.reload, s.exchange, s.renew, s.read} {
		users.Go(func() { use(ctx) })
	}
	began := time.Now()
	var samples []sample
	for ctx.Err() == nil {
		samples = append(samples, s.sample(time.Since(began)))
		select {
		case <-ctx.Done():
		case <-time.After(max(duration/24, 500*time.Millisecond)):
		}
	}
	users.Wait()
	s.finish(samples, duration)
}

// startSoak starts the server. Its log must not tell passwords.
func startSoak(t *testing.T) *soak {
	t.Helper()
	s := &soak{t: t, dir: t.TempDir(), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}}
	t.Cleanup(s.client.CloseIdleConnections)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.admin = free.Addr().String()
	if err := errors.Join(free.Close(), os.Mkdir(s.path("indexes"), 0o700)); err != nil {
		t.Fatal(err)
	}
	s.write("fixed.txt", "fabrikamov\n")
	s.write("veto.yaml", "terms: {files: [fixed.txt]}\nbreached: {folder: indexes}\nreload: {watch: 500ms}\nlimits: {refusals: 0}\n"+
		"store: {file: lists.db}\naudit: {file: audit.jsonl, rotate_mib: 4, keep: 3}\naccess: {tokens: tokens.jsonl}\nadmin: {listen: '"+s.admin+"'}\n")
	s.compile(0)
	s.secret = s.token("new", "--name", "soak", "--scope", "check", "--scope", "lists", "--scope", "policies", "--scope", "audit", "--scope", "metrics", "--scope", "explain")
	var log *bufio.Reader
	s.cmd, log, s.addr = startServe(t, "--config", s.path("veto.yaml"))
	go func() {
		for lines := bufio.NewScanner(log); lines.Scan(); {
			line := lines.Text()
			if strings.Contains(line, "level=ERROR") || strings.Contains(line, soakBanned) || strings.Contains(line, soakStrong) {
				s.fail("log: %s", line)
			}
		}
	}()
	status, body := s.send("PUT", "/v1/lists/company", `{"entries":["northwind"]}`, "If-None-Match", "*")
	if status != http.StatusCreated {
		t.Fatalf("status %d: %s", status, body)
	}
	return s
}

func (s *soak) path(name string) string { return filepath.Join(s.dir, name) }

// write puts a file in its place by renaming.
func (s *soak) write(name, text string) {
	temp := s.path("." + name)
	if err := os.WriteFile(temp, []byte(text), 0o600); err != nil {
		s.fail("%v", err)
	} else if err := os.Rename(temp, s.path(name)); err != nil {
		s.fail("%v", err)
	}
}

// fail notes what went wrong, the first ten times in full.
func (s *soak) fail(format string, args ...any) {
	if s.failed.Add(1) <= 10 {
		s.t.Errorf(format, args...)
	}
}

// veto runs a command.
func (s *soak) veto(args ...string) string {
	cmd := exec.Command("veto", args...)
	cmd.Dir = s.dir
	out, err := cmd.Output()
	if err != nil {
		s.fail("veto %s: %v", args[0], err)
	}
	return strings.TrimSpace(string(out))
}

func (s *soak) token(verb string, args ...string) string {
	return s.veto(append([]string{"token", verb, "--tokens", "tokens.jsonl"}, args...)...)
}

// compile puts an index into the watched folder.
func (s *soak) compile(n int) {
	s.write("leak.txt", fmt.Sprintf("%s\nuh8#Kp2!qLzw6R%d\n", soakBreached, n))
	s.veto("compile", "--ranges", "--format", "passwords", "-o", "indexes/leak.veto", "leak.txt")
}

// send sends a request with the token, or another one in fields.
func (s *soak) send(method, path, body string, fields ...string) (int, []byte) {
	r, err := http.NewRequest(method, "http://"+s.addr+path, strings.NewReader(body))
	if err != nil {
		s.fail("%v", err)
		return 0, nil
	}
	r.Header.Set("Authorization", "Bearer "+s.secret)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	answer, err := s.client.Do(r)
	if err != nil {
		s.fail("%s %s: %v", method, path, err)
		return 0, nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.fail("%s %s: %v", method, path, err)
	}
	return answer.StatusCode, text
}

// sample is what the server holds at a time.
type sample struct {
	at                                 time.Duration
	kib, files, goroutines, maps, swap int
}

var soakPatterns = struct{ memory, goroutines, swaps *regexp.Regexp }{
	regexp.MustCompile(`RssAnon:\s+(\d+) kB`), regexp.MustCompile(`goroutine profile: total (\d+)`), regexp.MustCompile(`\nveto_snapshot_swaps_total (\d+)`),
}

// sample looks at the process; numbers that cannot be had are 0.
func (s *soak) sample(at time.Duration) sample {
	proc := fmt.Sprintf("/proc/%d/", s.cmd.Process.Pid)
	status, err := os.ReadFile(proc + "status")
	files, err2 := os.ReadDir(proc + "fd")
	maps, err3 := os.ReadFile(proc + "maps")
	if err != nil || err2 != nil || err3 != nil {
		s.fail("process: %v, %v, %v", err, err2, err3)
	}
	_, goroutines := get(s.t, "http://"+s.admin+"/debug/pprof/goroutine?debug=1")
	_, metrics := get(s.t, "http://"+s.admin+"/metrics")
	number := func(pattern *regexp.Regexp, text string) int {
		if found := pattern.FindStringSubmatch(text); found != nil {
			n, _ := strconv.Atoi(found[1])
			return n
		}
		return 0
	}
	return sample{
		at: at.Round(time.Second / 10), kib: number(soakPatterns.memory, string(status)), files: len(files),
		goroutines: number(soakPatterns.goroutines, goroutines), maps: strings.Count(string(maps), "/leak.veto"),
		swap: number(soakPatterns.swaps, metrics),
	}
}

// finish ends the server in an orderly way, and judges.
func (s *soak) finish(samples []sample, duration time.Duration) {
	_, metrics := get(s.t, "http://"+s.admin+"/metrics")
	for _, name := range []string{"veto_audit_dropped_total{cause=\"queue\"}", "veto_audit_dropped_total{cause=\"write\"}", "veto_snapshot_failures_total"} {
		_, rest, _ := strings.Cut(metrics, "\n"+name+" ")
		if value, _, _ := strings.Cut(rest, "\n"); value != "0" {
			s.t.Errorf("%s is %q, want 0", name, value)
		}
	}
	s.client.CloseIdleConnections()
	s.cmd.Process.Signal(syscall.SIGTERM)
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("end: %v", err)
	}
	if out, err := exec.Command("veto", "store", "check", "--store", s.path("lists.db")).CombinedOutput(); err != nil {
		s.t.Errorf("store: %v, %s", err, out)
	}
	if _, err := audit.Verify(s.path("audit.jsonl")); err != nil {
		s.t.Error(err)
	}
	s.report(samples)
	if duration >= time.Minute {
		s.flat(samples)
	}
	for i := range s.counts {
		if s.counts[i].Load() == 0 && (i != soakRaces || duration >= time.Minute) {
			s.t.Errorf("no %s", soakNames[i])
		}
	}
}

// report logs the figures as Markdown.
func (s *soak) report(samples []sample) {
	var b strings.Builder
	fmt.Fprintf(&b, "%d answers wrong, %d requests or steps failed\n\n| what | number |\n|---|---:|\n", s.wrong.Load(), s.failed.Load())
	for i, name := range soakNames {
		fmt.Fprintf(&b, "| %s | %d |\n", name, s.counts[i].Load())
	}
	b.WriteString("\n| after | anonymous memory, MiB | open files | goroutines | mapped indexes | swaps |\n|---:|---:|---:|---:|---:|---:|\n")
	for _, v := range samples {
		fmt.Fprintf(&b, "| %v | %.1f | %d | %d | %d | %d |\n", v.at, float64(v.kib)/1024, v.files, v.goroutines, v.maps, v.swap)
	}
	s.t.Logf("\n%s", b.String())
}

// flat wants nothing to grow from the second quarter of the time to the last.
func (s *soak) flat(samples []sample) {
	n := len(samples)
	for _, figure := range []struct {
		name  string
		value func(sample) int
		slack int // allowed on top of a quarter more
	}{
		{"KiB of anonymous memory", func(v sample) int { return v.kib }, 16 << 10},
		{"open files", func(v sample) int { return v.files }, 4},
		{"goroutines", func(v sample) int { return v.goroutines }, 4},
		{"mapped indexes", func(v sample) int { return v.maps }, 4},
	} {
		peak := func(part []sample) int {
			values := []int{}
			for _, v := range part {
				values = append(values, figure.value(v))
			}
			return slices.Max(values)
		}
		before, after := peak(samples[n/4:n/2]), peak(samples[n*3/4:])
		if after > before+before/4+figure.slack || before == 0 && figure.slack > 4 {
			s.t.Errorf("%d %s at most in the last quarter, %d in the second", after, figure.name, before)
		}
	}
}
