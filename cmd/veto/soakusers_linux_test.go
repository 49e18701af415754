package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// verdict wants one for a password: accept, or a reason it is refused for; without
// means any other.
func (s *soak) verdict(password, want, without string) {
	status, body := s.send("POST", "/v1/check", `{"password":"`+password+`"}`)
	s.counts[soakChecks].Add(1)
	text := string(body)
	if status != http.StatusOK || !strings.Contains(text, `"`+want+`"`) || without != "" && strings.Contains(text, `"`+without+`"`) {
		s.wrong.Add(1)
		s.fail("status %d, want %s: %s", status, want, text)
	}
}

// check asks about passwords whose verdicts never change.
func (s *soak) check(ctx context.Context) {
	for ctx.Err() == nil {
		s.verdict(soakBanned, "banned_term", "breached")
		s.verdict(soakBreached, "breached", "")
		s.verdict(soakStrong, "accept", "reject")
	}
}

// batch does so with many at once.
func (s *soak) batch(ctx context.Context) {
	const each = 50
	body := `{"checks":[` + strings.TrimSuffix(strings.Repeat(`{"password":"`+soakBanned+`"},{"password":"`+soakStrong+`"},`, each), ",") + `]}`
	for ctx.Err() == nil {
		status, answer := s.send("POST", "/v1/check:batch", body)
		s.counts[soakChecks].Add(2 * each)
		refused, accepted := bytes.Count(answer, []byte(`"decision":"reject"`)), bytes.Count(answer, []byte(`"decision":"accept"`))
		if status != http.StatusOK || refused != each || accepted != each {
			s.wrong.Add(1)
			s.fail("batch: status %d, %d refused, %d accepted", status, refused, accepted)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// edit exchanges words of a list, and wants each edit in force when it is answered.
func (s *soak) edit(ctx context.Context) {
	words := [2]string{soakEven, soakOdd}
	for n := 0; ctx.Err() == nil; n++ {
		var added, removed []string
		for i := range 20 {
			added = append(added, fmt.Sprintf(`"filler%dword%d"`, n, i))
			removed = append(removed, fmt.Sprintf(`{"text":"filler%dword%d"}`, n-1, i))
		}
		on, off := words[n%2], words[(n+1)%2]
		added = append(added, `"`+on+`"`)
		if removed = append(removed, `{"text":"`+off+`"}`); n == 0 {
			removed = nil
		}
		status, answer := s.send("PATCH", "/v1/lists/company", `{"add":[`+strings.Join(added, ",")+`],"remove":[`+strings.Join(removed, ",")+`]}`, "If-Match", "*")
		if status != http.StatusOK {
			s.fail("edit: status %d: %s", status, answer)
			continue
		}
		s.counts[soakEdits].Add(1)
		s.verdict(on+"-Xw4?", "banned_term", "")
		s.verdict(off+"-Xw4?", "decision", "banned_term")
	}
}

// race edits a list by what was seen of it, which the other editor changes.
func (s *soak) race(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		status, page := s.send("GET", "/v1/lists/company?limit=1", "")
		_, rest, _ := bytes.Cut(page, []byte(`"revision":`))
		revision, _, _ := bytes.Cut(rest, []byte(","))
		if status != http.StatusOK || len(revision) == 0 {
			s.fail("list: status %d: %s", status, page)
			continue
		}
		status, answer := s.send("POST", "/v1/lists/company/terms", fmt.Sprintf(`{"add":["racer%d"]}`, n%100), "If-Match", `"`+string(revision)+`"`)
		switch status {
		case http.StatusOK:
			s.counts[soakEdits].Add(1)
		case http.StatusPreconditionFailed:
			s.counts[soakRaces].Add(1)
		default:
			s.fail("racing edit: status %d: %s", status, answer)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// reload changes a list of the configuration and has it read again, by the API and
// by hangups in turn.
func (s *soak) reload(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		s.write("fixed.txt", fmt.Sprintf("fabrikamov\nanother%d\n", n%7))
		if n%2 == 0 {
			if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
				s.fail("hangup: %v", err)
			}
		} else if status, answer := s.send("POST", "/v1/reload", ""); status != http.StatusOK {
			s.fail("reload: status %d: %s", status, answer)
		}
		s.counts[soakReloads].Add(1)
		time.Sleep(time.Second)
	}
}

// exchange puts another index in the place of the one before.
func (s *soak) exchange(ctx context.Context) {
	for n := 1; ctx.Err() == nil; n++ {
		s.compile(n)
		s.counts[soakIndexes].Add(1)
		time.Sleep(time.Second)
	}
}

// renew makes a token, uses and revokes it.
func (s *soak) renew(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		name := fmt.Sprintf("guest%d", n)
		secret := s.token("new", "--name", name, "--scope", "check")
		for _, want := range []int{http.StatusOK, http.StatusUnauthorized} {
			end := time.Now().Add(20 * time.Second)
			for status := 0; status != want; time.Sleep(100 * time.Millisecond) {
				status, _ = s.send("POST", "/v1/check", `{"password":"`+soakStrong+`"}`, "Authorization", "Bearer "+secret)
				if time.Now().After(end) {
					s.fail("token: status %d, want %d", status, want)
					return
				}
			}
			if want == http.StatusOK {
				s.token("revoke", name)
			}
		}
		s.counts[soakTokens].Add(1)
	}
}

// read asks for all else that operators and the console ask for.
func (s *soak) read(ctx context.Context) {
	paths := []string{
		"/v1/lists", "/v1/lists/company?limit=50&q=filler", "/v1/lists/company/history?limit=20", "/v1/lists/company/export?format=csv",
		"/v1/policies", "/v1/policies/default", "/v1/snapshot", "/v1/audit?limit=50", "/v1/audit:summary", "/metrics", "/healthz", "/readyz",
		"/range/21BD1",
	}
	for _, path := range []string{"/", "/openapi.json"} { // not in every build
		if status, _ := s.send("GET", path, ""); status == http.StatusOK {
			paths = append(paths, path)
		}
	}
	for n := 0; ctx.Err() == nil; n++ {
		path := paths[n%len(paths)]
		if status, answer := s.send("GET", path, ""); status != http.StatusOK {
			s.fail("GET %s: status %d: %s", path, status, answer)
		}
		s.counts[soakReads].Add(1)
		if n%len(paths) == 0 {
			status, answer := s.send("POST", "/v1/simulate", `{"checks":[{"password":"`+soakStrong+`"}]}`)
			if status != http.StatusOK {
				s.fail("simulate: status %d: %s", status, answer)
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
}
