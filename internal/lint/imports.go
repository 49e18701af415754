package lint

import (
	"slices"
	"strconv"
	"strings"
)

// direction says what each part of the tree may import of ours, outside tests.
// The parts that no row names are imported by nobody.
var direction = map[string][]string{
	"engine":           {},
	"filter":           {"internal/memory"},
	"internal/lint":    {},
	"internal/memory":  {},
	"internal/model":   {},
	"config":           {"engine"},
	"lists":            {"engine", "filter", "remote", "internal/durable", "internal/memory"},
	"live":             {"config", "lists", "engine", "filter"},
	"remote":           {},
	"client":           {"remote", "engine"},
	"internal/durable": {},
	"messages":         {"engine"},
	"server":           {"live", "config", "lists", "messages", "remote", "engine", "filter", "internal/durable"},
	"cmd":              {"client", "config", "server", "live", "lists", "messages", "remote", "engine", "filter", "internal/durable"},
	"bench":            {"server", "live", "config", "lists", "engine", "filter"},
	"examples":         {"lists", "engine"},
	"fuzz":             {"internal/model", "server", "lists", "engine", "filter"},
}

// leaves says what the leaf packages may not import of the standard library
// ("net" covers net/http) and what they may import from elsewhere.
var leaves = map[string]struct{ forbidden, allowed []string }{
	"engine": {
		forbidden: []string{"net", "os", "log", "time", "math/rand", "crypto/rand", "io/ioutil", "syscall"},
		allowed:   []string{"golang.org/x/sys/cpu", "golang.org/x/text"},
	},
	"filter": {
		forbidden: []string{"net", "log", "time", "math/rand", "crypto/rand", "io/ioutil"},
		allowed:   []string{"golang.org/x/sys", "github.com/bits-and-blooms/bloom/v3", "github.com/cespare/xxhash/v2"},
	},
}

func checkImports(f *folder, report report) {
	part := top(f.path)
	for _, s := range f.files {
		for _, spec := range s.syntax.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				continue
			}
			if ours, ok := strings.CutPrefix(imported, modulePath+"/"); ok {
				if allowed, ok := direction[part]; !ok {
					report(spec.Pos(), "%s has no row in the table of import directions", part)
				} else if t := top(ours); t != part && !slices.Contains(allowed, t) {
					report(spec.Pos(), "%s may not import %s", part, ours)
				}
			} else if leaf, ok := leaves[part]; ok {
				if within(imported, leaf.forbidden) || external(imported) && !within(imported, leaf.allowed) {
					report(spec.Pos(), "%s may not import %s", part, imported)
				}
			}
		}
	}
}

// within reports whether the import path is one of the trees.
func within(path string, trees []string) bool {
	return slices.ContainsFunc(trees, func(tree string) bool {
		return path == tree || strings.HasPrefix(path, tree+"/")
	})
}

// external reports whether the import path is outside the standard library.
func external(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".")
}
