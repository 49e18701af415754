package lint

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"slices"
)

// Finding is one breach of a house rule.
type Finding struct {
	File   string // path below the root of the tree
	Line   int    // from 1
	Rule   string // name of the rule
	Detail string // what is wrong, and what to do where that isn't plain
}

// String returns the finding in the form of a compiler's message.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", f.File, f.Line, f.Rule, f.Detail)
}

// Exceptions lists what may be longer than the rules allow, each with a reason.
type Exceptions struct {
	Functions map[string]string // by folder and name: "engine.(*scan).step", "cmd/veto.run"
	Files     map[string]string // by path: "engine/score.go"
}

// report records a finding at a position.
type report func(at token.Pos, format string, args ...any)

// The rules, by name. Each looks at one folder.
var rules = []struct {
	name  string
	check func(*folder, report)
}{
	{"import", checkImports},
	{"init", checkInit},
	{"state", checkState},
	{"goroutine", checkGoroutines},
	{"panic", checkPanics},
	{"exit", checkExits},
	{"print", checkPrints},
	{"secret", checkSecrets},
	{"path", checkPaths},
	{"documented", checkDocumented},
	{"package", checkPackageComment},
	{"name", checkNames},
}

// Check applies every rule to the tree and returns the findings by file and
// line. It fails if a file can't be read or parsed.
func Check(tree fs.FS, e Exceptions) ([]Finding, error) {
	folders, err := readTree(tree)
	if err != nil {
		return nil, err
	}
	var findings []Finding
	for _, f := range folders {
		for _, rule := range rules {
			rule.check(f, func(at token.Pos, format string, args ...any) {
				p := f.fset.Position(at)
				findings = append(findings, Finding{p.Filename, p.Line, rule.name, fmt.Sprintf(format, args...)})
			})
		}
	}
	findings = append(findings, checkLengths(folders, e)...)
	markers, err := checkMarkers(tree)
	if err != nil {
		return nil, err
	}
	findings = append(findings, markers...)
	slices.SortFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), a.Line-b.Line, cmp.Compare(a.Rule, b.Rule))
	})
	return findings, nil
}

const (
	maxFunctionLines = 80
	maxFileLines     = 600
)

// checkLengths finds functions and files that are too long, tests' functions
// (which hold tables) and generated files apart, and exceptions without use.
func checkLengths(folders []*folder, e Exceptions) []Finding {
	var findings []Finding
	used := map[string]bool{}
	judge := func(at token.Position, key string, lines, limit int, reason string) {
		if lines <= limit {
			return
		}
		used[key] = true
		if reason == "" {
			findings = append(findings, Finding{at.Filename, at.Line, "length",
				fmt.Sprintf("%s has %d lines, more than %d, and no exception", key, lines, limit)})
		}
	}
	for _, f := range folders {
		for _, s := range f.all() {
			if !s.generated {
				judge(token.Position{Filename: s.path, Line: 1}, s.path, s.lines(), maxFileLines, e.Files[s.path])
			}
		}
		for key, d := range f.functions() {
			start, end := f.fset.Position(d.Pos()), f.fset.Position(d.End())
			judge(start, key, end.Line-start.Line+1, maxFunctionLines, e.Functions[key])
		}
	}
	for _, exceptions := range []map[string]string{e.Functions, e.Files} {
		for key := range exceptions {
			if !used[key] {
				findings = append(findings, Finding{key, 1, "length", "exception without use"})
			}
		}
	}
	return findings
}

// functions yields the declared functions, tests and generated files apart, by
// the names that Exceptions uses.
func (f *folder) functions() func(yield func(string, *ast.FuncDecl) bool) {
	return func(yield func(string, *ast.FuncDecl) bool) {
		for _, s := range f.files {
			for _, d := range s.syntax.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || s.generated {
					continue
				}
				if !yield(f.path+"."+functionName(fn), fn) {
					return
				}
			}
		}
	}
}

func functionName(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return fn.Name.Name
	}
	receiver, pointer := receiverName(fn)
	if pointer {
		receiver = "*" + receiver
	}
	return "(" + receiver + ")." + fn.Name.Name
}

// receiverName returns the name of a method's type, without type parameters.
func receiverName(fn *ast.FuncDecl) (name string, pointer bool) {
	x := fn.Recv.List[0].Type
	for {
		switch e := x.(type) {
		case *ast.StarExpr:
			x, pointer = e.X, true
		case *ast.ParenExpr:
			x = e.X
		case *ast.IndexExpr:
			x = e.X
		case *ast.IndexListExpr:
			x = e.X
		case *ast.Ident:
			return e.Name, pointer
		default:
			return "", pointer
		}
	}
}
