// Command gen makes the embedded data of package lists from published sources:
//
//	go run ./lists/gen -from DIR -out lists/data
//
// DIR holds the packages that lists/data/fetch.sh unpacks. Every input is
// compared with a digest in this program, and the output depends on nothing
// else: the same bytes on every machine. Exit codes: 0 done, 2 usage, 4 failed.
package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/vetopw/veto/lists"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	from := flags.String("from", "", "`folder` with the unpacked packages")
	out := flags.String("out", "lists/data", "`folder` to write to")
	if err := flags.Parse(args); err != nil || *from == "" || flags.NArg() > 0 {
		fmt.Fprintln(stderr, "usage: gen -from DIR [-out DIR]")
		return 2
	}
	if err := generate(*from, *out, stdout); err != nil {
		fmt.Fprintln(stderr, "gen:", err)
		return 4
	}
	return 0
}

// generate writes the three files and prints their digests.
func generate(from, out string, log io.Writer) error {
	million, err := readMillion(from)
	if err != nil {
		return err
	}
	dict, err := readDictionary(from)
	if err != nil {
		return err
	}
	chars := trainChars(million)
	files := []struct {
		name string
		data []byte
	}{
		{"passwords.bin", lists.CompilePasswords(passwords(million))},
		{"chars.bin", chars.cost},
		{"terms.txt", formatTerms(selectTerms(million, dict, chars))},
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(out, f.name), f.data, 0o644); err != nil {
			return err
		}
		fmt.Fprintf(log, "%x  %s  %d bytes\n", sha256.Sum256(f.data), f.name, len(f.data))
	}
	return nil
}

// minPasswordBytes is the least length of a password in the set. Shorter ones
// are too short for every policy, and as parts of longer ones they are found
// as terms and patterns.
const minPasswordBytes = 6

func passwords(million []entry) []lists.Password {
	var out []lists.Password
	for _, e := range million {
		if len(e.folded) >= minPasswordBytes {
			out = append(out, lists.Password{Folded: []byte(e.folded), Rank: e.rank})
		}
	}
	return out
}
