// Go-library judges the passwords of its standard input, one a line, in its own
// process: the engine and the embedded lists, no server.
//
//	printf 'Contoso2026!\n' | go run ./examples/go-library contoso fabrikam
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

func main() {
	if err := judge(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "go-library:", err)
		os.Exit(1)
	}
}

// judge prints a line for each password of in: accept, or what is wrong with it.
func judge(words []string, in io.Reader, out io.Writer) error {
	var terms []engine.Term
	for _, word := range words {
		term, err := lists.ParseTerm(word)
		if err != nil {
			return fmt.Errorf("term %q: %w", word, err)
		}
		terms = append(terms, term)
	}
	// Everything that can fail fails here. Share one engine between all
	// goroutines for as long as the process lives: building it takes far longer
	// than a check.
	snapshot, err := lists.Build(lists.Options{Custom: []engine.TermList{{Name: lists.CustomName("company"), Terms: terms}}})
	if err != nil {
		return fmt.Errorf("build the engine: %w", err)
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		password := lines.Bytes()
		verdict := snapshot.Engine.Check(password, engine.Subject{Account: "jdoe", Names: []string{"Jane Doe"}})
		clear(password)
		report(out, verdict)
	}
	return lines.Err()
}

func report(out io.Writer, verdict engine.Verdict) {
	if verdict.Decision == engine.Accept { // never: != Reject
		fmt.Fprintln(out, "accept")
		return
	}
	fmt.Fprint(out, "reject")
	for reason := range verdict.Reasons.All() {
		fmt.Fprintf(out, "; the password %s", reason.Message())
	}
	fmt.Fprintln(out)
}
