//go:build !amd64

package breach

import "github.com/vetopw/veto/filter"

// read is readGeneric.
func (f *plainLines) read(records []filter.Record, buf []byte, at, end int) (lines, next int) {
	return f.readGeneric(records, buf, at, end)
}
