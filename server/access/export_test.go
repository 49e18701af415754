package access

// WatchEvery is Watch at another interval.
var WatchEvery = watch

// ScopeRows returns the rows of the table in docs/API.md.
func ScopeRows() (rows []string) {
	for _, s := range scopeNames {
		rows = append(rows, "| `"+s.name+"` | "+s.doc+" |")
	}
	return rows
}
