package main

import "bytes"

// table is text in columns.
type table []row

// row is one line of a table.
type row []field

// field is a text and its color.
type field struct{ color, text string }

// widths returns the width of each column, in terminal cells.
func (t table) widths() []int {
	var widths []int
	for _, r := range t {
		for i, f := range r {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], textWidth(f.text))
		}
	}
	return widths
}

// append appends the row and a line feed, with two spaces between columns and
// none at the end. Columns without width are left out.
func (r row) append(dst []byte, widths []int, colors palette) []byte {
	gap := 0
	for i, f := range r {
		if f.text != "" {
			dst = appendRepeat(dst, " ", gap)
			dst = colors.append(dst, f.color, f.text)
			gap = 0
		}
		if widths[i] > 0 {
			gap += widths[i] - textWidth(f.text) + 2
		}
	}
	return append(dst, '\n')
}

// textWidth returns how many terminal cells a text takes.
func textWidth(text string) (n int) {
	for _, r := range text {
		n += showRune(r).width
	}
	return n
}

func appendRepeat(dst []byte, text string, n int) []byte {
	return append(dst, bytes.Repeat([]byte(text), max(n, 0))...)
}
