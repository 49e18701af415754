package main

import (
	"fmt"
	"strconv"
	"strings"
)

// byteSize is a number of bytes, as a flag and in texts.
type byteSize int64

// minMemory is the least that --memory takes.
const minMemory byteSize = 16e6

// byteUnits is the one table of units. The decimal ones are written.
var byteUnits = []struct {
	name  string
	bytes int64
}{
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3},
	{"TIB", 1 << 40}, {"GIB", 1 << 30}, {"MIB", 1 << 20}, {"KIB", 1 << 10},
	{"T", 1 << 40}, {"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"B", 1}, {"", 1},
}

// String returns the size with three digits and a unit.
func (b byteSize) String() string {
	for _, u := range byteUnits[:4] {
		if int64(b) >= u.bytes {
			return fmt.Sprintf("%.3g %s", float64(b)/float64(u.bytes), u.name)
		}
	}
	return fmt.Sprintf("%d B", int64(b))
}

// Set parses a number with a unit, such as 512MB or 1GiB.
func (b *byteSize) Set(text string) error {
	text = strings.ToUpper(strings.ReplaceAll(text, " ", ""))
	digits := strings.TrimRight(text, "BIKMGT")
	n, err := strconv.ParseFloat(digits, 64)
	for _, u := range byteUnits {
		if err != nil || u.name != text[len(digits):] {
			continue
		}
		if size := n * float64(u.bytes); size >= float64(minMemory) && size < 1<<60 {
			*b = byteSize(size)
			return nil
		}
	}
	return fmt.Errorf("must be a size of at least %s, such as 512MB or 2GiB", minMemory)
}

// Type returns the name that help shows for the value.
func (b *byteSize) Type() string { return "size" }
