package lint_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the figures of bench/results into the documents")

// A figure tells where the cells of a column of a document come from: a column
// of a table of bench/results. In a turned table it is the start of a row there,
// and the rows of the document are columns.
type figure struct {
	file, table, column string
	format              func(cell string) string
}

// A figureTable is a table of documents, known by its header. Rows maps the first
// cell of each of its rows to the start of one of the results.
type figureTable struct {
	header  string
	turned  bool
	rows    map[string]string
	columns []figure
}

const (
	speed, quality              = "speed.txt", "quality.txt"
	check, requests             = "one operation", "server"
	lookups, imports            = "lookup", "import"
	hundredM, billion           = "breach-100m.txt", "breach-1g.txt"
	console, pages              = "console.txt", "in a browser"
	refused                     = "% refused (95 % interval)"
	missedHead                  = "| in | target | measured |"
	small, entraRules, zxcvbnGo = "breach.txt", "the documented Entra rules, plainly written", "ccojocar/zxcvbn-go"
)

var judges = map[string]string{
	"Veto, profile `default`": "veto", "Veto, profile `entra`": "veto entra", entraRules + ", Veto's terms": "Entra rules", zxcvbnGo + ", score 3": "zxcvbn-go",
	"zxcvbn, score 3": "zxcvbn", "zxcvbn-ts, score 3": "zxcvbn-ts", "libpwquality": "libpwquality", "cracklib": "cracklib", "passwdqc": "passwdqc",
}

var checks = map[string]string{
	"SHA-1 of the password, for scale": "SHA-1 of 12 bytes", "Veto, profile `default`": "veto, profile default", "Veto, profile `default`, with 10^8 breached hashes": "veto, with 100 million breached",
	"Veto, profile `default`, just after other work": "veto, just after other work", "Veto, profile `entra`": "veto, profile entra",
	entraRules: "plain Entra rules", zxcvbnGo: zxcvbnGo,
}

var callers = map[string]string{
	"empty handler of fasthttp": "empty fasthttp handler", "Veto": "veto", "the same engine behind net/http and encoding/json": "net/http + encoding/json",
}

func percents(rows ...string) []figure {
	var all []figure
	for _, row := range rows {
		all = append(all, figure{quality, refused, row, percent})
	}
	return all
}

