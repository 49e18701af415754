package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// settled is when a server has given back what an upload has left.
const settled = 15 * time.Second

// memory is the state of the measurement.
type memory struct {
	interrupted  context.Context // ends the server
	veto, folder string
	terms        int
	server       *exec.Cmd
	url          string
	table        *table
}

// runMemory measures what veto serve holds while a large list is uploaded, tried out,
// reloaded and read at the start. Linux tells the most there was between two steps.
func runMemory(args []string, stdout io.Writer) (err error) {
	f := newFlags("memory")
	m := memory{}
	f.StringVar(&m.veto, "veto", "../bin/veto", "the `program` veto")
	f.IntVar(&m.terms, "terms", 1_000_000, "terms of the list")
	if err := parse(f, args, stdout, 0, limit{flag: "terms", least: 1}); err != nil {
		return err
	}
	if m.veto, err = filepath.Abs(m.veto); err != nil {
		return err
	}
	return scratch("", func(ctx context.Context, folder string) error {
		m.interrupted, m.folder = ctx, folder
		return m.run(stdout)
	})
}

func (m *memory) run(stdout io.Writer) error {
	printHeader(stdout, "Memory: a large list in veto serve")
	var list, other bytes.Buffer
	for _, term := range newMixer(globalAnd(customTerms)).names(m.terms) {
		fmt.Fprintln(&list, term.Text)
		fmt.Fprintln(&other, term.Text+"x")
	}
	m.table = newTable(fmt.Sprintf("list of %d terms, %d MB", m.terms, list.Len()/1e6), "most resident, MiB", fmt.Sprintf("%v later", settled))
	defer m.stop()
	if err := m.start(); err != nil {
		return err
	}
	for _, step := range []struct {
		name, method, path string
		body               []byte
	}{
		{"upload", http.MethodPut, "/v1/lists/company", list.Bytes()},
		{"dry run of another such list", http.MethodPut, "/v1/lists/other?dry_run=true", other.Bytes()},
		{"reload", http.MethodPost, "/v1/reload", nil},
	} {
		if err := m.measure(step.name, func() error { return m.send(step.method, step.path, step.body) }); err != nil {
			return err
		}
	}
	m.stop()
	if err := m.start(); err != nil {
		return err
	}
	if err := m.row("start with the list"); err != nil {
		return err
	}
	m.table.print(stdout)
	return nil
}

// start starts the server and waits until it listens.
func (m *memory) start() error {
	m.server = exec.CommandContext(m.interrupted, m.veto, "serve", "--listen", "127.0.0.1:0", "--store", filepath.Join(m.folder, "lists.db"))
	log, err := m.server.StderrPipe()
	if err != nil {
		return err
	}
	if err := m.server.Start(); err != nil {
		m.server = nil
		return err
	}
	addr, err := listening(log)
	m.url = "http://" + addr
	return err
}

// stop ends the server, if there is one.
func (m *memory) stop() {
	if m.server != nil {
		m.server.Process.Kill()
		m.server.Wait()
		m.server = nil
	}
}

// measure adds a row about do.
func (m *memory) measure(name string, do func() error) error {
	const peak = "5" // resets VmHWM (proc_pid_clear_refs(5))
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", m.server.Process.Pid), []byte(peak), 0); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return m.row(name)
}

// row adds a row about what was since the most was reset.
func (m *memory) row(name string) error {
	most, err := statusBytes(m.server.Process.Pid, "VmHWM:")
	if err != nil {
		return err
	}
	time.Sleep(settled)
	left, err := statusBytes(m.server.Process.Pid, "VmRSS:")
	m.table.row(name, fmt.Sprint(most>>20), fmt.Sprint(left>>20))
	return err
}

// send sends a request that makes something, or reloads.
func (m *memory) send(method, path string, body []byte) error {
	r, err := http.NewRequest(method, m.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if method == http.MethodPut {
		r.Header.Set("Content-Type", "text/plain")
		r.Header.Set("If-None-Match", "*")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode >= 300 {
		return errors.Join(fmt.Errorf("%s %s: %s: %.200s", method, path, answer.Status, text), err)
	}
	return nil
}
