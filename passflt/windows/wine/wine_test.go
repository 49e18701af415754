package wine_test

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

const (
	weak   = "Password2025!"
	strong = "rT9#kLp2$zQ!vB7x"
)

// deadline is the time-out that most tests set, and slack what a busy machine
// may add before the answer counts as late.
const (
	deadline = 400 * time.Millisecond
	slack    = 2 * time.Second
)

func TestWine(t *testing.T) {
	m := newMachine(t)
	l := m.lsass(t)
	loaded := l.events(1)
	if want := (event{"100", version, "0", "The password filter is loaded, version " + version + "."}); loaded[0] != want {
		t.Errorf("event %v, want %v", loaded[0], want)
	}
	l.want(version+" 1 99", "loaded")
	l.set(t, map[string]any{"ServerSid": l.ask("whoami"), "TimeoutMs": 8000})
	for _, test := range []struct {
		name string
		run  func(*testing.T, *machine, *lsass)
	}{
		{"verdicts", testVerdicts},
		{"odd passwords", testOdd},
		{"concurrent", testConcurrent},
		{"restart", testRestart},
		{"audit mode", testAuditMode},
		{"requests", testRequests},
		{"replies", testReplies},
		{"malformed replies", testMalformed},
		{"late", testLate},
		{"foreign", testForeign},
		{"declared", testDeclared},
		{"exempt", testExempt},
		{"switched off", testSwitchedOff},
		{"settings", testSettings},
		{"fault", testFault},
		{"unloaded", testUnloaded},
		{"failing system", testFailingSystem},
		{"failed writes", testFailedWrites},
		{"leaks", testLeaks},
		{"times", testTimes},
	} {
		t.Run(test.name, func(t *testing.T) {
			outer := l.t
			l.t = t
			defer func() { l.t = outer }()
			test.run(t, m, l)
			l.events(0)
		})
	}
}

// expect checks one call's answer and the event it leaves.
func expect(t *testing.T, l *lsass, operation, account, password, answer, id, why string) {
	t.Helper()
	l.events(0)
	if got, _ := l.call(operation, account, password); got != answer {
		t.Errorf("%s of %s: %s, want %s", operation, account, got, answer)
	}
	checkEvent(t, l, id, why)
}

func checkEvent(t *testing.T, l *lsass, id, why string) {
	t.Helper()
	events := l.events(1)
	if len(events) != 1 || events[0].id != id || !strings.Contains(events[0].why, why) {
		t.Errorf("events %v, want %s with %q", events, id, why)
	}
}

func testVerdicts(t *testing.T, m *machine, l *lsass) {
	m.sidecar(t, "real")
	l.set(t, map[string]any{"PipeName": "real"})
	expect(t, l, "change", "jdoe", weak, "reject", "1002", "")
	expect(t, l, "set", "jdoe", weak, "reject", "2002", "")
	expect(t, l, "change", "jdoe", strong, "accept", "1001", "")
	expect(t, l, "set", "jdoe", strong, "accept", "2001", "")
	expect(t, l, "set", "jdoe", "password", "reject", "2002", "banned_password")
	l.want(version+" 1 1", "loaded")
	for _, secret := range []string{weak, strong} {
		l.want("0", "find", units(secret))
	}
}

