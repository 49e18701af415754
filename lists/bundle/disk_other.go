//go:build !unix && !windows

package bundle

import "os"

// lock does nothing: that one process has the folder is left to who configures it.
func lock(*os.File) (bool, error) { return true, nil }

// syncFolder does nothing: folders cannot be synchronized here.
func syncFolder(string) error { return nil }
