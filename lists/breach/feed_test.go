package breach

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// prefixes is a feed of parts without text.
type prefixes struct {
	feed
	at   int
	skip map[int]bool
	swap bool // the first two
}

func (p *prefixes) next() (*part, error) {
	for p.skip[p.at] {
		p.at++
	}
	if p.at == rangeCount {
		return nil, io.EOF
	}
	i := p.at
	if p.swap && i < 2 {
		i = 1 - i
	}
	p.at++
	return &part{prefix: fmt.Sprintf("%05X", i)}, nil
}

func TestGaps(t *testing.T) {
	for _, test := range []struct {
		name    string
		feed    prefixes
		ordered bool
		parts   int    // before the end
		want    string // part of the error; none if empty
	}{
		{"whole", prefixes{}, true, rangeCount, ""},
		{"whole, in no order", prefixes{swap: true}, false, rangeCount, ""},
		{"first", prefixes{skip: map[int]bool{0: true}}, true, 0, "1 of 1048576 range files are missing, the first is 00000"},
		{"two", prefixes{skip: map[int]bool{0xabc: true, 0xfffff: true}}, true, 0xabc, "2 of 1048576 range files are missing, the first is 00ABC"},
		{"two, in no order", prefixes{skip: map[int]bool{0xabc: true, 0xfffff: true}}, false, rangeCount - 2, "2 of 1048576 range files are missing, the first is 00ABC"},
		{"last", prefixes{skip: map[int]bool{0xfffff: true}}, true, rangeCount - 1, "1 of 1048576 range files are missing, the first is FFFFF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := &gaps{feed: &test.feed, ordered: test.ordered}
			n := 0
			var err error
			for {
				if _, err = g.next(); err != nil {
					break
				}
				n++
			}
			if n != test.parts || errors.Is(err, io.EOF) != (test.want == "") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%d parts, then %v; want %d and %q", n, err, test.parts, test.want)
			}
		})
	}
}
