//go:build unix

package filter

import (
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps a file of n bytes, n > 0, read-only. Reading ahead is switched
// off: lookups are random.
func mapFile(f *os.File, n int) ([]byte, error) {
	b, err := unix.Mmap(int(f.Fd()), 0, n, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	_ = unix.Madvise(b, unix.MADV_RANDOM) // only advice
	return b, nil
}

func unmap(b []byte) { _ = unix.Munmap(b) }

// willNeed asks for the reading of b, which begins with a page. Linux reads only as
// much for one request as it reads ahead, by default 128 KiB.
func willNeed(b []byte) {
	for len(b) > 0 {
		n := min(len(b), 128<<10)
		_ = unix.Madvise(b[:n], unix.MADV_WILLNEED)
		b = b[n:]
	}
}
