//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// roundsVariable is how often TestServeKilled kills; make slow sets it to 100.
const roundsVariable = "VETO_KILL_ROUNDS"

// send sends a request whose body is JSON or nothing, and returns the status, the
// entity tag and the body. 0 means that there was no answer.
func send(t *testing.T, method, url, body string, fields ...string) (status int, tag string, answer []byte) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, "", nil
	}
	defer resp.Body.Close()
	if answer, err = io.ReadAll(resp.Body); err != nil {
		return 0, "", nil
	}
	return resp.StatusCode, resp.Header.Get("ETag"), answer
}

// TestServeKilled kills a server at any time during edits: the next one has every
// edit that was acknowledged, at most one more, and judges by them; the audit file
// has a record of each.
func TestServeKilled(t *testing.T) {
	rounds := 3
	if n, err := strconv.Atoi(os.Getenv(roundsVariable)); err == nil {
		rounds = n
	}
	t.Setenv(roundsVariable, "") // veto knows no such setting
	dir := t.TempDir()
	args := []string{"--no-global", "--store", filepath.Join(dir, "store"), "--audit", filepath.Join(dir, "audit")}
	acknowledged := 0
	for range rounds {
		cmd, log, addr := startServe(t, args...)
		go io.Copy(io.Discard, log)
		url := "http://" + addr + "/v1/lists/company"
		kept := entriesOf(t, url)
		if kept != acknowledged && kept != acknowledged+1 {
			t.Fatalf("%d entries after %d acknowledged edits", kept, acknowledged)
		}
		acknowledged = kept
		if kept > 0 {
			if verdict := post(t, addr, `{"password":"`+word(kept-1)+`"}`); !strings.Contains(verdict, "banned_term") {
				t.Fatalf("the last edit is not in force: %s", verdict)
			}
		}
		timer := time.AfterFunc(time.Duration(rand.IntN(300))*time.Millisecond, func() { cmd.Process.Kill() })
		for {
			condition := "If-Match: *"
			if acknowledged == 0 {
				condition = "If-None-Match: *"
			}
			status, _, answer := send(t, "PATCH", url, `{"add":["`+word(acknowledged)+`"]}`, condition)
			if status == 0 {
				break
			}
			if status/100 != 2 {
				t.Fatalf("an edit answers %d: %s", status, answer)
			}
			acknowledged++
		}
		timer.Stop()
		cmd.Process.Kill()
		cmd.Wait()
	}
	records, err := os.ReadFile(filepath.Join(dir, "audit"))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(records, []byte(`"target":"custom/company"`)); n < acknowledged {
		t.Errorf("%d records of %d edits", n, acknowledged)
	}
	t.Logf("%d edits in %d rounds", acknowledged, rounds)
}

// word returns the text of an entry.
func word(n int) string { return fmt.Sprintf("zorbitania%dkalmwijk", n) }

// entriesOf returns how many entries a list has; 0 if there is none.
func entriesOf(t *testing.T, url string) int {
	t.Helper()
	status, _, answer := send(t, "GET", url+"?limit=1", "")
	var list struct{ Entries int }
	if status == http.StatusNotFound {
		return 0
	}
	if err := json.Unmarshal(answer, &list); err != nil || status != http.StatusOK {
		t.Fatalf("status %d: %s", status, answer)
	}
	return list.Entries
}