var figureTables = []figureTable{
	{header: "| one check |", rows: checks, columns: []figure{
		{speed, check, "p50", times(1e-3, " µs")}, {speed, check, "p99", times(1e-3, " µs")}, {speed, check, "x SHA-1: p50", times(1, " ×")}, {speed, check, "allocations", times(1, "")}}},
	{header: "| requests to `/v1/check` |", rows: callers, columns: []figure{
		{speed, requests, "requests/s", times(1, "")}, {speed, requests, "p99 us", times(1e-3, " ms")}, {speed, requests, "CPU us", times(1, " µs")}}},
	{header: "| percent refused |", turned: true, rows: judges, columns: percents("**leaks**, mean", "**breach samples**, mean", "**rule sets**, mean", "**spray**, mean",
		"**custom: rules**, mean", "**custom: spray**, mean", "**evasions**, mean", "**strong**, mean", "**strong**, worst")},
	{header: "| lookup in 10^8 SHA-1 hashes |", rows: map[string]string{
		"Veto, index in memory": "veto", "Veto, mapped, Bloom filter first": "veto, mapped: Bloom filter first", "sort.Search over 64-bit keys": "sort.Search over []uint64",
		"bits-and-blooms/bloom/v3": "bits-and-blooms/bloom/v3 Test", "FastFilter/xorfilter, 16 bits": "FastFilter/xorfilter BinaryFuse16",
		"SHA-1 and lookup": "SHA-1 + veto", "SHA-1 and lookup, batches of 16": "SHA-1 + veto, batches of 16"}, columns: []figure{
		{hundredM, lookups, "hit ns", times(1, " ns")}, {hundredM, lookups, "miss ns", times(1, " ns")}, {hundredM, lookups, "x SHA-1: hit", times(1, " ×")}, {hundredM, lookups, "false positives", percentOf}}},
	{header: "| in 10^9 |", rows: map[string]string{
		"Veto, index in memory": "veto", "SHA-1 and lookup": "SHA-1 + veto", "SHA-1 and lookup, batches of 16": "SHA-1 + veto, batches of 16"}, columns: []figure{
		{billion, lookups, "hit ns", times(1, " ns")}, {billion, lookups, "miss ns", times(1, " ns")}, {billion, lookups, "x SHA-1: hit", times(1, " ×")}, {billion, lookups, "false positives", percentOf}}},
	{header: "| import of sorted text |", rows: map[string]string{
		"Veto": "veto compile", "Veto, with `--ranges`": "veto compile --ranges", "Veto, unsorted text": "veto compile, unsorted", "hibp-convert (C++)": "hibp-convert", "a map in Go, plainly written": "naive Go"}, columns: []figure{
		{small, imports, "ns CPU a line", times(1, " ns")}, {small, imports, "x hibp-convert", times(1, " ×")}, {small, imports, "peak MB", times(1, " MB")},
		{hundredM, imports, "ns CPU a line", times(1, " ns")}, {hundredM, imports, "x hibp-convert", times(1, " ×")}, {hundredM, imports, "peak MB", times(1, " MB")}}},
	{header: "| at 10^6 words and 10^5 decisions, ms |", rows: same(
		"10^6 words: search, with 200 ms of patience", "10^6 words: 500 more rows", "10^6 words: one more, dry run", "10^6 words: one more, applied", "10^6 words: upload, dry run", "10^6 words: upload, applied",
		"10^5 decisions: Activity with chart and records", "10^5 decisions: filtered by decision", "10^5 decisions: all saved as CSV"), columns: []figure{
		{console, pages, "of the server's CPUs", plain}, {console, pages, "of the page's main thread", plain}}},
	{header: "| by the clock, ms |", rows: same(
		"10^6 words: longest task of the page in all this", "10^6 words: upload, longest task of the page", "10^5 decisions: longest task of the page",
		"first contentful paint of lists/custom/large", "first contentful paint of activity", "first contentful paint of policies"), columns: []figure{{console, pages, "ms", plain}}},
	{header: "| local endpoint |", rows: map[string]string{"bare echo": "bare echo", "Veto": "veto"}, columns: []figure{
		{"local.txt", requests, "requests/s", times(1, "")}, {"local.txt", requests, "p99 us", times(1e-3, " ms")}, {"local.txt", requests, "CPU us", times(1, " µs")}}},
}

