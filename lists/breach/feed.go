package breach

import (
	"archive/tar"
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"

	"github.com/vetopw/veto/lists"
)

// rangeCount is the number of range files: five hexadecimal digits.
const rangeCount = 1 << 20

// rangePrefix returns the digits that name a range file, such as 0A3F1.txt, and
// false and "" for other names.
func rangePrefix(name string) (prefix string, ok bool) {
	const ending = ".txt"
	prefix = path.Base(filepath.ToSlash(name))
	if n := len(prefix) - len(ending); n > 0 && strings.EqualFold(prefix[n:], ending) {
		prefix = prefix[:n]
	}
	if len(prefix) != 5 || hexLength([]byte(prefix)) != 5 {
		return "", false
	}
	return strings.ToUpper(prefix), true
}

// single is the feed of one part.
type single struct {
	part *part
	done bool
}

func (s *single) next() (*part, error) {
	if s.done {
		return nil, io.EOF
	}
	s.done = true
	return s.part, nil
}

func (s *single) close() error { return nil }

// opened is the file that a feed has open, if any.
type opened struct{ io.Closer }

func (o *opened) close() error {
	if o.Closer == nil {
		return nil
	}
	c := o.Closer
	o.Closer = nil
	return c.Close()
}

// numbered is the set of files in a folder whose names are a number of some
// hexadecimal digits and an ending.
type numbered struct {
	digits  int
	ending  string
	present []uint64          // bit set of the numbers
	lower   []uint64          // of those, written in lower case
	mixed   map[uint64]string // names of those that are written in another way
	twins   [2]string         // names of two files of one number, if there are
	count   int
}

func newNumbered(digits int, ending string) numbered {
	words := 1 << (4 * digits) / 64
	return numbered{digits: digits, ending: ending, present: make([]uint64, words), lower: make([]uint64, words), mixed: map[uint64]string{}}
}

// add adds the file with the name, if it is of the set.
func (n *numbered) add(name string) {
	if len(name) != n.digits+len(n.ending) || hexLength([]byte(name[:n.digits])) != n.digits || !strings.EqualFold(name[n.digits:], n.ending) {
		return
	}
	stem := name[:n.digits]
	i, _ := strconv.ParseUint(stem, 16, 32)
	n.pair(n.name(int(i)), name)
	n.present[i/64] |= 1 << (i % 64)
	switch {
	case name == strings.ToUpper(stem)+n.ending:
	case name == strings.ToLower(stem)+n.ending:
		n.lower[i/64] |= 1 << (i % 64)
	default:
		n.mixed[i] = name
	}
	n.count++
}

// pair notes that two files, "" for none, are of one number.
func (n *numbered) pair(name, other string) {
	if name != "" && other != "" && n.twins[0] == "" {
		n.twins = [2]string{name, other}
	}
}

// name returns the name of the file with the number, "" if there is none.
func (n *numbered) name(i int) string {
	switch word, bit := i/64, uint64(1)<<(i%64); {
	case n.present[word]&bit == 0:
		return ""
	case n.mixed[uint64(i)] != "":
		return n.mixed[uint64(i)]
	case n.lower[word]&bit != 0:
		return fmt.Sprintf("%0*x%s", n.digits, i, n.ending)
	}
	return fmt.Sprintf("%0*X%s", n.digits, i, n.ending)
}

// folderNames is what the files of a folder may be.
type folderNames struct{ ranges, lithnet numbered }

