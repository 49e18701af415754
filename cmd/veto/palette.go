package main

import (
	"io"
	"os"
)

// palette colors text for a terminal. The zero value leaves it as it is.
type palette struct{ on bool }

// paletteFor returns the palette for w: colors on a terminal unless NO_COLOR
// (https://no-color.org) or TERM=dumb forbids them.
func paletteFor(w io.Writer) palette {
	f := terminal(w)
	return palette{f != nil && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && enableColors(f)}
}

// The colors are the parameters of the escape sequence "select graphic rendition".
const (
	plain  = ""
	bold   = "1"
	dim    = "2"
	red    = "1;31"
	green  = "1;32"
	yellow = "33"
)

// append appends text in the color to dst.
func (p palette) append(dst []byte, color, text string) []byte {
	if !p.on || color == plain {
		return append(dst, text...)
	}
	dst = append(dst, "\x1b["...)
	dst = append(dst, color...)
	dst = append(dst, 'm')
	dst = append(dst, text...)
	return append(dst, "\x1b[0m"...)
}
