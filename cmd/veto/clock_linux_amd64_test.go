package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vetopw/veto/server/fleet"
)

// wallClock is that of another process, which alone it moves.
type wallClock struct {
	memory *os.File
	at     int64 // of the seconds added, in the code that tells the time
}

// openClock puts its own code in the place of what the kernel lends a process to
// tell the time by (vdso(7)): the same, and seconds more if the wall clock is asked.
func openClock(t *testing.T, pid int) *wallClock {
	t.Helper()
	memory, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { memory.Close() })
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^([0-9a-f]+)-([0-9a-f]+) .*\[vdso\]$`).Find(maps)
	var from, to int64
	if _, err := fmt.Sscanf(string(line), "%x-%x", &from, &to); err != nil {
		t.Skip("the kernel lends no code")
	}
	image := make([]byte, to-from)
	if _, err := memory.ReadAt(image, from); err != nil {
		t.Fatal(err)
	}
	file, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := file.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if s.Name == "__vdso_clock_gettime" {
			c := &wallClock{memory, from + int64(s.Value) + 14}
			code := []byte{
				0xb8, 228, 0, 0, 0, // mov eax, 228: clock_gettime(edi, rsi)
				0x0f, 0x05, // syscall
				0x85, 0xff, // test edi, edi: CLOCK_REALTIME is 0
				0x75, 7, // jne over the next
				0x48, 0x81, 0x06, 0, 0, 0, 0, // add qword [rsi], seconds
				0xc3, // ret
			}
			if _, err := memory.WriteAt(code, from+int64(s.Value)); err != nil {
				t.Skip(err)
			}
			return c
		}
	}
	t.Skip("the kernel lends no clock")
	return nil
}

// set makes the clock wrong by years, or right by 0.
func (c *wallClock) set(t *testing.T, years int) {
	t.Helper()
	seconds := int32(years * 365 * 24 * 3600)
	if _, err := c.memory.WriteAt(binary.LittleEndian.AppendUint32(nil, uint32(seconds)), c.at); err != nil {
		t.Fatal(err)
	}
}

// TestSidecarClock sets the wall clock of a running sidecar forward and back by
// twenty years: verdicts, deadlines, the watchdog, pulls and reports go on, and no
// age tells of it.
func TestSidecarClock(t *testing.T) {
	const policy = "policies: [{name: everybody}]\n"
	s := newShop(t)
	config := s.path("server.yaml")
	if err := os.WriteFile(config, []byte("bundle: {directory: share}\nterms: {global: false}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, addr := startServe(t, "--config", config)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	host = strings.ToLower(host)
	settings := s.path("sidecar.yaml")
	text := "bundle: {keys: [lists.key.pub], cache: cache, interval: 1s}\nterms: {global: false}\nfleet: {interval: 1s}\n"
	if err := os.WriteFile(settings, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	n := newSystemd(t)
	began := time.Now()
	p := startSidecar(t, s.path("veto.sock"), []string{"NOTIFY_SOCKET=" + n.path, "WATCHDOG_USEC=200000"},
		"--config", settings, "--bundle", "http://"+addr+"/v1/bundle", "--report-to", "http://"+addr)
	s.publish(t, "zyxtalor0", policy)
	await(t, func() bool { return strings.Contains(p.ask(t, "Zyxtalor0!"), "banned_term") })
	clock := openClock(t, p.Process.Pid)
	for i, years := range []int{20, -20, 0} {
		half, idle := p.dial(t, "VETO\x01\x01\x00\x00"), p.dial(t, "")
		sent := time.Now()
		clock.set(t, years)
		if got := p.ask(t, fmt.Sprintf("Zyxtalor%d!", i)); !strings.Contains(got, "banned_term") {
			t.Errorf("%d years: %s", years, got)
		}
		if _, err := idle.Write([]byte("VETO\x01\x01\x00\x00\x00\x00\x00\x00\x01\x00a")); err != nil {
			t.Error(err)
		}
		if n, err := idle.Read(make([]byte, 100)); n == 0 {
			t.Errorf("%d years: an idle connection was closed: %v", years, err)
		}
		_, err := half.Read(make([]byte, 1))
		if took := time.Since(sent); err == nil || took < time.Second || took > 15*time.Second {
			t.Errorf("%d years: half a request ended by %v after %v", years, err, took)
		}
		n.SetReadDeadline(time.Now().Add(20 * time.Second))
		n.receive(t, "WATCHDOG=1")
		s.publish(t, fmt.Sprint("zyxtalor", i+1), policy)
		await(t, func() bool { return strings.Contains(p.ask(t, fmt.Sprintf("Zyxtalor%d!", i+1)), "banned_term") })
		var m fleet.Machine
		await(t, func() bool { m = machines(t, addr)[host]; return m.State == fleet.OK && m.Bundle == uint64(i+2) })
		most := int64(time.Since(began).Seconds()) + 1
		if m.Uptime > most || m.SnapshotAge > most || *m.LastVerdict > most || m.Silence > most {
			t.Errorf("%d years, %d s after the start: %+v", years, most, m)
		}
		if year := fmt.Sprintf("time=%d-", began.AddDate(0, 0, 365*years).Year()); !p.logged(year) {
			t.Errorf("the clock did not move: no %s in the log", year)
		}
	}
	p.end(t)
}

// dial opens a connection and sends a part of a request.
func (p *sidecarProcess) dial(t *testing.T, part string) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", p.socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := c.Write([]byte(part)); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestServeClock sets the wall clock of a server with the fleet forward and back:
// tokens that expire do by that clock, the others hold, and no machine looks silent
// or comes from the future.
func TestServeClock(t *testing.T) {
	s := newShop(t)
	token := func(name string, args ...string) string {
		cmd := exec.Command("veto", append([]string{"token", "new", "--tokens", s.path("tokens.jsonl"), "--name", name}, args...)...)
		text, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	always, year := token("always", "--scope", "fleet", "--scope", "fleet:write"), token("year", "--scope", "fleet", "--expires", "365d")
	serve, _, addr := startServe(t, "--no-global", "--tokens", s.path("tokens.jsonl"))
	call := func(token, method, path, body string) (int, string) {
		r, err := http.NewRequest(method, "http://"+addr+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		var text bytes.Buffer
		text.ReadFrom(answer.Body)
		return answer.StatusCode, text.String()
	}
	if status, text := call(always, "POST", "/v1/fleet/report", `{"host":"dc1","mode":"enforce","snapshot":"s"}`); status != 200 {
		t.Fatal(status, text)
	}
	clock := openClock(t, serve.Process.Pid)
	for _, c := range []struct{ years, want int }{{20, 401}, {-20, 200}, {0, 200}} {
		clock.set(t, c.years)
		if status, text := call(always, "GET", "/v1/fleet", ""); status != 200 || !strings.Contains(text, `"ok":1`) {
			t.Errorf("%d years: %d %s", c.years, status, text)
		}
		if status, text := call(year, "GET", "/v1/fleet", ""); status != c.want {
			t.Errorf("%d years: %d %s", c.years, status, text)
		}
	}
	serve.Process.Signal(syscall.SIGTERM)
	if err := serve.Wait(); err != nil {
		t.Error(err)
	}
}
