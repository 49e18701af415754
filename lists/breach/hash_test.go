package breach

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
)

// textChunk returns a chunk that holds the text, the whole of a part.
func textChunk(text, prefix string) *chunk {
	k := &cutter{feed: &single{part: &part{"test", prefix, strings.NewReader(text)}}}
	c := newChunk()
	k.fill(c)
	return c
}

func TestHex(t *testing.T) {
	check := func(b []byte) {
		var want [4]byte
		_, err := hex.Decode(want[:], b)
		x := binary.LittleEndian.Uint64(b)
		if valid := hexFault(x)&eachHigh == 0; valid != (err == nil) {
			t.Fatalf("%q: valid %v, want %v", b, valid, err == nil)
		}
		if got := hexValue(x); err == nil && got != uint64(binary.LittleEndian.Uint32(want[:])) {
			t.Fatalf("%q: %x, want %x", b, got, want)
		}
	}
	for at := range 8 { // every byte at every place, beside good and bad neighbors
		for v := range 256 {
			for _, fill := range []string{"0", "9", "a", "F", "\xff", "\x00", "g", "/"} {
				b := bytes.Repeat([]byte(fill), 8)
				b[at] = byte(v)
				check(b)
			}
		}
	}
}

func TestDecimal(t *testing.T) {
	for _, test := range []struct {
		text   string
		value  uint64
		digits int
	}{
		{"1\nABCDEF", 1, 1}, {"12\r\nABCD", 12, 2}, {"1234567\n", 1234567, 7}, {"00000000", 0, 8},
		{"99999999", 99999999, 8}, {"\n1234567", 0, 0}, {"0:\xff\xff\xff\xff\xff\xff", 0, 1}, {"7\xff9\x009999", 7, 1},
	} {
		value, digits := decimal(binary.LittleEndian.Uint64([]byte(test.text)))
		if digits != test.digits || digits > 0 && value != test.value {
			t.Errorf("%q: %d in %d digits, want %d in %d", test.text, value, digits, test.value, test.digits)
		}
	}
}

