package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestHashSet(t *testing.T) {
	for _, s := range []hashSet{{keys: 0}, {keys: 1}, {keys: 3}, {keys: 1000, seed: 7}, {keys: 50000, ntlm: true}} {
		var last digest
		words := map[digest]bool{}
		for i := range s.known() {
			words[s.hash(s.password(i))] = true
		}
		n, once, known := 0, 0, 0
		firstHalf := 0
		for r := range s.all() {
			if n > 0 && bytes.Compare(last[:], r.digest[:]) >= 0 {
				t.Fatalf("%+v: hash %d doesn't ascend", s, n)
			}
			if last = r.digest; words[last] {
				known++
			}
			if r.count == 0 || !bytes.Equal(last[s.size():], make([]byte, len(last)-s.size())) {
				t.Fatalf("%+v: hash %d: %+v", s, n, r)
			}
			if n++; r.count == 1 {
				once++
			}
			if last[0] < 128 {
				firstHalf++
			}
		}
		if n != s.keys || known != s.known() {
			t.Errorf("%+v: %d hashes, %d of passwords", s, n, known)
		}
		// Five standard deviations of a fair coin.
		if d := math.Abs(float64(firstHalf) - float64(n)/2); d > 2.5*math.Sqrt(float64(n)) {
			t.Errorf("%+v: %d of %d below the middle", s, firstHalf, n)
		}
		if n >= 1000 && (once < n/2 || once > n*6/10) {
			t.Errorf("%+v: %d of %d seen once", s, once, n)
		}
	}
}

func TestPasswordsDiffer(t *testing.T) {
	const n = 100000
	seen := map[string]bool{}
	for i := range n {
		seen[string(hashSet{}.password(i))] = true
	}
	if len(seen) != n {
		t.Errorf("%d of %d differ", len(seen), n)
	}
}

// TestKnownHashes compares with published digests.
func TestKnownHashes(t *testing.T) {
	for _, test := range []struct {
		set  hashSet
		want string
	}{
		{hashSet{}, "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"},
		{hashSet{ntlm: true}, "8846f7eaee8fb117ad06bdd830b7586c"},
	} {
		d := test.set.hash([]byte("password"))
		if got := hex.EncodeToString(d[:test.set.size()]); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestHashText(t *testing.T) {
	s := hashSet{keys: 2000, ntlm: true, seed: 3}
	var lf, crlf, piped bytes.Buffer
	if err := s.writeText(&lf, false); err != nil {
		t.Fatal(err)
	}
	if err := s.writeText(&crlf, true); err != nil {
		t.Fatal(err)
	}
	if strings.ReplaceAll(crlf.String(), "\r\n", "\n") != lf.String() || strings.Count(crlf.String(), "\r\n") != s.keys {
		t.Error("line ends differ otherwise")
	}
	if code := run(append([]string{"hashes"}, s.arguments()...), &piped, &piped); code != 0 || piped.String() != lf.String() {
		t.Errorf("code %d: other text than by flags", code)
	}
	for line := range strings.Lines(lf.String()) {
		if digest, count, ok := strings.Cut(line, ":"); !ok || len(digest) != 32 || count == "\n" || digest != strings.ToUpper(digest) {
			t.Fatalf("line %q", line)
		}
	}
}

func TestRanges(t *testing.T) {
	s := hashSet{keys: 40}
	var text, joined strings.Builder
	if err := s.writeText(&text, false); err != nil {
		t.Fatal(err)
	}
	n := 0
	err := s.eachRange(func(prefix int, rows []byte) error {
		if prefix != n {
			t.Fatalf("range %d, want %d", prefix, n)
		}
		n++
		if len(rows) == 0 {
			return nil
		}
		for row := range strings.SplitSeq(string(rows), "\r\n") {
			fmt.Fprintf(&joined, "%05X%s\n", prefix, row)
		}
		return nil
	})
	if err != nil || n != rangeCount {
		t.Fatalf("%d ranges, %v", n, err)
	}
	if joined.String() != text.String() {
		t.Errorf("the ranges hold\n%snot\n%s", joined.String(), text.String())
	}
}
