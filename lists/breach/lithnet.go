package breach

import (
	"bytes"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
)

// lithnetBytes is the length of an entry of a Lithnet store: an NTLM hash without
// its first two bytes, which name the file.
const lithnetBytes = 14

var (
	errLithnetCut   = &lists.SourceError{Detail: "file is cut off: its length is no multiple of 14 bytes", Err: ErrTruncated}
	errLithnetOrder = &lists.SourceError{Detail: "file is damaged: its entries do not ascend (the number counts entries)", Err: ErrOrder}
)

// lithnetParser reads the files of a Lithnet store, version 3. What counts as a
// line is an entry.
type lithnetParser struct{}

func (lithnetParser) parse(c *chunk) {
	text := c.text()
	for ; len(text) >= lithnetBytes; text = text[lithnetBytes:] {
		c.lines++
		var r filter.Record
		copy(r.Digest[copy(r.Digest[:], c.part.prefix):], text[:lithnetBytes])
		if n := len(c.records); n > 0 && bytes.Compare(r.Digest[:], c.records[n-1].Digest[:]) <= 0 {
			c.err = errLithnetOrder
			return
		}
		c.records = append(c.records, r)
	}
	if len(text) > 0 {
		c.err = errLithnetCut
	}
	c.entries, c.first = c.lines, 1
}
