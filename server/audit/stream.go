package audit

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// streamSink writes lines as they are.
type streamSink struct{ w io.Writer }

func (s *streamSink) name() string { return "stream" }

func (s *streamSink) write(lines []byte, _ bool) error {
	_, err := s.w.Write(lines)
	return err
}

func (s *streamSink) close() error { return nil }

// priority of messages to syslog: facility 10 (security), severity 6
// (informational); RFC 5424, section 6.2.1.
const priority = 10*8 + 6

// syslogTime bounds the sending of a message.
const syslogTime = 2 * time.Second

// syslogSink sends a message for each record, in the form of RFC 5424.
type syslogSink struct {
	network, address string
	head             string // what follows the time in every message
	now              func() time.Time
	conn             net.Conn
	message          []byte
}

// openSyslog connects to "unix:PATH" or "udp:HOST:PORT".
func openSyslog(target string, now func() time.Time) (*syslogSink, error) {
	kind, address, _ := strings.Cut(target, ":")
	network := map[string]string{"unix": "unixgram", "udp": "udp"}[kind]
	if network == "" || address == "" {
		return nil, fmt.Errorf("syslog %q: must be unix:PATH or udp:HOST:PORT", target)
	}
	host, err := os.Hostname()
	if err != nil || host == "" || strings.ContainsAny(host, " \t") {
		host = "-"
	}
	s := &syslogSink{network: network, address: address, head: fmt.Sprintf(" %s veto %d - - ", host, os.Getpid()), now: now}
	if err := s.dial(); err != nil {
		return nil, fmt.Errorf("syslog %s: %w", target, err)
	}
	return s, nil
}

func (s *syslogSink) dial() (err error) {
	s.conn, err = net.DialTimeout(s.network, s.address, syslogTime)
	return err
}

func (s *syslogSink) name() string { return "syslog" }

// write sends all lines, and tells of the first error. A daemon that was started
// anew is connected to again.
func (s *syslogSink) write(lines []byte, _ bool) error {
	var first error
	for line := range strings.SplitSeq(strings.TrimSuffix(string(lines), "\n"), "\n") {
		if err := s.send(line); err != nil && first == nil {
			first = err
		}
	}
	return first
}

func (s *syslogSink) send(line string) error {
	s.message = fmt.Appendf(s.message[:0], "<%d>1 ", priority)
	s.message = s.now().UTC().AppendFormat(s.message, timeFormat)
	s.message = append(append(s.message, s.head...), line...)
	var err error
	for range 2 {
		if s.conn == nil {
			if err = s.dial(); err != nil {
				return err
			}
		}
		s.conn.SetWriteDeadline(time.Now().Add(syslogTime))
		if _, err = s.conn.Write(s.message); err == nil {
			return nil
		}
		err = errors.Join(err, s.conn.Close())
		s.conn = nil
	}
	return err
}

func (s *syslogSink) close() error {
	if s.conn == nil {
		return nil
	}
	return s.conn.Close()
}
