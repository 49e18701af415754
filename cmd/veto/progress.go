package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/vetopw/veto/lists/breach"
)

// How often progress is told.
const (
	barInterval  = 100 * time.Millisecond
	lineInterval = time.Minute
)

// settling is how long a phase lasts before it is told: earlier rates mean
// nothing.
const settling = time.Second

// progress tells how far a command is: by a bar on a terminal, and elsewhere by
// a line a minute.
type progress struct {
	w       io.Writer
	bar     *progressbar.ProgressBar // nil: none
	drawn   bool                     // the bar is to be seen
	onBar   bool                     // w is a terminal
	phase   string
	started time.Time // of the phase
	next    time.Time // when to tell again
	now     func() time.Time
}

func newProgress(w io.Writer) *progress {
	p := &progress{w: w, onBar: terminal(w) != nil && os.Getenv("TERM") != "dumb", now: time.Now}
	p.next = p.now().Add(p.interval())
	return p
}

func (p *progress) interval() time.Duration {
	if p.onBar {
		return barInterval
	}
	return lineInterval
}

// say writes a line above the bar.
func (p *progress) say(line string) {
	p.end()
	fmt.Fprintln(p.w, "veto:", line)
}

// update takes the state of a compilation.
func (p *progress) update(s breach.Progress) {
	now := p.now()
	if s.Phase != p.phase {
		p.end()
		p.phase, p.started = s.Phase, now
		if p.onBar {
			p.bar = p.newBar(s)
			p.bar.StartWithoutRender() // its clock
		}
	}
	if now.Before(p.next) || now.Sub(p.started) < settling {
		return
	}
	p.next = now.Add(p.interval())
	if p.onBar {
		p.draw(s)
		return
	}
	fmt.Fprintln(p.w, "veto:", progressLine(s, now.Sub(p.started)))
}

// newBar returns a bar that is not drawn yet.
func (p *progress) newBar(s breach.Progress) *progressbar.ProgressBar {
	return progressbar.NewOptions64(barTotal(s),
		progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetDescription(s.Phase),
		progressbar.OptionShowBytes(s.Bytes),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionFullWidth(),
		progressbar.OptionThrottle(barInterval),
		progressbar.OptionClearOnFinish(),
	)
}

// barTotal returns the length of the bar, -1 for a spinner.
func barTotal(s breach.Progress) int64 {
	if s.Total == 0 {
		return -1
	}
	return s.Total
}

// draw moves the bar, which has a rate and the time left.
func (p *progress) draw(s breach.Progress) {
	if total := barTotal(s); total != p.bar.GetMax64() {
		p.bar.ChangeMax64(total)
	}
	p.drawn = true
	_ = p.bar.Set64(s.Done) // what cannot be drawn does no harm
}

// end takes the bar away.
func (p *progress) end() {
	if p.drawn {
		_ = p.bar.Clear()
	}
	p.bar, p.drawn = nil, false
	p.phase = ""
}

// progressLine tells the state in words.
func progressLine(s breach.Progress, took time.Duration) string {
	amount := func(n int64) string {
		if s.Bytes {
			return byteSize(n).String()
		}
		return breach.Group(uint64(n))
	}
	line := fmt.Sprintf("%s: %s", s.Phase, amount(s.Done))
	if s.Total > 0 {
		line += fmt.Sprintf(" of %s (%d %%)", amount(s.Total), 100*s.Done/s.Total)
	}
	if s.Keys > 0 {
		line += ", " + grouped(s.Keys, "hash")
	}
	seconds := took.Seconds()
	if took < settling || s.Done == 0 {
		return line
	}
	rate := float64(s.Done) / seconds
	line += fmt.Sprintf(", %s/s", amount(int64(rate)))
	if s.Total > s.Done {
		left := time.Duration(float64(s.Total-s.Done) / rate * float64(time.Second))
		line += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	return line
}
