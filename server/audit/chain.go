package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// genesis is the head of a chain without changes.
var genesis = strings.Repeat("0", 64)

// maxLine bounds a line; records are far shorter.
const maxLine = 64 << 10

// Errors about files, told apart by errors.Is.
var (
	ErrForeign = errors.New("is no audit file, as its first line tells: move it away or choose another path")
	ErrInUse   = errors.New("is written by another process: give each a file of its own")
	ErrChain   = errors.New("changes were altered, removed or inserted: keep the file as evidence, and move it away to go on")
)

// fileState is what a file says of itself.
type fileState struct {
	sequence int
	begun    time.Time
	first    string // head of the chain before the file
	head     string // head of the chain at its end
	changes  int
	header   int64 // bytes of the first line
	size     int64 // bytes of whole lines
	torn     int64 // bytes behind them
}

// header is the first line of a file.
type header struct {
	Kind     string    `json:"kind"`
	Time     time.Time `json:"time"`
	Sequence int       `json:"sequence"`
	Chain    string    `json:"chain"`
}

// fileStart begins the first line of a file.
const fileStart = `{"kind":"file",`

var changeStart = []byte(`{"kind":"change",`)

// readChain reads a file from its start. It fails with ErrForeign, or with
// ErrChain if the changes don't fit each other. An empty file, or one that has
// a part of a header only, has size 0.
func readChain(r io.Reader) (s fileState, err error) {
	lines := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case err == io.EOF:
			s.torn = int64(len(line))
			if n := min(len(line), len(fileStart)); s.size == 0 && string(line[:n]) != fileStart[:n] {
				return s, ErrForeign
			}
			return s, nil
		case err != nil && err != bufio.ErrBufferFull:
			return s, err
		case s.size == 0:
			if err := s.readHeader(line); err != nil {
				return s, err
			}
		case bytes.HasPrefix(line, changeStart):
			if s.head, err = follow(s.head, line); err != nil {
				return s, fmt.Errorf("byte %d: %w", s.size, err)
			}
			s.changes++
		}
		s.size += int64(len(line))
	}
}

func (s *fileState) readHeader(line []byte) error {
	var h header
	if json.Unmarshal(line, &h) != nil || h.Kind != "file" || h.Sequence < 1 || len(h.Chain) != len(genesis) {
		return ErrForeign
	}
	s.sequence, s.begun, s.first, s.head, s.header = h.Sequence, h.Time, h.Chain, h.Chain, int64(len(line))
	return nil
}

// follow returns the head behind a change that is due after head.
func follow(head string, line []byte) (string, error) {
	at := bytes.LastIndex(line, []byte(hashField))
	var c struct{ Previous, Hash string }
	if at < 0 || json.Unmarshal(line, &c) != nil || c.Previous != head || c.Hash != chainHash(line[:at]) {
		return head, ErrChain
	}
	return c.Hash, nil
}

func readChainOf(path string) (fileState, error) {
	f, err := os.Open(path)
	if err != nil {
		return fileState{}, err
	}
	defer f.Close()
	s, err := readChain(f)
	if err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// Verify reads the files of path, oldest first, and returns the number of
// changes. It fails with ErrChain, naming file and byte, if one was altered,
// removed or inserted; that the newest ones were cut off, or whole files removed
// at the old end, it cannot see.
func Verify(path string) (changes int, err error) {
	numbers, err := fullFiles(path)
	if err != nil {
		return 0, fmt.Errorf("audit: %w", err)
	}
	paths := []string{}
	for _, n := range numbers {
		paths = append(paths, numbered(path, n))
	}
	head := ""
	for _, p := range append(paths, path) {
		s, err := readChainOf(p)
		if err == nil && head != "" && s.first != head && s.size > 0 {
			err = fmt.Errorf("%s: %w", p, ErrChain)
		}
		if err != nil {
			return changes, fmt.Errorf("audit: %w", err)
		}
		head = s.head
		changes += s.changes
	}
	return changes, nil
}

// numbered returns the path of a full file.
func numbered(path string, n int) string { return fmt.Sprintf("%s.%06d", path, n) }

// fullFiles returns the numbers of the full files, ascending.
func fullFiles(path string) ([]int, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, e := range entries {
		digits, ok := strings.CutPrefix(e.Name(), filepath.Base(path)+".")
		if n, err := strconv.Atoi(digits); ok && err == nil && n > 0 && len(digits) >= 6 {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}
