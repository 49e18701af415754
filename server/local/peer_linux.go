package local

import "golang.org/x/sys/unix"

// credentials returns who is at the other end of a socket (unix(7), SO_PEERCRED).
func credentials(fd int) (peer, error) {
	c, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return peer{}, err
	}
	return peer{c.Uid, c.Gid}, nil
}
