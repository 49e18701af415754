package filter

import "errors"

// HeaderBytes is the size of the header.
const HeaderBytes = headerBytes

// Reseal makes the header of a file valid again after a change of its fields, and
// the checksum of the checksums.
func Reseal(b []byte) { reseal(b) }

// Ends returns the offsets at which sections end.
func Ends(b []byte) (ends []int) {
	h, _, err := parseHeader(b, uint64(len(b)))
	if err != nil {
		return nil
	}
	for _, s := range h.spans {
		ends = append(ends, int(s.end()))
	}
	return ends
}

// ErrDisk is the error of a FailingDisk.
var ErrDisk = errors.New("injected")

// FailingDisk is the disk of the system, of which the operation of that number,
// from 0, fails, and all later ones if Rest is set.
type FailingDisk struct {
	Fail int
	Rest bool
	Done int // operations so far
}

func (d *FailingDisk) step() error {
	d.Done++
	if d.Done-1 == d.Fail || d.Rest && d.Done > d.Fail {
		return ErrDisk
	}
	return nil
}

func (d *FailingDisk) create(path string) (file, error) {
	if err := d.step(); err != nil {
		return nil, err
	}
	f, err := systemDisk{}.create(path)
	return failingFile{f, d}, err
}

func (d *FailingDisk) rename(from, to string) error {
	if err := d.step(); err != nil {
		return err
	}
	return systemDisk{}.rename(from, to)
}

// remove never fails: a leftover could not be cleared away then.
func (d *FailingDisk) remove(path string) error { return systemDisk{}.remove(path) }

func (d *FailingDisk) sync(folder string) error {
	if err := d.step(); err != nil {
		return err
	}
	return systemDisk{}.sync(folder)
}

// CreateOn is Create on that disk.
func CreateOn(d *FailingDisk, path string, o Options) (*Writer, error) { return create(d, path, o) }

// CompactOn is Compact on that disk, for a base without full digests.
func CompactOn(d *FailingDisk, path string, c *Chain, o Options) (Info, error) {
	o.Kind = c.Kind()
	return compactPages(d, path, c, o)
}

type failingFile struct {
	file
	disk *FailingDisk
}

func (f failingFile) ReadAt(b []byte, offset int64) (int, error) {
	if err := f.disk.step(); err != nil {
		return 0, err
	}
	return f.file.ReadAt(b, offset)
}

func (f failingFile) WriteAt(b []byte, offset int64) (int, error) {
	if err := f.disk.step(); err != nil {
		n, _ := f.file.WriteAt(b[:len(b)/2], offset)
		return n, err
	}
	return f.file.WriteAt(b, offset)
}

func (f failingFile) Sync() error {
	if err := f.disk.step(); err != nil {
		return err
	}
	return f.file.Sync()
}

func (f failingFile) Close() error {
	err := f.disk.step()
	return errors.Join(err, f.file.Close())
}
