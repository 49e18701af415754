package server_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/access"
)

// A probe is a client that is broken, hostile or slow.
type probe struct {
	name string
	// answers are the statuses, in order, then "closed" where the server
	// closes the connection; without "closed" it answers a further request.
	answers string
	send    func(c net.Conn)
}

// The usual body, with the password that must not come back.
const probeBody = `{"password":"` + canary + `"}`

// raw sends bytes as they are. $L and $B stand for the length of the usual body
// and for the body, and end of line is CRLF.
func raw(lines ...string) func(net.Conn) {
	text := strings.NewReplacer("$L", fmt.Sprint(len(probeBody)), "$B", probeBody).Replace(strings.Join(lines, "\r\n"))
	return func(c net.Conn) { io.WriteString(c, text) }
}

// fields sends a check with further header fields.
func fields(f ...string) func(net.Conn) {
	return raw(append(append([]string{"POST /v1/check HTTP/1.1", "Host: veto", "Content-Type: application/json"}, f...), "", "$B")...)
}

// line sends the usual check with another request line.
func line(l string) func(net.Conn) {
	return raw(l, "Host: veto", "Content-Type: application/json", "Content-Length: $L", "", "$B")
}

// last ends the client's half of the connection.
func last(send func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		send(c)
		c.(*net.TCPConn).CloseWrite()
	}
}

