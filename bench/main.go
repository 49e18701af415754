// Bench measures Veto beside its peers, side by side in one run.
//
//	go run . engine            one check beside SHA-1, zxcvbn-go and the plain Entra rules
//	go run . http              the HTTP API beside an empty handler and net/http
//	go run . local             the local endpoint beside a bare echo server on a unix socket
//	go run . sidecars          a sidecar's start and memory, and 500 that start at once (root)
//	go run . amend             changes of a million own terms: new engines, amended ones, checks by them
//	go run . live              edits of a list of a million terms, durable and in force; checks while lists are swapped
//	go run . memory            what veto serve holds with a list of a million terms
//	go run . quality FOLDER    detection and false rejects on password corpora
//	go run . breach            the breach index: import, size, lookups, beside naive code, filters and hibp
//	go run . hashes            text as Have I Been Pwned publishes it, of any size
//
// Quality takes any folder of texts of passwords, one a line: SET/CLASS.txt or
// archives SET.tar.gz, where sets named strong... must be accepted and all others
// refused, and a file TERMS holds custom terms ("go run . quality -h").
//
// Every subcommand prints what it was measured with, then Markdown tables.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"
)

func main() {
	stop := profile(os.Getenv(profilesVariable))
	code := run(os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// profilesVariable names a folder for profiles of the processor's time, one of each
// process, which the compiler is given: see make profile.
const profilesVariable = "BENCH_PROFILES"

// profile begins a profile in a folder, unless it has no name.
func profile(folder string) (stop func()) {
	if folder == "" {
		return func() {}
	}
	f, err := os.Create(filepath.Join(folder, fmt.Sprintf("%d.pprof", os.Getpid())))
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: no profile:", err)
		return func() {}
	}
	return func() {
		pprof.StopCPUProfile()
		if err := f.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "bench: no profile:", err)
		}
	}
}

func run(args []string, stdout, stderr io.Writer) int {
	err := dispatch(args, stdout, stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, "bench:", err)
		return 2
	}
	fmt.Fprintln(stderr, "bench:", err)
	return 4
}

func dispatch(args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return wrongUsage(commandUsage)
	}
	switch command, args := args[0], args[1:]; command {
	case "engine":
		return runEngine(args, stdout, stderr)
	case "amend":
		return runAmend(args, stdout)
	case "http":
		return runHTTP(args, stdout, stderr)
	case "local":
		return runLocal(args, stdout, stderr)
	case "sidecars":
		return runSidecars(args, stdout, stderr)
	case "live":
		return runLive(args, stdout, stderr)
	case "memory":
		return runMemory(args, stdout)
	case serveEmpty, serveGuarded, serveVeto, serveAccess, serveAudited, serveLive, serveNetHTTP, serveEcho, serveFloor, serveLocal, serveOff, serveIdle, serveBare:
		return runServer(command, stdout)
	case "quality":
		return runQuality(args, stdout)
	case "breach":
		return runBreach(args, stdout)
	case "hashes":
		return runHashes(args, stdout)
	case importRead, importNaive:
		return runImport(command, args)
	case breachCold:
		return runCold(args, stdout)
	case "-h", "-help", "--help", "help":
		fmt.Fprintln(stdout, commandUsage)
		return flag.ErrHelp
	}
	return wrongUsage("there is no subcommand %q; %s", args[0], commandUsage)
}
