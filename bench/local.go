package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/local"
)

// The least rates of the local endpoint beside the echo server: where the engine takes longer than the echo, no endpoint reaches it, so that the
// rates without engine, and beside the echo with one, are told too.
const (
	targetLocal = 0.80
	targetFloor = 0.90
)

// Whose password it is.
const (
	askedAccount = "jdoe"
	askedName    = "Jane Doe"
)

func runLocal(args []string, stdout, stderr io.Writer) error {
	f := newFlags("local")
	rounds := f.Int("rounds", 5, "rounds of all servers in turn")
	duration := f.Duration("duration", 2*time.Second, "of a measurement")
	connections := f.Int("connections", 32, "that clients hold open")
	if err := parse(f, args, stdout, 0, limit{flag: "rounds", least: 1}, limit{flag: "connections", least: 1}, atLeast("duration", leastDuration)); err != nil {
		return err
	}
	requests, err := frames(newMixer(globalAnd(customTerms)).mix(1024))
	if err != nil {
		return err
	}
	password, err := frames([]string{"password"})
	if err != nil {
		return err
	}
	asked := load{speech{"unix", readReply, password[0], []byte("VETO\x01\x00")}, requests, *connections, *duration}
	echoed := asked
	echoed.read = readEcho
	contestants := []*serving{
		{name: "bare echo", kind: serveEcho, load: echoed, per: 1},
		{name: "veto", kind: serveLocal, load: asked, per: 1},
		{name: "veto, disabled", kind: serveOff, load: asked, per: 1},
		{name: "echo after a bare check", kind: serveFloor, load: echoed, per: 1},
	}
	printHeader(stdout, "local endpoint: a check over a unix socket")
	fmt.Fprintf(stdout, "%s, clients on the same processors, %s of %v, passwords of %d to %d characters\n\n",
		plural(*connections, "connection"), plural(*rounds, "round"), *duration, typicalMin, typicalMax)
	if err := serveAll(contestants, *rounds, stderr); err != nil {
		return err
	}
	printLocal(stdout, contestants)
	return nil
}

func printLocal(w io.Writer, contestants []*serving) {
	echo, veto := contestants[0].typical(), contestants[1].typical()
	t := newTable("server", "requests/s", "p50 us", "p99 us", "CPU us", "requests/s beside echo", "p99", "CPU")
	for _, s := range contestants {
		r := s.typical()
		t.row(s.name, fmt.Sprintf("%.0f", r.perSecond), fmt.Sprintf("%.0f", r.p50), fmt.Sprintf("%.0f", r.p99), fmt.Sprintf("%.2f", r.cpu),
			fmt.Sprintf("%.1f %%", 100*r.perSecond/echo.perSecond), fmt.Sprintf("%.2f x", r.p99/echo.p99), fmt.Sprintf("%.2f x", r.cpu/echo.cpu))
	}
	t.print(w)
	off, floor := contestants[2].typical(), contestants[3].typical()
	for _, c := range []struct {
		name        string
		rate, least float64
	}{
		{"the echo's requests", veto.perSecond / echo.perSecond, targetLocal},
		{"them when disabled, without the engine", off.perSecond / echo.perSecond, targetLocal},
		{"those of the echo after a bare check", veto.perSecond / floor.perSecond, targetFloor},
	} {
		printTarget(w, fmt.Sprintf("at least %.0f %% of %s", 100*c.least, c.name), fmt.Sprintf("%.1f %%", 100*c.rate), c.rate >= c.least)
	}
}

// frames returns one request for each password, as a directory would ask.
func frames(mix []string) ([][]byte, error) {
	var all [][]byte
	for _, p := range mix {
		b, err := local.AppendRequest(nil, &local.Request{
			Operation: engine.Change, Account: []byte(askedAccount), Name: []byte(askedName), Password: []byte(p),
		})
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// readReply reads a reply of the local endpoint.
func readReply(c net.Conn, buffer, _ []byte) ([]byte, error) {
	const head = 8
	n, err := io.ReadAtLeast(c, buffer, head)
	if err != nil {
		return nil, err
	}
	size := head + int(binary.LittleEndian.Uint16(buffer[6:]))
	if n < size {
		_, err = io.ReadFull(c, buffer[n:size])
	}
	return buffer[:size], err
}

// readEcho reads what was sent.
func readEcho(c net.Conn, buffer, request []byte) ([]byte, error) {
	_, err := io.ReadFull(c, buffer[:len(request)])
	return buffer[:len(request)], err
}
