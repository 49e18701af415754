package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sort"
	"strconv"
	"time"
)

// Importers to compare with, each a subcommand run in a process of its own.
const (
	importRead  = "import-read"  // counts the lines
	importNaive = "import-naive" // the importer as anybody would write it, without writing a file
)

func runImport(kind string, args []string) error {
	if len(args) != 1 {
		return wrongUsage("%s takes one file", kind)
	}
	f, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer f.Close()
	if kind == importRead {
		return readOnly(f)
	}
	return importNaively(f)
}

func readOnly(r io.Reader) error {
	lines := 0
	for buffer := make([]byte, 1<<20); ; {
		n, err := r.Read(buffer)
		lines += bytes.Count(buffer[:n], []byte{'\n'})
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func importNaively(r io.Reader) error {
	type entry struct{ key, count uint64 }
	var entries []entry
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		digest, count, _ := bytes.Cut(lines.Bytes(), []byte{':'})
		b, err := hex.DecodeString(string(digest))
		if err != nil || len(b) < 8 {
			return errors.Join(fmt.Errorf("line %d", len(entries)+1), err)
		}
		n, err := strconv.ParseUint(string(count), 10, 64)
		if err != nil {
			return err
		}
		entries = append(entries, entry{binary.BigEndian.Uint64(b), n})
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].key < entries[j].key })
	return lines.Err()
}

// An importer makes something of hashes.
type importer struct {
	name    string
	command []string
	stdin   []string // the program whose output it reads, nil if none
	out     string   // the file it writes, "" if none
	once    bool     // is not repeated
}

// A usage is what a process took.
type usage struct {
	user, system, wall time.Duration
	peak               int64 // resident bytes, 0 if unknown
}

func (u usage) cpu() time.Duration { return u.user + u.system }

// compareImporters runs all of them in turn, round after round, and returns
// the median usage of each. What they wrote stays.
func compareImporters(ctx context.Context, importers []importer, rounds int) ([]usage, error) {
	all := make([][]usage, len(importers))
	for round := range rounds {
		for i, m := range importers {
			if m.once && round > 0 {
				continue
			}
			u, err := m.run(ctx)
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], u)
		}
	}
	medians := make([]usage, len(importers))
	for i, runs := range all {
		slices.SortFunc(runs, func(a, b usage) int { return cmp.Compare(a.cpu(), b.cpu()) })
		medians[i] = quantile(runs, 0.5)
		for _, u := range runs {
			medians[i].peak = max(medians[i].peak, u.peak)
		}
	}
	return medians, nil
}

func (m importer) run(ctx context.Context) (u usage, err error) {
	if m.out != "" {
		if err := os.Remove(m.out); err != nil && !errors.Is(err, os.ErrNotExist) {
			return u, err
		}
	}
	command := exec.CommandContext(ctx, m.command[0], m.command[1:]...)
	if m.stdin == nil {
		return measure(command)
	}
	source := exec.CommandContext(ctx, m.stdin[0], m.stdin[1:]...)
	source.Stderr = os.Stderr
	r, w, err := os.Pipe()
	if err != nil {
		return u, err
	}
	command.Stdin, source.Stdout = r, w
	err = source.Start()
	w.Close()
	if err != nil {
		return u, errors.Join(err, r.Close())
	}
	u, err = measure(command)
	r.Close() // ends a source that isn't read to its end
	return u, errors.Join(err, source.Wait())
}

// measure runs a process to its end.
func measure(command *exec.Cmd) (usage, error) {
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	start := time.Now()
	if err := command.Run(); err != nil {
		return usage{}, fmt.Errorf("%s: %w\n%s", command.Args, err, output.Bytes())
	}
	state := command.ProcessState
	return usage{state.UserTime(), state.SystemTime(), time.Since(start), peakMemory(state)}, nil
}

// printImports prints what importing took for each line, beside the last one.
func printImports(w io.Writer, importers []importer, usages []usage, lines int) error {
	unit := usages[len(usages)-1]
	t := newTable("import", "ns CPU a line", "user", "system", "seconds", "peak MB", "bytes a key",
		"x "+importers[len(importers)-1].name)
	for i, m := range importers {
		u := usages[i]
		size := ""
		if m.out != "" {
			info, err := os.Stat(m.out)
			if err != nil {
				return err
			}
			size = fmt.Sprintf("%.3f", float64(info.Size())/float64(lines))
		}
		line := func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(lines)) }
		t.row(m.name, line(u.cpu()), line(u.user), line(u.system), fmt.Sprintf("%.1f", u.wall.Seconds()),
			fmt.Sprintf("%.0f", float64(u.peak)/1e6), size, fmt.Sprintf("%.2f", float64(u.cpu())/float64(unit.cpu())))
	}
	t.print(w)
	return nil
}
