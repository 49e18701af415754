package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// grace is how long work has to end after an interrupt, so that the processes that it
// has started end before this one.
const grace = time.Second

// scratch makes a folder below dir, that of temporary files if it is empty, and works
// in it. The folder is gone when scratch returns. An interrupt ends ctx, and soon also
// scratch, whether or not the work has looked at ctx: this process is to end then.
func scratch(dir string, work func(ctx context.Context, folder string) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	folder, err := os.MkdirTemp(dir, "veto-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	ended := make(chan error, 1)
	go func() { ended <- work(ctx, folder) }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		select {
		case err = <-ended:
		case <-time.After(grace):
			return context.Cause(ctx)
		}
	}
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
