package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// changeRow is what a line about a change tells.
type changeRow struct {
	Revision, Before                 uint64
	Time                             *time.Time
	Action, Actor                    string
	Added, Removed, Changed, Entries int
	Missing, Expired                 int
	Absent                           []struct{ Text, Match string } // the first of the Missing
}

// first returns what all tables of changes begin with.
func (c *changeRow) first() []string {
	return []string{strconv.FormatUint(c.Revision, 10), shortTime(c.Time), c.Action, c.Actor}
}

// unchanged reports whether everything was as asked before.
func (c *changeRow) unchanged() bool { return c.Revision == c.Before }

// warn tells of entries that are not in force, though they were asked for.
func (c *changeRow) warn(out io.Writer) {
	if c.Expired > 0 {
		fmt.Fprintf(out, "veto: %d of the new entries expired in the past, and so are not in force\n", c.Expired)
	}
}

// missing returns an error about what was to be removed and is not there, of which
// a spelling mistake is the usual cause.
func (c *changeRow) missing() error {
	if c.Missing == 0 {
		return nil
	}
	var terms []string
	for _, a := range c.Absent {
		terms = append(terms, fmt.Sprintf("%s (%s)", printable(a.Text), printable(a.Match)))
	}
	if more := c.Missing - len(terms); more > 0 {
		terms = append(terms, fmt.Sprintf("and %d more", more))
	}
	return &exitError{exitConfig, errors.New("no such term: " + strings.Join(terms, ", ") + "; veto lists show tells which there are, and their --match")}
}
