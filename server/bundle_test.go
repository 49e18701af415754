package server_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vetopw/veto/lists/bundle"
	"github.com/vetopw/veto/server"
)

// published is a bundle of a list and an index of so many bytes.
type published struct {
	dir  string
	keys bundle.Keys
	m    *bundle.Manifest
	data map[string][]byte
}

func publish(t testing.TB, size int) *published {
	t.Helper()
	private, public, err := bundle.GenerateKey("tests")
	if err != nil {
		t.Fatal(err)
	}
	key, err := bundle.ParseSigningKey([]byte(private))
	if err != nil {
		t.Fatal(err)
	}
	p := &published{dir: filepath.Join(t.TempDir(), "bundle"), data: map[string][]byte{
		"company.txt": []byte("zyxtal\n"), "index.veto": bytes.Repeat([]byte("0123456789abcde\n"), size/16),
	}}
	if p.keys, err = bundle.ParseKeys([]byte(public)); err != nil {
		t.Fatal(err)
	}
	o := bundle.WriteOptions{Keys: []*bundle.SigningKey{key}}
	for name, data := range p.data {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		o.Sources = append(o.Sources, bundle.Source{Path: path, Kind: bundle.Terms})
	}
	if p.m, err = bundle.Write(t.Context(), p.dir, o); err != nil {
		t.Fatal(err)
	}
	return p
}

// index returns the target of the index.
func (p *published) index() string { return "/v1/bundle/" + p.m.Files[1].Path() }

