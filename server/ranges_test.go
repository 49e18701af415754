package server_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/server"
)

// record returns the record of a digest in hexadecimal.
func record(t testing.TB, digest string, count uint32) (r filter.Record) {
	t.Helper()
	r.Count = count
	if _, err := hex.Decode(r.Digest[:], []byte(digest)); err != nil {
		t.Fatal(err)
	}
	return r
}

// newBreach compiles records, in any order, to an index and opens it.
func newBreach(t testing.TB, o filter.Options, records ...filter.Record) lists.Breach {
	t.Helper()
	_, breach := writeBreach(t, o, records...)
	return breach
}

func writeBreach(t testing.TB, o filter.Options, records ...filter.Record) (path string, breach lists.Breach) {
	t.Helper()
	path = filepath.Join(t.TempDir(), o.Kind.String()+".veto")
	w, err := filter.Create(path, o)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(records, func(a, b filter.Record) int { return bytes.Compare(a.Digest[:], b.Digest[:]) })
	if err := w.Append(records); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	breaches, err := lists.OpenBreaches(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, breaches[0]
}

var sha1Ranges = filter.Options{Kind: filter.SHA1, Ranges: true}

// fetch gets a path with header fields as name, value, ...
func (s *service) fetch(t testing.TB, method, path string, fields ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, "http://"+s.addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for f := range slices.Chunk(fields, 2) {
		r.Header.Set(f[0], f[1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// snapshotOf returns a snapshot of breach corpora, called by their number.
func snapshotOf(t testing.TB, breaches ...lists.Breach) *lists.Snapshot {
	t.Helper()
	for i := range breaches {
		breaches[i].Name = fmt.Sprint("breached/", i)
	}
	s, err := lists.Build(lists.Options{NoGlobal: true, Breaches: breaches})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func startRanges(t testing.TB, breaches ...lists.Breach) *service {
	t.Helper()
	s := start(t, server.Config{}, server.DefaultLimits(), nil)
	s.SwapSnapshot(snapshotOf(t, breaches...))
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return s
}

func TestRange(t *testing.T) {
	const one, two, three = "21bd1000000000000000000000000000000000f1", "21bd1fffffffffffffffffffffffffffffffffff", "21bd2000000000000000000000000000000000aa"
	s := startRanges(t,
		newBreach(t, filter.Options{Kind: filter.SHA1}, record(t, three, 9)), // without ranges
		newBreach(t, sha1Ranges, record(t, one, 3), record(t, two, 1234567), record(t, three, 1)),
		newBreach(t, filter.Options{Kind: filter.NTLM, Ranges: true}, record(t, "21bd100000000000000000000000abcd", 7)))
	for path, want := range map[string]string{
		"/range/21BD1":           "000000000000000000000000000000000F1:3\r\nFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF:1234567",
		"/range/21bd1":           "000000000000000000000000000000000F1:3\r\nFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF:1234567",
		"/range/21Bd2":           "000000000000000000000000000000000AA:1",
		"/range/21Bd2?mode=sha1": "000000000000000000000000000000000AA:1",
		"/range/00000":           "",
		"/range/fffff":           "",
		"/range/21bd1?mode=ntlm": "00000000000000000000000ABCD:7",
		"/range/21bd2?mode=ntlm": "",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			resp, body := s.fetch(t, method, path)
			h := resp.Header
			if resp.StatusCode != 200 || method == "GET" && body != want || want != "" && resp.ContentLength != int64(len(want)) {
				t.Errorf("%s %s: %d, %d bytes, %q", method, path, resp.StatusCode, resp.ContentLength, body)
			}
			if h.Get("Content-Type") != "text/plain; charset=utf-8" || h.Get("Cache-Control") != "no-cache" ||
				h.Get("Vary") != "Add-Padding" || h.Get("Etag") == "" || h.Get("X-Request-Id") == "" {
				t.Errorf("%s %s: %v", method, path, h)
			}
		}
	}
}

func TestRangeErrors(t *testing.T) {
	s := startRanges(t, newBreach(t, sha1Ranges))
	for path, want := range map[string]int{
		"/range/": 400, "/range/21bd": 400, "/range/21bd12": 400, "/range/21bdg": 400, "/range/21bd/": 400, "/range/%32%31bd1": 400,
		"/range/+21bd": 400, "/range/21bd1/": 400, "/range/21bd1?": 400, "/range/21bd1?mode=": 400, "/range/21bd1?mode=NTLM": 400,
		"/range/21bd1?mode=md5": 400, "/range/21bd1?mode=sha1&x": 400, "/range/?mode=ntlm": 400, "/range/:@[`g": 400,
		"/range/21bd1?mode=ntlm": 501, // no such index
		"/range":                 404, "/ranges/21bd1": 404,
	} {
		resp, body := s.fetch(t, "GET", path)
		if resp.StatusCode != want || resp.Header.Get("Content-Type") != "application/problem+json" ||
			resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Etag") != "" || strings.Contains(body, "decision") {
			t.Errorf("%s: %d %v %s, want %d", path, resp.StatusCode, resp.Header, body, want)
		}
	}
	if resp, _ := s.fetch(t, "POST", "/range/21bd1", "Content-Type", "application/json"); resp.StatusCode != 405 || resp.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d %v", resp.StatusCode, resp.Header)
	}
	for _, breaches := range [][]lists.Breach{nil, {newBreach(t, filter.Options{Kind: filter.SHA1})}} {
		s.SwapSnapshot(snapshotOf(t, breaches...))
		if resp, body := s.fetch(t, "GET", "/range/21bd1"); resp.StatusCode != 501 || !strings.Contains(body, "veto compile --ranges") {
			t.Errorf("%d corpora without ranges: %d %s", len(breaches), resp.StatusCode, body)
		}
	}
}

func TestRangeTags(t *testing.T) {
	const digest = "21bd1000000000000000000000000000000000f1"
	one, two := newBreach(t, sha1Ranges, record(t, digest, 3)), newBreach(t, sha1Ranges, record(t, digest, 3), record(t, strings.Repeat("0", 40), 1))
	s := startRanges(t, one)
	resp, plain := s.fetch(t, "GET", "/range/21BD1")
	tag := resp.Header.Get("Etag")
	resp, _ = s.fetch(t, "GET", "/range/21BD1", "Add-Padding", "true")
	padded := resp.Header.Get("Etag")
	if tag == padded {
		t.Error("the padded answer has the tag of the other")
	}
	for _, x := range []struct {
		match, padding string
		want           int
	}{
		{tag, "", 304}, {"W/" + tag, "", 304}, {`"x", ` + tag, "", 304}, {"*", "", 304}, {tag, "false", 304}, {padded, "true", 304}, {padded, "True", 304},
		{padded, "", 200}, {tag, "true", 200}, {`"x"`, "", 200}, {"", "", 200}, {strings.Trim(tag, `"`), "", 200}, {",,", "", 200},
	} {
		resp, body := s.fetch(t, "GET", "/range/21BD1", "If-None-Match", x.match, "Add-Padding", x.padding)
		if resp.StatusCode != x.want || x.want == 304 && (body != "" || resp.Header.Get("Etag") == "") || x.want == 200 && !strings.HasPrefix(body, plain) {
			t.Errorf("%+v: %d %q %v", x, resp.StatusCode, body, resp.Header)
		}
	}
	s.SwapSnapshot(snapshotOf(t, two))
	if resp, _ := s.fetch(t, "GET", "/range/21BD1", "If-None-Match", tag); resp.StatusCode != 200 {
		t.Errorf("another index, the same tag: %d", resp.StatusCode)
	}
}

// TestRangePadding wants between 800 and 1,000 rows for few, and more where
// there are more, the same ones again, and others from another server.
func TestRangePadding(t *testing.T) {
	records := []filter.Record{record(t, "21bd1000000000000000000000000000000000f1", 3)}
	for i := range 1301 {
		records = append(records, record(t, fmt.Sprintf("00000%035x", i), 2))
	}
	breach := newBreach(t, sha1Ranges, records...)
	ntlm := newBreach(t, filter.Options{Kind: filter.NTLM, Ranges: true})
	s, other := startRanges(t, breach, ntlm), startRanges(t, breach, ntlm)
	sizes := map[int]bool{}
	for _, x := range []struct {
		path                 string
		real, least, most, n int
	}{
		{"/range/21bd1", 1, 800, 1000, 35}, {"/range/00000", 1301, 1400, 1600, 35}, {"/range/7ffff", 0, 800, 1000, 35}, {"/range/7ffff?mode=ntlm", 0, 800, 1000, 27},
	} {
		_, body := s.fetch(t, "GET", x.path, "Add-Padding", "true")
		rows := strings.Split(body, "\r\n")
		sizes[len(rows)] = true
		if len(rows) < x.least || len(rows) > x.most {
			t.Errorf("%s: %d rows, want %d to %d", x.path, len(rows), x.least, x.most)
		}
		seen := map[string]bool{}
		for i, row := range rows {
			suffix, count, _ := strings.Cut(row, ":")
			if len(suffix) != x.n || strings.Trim(suffix, "0123456789ABCDEF") != "" || (count == "0") != (i >= x.real) || seen[suffix] {
				t.Fatalf("%s: row %d is %q", x.path, i, row)
			}
			seen[suffix] = true
		}
		if _, again := s.fetch(t, "GET", x.path, "Add-Padding", "true"); again != body {
			t.Errorf("%s: other padding at the second time", x.path)
		}
		if _, theirs := other.fetch(t, "GET", x.path, "Add-Padding", "true"); theirs == body {
			t.Errorf("%s: the same padding from another server", x.path)
		}
	}
	if len(sizes) < 3 {
		t.Errorf("numbers of rows %v", sizes)
	}
}

// TestRangeAllocations wants none beside those of the index.
func TestRangeAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("pools lose entries under the race detector")
	}
	s, err := server.New(server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var records []filter.Record
	for i := range 1000 {
		records = append(records, record(t, fmt.Sprintf("00000%035x", i), 2))
	}
	breach := newBreach(t, sha1Ranges, records...)
	s.SwapSnapshot(snapshotOf(t, breach))
	var rows []byte
	own := testing.AllocsPerRun(100, func() {
		var err error
		if rows, err = breach.Chain.Range(rows[:0], 0); err != nil {
			t.Fatal(err)
		}
	})
	for _, header := range []string{"X-Nothing", "Add-Padding", fasthttp.HeaderIfNoneMatch} {
		ctx := server.NewContext(s)
		ctx.Request.Header.SetMethod("GET")
		ctx.Request.Header.Set(header, "true")
		ctx.Request.SetRequestURI("/range/00000")
		if n := testing.AllocsPerRun(100, func() {
			s.Handle(ctx)
			if ctx.Response.StatusCode() != 200 {
				panic(ctx.Response.String())
			}
			ctx.Response.Reset()
		}); n > own {
			t.Errorf("%s: %v allocations, %v of the index", header, n, own)
		}
	}
}

// brokenSet is a breach list whose file is gone.
type brokenSet struct{}

func (brokenSet) Lookup([]byte) (uint8, bool) { return 0, false }
func (brokenSet) Err() error                  { return errors.New("gone") }

// TestBrokenIndex wants the declared answer, not an accept, while what other
// rules refuse is still refused.
func TestBrokenIndex(t *testing.T) {
	e, err := engine.New(engine.Config{
		Policies: []engine.Policy{engine.DefaultPolicy()},
		Breaches: []engine.BreachList{{Name: "b", Kind: engine.SHA1, Set: brokenSet{}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, explain := range []bool{false, true} {
		c := start(t, server.Config{Explain: explain}, server.DefaultLimits(), e).dial(t)
		strong, weak := `{"password":"uh8#Kp2!qLzw6R"}`, `{"password":"short"}`
		for _, x := range []struct {
			path, body string
			want       int
		}{
			{"/v1/check", strong, 503}, {"/v1/check", weak, 200},
			{"/v1/check:batch", `{"checks":[` + weak + `]}`, 200},
		} {
			a := c.send("POST", x.path, x.body)
			if a.status != x.want || x.want == 503 && (a.json["decision"] != "reject" || fmt.Sprint(a.codes()) != "[unavailable]") {
				t.Errorf("%s %s: %d %s", x.path, x.body, a.status, a.body)
			}
		}
		a := c.send("POST", "/v1/check:batch", `{"checks":[`+strong+`,`+weak+`]}`)
		verdicts, _ := a.json["verdicts"].([]any)
		if len(verdicts) != 2 {
			t.Fatalf("a batch: %d %s", a.status, a.body)
		}
		for i, want := range []string{"[unavailable]", "[too_short low_score]"} {
			one := answer{json: verdicts[i].(map[string]any)}
			if got := fmt.Sprint(one.codes()); got != want || one.json["decision"] != "reject" {
				t.Errorf("entry %d of a batch: %s, want %s", i, got, want)
			}
		}
	}
}

// TestCutIndex cuts the file of an index that is in use.
func TestCutIndex(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file in use cannot be cut")
	}
	for _, x := range []struct {
		name       string
		keys, left int
		first      string // what is asked first
	}{
		{"whole pages are gone", 50_000, 4096, "/v1/check"},
		{"the page that is mapped reads as zeros", 300, 100, "/v1/check"},
		{"nobody asks for a check", 300, 100, "/readyz"},
	} {
		t.Run(x.name, func(t *testing.T) { cutIndex(t, x.keys, x.left, x.first) })
	}
}

func cutIndex(t *testing.T, keys, left int, first string) {
	var records []filter.Record
	for i := range keys {
		sum := sha1.Sum([]byte{byte(i), byte(i >> 8)})
		records = append(records, filter.Record{Digest: sum, Count: 1})
	}
	path, breach := writeBreach(t, sha1Ranges, records...)
	s := startRanges(t, breach)
	c := s.dial(t)
	ask := func(when, path string, want int) {
		t.Helper()
		if strings.HasPrefix(path, "/range/") {
			if resp, body := s.fetch(t, "GET", path); resp.StatusCode != want {
				t.Errorf("%s: %s: %d %s", when, path, resp.StatusCode, body)
			}
			return
		}
		method, body := "GET", ""
		if path == "/v1/check" {
			method, body = "POST", `{"password":"uh8#Kp2!qLzw6R"}`
		}
		if a := c.send(method, path, body); a.status != want {
			t.Errorf("%s: %s: %d %s", when, path, a.status, a.body)
		}
	}
	all := []string{first, "/v1/check", "/readyz", "/range/fffff"}
	for _, path := range all {
		ask("before", path, 200)
	}
	if err := os.Truncate(path, int64(left)); err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		ask("after", path, 503)
		if text := s.log.String(); strings.Count(text, "breach index failed") != 1 || !strings.Contains(text, "breached/0") {
			t.Errorf("after %s the log is %s", path, text)
		}
	}
}

func BenchmarkRange(b *testing.B) {
	s, err := server.New(server.Config{})
	if err != nil {
		b.Fatal(err)
	}
	var records []filter.Record
	for i := range 1000 {
		sum := sha1.Sum([]byte{byte(i), byte(i >> 8)})
		records = append(records, record(b, fmt.Sprintf("00000%035x", sum[:17])[:40], uint32(i+1)))
	}
	s.SwapSnapshot(snapshotOf(b, newBreach(b, sha1Ranges, records...)))
	for _, padding := range []string{"false", "true"} {
		b.Run("padding="+padding, func(b *testing.B) {
			ctx := server.NewContext(s)
			ctx.Request.Header.SetMethod("GET")
			ctx.Request.Header.Set("Add-Padding", padding)
			ctx.Request.SetRequestURI("/range/00000")
			b.ReportAllocs()
			for b.Loop() {
				s.Handle(ctx)
				ctx.Response.Reset()
			}
		})
	}
}