// testOdd sends what no keyboard types. An empty password is refused; nothing is
// cut at a NUL or a newline, and no half of a surrogate pair is judged.
func testOdd(t *testing.T, m *machine, l *lsass) {
	m.sidecar(t, "odd")
	l.set(t, map[string]any{"PipeName": "odd", "SetUndecidedAccept": 1})
	half := strings.TrimSuffix(units(strong+"\x00"), "0000") + "3dd8"
	for _, test := range []struct{ name, password, answer, id, why string }{
		{"empty", ".", "reject", "2005", "empty password"},
		{"null pointer", "-", "reject", "2005", "empty password"},
		{"weak, then NUL", units("password\x00"), "reject", "2002", ""},
		{"NUL inside", units(strong[:4] + "\x00" + strong[4:]), "reject", "2002", "control_character"},
		{"newline inside", units(strong[:4] + "\n" + strong[4:]), "reject", "2002", "control_character"},
		{"quotes", units(`rT9"kLp2'zQ\vB` + "`7x"), "accept", "2001", ""},
		{"emoji", units("zwölf🦊Füchse🌲quer7Feld"), "accept", "2001", ""},
		{"lone surrogate", half, "reject", "2002", "not_utf8"},
		{"half a unit", units(strong) + "41", "reject", "2002", "not_utf8"},
		{"256 units", units(strings.Repeat(strong, 16)), "accept", "2001", ""},
		{"257 units", units(strings.Repeat(strong, 16) + "x"), "reject", "2002", "too_long"},
		{"30,000 units", units(strings.Repeat(strong, 1875)), "reject", "2002", "too_long"},
		{"32,767 units", units(strings.Repeat(strong, 2048)[:32767]), "reject", "2005", "request too long"},
	} {
		l.events(0)
		if got, _ := l.raw("set", units("jdoe"), test.password); got != test.answer {
			t.Errorf("%s: %s, want %s", test.name, got, test.answer)
		}
		t.Log(test.name)
		checkEvent(t, l, test.id, test.why)
	}
	l.raw("set", units("a\nb")+"00d8", units(weak))
	if e := l.events(1); e[0].account != "a\uFFFDb\uFFFD" {
		t.Errorf("account %q in the event", e[0].account)
	}
	for account, want := range map[string]string{"x" + weak: "-", weak[1:]: weak[1:], "": ""} {
		l.call("set", account, weak)
		if e := l.events(1); e[0].account != want {
			t.Errorf("account %q in the event of %q, want %q", e[0].account, account, want)
		}
	}
}

// testConcurrent makes 800 calls at once, or as many as a busy machine answers within
// the longest deadline: late ones are refused, none gets another's verdict.
func testConcurrent(t *testing.T, m *machine, l *lsass) {
	m.sidecar(t, "many")
	l.set(t, map[string]any{"PipeName": "many"})
	l.call("set", "jdoe", strong)
	l.events(1)
	before := l.ask("handles")
	most := 800
	if testing.Short() {
		most = 200
	}
	for _, password := range []string{strong, weak} {
		calls := most
		for callAtOnce(t, l, calls, password) > 0 {
			if calls /= 2; calls < 100 {
				t.Fatal("not even 100 calls at once are answered in time")
			}
		}
	}
	l.want(before, "handles")
}

// callAtOnce makes calls with a password and returns how many got no verdict in time.
func callAtOnce(t *testing.T, l *lsass, calls int, password string) (late int) {
	t.Helper()
	got := l.ask("many", fmt.Sprint(calls), "1", "change", units("jdoe"), units("Jane Doe"), units(password))
	id := map[string]string{strong: "1001", weak: "1002"}[password]
	for _, e := range l.events(calls) {
		switch {
		case e.id == "1005" && strings.HasPrefix(e.why, "time-out"):
			late++
		case e.id != id:
			t.Fatalf("event %v instead of a verdict", e)
		}
	}
	want := fmt.Sprintf("%d %d ", calls-late, late)
	if password == weak {
		want = fmt.Sprintf("0 %d ", calls)
	}
	if !strings.HasPrefix(got, want) {
		t.Errorf("%d calls at once: %q, want %q", calls, got, want)
	}
	t.Logf("result: %d calls at once, %d late: accepted, refused, median, p99 and most in µs: %s", calls, late, got)
	return late
}

func testRestart(t *testing.T, m *machine, l *lsass) {
	l.set(t, map[string]any{"PipeName": "again"})
	stop := m.sidecar(t, "again")
	expect(t, l, "change", "jdoe", weak, "reject", "1002", "")
	stop()
	expect(t, l, "change", "jdoe", strong, "reject", "1005", "service absent")
	m.sidecar(t, "again")
	expect(t, l, "change", "jdoe", weak, "reject", "1002", "")
}

func testAuditMode(t *testing.T, m *machine, l *lsass) {
	m.sidecar(t, "audited", "--mode", "audit")
	l.set(t, map[string]any{"PipeName": "audited"})
	expect(t, l, "change", "jdoe", "password", "accept", "1003", "banned_password")
	expect(t, l, "set", "jdoe", "password", "accept", "2003", "banned_password")
}

