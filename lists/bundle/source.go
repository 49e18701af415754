package bundle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/vetopw/veto/remote"
)

// source is where bundles come from.
type source interface {
	// manifest returns the signed manifest and a tag for the next call; nil if it
	// is still the one of the tag.
	manifest(ctx context.Context, tag string) (signed []byte, newTag string, err error)
	// open returns a file from an offset on, which is the one asked for or 0.
	open(ctx context.Context, f File, offset int64) (body io.ReadCloser, from int64, err error)
}

// folder is a bundle in a folder.
type folder string

func (s folder) manifest(context.Context, string) ([]byte, string, error) {
	signed, err := readManifest(string(s))
	return signed, "", err
}

func (s folder) open(ctx context.Context, f File, offset int64) (io.ReadCloser, int64, error) {
	path := filepath.Join(string(s), filepath.FromSlash(f.Path()))
	if err := f.checkSize(path); err != nil {
		return nil, 0, err
	}
	file, err := openRegular(path)
	if err != nil {
		return nil, 0, err
	}
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{contextReader{ctx, file}, file}, offset, nil
}

// web is a bundle on a web server.
type web struct {
	client *remote.Client
	idle   time.Duration // that a body may take for the next byte
}

// errCut is a body that ended early; asking for the rest may help.
var errCut = errors.New("the connection was cut")

func (s web) manifest(ctx context.Context, tag string) ([]byte, string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*s.idle)
	defer cancel()
	r := remote.Request{Path: "/" + ManifestName, Header: http.Header{}}
	if tag != "" {
		r.Header.Set("If-None-Match", tag)
	}
	answer, err := s.client.Do(ctx, r, http.StatusOK, http.StatusNotModified)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusOK:
	case tag == "":
		return nil, "", errors.New("the server says that nothing has changed, but was not asked that")
	default:
		return nil, tag, nil
	}
	signed, err := io.ReadAll(io.LimitReader(answer.Body, MaxManifestBytes+1))
	return signed, answer.Header.Get("ETag"), err
}

func (s web) open(ctx context.Context, f File, offset int64) (io.ReadCloser, int64, error) {
	ctx, cancel := context.WithCancel(ctx)
	r := remote.Request{Path: "/" + f.Path(), Header: http.Header{}}
	wanted := []int{http.StatusOK}
	if offset > 0 {
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
		wanted = append(wanted, http.StatusPartialContent)
	}
	answer, err := s.client.Do(ctx, r, wanted...)
	if err != nil {
		cancel()
		status, answered := errors.AsType[*remote.StatusError](err)
		switch {
		case !answered:
			err = fmt.Errorf("%w: %w", errCut, err)
		case status.Status == http.StatusNotFound:
			err = &FileError{f.Name, ErrIncomplete, "the server does not have it; a copy may be under way"}
		}
		return nil, 0, err
	}
	if answer.StatusCode == http.StatusOK {
		offset = 0
	} else if from, ok := rangeStart(answer.Header.Get("Content-Range")); !ok || from != offset {
		cancel()
		return nil, 0, errors.Join(errors.New("the server answers another range than it was asked for"), answer.Body.Close())
	}
	return &body{answer.Body, time.AfterFunc(s.idle, cancel), s.idle, cancel}, offset, nil
}

// rangeStart reads a Content-Range such as "bytes 5-9/10" (RFC 9110, section 14.4).
func rangeStart(value string) (int64, bool) {
	rest, ok := strings.CutPrefix(value, "bytes ")
	first, _, found := strings.Cut(rest, "-")
	n, err := strconv.ParseInt(first, 10, 64)
	return n, ok && found && err == nil
}

// body is that of an answer, which is given up when nothing comes for a while.
type body struct {
	io.ReadCloser
	watch  *time.Timer
	idle   time.Duration
	cancel context.CancelFunc
}

// Read reads from the body. Every failure but its end is errCut.
func (b *body) Read(p []byte) (int, error) {
	b.watch.Reset(b.idle)
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%w: %w", errCut, err)
	}
	return n, err
}

// Close gives the rest of the body up.
func (b *body) Close() error {
	b.watch.Stop()
	b.cancel()
	return b.ReadCloser.Close()
}

// missing reports whether the source as a whole is not there.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
