package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/vetopw/veto/remote"
)

// Reporter tells a server how this machine is.
type Reporter struct {
	// Server is reached at its base URL, such as https://veto.example.org.
	Server *remote.Client
	// Collect returns the report of now. It must not block for long.
	Collect func() Report
	// Interval is the mean time between two reports; 0 means five minutes.
	Interval time.Duration
	// Logger receives failures, each once; nil means none.
	Logger *slog.Logger
}

const (
	reportPath      = "/v1/fleet/report"
	defaultInterval = 5 * time.Minute
	reportTimeout   = 30 * time.Second
	firstSpread     = 10 * time.Second
	lastTimeout     = 2 * time.Second
)

// Send sends one report.
func (r *Reporter) Send(ctx context.Context) error { return r.send(ctx, r.Collect()) }

// Last sends the report that this machine stops, and why if it was not told to. It
// takes two seconds at most, whatever the network or a file of the client does.
func (r *Reporter) Last(cause error) error {
	ctx, cancel := context.WithTimeout(context.Background(), lastTimeout)
	defer cancel()
	sent := make(chan error, 1)
	go func() {
		report := r.Collect()
		report.Stopping = true
		if cause != nil {
			report.Error = cause.Error()
		}
		sent <- r.send(ctx, report)
	}()
	select {
	case err := <-sent:
		return err
	case <-ctx.Done():
		return fmt.Errorf("fleet: report: %w", ctx.Err())
	}
}

func (r *Reporter) send(ctx context.Context, report Report) error {
	if err := report.check(); err != nil {
		return fmt.Errorf("fleet: %w", err)
	}
	body, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("fleet: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, reportTimeout)
	defer cancel()
	answer, err := r.Server.Do(ctx, remote.Request{Method: http.MethodPost, Path: reportPath, Body: body}, http.StatusOK)
	if err != nil {
		return fmt.Errorf("fleet: report: %w", err)
	}
	return answer.Body.Close()
}

// Run sends reports until the context ends: the first within seconds, the others
// at intervals that vary by a quarter, so that many machines spread out. After a
// failure it waits twice as long as before, up to an hour or the interval.
func (r *Reporter) Run(ctx context.Context) {
	interval, log := r.Interval, r.Logger
	if interval <= 0 {
		interval = defaultInterval
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	wait, failing := rand.N(min(firstSpread, interval)), false
	for failures := 0; sleep(ctx, wait); {
		err := r.Send(ctx)
		if ctx.Err() != nil {
			return
		}
		if failures++; err == nil {
			failures = 0
		}
		if err != nil && !failing {
			log.Warn("report fails", "error", err)
		} else if err == nil && failing {
			log.Info("reports arrive again")
		}
		failing = err != nil
		wait = pause(interval, failures)
	}
}

// pause returns how long to wait after so many failures in a row.
func pause(interval time.Duration, failures int) time.Duration {
	mean := min(interval<<min(failures, 10), max(time.Hour, interval))
	return mean*3/4 + rand.N(mean/2+1)
}

// sleep reports whether the context lasted so long.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
