//go:build !unix

package durable

import (
	"io/fs"
	"os"
)

// SyncFolder does nothing: folders cannot be synchronized here.
func SyncFolder(string) error { return nil }

// inherit does nothing: access lists are left to who configures them.
func inherit(*os.File, fs.FileInfo) {}
