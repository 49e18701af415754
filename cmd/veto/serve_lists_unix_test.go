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
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// slowVariable makes TestServeKilled kill a hundred times; make slow sets it.
const slowVariable = "VETO_SLOW"

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
	if os.Getenv(slowVariable) != "" {
		rounds = 100
		t.Setenv(slowVariable, "") // veto knows no such setting
	}
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

// TestLists edits a list of a running server by veto lists.
func TestLists(t *testing.T) {
	dir := t.TempDir()
	tokens, secret := filepath.Join(dir, "tokens"), filepath.Join(dir, "secret")
	token, err := exec.Command("veto", "token", "new", "--tokens", tokens, "--name", "security", "--scope", "lists").Output()
	if err != nil {
		t.Fatal(err)
	}
	only := filepath.Join(dir, "only")
	mayWrite, err := exec.Command("veto", "token", "new", "--tokens", tokens, "--name", "feed", "--scope", "lists:write").Output()
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		secret: string(token), only: string(mayWrite), filepath.Join(dir, "words.txt"): "contoso\nfabrikam\n", filepath.Join(dir, "bad.csv"): "text,ban\ncontoso,\nab,\nx y z,\"",
		filepath.Join(dir, "short.txt"): "contoso\nab\nno,comma\n", filepath.Join(dir, "old.csv"): "text,expires\ncontoso,\nfabrikam,2020-01-31\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, _, addr := startServe(t, "--no-global", "--term", "northwind", "--store", filepath.Join(dir, "store"), "--tokens", tokens)
	runSteps(t, dir, addr, secret, "lists", []commandStep{
		{"import company words.txt --dry-run", exitOK, `would add 2, .* would have 2 entries\nof 10000 sample passwords \d+ are refused now and \d+ after the change: \d+ newly refused, \d+ newly accepted\n\z`},
		{"show company", exitConfig, "answers 404"},
		{"import company words.txt", exitOK, `(?m)^1 +\S+Z  create  token:security  2 +0 +0 +2$`},
		{"add company north\u202ewind --match exact --ban --note =1+1", exitOK, `edit`},
		{"add company tailspin --dry-run", exitOK, `would add 1, remove 0 and change 0; the list would have 4 entries`},
		{"show company", exitOK, `(?m)^contoso +contains  - +token:security$`},
		{"show company --find WIND", exitOK, `north.wind  exact  yes +token:security  =1\+1`},
		{"remove company FABRIKAM", exitOK, ` edit .* 0 +1 +0 +2`},
		{"list", exitOK, `(?m)^custom/company +terms +2 +3 +\S+Z  token:security$`},
		{"list --json", exitOK, `"name":"custom/company"`},
		{"history company", exitOK, `(?s)3 .*edit.*2 .*edit.*1 .*create`},
		{"history company --limit 1", exitOK, `more with --before 3`},
		{"rollback company 1 --base 1", exitConfig, `answers 412: .*; its revision is 3 now`},
		{"rollback company 99", exitConfig, `answers 404: there is no such revision`},
		{"rollback company 99 --dry-run", exitConfig, `answers 404: there is no such revision`},
		{"rollback nosuch 1", exitConfig, `answers 404: there is no such revision`},
		{"show company --revision 99", exitConfig, `answers 404: there is no such revision`},
		{"show term", exitOK, `\ATEXT .*\nnorthwind  contains  -\n\z`},
		{"show global/characters", exitOK, `\ATEXT .*\nveto: this list comes with the program or from an index, and is not shown\n\z`},
		{"export term --format txt", exitOK, `\Anorthwind\n\z`},
		{"history term", exitConfig, `answers 404: this list has no history .*terms.words`},
		{"export nosuch", exitConfig, `answers 404: there is no such list`},
		{"show company --cursor xyz", exitConfig, `answers 400: cursor: is not the next`},
		{"add company tailspin --expires 2020-01-31", exitUsage, `--expires 2020-01-31T00:00:00Z is past: it is 20\d\d-`},
		{"add company tailspin --expires soon", exitUsage, `must be a time to come such as 90d`},
		{"add company tailspin --expires 30d", exitOK, ` edit `},
		{"show company --find tailspin", exitOK, `tailspin  contains  -    20\d\d-\d\d-\d\dT\S+Z  token`},
		{"add company TailSpin --ban --note new", exitOK, ` edit .* 0 +0 +1 `},
		{"show company --find tailspin", exitOK, `TailSpin  contains  yes  20\d\d-\S+Z  token:\S+  new`},
		{"add company tailspin", exitOK, `\Anothing changed: `},
		{"add company tailspin --match suffix", exitOK, ` edit .* 1 +0 +0 `},
		{"show company --find tailspin", exitOK, `(?s)TailSpin  contains  yes .*tailspin  suffix    -`},
		{"remove company tailspin --match suffix", exitOK, ` edit `},
		{"add company tailspin --ban=false --expires= --note=", exitOK, ` edit .* 0 +0 +1 `},
		{"show company --find tailspin", exitOK, `(?m)tailspin  contains  - +token:\S+$`},
		{"add company tailspin --expires 12h --dry-run", exitOK, `would add 0, remove 0 and change 1`},
		{"remove company tailspin", exitOK, ` edit `},
		{"remove company tailspin", exitConfig, `\Anothing changed: revision \d+ stays\nveto: no such term: tailspin \(contains\); veto lists show`},
		{"remove company Nosuch contoso --match prefix --dry-run", exitConfig, `(?s)\Awould add 0, remove 0 .*no such term: contoso \(prefix\), nosuch \(prefix\);`},
		{"remove company tailspin --json", exitConfig, `\A\{.*"missing":1,`},
		{"import old old.csv", exitOK, `(?s) create .*veto: 1 of the new entries expired in the past, and so are not in force\n\z`},
		{"show old", exitOK, `(?m)^fabrikam  contains  -    2020-01-31T00:00:00Z \(past\)  token`},
		{"export old --format txt", exitOK, `\A[^f]*\z`},
		{"export old --format txt --expired", exitOK, `(?m)^fabrikam$`},
		{"import old old.csv", exitOK, `\Anothing changed: revision \d+ stays\n\z`},
		{"add old fabrikam --ban", exitOK, ` edit .* 0 +0 +1 +2\n\z`},
		{"show old", exitOK, `(?m)^fabrikam  contains  yes +token:security$`},
		{"rollback company 1", exitOK, `restore`},
		{"export company --format txt", exitOK, `\Acontoso\nfabrikam\n\z`},
		{"export company --revision 2 --format csv", exitOK, `,'=1\+1,`},
		{"import company bad.csv", exitConfig, `answers 400: line 4: is no valid CSV`},
		{"import company short.txt", exitConfig, `(?s)answers 400: line 2: .*\nline 3: `},
		{"import company short.txt --dry-run", exitConfig, `(?s)\Aline 2: .*\nline 3: .*`},
		{"import never words.txt --ban --match exact", exitOK, `(?m) create .* 2 +0 +0 +2$`},
		{"show never", exitOK, `(?m)^contoso +exact +yes`},
		{"import never short.txt --ban", exitConfig, `\Aveto: short.txt: line 2: term has fewer`},
		{"import never bad.csv --ban", exitUsage, `are for text`},
		{"add global contoso", exitConfig, `answers 409`},
		{"delete company", exitOK, `delete`},
		{"rollback company 1", exitOK, `restore`},
	})
	for _, c := range []struct{ args, want string }{
		{"show", "(?s)^company\n.*^term\n:4"}, {"add", "\\A(company|never|old)\n(company|never|old)\n(company|never|old)\n:4"}, {"history", "(?m)^company$"},
		{"import company", "\\A:0"}, {"remove company", "\\A:4"},
	} {
		args := append([]string{"__complete", "lists"}, strings.Fields(c.args)...)
		complete := exec.Command("veto", append(args, "")...)
		complete.Env = append(os.Environ(), "VETO_SERVER=http://"+addr, "VETO_TOKEN_FILE="+secret)
		if out, err := complete.Output(); err != nil || !regexp.MustCompile("(?m)"+c.want).Match(out) {
			t.Errorf("suggestions for veto lists %s: %v\n%s", c.args, err, out)
		}
	}
	runSteps(t, dir, addr, only, "lists", []commandStep{
		{"add never tailspin", exitOK, `(?m) edit .* 1 +0 +0 +3$`}, {"list", exitConfig, `answers 403`},
	})
	cmd := exec.Command("veto", "fleet", "--server", "http://"+addr, "--token-file", secret)
	if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != int(exitConfig) || !regexp.MustCompile(`answers 403: .*scope`).Match(out) {
		t.Errorf("veto fleet by a token of lists: %s", out)
	}
	cmd = exec.Command("veto", "lists", "list", "--server", "http://"+addr)
	if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != int(exitConfig) || !strings.Contains(string(out), "answers 401") {
		t.Errorf("without a token: %s", out)
	}
}

