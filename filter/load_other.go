//go:build !linux

package filter

// load reads b, a part of a mapping that begins with a page of memory, and reports
// whether it is now independent of the file.
func load(b []byte) bool {
	willNeed(b)
	touch(b)
	return false
}
