package server

import "strings"

const listPath = "/v1/lists/"

// listName returns the full name of the list that a path names: a name without a
// slash is that of a custom list, unless it is the global one's.
func listName(name string) (string, bool) {
	return name, !strings.Contains(name, "/")
}
