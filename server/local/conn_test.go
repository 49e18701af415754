package local_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/local"
)

// recorder is a Judge that keeps what it was asked.
type recorder struct {
	passwords, accounts, names [][]byte
	operations                 []engine.Operation
}

// Judge refuses what is not valid UTF-8 and accepts all else.
func (r *recorder) Judge(password []byte, s engine.Subject) engine.Verdict {
	r.passwords = append(r.passwords, bytes.Clone(password))
	r.accounts = append(r.accounts, []byte(s.Account))
	r.names = append(r.names, []byte(strings.Join(s.Names, "|")))
	r.operations = append(r.operations, s.Operation)
	if !utf8.Valid(password) {
		return engine.Verdict{Decision: engine.Reject, Reasons: engine.Reasons(0).With(engine.NotUTF8)}
	}
	return engine.Verdict{Decision: engine.Accept}
}

// script is a connection on which a client sends pieces and then no more.
type script struct {
	net.Conn // nil: nothing else is called
	pieces   [][]byte
	out      bytes.Buffer
	wiped    func() bool // asked before each reply; nil: not asked
	dirty    int         // how often it said no
}

func (s *script) Read(p []byte) (int, error) {
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.pieces[0])
	if s.pieces[0] = s.pieces[0][n:]; len(s.pieces[0]) == 0 {
		s.pieces = s.pieces[1:]
	}
	return n, nil
}

func (s *script) Write(p []byte) (int, error) {
	if s.wiped != nil && !s.wiped() {
		s.dirty++
	}
	return s.out.Write(p)
}

func (s *script) SetDeadline(time.Time) error     { return nil }
func (s *script) SetReadDeadline(time.Time) error { return nil }

// converse serves the pieces and returns the replies, and whether the connection
// ended early. What was answered must be wiped before the reply, all at the end.
func converse(t testing.TB, judge local.Judge, pieces ...[]byte) (replies []local.Reply, e local.Event, bad bool) {
	t.Helper()
	c := &script{pieces: pieces}
	conn := local.NewConn(local.New(local.Config{Judge: func() local.Judge { return judge }}), c)
	c.wiped = conn.Wiped
	e, bad = conn.Serve()
	if c.dirty > 0 || !conn.Forgotten() {
		t.Errorf("%d requests are not wiped, all at the end %v", c.dirty, conn.Forgotten())
	}
	for out := c.out.Bytes(); len(out) > 0; {
		size := 8 + int(binary.LittleEndian.Uint16(out[6:]))
		reply, whole, err := local.ParseReply(out[:size])
		if err != nil || !whole {
			t.Fatalf("reply %x: whole %v, %v", out[:size], whole, err)
		}
		replies = append(replies, reply)
		out = out[size:]
	}
	return replies, e, bad
}

// TestTexts wants that judges see what the vectors say, in every way of sending.
func TestTexts(t *testing.T) {
	v := readVectors(t)
	var all []byte
	for _, r := range v.Requests {
		all = append(all, r.Frame...)
	}
	single := slices.Collect(slices.Chunk(all, 1))
	uneven := slices.Collect(slices.Chunk(all, 97))
	var frames [][]byte
	for _, r := range v.Requests {
		frames = append(frames, r.Frame)
	}
	for name, pieces := range map[string][][]byte{"at once": {all}, "byte by byte": single, "unevenly": uneven, "frame by frame": frames} {
		var r recorder
		replies, _, bad := converse(t, &r, pieces...)
		if bad || len(replies) != len(v.Requests) || len(r.passwords) != len(v.Requests) {
			t.Fatalf("%s: %d replies, ended early %v", name, len(replies), bad)
		}
		for i, want := range v.Requests {
			account, full := []byte(want.Account), []byte(want.FullName)
			if want.Encoding == local.UTF16 {
				account, full = local.AppendUTF8(nil, account), local.AppendUTF8(nil, full)
			}
			if !bytes.Equal(r.passwords[i], want.PasswordUTF8) || !bytes.Equal(r.accounts[i], account) || !bytes.Equal(r.names[i], full) || r.operations[i] != want.Operation {
				t.Errorf("%s, %s: password %x, account %q, name %q, operation %v", name, want.Name, r.passwords[i], r.accounts[i], r.names[i], r.operations[i])
			}
			codes := ""
			if !utf8.Valid(want.PasswordUTF8) {
				codes = engine.NotUTF8.Code()
			}
			if replies[i].Codes != codes || (replies[i].Decision == engine.Accept) != (codes == "") {
				t.Errorf("%s, %s: reply %+v", name, want.Name, replies[i])
			}
		}
	}
}

// TestSizes sends frames of all sizes that matter between others.
func TestSizes(t *testing.T) {
	small := frame(t, &local.Request{Password: []byte("Zx9-small")})
	for _, size := range []int{15, local.FrameRoom - 1, local.FrameRoom, local.FrameRoom + 1, 2*local.FrameRoom + 1, local.MaxRequest - 1, local.MaxRequest} {
		for _, encoding := range []local.Encoding{local.UTF8, local.UTF16} {
			n := size - 14
			account, name := n/3&^1, n/5&^1
			text := func(n int) []byte { return bytes.Repeat([]byte{'\x65', '\x67'}, n/2+1)[:n] } // U+6765 or "eg"
			r := local.Request{Encoding: encoding, Account: text(account), Name: text(name), Password: text(n - account - name)}
			large := frame(t, &r)
			var judge recorder
			replies, _, bad := converse(t, &judge, slices.Concat(small, large, small, large), large, small)
			if bad || len(replies) != 6 {
				t.Fatalf("%d bytes: %d replies, ended early %v", size, len(replies), bad)
			}
			want := [][]byte{r.Password, r.Account, r.Name}
			if encoding == local.UTF16 {
				for i := range want {
					want[i] = local.AppendUTF8(nil, want[i])
				}
			}
			for i, isLarge := range []bool{false, true, false, true, true, false} {
				if !isLarge && string(judge.passwords[i]) != "Zx9-small" ||
					isLarge && (!bytes.Equal(judge.passwords[i], want[0]) || !bytes.Equal(judge.accounts[i], want[1]) || !bytes.Equal(judge.names[i], want[2])) {
					t.Errorf("%d bytes, encoding %d: request %d is not what was sent", size, encoding, i)
				}
			}
		}
	}
}

