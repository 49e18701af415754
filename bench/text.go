package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// runHashes writes hashes as Have I Been Pwned publishes them.
func runHashes(args []string, stdout io.Writer) error {
	f := newFlags("hashes")
	var s hashSet
	s.flags(f)
	crlf := f.Bool("crlf", false, "lines end with CR LF")
	out := f.String("o", "", "`file` to write instead of standard output")
	ranges := f.String("ranges", "", "`folder` to write as files of a range each, instead of text; from 3e7 keys on none is empty")
	if err := parse(f, args, stdout, 0, limit{flag: "keys"}, limit{flag: "ranges", least: 1}); err != nil {
		return err
	}
	if *ranges != "" && (*out != "" || s.shuffled) {
		return wrongUsage("hashes: -ranges goes with neither -o nor -shuffled")
	}
	if *ranges != "" && s.keys < leastRanged {
		return wrongUsage("hashes: -ranges needs %d keys at least, not %d, so that no file is empty", leastRanged, s.keys)
	}
	if *ranges != "" {
		return s.writeRanges(*ranges)
	}
	if *out == "" {
		return s.writeText(stdout, *crlf)
	}
	file, err := os.Create(*out)
	if err != nil {
		return err
	}
	return errors.Join(s.writeText(file, *crlf), file.Close())
}

// flags defines the flags that describe the set.
func (s *hashSet) flags(f *flag.FlagSet) {
	f.IntVar(&s.keys, "keys", 1e6, "`number` of hashes")
	f.BoolVar(&s.ntlm, "ntlm", false, "NTLM hashes instead of SHA-1")
	f.Uint64Var(&s.seed, "seed", 1, "`number` that tells sets apart")
	f.BoolVar(&s.shuffled, "shuffled", false, "in no order")
}

// arguments returns the flags for s.
func (s hashSet) arguments() []string {
	return []string{"-keys", strconv.Itoa(s.keys), "-ntlm=" + strconv.FormatBool(s.ntlm),
		"-seed", strconv.FormatUint(s.seed, 10), "-shuffled=" + strconv.FormatBool(s.shuffled)}
}

// writeText writes one file: HASH:COUNT a line.
func (s hashSet) writeText(w io.Writer, crlf bool) error {
	b := bufio.NewWriterSize(w, 1<<20)
	end := "\n"
	if crlf {
		end = "\r\n"
	}
	for r := range s.all() {
		line := append(s.appendRow(b.AvailableBuffer(), r), end...)
		if _, err := b.Write(line); err != nil {
			return err
		}
	}
	return b.Flush()
}

func (s hashSet) appendRow(b []byte, r hashRecord) []byte {
	for _, c := range r.digest[:s.size()] {
		b = append(b, upperHex[c>>4], upperHex[c&15])
	}
	return strconv.AppendUint(append(b, ':'), uint64(r.count), 10)
}

const upperHex = "0123456789ABCDEF"

// The ranges of Have I Been Pwned: all hashes with the same five hex digits,
// which the rows leave out.
const (
	rangeDigits = 5
	rangeCount  = 1 << (4 * rangeDigits)
	leastRanged = 30_000_000 // hashes so that no range is empty, which veto compile refuses
)

// writeRanges writes a file for each range.
func (s hashSet) writeRanges(folder string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	return s.eachRange(func(prefix int, rows []byte) error {
		return os.WriteFile(filepath.Join(folder, fmt.Sprintf("%0*X.txt", rangeDigits, prefix)), rows, 0o666)
	})
}

// eachRange calls write for every range in turn, with CR LF between the rows
// and none after the last.
func (s hashSet) eachRange(write func(prefix int, rows []byte) error) error {
	var row, rows []byte
	next := 0 // the first range that isn't written yet
	flush := func(end int) error {
		for ; next < end; next++ {
			if err := write(next, rows); err != nil {
				return err
			}
			rows = rows[:0]
		}
		return nil
	}
	for r := range s.all() {
		prefix := int(binary.BigEndian.Uint32(r.digest[:]) >> (32 - 4*rangeDigits))
		if err := flush(prefix); err != nil {
			return err
		}
		if len(rows) > 0 {
			rows = append(rows, "\r\n"...)
		}
		row = s.appendRow(row[:0], r)
		rows = append(rows, row[rangeDigits:]...)
	}
	return flush(rangeCount)
}