// readNames reads the names in a folder, however many.
func readNames(path string) (*folderNames, error) {
	d, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	plain := newNumbered(5, "")
	n := &folderNames{newNumbered(5, ".txt"), newNumbered(4, ".db")}
	for {
		names, err := d.Readdirnames(1000)
		for _, name := range names {
			n.ranges.add(name)
			n.lithnet.add(name)
			plain.add(name)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if n.ranges.count == 0 {
		n.ranges = plain
	} else if plain.count > 0 {
		for i := range rangeCount {
			n.ranges.pair(n.ranges.name(i), plain.name(i))
		}
	}
	return n, n.distinct(path)
}

// distinct refuses a folder with two files of one number.
func (f *folderNames) distinct(path string) error {
	for _, n := range []*numbered{&f.ranges, &f.lithnet} {
		if n.twins[0] != "" {
			return &lists.SourceError{Source: path, Detail: fmt.Sprintf("holds %s and %s for the same hashes; remove one of them", n.twins[0], n.twins[1]), Err: lists.ErrFormat}
		}
	}
	return nil
}

// folder is the feed of the files of a folder, by number.
type folder struct {
	path   string
	names  *numbered
	binary bool // the number itself, not its digits, begins the hashes
	meter  *meter
	at     int // number of the next file
	read   int // files
	file   opened
}

func (d *folder) next() (*part, error) {
	_ = d.close()
	for ; d.at < 64*len(d.names.present); d.at++ {
		name := d.names.name(d.at)
		if name == "" {
			continue
		}
		f, err := openRegular(filepath.Join(d.path, name))
		if err != nil {
			return nil, err
		}
		prefix, _ := rangePrefix(name)
		if d.binary {
			prefix = string([]byte{byte(d.at >> 8), byte(d.at)})
		}
		d.at++
		d.read++
		d.file.Closer = f
		d.meter.total.Store(d.meter.done.Load() / int64(d.read) * int64(d.names.count)) // an estimate
		return &part{filepath.Join(d.path, name), prefix, d.meter.wrap(f)}, nil
	}
	return nil, io.EOF
}

// openRegular opens a file, but no pipe or device: these may wait forever.
func openRegular(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, &lists.SourceError{Source: path, Detail: "is no regular file", Err: lists.ErrFormat}
	}
	return os.Open(path)
}

func (d *folder) close() error { return d.file.close() }

// zipped is the feed of the files in a ZIP archive.
type zipped struct {
	path  string
	files []*zip.File // those still to come
	guard *guard      // nil without limit
	wrap  func(io.Reader) io.Reader
	file  opened
}

// archive counts what is read from a ZIP archive.
type archive struct {
	io.ReaderAt
	size  int64
	read  int64
	limit int64 // of read; 0: none
}

// directoryPart is the part of Options.Memory that the directory of an archive may
// take in the file. In memory an entry takes about 210 bytes more than its name,
// in the file at least 46.
const directoryPart = 6

var errDirectory = errors.New("has too many files for --memory, raise it or unpack the archive")

func (a *archive) ReadAt(p []byte, at int64) (int, error) {
	if a.limit > 0 && a.read > a.limit {
		return 0, errDirectory
	}
	n, err := a.ReaderAt.ReadAt(p, at)
	a.read += int64(n)
	return n, err
}

// newZipped lists the files of an archive; range files come in their order.
func newZipped(f io.ReaderAt, size int64, path string, o *Options) (*zipped, error) {
	a := &archive{ReaderAt: f, size: size, limit: max(o.Memory/directoryPart, 1<<20)}
	r, err := zip.NewReader(a, size)
	a.limit = 0
	switch {
	case errors.Is(err, errDirectory):
		return nil, &lists.SourceError{Detail: errDirectory.Error(), Err: ErrArchive}
	case err != nil:
		return nil, &lists.SourceError{Detail: "is no valid ZIP archive: " + err.Error(), Err: err}
	}
	var inflate io.ReadCloser // one for all files, as they are read one after the other
	r.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser {
		if again, ok := inflate.(flate.Resetter); !ok || again.Reset(r, nil) != nil {
			inflate = flate.NewReader(r)
		}
		return io.NopCloser(inflate)
	})
	r.RegisterDecompressor(zstd.ZipMethodWinZip, zstd.ZipDecompressor(zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1)))
	z := &zipped{path: path}
	if !o.NoExpansionLimit { // files may overlap, so that more is read than there is
		z.guard = &guard{in: func() int64 { return min(a.read, a.size) }}
	}
	z.files = slices.DeleteFunc(r.File, func(f *zip.File) bool { return !isList(f.Name, f.Mode()) })
	slices.SortStableFunc(z.files, func(a, b *zip.File) int {
		p, ok := rangePrefix(a.Name)
		q, also := rangePrefix(b.Name)
		if ok != also {
			return cmp.Compare(q, p) // other files last
		}
		return cmp.Compare(p, q)
	})
	return z, nil
}

