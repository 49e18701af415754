package main

import (
	"net"
	"os"
	"strconv"
	"time"
)

// notify tells systemd the state of the service, as sd_notify(3) does: lines of
// NAME=value to the socket that NOTIFY_SOCKET names, if any. systemd misses what
// cannot be sent in notifyTimeout, as it has not read what it was told before, and
// acts on that.
func notify(state string) error {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetWriteDeadline(time.Now().Add(notifyTimeout)); err != nil {
		return err
	}
	_, err = c.Write([]byte(state))
	return err
}

// notifyTimeout bounds how long a manager that does not read delays the service, and its
// stop.
const notifyTimeout = time.Second

// watchdog ticks twice in the time after which systemd restarts a service that
// has told nothing (sd_watchdog_enabled(3)), never if it does not watch.
func watchdog() (tick <-chan time.Time, stop func()) {
	micros, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	pid := os.Getenv("WATCHDOG_PID")
	if err != nil || micros < 2 || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return nil, func() {}
	}
	t := time.NewTicker(time.Duration(micros) * time.Microsecond / 2)
	return t.C, t.Stop
}