// TestFigures compares every figure of the tables with bench/results, and the
// list of missed targets with what the results call so. With -update it writes
// them.
func TestFigures(t *testing.T) {
	for name, tables := range map[string]int{"../../README.md": 3, "../../docs/COMPARISON.md": 7, "../../docs/CONSOLE.md": 2} {
		lines := strings.Split(read(t, name), "\n")
		found := 0
		for at := 0; at < len(lines); at++ {
			if lines[at] == missedHead {
				lines = replaceRows(t, name, lines, at+2, missedTargets(t))
				continue
			}
			for _, table := range figureTables {
				if strings.HasPrefix(lines[at], table.header) {
					found++
					lines = replaceRows(t, name, lines, at+2, table.fill(t, rowsAt(lines, at+2)))
				}
			}
		}
		if found != tables {
			t.Errorf("%s: %d tables of figures, want %d: were their headers changed?", name, found, tables)
		}
		if *update {
			if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// replaceRows puts the rows in place of those that begin at the line, and
// reports each that was not so.
func replaceRows(t *testing.T, name string, lines []string, at int, rows []string) []string {
	t.Helper()
	old := rowsAt(lines, at)
	for i, row := range rows {
		if !*update && (i >= len(old) || old[i] != row) {
			t.Errorf("%s:%d: the results say\n%s", name, at+i+1, row)
		}
	}
	if !*update && len(old) > len(rows) {
		t.Errorf("%s:%d: no results for %q", name, at+len(rows)+1, old[len(rows):])
	}
	return slices.Concat(lines[:at], rows, lines[at+len(old):])
}

func rowsAt(lines []string, at int) []string {
	end := at
	for end < len(lines) && strings.HasPrefix(lines[end], "|") {
		end++
	}
	return slices.Clone(lines[at:end])
}

// fill returns the rows with the figures of the results.
func (f *figureTable) fill(t *testing.T, rows []string) []string {
	t.Helper()
	var filled []string
	for _, row := range rows {
		cells := cells(row)
		label, ok := f.rows[strings.Trim(cells[0], "*")]
		if !ok {
			t.Errorf("no results are called %q", cells[0])
			continue
		}
		for i := range cells[1:] {
			if i >= len(f.columns) {
				t.Errorf("%s: column %d of %q stands for nothing", f.header, i+2, cells[0])
				break
			}
			c := f.columns[i]
			line, column := label, c.column
			if f.turned {
				line, column = column, line
			}
			cells[i+1] = c.format(result(t, c, line, column))
		}
		filled = append(filled, strings.TrimRight("| "+strings.Join(cells, " | "), " ")+" |")
	}
	return filled
}

func cells(row string) []string {
	all := strings.Split(strings.Trim(row, "|"), "|")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// result returns a cell of a table of bench/results.
func result(t *testing.T, f figure, line, column string) string {
	t.Helper()
	lines := strings.Split(read(t, filepath.Join("../../bench/results", f.file)), "\n")
	for at, header := range lines {
		names := cells(header)
		if !strings.HasPrefix(header, "|") || names[0] != f.table {
			continue
		}
		i := slices.IndexFunc(names, func(name string) bool { return name == column || strings.HasPrefix(name, column+": not installed") })
		rows := rowsAt(lines, at+2)
		// The exact name first: "veto" also begins others.
		for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.HasPrefix} {
			for _, row := range rows {
				if c := cells(row); same(c[0], line) && i >= 0 {
					return c[i]
				}
			}
		}
	}
	t.Errorf("%s has no %q of %q", f.file, column, line)
	return ""
}

// missedTargets are the lines of the results that say so.
func missedTargets(t *testing.T) []string {
	t.Helper()
	var rows []string
	for _, file := range []string{quality, speed, "local.txt", small, hundredM, billion} {
		for line := range strings.Lines(read(t, filepath.Join("../../bench/results", file))) {
			rest, isTarget := strings.CutPrefix(strings.TrimSpace(line), "target ")
			if rest, isMissed := strings.CutSuffix(rest, ", MISSED"); isTarget && isMissed {
				at := strings.LastIndex(rest, ": ")
				rows = append(rows, fmt.Sprintf("| [%s](../bench/results/%s) | %s | %s |", file, file, rest[:at], rest[at+2:]))
			}
		}
	}
	return rows
}

// times returns a format for numbers: at most three digits that count, and a unit.
func times(scale float64, unit string) func(string) string {
	return func(cell string) string {
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil {
			return "–"
		}
		return digits(v*scale, min(3, significant(cell))) + unit
	}
}

// significant counts the digits of a number that count: those from the first
// that is not 0 to the exponent.
func significant(number string) int {
	mantissa, _, _ := strings.Cut(number, "e")
	return len(strings.TrimLeft(strings.ReplaceAll(mantissa, ".", ""), "-0"))
}

// digits writes the number with so many digits that count, in groups of three.
func digits(v float64, count int) string {
	if v == 0 {
		return "0"
	}
	decimals := max(0, count-1-int(math.Floor(math.Log10(math.Abs(v)))))
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	for at := len(text) - 3; decimals == 0 && at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// same has rows that are called so in the results, too.
func same(rows ...string) map[string]string {
	names := map[string]string{}
	for _, row := range rows {
		names[row] = row
	}
	return names
}

func plain(cell string) string { return cell }

// percent takes the interval away.
func percent(cell string) string {
	if cell == "" {
		return "–"
	}
	value, _, _ := strings.Cut(cell, " ")
	return value
}

func percentOf(cell string) string { return times(100, " %")(cell) }
