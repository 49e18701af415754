package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/vetopw/veto/lists/breach"
)

func TestProgressLines(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := newProgress(&out)
	p.now = func() time.Time { return now }
	p.next = now.Add(lineInterval)
	for second := range 150 {
		now = time.Unix(int64(second), 0)
		p.update(breach.Progress{Phase: "read", Bytes: true, Done: int64(second) * 1e9, Total: 300e9, Keys: uint64(second) * 25e6})
	}
	p.end()
	want := "veto: read: 60 GB of 300 GB (20 %), 1,500,000,000 hashes, 1 GB/s, 4m0s left\n" +
		"veto: read: 120 GB of 300 GB (40 %), 3,000,000,000 hashes, 1 GB/s, 3m0s left\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestProgressLine(t *testing.T) {
	for _, test := range []struct {
		state breach.Progress
		took  time.Duration
		want  string
	}{
		{breach.Progress{Phase: "read", Bytes: true, Done: 5e6}, time.Second, "read: 5 MB, 5 MB/s"},
		{breach.Progress{Phase: "merge", Done: 1000, Total: 4000, Keys: 4000}, time.Second, "merge: 1,000 of 4,000 (25 %), 4,000 hashes, 1,000/s, 3s left"},
		{breach.Progress{Phase: "write"}, 0, "write: 0"},
		{breach.Progress{Phase: "read", Bytes: true, Done: 5e6}, time.Second / 2, "read: 5 MB"},
	} {
		if got := progressLine(test.state, test.took); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

// On a terminal there is a bar, and it does not stay.
func TestProgressBar(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out)
	p.onBar = true
	now := time.Unix(0, 0)
	p.now = func() time.Time { return now }
	p.next = time.Time{}
	state := breach.Progress{Phase: "read", Bytes: true, Done: 1e9, Total: 4e9}
	p.update(state)
	now = now.Add(settling - 1)
	p.update(state)
	if out.Len() > 0 {
		t.Errorf("%q in the first second", out.String())
	}
	now = now.Add(1)
	p.update(state)
	if !strings.Contains(out.String(), "25%") {
		t.Errorf("no 25%% in %q", out.String())
	}
	p.say("line")
	if !strings.HasSuffix(out.String(), "\rveto: line\n") {
		t.Errorf("the bar stays: %q", out.String())
	}
}

func TestByteSize(t *testing.T) {
	for _, test := range []struct {
		text, want string // no want: refused
	}{
		{"512MB", "512 MB"}, {"512 mb", "512 MB"}, {"1GiB", "1.07 GB"}, {"1.5g", "1.61 GB"}, {"16000000", "16 MB"}, {"2TB", "2 TB"},
		{"15MB", ""}, {"", ""}, {"MB", ""}, {"-1GB", ""}, {"1XB", ""}, {"1e30GB", ""}, {"NaN", ""}, {"infinity", ""},
	} {
		var size byteSize
		err := size.Set(test.text)
		if (err == nil) != (test.want != "") || err == nil && size.String() != test.want {
			t.Errorf("%q: %v, %v; want %q", test.text, size, err, test.want)
		}
	}
}
