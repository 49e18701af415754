package filter

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of a huge page where there is none other; the wrong size
// only costs time.
const hugePage = 2 << 20

// load reads b, a part of a mapping, into memory. Linux maps most files in small
// pages only, with which every lookup in a large one waits for the translation
// of its address. So what b has of whole huge pages becomes a private copy in
// huge pages, put in the place of the mapping at once: readers see the same bytes
// all the time.
func load(b []byte) {
	lead := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) % hugePage)
	if n := (len(b) - lead) / hugePage * hugePage; n > 0 && replaceByCopy(b[lead:lead+n]) == nil {
		touch(b[:lead])
		b = b[lead+n:]
	}
	touch(b)
}

// replaceByCopy replaces the mapping of b, whole huge pages, by a copy.
func replaceByCopy(b []byte) error {
	willNeed(b)
	n := uintptr(len(b))
	p, err := unix.MmapPtr(-1, 0, nil, n+hugePage, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return err
	}
	lead := -uintptr(p) % hugePage
	from, rest := unsafe.Add(p, lead), n // what of the copy is not moved
	defer func() {
		if lead > 0 {
			_ = unix.MunmapPtr(p, lead)
		}
		_ = unix.MunmapPtr(unsafe.Add(from, n-rest), rest+hugePage-lead)
	}()
	c := unsafe.Slice((*byte)(from), n)
	_ = unix.Madvise(c, unix.MADV_HUGEPAGE) // only advice
	copy(c, b)
	if err := unix.Mprotect(c, unix.PROT_READ); err != nil {
		return err
	}
	if _, err := unix.MremapPtr(from, n, unsafe.Pointer(unsafe.SliceData(b)), n, unix.MREMAP_MAYMOVE|unix.MREMAP_FIXED); err != nil {
		return err
	}
	rest = 0
	return nil
}
