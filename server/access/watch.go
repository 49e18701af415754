package access

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"time"
)

// Source is what is read from files and can be read again: a Guard or a
// Certificate.
type Source interface {
	Files() []string
	Reload() error
}

// pollEvery is how often Watch looks at the files.
const pollEvery = 2 * time.Second

// Watch reads a source again when one of its files has changed, until ctx ends.
// It begins with reading it, as the files may have changed since it was opened.
// After a failure it tries again, and logs each error once.
func Watch(ctx context.Context, s Source, log *slog.Logger) { watch(ctx, s, log, pollEvery) }

func watch(ctx context.Context, s Source, log *slog.Logger, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var seen []fs.FileInfo
	failed := ""
	for first := true; ctx.Err() == nil; first = false {
		now := stat(s.Files())
		if first || failed != "" || !slices.EqualFunc(seen, now, sameFile) {
			seen = now
			switch err := s.Reload(); {
			case err != nil && err.Error() != failed:
				failed = err.Error()
				log.Error("cannot be read again; what was read before holds", "error", err)
			case err == nil && !first:
				failed = ""
				log.Info("read again", "files", s.Files())
			}
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// stat returns what the system says about files, nil for those that it cannot
// find.
func stat(files []string) (all []fs.FileInfo) {
	for _, path := range files {
		info, err := os.Stat(path)
		if err != nil {
			info = nil
		}
		all = append(all, info)
	}
	return all
}

func sameFile(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
