package main

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/messages"
)

// errNoPassword keeps "nothing was given" from looking like "accepted".
var errNoPassword = usagef("no password on standard input")

// judge writes the verdicts of one run.
type judge struct {
	command *checkCommand
	engine  *engine.Engine
	server  *inquiry // instead of the engine; nil for none
	// language is what people read; programs read it only if it was asked for.
	language *messages.Language
	asked    bool
	page     *htmlPage // nil for none
	colors   palette
	line     []byte // scratch
	words    bool   // a person reads: sentences instead of codes
	refused  bool   // a password was refused
}

// ask judges one password typed at the terminal.
func (j *judge) ask(tty *os.File, stdout, stderr io.Writer) error {
	password, err := askPassword(tty, stderr)
	if errors.Is(err, io.EOF) {
		return errNoPassword
	} else if err != nil {
		return err
	}
	defer clear(password)
	j.words = terminal(stdout) != nil
	out := bufio.NewWriter(stdout)
	if err := j.add(out, password); err != nil {
		return err
	}
	return j.finish(out)
}

// stream judges each password of in. Verdicts are written before the next
// read, so that another process may converse with this one.
func (j *judge) stream(in io.Reader, stdout io.Writer) error {
	out := bufio.NewWriter(stdout)
	end := byte('\n')
	if j.command.null {
		end = 0
	}
	records := newRecordReader(&flushingReader{in, func() error { return j.settle(out) }}, end)
	defer records.close()
	for first := true; ; first = false {
		password, err := records.next()
		if err == io.EOF && first {
			return errNoPassword
		} else if err == io.EOF {
			return j.finish(out)
		} else if err != nil {
			return err
		}
		if err := j.add(out, password); err != nil {
			return errors.Join(err, out.Flush())
		}
	}
}

// add judges a password, by a server perhaps later.
func (j *judge) add(out *bufio.Writer, password []byte) error {
	if j.server != nil {
		return j.server.add(out, password)
	}
	j.write(out, password)
	return nil
}

// settle writes all verdicts that are due.
func (j *judge) settle(out *bufio.Writer) error {
	if j.server != nil {
		if err := j.server.send(out); err != nil {
			return errors.Join(err, out.Flush())
		}
	}
	return out.Flush()
}

// finish returns what the run ends with. A verdict that could not be written
// outweighs a refusal.
func (j *judge) finish(out *bufio.Writer) error {
	if err := j.settle(out); err != nil {
		return err
	}
	if j.server != nil && j.server.failed != nil {
		return j.server.failed
	}
	if j.refused {
		return errRefused
	}
	return nil
}

// write writes the verdict of the password in the form that the flags ask for.
// An error stays in out.
func (j *judge) write(out *bufio.Writer, password []byte) {
	var x engine.Explanation
	c := j.command
	if c.json || c.explain || j.page != nil {
		x = j.engine.Explain(password, c.subject)
	} else {
		x.Verdict = j.engine.Check(password, c.subject)
	}
	if x.Decision == engine.Undecided {
		x.Decision, x.Would = engine.Reject, engine.Reject
	}
	j.render(out, &x, password, nil)
}

// render writes a verdict; text is its JSON if that is not to be made of x.
func (j *judge) render(out *bufio.Writer, x *engine.Explanation, password, text []byte) {
	c := j.command
	j.refused = j.refused || x.Decision != engine.Accept
	line := j.line[:0]
	switch {
	case c.json && text != nil:
		line = append(append(line, text...), '\n')
	case c.json:
		line = append(x.AppendJSONIn(line, newID(), j.wording()), '\n')
	case j.words && !c.explain:
		line = j.appendSentences(line, x.Verdict)
	default:
		line = j.appendCodes(line, x.Verdict)
	}
	if c.explain && !c.json {
		d := drawing{x: x, words: j.language, colors: j.colors}
		if c.show {
			d.password = password
		}
		line = d.append(line)
	}
	if j.page != nil {
		j.page.add(x)
	}
	out.Write(line)
	clear(line)
	j.line = line
}

// newID returns an id for a verdict, of as many digits as those of a server.
func newID() string {
	var random [12]byte
	rand.Read(random[:]) // never fails
	return hex.EncodeToString(random[:])
}

// wording returns the words of JSON.
func (j *judge) wording() engine.Wording {
	if j.asked {
		return j.language
	}
	return nil
}

// appendCodes appends the verdict for programs. What is not accepted is
// refused, whatever the reason.
func (j *judge) appendCodes(dst []byte, v engine.Verdict) []byte {
	if v.Decision == engine.Accept {
		return append(j.colors.append(dst, green, "accept"), '\n')
	}
	dst = append(j.colors.append(dst, red, "reject"), ' ')
	return append(causes(v).AppendCodes(dst), '\n')
}

// appendSentences appends the verdict for the person who typed the password.
func (j *judge) appendSentences(dst []byte, v engine.Verdict) []byte {
	switch {
	case v.Decision != engine.Accept:
		dst = j.colors.append(dst, red, "reject")
	case v.Would == engine.Reject:
		dst = j.colors.append(dst, green, "accept")
		dst = append(append(dst, ", "...), j.language.Audit()...)
	default:
		return append(j.colors.append(dst, green, "accept"), '\n')
	}
	dst = append(dst, '\n')
	for r := range causes(v).All() {
		dst = fmt.Appendf(dst, "  %s\n    %s\n", j.language.Sentence(r, v.Number(r)), j.language.Advice(r))
	}
	return dst
}

// causes returns the reasons for a refusal, which always has one, or for what
// would have been one. Reasons of rules in audit mode alone refuse nothing.
func causes(v engine.Verdict) engine.Reasons {
	reasons := v.Reasons
	if v.Decision != engine.Accept {
		reasons &^= v.Audited
	}
	if reasons == 0 {
		return reasons.With(engine.Unavailable)
	}
	return reasons
}

// flushingReader writes out what is pending before it may wait for input.
type flushingReader struct {
	io.Reader
	flush func() error
}

func (r *flushingReader) Read(p []byte) (int, error) {
	if err := r.flush(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
