package breach

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/vetopw/veto/filter"
)

// minKept is the part of an index's keys that a new one needs to replace it.
const minKept = 0.9

// predecessor is the index that the output replaces; nil replaces none.
type predecessor struct {
	path string
	keys uint64
}

// predecessor looks at what is at the output's path. It refuses to replace what
// is something else.
func (c *compiler) predecessor() (*predecessor, error) {
	if c.o.AllowShrink {
		return nil, nil
	}
	path := c.o.Output
	old, err := filter.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, filter.ErrTruncated), errors.Is(err, filter.ErrCorrupt):
		return nil, nil
	case errors.Is(err, filter.ErrNotIndex), errors.Is(err, filter.ErrVersion):
		return nil, fmt.Errorf("%s exists and cannot be compared with the new index; choose another output, or use --allow-shrink: %w", path, err)
	case err != nil:
		return nil, err
	}
	defer old.Close()
	info := old.Info()
	overlay := info.Base != filter.ID{}
	switch {
	case info.Kind != c.kind:
		return nil, fmt.Errorf("%s holds %s hashes, the sources hold %s; choose another output, or use --allow-shrink: %w", path, info.Kind, c.kind, ErrShrink)
	case overlay != (c.base != nil):
		return nil, fmt.Errorf("an overlay and a whole index cannot replace each other (%s); choose another output, or use --allow-shrink: %w", path, ErrShrink)
	case overlay:
		return nil, nil // may have any size
	}
	return &predecessor{path, info.Keys}, nil
}

// admit refuses to let an index with so many keys replace the old one, if that
// looks like truncated sources.
func (p *predecessor) admit(keys uint64) error {
	if p == nil || float64(keys) >= minKept*float64(p.keys) {
		return nil
	}
	return fmt.Errorf("%s has %d keys, the new index only %d; if that is right, use --allow-shrink: %w", p.path, p.keys, keys, ErrShrink)
}
