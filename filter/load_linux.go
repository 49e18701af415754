package filter

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of a huge page on most machines; a wrong size only costs
// time.
const hugePage = 2 << 20

// load reads b, a part of a mapping that begins with a page of memory, and reports
// whether it is now independent of the file. Linux maps most files in small
// pages only, with which every lookup in a large one waits for the translation of
// its address. So a private copy in huge pages takes the place of the mapping, at
// once: readers see the same bytes all the time.
func load(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	willNeed(b)
	if replaceByCopy(b) == nil {
		return true
	}
	touch(b)
	return false
}

func replaceByCopy(b []byte) error {
	page := uintptr(os.Getpagesize())
	at, n := unsafe.Pointer(unsafe.SliceData(b)), (uintptr(len(b))+page-1)/page*page
	size := n + hugePage
	p, err := unix.MmapPtr(-1, 0, nil, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return err
	}
	// The copy lies as the original does to the boundaries of huge pages.
	lead := (uintptr(at) - uintptr(p)) % hugePage
	from, moved := unsafe.Add(p, lead), uintptr(0)
	defer func() {
		if lead > 0 {
			_ = unix.MunmapPtr(p, lead)
		}
		_ = unix.MunmapPtr(unsafe.Add(from, moved), size-lead-moved)
	}()
	c := unsafe.Slice((*byte)(from), n)
	_ = unix.Madvise(unsafe.Slice((*byte)(p), size), unix.MADV_HUGEPAGE) // only advice
	copy(c, unsafe.Slice((*byte)(at), n))                                // whole pages: what follows b moves too
	if err := unix.Mprotect(c, unix.PROT_READ); err != nil {
		return err
	}
	if _, err := unix.MremapPtr(from, n, at, n, unix.MREMAP_MAYMOVE|unix.MREMAP_FIXED); err != nil {
		return err
	}
	moved = n
	return nil
}
