package lists

import (
	"strings"
	"unicode/utf8"
)

// formula are the characters that make a spreadsheet take a cell for a formula
// (OWASP, CSV Injection).
const formula = "=+-@\t\r\n＝＋－＠"

// GuardCell returns the cell of a CSV file that shows text as it is: with one more
// apostrophe in front where a spreadsheet would evaluate what follows.
func GuardCell(text string) string {
	if startsFormula(text) {
		return "'" + text
	}
	return text
}

// UnguardCell returns the text that GuardCell made a cell of.
func UnguardCell(cell string) string {
	if text, ok := strings.CutPrefix(cell, "'"); ok && startsFormula(text) {
		return text
	}
	return cell
}

// startsFormula reports whether a formula begins behind any apostrophes.
func startsFormula(text string) bool {
	first, size := utf8.DecodeRuneInString(strings.TrimLeft(text, "'"))
	return size > 0 && strings.ContainsRune(formula, first)
}
