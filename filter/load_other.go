//go:build !linux

package filter

// load reads b, a part of a mapping, into memory.
func load(b []byte) {
	willNeed(b)
	touch(b)
}
