package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/fleet"
	"github.com/vetopw/veto/server/local"
)

// Targets of one sidecar, and how uneven many may come: the busiest second beside
// the mean of the time over which they are to spread.
const (
	maxReady    = 100 * time.Millisecond
	maxResident = 64 << 20
	maxUneven   = 3
)

// The times over which machines spread that start at once: their first looks at a
// bundle, if they have one, and their first reports.
const (
	lookSpread   = time.Minute
	reportSpread = 10 * time.Second
)

// waveTime bounds how long sidecars that start at once may take to report.
const waveTime = 5 * time.Minute

// sidecars is the state of the measurement.
type sidecars struct {
	interrupted        context.Context // ends all processes
	veto, folder, addr string
	count, starts      int
	stderr             io.Writer
}

// runSidecars measures one sidecar, then many that start at once against one server.
func runSidecars(args []string, stdout, stderr io.Writer) (err error) {
	f := newFlags("sidecars")
	s := sidecars{stderr: stderr}
	f.StringVar(&s.veto, "veto", "../bin/veto", "the `program` veto")
	f.IntVar(&s.count, "count", 500, "sidecars that start at once")
	f.IntVar(&s.starts, "starts", 20, "starts of one sidecar")
	if err := parse(f, args, stdout, 0, limit{flag: "count", least: 1}, limit{flag: "starts", least: 1}); err != nil {
		return err
	}
	if s.veto, err = filepath.Abs(s.veto); err != nil {
		return err
	}
	return scratch("", func(ctx context.Context, folder string) error {
		s.interrupted, s.folder = ctx, folder
		printHeader(stdout, "Sidecars: one, and many that start at once")
		if err := s.one(stdout); err != nil {
			return err
		}
		return s.many(stdout)
	})
}

// one prints what a sidecar with the embedded lists takes to start and to hold.
func (s *sidecars) one(stdout io.Writer) error {
	var ready, cpu []float64
	var resident, peak int64
	for i := range s.starts {
		socket := s.path("one.sock")
		began := time.Now()
		c := exec.CommandContext(s.interrupted, s.veto, "sidecar", "--socket", socket)
		if err := c.Start(); err != nil {
			return err
		}
		err := s.untilVerdict(socket)
		ready = append(ready, time.Since(began).Seconds()*1000)
		if err == nil && i == s.starts-1 {
			resident, err = statusBytes(c.Process.Pid, "VmRSS:")
			if err == nil {
				err = askAtOnce(socket, 800)
			}
			if err == nil {
				peak, err = statusBytes(c.Process.Pid, "VmHWM:")
			}
		}
		c.Process.Kill()
		c.Wait()
		if err != nil {
			return err
		}
		if i < s.starts-1 { // the last one was asked more
			cpu = append(cpu, (c.ProcessState.UserTime()+c.ProcessState.SystemTime()).Seconds()*1000)
		}
	}
	t := newTable("one sidecar, embedded lists", "median", "least", "most")
	for _, r := range []struct {
		name   string
		values []float64
	}{{"start to the first verdict, ms", ready}, {"processor time of that, ms", cpu}} {
		t.row(r.name, fmt.Sprintf("%.0f", median(r.values)), fmt.Sprintf("%.0f", slices.Min(r.values)), fmt.Sprintf("%.0f", slices.Max(r.values)))
	}
	t.row("resident after the start, MiB", fmt.Sprint(resident>>20))
	t.row("most resident, 800 calls at once, MiB", fmt.Sprint(peak>>20))
	t.print(stdout)
	typical, used := time.Duration(median(ready)*float64(time.Millisecond)), time.Duration(median(cpu)*float64(time.Millisecond))
	printTarget(stdout, fmt.Sprintf("a start within %v, in the median", maxReady),
		fmt.Sprintf("%v, %v of it processor time", typical.Round(time.Millisecond), used.Round(time.Millisecond)), typical <= maxReady)
	printTarget(stdout, fmt.Sprintf("at most %d MiB resident", maxResident>>20), fmt.Sprintf("%d MiB", peak>>20), peak <= maxResident)
	_, err := fmt.Fprintln(stdout)
	return err
}

func (s *sidecars) path(name string) string { return filepath.Join(s.folder, name) }

