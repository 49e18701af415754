package breach

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"

	"github.com/vetopw/veto/lists"
)

// How far a source may expand.
const (
	maxRatio      = 100      // bytes for each compressed one; hashes compress to about a half, words to a tenth
	ratioFrom     = 64 << 20 // bytes that may come before the ratio counts
	maxExpanded   = 1 << 40  // bytes in all
	maxWindow     = 128 << 20
	magicBytes    = 512
	tarMagicStart = 257
)

// compressions is the one table of what begins how.
var compressions = []struct {
	name, magic string
	open        func(*bufio.Reader) (io.Reader, error) // nil: not a stream
	advice      string
}{
	{"gzip", "\x1f\x8b", openGzip, ""},
	{"zstd", "\x28\xb5\x2f\xfd", openZstd, ""},
	{"xz", "\xfd7zXZ\x00", openXZ, ""},
	{"bzip2", "BZh", func(r *bufio.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil }, ""},
	{"7z", "7z\xbc\xaf\x27\x1c", nil, "is a 7z archive, which is not read; pipe it: 7z x -so ARCHIVE | veto compile -o FILE -"},
	{"rar", "Rar!\x1a\x07", nil, "is a RAR archive, which is not read; unpack it first"},
}

func openGzip(r *bufio.Reader) (io.Reader, error) { return gzip.NewReader(r) }

// openXZ refuses a large dictionary: the decoder allocates what the header of a
// block asks for. Those of later blocks it doesn't see; they agree unless
// somebody built the file by hand.
func openXZ(r *bufio.Reader) (io.Reader, error) {
	if head, _ := r.Peek(magicBytes); xzDictionary(head) > maxWindow {
		return nil, fmt.Errorf("its dictionary is larger than %d MiB", maxWindow>>20)
	}
	return xz.ReaderConfig{DictCap: lzma.MinDictCap}.NewReader(r)
}

// xzDictionary returns the size of the dictionary that the first block asks for,
// 0 if there is none (xz file format 1.2.1, sections 2.1.1, 3.1 and 5.3.1).
func xzDictionary(head []byte) int64 {
	const blockFlags, lzma2 = 13, 0x21
	if len(head) < magicBytes/8 {
		return 0
	}
	at := blockFlags + 1
	for _, size := range []byte{0x40, 0x80} { // compressed and uncompressed
		if head[blockFlags]&size == 0 {
			continue
		}
		_, n := binary.Uvarint(head[at:])
		at += max(n, 0)
	}
	if head[at] != lzma2 {
		return 0
	}
	size, _ := lzma.DecodeDictCap(head[at+2])
	return size
}

// openZstd decodes in the reading goroutine: others parse meanwhile.
func openZstd(r *bufio.Reader) (io.Reader, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	return z.IOReadCloser(), nil
}

// expand returns what r holds without compression, and the name of the
// compression, "" if there is none. in tells how many bytes were read from the
// file.
func expand(r *bufio.Reader, limit bool, in func() int64) (*bufio.Reader, string, error) {
	head, _ := r.Peek(magicBytes)
	for _, c := range compressions {
		if !bytes.HasPrefix(head, []byte(c.magic)) {
			continue
		}
		if c.open == nil {
			return nil, c.name, &lists.SourceError{Detail: c.advice, Err: ErrArchive}
		}
		expanded, err := c.open(r)
		if err != nil {
			return nil, c.name, &lists.SourceError{Detail: fmt.Sprintf("is no valid %s: %v", c.name, err), Err: err}
		}
		if limit {
			expanded = &guard{r: expanded, in: in}
		}
		return bufio.NewReaderSize(&damage{expanded, c.name}, 1<<16), c.name, nil
	}
	return r, "", nil
}

// guard stops an expansion that only an attack has.
type guard struct {
	r   io.Reader
	in  func() int64 // compressed bytes so far
	out int64
}

var errExpansion = &lists.SourceError{Detail: "expands more than a hundredfold, or to more than 1 TiB, as no list does; if it is one, use --no-expansion-limit", Err: ErrExpansion}

func (g *guard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	g.out += int64(n)
	if g.out > maxExpanded || g.out > ratioFrom && g.out/maxRatio > g.in() {
		return 0, errExpansion
	}
	return n, err
}

// damage explains the errors of a decompressor.
type damage struct {
	r    io.Reader
	name string
}

func (d *damage) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	var known *lists.SourceError
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.As(err, &known):
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = &lists.SourceError{Detail: d.name + " data is cut off; get the source again", Err: ErrTruncated}
	default:
		err = &lists.SourceError{Detail: d.name + " data is damaged: " + err.Error(), Err: err}
	}
	return n, err
}
