package breach

import (
	"golang.org/x/sys/cpu"

	"github.com/vetopw/veto/filter"
)

// read is readGeneric, with 32 digits of a hash at once if the processor can.
func (f *plainLines) read(records []filter.Record, buf []byte, at, end int) (lines, next int) {
	if !cpu.X86.HasAVX2 || at >= end || len(records) == 0 {
		return f.readGeneric(records, buf, at, end)
	}
	_, _ = buf[at-int(f.skip)], buf[end+tailBytes-1] // the bounds of what is read
	lines, n := readAVX2(f, &records[0], len(records), &buf[at], end-at)
	return lines, at + n
}

// readAVX2 reads at most room lines of n bytes and returns how many lines and
// bytes it has read. The record behind the last one, if there is room, is garbage.
//
//go:noescape
func readAVX2(f *plainLines, records *filter.Record, room int, text *byte, n int) (lines, read int)