// trickle sends a byte now and then, until the server has enough.
func trickle(head, tail string) func(net.Conn) {
	return func(c net.Conn) {
		io.WriteString(c, head)
		for i := 0; ; i++ {
			if _, err := c.Write([]byte{tail[i%len(tail)]}); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// neverRead sends requests without reading an answer.
func neverRead(c net.Conn) {
	c.(*net.TCPConn).SetReadBuffer(4096)
	many := strings.Repeat(request("POST", "/v1/check", probeBody), 100)
	for {
		if _, err := io.WriteString(c, many); err != nil {
			return
		}
	}
}

const pad = " \t\r\n"

func padded(path string, size int) func(net.Conn) {
	return func(c net.Conn) {
		io.WriteString(c, request("POST", path, strings.Repeat(pad, size)[:size-len(probeBody)]+probeBody))
	}
}

// probes is the table of docs/THREAT_MODEL.md, up to slowProbes.
var probes = []probe{
	// What is well-formed.
	{"a check", "200", line("POST /v1/check HTTP/1.1")},
	{"two requests in one packet", "200 200", func(c net.Conn) {
		io.WriteString(c, request("POST", "/v1/check", probeBody)+request("GET", "/healthz", ""))
	}},
	{"empty lines before the request", "200", line("\r\n\r\nPOST /v1/check HTTP/1.1")},
	{"Connection: close", "200 closed", fields("Content-Length: $L", "Connection: close")},
	{"Connection: Close", "200 closed", fields("Content-Length: $L", "Connection: Close")},
	{"a body of exactly 16 KiB", "200", padded("/v1/check", 16<<10)},

	// Request line.
	{"a line that is no request", "400 closed", raw(canary, "Host: veto", "", "")},
	{"a request line without target", "400 closed", line("POST HTTP/1.1")},
	{"two spaces in the request line", "400 closed", line("POST  /v1/check HTTP/1.1")},
	{"a tab in the request line", "400 closed", line("POST\t/v1/check\tHTTP/1.1")},
	{"no version (HTTP/0.9)", "400 closed", raw("GET /healthz", "", "")},
	{"HTTP/1.0", "505 closed", line("POST /v1/check HTTP/1.0")},
	{"HTTP/1.2", "505 closed", line("POST /v1/check HTTP/1.2")},
	{"http/1.1 in lower case", "400 closed", line("POST /v1/check http/1.1")},
	{"the HTTP/2 preface", "505 closed", raw("PRI * HTTP/2.0", "", "SM", "", "")},
	{"NUL in the target", "400 closed", line("POST /v1/check\x00 HTTP/1.1")},
	{"a control character in the method", "400 closed", line("PO\x01ST /v1/check HTTP/1.1")},

	// Target and method.
	{"an absolute target of another host", "400 closed", line("POST http://example.org/v1/check HTTP/1.1")},
	{"an absolute target of this host", "400 closed", line("POST http://veto/v1/check HTTP/1.1")},
	{"OPTIONS *", "400 closed", line("OPTIONS * HTTP/1.1")},
	{"CONNECT", "400 closed", line("CONNECT example.org:443 HTTP/1.1")},
	{"/v1/../v1/check", "404", line("POST /v1/../v1/check HTTP/1.1")},
	{"//v1/check", "404", line("POST //v1/check HTTP/1.1")},
	{"/v1/%63heck", "404", line("POST /v1/%63heck HTTP/1.1")},
	{"/v1/check/", "404", line("POST /v1/check/ HTTP/1.1")},
	{"/V1/CHECK", "404", line("POST /V1/CHECK HTTP/1.1")},
	{"/v1/check;x", "404", line("POST /v1/check;x HTTP/1.1")},
	{"/v1/check?password=", "404", line("POST /v1/check?password=" + canary + " HTTP/1.1")},
	{"a password in the path", "404", line("GET /" + canary + " HTTP/1.1")},
	{"a range without an index", "501", line("GET /range/21BD1 HTTP/1.1")},
	{"/range/", "400", line("GET /range/ HTTP/1.1")},
	{"a password in the place of a prefix", "400", line("GET /range/" + canary + " HTTP/1.1")},
	{"a password in the query of a range", "400", line("GET /range/21BD1?password=" + canary + " HTTP/1.1")},
	{"/range/../v1/check", "400", line("GET /range/../v1/check HTTP/1.1")},
	{"POST to a range", "405", line("POST /range/21BD1 HTTP/1.1")},
	{"the method in lower case", "405", line("post /v1/check HTTP/1.1")},
	{"GET with a body", "405", line("GET /v1/check HTTP/1.1")},
	{"HEAD of a check", "405", raw("HEAD /v1/check HTTP/1.1", "Host: veto", "", "")},
	{"TRACE", "405", line("TRACE /v1/check HTTP/1.1")},
	{"POST to a health check", "405", line("POST /healthz HTTP/1.1")},
	{"POST to the metrics", "405", line("POST /metrics HTTP/1.1")},
	{"a password in the query of the metrics", "404", line("GET /metrics?" + canary + " HTTP/1.1")},
	{"profiles", "404", line("GET /debug/pprof/heap HTTP/1.1")},
	{"the audit, not served", "501", line("GET /v1/audit HTTP/1.1")},
	{"a password in the query of the audit", "501", line("GET /v1/audit?password=" + canary + " HTTP/1.1")},
	{"POST to the audit", "405", line("POST /v1/audit HTTP/1.1")},

	// Framing: where a request ends must never be a matter of opinion.
	{"Content-Length and chunked", "400 closed", fields("Content-Length: $L", "Transfer-Encoding: chunked")},
	{"chunked and Content-Length", "400 closed", fields("Transfer-Encoding: chunked", "Content-Length: $L")},
	{"Content-Length and identity", "400 closed", fields("Content-Length: $L", "Transfer-Encoding: identity")},
	{"chunked", "411 closed", fields("Transfer-Encoding: chunked", "", "5", "{\"pas", "0", "")},
	{"identity", "411 closed", fields("Transfer-Encoding: identity")},
	{"chunked twice", "400 closed", fields("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")},
	{"chunked, identity", "400 closed", fields("Transfer-Encoding: chunked, identity")},
	{"xchunked", "400 closed", fields("Transfer-Encoding: xchunked", "Content-Length: $L")},
	{"chunked after a vertical tab", "400 closed", fields("Transfer-Encoding: \x0bchunked", "Content-Length: $L")},
	{"Transfer-Encoding in mixed case", "411 closed", fields("tRANSFER-eNCODING: ChUnKeD")},
	{"two different Content-Length", "400 closed", fields("Content-Length: $L", "Content-Length: 5")},
	{"the same Content-Length twice", "400 closed", fields("Content-Length: $L", "Content-Length: $L")},
	{"a list as Content-Length", "400 closed", fields("Content-Length: $L, $L")},
	{"an empty Content-Length", "400 closed", fields("Content-Length:")},
	{"a negative Content-Length", "400 closed", fields("Content-Length: -1")},
	{"a Content-Length with plus sign", "400 closed", fields("Content-Length: +$L")},
	{"a hexadecimal Content-Length", "400 closed", fields("Content-Length: 0x20")},
	{"a Content-Length of 2^64 and some", "400 closed", fields("Content-Length: 18446744073709551648")},
	{"a Content-Length of 2^62", "413 closed", fields("Content-Length: 4611686018427387904")},
	{"no Content-Length", "411 closed", fields()},
	{"Content-Length above the body, then end", "400 closed", last(fields("Content-Length: 1000"))},
	{"Content-Length below the body", "400 400 closed", func(c net.Conn) {
		fields("Content-Length: 10")(c)
		io.WriteString(c, "\r\n\r\n")
	}},
	{"garbage after a request", "200 400 closed", func(c net.Conn) {
		io.WriteString(c, request("POST", "/v1/check", probeBody)+"\x00\x01"+canary+"\r\n\r\n")
	}},
	{"a body of 16 KiB and one byte", "413 closed", padded("/v1/check", 16<<10+1)},
	{"a body of 1 MiB", "413 closed", padded("/v1/check", 1<<20)},
	{"a batch of 1 MiB and one byte", "413 closed", padded("/v1/check:batch", 1<<20+1)},

	// Header fields.
	{"no Host", "400 closed", raw("POST /v1/check HTTP/1.1", "Content-Length: $L", "", "$B")},
	{"an empty Host", "400 closed", raw("POST /v1/check HTTP/1.1", "Host:", "Content-Length: $L", "", "$B")},
	{"two Hosts", "400 closed", fields("Host: other", "Content-Length: $L")},
	{"an impossible Host", "400 closed", raw("GET /healthz HTTP/1.1", "Host: a b[", "", "")},
	{"a header of 9 KiB", "431 closed", fields("X: " + strings.Repeat("x", 9<<10))},
	{"a target of 9 KiB", "431 closed", line("POST /" + strings.Repeat("x", 9<<10) + " HTTP/1.1")},
	{"a header of 64 KiB", "431 closed", fields("X: " + strings.Repeat("x", 64<<10))},
	{"65 fields", "431 closed", fields(slices.Repeat([]string{"X: y"}, 63)...)},
	{"NUL in a value", "400 closed", fields("X: a\x00b", "Content-Length: $L")},
	{"a bare CR in a value", "400 closed", fields("X: a\rb", "Content-Length: $L")},
	{"a bare LF between fields", "400 closed", fields("X: a\nContent-Length: $L")},
	{"a folded field", "400 closed", fields("X: a", " b", "Content-Length: $L")},
	{"a first field that is folded", "400 closed", raw("GET /healthz HTTP/1.1", " X: a", "Host: veto", "", "")},
	{"a space before the colon", "400 closed", fields("Content-Length : $L")},
	{"a space inside a name", "400 closed", fields("Content Length: 5", "Content-Length: $L")},
	{"a name that is not ASCII", "400 closed", fields("Content-L\xc3\xa4ngth: 5", "Content-Length: $L")},
	{"a field without colon", "400 closed", fields(canary, "Content-Length: $L")},
	{"a field without name", "400 closed", fields(": a", "Content-Length: $L")},

	// Content and expectations.
	{"no Content-Type", "415", raw("POST /v1/check HTTP/1.1", "Host: veto", "Content-Length: $L", "", "$B")},
	{"Content-Type text/plain", "415", raw("POST /v1/check HTTP/1.1", "Host: veto", "Content-Type: text/plain", "Content-Length: $L", "", "$B")},
	{"a form", "415", raw("POST /v1/check HTTP/1.1", "Host: veto", "Content-Type: application/x-www-form-urlencoded", "Content-Length: $L", "", "$B")},
	{"a multipart form", "415", raw("POST /v1/check HTTP/1.1", "Host: veto", "Content-Type: multipart/form-data; boundary=x", "Content-Length: $L", "", "$B")},
	{"another charset", "415", raw("POST /v1/check HTTP/1.1", "Host: veto", "Content-Type: application/json; charset=latin1", "Content-Length: $L", "", "$B")},
	{"charset=utf-8", "200", raw("POST /v1/check HTTP/1.1", "Host: veto", "Content-Type: Application/JSON;charset=\"UTF-8\"", "Content-Length: $L", "", "$B")},
	{"Content-Encoding: gzip", "415 closed", fields("Content-Encoding: gzip", "Content-Length: $L")},
	{"Expect: 100-continue", "100 200", fields("Expect: 100-continue", "Content-Length: $L")},
	{"Expect: 100-continue for too large a body", "413 closed", fields("Expect: 100-continue", "Content-Length: 20000")},
	{"another expectation", "417 closed", fields("Expect: 200-maybe", "Content-Length: $L")},
	{"Upgrade: websocket", "200", fields("Connection: Upgrade", "Upgrade: websocket", "Content-Length: $L")},
	{"Upgrade: h2c", "200", fields("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk", "Content-Length: $L")},
}

// slowProbes is the end of that table: clients that take their time.
var slowProbes = []probe{
	{"a TLS handshake", "408 closed", raw("\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03" + canary)},
	{"two requests, the second cut", "200 408 closed", func(c net.Conn) {
		io.WriteString(c, request("POST", "/v1/check", probeBody)+"POST /v1/ch")
	}},
	{"nothing sent", "408 closed", func(net.Conn) {}},
	{"connect and end", "closed", last(func(net.Conn) {})},
	{"half a request line, then end", "400 closed", last(raw("POST /v1/ch"))},
	{"half a header, then silence", "408 closed", raw("POST /v1/check HTTP/1.1", "Host: ve")},
	{"half a body, then silence", "408 closed", fields("Content-Length: 1000")},
	{"a header byte by byte", "408 closed", trickle("POST /v1/check HTTP/1.1\r\nHost: veto\r\n", "X: y\r\n")},
	{"a body byte by byte", "408 closed", trickle("POST /v1/check HTTP/1.1\r\nHost: veto\r\nContent-Length: 16000\r\n\r\n", canary)},
	{"a batch byte by byte", "408 closed", trickle("POST /v1/check:batch HTTP/1.1\r\nHost: veto\r\nContent-Length: 1000000\r\n\r\n", canary)},
	{"silence after an answer", "200 closed", line("POST /v1/check HTTP/1.1")},
	{"answers never read", "closed", neverRead},
}

// TestProbes sends each probe and wants its answers, nothing of the password in
// any of them or the log, and the server well afterwards.
func TestProbes(t *testing.T) {
	patient := server.DefaultLimits()
	patient.Read, patient.Write, patient.Idle = time.Minute, time.Minute, time.Minute
	for _, group := range []struct {
		name   string
		limits server.Limits
		probes []probe
	}{{"fast", patient, probes}, {"slow", server.DefaultLimits(), slowProbes}} {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, server.Config{}, group.limits, newEngine(t, "s"))
			t.Run("all", func(t *testing.T) {
				for _, p := range group.probes {
					t.Run(p.name, func(t *testing.T) {
						t.Parallel()
						s.probe(t, p)
					})
				}
			})
			if a := s.dial(t).send("POST", "/v1/check", probeBody); a.status != 200 {
				t.Errorf("a check after the probes: %d", a.status)
			}
		})
	}
}

