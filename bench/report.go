package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// printHeader says what the figures below were measured with.
func printHeader(w io.Writer, title string) {
	fmt.Fprintf(w, "# %s\n# %s %s/%s, %d CPUs, %s, %s\n\n", title, runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), cpuModel(), time.Now().UTC().Format(time.DateOnly))
}

// cpuModel returns the processor's name where the system tells it.
func cpuModel() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown CPU"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown CPU"
}

// A table collects rows and prints them as Markdown, the first column to the
// left and the others to the right.
type table struct{ rows [][]string }

func newTable(heads ...string) *table { return &table{[][]string{heads}} }

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// print writes the table and an empty line. Rows may be shorter than the heads.
func (t *table) print(w io.Writer) {
	widths := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for i, row := range t.rows {
		for j, width := range widths {
			cell := ""
			if j < len(row) {
				cell = row[j]
			}
			fmt.Fprint(w, "| ", pad(cell, width, j == 0), " ")
		}
		fmt.Fprintln(w, "|")
		if i == 0 {
			printRule(w, widths)
		}
	}
	fmt.Fprintln(w)
}

func printRule(w io.Writer, widths []int) {
	for j, width := range widths {
		if j == 0 {
			fmt.Fprint(w, "|", strings.Repeat("-", width+2))
		} else {
			fmt.Fprint(w, "|", strings.Repeat("-", width+1), ":")
		}
	}
	fmt.Fprintln(w, "|")
}

func pad(cell string, width int, left bool) string {
	space := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(cell)))
	if left {
		return cell + space
	}
	return space + cell
}

// plural returns a number of things; a noun in ss ends in sses.
func plural(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "ss"):
		noun += "e"
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
