package server

import (
	"strings"

	"github.com/vetopw/veto/lists"
)

const listPath = "/v1/lists/"

// listName returns the full name of the list that a path names: without a slash
// it is that of a custom list, unless it is the global one's.
func listName(name string) (string, bool) {
	kind, own, slash := strings.Cut(name, "/")
	switch kind += "/"; {
	case name == lists.GlobalTermsName:
		return name, true
	case slash:
		known := kind == lists.CustomPrefix || kind == lists.BreachPrefix || kind == lists.GlobalTermsName+"/"
		return name, known && own != "" && !strings.Contains(own, "/")
	}
	return lists.CustomPrefix + name, kind != lists.CustomPrefix && kind != lists.BreachPrefix
}
