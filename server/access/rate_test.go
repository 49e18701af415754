package access

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// TestBucket compares a bucket with the units of the last second, counted one by
// one: never more than twice the rate in any second, and never refused for longer
// than it takes to flow out.
func TestBucket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 50).Draw(t, "rate")
		r := perSecond(n)
		var b bucket
		var taken []time.Duration
		now := time.Duration(0)
		for range rapid.IntRange(1, 300).Draw(t, "requests") {
			now += time.Duration(rapid.IntRange(0, 100).Draw(t, "ms")) * time.Millisecond
			if wait := b.take(r, now); wait > 0 {
				if wait > time.Second || b.take(r, now+wait-1) == 0 {
					t.Fatalf("wait %v at %v", wait, now)
				}
				continue
			}
			taken = append(taken, now)
			recent := 0
			for _, at := range taken {
				if at > now-time.Second {
					recent++
				}
			}
			if recent > 2*n {
				t.Fatalf("%d units in a second at rate %d", recent, n)
			}
		}
		if len(taken) == 0 {
			t.Fatal("nothing was taken")
		}
	})
}

func TestBucketOwes(t *testing.T) {
	r, now := perSecond(10), time.Hour
	var b bucket
	if b.take(r, now) != 0 {
		t.Fatal("an empty bucket has no room")
	}
	b.add(r, now, 99) // a batch of 100
	if wait := b.take(r, now); wait < 9*time.Second || wait > 10*time.Second {
		t.Errorf("wait %v after 100 units at 10 a second", wait)
	}
	if b.take(r, now+9100*time.Millisecond) != 0 {
		t.Error("no room when the debt is paid")
	}
	var free bucket
	free.add(rate{}, now, 1000)
	if free.take(rate{}, now) != 0 || free.wait(rate{}, now) != 0 {
		t.Error("the zero rate is a limit")
	}
}

func TestMeter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(within(5, time.Minute), clock{time.Now()})
		alice := m.key("token:a", []byte("Alice"))
		if m.key("token:a", []byte("Bob")) == alice {
			t.Error("another name has the same key")
		}
		if m.key("token:b", []byte("alice")) == alice || newMeter(rate{}, clock{}).key("token:a", []byte("Alice")) == alice {
			t.Error("another scope or meter has the same key")
		}
		for i := range 5 {
			if m.wait(alice) != 0 {
				t.Fatalf("full after %d", i)
			}
			m.add(alice)
		}
		wait := m.wait(alice)
		if wait <= 0 || wait > time.Minute {
			t.Errorf("wait %v after 5 in a minute", wait)
		}
		if m.wait(m.key("token:a", []byte("bob"))) != 0 {
			t.Error("another name waits, too")
		}
		time.Sleep(wait)
		if m.wait(alice) != 0 {
			t.Error("no room after the wait")
		}
		time.Sleep(time.Hour)
		for range 4 {
			m.add(alice)
		}
		if m.wait(alice) != 0 {
			t.Error("what was long ago still counts")
		}
	})
}

// TestMeterIsBounded fills a meter with names, after which a full one is still
// known.
func TestMeterIsBounded(t *testing.T) {
	m := newMeter(within(100, time.Hour), clock{time.Now()})
	full := m.key("", []byte("full"))
	for range 100 {
		m.add(full)
	}
	for i := range 10 * len(m.slots) {
		m.add(m.key("", []byte(fmt.Sprint(i))))
	}
	if m.wait(full) == 0 {
		t.Error("others took the place of a full bucket")
	}
	used := 0
	for i := range m.slots {
		if m.slots[i].key.Load() != 0 {
			used++
		}
	}
	if used < len(m.slots)*9/10 {
		t.Errorf("%d of %d slots used", used, len(m.slots))
	}
}