// untilVerdict waits until a sidecar has judged.
func (s *sidecars) untilVerdict(socket string) error {
	for end := time.Now().Add(waveTime); ; time.Sleep(time.Millisecond) {
		err := haveJudged(socket)
		if err == nil || time.Now().After(end) {
			return err
		}
	}
}

var errUnjudged = errors.New("no verdict")

// haveJudged has a strong password judged.
func haveJudged(socket string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := local.Dial(ctx, socket, local.Access{})
	if err != nil {
		return err
	}
	defer c.Close()
	r, err := c.Ask(ctx, &local.Request{Operation: engine.Change, Account: []byte(askedAccount), Password: []byte("uh8#Kp2!qLzw6R")})
	if err == nil && r.Decision != engine.Accept {
		err = fmt.Errorf("%w: %v", errUnjudged, r.Decision)
	}
	return err
}

func askAtOnce(socket string, calls int) error {
	failed := make([]error, calls)
	var all sync.WaitGroup
	for i := range failed {
		all.Go(func() { failed[i] = haveJudged(socket) })
	}
	all.Wait()
	return errors.Join(failed...)
}

// statusBytes returns a size that the system tells of a process.
func statusBytes(pid int, name string) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(status), name)
	var kib int64
	_, err = fmt.Sscan(after, &kib)
	return kib << 10, err
}

// many prints two waves of sidecars: those without a bundle pull it at once, those
// that have one look for the next over a minute.
func (s *sidecars) many(stdout io.Writer) error {
	if err := s.publish("contoso"); err != nil {
		return err
	}
	config := "terms: {global: false}\nbundle: {directory: share, keys: [lists.key.pub]}\n"
	if err := os.WriteFile(s.path("veto.yaml"), []byte(config), 0o600); err != nil {
		return err
	}
	server := exec.CommandContext(s.interrupted, s.veto, "serve", "--config", s.path("veto.yaml"), "--listen", "127.0.0.1:0")
	log, err := server.StderrPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	defer func() {
		server.Process.Kill()
		server.Wait()
	}()
	if s.addr, err = listening(log); err != nil {
		return err
	}
	t := newTable(fmt.Sprintf("%d sidecars at once", s.count), "failed", "bundle: median s", "last", "in the busiest second", "first report: median s", "last", "in the busiest second")
	cold, err := s.wave()
	if err != nil {
		return err
	}
	cold.row(t, "without a bundle")
	if err := s.publish("wingtip"); err != nil {
		return err
	}
	warm, err := s.wave()
	if err != nil {
		return err
	}
	warm.row(t, "with an older bundle")
	t.print(stdout)
	memory, err := statusBytes(server.Process.Pid, "VmHWM:")
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "The server held at most %d MiB. Sidecars were without the embedded terms, and took %s to start all.\n\n", memory>>20, warm.started.Round(time.Second))
	printTarget(stdout, "none fails", fmt.Sprint(cold.failed+warm.failed), cold.failed+warm.failed == 0)
	if s.count < 100 {
		return nil // chance decides
	}
	mean := float64(s.count) * float64(time.Second) / float64(lookSpread)
	printTarget(stdout, fmt.Sprintf("busiest second at most %d times the mean of a minute", maxUneven),
		fmt.Sprintf("%.1f times", float64(busiest(warm.bundles))/mean), float64(busiest(warm.bundles)) <= maxUneven*mean)
	return nil
}

// listening returns the address that a server logs, and reads on.
func listening(log io.Reader) (addr string, err error) {
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if _, after, ok := strings.Cut(lines.Text(), " address="); ok {
			go io.Copy(io.Discard, log)
			return after, nil
		}
	}
	return "", errors.Join(errors.New("veto serve did not start"), lines.Err())
}

// publish makes the next bundle, of a list with one word.
func (s *sidecars) publish(word string) error {
	if err := os.WriteFile(s.path("company.txt"), []byte(word+"\n"), 0o600); err != nil {
		return err
	}
	steps := [][]string{{"bundle", "create", "--key", "lists.key", "-o", "share", "company.txt"}}
	if _, err := os.Stat(s.path("lists.key")); err != nil {
		steps = append([][]string{{"keygen", "--name", "bench", "-o", "lists.key"}}, steps...)
	}
	for _, args := range steps {
		c := exec.CommandContext(s.interrupted, s.veto, args...)
		c.Dir = s.folder
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("veto %v: %w\n%s", args, err, out)
		}
	}
	return nil
}

