package main

import (
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

// hangups are the hangups (SIGHUP) of the process, from the first line on: one that
// comes while the process starts must not end it.
type hangups struct {
	arrived chan os.Signal
	log     *slog.Logger
	files   []reopener
}

// reopener is what is opened again at a hangup.
type reopener struct {
	what   string // in the log
	reopen func() error
}

func newHangups(log *slog.Logger) *hangups {
	h := &hangups{arrived: make(chan os.Signal, 1), log: log}
	signal.Notify(h.arrived, syscall.SIGHUP)
	return h
}

// add has something opened again, after what was added before.
func (h *hangups) add(what string, reopen func() error) {
	h.files = append(h.files, reopener{what, reopen})
}

// serve follows hangups until the function it returns is called, which waits for
// the last. Nothing is added any more.
func (h *hangups) serve() (stop func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range h.arrived {
			for _, f := range h.files {
				if err := f.reopen(); err != nil {
					h.log.Error(f.what+" cannot be opened again", "error", err)
				} else {
					h.log.Info(f.what + " opened again")
				}
			}
		}
	}()
	return func() {
		signal.Stop(h.arrived)
		close(h.arrived)
		<-done
	}
}
