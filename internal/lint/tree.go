package lint

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// modulePath is the path that our own imports begin with.
const modulePath = "github.com/vetopw/veto"

// A folder is the package in one folder, with its tests.
type folder struct {
	path  string // slash-separated, relative to the root of the tree
	name  string // of the package
	fset  *token.FileSet
	files []*file // without tests
	tests []*file
	uses  map[*ast.Ident]types.Object
	scope *types.Scope // package-level names
}

// A file is one Go source file.
type file struct {
	path      string
	text      []byte
	syntax    *ast.File
	generated bool
}

// readTree parses every Go file below the root. Hidden folders, testdata and
// vendor are skipped.
func readTree(tree fs.FS) ([]*folder, error) {
	var folders []*folder
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() {
			return nil
		}
		if skipped(name) {
			return fs.SkipDir
		}
		f, err := readFolder(tree, name)
		if f != nil {
			folders = append(folders, f)
		}
		return err
	})
	return folders, err
}

func skipped(dir string) bool {
	base := path.Base(dir)
	return dir != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) ||
		base == "testdata" || base == "vendor" || dir == "bin"
}

// readFolder returns nil for a folder without Go files.
func readFolder(tree fs.FS, dir string) (*folder, error) {
	names, err := fs.Glob(tree, path.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		return nil, err
	}
	f := &folder{path: dir, fset: token.NewFileSet()}
	for _, name := range names {
		source, err := readFile(tree, f.fset, name)
		switch {
		case err != nil:
			return nil, err
		case strings.HasSuffix(name, "_test.go"):
			f.tests = append(f.tests, source)
		default:
			f.files = append(f.files, source)
			f.name = source.syntax.Name.Name
		}
	}
	f.resolve()
	return f, nil
}

func readFile(tree fs.FS, fset *token.FileSet, name string) (*file, error) {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	syntax, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", name, err)
	}
	return &file{name, text, syntax, ast.IsGenerated(syntax)}, nil
}

// resolve finds out what each identifier stands for, as far as this folder
// alone can tell: imported packages stay empty, which no rule minds.
func (f *folder) resolve() {
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: noImports{}, Error: func(error) {}, FakeImportC: true}
	syntax := make([]*ast.File, len(f.files))
	for i, s := range f.files {
		syntax[i] = s.syntax
	}
	p, _ := config.Check(f.path, f.fset, syntax, &info)
	f.uses, f.scope = info.Uses, p.Scope()
}

// noImports makes the type checker do without imported packages.
type noImports struct{}

func (noImports) Import(string) (*types.Package, error) { return nil, errors.New("not imported") }

// top returns the first element of the path, two below internal: the unit that
// the direction of imports is about.
func top(dir string) string {
	parts := strings.Split(dir, "/")
	if parts[0] == "internal" && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// library reports whether the folder is a package for others to import.
func (f *folder) library() bool { return f.name != "main" && f.name != "" }

// every calls visit for each node of the files, tests excluded.
func (f *folder) every(visit func(*file, ast.Node)) {
	for _, s := range f.files {
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if n != nil {
				visit(s, n)
			}
			return true
		})
	}
}

// global returns the package-level variable that an expression such as v,
// v.f, v[i] or *v is part of, or nil.
func (f *folder) global(x ast.Expr) types.Object {
	for {
		switch e := x.(type) {
		case *ast.Ident:
			v, ok := f.uses[e].(*types.Var)
			if !ok || v.Parent() != f.scope {
				return nil
			}
			return v
		case *ast.SelectorExpr:
			x = e.X
		case *ast.IndexExpr:
			x = e.X
		case *ast.SliceExpr:
			x = e.X
		case *ast.StarExpr:
			x = e.X
		case *ast.ParenExpr:
			x = e.X
		default:
			return nil
		}
	}
}

// builtin returns the name of the built-in function that a call is of, or "".
func (f *folder) builtin(call *ast.CallExpr) string {
	name, ok := call.Fun.(*ast.Ident)
	if !ok {
		return ""
	}
	if _, ok := f.uses[name].(*types.Builtin); !ok {
		return ""
	}
	return name.Name
}

// qualified splits a selector such as fmt.Print into the import path and the
// name; the path is empty for anything else.
func (f *folder) qualified(x ast.Node) (importPath, name string) {
	selector, ok := x.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	id, ok := selector.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	p, ok := f.uses[id].(*types.PkgName)
	if !ok {
		return "", ""
	}
	return p.Imported().Path(), selector.Sel.Name
}

func (s *file) lines() int {
	n := bytes.Count(s.text, []byte("\n"))
	if !bytes.HasSuffix(s.text, []byte("\n")) {
		n++
	}
	return n
}

func (f *folder) all() []*file { return slices.Concat(f.files, f.tests) }
