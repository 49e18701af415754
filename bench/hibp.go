package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// hibp is a folder with the programs of github.com/oschonrock/hibp in a release
// build, "" if there is none.
type hibp string

// importer returns hibp-convert.
func (h hibp) importer(s hashSet, text, out string) importer {
	return importer{name: "hibp-convert", out: out,
		command: []string{filepath.Join(string(h), "hibp-convert"), "--txt-to-bin", "--force", "-i", text, "-o", out, "--ntlm=" + strconv.FormatBool(s.ntlm)}}
}

// check reports whether the programs are there.
func (h hibp) check() error {
	if h == "" {
		return errors.New("no folder given, see -hibp")
	}
	for _, name := range []string{"hibp-convert", "hibp-search"} {
		if _, err := exec.LookPath(filepath.Join(string(h), name)); err != nil {
			return err
		}
	}
	return nil
}

// printSearch prints what hibp-search says that a lookup takes it, with its
// table of contents and the file in the system's cache.
func (h hibp) printSearch(ctx context.Context, w io.Writer, s hashSet, database string) error {
	const processes = 31
	tocBits := bits.Len(uint(s.keys)/24) - 1 // it refuses sets that leave an entry of the table empty
	if tocBits < 15 {
		fmt.Fprintf(w, "hibp-search --toc needs more hashes\n\n")
		return nil
	}
	tocBits = min(tocBits, 20)
	random := rand.New(rand.NewPCG(s.seed, 5))
	var times []float64
	for i := range processes + 1 {
		d := s.hash(s.password(random.IntN(s.known())))
		us, err := h.search(ctx, database, s, d, tocBits)
		if err != nil {
			return err
		}
		if i > 0 { // the first one makes the table of contents
			times = append(times, us)
		}
	}
	slices.Sort(times)
	fmt.Fprintf(w, "hibp-search --toc, by its own clock, hit: p50 %.1f us, fastest %.1f us of %d processes\n\n",
		quantile(times, 0.5), times[0], processes)
	return os.Remove(fmt.Sprintf("%s.%d.toc", database, tocBits))
}

var searchTook = regexp.MustCompile(`search took ([0-9.e+-]+)ms[^~]*\nfound  = `)

// search returns the microseconds that finding the digest took.
func (h hibp) search(ctx context.Context, database string, s hashSet, d digest, tocBits int) (float64, error) {
	command := exec.CommandContext(ctx, filepath.Join(string(h), "hibp-search"), "--toc", "--toc-bits", strconv.Itoa(tocBits), "--hash", "--ntlm="+strconv.FormatBool(s.ntlm),
		database, strings.ToUpper(fmt.Sprintf("%x", d[:s.size()])))
	output, err := command.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("hibp-search: %w\n%s", err, output)
	}
	match := searchTook.FindSubmatch(output)
	if match == nil {
		return 0, fmt.Errorf("hibp-search: unexpected output: %.200q", output)
	}
	ms, err := strconv.ParseFloat(string(match[1]), 64)
	return ms * 1e3, err
}
