//go:build !unix && !windows

package bundle

import "os"

// lock does nothing: that one process has the folder is left to who configures it.
func lock(*os.File) (bool, error) { return true, nil }