// isList reports whether an archive's entry may be a list: no folder, no link,
// nothing hidden.
func isList(name string, mode fs.FileMode) bool {
	name = strings.TrimPrefix(name, "./")
	return mode.IsRegular() && !strings.HasPrefix(name, "__MACOSX/") && !strings.HasPrefix(path.Base(name), ".")
}

func (z *zipped) next() (*part, error) {
	_ = z.close()
	if len(z.files) == 0 {
		return nil, io.EOF
	}
	f := z.files[0]
	z.files = z.files[1:]
	name := z.path + "/" + f.Name
	if f.Flags&1 != 0 {
		return nil, &lists.SourceError{Source: name, Detail: "is encrypted; unpack the archive first", Err: ErrArchive}
	}
	r, err := f.Open()
	if err != nil {
		return nil, &lists.SourceError{Source: name, Detail: "cannot be unpacked: " + err.Error(), Err: err}
	}
	z.file.Closer = r
	prefix, _ := rangePrefix(f.Name)
	if z.guard == nil {
		return &part{name, prefix, &damage{z.wrap(r), "ZIP"}}, nil
	}
	z.guard.r = r
	return &part{name, prefix, &damage{z.wrap(z.guard), "ZIP"}}, nil
}

func (z *zipped) close() error { return z.file.close() }

// tarred is the feed of the files in a tar archive.
type tarred struct {
	path    string
	r       *tar.Reader
	ordered bool   // only files that ascend are wanted
	begun   bool   // there was a file
	last    string // its prefix
}

// errParts is about a tar archive whose files do not come in the order of their
// hashes: it is read again, to be sorted.
var errParts = errors.New("files of the archive do not ascend")

func (t *tarred) next() (*part, error) {
	for {
		h, err := t.r.Next()
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if err != nil {
			return nil, &lists.SourceError{Source: t.path, Detail: "tar archive is damaged or cut off: " + err.Error(), Err: err}
		}
		if isList(h.Name, h.FileInfo().Mode()) {
			prefix, _ := rangePrefix(h.Name)
			if t.ordered && t.begun && prefix <= t.last {
				return nil, &lists.SourceError{Source: t.path, Detail: errParts.Error(), Err: errParts}
			}
			t.begun, t.last = true, prefix
			return &part{t.path + "/" + h.Name, prefix, &damage{t.r, "tar"}}, nil
		}
	}
}

func (t *tarred) close() error { return nil }

// gaps wants every range file. Of a feed in order it tells before reading on.
type gaps struct {
	feed
	ordered bool
	seen    [rangeCount / 64]uint64 // bit set
	count   int
}

func (g *gaps) next() (*part, error) {
	p, err := g.feed.next()
	if err == nil {
		if i := g.mark(p); !g.ordered || g.count == i+1 {
			return p, nil
		}
	}
	for err == nil {
		if p, err = g.feed.next(); err == nil {
			g.mark(p)
		}
	}
	if !errors.Is(err, io.EOF) || g.count == rangeCount {
		return nil, err
	}
	return nil, missing(g.seen[:])
}

// missing returns the error about the range files that are not in the bit set,
// nil if all are.
func missing(seen []uint64) error {
	n, first := 0, 0
	for i := range rangeCount {
		if seen[i/64]>>(i%64)&1 == 0 {
			if n == 0 {
				first = i
			}
			n++
		}
	}
	if n == 0 {
		return nil
	}
	detail := fmt.Sprintf("%d of %d range files are missing, the first is %05X; get them, or do without by --allow-gaps", n, rangeCount, first)
	return &lists.SourceError{Detail: detail, Err: ErrGap}
}

// mark notes a range file and returns its number.
func (g *gaps) mark(p *part) int {
	i, err := strconv.ParseUint(p.prefix, 16, 20)
	if err != nil {
		return -1
	}
	if bit := uint64(1) << (i % 64); g.seen[i/64]&bit == 0 {
		g.seen[i/64] |= bit
		g.count++
	}
	return int(i)
}