func (s *service) probe(t *testing.T, p probe) {
	c := s.dial(t)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		p.send(c.Conn)
	}()
	if p.name == "answers never read" {
		<-sent // returns when the server has closed
		return
	}
	want := strings.Fields(p.answers)
	var got []string
	method := http.MethodPost
	if strings.HasPrefix(p.name, "HEAD") {
		method = http.MethodHead
	}
	for len(got) < len(want) && want[len(got)] != "closed" {
		a, err := readAnswer(t, c.r, method)
		if err != nil {
			t.Errorf("answers %v, then %v; want %s", got, err, p.answers)
			return
		}
		got = append(got, fmt.Sprint(a.status))
	}
	if fmt.Sprint(got) != fmt.Sprint(want[:len(got)]) {
		t.Errorf("answers %v, want %s", got, p.answers)
	}
	if len(got) == len(want) {
		<-sent
		if a := c.send("GET", "/healthz", ""); a.status != 200 {
			t.Errorf("further request: %d", a.status)
		}
	} else if b, err := c.r.ReadByte(); err == nil || isTimeout(err) {
		t.Errorf("after the answers: byte %q, error %v; want a closed connection", b, err)
	}
}

// TestLateReader wants an answer to arrive although the client reads it when it has
// sent all of what the server refuses from its begin.
func TestLateReader(t *testing.T) {
	s := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"))
	for name, p := range map[string]struct {
		status int
		send   func(net.Conn)
	}{
		"header of 20 KB":    {431, fields("X: " + strings.Repeat("x", 20_000))},
		"header of 200 KB":   {431, fields("X: " + strings.Repeat("x", 200_000))},
		"body of 20 KB":      {413, padded("/v1/check", 20_000)},
		"body of 1 MB":       {413, padded("/v1/check", 1_000_000)},
		"chunked body":       {411, fields("Transfer-Encoding: chunked", "", "4e20", strings.Repeat("x", 20_000), "0", "", "")},
		"malformed and long": {400, raw("POST HTTP/1.1", strings.Repeat("x: y\r\n", 500), strings.Repeat("x", 100_000))},
	} {
		t.Run(name, func(t *testing.T) {
			c := s.dial(t)
			p.send(c.Conn)
			time.Sleep(50 * time.Millisecond) // so that a reset would have come
			a, err := readAnswer(t, c.r, http.MethodPost)
			if err != nil || a.status != p.status || a.json["status"] != float64(p.status) {
				t.Fatalf("%d %s, %v; want %d", a.status, a.body, err, p.status)
			}
			if _, err := c.r.ReadByte(); err != io.EOF {
				t.Errorf("behind the answer: %v", err)
			}
		})
	}
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// TestDetails wants the limit, the name or the scheme in the answer that was missed.
func TestDetails(t *testing.T) {
	callers := newCallers(t, access.Options{}, access.Token{Name: "portal", Scopes: []string{"check"}}, access.Token{Name: "lists", Scopes: []string{"lists"}})
	open := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"))
	closed := start(t, server.Config{Access: callers.Guard}, server.DefaultLimits(), newEngine(t, "s"))
	large := strings.Repeat(" ", 20_000)
	as := func(method, path, body string) string { return callers.as("portal", request(method, path, body)) }
	for name, c := range map[string]struct {
		to           *service
		text, detail string
	}{
		"check":             {open, request("POST", "/v1/check", large), "the body is larger than the 16384 bytes that this path allows"},
		"batch":             {open, request("POST", "/v1/check:batch", strings.Repeat(" ", 1<<20+1)), "the body is larger than the 1048576 bytes that this path allows"},
		"header":            {open, "GET /healthz HTTP/1.1\r\nX: " + large, "the header is larger than 8192 bytes or has more than 64 fields"},
		"fields":            {open, "GET /healthz HTTP/1.1\r\nHost: veto\r\n" + strings.Repeat("X: y\r\n", 64) + "\r\n", "the header is larger than 8192 bytes or has more than 64 fields"},
		"unknown field":     {open, request("POST", "/v1/check", `{"pasword":"x"}`), "byte 1 of the body: unknown field; there are password, account, names, mail, tenant, attributes, groups, operation, old_password, policy"},
		"unknown of batch":  {open, request("POST", "/v1/check:batch", `{"check":[]}`), "byte 1 of the body: unknown field; there is checks"},
		"scope":             {closed, as("GET", "/v1/lists", ""), "this needs a credential with the scope lists:read"},
		"scopes":            {closed, as("POST", "/v1/simulate", "{}"), "this needs a credential with the scope explain, lists:read, policies:read"},
		"one of the scopes": {closed, callers.as("lists", request("POST", "/v1/simulate", "{}")), "this needs a credential with the scope explain, policies:read, too"},
		"scope, large body": {closed, strings.Replace(as("POST", "/v1/lists/company", large), "POST", "PUT", 1), "this needs a credential with the scope lists:write"},
		"scheme": {closed, strings.Replace(request("POST", "/v1/check", "{}"), "\r\n", "\r\nAuthorization: Basic x\r\n", 1),
			"the scheme of Authorization must be Bearer, as in Authorization: Bearer TOKEN"},
		"token": {closed, strings.Replace(request("POST", "/v1/check", "{}"), "\r\n", "\r\nAuthorization: bearer x\r\n", 1), "the credential is unknown, expired or revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			method, _, _ := strings.Cut(c.text, " ")
			a := c.to.dial(t).exchange(method, c.text)
			if a.json["detail"] != c.detail {
				t.Errorf("%d %s, want the detail %q", a.status, a.body, c.detail)
			}
			if challenge := a.header.Get("WWW-Authenticate"); a.status == 403 && strings.Contains(challenge, `scope=""`) {
				t.Errorf("challenge %s", challenge)
			}
		})
	}
}

// TestProbesAreDocumented compares the table with docs/THREAT_MODEL.md.
func TestProbesAreDocumented(t *testing.T) {
	var want []string
	for _, p := range slices.Concat(probes, slowProbes) {
		want = append(want, p.name+" | "+p.answers)
	}
	got := table(t, "../docs/THREAT_MODEL.md", "probe")
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("row %d differs; the table should read\n\n| %s |\n", i+1, strings.Join(want, " |\n| "))
		}
	}
}

// table returns the rows of the Markdown table whose first column has the given
// title, cells joined by " | " and without backquotes.
func table(t *testing.T, path, title string) (rows []string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	inside := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		cells := strings.Split(strings.Trim(strings.ReplaceAll(lines.Text(), "`", ""), "| "), " | ")
		switch {
		case strings.HasPrefix(lines.Text(), "|---"):
		case len(cells) < 2:
			inside = false
		case cells[0] == title:
			inside = true
		case inside:
			rows = append(rows, strings.Join(cells, " | "))
		}
	}
	if rows == nil {
		t.Fatalf("%s has no table of %q", path, title)
	}
	return rows
}
