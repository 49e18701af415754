package local

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// appendUTF8 appends UTF-16LE as UTF-8, at most three bytes for two of src. Nothing
// is lost: what is no valid UTF-16 becomes what is no valid UTF-8, a lone
// surrogate its three bytes and half a unit at the end 0xFF. src may lie behind
// dst in the same memory, by half its length at least: then each unit is read
// before its place is written to.
func appendUTF8(dst, src []byte) []byte {
	for len(src) > 1 {
		unit := rune(binary.LittleEndian.Uint16(src))
		src = src[2:]
		if utf16.IsSurrogate(unit) {
			var low rune
			if len(src) > 1 {
				low = rune(binary.LittleEndian.Uint16(src))
			}
			if pair := utf16.DecodeRune(unit, low); pair != utf8.RuneError {
				dst = utf8.AppendRune(dst, pair)
				src = src[2:]
				continue
			}
			dst = append(dst, 0xE0|byte(unit>>12), 0x80|byte(unit>>6)&0x3F, 0x80|byte(unit)&0x3F)
			continue
		}
		dst = utf8.AppendRune(dst, unit)
	}
	if len(src) > 0 {
		dst = append(dst, 0xFF)
	}
	return dst
}
