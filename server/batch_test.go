package server_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/access"
	"github.com/vetopw/veto/server/audit"
)

// TestBatchWhole wants nothing counted, recorded or charged of a batch that is not
// answered, and answers that have escapes.
func TestBatchWhole(t *testing.T) {
	callers := newCallers(t, access.Options{Refusals: 10, Window: time.Hour}, scoped()...)
	l := openAudit(t, audit.Options{File: audit.File{Path: filepath.Join(t.TempDir(), "audit.jsonl")}})
	s := start(t, server.Config{Access: callers.Guard, Audit: l}, server.DefaultLimits(), newEngine(t, "s"))
	c := s.dial(t)
	ask := func(checks string, want int) *answer {
		t.Helper()
		a := c.exchange("POST", callers.as("check", request("POST", "/v1/check:batch", `{"checks":[`+checks+`]}`)))
		if a.status != want {
			t.Errorf("%d %s, want %d", a.status, a.body, want)
		}
		return a
	}
	const refused = `{"password":"dr\u0061gon","account":"al\u0069ce"}`
	for _, last := range []string{`{}`, `{"password":"x","policy":"nobody"}`, `{"password":"x","account":"\ud800"}`, `{"password":"x"`} {
		for range 20 {
			ask(refused+","+refused+","+last, 400)
		}
	}
	plain := ask(`{"password":"dragon","account":"alice"}`, 200)
	escaped := ask(refused, 200)
	id := regexp.MustCompile(`"id":"[0-9a-f]*"`)
	if a, b := id.ReplaceAll(plain.body, nil), id.ReplaceAll(escaped.body, nil); !bytes.Equal(a, b) {
		t.Errorf("escaped %s, plain %s", b, a)
	}
	written(t, l, 2)
	l.Close()
	if n := l.Counts().Records; n != 2 {
		t.Errorf("%d records of 2 answers", n)
	}
}

// TestBatchArrays wants each check of a batch judged with its own names and
// attributes, as if it were asked for alone, also after a larger batch.
func TestBatchArrays(t *testing.T) {
	s := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"))
	c := s.dial(t)
	id := regexp.MustCompile(`"id":"[0-9a-f]*"`)
	for _, n := range []int{50, 3, 20} {
		var checks, verdicts []string
		for i := range n {
			names := `"` + strings.Repeat(`Quill","`, i%7) + fmt.Sprintf("Zanzibar%c", 'a'+i%26) + `"`
			check := fmt.Sprintf(`{"password":"Zanzibar%c2!","names":[%s],"attributes":["Quagmire"]}`, 'a'+i*(i%2)%26, names)
			checks = append(checks, check)
			verdicts = append(verdicts, string(c.send("POST", "/v1/check", check).body))
		}
		got := c.send("POST", "/v1/check:batch", `{"checks":[`+strings.Join(checks, ",")+`]}`).body
		want := `{"verdicts":[` + strings.Join(verdicts, ",") + `]}`
		if got := id.ReplaceAllString(string(got), ""); got != id.ReplaceAllString(want, "") {
			t.Errorf("%d checks: %s, want %s", n, got, want)
		}
	}
}

// TestBatchLeavesNothing has a batch give its arrays back, which another may use then.
func TestBatchLeavesNothing(t *testing.T) {
	s, err := server.New(server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s.Swap(newEngine(t, "s"))
	ctx := server.NewContext(s)
	ctx.Request.SetBodyString(`{"checks":[{"password":"Zanzibar2!","names":["Quill"]}]}`)
	if names, err := s.Batch(ctx); err != nil || names != nil {
		t.Errorf("names %q, %v", names, err)
	}
}

// TestAuditBatches has batches compete for a small queue: each is recorded and
// answered whole or not at all.
func TestAuditBatches(t *testing.T) {
	l := openAudit(t, audit.Options{File: audit.File{Path: filepath.Join(t.TempDir(), "audit.jsonl")}, Queue: 512, Refuse: true})
	s := start(t, server.Config{Audit: l}, server.DefaultLimits(), newEngine(t, "s"))
	var answered, refused atomic.Uint64
	var callers sync.WaitGroup
	for range 4 {
		c := s.dial(t)
		callers.Go(func() {
			for range 20 {
				a := c.send("POST", "/v1/check:batch", `{"checks":[`+strings.Repeat(probeBody+",", 299)+probeBody+`]}`)
				switch a.status {
				case 200:
					answered.Add(300)
				case 503:
					refused.Add(1)
				default:
					t.Errorf("%d %s", a.status, a.body)
				}
			}
		})
	}
	callers.Wait()
	if a := s.dial(t).send("POST", "/v1/check:batch", `{"checks":[`+strings.Repeat(probeBody+",", 599)+probeBody+`]}`); a.status != 503 {
		t.Errorf("a batch larger than the queue: %d", a.status)
	}
	l.Close()
	if c := l.Counts(); c.Records != answered.Load() || c.Records == 0 {
		t.Errorf("%+v, want the records of %d verdicts, with %d batches refused", c, answered.Load(), refused.Load())
	}
}
