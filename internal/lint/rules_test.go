package lint

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// doc makes a package's folder complete, so that only the rule under test has
// something to say.
func doc(name string) string { return "// Package " + name + " is a sample.\npackage " + name + "\n" }

func tree(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// TestRules feeds each rule trees it must refuse, and their lawful neighbors,
// which it must not. In the sources, a line that ends in "// bad" is where one
// finding is expected.
func TestRules(t *testing.T) {
	tests := []struct {
		rule, name, path, source string
	}{
		{"import", "engine imports ours", "engine/a.go", `package engine
import "fmt"
import "github.com/vetopw/veto/lists" // bad
import "github.com/vetopw/veto/engine/tables"
`},
		{"import", "engine imports the world", "engine/a.go", `package engine
import (
	"net" // bad
	"net/http" // bad
	"netip"
	"os" // bad
	"log/slog" // bad
	"time" // bad
	"math/rand/v2" // bad
	"math/bits"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/sys/unix" // bad
)
`},
		{"import", "filter", "filter/a.go", `package filter
import (
	"os"
	"time" // bad
	"golang.org/x/sys/unix"
	"golang.org/x/text/width" // bad
	"github.com/vetopw/veto/engine" // bad
)
`},
		{"import", "lists", "lists/gen/a.go", `package gen
import (
	"time"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server" // bad
)
`},
		{"import", "server", "server/a.go", `package server
import (
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/internal/model" // bad
	"github.com/vetopw/veto/bench/entra" // bad
)
`},
		{"import", "model", "internal/model/a.go", `package model
import "github.com/vetopw/veto/engine" // bad
`},
		{"import", "new part of the tree", "audit/a.go", `package audit
import "github.com/vetopw/veto/engine" // bad
`},
		{"init", "init", "cmd/veto/a.go", `package main
func init() {} // bad
type t int
func (t) init() {}
`},
		{"state", "variables", "engine/a.go", `package engine
import "sync"
var table = [4]int{1, 2}
var names map[string]int
var lock sync.Mutex // bad
var point struct{ x int }
var count = 0
func f(list []int) {
	count++ // bad
	count = 1 // bad
	table[2] = 1 // bad
	point.x = 3 // bad
	delete(names, "") // bad
	copy(table[:], list) // bad
	for count = range list { // bad
	}
	table := table
	table[1] = count
	for i, x := range list {
		list[i] = x
	}
}
`},
		{"goroutine", "goroutine", "filter/a.go", `package filter
func f() {
	go f() // bad
	defer f()
}
`},
		{"panic", "panic", "lists/a.go", `package lists
func f() { panic("no") } // bad
func g(panic func(string)) { panic("yes") }
`},
		{"panic", "command", "lists/gen/a.go", "package main\nfunc f() { panic(1) }\n"},
		{"exit", "library", "server/a.go", `package server
import (
	"log"
	"os"
)
func main() { os.Exit(1) } // bad
func f() { log.Fatalf("") } // bad
func g() { log.Print("") }
`},
		{"exit", "command", "cmd/veto/a.go", `package main
import sys "os"
func main() { sys.Exit(1) }
func run() { sys.Exit(2) } // bad
`},
		{"print", "library", "engine/a.go", `package engine
import "fmt"
func f() {
	fmt.Println() // bad
	println() // bad
	_ = fmt.Sprint()
}
`},
		{"secret", "conversion", "server/a.go", `package server
import "fmt"
type request struct{ Password, OldPassword, Account []byte }
func f(r *request, pw []byte) {
	_ = string(r.Password) // bad
	_ = string(r.OldPassword[1:]) // bad
	_ = string(pw) // bad
	_ = string(r.Account)
	_ = fmt.Sprintf("%s", pw) // bad
	_ = fmt.Sprint(len(pw))
	_ = f2(r.Password)
}
func f2([]byte) int { return 0 }
`},
		{"secret", "elsewhere", "bench/a.go", "package bench\nfunc f(pw []byte) string { return string(pw) }\n"},
		{"path", "literals and comments", "cmd/veto/a.go", `package main
// See /Users/me/notes. // bad
const a = "/tmp/x" // bad
const b = "unix:/home/me" // bad
const c = "/run/veto/veto.sock"
const d = "https://example.com/home/tmp"
const e = "/homepage"
`},
		{"documented", "names", "lists/a.go", `package lists
func A() {} // bad
// C is not B.
func B() {} // bad
// C is right.
func C() {}
type D struct{} // bad
func (*D) E() {} // bad
type f struct{}
func (f) G() {}
// The group.
const (
	H = 1
	I = 2
)
var J = 1 // bad
var (
	K = 2 // with a comment
	l = 3
)
`},
		{"package", "second comment", "lists/z.go", "// Package lists is two. // bad\npackage lists\n"},
		{"name", "file", "lists/string_util.go", "package lists // bad\n"},
		{"name", "test", "lists/helpers_test.go", "package lists // bad\n"},
		{"name", "folder", "lists/common/a.go", "package common // bad\n"},
	}
	covered := map[string]bool{}
	for _, test := range tests {
		t.Run(test.rule+"/"+test.name, func(t *testing.T) {
			dir := test.path[:strings.LastIndex(test.path, "/")]
			name := strings.Fields(test.source[strings.Index(test.source, "package ")+8:])[0]
			fsys := tree(map[string]string{test.path: test.source, dir + "/doc.go": doc(name)})
			var want []int
			for i, line := range strings.Split(test.source, "\n") {
				if strings.HasSuffix(line, "// bad") {
					want = append(want, i+1)
				}
			}
			findings, err := Check(fsys, Exceptions{})
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, f := range findings {
				if f.Rule == test.rule && f.File == test.path {
					got = append(got, f.Line)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("findings on lines %v, want %v:\n%v", got, want, findings)
			}
			covered[test.rule] = covered[test.rule] || len(got) > 0
		})
	}
	for _, rule := range rules {
		if !covered[rule.name] {
			t.Errorf("no test makes rule %s find something", rule.name)
		}
	}
}

func TestMarkers(t *testing.T) {
	fsys := tree(map[string]string{"docs/a.md": "one\n<<<<<<< HEAD\ntwo\n=======\n>>>>>>> other\n", "bin/b.md": "<<<<<<< HEAD\n"})
	findings, err := Check(fsys, Exceptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Finding{{"docs/a.md", 2, "marker", "unresolved merge"}, {"docs/a.md", 5, "marker", "unresolved merge"}}
	if !slices.Equal(findings, want) {
		t.Errorf("found %v, want %v", findings, want)
	}
}

func TestPackageComment(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  string // part of the finding; none if empty
	}{
		{"right", map[string]string{"lists/doc.go": doc("lists"), "lists/a.go": "package lists\n"}, ""},
		{"missing", map[string]string{"lists/a.go": "package lists\n"}, "has no comment"},
		{"elsewhere", map[string]string{"lists/a.go": doc("lists")}, "belongs into doc.go"},
		{"other words", map[string]string{"lists/doc.go": "// Lists.\npackage lists\n"}, "begins with other words"},
		{"command", map[string]string{"cmd/veto/main.go": "// Veto checks.\npackage main\n"}, ""},
		{"tests only", map[string]string{"lists/a_test.go": "package lists_test\n"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { expect(t, test.files, Exceptions{}, test.want) })
	}
}

func TestLengths(t *testing.T) {
	fill := func(head, line, tail string, lines int) string {
		return doc("lists") + head + strings.Repeat(line, lines) + tail
	}
	function := func(lines int) map[string]string {
		return map[string]string{"lists/doc.go": fill("type t[K any] struct{}\nfunc (*t[K]) f() {\n", "\t_ = 1\n", "}\n", lines-2)}
	}
	long := map[string]string{"lists/doc.go": fill("", "// line\n", "", maxFileLines-1)}
	generated := map[string]string{"lists/doc.go": "// Code generated by gen. DO NOT EDIT.\n\n" + long["lists/doc.go"]}
	tests := []struct {
		name  string
		files map[string]string
		e     Exceptions
		want  string
	}{
		{"function", function(maxFunctionLines), Exceptions{}, ""},
		{"long function", function(maxFunctionLines + 1), Exceptions{}, "lists.(*t).f has 81 lines"},
		{"excused function", function(maxFunctionLines + 1), Exceptions{Functions: map[string]string{"lists.(*t).f": "hot"}}, ""},
		{"no reason", function(maxFunctionLines + 1), Exceptions{Functions: map[string]string{"lists.(*t).f": ""}}, "no exception"},
		{"stale function", function(maxFunctionLines), Exceptions{Functions: map[string]string{"lists.(*t).f": "hot"}}, "without use"},
		{"long file", long, Exceptions{}, "lists/doc.go has 601 lines"},
		{"excused file", long, Exceptions{Files: map[string]string{"lists/doc.go": "table"}}, ""},
		{"generated file", generated, Exceptions{}, ""},
		{"stale file", nil, Exceptions{Files: map[string]string{"lists/doc.go": "table"}}, "without use"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { expect(t, test.files, test.e, test.want) })
	}
}

// expect wants exactly one finding that contains a text, or none.
func expect(t *testing.T, files map[string]string, e Exceptions, want string) {
	t.Helper()
	findings, err := Check(tree(files), e)
	switch {
	case err != nil:
		t.Error(err)
	case want == "" && len(findings) != 0:
		t.Errorf("unexpected: %v", findings)
	case want != "" && (len(findings) != 1 || !strings.Contains(findings[0].String(), want)):
		t.Errorf("got %v, want one that contains %q", findings, want)
	}
}

func TestUnparsable(t *testing.T) {
	if _, err := Check(tree(map[string]string{"lists/doc.go": "package"}), Exceptions{}); err == nil {
		t.Error("no error for a file that is no Go")
	}
}

func TestSkipped(t *testing.T) {
	bad := "package a\nfunc init() {}\n"
	files := map[string]string{".cache/a.go": bad, "lists/testdata/a.go": bad, "_old/a.go": bad, "bin/a.go": bad}
	expect(t, files, Exceptions{}, "")
}

// TestDirection makes sure the table of directions has no cycle.
func TestDirection(t *testing.T) {
	var visit func(part string, above []string)
	visit = func(part string, above []string) {
		if slices.Contains(above, part) {
			t.Fatalf("cycle: %v, %s", above, part)
		}
		for _, below := range direction[part] {
			if _, ok := direction[below]; !ok {
				t.Errorf("%s may import %s, which has no row", part, below)
			}
			visit(below, append(slices.Clone(above), part))
		}
	}
	for _, part := range slices.Sorted(maps.Keys(direction)) {
		visit(part, nil)
	}
}