// testRequests compares what the filter writes with the vectors of the protocol.
func testRequests(t *testing.T, m *machine, l *lsass) {
	requests := m.fake(t, "vectors", fake{reply: readVectors(t).Replies[0].Frame})
	l.set(t, map[string]any{"PipeName": "vectors", "MachineAccounts": 1})
	compared := 0
	for _, v := range readVectors(t).Requests {
		operation := []string{"", "set", "change"}[v.Operation]
		if v.Encoding != 1 || operation == "" || v.Password == "" { // an empty one is never asked about
			continue
		}
		l.ask("call", operation, cmp.Or(v.Account, "."), cmp.Or(v.FullName, "."), v.Password)
		if got := next(t, requests); got != v.Frame+"." {
			t.Errorf("%s: wrote %s, want %s", v.Name, got, v.Frame)
		}
		compared++
	}
	if compared < 5 {
		t.Errorf("%d vectors compared", compared)
	}
}

// next returns what the next connection brought.
func next(t *testing.T, requests <-chan string) string {
	t.Helper()
	select {
	case line := <-requests:
		return line
	case <-time.After(10 * time.Second):
		t.Fatal("no connection ended")
		return ""
	}
}

func testReplies(t *testing.T, m *machine, l *lsass) {
	for i, v := range readVectors(t).Replies {
		pipe := "reply" + string(rune('a'+i))
		m.fake(t, pipe, fake{reply: v.Frame, chunk: 1})
		l.want("ok", "text", "PipeName", pipe)
		switch {
		case v.Decision == 0:
			expect(t, l, "set", "jdoe", strong, "reject", "2002", v.Codes)
		case v.Decision == 2:
			expect(t, l, "set", "jdoe", strong, "reject", "2005", "service cannot decide")
		case v.Codes != "":
			expect(t, l, "set", "jdoe", strong, "accept", "2003", v.Codes)
		default:
			expect(t, l, "set", "jdoe", strong, "accept", "2001", "")
		}
	}
	l.want("ok", "unset", "PipeName")
}

// testMalformed has servers that lie: their answers count for nothing.
func testMalformed(t *testing.T, m *machine, l *lsass) {
	v := readVectors(t)
	for i, reply := range v.MalformedReplies {
		pipe := "lie" + string(rune('a'+i))
		m.fake(t, pipe, fake{reply: reply.Frame})
		l.want("ok", "text", "PipeName", pipe)
		t.Log(reply.Name)
		expect(t, l, "set", "jdoe", strong, "reject", "2005", "malformed answer")
	}
	for i, reply := range v.IncompleteReplies {
		pipe := "half" + string(rune('a'+i))
		m.fake(t, pipe, fake{reply: reply.Frame})
		l.want("ok", "text", "PipeName", pipe)
		t.Log(reply.Name)
		expect(t, l, "set", "jdoe", strong, "reject", "2005", "service ended the connection")
	}
	l.want("ok", "unset", "PipeName")
}

// testLate has servers that are too slow in every way. The deadline holds for
// the whole call, and slow ones within it are waited for.
func testLate(t *testing.T, m *machine, l *lsass) {
	accept := readVectors(t).Replies[0].Frame
	ms := int(deadline / time.Millisecond)
	for _, test := range []struct {
		name   string
		server fake
		id     string
	}{
		{"never answers", fake{delay: -1}, "1005"},
		{"never reads", fake{delay: -2}, "1005"},
		{"late", fake{reply: accept, delay: 2 * ms}, "1005"},
		{"late byte by byte", fake{reply: accept, delay: ms / 4, chunk: 1}, "1005"},
		{"slow", fake{reply: accept, delay: ms / 4}, "1001"},
	} {
		t.Run(test.name, func(t *testing.T) {
			pipe := strings.ReplaceAll(test.name, " ", "-")
			m.fake(t, pipe, test.server)
			l.want("ok", "text", "PipeName", pipe)
			l.set(t, map[string]any{"TimeoutMs": ms})
			l.events(0)
			long := strings.Repeat(strong, 1000) // more than the pipe's buffer
			answer, took := l.call("change", "jdoe", long)
			late := test.id == "1005"
			if (answer == "reject") != late || took > deadline+slack || (late && took < deadline-20*time.Millisecond) {
				t.Errorf("%s after %v, deadline %v", answer, took, deadline)
			}
			t.Logf("%v", took)
			checkEvent(t, l, test.id, "")
			l.want("0", "find", units(long[:64]))
		})
	}
	l.want("ok", "number", "TimeoutMs", "8000")
	l.want("ok", "unset", "PipeName")
}

