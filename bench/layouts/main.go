// Layouts compares ways to ask whether a digest is in a sorted set, by time and
// bytes per key, and prints the table of docs/FORMAT.md. It needs 30 bytes of
// memory a key, and as many of disk for the index file.
//
//	go run ./layouts [-keys 1000000,10000000] [-folder DIR]
package main

import (
	"crypto/sha1"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	if err := compare(args, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "layouts:", err)
		return 4
	}
	return 0
}

func compare(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("layouts", flag.ContinueOnError)
	flags.SetOutput(stderr)
	keys := flags.String("keys", "1000000,10000000", "numbers of keys, comma-separated")
	folder := flags.String("folder", os.TempDir(), "for the index files")
	if err := flags.Parse(args); err != nil {
		return err
	}
	for _, number := range strings.Split(*keys, ",") {
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 {
			return errors.New("-keys: not a number of keys")
		}
		if err := compareAt(n, *folder, stdout); err != nil {
			return err
		}
	}
	return nil
}

// A contestant answers whether the digest that begins with the 64 bits of head
// is in the set.
type contestant struct {
	name  string
	bytes int // of its memory
	has   func(head uint64) bool
	// cold, if not nil, drops the contestant's pages from memory.
	cold func() error
}

func compareAt(n int, folder string, stdout io.Writer) error {
	set := newSet(n)
	contestants, done, err := enter(set, folder)
	if err != nil {
		return err
	}
	defer done()
	out := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	unit := hashTime()
	fmt.Fprintf(out, "%d keys; SHA-1 of 12 bytes %.0f ns\n", n, unit)
	fmt.Fprintln(out, "B/key\thit ns\tx SHA-1\tmiss ns\tfalse positives\tcold hit us, p50\tp99\tcold miss us, p50\tp99\t ")
	for _, c := range contestants {
		cold := [4]string{}
		for i, heads := range [][]uint64{set.hits, set.misses} {
			if c.cold == nil {
				continue
			}
			p50, p99, err := c.coldTimes(heads)
			if err != nil {
				return err
			}
			cold[2*i], cold[2*i+1] = fmt.Sprintf("%.1f", p50), fmt.Sprintf("%.1f", p99)
		}
		hit, miss := c.time(set.hits), c.time(set.misses)
		fmt.Fprintf(out, "%.2f\t%.0f\t%.2f\t%.0f\t%.2g\t%s\t %s\n", float64(c.bytes)/float64(n), hit, hit/unit, miss,
			c.falsePositives(set), strings.Join(cold[:], "\t"), c.name)
	}
	fmt.Fprintln(out)
	return out.Flush()
}

// hashTime returns the nanoseconds of SHA-1 of 12 bytes.
func hashTime() float64 {
	var password [12]byte
	return median(func() float64 {
		const n = 200_000
		start := cpuTime()
		for i := range n {
			password[0] = byte(i)
			sum := sha1.Sum(password[:])
			password[1] = sum[0]
		}
		return float64(cpuTime()-start) / n
	})
}
