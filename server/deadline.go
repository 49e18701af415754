package server

import "time"

// SetReadDeadline notes until when what is read next may take. It is set when a read
// has to wait for the client, for fasthttp notes two for each request.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.reading.wanted = t
	return nil
}

// SetWriteDeadline notes until when what is written next may take.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.writing.wanted = t
	return nil
}

// SetDeadline notes both.
func (c *conn) SetDeadline(t time.Time) error {
	c.reading.wanted, c.writing.wanted = t, t
	return nil
}

// Write writes p until the deadline.
func (c *conn) Write(p []byte) (int, error) {
	if c.writing.due(c.slack) {
		if err := c.Conn.SetWriteDeadline(c.writing.set); err != nil {
			return 0, err
		}
	}
	return c.Conn.Write(p)
}

// slackOf is the part of a limit by which a deadline may be early.
const slackOf = 16

// deadline is one of a connection, as wanted and as it was last set below. To set
// one costs as much as to judge a few characters, so what was set holds until
// it is early by more than the slack; it is never late.
type deadline struct{ wanted, set time.Time }

// due reports whether the deadline has to be set now, and notes that it is.
func (d *deadline) due(slack time.Duration) bool {
	if d.wanted.IsZero() == d.set.IsZero() && !d.wanted.Before(d.set) && d.wanted.Sub(d.set) <= slack {
		return false
	}
	d.set = d.wanted
	return true
}