// get asks for a target with one header field.
func (s *service) get(t testing.TB, method, target, field, value string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequest(method, "http://"+s.addr+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	if field != "" {
		r.Header.Set(field, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, body
}

func TestBundle(t *testing.T) {
	p := publish(t, 1<<20)
	s := start(t, server.Config{Bundle: p.dir}, server.DefaultLimits(), newEngine(t, "s"))
	signed, err := bundle.ReadManifest(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	answer, body := s.get(t, "GET", "/v1/bundle/manifest", "", "")
	if answer.StatusCode != 200 || !bytes.Equal(body, signed) || answer.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("manifest: %v %s", answer, body)
	}
	tag := answer.Header.Get("ETag")
	if answer, body = s.get(t, "GET", "/v1/bundle/manifest", "If-None-Match", tag); answer.StatusCode != 304 || len(body) > 0 {
		t.Errorf("the same manifest: %v", answer)
	}
	if answer, _ = s.get(t, "GET", "/v1/bundle/manifest", "If-None-Match", `"other"`); answer.StatusCode != 200 {
		t.Errorf("another manifest: %v", answer)
	}
	index := p.data["index.veto"]
	n := len(index)
	for value, want := range map[string]struct {
		status   int
		from, to int
	}{
		"":                             {200, 0, n},
		"bytes=0-":                     {206, 0, n},
		"bytes=5-":                     {206, 5, n},
		"bytes=5-9":                    {206, 5, 10},
		"bytes=5-5":                    {206, 5, 6},
		fmt.Sprintf("bytes=%d-", n-1):  {206, n - 1, n},
		fmt.Sprintf("bytes=7-%d", 2*n): {206, 7, n},
		fmt.Sprintf("bytes=%d-", n):    {416, 0, 0},
		"bytes=99999999999-":           {416, 0, 0},
		"bytes=-5":                     {200, 0, n},
		"bytes=9-5":                    {200, 0, n},
		"bytes=0-1,5-9":                {200, 0, n},
		"bytes=99999999999999999999-":  {200, 0, n},
		"bytes=5-99999999999999999999": {200, 0, n},
		"rows=5-9":                     {200, 0, n},
		"bytes":                        {200, 0, n},
		"bytes=":                       {200, 0, n},
		"bytes=+5-":                    {200, 0, n},
	} {
		answer, body := s.get(t, "GET", p.index(), "Range", value)
		if answer.StatusCode != want.status || want.status < 300 && !bytes.Equal(body, index[want.from:want.to]) {
			t.Errorf("%q: %d, %d bytes, want %v", value, answer.StatusCode, len(body), want)
		}
		if got := answer.Header.Get("Content-Range"); want.status == 206 && got != fmt.Sprintf("bytes %d-%d/%d", want.from, want.to-1, n) {
			t.Errorf("%q: Content-Range %q", value, got)
		}
	}
	if answer, body := s.get(t, "HEAD", p.index(), "", ""); answer.StatusCode != 200 || answer.ContentLength != int64(n) || len(body) > 0 {
		t.Errorf("HEAD: %v", answer)
	}
	if got := s.Downloads(); got != 0 {
		t.Errorf("%d downloads are left", got)
	}
	for _, target := range []string{
		"/v1/bundle/", "/v1/bundle/Manifest", "/v1/bundle/manifest/", "/v1/bundle/manifest?x", "/v1/bundle/files/", "/v1/bundle/.lock",
		"/v1/bundle/files/../manifest", "/v1/bundle/../check", "/v1/bundle/files/" + strings.Repeat("0", 64), strings.ToUpper(p.index()),
		p.index() + "/", p.index() + "?x", p.index()[:len(p.index())-1], "/v1/bundle/files/..%2f..%2fmanifest",
	} {
		c := s.dial(t)
		if a := c.send("GET", target, ""); a.status != 404 {
			t.Errorf("%s: %d", target, a.status)
		}
	}
	if a := s.dial(t).send("POST", p.index(), "{}"); a.status != 405 {
		t.Errorf("POST: %d", a.status)
	}
	none := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"))
	if a := none.dial(t).send("GET", "/v1/bundle/manifest", ""); a.status != 501 {
		t.Errorf("without a bundle: %d", a.status)
	}
	empty := start(t, server.Config{Bundle: t.TempDir()}, server.DefaultLimits(), newEngine(t, "s"))
	if a := empty.dial(t).send("GET", "/v1/bundle/manifest", ""); a.status != 404 {
		t.Errorf("before the first bundle: %d", a.status)
	}
}

// TestSlowDownload takes longer than the limit for writing, in small parts; then
// takes nothing more.
func TestSlowDownload(t *testing.T) {
	p := publish(t, 16<<20)
	limits := server.DefaultLimits()
	limits.Write = time.Second
	s := start(t, server.Config{Bundle: p.dir}, limits, newEngine(t, "s"))
	ask := func() net.Conn {
		c := s.dial(t)
		c.Conn.(*net.TCPConn).SetReadBuffer(256 << 10)
		if _, err := io.WriteString(c, request("GET", p.index(), "")); err != nil {
			t.Fatal(err)
		}
		return c.Conn
	}
	c, got, began := ask(), int64(0), time.Now()
	for got < 16<<20 {
		n, err := io.CopyN(io.Discard, c, 1<<20)
		if got += n; err != nil {
			t.Fatalf("after %d bytes: %v", got, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if took := time.Since(began); took < limits.Write {
		t.Errorf("it took %v only", took)
	}
	c = ask()
	for _, busy := range []bool{true, false} {
		for end := time.Now().Add(30 * time.Second); (s.Downloads() > 0) != busy; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("a download in progress: %v, of a client that takes nothing", !busy)
			}
		}
	}
	if n, err := io.Copy(io.Discard, c); err == nil && n >= 16<<20 {
		t.Error("the whole file came through")
	}
}

// TestManyDownloads fills all places: further clients are told to wait, and
// checks go on.
func TestManyDownloads(t *testing.T) {
	p := publish(t, 8<<20)
	s := start(t, server.Config{Bundle: p.dir}, server.DefaultLimits(), newEngine(t, "s"))
	var all []net.Conn
	for range 64 {
		c := s.dial(t)
		c.Conn.(*net.TCPConn).SetReadBuffer(16 << 10)
		if _, err := io.WriteString(c, request("GET", p.index(), "")); err != nil {
			t.Fatal(err)
		}
		all = append(all, c.Conn)
	}
	for end := time.Now().Add(5 * time.Second); s.Downloads() < 64 && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	c := s.dial(t)
	if a := c.send("GET", p.index(), ""); a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("the 65th: %d %s", a.status, a.body)
	}
	if a := c.send("POST", "/v1/check", probeBody); a.status != 200 {
		t.Errorf("a check meanwhile: %d %s", a.status, a.body)
	}
	if answer, _ := s.get(t, "GET", "/v1/bundle/manifest", "", ""); answer.StatusCode != 200 {
		t.Errorf("the manifest meanwhile: %v", answer)
	}
	for _, c := range all {
		c.Close()
	}
	for end := time.Now().Add(10 * time.Second); s.Downloads() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d downloads are left", s.Downloads())
		}
	}
}

// TestManyKeepers lets 500 machines pull the first bundle at once. Who is told to
// wait does so; none fails.
func TestManyKeepers(t *testing.T) {
	keepers := 500
	if testing.Short() || raceEnabled {
		keepers = 50
	}
	p := publish(t, 256<<10)
	s := start(t, server.Config{Bundle: p.dir}, server.DefaultLimits(), newEngine(t, "s"))
	dir := t.TempDir()
	var all sync.WaitGroup
	var waits atomic.Int64
	for i := range keepers {
		all.Go(func() {
			k, err := bundle.OpenKeeper(t.Context(), bundle.Options{Source: "http://" + s.addr + "/v1/bundle", Dir: filepath.Join(dir, fmt.Sprint(i)), Keys: p.keys})
			if err != nil {
				t.Error(err)
				return
			}
			defer k.Close()
			for try := 0; ; try++ {
				changed, err := k.Refresh(t.Context())
				if err == nil && changed {
					break
				}
				if waits.Add(1); try > 30 {
					t.Error(err)
					return
				}
				time.Sleep(time.Duration(i%37+try) * 10 * time.Millisecond)
			}
			g, ok := k.Current()
			if !ok {
				t.Error("no generation")
				return
			}
			for _, f := range g.Manifest.Files {
				if data, err := os.ReadFile(g.Path(f)); err != nil || !bytes.Equal(data, p.data[f.Name]) {
					t.Errorf("%s: %v", f.Name, err)
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d keepers, %d waits", keepers, waits.Load())
}
