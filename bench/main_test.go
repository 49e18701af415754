package main

import (
	"bytes"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestMain lets subcommands be started: some run this program again.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		nil, {"fly"}, {"engine", "x"}, {"engine", "-rounds", "0"}, {"engine", "-breached", "-1"}, {"engine", "-breached", "1000000001"}, {"http", "-no"}, {"quality"}, {"quality", "a", "b"},
		{"breach", "x"}, {"breach", "-keys", "10"}, {"hashes", "x"}, {"hashes", "-o", "a", "-ranges", "b"}, {importNaive},
	} {
		var stderr bytes.Buffer
		if code := run(args, &stderr, &stderr); code != 2 {
			t.Errorf("%q: code %d, want 2", args, code)
		}
	}
	for _, test := range []struct{ args, want string }{
		{"engine -rounds x", `bench: engine: invalid value "x" for flag -rounds: parse error; bench engine -h tells the flags`},
		{"http -no", "bench: http: flag provided but not defined: -no; "},
		{"live -rounds 0", "bench: live: -rounds 0 is less than 1; "},
		{"engine -breached -1", "bench: engine: -breached -1 is not from 0 to 1000000000; "},
		{"amend x", "bench: amend: takes no arguments beside its flags, not 1; "},
		{"quality", "bench: quality: takes one argument beside its flags, not 0; "},
		{"http -duration -1s", "bench: http: -duration -1s is less than 10ms; "},
		{"http -duration 0", "bench: http: -duration 0s is less than 10ms; "},
		{"http -duration 1", `bench: http: invalid value "1" for flag -duration: `},
		{"local -duration 1ns", "bench: local: -duration 1ns is less than 10ms; "},
		{"live -swaps -1s", "bench: live: -swaps -1s is neither 0 nor at least 10ms; "},
		{"live -swaps 1ms", "bench: live: -swaps 1ms is neither 0 nor at least 10ms; "},
		{"breach -misses -1", "bench: breach: -misses -1 is less than 1; "},
		{"quality -show -1 x", "bench: quality: -show -1 is less than 0; "},
		{"quality -sample -5 x", "bench: quality: -sample -5 is less than 0; "},
		{"quality -plot= x", "bench: quality: -plot must not be empty; "},
		{"hashes -ranges=", "bench: hashes: -ranges must not be empty; "},
		{"hashes -keys 3 -ranges x", "bench: hashes: -ranges needs 30000000 keys at least, not 3, "},
		{"breach -shuffled", "bench: breach: -shuffled is for hashes"},
		{"fly", `bench: there is no subcommand "fly"; usage: bench engine|`},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(strings.Fields(test.args), &stdout, &stderr); code != 2 || !strings.HasPrefix(stderr.String(), test.want) || stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%s: code %d\n%s%s", test.args, code, &stdout, &stderr)
		}
	}
	var out bytes.Buffer
	if code := run([]string{"quality", t.TempDir()}, &out, &out); code != 4 {
		t.Errorf("no corpora: code %d, want 4", code)
	}
}

// TestHelp wants help of all that the usage names, on standard output.
func TestHelp(t *testing.T) {
	names, _, _ := strings.Cut(strings.TrimPrefix(commandUsage, "usage: bench "), " ")
	for _, args := range [][]string{{"-h"}, {"--help"}, {"help"}, {"-h", "engine"}} {
		wantHelp(t, args, commandUsage)
	}
	for name := range strings.SplitSeq(names, "|") {
		wantHelp(t, []string{name, "-h"}, "bench "+name)
		wantHelp(t, []string{name, "--help"}, "\n  -")
	}
}

func wantHelp(t *testing.T, args []string, want string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(args, &stdout, &stderr); code != 0 || !strings.Contains(stdout.String(), want) || stderr.Len() > 0 {
		t.Errorf("%q: code %d\n%s%s", args, code, &stdout, &stderr)
	}
}

