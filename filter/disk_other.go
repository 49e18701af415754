//go:build !unix

package filter

import "os"

// openMoves says that a file is to be closed before it is renamed or removed.
const openMoves = false

// lock does nothing: Windows does not remove files that are open.
func lock(*os.File) (bool, error) { return true, nil }

// syncFolder does nothing: folders cannot be synchronized here.
func syncFolder(string) error { return nil }
