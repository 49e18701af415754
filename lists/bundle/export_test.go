package bundle

import (
	"context"
	"io"
	"time"
)

// Fail makes the writes of o fail where fault says so.
func (o *WriteOptions) Fail(fault func(step string) error) { o.disk.fault = fault }

// Fail makes the steps of k on the disk fail where fault says so.
func (k *Keeper) Fail(fault func(step string) error) { k.disk.fault = fault }

// Hurry makes k wait briefly where it waits for the network.
func (k *Keeper) Hurry(resume, idle time.Duration) {
	k.resume = resume
	if s, ok := k.source.(web); ok {
		s.idle = idle
		k.source = s
	}
}

// Pause opens pause to the tests.
func Pause(interval time.Duration, failures int, err error) time.Duration {
	return pause(interval, failures, err)
}

// Text returns the text of a manifest.
func (m *Manifest) Text() string { return string(m.appendText(nil)) }

// ParseText opens parseText to the tests.
func ParseText(text string) (*Manifest, error) { return parseText(text) }

// Watch replaces the source of k by one that calls looked and has nothing new.
func (k *Keeper) Watch(looked func()) { k.source = watched(looked) }

type watched func()

func (w watched) manifest(context.Context, string) ([]byte, string, error) {
	w()
	return nil, "", nil
}

func (w watched) open(context.Context, File, int64) (io.ReadCloser, int64, error) {
	return nil, 0, ErrIncomplete
}