// testForeign puts up pipes of others. They must not get one byte.
func testForeign(t *testing.T, m *machine, l *lsass) {
	reply := readVectors(t).Replies[0].Frame
	own := l.ask("whoami")
	for _, test := range []struct {
		name, owner, why string
		settings         map[string]any
	}{
		{"owner", "S-1-5-21-1-2-3-1001", "owner of the pipe", map[string]any{}},
		{"account", "", "account of the process", map[string]any{"ServerSid": "S-1-5-18"}},
		{"program", "", "program of the process", map[string]any{"ServerImage": `C:\Program Files\Veto\veto.exe`}},
	} {
		requests := m.fake(t, "foreign-"+test.name, fake{reply: reply, owner: test.owner})
		for name, value := range test.settings {
			l.want("ok", "text", name, value.(string))
		}
		l.want("ok", "text", "PipeName", "foreign-"+test.name)
		expect(t, l, "change", "jdoe", strong, "reject", "1005", "foreign server: "+test.why)
		expect(t, l, "set", "jdoe", strong, "reject", "2005", "foreign server: "+test.why)
		for range 2 {
			if got := next(t, requests); got != "." {
				t.Errorf("%s: the foreign server got %d bytes", test.name, len(got)/2)
			}
		}
		l.want("ok", "text", "ServerSid", own)
		l.ask("unset", "ServerImage")
	}
	image := strings.TrimSpace(run(t, m.command("winepath", "-w", m.program("server.exe"))))
	l.set(t, map[string]any{"ServerImage": strings.ToUpper(image)})
	expect(t, l, "set", "jdoe", strong, "accept", "2001", "")
	l.want("ok", "unset", "PipeName")
}

// testDeclared has every combination of operation, cause and declared answer.
func testDeclared(t *testing.T, m *machine, l *lsass) {
	m.fake(t, "hung", fake{delay: -1})
	m.fake(t, "unable", fake{reply: "5645544f01020000"})
	m.fake(t, "theirs", fake{owner: "S-1-5-21-1-2-3-1001"})
	l.set(t, map[string]any{"PipeName": "nobody"})
	for _, c := range []struct{ cause, pipe string }{
		{"Absent", "nobody"}, {"Timeout", "hung"}, {"Undecided", "unable"}, {"Foreign", "theirs"},
	} {
		l.want("ok", "text", "PipeName", c.pipe)
		l.want("ok", "number", "TimeoutMs", map[bool]string{true: "100", false: "8000"}[c.cause == "Timeout"])
		for _, o := range []struct{ name, digit string }{{"Set", "2"}, {"Change", "1"}} {
			name := o.name + c.cause + "Accept"
			l.want("ok", "number", name, "0")
			expect(t, l, strings.ToLower(o.name), "jdoe", strong, "reject", o.digit+"005", "")
			l.want("ok", "number", name, "1")
			expect(t, l, strings.ToLower(o.name), "jdoe", strong, "accept", o.digit+"004", "")
			l.want("ok", "unset", name)
		}
	}
	l.want("ok", "number", "TimeoutMs", "8000")
}

func testExempt(t *testing.T, _ *machine, l *lsass) {
	l.set(t, map[string]any{"PipeName": "nobody"})
	random := string(utf16.Decode([]uint16{0xd800, 0, 0xdfff, 0x1234}))
	for _, account := range []string{"krbtgt", "KRBTGT", "krbtgt_1", "Krbtgt_48213", "krbtgt_AzureAD", "DC1$", "gmsa$"} {
		expect(t, l, "set", account, random, "accept", "2006", "")
	}
	for _, account := range []string{"", "krbtg", "krbtgt_", "krbtgt_x", "krbtgt_AzureA", "krbtgt_AzureADs", "krbtgt_1x", "krbtgt1", "xkrbtgt", "a$b"} {
		expect(t, l, "set", account, random, "reject", "2005", "service absent")
	}
	l.set(t, map[string]any{"MachineAccounts": 1})
	expect(t, l, "set", "DC1$", random, "reject", "2005", "service absent")
	expect(t, l, "set", "krbtgt_12", random, "accept", "2006", "")
}

