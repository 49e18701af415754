//go:build !unix && !windows

package filter

import (
	"errors"
	"os"
)

// mapFile cannot map here: the file is read into memory.
func mapFile(*os.File, int) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmap([]byte) {}

func willNeed([]byte) {}
