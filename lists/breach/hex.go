package breach

import "math/bits"

// Constants of arithmetic on eight bytes at once.
const (
	eachByte = 0x0101010101010101
	eachHigh = 0x8080808080808080
)

// hexValue decodes eight hexadecimal digits of either case, the first in the
// lowest byte, to four bytes, the first in the lowest.
func hexValue(x uint64) uint64 {
	n := x&(0x0f*eachByte) + (x>>6&eachByte)*9
	n = (n<<4 | n>>8) & 0x00ff00ff00ff00ff
	n = (n | n>>8) & 0x0000ffff0000ffff
	return (n | n>>16) & 0xffffffff
}

// hexFault returns a value without the bits of eachHigh if all eight bytes are
// hexadecimal digits.
func hexFault(x uint64) uint64 {
	digit := x ^ 0x30*eachByte                    // 0 to 9
	letter := (x | 0x20*eachByte) ^ 0x60*eachByte // 1 to 6
	noDigit := digit + 0x76*eachByte
	noLetter := ^(letter + 0x7f*eachByte) | (letter + 0x79*eachByte)
	return x | noDigit&noLetter
}

// decimal reads the decimal digits that x, the first character in its lowest
// byte, begins with. Of eight digits there may be more behind.
func decimal(x uint64) (value uint64, digits int) {
	t := x ^ 0x30*eachByte
	other := ((t + 0x76*eachByte) | t) & eachHigh // carries reach later bytes only
	digits = bits.TrailingZeros64(other) >> 3
	t <<= uint(64 - 8*digits)
	t = (t*10 + t>>8) & 0x00ff00ff00ff00ff
	t = (t*100 + t>>16) & 0x0000ffff0000ffff
	return (t*10000 + t>>32) & 0xffffffff, digits
}
