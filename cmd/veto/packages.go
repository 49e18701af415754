package main

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"unicode/utf16"
)

// filterName is the password filter for lsass: its file without .dll, and its entry
// among the notification packages.
const filterName = "veto-filter"

// errPackages is a list of notification packages that no edit can be trusted to
// leave as it is.
var errPackages = errors.New("malformed list, of which Windows reads only a part: repair it with regedit first")

// parsePackages returns the entries of a REG_MULTI_SZ value, UTF-16LE strings
// that end with a NUL each and an empty one behind the last. Final NULs may be
// missing or too many. The error is errPackages if writing the entries again would
// give other bytes, or has an effect on more than the end.
func parsePackages(data []byte) ([]string, error) {
	if len(data)%2 != 0 {
		return nil, errPackages
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(data[2*i:])
	}
	for len(units) > 0 && units[len(units)-1] == 0 {
		units = units[:len(units)-1]
	}
	if len(units) == 0 {
		return nil, nil
	}
	text := utf16.Decode(units)
	if !slices.Equal(utf16.Encode(text), units) {
		return nil, errPackages
	}
	packages := strings.Split(string(text), "\x00")
	if slices.Contains(packages, "") {
		return nil, errPackages
	}
	return packages, nil
}

// addPackage returns the packages with name behind the others, and whether it was
// missing. Names differ by more than case.
func addPackage(packages []string, name string) ([]string, bool) {
	if hasPackage(packages, name) {
		return packages, false
	}
	return append(slices.Clip(packages), name), true
}

// removePackage returns the packages without name, and whether it was there.
func removePackage(packages []string, name string) ([]string, bool) {
	if !hasPackage(packages, name) {
		return packages, false
	}
	return slices.DeleteFunc(slices.Clone(packages), func(p string) bool { return strings.EqualFold(p, name) }), true
}

func hasPackage(packages []string, name string) bool {
	return slices.ContainsFunc(packages, func(p string) bool { return strings.EqualFold(p, name) })
}
