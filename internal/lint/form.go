package lint

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
)

// checkDocumented finds exported names without a comment that begins with
// them. For constants and variables the comment of the group is enough.
func checkDocumented(f *folder, report report) {
	for _, s := range f.files {
		for _, d := range s.syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if exported(d) {
					checkComment(d.Name, d.Doc, report)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					checkSpec(d, spec, report)
				}
			}
		}
	}
}

func checkSpec(d *ast.GenDecl, spec ast.Spec, report report) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		doc := spec.Doc
		if doc == nil && !d.Lparen.IsValid() {
			doc = d.Doc
		}
		if spec.Name.IsExported() {
			checkComment(spec.Name, doc, report)
		}
	case *ast.ValueSpec:
		grouped := d.Lparen.IsValid() && (d.Doc != nil || spec.Doc != nil || spec.Comment != nil)
		for _, name := range spec.Names {
			if name.IsExported() && !grouped {
				checkComment(name, d.Doc, report)
			}
		}
	}
}

func checkComment(name *ast.Ident, doc *ast.CommentGroup, report report) {
	if text := doc.Text(); text == "" {
		report(name.Pos(), "%s has no comment", name.Name)
	} else if first, _, _ := strings.Cut(text, " "); strings.Trim(first, ",:\n") != name.Name {
		report(name.Pos(), "the comment of %s begins with another word", name.Name)
	}
}

// exported reports whether others can call the function.
func exported(fn *ast.FuncDecl) bool {
	if fn.Recv != nil {
		if receiver, _ := receiverName(fn); !token.IsExported(receiver) {
			return false
		}
	}
	return fn.Name.IsExported()
}

// checkPackageComment wants one package comment, in doc.go for a library.
func checkPackageComment(f *folder, report report) {
	if len(f.files) == 0 {
		return
	}
	var holder *file
	for _, s := range f.files {
		if s.syntax.Doc == nil {
			continue
		}
		if holder != nil {
			report(s.syntax.Doc.Pos(), "second comment of package %s", f.name)
			return
		}
		holder = s
	}
	first := f.files[0].syntax
	switch {
	case holder == nil:
		report(first.Package, "package %s has no comment", f.name)
	case f.library() && path.Base(holder.path) != "doc.go":
		report(holder.syntax.Doc.Pos(), "the comment of package %s belongs into doc.go", f.name)
	case f.library() && !strings.HasPrefix(holder.syntax.Doc.Text(), "Package "+f.name+" "):
		report(holder.syntax.Doc.Pos(), "the comment of package %s begins with other words", f.name)
	}
}

// Names that say nothing.
var emptyNames = []string{
	"util", "utils", "common", "types", "helper", "helpers", "misc", "manager", "managers",
}

func checkNames(f *folder, report report) {
	for _, s := range f.all() {
		for _, part := range strings.FieldsFunc(strings.TrimSuffix(s.path, ".go"), func(r rune) bool { return r == '/' || r == '_' }) {
			if slices.Contains(emptyNames, part) {
				report(s.syntax.Package, "the name %q says nothing", part)
			}
		}
	}
	if slices.Contains(emptyNames, f.name) && !slices.Contains(emptyNames, path.Base(f.path)) {
		report(f.files[0].syntax.Package, "the name %q says nothing", f.name)
	}
}