func frame(t testing.TB, r *local.Request) []byte {
	t.Helper()
	b, err := local.AppendRequest(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBroken wants no verdict on what is malformed or incomplete, and one on
// what came whole before.
func TestBroken(t *testing.T) {
	v := readVectors(t)
	whole := []byte(v.Requests[0].Frame)
	for _, test := range v.MalformedRequests {
		var judge recorder
		replies, e, bad := converse(t, &judge, slices.Concat(whole, test.Frame))
		if !bad || e != local.Malformed || len(replies) != 1 || len(judge.passwords) != 1 {
			t.Errorf("%s: %d replies, ended %v %v", test.Name, len(replies), e, bad)
		}
	}
	for _, test := range v.IncompleteRequests {
		var judge recorder
		replies, e, bad := converse(t, &judge, slices.Concat(whole, test.Frame))
		if !bad || e != local.Incomplete || len(replies) != 1 || len(judge.passwords) != 1 {
			t.Errorf("%s: %d replies, ended %v %v", test.Name, len(replies), e, bad)
		}
	}
	if replies, _, bad := converse(t, new(recorder)); bad || len(replies) > 0 {
		t.Error("an empty connection ended early")
	}
}

// fixed is a Judge that always says the same.
type fixed engine.Verdict

func (f fixed) Judge([]byte, engine.Subject) engine.Verdict { return engine.Verdict(f) }

func TestReplies(t *testing.T) {
	term, low, date := engine.Reasons(0).With(engine.BannedTerm), engine.Reasons(0).With(engine.LowScore), engine.Reasons(0).With(engine.Date)
	for _, test := range []struct {
		verdict engine.Verdict
		want    local.Reply
	}{
		{engine.Verdict{Decision: engine.Accept}, local.Reply{Decision: engine.Accept}},
		{engine.Verdict{Decision: engine.Reject, Reasons: term | low | date, Audited: date}, local.Reply{Decision: engine.Reject, Codes: "banned_term,low_score"}},
		{engine.Verdict{Decision: engine.Accept, Would: engine.Reject, Mode: engine.Audit, Reasons: low}, local.Reply{Decision: engine.Accept, Codes: "low_score"}},
		{engine.Verdict{}, local.Reply{Codes: "unavailable"}},
		{engine.Verdict{Reasons: term}, local.Reply{Codes: "unavailable"}},
	} {
		replies, _, _ := converse(t, fixed(test.verdict), frame(t, &local.Request{Password: []byte("x")}))
		if len(replies) != 1 || replies[0] != test.want {
			t.Errorf("%+v: reply %+v", test.verdict, replies)
		}
	}
}

// endless is a connection on which one frame comes so many times.
type endless struct {
	script
	frame []byte
	left  int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left--; e.left < 0 {
		return 0, io.EOF
	}
	return copy(p, e.frame), nil
}

func (e *endless) Write(p []byte) (int, error) { return len(p), nil }

func TestNoAllocations(t *testing.T) {
	for _, r := range []local.Request{
		{Operation: engine.Set, Account: []byte("jdoe"), Name: []byte("Jane Doe"), Password: []byte("Zx9-kanarienvogel")},
		{Operation: engine.Change, Encoding: local.UTF16, Account: []byte("j\x00d\x00"), Password: []byte("Z\x00x\x009\x00\x00\xd8-\x00")},
	} {
		s := local.New(local.Config{Judge: func() local.Judge {
			return fixed{Decision: engine.Reject, Reasons: engine.Reasons(0).With(engine.LowScore)}
		}})
		run := func(requests int) float64 {
			return testing.AllocsPerRun(10, func() { local.NewConn(s, &endless{frame: frame(t, &r), left: requests}).Serve() })
		}
		if few, many := run(1), run(1000); many > few {
			t.Errorf("1000 requests make %v allocations, one %v", many, few)
		}
	}
}

// FuzzServe sends any bytes in two pieces.
func FuzzServe(f *testing.F) {
	v := readVectors(f)
	for i, r := range v.Requests {
		f.Add([]byte(r.Frame), i)
	}
	for i, r := range append(v.MalformedRequests, v.IncompleteRequests...) {
		f.Add([]byte(slices.Concat(v.Requests[1].Frame, r.Frame)), i*7)
	}
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		cut = min(max(cut, 0), len(b))
		pieces := slices.DeleteFunc([][]byte{bytes.Clone(b[:cut]), bytes.Clone(b[cut:])}, func(p []byte) bool { return len(p) == 0 })
		var judge recorder
		replies, _, _ := converse(t, &judge, pieces...)
		if len(replies) != len(judge.passwords) {
			t.Fatalf("%d replies to %d requests", len(replies), len(judge.passwords))
		}
		var again recorder
		converse(t, &again, slices.Collect(slices.Chunk(b, 1))...)
		if fmt.Sprint(judge) != fmt.Sprint(again) {
			t.Fatal("what is judged depends on how it was sent")
		}
	})
}
