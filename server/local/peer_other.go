//go:build unix && !linux && !darwin

package local

import (
	"errors"
	"net"
)

// peerOf fails: who the peer is, is not known here.
func peerOf(*net.UnixConn) (peer, error) { return peer{}, errors.ErrUnsupported }
