package local

import "golang.org/x/sys/unix"

// credentials returns who is at the other end of a socket (unix(4),
// LOCAL_PEERCRED).
func credentials(fd int) (peer, error) {
	c, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return peer{}, err
	}
	return peer{c.Uid, c.Groups[0]}, nil
}
