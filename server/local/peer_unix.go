//go:build linux || darwin

package local

import "net"

// peerOf returns who connected, or who listened, as the kernel noted it then.
func peerOf(c *net.UnixConn) (p peer, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return p, err
	}
	if failed := raw.Control(func(fd uintptr) { p, err = credentials(int(fd)) }); failed != nil {
		return peer{}, failed
	}
	return p, err
}
