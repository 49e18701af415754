//go:build !windows

package main

import "os"

// enableColors reports whether the terminal understands escape sequences.
func enableColors(*os.File) bool { return true }