// A wave is what became of sidecars that started at once, in times since then.
type wave struct {
	bundles, reports []time.Duration
	failed           int
	started          time.Duration
}

// wave starts all sidecars and ends them when each has the bundle and has reported.
func (s *sidecars) wave() (w wave, err error) {
	began := time.Now()
	var running []*exec.Cmd
	defer func() {
		for _, c := range running {
			c.Process.Kill()
		}
		for _, c := range running {
			c.Wait()
		}
	}()
	for i := range s.count {
		c, err := s.start(i)
		if err != nil {
			return w, err
		}
		running = append(running, c)
	}
	w.started = time.Since(began)
	reported := map[string]time.Duration{}
	for len(w.reports) < s.count || len(w.bundles) < s.count {
		if time.Since(began) > waveTime {
			fmt.Fprintf(s.stderr, "%d of %d reported, %d have the bundle\n", len(w.reports), s.count, len(w.bundles))
			break
		}
		time.Sleep(200 * time.Millisecond)
		if err := s.reported(began, reported); err != nil {
			return w, err
		}
		w.reports = slices.Sorted(maps.Values(reported))
		if w.bundles, w.failed, err = s.logged(began); err != nil {
			return w, err
		}
	}
	w.failed += 2*s.count - len(w.reports) - len(w.bundles)
	return w, nil
}

// start starts a sidecar, as on a machine with a name of its own.
func (s *sidecars) start(i int) (*exec.Cmd, error) {
	name := fmt.Sprintf("dc%d", i)
	log, err := os.Create(s.path(name + ".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	url := "http://" + s.addr
	c := onMachine(s.interrupted, name, s.veto, "sidecar", "--config", s.path("veto.yaml"), "--socket", s.path(name+".sock"),
		"--bundle", url+"/v1/bundle", "--key", s.path("lists.key.pub"), "--cache", s.path(name), "--report-to", url)
	c.Stderr = log
	return c, c.Start()
}

// reported notes when machines reported first since, to a second as the server tells.
func (s *sidecars) reported(since time.Time, first map[string]time.Duration) error {
	answer, err := http.Get("http://" + s.addr + "/v1/fleet")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var v fleet.View
	if err := json.NewDecoder(answer.Body).Decode(&v); err != nil {
		return err
	}
	for _, m := range v.Machines {
		age := time.Duration(m.Uptime+m.Silence) * time.Second // of the process that reported
		if _, known := first[m.Host]; !known && age <= time.Since(since) {
			first[m.Host] = time.Since(since) - time.Duration(m.Silence)*time.Second
		}
	}
	return nil
}

// logged reads when bundles arrived, in order, and how many sidecars complained.
func (s *sidecars) logged(since time.Time) (arrived []time.Duration, failed int, err error) {
	for i := range s.count {
		text, err := os.ReadFile(s.path(fmt.Sprintf("dc%d.log", i)))
		if err != nil {
			return nil, 0, err
		}
		complained := false
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, "cannot be refreshed") || strings.Contains(line, "report fails") {
				complained = true
			}
			if strings.Contains(line, `msg="bundle arrived"`) {
				at, err := time.Parse(time.RFC3339, strings.TrimPrefix(strings.Fields(line)[0], "time="))
				if err != nil {
					return nil, 0, err
				}
				arrived = append(arrived, at.Sub(since))
			}
		}
		if complained {
			failed++
		}
	}
	slices.Sort(arrived)
	return arrived, failed, nil
}

func (w *wave) row(t *table, name string) {
	cells := []string{name, fmt.Sprint(w.failed)}
	for _, times := range [][]time.Duration{w.bundles, w.reports} {
		cells = append(cells, fmt.Sprintf("%.1f", quantile(times, 0.5).Seconds()), fmt.Sprintf("%.1f", quantile(times, 1).Seconds()), fmt.Sprint(busiest(times)))
	}
	t.row(cells...)
}

// busiest returns the most of the times that are within one second.
func busiest(sorted []time.Duration) (most int) {
	first := 0
	for i, at := range sorted {
		for at-sorted[first] >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}