func testSwitchedOff(t *testing.T, m *machine, l *lsass) {
	requests := m.fake(t, "unasked", fake{reply: "5645544f01000000"})
	l.set(t, map[string]any{"PipeName": "unasked"})
	expect(t, l, "set", "jdoe", weak, "reject", "2002", "")
	next(t, requests)
	l.set(t, map[string]any{"Off": 1})
	expect(t, l, "set", "jdoe", weak, "accept", "2007", "")
	expect(t, l, "change", "jdoe", weak, "accept", "1007", "")
	select {
	case r := <-requests:
		t.Errorf("asked %s", r)
	default:
	}
}

// testSettings has values that cannot be used: the defaults hold, and the event
// at loading counts them.
func testSettings(t *testing.T, m *machine, l *lsass) {
	l.set(t, map[string]any{
		"Off": 7, "MachineAccounts": "yes", "SetAbsentAccept": 2,
		"PipeName": `..\..\UNC\elsewhere\pipe\x`, "ServerImage": strings.Repeat("x", 600),
	})
	expect(t, l, "set", "DC1$", weak, "accept", "2006", "")
	expect(t, l, "set", "jdoe", strong, "reject", "2005", "service absent")
	own := l.ask("whoami")
	l.want("ok", "text", "ServerSid", "BA") // an alias
	loaded := m.lsass(t).events(1)
	l.want("ok", "text", "ServerSid", own)
	if loaded[0].id != "101" || loaded[0].why != "6" {
		t.Errorf("event %v, want 101 with 6 settings", loaded[0])
	}
}

// testFault passes pointers to nowhere: the process must live, the answer is the
// declared one.
func testFault(t *testing.T, m *machine, l *lsass) {
	m.fake(t, "fault", fake{reply: "5645544f01010000"})
	l.set(t, map[string]any{"PipeName": "fault"})
	l.want("reject reject", "fault", "set")
	checkFaults(t, l, "2005")
	l.set(t, map[string]any{"ChangeUndecidedAccept": 1})
	l.want("accept accept", "fault", "change")
	checkFaults(t, l, "1004")
	expect(t, l, "set", "jdoe", strong, "accept", "2001", "")
}

func checkFaults(t *testing.T, l *lsass, id string) {
	t.Helper()
	for _, e := range l.events(2) {
		if e.id != id || e.why != "exception" {
			t.Errorf("event %v, want %s", e, id)
		}
	}
}

// testUnloaded wants the filter to stay in the process, whoever frees it: a thread of
// the system's pool may be in its code.
func testUnloaded(t *testing.T, m *machine, l *lsass) {
	m.fake(t, "unloaded", fake{reply: readVectors(t).Replies[0].Frame})
	l.set(t, map[string]any{"PipeName": "unloaded"})
	l.want("ok", "unload")
	expect(t, l, "set", "jdoe", strong, "accept", "2001", "")
}

// testFailingSystem has the system fail the filter: the declared answer comes in
// time, nothing of the password stays, and the next call is as good as ever.
func testFailingSystem(t *testing.T, m *machine, l *lsass) {
	accept := readVectors(t).Replies[0].Frame
	ms := int(deadline / time.Millisecond)
	m.fake(t, "stuck", fake{delay: -1})
	m.fake(t, "unread", fake{delay: -2})
	m.fake(t, "slow", fake{reply: accept, delay: ms / 4})
	m.fake(t, "well", fake{reply: accept})
	l.set(t, map[string]any{"PipeName": "well"})
	l.want("ok", "number", "TimeoutMs", fmt.Sprint(ms))
	defer l.want("ok", "number", "TimeoutMs", "8000")
	long := strings.Repeat(strong, 1000) // more than the pipe's buffer
	for _, test := range []struct{ function, pipe, answer, id, why string }{
		{"CancelIoEx", "stuck", "reject", "1005", "time-out: no answer"},
		{"CancelIoEx", "unread", "reject", "1005", "time-out: no answer"},
		{"WaitForSingleObject", "slow", "reject", "1005", "waiting failed"},
		{"WaitForSingleObject", "unread", "reject", "1005", "waiting failed"},
		{"VirtualAlloc", "well", "reject", "1005", "out of memory"},
		{"CreateEventW", "well", "reject", "1005", "out of memory"},
		{"WriteFile", "well", "reject", "1005", "service ended the connection"},
		{"HeapAlloc", "well", "accept", "", ""},
		{"QueueUserWorkItem", "well", "accept", "", ""},
	} {
		l.want("ok", "text", "PipeName", test.pipe)
		l.events(0)
		l.want(test.function, "break", test.function)
		answer, took := l.call("change", "jdoe", long)
		l.want("ok", "mend")
		if answer != test.answer || took > deadline+slack {
			t.Errorf("%s, %s: %s after %v, want %s", test.function, test.pipe, answer, took, test.answer)
		}
		l.want("0", "find", units(long[:64]))
		if test.id != "" {
			checkEvent(t, l, test.id, test.why)
		}
		l.want("ok", "text", "PipeName", "well")
		if answer, _ := l.call("change", "jdoe", strong); answer != "accept" {
			t.Errorf("after %s, %s: %s", test.function, test.pipe, answer)
		}
		want := 1
		if test.function == "QueueUserWorkItem" {
			want = 2 // the event that waited, too
		}
		l.events(want)
	}
}

