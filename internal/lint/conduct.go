package lint

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// The parts that are pure: no state, no goroutines.
var pure = []string{"engine", "filter"}

// The parts that are libraries for others: no panics.
var libraries = []string{"engine", "filter", "config", "lists", "live", "server", "remote", "client", "internal/model"}

// The parts that hold passwords.
var confidential = []string{"engine", "lists", "live", "server", "remote", "client", "cmd"}

func checkInit(f *folder, report report) {
	for _, s := range f.files {
		for _, d := range s.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				report(fn.Pos(), "init functions are not used here")
			}
		}
	}
}

// checkState finds package-level variables that change. It sees assignments
// and the built-in functions that write; writes through a pointer or by a
// method it doesn't see, except to types of sync.
func checkState(f *folder, report report) {
	if !slices.Contains(pure, top(f.path)) {
		return
	}
	written := func(x ast.Expr) {
		if v := f.global(x); v != nil {
			report(x.Pos(), "package-level variable %s is changed", v.Name())
		}
	}
	f.every(func(_ *file, n ast.Node) {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				written(x)
			}
		case *ast.IncDecStmt:
			written(n.X)
		case *ast.RangeStmt:
			written(n.Key)
			written(n.Value)
		case *ast.CallExpr:
			if slices.Contains([]string{"copy", "clear", "delete"}, f.builtin(n)) && len(n.Args) > 0 {
				written(n.Args[0])
			}
		}
	})
	for _, s := range f.files {
		for _, d := range s.syntax.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				checkSync(f, g, report)
			}
		}
	}
}

func checkSync(f *folder, variables *ast.GenDecl, report report) {
	ast.Inspect(variables, func(n ast.Node) bool {
		if path, name := f.qualified(n); path == "sync" || path == "sync/atomic" {
			report(n.Pos(), "package-level variable holds a %s.%s", path, name)
		}
		return true
	})
}

func checkGoroutines(f *folder, report report) {
	if !slices.Contains(pure, top(f.path)) {
		return
	}
	f.every(func(_ *file, n ast.Node) {
		if g, ok := n.(*ast.GoStmt); ok {
			report(g.Pos(), "%s starts no goroutines", f.path)
		}
	})
}

func checkPanics(f *folder, report report) {
	if !slices.Contains(libraries, top(f.path)) || !f.library() {
		return
	}
	f.every(func(_ *file, n ast.Node) {
		if call, ok := n.(*ast.CallExpr); ok && f.builtin(call) == "panic" {
			report(call.Pos(), "libraries return errors, they don't panic")
		}
	})
}

// checkExits keeps the end of the process in the functions main.
func checkExits(f *folder, report report) {
	for _, s := range f.files {
		for _, d := range s.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Name.Name == "main" && f.name == "main" {
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				path, name := f.qualified(n)
				if path == "os" && name == "Exit" || path == "log" && (strings.HasPrefix(name, "Fatal") || strings.HasPrefix(name, "Panic")) {
					report(n.Pos(), "%s.%s outside main", path, name)
				}
				return true
			})
		}
	}
}

// checkPrints keeps libraries from writing where nobody asked them to.
func checkPrints(f *folder, report report) {
	if !f.library() {
		return
	}
	f.every(func(_ *file, n ast.Node) {
		if path, name := f.qualified(n); path == "fmt" && strings.HasPrefix(name, "Print") {
			report(n.Pos(), "fmt.%s in a library", name)
		}
		if call, ok := n.(*ast.CallExpr); ok && slices.Contains([]string{"print", "println"}, f.builtin(call)) {
			report(n.Pos(), "built-in %s", f.builtin(call))
		}
	})
}

// checkSecrets finds passwords turned into strings, which can't be wiped, or
// given to a formatter or logger.
func checkSecrets(f *folder, report report) {
	if !slices.Contains(confidential, top(f.path)) {
		return
	}
	f.every(func(_ *file, n ast.Node) {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return
		}
		path, name := f.qualified(call.Fun)
		conversion := f.conversion(call)
		sink := slices.Contains([]string{"fmt", "log", "log/slog", "errors"}, path)
		if !conversion && !sink {
			return
		}
		for _, arg := range call.Args {
			if secret := secretName(arg); secret != "" && conversion {
				report(arg.Pos(), "%s becomes a string, which can't be wiped", secret)
			} else if secret != "" {
				report(arg.Pos(), "%s is handed to %s.%s", secret, path, name)
			}
		}
	})
}

// conversion reports whether the call converts to string.
func (f *folder) conversion(call *ast.CallExpr) bool {
	id, ok := call.Fun.(*ast.Ident)
	return ok && f.uses[id] == types.Universe.Lookup("string")
}

var secretNames = regexp.MustCompile(`(?i)^(old|new|current)?_?(password|passwd|passphrase|pw|pwd)$`)

// secretName returns the name of the password that an expression is or is a
// part of, or "".
func secretName(x ast.Expr) string {
	name := ""
	switch e := x.(type) {
	case *ast.Ident:
		name = e.Name
	case *ast.SelectorExpr:
		name = e.Sel.Name
	case *ast.SliceExpr:
		return secretName(e.X)
	case *ast.ParenExpr:
		return secretName(e.X)
	}
	if !secretNames.MatchString(name) {
		return ""
	}
	return name
}

// machinePath matches absolute paths that exist on one machine only.
var machinePath = regexp.MustCompile("(?:^|[\\s\"'`(=:])/(work|tmp|home|root|Users)(/|\\b)")

func checkPaths(f *folder, report report) {
	for _, s := range f.files {
		tokens := f.fset.File(s.syntax.Pos())
		for i, line := range strings.Split(string(s.text), "\n") {
			if m := machinePath.FindStringSubmatch(line); m != nil {
				report(tokens.LineStart(i+1), "path below /%s", m[1])
			}
		}
	}
}