// TestSubcommands runs each of them briefly.
func TestSubcommands(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"engine", "-rounds", "1", "-passwords", "8", "-breached", "1000"}, "| ccojocar/zxcvbn-go "},
		{[]string{"http", "-rounds", "1", "-duration", "20ms", "-connections", "2"}, "| veto, batches of 1000 "},
		{[]string{"quality", "-v", "-scores", "-curve", "-show", "3", "-sample", "1", writeSample(t)}, "- zxcvbn-go: ccojocar/"},
	}
	for _, test := range tests {
		t.Run(test.args[0], func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if code := run(test.args, &stdout, &stderr); code != 0 || !strings.Contains(stdout.String(), test.want) {
				t.Errorf("code %d\n%s\n%s", code, &stdout, &stderr)
			}
		})
	}
}

func TestTable(t *testing.T) {
	table := newTable("name", "n")
	table.row("ä", "12.5")
	table.row("long name")
	var b strings.Builder
	table.print(&b)
	want := "| name      |    n |\n|-----------|-----:|\n| ä         | 12.5 |\n| long name |      |\n\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", &b, want)
	}
}

func TestMix(t *testing.T) {
	terms := []string{"password", "horse", "blank", "toolongtermforus", "abc"}
	a, b := newMixer(terms).mix(400), newMixer(terms).mix(400)
	different := map[string]bool{}
	for i, p := range a {
		if n := len(p); n < typicalMin || n > typicalMax {
			t.Errorf("%q has %d characters", p, n)
		}
		if p != b[i] {
			t.Fatalf("equal seeds make %q and %q", p, b[i])
		}
		different[p] = true
	}
	if len(different) < 300 {
		t.Errorf("only %d different passwords", len(different))
	}
}

func TestAdversaries(t *testing.T) {
	for _, a := range adversaries([]string{"password", "contoso"}) {
		for _, n := range []int{1, 256, maxBytes} {
			text := a.make(n + utf8.UTFMax)
			got := cut(text, n)
			if len(got) > n || len(got) < n-utf8.UTFMax+1 || utf8.ValidString(text) != utf8.Valid(got) && n > 1 {
				t.Errorf("%s: %d bytes of %d", a.name, len(got), n)
			}
		}
	}
}

func TestCompete(t *testing.T) {
	var count [2]int
	var others []int
	timings := compete([]contestant{
		{"fast", func(i int) {
			if count[0]++; i >= 5 {
				others = append(others, i)
			}
		}, 5, 2, func() { others = append(others, -1) }},
		{"slow", func(int) { count[1]++; time.Sleep(100 * time.Microsecond) }, 3, 0, nil},
	}, 3)
	fast, slow := timings[0], timings[1]
	if want := slices.Repeat([]int{-1, 5, 6}, 2*3); !slices.Equal(others, want) {
		t.Errorf("before it was timed it worked on %v", others)
	}
	if len(fast.each) != 5 || len(slow.each) != 3 || fast.batch >= slow.batch || fast.each[4] >= slow.each[0] || fast.allocations != 0 {
		t.Errorf("fast %+v, slow %+v, %v operations", fast, slow, count)
	}
}

func TestParseCPU(t *testing.T) {
	stat := "42 (a) b) S 1 42 42 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 9 0 100 1 1"
	if d, err := parseCPU([]byte(stat)); d != 2*time.Second || err != nil {
		t.Errorf("got %v, %v", d, err)
	}
	for _, bad := range []string{"", "42 (a) S 1", strings.Replace(stat, "150", "x", 1), strings.Replace(stat, " 50 ", " y ", 1)} {
		if _, err := parseCPU([]byte(bad)); !errors.Is(err, errStat) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestReadAnswer(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\n"
	tests := []struct {
		pieces []string
		body   string
		ok     bool
	}{
		{[]string{head + "hello"}, "hello", true},
		{[]string{head[:10], head[10:], "he", "llo"}, "hello", true},
		{[]string{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}, "", true},
		{[]string{"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"}, "", false},
		{[]string{"HTTP/1.1 200 OK\r\nX: y\r\n\r\n"}, "", false},
		{[]string{head + "hel"}, "", false},
		{[]string{head[:len(head)-4] + strings.Repeat("a", 200)}, "", false},
	}
	for _, test := range tests {
		client, server := net.Pipe()
		go func() {
			for _, piece := range test.pieces {
				server.Write([]byte(piece))
			}
			server.Close()
		}()
		body, err := readAnswer(client, make([]byte, 100))
		if string(body) != test.body || (err == nil) != test.ok {
			t.Errorf("%q: %q, %v", test.pieces, body, err)
		}
		client.Close()
	}
}