// naive reads lines of hashes as simply as possible. It returns the number of
// the line that is wrong, or 0.
func naive(text, prefix string, kind filter.Kind, ordered bool) (records []filter.Record, bad int) {
	lines := strings.Split(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	for i, line := range lines {
		for before := ""; before != line; {
			before = line
			line = strings.TrimPrefix(strings.Trim(line, " \t\r"), "\ufeff")
		}
		if strings.Contains(line, "\r") {
			return records, i + 1
		}
		if line == "" || line[0] == '#' || strings.HasPrefix(line, "!#") {
			continue
		}
		digits, count, counted := strings.Cut(line, ":")
		digest, err := hex.DecodeString(prefix + digits)
		if err != nil || len(digest) != kind.Size() || len(line) > MaxLineBytes {
			return records, i + 1
		}
		r := filter.Record{}
		copy(r.Digest[:], digest)
		if counted {
			n, err := strconv.ParseUint(count, 10, 64)
			if strings.Trim(count, "0123456789") != "" || err != nil && !errors.Is(err, strconv.ErrRange) {
				return records, i + 1
			}
			if n == 0 {
				continue
			}
			r.Count = uint32(min(n, filter.Removed-1))
		}
		if n := len(records); ordered && n > 0 {
			switch compare(r, records[n-1]) {
			case -1:
				return records, i + 1
			case 0:
				records[n-1].Count = mergeCounts(records[n-1].Count, r.Count)
				continue
			}
		}
		records = append(records, r)
	}
	return records, 0
}

func FuzzHashParser(f *testing.F) {
	sha1, ntlm := strings.Repeat("0123456789ABCDEF", 3)[:40], strings.Repeat("fedcba98", 4)
	for _, text := range []string{
		sha1 + ":1\n" + sha1 + ":2\n", sha1 + ":12\r\n\ufeff" + sha1, ntlm + ":1\n", ntlm + ":0\n", sha1[:39] + ":1\n",
		sha1[5:] + ":3\r\n" + sha1[5:] + ":12345678\n", sha1 + ":\n", sha1 + ":x\n", "\n \r\n# x\n", sha1 + "\x00\n", sha1 + ":99999999999\n",
	} {
		f.Add(text, false, true, false)
		f.Add(text, true, true, true)
	}
	f.Fuzz(func(t *testing.T, text string, isNTLM, ordered, suffix bool) {
		if len(text) > chunkBytes/2 {
			t.Skip()
		}
		kind, prefix := filter.SHA1, ""
		if isNTLM {
			kind = filter.NTLM
		}
		if suffix {
			prefix = "0A3F1"
		}
		c := textChunk(text, prefix)
		p := &hashParser{kind: kind, ordered: ordered}
		p.parse(c)
		want, bad := naive(text, prefix, kind, ordered)
		if got := c.lines; (c.err != nil) != (bad > 0) || c.err != nil && got != bad {
			t.Fatalf("%q: error %v in line %d, want line %d", text, c.err, got, bad)
		}
		if len(c.records)+len(want) > 0 && !cmp.Equal(c.records, want) {
			t.Fatalf("%q: %v, want %v", text, c.records, want)
		}
		comparePlain(t, kind, prefix, text)
	})
}

// TestPlainLines compares the assembly with its twin in Go on lines with one
// byte changed to any other, at every place.
func TestPlainLines(t *testing.T) {
	for _, kind := range []filter.Kind{filter.SHA1, filter.NTLM} {
		for _, prefix := range []string{"", "01234"} {
			for _, end := range []string{"\n", "\r\n"} {
				digest := "0123456789abcdefABCDEF000000000056789999"[:digits(kind)]
				line := digest[len(prefix):] + ":1029" + end
				next := "1" + digest[len(prefix)+1:] + ":7" + end
				for at := range line {
					for v := range 256 {
						text := line[:at] + string([]byte{byte(v)}) + line[at+1:] + next
						comparePlain(t, kind, prefix, text)
					}
				}
			}
		}
	}
}

// comparePlain fails if read and readGeneric differ about the text.
func comparePlain(t *testing.T, kind filter.Kind, prefix, text string) {
	t.Helper()
	c := textChunk(text, prefix)
	f := newPlainLines(kind, prefix, true)
	var results [2][]filter.Record
	var ends [2]int
	for i, read := range []func([]filter.Record, []byte, int, int) (int, int){f.read, f.readGeneric} {
		records := make([]filter.Record, len(text)/f.least()+1)
		var lines int
		lines, ends[i] = read(records, c.buf, headBytes, c.end)
		results[i] = records[:lines]
	}
	if ends[0] != ends[1] || !slices.Equal(results[0], results[1]) {
		t.Fatalf("%q: up to byte %d %v, in Go up to byte %d %v", text, ends[0], results[0], ends[1], results[1])
	}
}

func TestHashParserErrors(t *testing.T) {
	sha1 := "0123456789abcdef0123456789ABCDEF01234567"
	for _, test := range []struct {
		name, text, prefix string
		want               error
		line               int
	}{
		{"NTLM line", sha1 + ":1\n" + sha1[:32] + ":1\n", "", ErrMixed, 2},
		{"NTLM range line", sha1[5:] + ":1\n" + sha1[:27] + ":1\n", "01234", ErrMixed, 2},
		{"short hash", "\n# x\n" + sha1[:39] + ":1\n", "", ErrHash, 3},
		{"cut hash", sha1 + ":1\n" + sha1[:20], "", ErrTruncated, 2},
		{"cut count", sha1 + ":1\n" + sha1 + ":", "", ErrTruncated, 2},
		{"no count", sha1 + ":one\n", "", ErrTruncated, 1},
		{"long hash", sha1 + "0:1\n", "", ErrHash, 1},
		{"no digit", sha1[:39] + "g:1\n", "", ErrHash, 1},
		{"negative", sha1 + ":-1\n", "", ErrTruncated, 1},
		{"old Macintosh", sha1 + ":1\r" + sha1 + ":1\r", "", ErrLineEnd, 1},
		{"NUL", sha1 + ":1\x00\n", "", lists.ErrEncoding, 1},
		{"UTF-16 without mark", "0\x001\x00\n\x00", "", lists.ErrEncoding, 1},
		{"order", sha1 + ":1\n\n" + strings.Repeat("0", 40) + ":1\n", "", ErrOrder, 3},
		{"order in the last digits", sha1 + ":1\n" + sha1[:39] + "6:1\n", "", ErrOrder, 2},
		{"endless line", sha1 + ":1\n" + strings.Repeat("0", MaxLineBytes+1) + "\n", "", lists.ErrLong, 2},
		{"longer than a chunk", strings.Repeat("0", chunkBytes+1), "", lists.ErrLong, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := textChunk(test.text, test.prefix)
			if c.err == nil {
				(&hashParser{kind: filter.SHA1, ordered: true}).parse(c)
			}
			if !errors.Is(c.err, test.want) || c.lines != test.line {
				t.Errorf("%v in line %d, want %v in line %d", c.err, c.lines, test.want, test.line)
			}
		})
	}
}

// hashLines returns ascending lines that fill a chunk.
func hashLines(kind filter.Kind) string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for i := uint64(0); b.Len() < chunkBytes-64; i++ {
		digest := fmt.Sprintf("%08X%016X%016X", i<<19, r.Uint64(), r.Uint64())
		fmt.Fprintf(&b, "%s:%d\r\n", digest[:digits(kind)], 1+int(r.ExpFloat64()*4)*r.IntN(3))
	}
	return b.String()
}

func TestHashParserAllocations(t *testing.T) {
	c := textChunk(hashLines(filter.SHA1), "")
	p := &hashParser{kind: filter.SHA1, ordered: true}
	p.parse(c)
	if n := testing.AllocsPerRun(10, func() { c.records = c.records[:0]; p.parse(c) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkHashParser(b *testing.B) {
	for _, kind := range []filter.Kind{filter.SHA1, filter.NTLM} {
		b.Run(kind.String(), func(b *testing.B) {
			text := hashLines(kind)
			c := textChunk(text, "")
			p := &hashParser{kind: kind, ordered: true}
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				c.records = c.records[:0]
				p.parse(c)
			}
			if c.err != nil {
				b.Fatal(c.err)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(c.records)), "ns/line")
		})
	}
}
