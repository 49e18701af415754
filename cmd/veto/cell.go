package main

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// cell is one character of the password as it is drawn.
type cell struct {
	r     rune
	width int // terminal cells
}

// maskedCells returns n dots.
func maskedCells(n int) []cell {
	return slices.Repeat([]cell{{'•', 1}}, n)
}

// shownCells returns a cell for each character of the password.
func shownCells(password []byte) []cell {
	cells := make([]cell, 0, len(password))
	for len(password) > 0 {
		r, size := utf8.DecodeRune(password)
		cells = append(cells, showRune(r))
		password = password[size:]
	}
	return cells
}

// showRune returns how r is drawn. What would not stand in a cell of its own,
// or would command the terminal, is drawn as U+FFFD.
func showRune(r rune) cell {
	switch kind := width.LookupRune(r).Kind(); {
	case !unicode.IsPrint(r), unicode.Is(unicode.Variation_Selector, r):
		return cell{utf8.RuneError, 1}
	case kind == width.EastAsianWide, kind == width.EastAsianFullwidth:
		return cell{r, 2}
	}
	return cell{r, 1}
}

// appendCells appends the cells, which start at column, and returns the column
// behind them. The middle of a long row is left out.
func appendCells(dst []byte, cells []cell, column int) ([]byte, int) {
	total := 0
	for _, c := range cells {
		total += c.width
	}
	if total > maxPart {
		dst, column = appendWhile(dst, cells, column, maxPart/2)
		dst = append(dst, "…"...)
		tail := len(cells)
		for w := 0; w < maxPart/2; w += cells[tail].width {
			tail--
		}
		return appendWhile(dst, cells[tail:], column+1, maxPart)
	}
	return appendWhile(dst, cells, column, total)
}

// appendWhile appends cells until limit columns are used.
func appendWhile(dst []byte, cells []cell, column, limit int) ([]byte, int) {
	for used := 0; len(cells) > 0 && used < limit; cells = cells[1:] {
		if unicode.IsMark(cells[0].r) {
			dst = append(dst, "◌"...) // carries the mark
		}
		dst = utf8.AppendRune(dst, cells[0].r)
		used += cells[0].width
		column += cells[0].width
	}
	return dst, column
}
