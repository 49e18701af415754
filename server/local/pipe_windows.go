package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"
)

// DefaultPath is where the endpoint is unless configured.
const DefaultPath = `\\.\pipe\veto`

// pipeSecurity is the security descriptor of the pipe, protected from what it
// would inherit: nobody from the network, all for SYSTEM and Administrators. It
// names Administrators as the owner, which clients check.
const pipeSecurity = "O:BAD:P(D;;GA;;;NU)(A;;GA;;;SY)(A;;GA;;;BA)"

// pipeBytes is the size of the pipe's buffers in each direction.
const pipeBytes = 4096

// Listen makes the pipe at path and listens on it. It must be the first of its
// name, else the error is ErrInUse: no other process can have made it before, nor
// make further instances, which the security descriptor leaves to SYSTEM and
// Administrators. Clients from other machines are refused.
func Listen(path string, a Access) (net.Listener, error) {
	if !a.restricted() {
		return nil, fmt.Errorf("local endpoint %s: users and groups are for unix sockets", path)
	}
	if served(path) {
		return nil, fmt.Errorf("local endpoint %s: %w", path, ErrInUse)
	}
	ln, err := winio.ListenPipe(path, &winio.PipeConfig{SecurityDescriptor: pipeSecurity, InputBufferSize: pipeBytes, OutputBufferSize: pipeBytes})
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_PIPE_BUSY) || errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		err = fmt.Errorf("%w: %w", ErrInUse, err)
	}
	if err != nil {
		return nil, fmt.Errorf("local endpoint %s: %w", path, err)
	}
	return ln, nil
}

// served reports whether there is a pipe at path. Listen would refuse it too,
// except under Wine.
func served(path string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c, err := dial(ctx, path, Access{})
	if err == nil {
		c.Close()
	}
	return !errors.Is(err, windows.ERROR_FILE_NOT_FOUND)
}

// checkPeer has nothing to check: the pipe's security descriptor did.
func checkPeer(net.Conn, Access) error { return nil }

// dial connects as nobody: the server cannot act as this user. Then it checks
// that the pipe belongs to Administrators or SYSTEM, as no others can make one so.
func dial(ctx context.Context, path string, _ Access) (net.Conn, error) {
	c, err := winio.DialPipeAccessImpLevel(ctx, path, windows.GENERIC_READ|windows.GENERIC_WRITE, winio.PipeImpLevelAnonymous)
	if err != nil {
		return nil, err
	}
	if err := checkOwner(c); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func checkOwner(c net.Conn) error {
	pipe, ok := c.(interface{ Fd() uintptr })
	if !ok {
		return ErrForeign
	}
	security, err := windows.GetSecurityInfo(windows.Handle(pipe.Fd()), windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return err
	}
	owner, _, err := security.Owner()
	if err != nil {
		return err
	}
	if !owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) && !owner.IsWellKnown(windows.WinLocalSystemSid) {
		return ErrForeign
	}
	return nil
}
