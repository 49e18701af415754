package local

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"
)

// Client asks an endpoint, one request after the other, over one connection.
type Client struct {
	conn   net.Conn
	buffer []byte
}

// Dial connects to the endpoint at path. The server must be root, this user or one
// of a, on Windows the owner of the pipe Administrators or SYSTEM, else the error
// is ErrForeign: nobody else gets to see a password.
func Dial(ctx context.Context, path string, a Access) (*Client, error) {
	c, err := dial(ctx, path, a)
	if err != nil {
		return nil, fmt.Errorf("local endpoint %s: %w", path, err)
	}
	return &Client{conn: c}, nil
}

// Ping returns nil if somebody answers at path: a connection is accepted and, as
// nothing is asked, closed, or told that there are too many. On Windows it only
// connects.
func Ping(ctx context.Context, path string, a Access) error {
	c, err := Dial(ctx, path, a)
	if err != nil {
		return err
	}
	defer c.Close()
	half, ok := c.conn.(*net.UnixConn)
	if !ok {
		return nil
	}
	deadline, _ := ctx.Deadline()
	c.conn.SetDeadline(deadline)
	if err := half.CloseWrite(); err != nil {
		return fmt.Errorf("local endpoint %s: %w", path, err)
	}
	if _, err := c.conn.Read(make([]byte, 1)); err != nil && err != io.EOF {
		return fmt.Errorf("local endpoint %s: %w", path, err)
	}
	return nil
}

// Ask returns the reply to r, until the deadline of ctx. After an error the
// Client can only be closed. The errors tell nothing of r.
func (c *Client) Ask(ctx context.Context, r *Request) (Reply, error) {
	deadline, _ := ctx.Deadline() // the zero time is none
	c.conn.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { c.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	reply, err := c.ask(r)
	if err != nil {
		return Reply{}, fmt.Errorf("local endpoint: %w", err)
	}
	return reply, nil
}

func (c *Client) ask(r *Request) (Reply, error) {
	if size := requestHead + len(r.Account) + len(r.Name) + len(r.Password); cap(c.buffer) < size {
		c.buffer = make([]byte, 0, max(replyHead+MaxCodes+1, min(size, MaxRequest)))
	}
	frame, err := AppendRequest(c.buffer[:0], r)
	if err == nil {
		_, err = c.conn.Write(frame)
	}
	clear(frame)
	if err != nil {
		return Reply{}, err
	}
	buffer := c.buffer[:cap(c.buffer)]
	for have := 0; ; {
		n, failed := c.conn.Read(buffer[have:])
		have += n
		reply, whole, err := ParseReply(buffer[:have])
		if whole || err != nil {
			return reply, err
		}
		if failed != nil {
			return Reply{}, failed
		}
	}
}

// Close closes the connection.
func (c *Client) Close() error { return c.conn.Close() }
