//go:build unix

package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// DefaultPath is where the endpoint is unless configured.
const DefaultPath = "/run/veto/veto.sock"

// maxPath is the longest path of a socket on all systems, in bytes (unix(7):
// 108 with a zero at the end; 104 on macOS).
const maxPath = 103

// Listen makes the socket at path and listens on it. Its folder is made if it
// is missing; it must be one that only root or this user can change, and so must those
// above it. A socket that a dead process left is replaced; for a living one
// the error is ErrInUse, held by a lock on path.lock. Only root and this user
// reach the socket, or everybody if a names others: then Serve tells them apart.
func Listen(path string, a Access) (net.Listener, error) {
	ln, err := listen(path, a)
	if err != nil {
		return nil, fmt.Errorf("local endpoint %s: %w", path, err)
	}
	return ln, nil
}

func listen(path string, a Access) (net.Listener, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if len(path) > maxPath {
		return nil, fmt.Errorf("the path has %d bytes, sockets take up to %d: use a shorter one", len(path), maxPath)
	}
	if err := checkFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	lock, err := acquire(path + ".lock")
	if err != nil {
		return nil, err
	}
	ln, err := bind(path, a)
	if err != nil {
		lock.Close()
		return nil, err
	}
	return &listener{ln, lock}, nil
}

// listener holds the lock as long as it listens.
type listener struct {
	*net.UnixListener
	lock *os.File
}

// Close removes the socket and releases the lock.
func (l *listener) Close() error {
	err := l.UnixListener.Close()
	if failed := l.lock.Close(); err == nil && !errors.Is(failed, os.ErrClosed) {
		err = failed
	}
	return err
}

// acquire locks the file until it is closed.
func acquire(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, ErrInUse
		}
		return nil, fmt.Errorf("lock: %w", err)
	}
	return f, nil
}

// bind makes the socket, with its mode from the first moment. The mask of the
// process is narrower for that time, which harms no file made meanwhile.
func bind(path string, a Access) (*net.UnixListener, error) {
	if err := removeStale(path); err != nil {
		return nil, err
	}
	mask := 0o177
	if !a.restricted() {
		mask = 0o111
	}
	before := unix.Umask(mask)
	defer unix.Umask(before)
	return net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
}

// removeStale removes a socket on which nobody listens.
func removeStale(path string) error {
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("there is a file that is no socket: remove it, or use another path")
	}
	c, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		c.Close()
		return ErrInUse
	}
	if !errors.Is(err, unix.ECONNREFUSED) {
		return fmt.Errorf("the socket that is there: %w", err)
	}
	return os.Remove(path)
}

// checkFolder makes sure that nobody but root and this user can put something
// else in the socket's place. Folders above may be open to all if they are
// sticky.
func checkFolder(folder string) error {
	if err := os.Mkdir(folder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	folder, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return err
	}
	for inner := true; ; inner = false {
		info, err := os.Stat(folder)
		if err != nil {
			return err
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		open := info.Mode().Perm()&0o022 != 0
		sticky := info.Mode()&fs.ModeSticky != 0 && !inner
		if !ok || int64(stat.Uid) != int64(os.Geteuid()) && stat.Uid != 0 || open && !sticky {
			return fmt.Errorf("others than root and this user can change the folder %s: use one of mode 0755 or less", folder)
		}
		above := filepath.Dir(folder)
		if above == folder {
			return nil
		}
		folder = above
	}
}

// checkPeer checks who connected.
func checkPeer(nc net.Conn, a Access) error {
	c, ok := nc.(*net.UnixConn)
	if !ok {
		return ErrForeign
	}
	p, err := peerOf(c)
	if err != nil {
		return err
	}
	return a.allows(p, os.Geteuid())
}

// dial connects and checks who listens.
func dial(ctx context.Context, path string, a Access) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := checkPeer(c, a); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}
