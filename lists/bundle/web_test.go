package bundle_test

import (
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vetopw/veto/lists/bundle"
	"github.com/vetopw/veto/remote"
)

// counting counts the bytes of bodies.
type counting struct {
	http.ResponseWriter
	bytes *atomic.Int64
	left  int // bytes until the connection is cut; negative: never
}

func (w *counting) Write(p []byte) (int, error) {
	if w.left >= 0 && len(p) > w.left {
		w.ResponseWriter.Write(p[:w.left])
		w.bytes.Add(int64(w.left))
		panic(http.ErrAbortHandler)
	}
	if w.left >= 0 {
		w.left -= len(p)
	}
	w.bytes.Add(int64(len(p)))
	return w.ResponseWriter.Write(p)
}

// TestCutConnections cuts every connection after 30,000 bytes: the rest is asked
// for, and no byte comes twice.
func TestCutConnections(t *testing.T) {
	p := newPublisher(t)
	m := p.publish(1)
	var sent, requests atomic.Int64
	url := serve(t, p.dir, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			h.ServeHTTP(&counting{w, &sent, 30_000}, r)
		})
	})
	k := p.keeper(url)
	refresh(t, k, true, nil)
	has(t, k, 1)
	signed, _ := bundle.ReadManifest(p.dir)
	if want := m.Bytes() + int64(len(signed)); sent.Load() != want || requests.Load() < 6 {
		t.Errorf("%d bytes in %d requests, want %d", sent.Load(), requests.Load(), want)
	}
}

// TestNoProgress wants an end, and what has come to be kept.
func TestNoProgress(t *testing.T) {
	p := newPublisher(t)
	p.publish(1)
	var broken atomic.Bool
	var sent atomic.Int64
	broken.Store(true)
	url := serve(t, p.dir, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			left := -1
			if broken.Load() && strings.Contains(r.URL.Path, "files") {
				left = 0
				if r.Header.Get("Range") == "" {
					left = 50_000
				}
			}
			h.ServeHTTP(&counting{w, &sent, left}, r)
		})
	})
	k := p.keeper(url)
	if changed, err := k.Refresh(t.Context()); changed || err == nil {
		t.Fatalf("%v, %v", changed, err)
	}
	has(t, k, 0)
	broken.Store(false)
	before := sent.Load()
	refresh(t, k, true, nil)
	if n := sent.Load() - before; n > 80_000 {
		t.Errorf("%d bytes came again", n)
	}
}

// TestDamagedPart leaves a damaged part of a file behind, as a machine that
// stopped may: the file comes anew.
func TestDamagedPart(t *testing.T) {
	p := newPublisher(t)
	m := p.publish(1)
	for _, size := range []int64{1, 1000, m.Files[1].Bytes, m.Files[1].Bytes + 1} {
		dir := t.TempDir()
		part := filepath.Join(dir, "partial", m.Files[1].Digest.String())
		if err := os.Mkdir(filepath.Dir(part), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(part, make([]byte, size), 0o644); err != nil {
			t.Fatal(err)
		}
		k := p.keeperIn(serve(t, p.dir, nil), dir)
		refresh(t, k, true, nil)
		has(t, k, 1)
	}
}

// TestStalledServer wants a server that says nothing more to be left.
func TestStalledServer(t *testing.T) {
	p := newPublisher(t)
	p.publish(1)
	var stalls atomic.Int64
	url := serve(t, p.dir, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "files") {
				stalls.Add(1)
				w.Header().Set("Content-Length", "100000")
				w.WriteHeader(http.StatusOK)
				w.(http.Flusher).Flush()
				<-r.Context().Done()
				return
			}
			h.ServeHTTP(w, r)
		})
	})
	k := p.keeper(url)
	k.Hurry(time.Millisecond, 50*time.Millisecond)
	if changed, err := k.Refresh(t.Context()); changed || err == nil || stalls.Load() != 3 {
		t.Fatalf("%v, %v, %d connections", changed, err, stalls.Load())
	}
}

