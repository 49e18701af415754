package local

import (
	"errors"
	"fmt"
	"slices"
)

// ErrForeign is the error about a peer that is none of those expected.
var ErrForeign = errors.New("peer is neither root, an administrator, this user nor a configured one")

// ErrInUse is the error of Listen for an endpoint that another process serves.
var ErrInUse = errors.New("another process serves this endpoint")

// Access names users and groups by number. Root and the user of this process
// are always meant. It has no effect on Windows, where the pipe belongs to SYSTEM
// and Administrators.
type Access struct {
	Users  []uint32
	Groups []uint32 // primary groups
}

// restricted reports whether nobody is named.
func (a *Access) restricted() bool { return len(a.Users)+len(a.Groups) == 0 }

// peer is who stands at the other end of a socket.
type peer struct{ user, group uint32 }

// allows checks a peer by the user of this process.
func (a *Access) allows(p peer, self int) error {
	if p.user == 0 || int64(p.user) == int64(self) || slices.Contains(a.Users, p.user) || slices.Contains(a.Groups, p.group) {
		return nil
	}
	return fmt.Errorf("local endpoint: %w", ErrForeign)
}