// testFailedWrites wants no memory left to a system that never began to write.
func testFailedWrites(t *testing.T, m *machine, l *lsass) {
	m.fake(t, "unwritten", fake{delay: -1})
	l.set(t, map[string]any{"PipeName": "unwritten"})
	before := number(t, l.ask("regions"))
	l.want("WriteFile", "break", "WriteFile")
	l.ask("many", "1", "200", "change", units("jdoe"), units("Jane Doe"), units(strong))
	l.want("ok", "mend")
	if got := number(t, l.ask("regions")); got > before+100 {
		t.Errorf("%d regions of memory, before %d", got, before)
	}
}

// testLeaks makes 100,000 calls of every kind: no handle and no memory is lost.
func testLeaks(t *testing.T, m *machine, l *lsass) {
	if testing.Short() {
		t.Skip("a minute")
	}
	m.fake(t, "accepting", fake{reply: readVectors(t).Replies[0].Frame})
	m.fake(t, "dumb", fake{delay: -1})
	m.fake(t, "stranger", fake{owner: "S-1-5-21-1-2-3-1001"})
	l.set(t, map[string]any{"PipeName": "nobody", "Off": 0})
	l.want("ok", "number", "TimeoutMs", "50")
	defer l.want("ok", "number", "TimeoutMs", "8000")
	call := func(pipe string, threads, calls int) {
		l.want("ok", "text", "PipeName", pipe)
		l.ask("many", fmt.Sprint(threads), fmt.Sprint(calls), "change", units("jdoe"), units("Jane Doe"), units(strong))
	}
	all := func(share int) {
		call("accepting", 4, share)
		call("dumb", 4, share/200)
		call("stranger", 4, share/10)
		call("nobody", 4, 10*share)
		l.want("ok", "number", "Off", "1")
		call("nobody", 4, 10*share)
		l.want("ok", "number", "Off", "0")
	}
	all(200) // what stays for good is made by now
	handles, regions := l.ask("handles"), number(t, l.ask("regions"))
	all(1200)
	l.want(handles, "handles")
	if got := number(t, l.ask("regions")); got > regions+100 { // the heap of the events grows a little
		t.Errorf("%d regions of memory, before %d", got, regions)
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// testTimes prints the cost of a call beside that of a bare exchange over the
// same kind of pipe, in microseconds: median, p99 and most of 500.
func testTimes(t *testing.T, m *machine, l *lsass) {
	if testing.Short() {
		t.Skip("a measurement")
	}
	m.fake(t, "echo", fake{reply: "5645544f01010000"})
	m.sidecar(t, "timed")
	call := func(pipe string) string {
		l.want("ok", "text", "PipeName", pipe)
		return l.ask("many", "1", "500", "set", units("jdoe"), units("Jane Doe"), units(strong))
	}
	t.Log("result: 500 calls one after the other: accepted, refused, median, p99 and most in µs")
	t.Logf("result: bare exchange over a pipe    %s", l.ask("echo", "echo", "500"))
	t.Logf("result: filter, the same server      %s", call("echo"))
	t.Logf("result: filter, veto sidecar         %s", call("timed"))
	t.Logf("result: filter, nobody at the pipe   %s", call("nobody"))
	l.want("ok", "unset", "PipeName")
	l.events(1500)
}