// TestBadServers wants answers that do not belong to the question to be refused.
func TestBadServers(t *testing.T) {
	p := newPublisher(t)
	p.publish(1)
	answer := func(status int, header, body string) func(http.Handler) http.Handler {
		return func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if name, value, ok := strings.Cut(header, ": "); ok {
					w.Header().Set(name, value)
				}
				w.WriteHeader(status)
				fmt.Fprint(w, body)
			})
		}
	}
	for name, wrap := range map[string]func(http.Handler) http.Handler{
		"redirect":     answer(302, "Location: http://192.0.2.1/manifest", ""),
		"login page":   answer(200, "", "<html>please log in</html>"),
		"unauthorized": answer(401, "", ""),
		"endless":      answer(200, "", strings.Repeat("veto bundle 1\n", 100_000)),
		"unasked 304":  answer(304, "", ""),
		"files of another": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.Path, "files") {
					fmt.Fprint(w, strings.Repeat("x", 1_000_000))
					return
				}
				h.ServeHTTP(w, r)
			})
		},
		"other range": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.Path, "files") {
					w.Header().Set("Content-Range", "bytes 7-9/10")
					w.WriteHeader(http.StatusPartialContent)
					return
				}
				h.ServeHTTP(w, r)
			})
		},
	} {
		k := p.keeper(serve(t, p.dir, wrap))
		if changed, err := k.Refresh(t.Context()); changed || err == nil {
			t.Errorf("%s: %v, %v", name, changed, err)
		}
		has(t, k, 0)
	}
}

// TestNoRanges wants a server that always sends all to be coped with.
func TestNoRanges(t *testing.T) {
	p := newPublisher(t)
	p.publish(1)
	var cuts, sent atomic.Int64
	url := serve(t, p.dir, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Range")
			left := -1
			if strings.Contains(r.URL.Path, "files") && cuts.Add(1) < 3 {
				left = 10
			}
			h.ServeHTTP(&counting{w, &sent, left}, r)
		})
	})
	k := p.keeper(url)
	refresh(t, k, true, nil)
	has(t, k, 1)
}

// TestConditional wants a manifest that has not changed to be asked for only.
func TestConditional(t *testing.T) {
	p := newPublisher(t)
	p.publish(1)
	var unchanged atomic.Int64
	url := serve(t, p.dir, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") == `"one"` {
				unchanged.Add(1)
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Header().Set("ETag", `"one"`)
			h.ServeHTTP(w, r)
		})
	})
	k := p.keeper(url)
	refresh(t, k, true, nil)
	refresh(t, k, false, nil)
	if unchanged.Load() != 1 || k.Status().Checked.IsZero() {
		t.Errorf("%d conditional answers, %+v", unchanged.Load(), k.Status())
	}
}

// TestHTTPS pulls from a server that only the given authority vouches for.
func TestHTTPS(t *testing.T) {
	p := newPublisher(t)
	p.publish(1)
	s := httptest.NewTLSServer(http.FileServer(http.Dir(p.dir)))
	defer s.Close()
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		options remote.Options
		version int
	}{{remote.Options{}, 0}, {remote.Options{CAFile: ca}, 1}} {
		k, err := bundle.OpenKeeper(t.Context(), bundle.Options{Source: s.URL, Remote: test.options, Dir: t.TempDir(), Keys: p.keys})
		if err != nil {
			t.Fatal(err)
		}
		defer k.Close()
		if changed, err := k.Refresh(t.Context()); changed != (test.version > 0) || (err == nil) != changed {
			t.Errorf("%+v: %v, %v", test.options, changed, err)
		}
		has(t, k, test.version)
	}
}

func TestSources(t *testing.T) {
	_, keys, _ := keyPair(t, "k")
	for _, url := range []string{"http://veto.example.org/bundle", "ftp://veto.example.org", "https://user:secret@veto.example.org", "https://", "https://veto.example.org/?a", "http://%zz"} {
		_, err := bundle.OpenKeeper(t.Context(), bundle.Options{Source: url, Dir: filepath.Join(t.TempDir(), "c"), Keys: keys})
		if !errors.Is(err, remote.ErrURL) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
