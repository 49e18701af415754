package breach

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/vetopw/veto/filter"
)

// ErrLines, ErrShrink, ErrKind and ErrOverwrite are wrapped by errors about a
// result that looks wrong, and about an output that must stay what it is.
var (
	ErrLines     = errors.New("unexpected number of lines")
	ErrShrink    = errors.New("would replace a larger index")
	ErrKind      = errors.New("would replace another kind of index")
	ErrOverwrite = errors.New("would overwrite a file")
)

// refusal is an error with a message of its own, which is also another.
type refusal struct {
	text string
	is   error
}

func (r *refusal) Error() string { return r.text }
func (r *refusal) Unwrap() error { return r.is }

// refuse returns a refusal.
func refuse(is error, format string, args ...any) error {
	return &refusal{fmt.Sprintf(format, args...), is}
}

// Group returns n in decimal digits, in groups of three: 1,234,567.
func Group(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// spare refuses an output that is one of the files to be read.
func (o *Options) spare() error {
	output, err := os.Stat(o.Output)
	if err != nil {
		return nil // there is none, or Create tells
	}
	for _, path := range slices.Concat(o.Sources, o.Remove, o.Bases) {
		var info fs.FileInfo
		if f, ok := o.Stdin.(*os.File); path == "-" && ok {
			info, err = f.Stat()
		} else {
			info, err = os.Stat(path)
		}
		if err == nil && os.SameFile(output, info) {
			return refuse(ErrOverwrite, "%s is also what is to be read; choose another output", o.Output)
		}
	}
	return nil
}

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
	path := c.o.Output
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, inFolder(path)
	case err != nil:
		return nil, err
	case info.Mode().IsRegular() && info.Size() == 0:
		return nil, nil
	case info.IsDir():
		return nil, refuse(ErrOverwrite, "%s is a folder; name a file as the output", path)
	case !info.Mode().IsRegular():
		return nil, refuse(ErrOverwrite, "%s is no regular file; choose another output", path)
	}
	old, err := filter.Open(path)
	switch {
	case errors.Is(err, filter.ErrNotIndex):
		return nil, refuse(err, "%s exists and is not a breach index; move it away, or choose another output", path)
	case errors.Is(err, filter.ErrTruncated), errors.Is(err, filter.ErrCorrupt), errors.Is(err, filter.ErrVersion) && c.o.AllowShrink:
		return nil, nil
	case errors.Is(err, filter.ErrVersion):
		return nil, refuse(err, "%s is a breach index of a newer version; use --allow-shrink to replace it, or choose another output", path)
	case err != nil:
		return nil, err
	}
	defer old.Close()
	info := old.Info()
	overlay := info.Base != filter.ID{}
	const advice = "; choose another output, or use --allow-shrink to do so"
	switch {
	case c.o.AllowShrink:
		return nil, nil
	case info.Kind != c.kind:
		return nil, refuse(ErrKind, "%s: would replace an index of %s hashes by one of %s"+advice, path, info.Kind, c.kind)
	case overlay && c.base == nil:
		return nil, refuse(ErrKind, "%s: would replace an overlay by a whole index"+advice, path)
	case !overlay && c.base != nil:
		return nil, refuse(ErrKind, "%s: would replace a whole index by an overlay"+advice, path)
	case overlay:
		return nil, nil // may have any size
	}
	return &predecessor{path, info.Keys}, nil
}

// inFolder refuses a path in a folder that is not there, before all sources are read
// in vain.
func inFolder(path string) error {
	folder := filepath.Dir(path)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return refuse(err, "%s cannot be written: there is no folder %s", path, folder)
	}
	return nil
}

// admit refuses to let an index with so many keys replace the old one, if that
// looks like truncated sources.
func (p *predecessor) admit(keys uint64) error {
	if p == nil || float64(keys) >= minKept*float64(p.keys) {
		return nil
	}
	return refuse(ErrShrink, "%s: %v (%s hashes by %s); use --allow-shrink to do so", p.path, ErrShrink, Group(p.keys), Group(keys))
}

// openChain opens an index and its overlays. Its errors name the file that does
// not belong.
func openChain(paths []string) (*filter.Chain, error) {
	chain, err := filter.OpenChain(paths...)
	if !errors.Is(err, filter.ErrBase) {
		return chain, err
	}
	var last filter.ID
	for i, path := range paths {
		set, err := filter.Open(path)
		if err != nil {
			return nil, err
		}
		info := set.Info()
		_ = set.Close()
		switch {
		case info.Base == last:
		case i == 0:
			return nil, refuse(filter.ErrBase, "%s is an overlay; name its base first, which has the id %s", path, info.Base)
		case info.Base == filter.ID{}:
			return nil, refuse(filter.ErrBase, "%s is no overlay; only the first file may be a whole index", path)
		default:
			return nil, refuse(filter.ErrBase, "%s is no overlay on %s but on the index with the id %s; name that before it", path, paths[i-1], info.Base)
		}
		last = info.ID
	}
	return nil, err
}
