package filter_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/filter"
)

var update = flag.Bool("update", false, "write what tests generate into docs/FORMAT.md")

const formatFile = "../docs/FORMAT.md"

// TestFormatFile compares the generated parts of docs/FORMAT.md.
func TestFormatFile(t *testing.T) {
	b, err := os.ReadFile(formatFile)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for name, want := range map[string]string{"hexdump": hexdump(t), "bloom": bloomTable()} {
		begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->"
		before, rest, ok := strings.Cut(text, begin)
		got, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("no markers for %s", name)
		}
		if *update {
			text = before + begin + want + end + after
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: run go test ./filter -update\n%s", name, diff)
		}
	}
	if *update {
		if err := os.WriteFile(formatFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func bloomTable() string {
	var out strings.Builder
	out.WriteString("| bits per key | false positives |\n|---|---|\n")
	for _, bits := range []float64{8, 10, 12, 14, 16, 18, 20, 24} {
		fmt.Fprintf(&out, "| %.0f | %.2g |\n", bits, filter.BloomFalsePositive(bits))
	}
	return out.String()
}

// example is an index file of three records with everything in it but spilled
// entries.
func example(t *testing.T) []byte {
	var records []filter.Record
	for digest, count := range map[string]uint32{
		"5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8": 3,
		"7C4A8D09CA3762AF61E59520943DC26494F8941B": 200,
		"B1B3773A05C0ED0176787A4F1574FF0075F7521E": 70000,
	} {
		r := filter.Record{Count: count}
		if _, err := hex.Decode(r.Digest[:], []byte(digest)); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	order(records)
	path, _ := build(t, filter.Options{Kind: filter.SHA1, Ranges: true, Date: "2026-01-01T00:00:00Z"}, records)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// dumper writes an annotated hexdump, part by part.
type dumper struct {
	b   []byte
	at  int
	out strings.Builder
}

// next writes n bytes with a note; of more than 32 that are the same, only some.
func (d *dumper) next(n int, note string) []byte {
	part := d.b[d.at : d.at+n]
	for i := 0; i < n; i += 16 {
		row := part[i:min(i+16, n)]
		if i > 0 && n > 32 && bytes.Equal(row, part[i-len(row):i]) && i+16 < n {
			if !strings.HasSuffix(d.out.String(), "*\n") {
				d.out.WriteString("*\n")
			}
			continue
		}
		fmt.Fprintf(&d.out, "%s\n", strings.TrimRight(fmt.Sprintf("%04x  % -47x  %s", d.at+i, row, note), " "))
		note = ""
	}
	d.at += n
	return part
}

func (d *dumper) uint64(note string) int { return int(binary.LittleEndian.Uint64(d.next(8, note))) }

func (d *dumper) title(title string) { fmt.Fprintf(&d.out, "\n%s\n", title) }

// skip writes what lies before an offset, if anything.
func (d *dumper) skip(to int, note string) {
	if to > d.at {
		d.next(to-d.at, note)
	}
}

// hexdump describes the example by nothing but the text of docs/FORMAT.md.
func hexdump(t *testing.T) string {
	d := &dumper{b: example(t)}
	d.title("header")
	d.next(8, "magic")
	d.next(4, "version 1")
	d.next(1, "kind: SHA-1")
	d.next(3, "flags: with rows")
	for _, field := range []string{"bytes of the file", "keys", "removals among them", "pages", "Bloom blocks"} {
		d.uint64(field)
	}
	d.skip(64, "gap")
	d.next(32, "ID: SHA-256 of these 320 bytes with zeros here")
	d.next(32, "base: none")
	d.next(8, "xxhash64 of the section of checksums")
	var spans [7][2]int
	names := []string{"rows", "row directory", "bloom", "pages", "spill", "provenance", "checksums"}
	for i, name := range names {
		spans[i][0] = d.uint64("offset of " + name)
		spans[i][1] = d.uint64("bytes")
	}
	d.skip(320, "gap")
	for i, name := range names {
		if spans[i][1] == 0 {
			continue
		}
		d.skip(spans[i][0], "gap")
		d.title(name)
		switch name {
		case "rows":
			for d.at < spans[i][0]+spans[i][1] {
				d.row()
			}
		case "row directory":
			d.uint64("first 64 bits of the first digest")
			d.uint64("offset of the block in the rows")
		case "bloom":
			d.next(64, "the block: three bits in each word, one a key")
		case "pages":
			d.page()
		case "provenance":
			d.next(spans[i][1], string(d.b[spans[i][0]:spans[i][0]+spans[i][1]]))
		case "checksums":
			for _, name := range []string{"rows", "row directory", "bloom", "pages", "provenance"} {
				d.uint64("xxhash64 of the first block of " + name)
			}
		}
		if d.at != spans[i][0]+spans[i][1] {
			t.Fatalf("%s ends at %x, not %x", name, d.at, spans[i][0]+spans[i][1])
		}
	}
	if d.at != len(d.b) {
		t.Fatalf("%d of %d bytes described", d.at, len(d.b))
	}
	return "```" + d.out.String() + "```\n"
}

func (d *dumper) row() {
	first := d.b[d.at]
	delta, code := int(first&7)+1, first>>3
	d.next(1, fmt.Sprintf("%d bytes of difference, code of the count %d", delta, code))
	d.next(delta, "difference of the first 64 bits")
	switch code {
	case 28:
		d.next(1, "count")
	case 29:
		d.next(2, "count")
	case 30:
		d.next(4, "count")
	}
	d.next(12, "rest of the digest")
}

func (d *dumper) page() {
	d.next(16, "first spilled entry, number of them")
	d.next(48, "zero")
	var used []int
	blank := bytes.Repeat([]byte{0xff}, 64)
	for line := 0; line < 56; line++ {
		vacant := 0
		for line+vacant < 56 && bytes.Equal(d.b[d.at+64*vacant:d.at+64*vacant+64], blank) {
			vacant++
		}
		if vacant > 0 {
			d.next(64*vacant, fmt.Sprintf("lines %d to %d: vacant", line, line+vacant-1))
			line += vacant - 1
			continue
		}
		used = append(used, line)
		d.next(64, fmt.Sprintf("line %d: a remainder, vacant slots", line))
	}
	classes := d.at
	for _, line := range used {
		d.skip(classes+8*line, "classes of vacant lines")
		d.next(8, fmt.Sprintf("classes of line %d", line))
	}
	d.skip(classes+8*56, "classes of vacant lines")
}
