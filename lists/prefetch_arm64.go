package lists

import "unsafe"

// prefetch asks for memory without waiting for it.
//
//go:noescape
func prefetch(p unsafe.Pointer)