// commandStep is a command that asks a server, and what comes of it.
type commandStep struct {
	args string
	code exitCode
	want string // a regular expression of both outputs
}

// runSteps runs commands of a group in a folder.
func runSteps(t *testing.T, dir, addr, secret, group string, steps []commandStep) {
	t.Helper()
	for _, step := range steps {
		command, input, _ := strings.Cut(step.args, " < ")
		args := strings.Fields(command)
		cmd := exec.Command("veto", append([]string{group, args[0], "--server", "http://" + addr, "--token-file", secret}, args[1:]...)...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(strings.ReplaceAll(input, " ", "\n"))
		out, _ := cmd.CombinedOutput()
		if code := exitCode(cmd.ProcessState.ExitCode()); code != step.code || !regexp.MustCompile(step.want).Match(out) {
			t.Errorf("veto %s %s: exit code %d, output\n%s", group, step.args, code, out)
		}
		if strings.Contains(string(out), "veto_") || strings.Contains(string(out), "\u202e") && args[0] == "show" {
			t.Errorf("veto %s %s tells\n%s", group, step.args, out)
		}
	}
}

// TestPolicies edits a policy of a running server by veto policy.
func TestPolicies(t *testing.T) {
	dir := t.TempDir()
	tokens, secret := filepath.Join(dir, "tokens"), filepath.Join(dir, "secret")
	token, err := exec.Command("veto", "token", "new", "--tokens", tokens, "--name", "security", "--scope", "policies", "--scope", "lists", "--scope", "explain").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"secret": string(token), "staff.yaml": "name: staff\nprofile: strict\nmode: audit\ngroups: [Staff]\nprecedence: 10\n",
		"enforced.json": `{"name":"staff","profile":"strict","groups":["Staff"],"precedence":10}`, "bad.yaml": "name: staff\n\nlength: {min: no}\n",
		"loose.yaml": "name: default\nlength: {min: 1}\nscore: {mode: off}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, _, addr := startServe(t, "--store", filepath.Join(dir, "store"), "--tokens", tokens, "--audit", filepath.Join(dir, "audit"))
	runSteps(t, dir, addr, secret, "policy", []commandStep{
		{"list", exitOK, `(?m)^default +enforce +configuration +0 `},
		{"put staff.yaml --dry-run", exitOK, `would create the policy\nof 10000 sample passwords \d+ are .*\nonly because of audit mode 0 of them are accepted now and [1-9]\d* after the change\nno decisions since \S+, so only the sample tells\n\z`},
		{"show staff", exitConfig, "answers 404"},
		{"put staff.yaml", exitOK, `(?m)^1 +\S+Z  create  token:security$`},
		{"put staff.yaml --base 1", exitOK, `\Anothing changed: revision 1 stays\n\z`},
		{"show staff", exitOK, `(?s)\A\{\n.*  "mode": "audit",\n  "name": "staff",.*\}\n\z`},
		{"show staff --json", exitOK, `(?s)\A\{.*"revision":1,.*"document":\{.*\}\n\z`},
		{"list", exitOK, `(?m)^staff +audit +store +1 +\S+Z  token:security  Staff$`},
		{"put enforced.json --dry-run", exitOK, `(?s)would edit .* passwords 0 are refused now and [1-9]\d* after the change: [1-9]\d* newly refused, 0 newly accepted\nonly because of audit mode [1-9]\d* of them are accepted now and 0 after the change\nno decisions`},
		{"put enforced.json --base 7", exitConfig, `answers 412: .*; its revision is 1 now`},
		{"put enforced.json", exitOK, `(?m)^2 .* edit`},
		{"put enforced.json", exitOK, `\Anothing changed: revision 2 stays\n\z`},
		{"put bad.yaml", exitConfig, `bad.yaml:3: length.min`},
		{"put none.yaml", exitFailure, `none.yaml`},
		{"history staff", exitOK, `(?s)2 .*edit.*1 .*create`},
		{"history staff --limit 1", exitOK, `more with --before 2`},
		{"rollback staff 99", exitConfig, `answers 404: there is no such revision`},
		{"rollback default 1", exitConfig, `answers 404: there is no such revision`},
		{"history default", exitConfig, `answers 404: this policy has no history here`},
		{"delete default", exitConfig, `answers 409: .* comes from the configuration`},
		{"delete default --dry-run", exitConfig, `answers 409: .* comes from the configuration`},
		{"rollback staff 1", exitOK, `(?m)^3 .* restore`},
		{"rollback staff 1 --dry-run --json", exitOK, `"dry_run":true`},
		{"delete staff", exitOK, `(?m)^4 .* delete`},
		{"delete staff", exitConfig, `answers 404`},
		{"rollback staff 2", exitOK, `restore`},
		{"simulate loose.yaml < dragon Dragon1 uh8#Kp2!qLzw6R", exitOK, `(?s)now: policy default, .*3 passwords, 2 refused.*then: policy default.*3 passwords, 2 refused.*0 newly refused, 0 newly accepted`},
		{"simulate loose.yaml --json < x uh8#Kp2!qLzw6R", exitOK, `(?s)"newly_refused": 0,\s+"newly_accepted": 1`},
		{"simulate loose.yaml", exitUsage, `no password`},
		{"simulate loose.yaml --policy none < x", exitConfig, `answers 400: .*policy`},
	})
}
