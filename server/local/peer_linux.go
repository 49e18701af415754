package local

import (
	"net"

	"golang.org/x/sys/unix"
)

// peerOf returns who connected, or who listened, as the kernel noted it then
// (unix(7), SO_PEERCRED).
func peerOf(c *net.UnixConn) (p peer, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return p, err
	}
	var cred *unix.Ucred
	failed := raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if failed != nil {
		return p, failed
	}
	if err != nil {
		return p, err
	}
	return peer{cred.Uid, cred.Gid}, nil
}
