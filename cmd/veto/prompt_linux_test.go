package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal returns both ends of a new pseudo terminal.
func openTerminal(t *testing.T) (keyboard, tty *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo terminals:", err)
	}
	t.Cleanup(func() { keyboard.Close() })
	if err := unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return keyboard, tty
}

// session is one run of veto check on a terminal.
type session struct {
	t        *testing.T
	keyboard *os.File
	tty      *os.File
	cmd      *exec.Cmd
	screen   bytes.Buffer
	before   *unix.Termios
}

func startSession(t *testing.T, env []string, args ...string) *session {
	t.Helper()
	keyboard, tty := openTerminal(t)
	s := &session{t: t, keyboard: keyboard, tty: tty, cmd: exec.Command("veto", append([]string{"check"}, args...)...)}
	s.before = s.state()
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = tty, tty, tty
	s.cmd.Env = append(os.Environ(), append([]string{"TERM=xterm", "NO_COLOR=", "LC_ALL=C"}, env...)...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.expect("Password: ")
	return s
}

func (s *session) state() *unix.Termios {
	s.t.Helper()
	state, err := unix.IoctlGetTermios(int(s.tty.Fd()), unix.TCGETS)
	if err != nil {
		s.t.Fatal(err)
	}
	return state
}

// expect reads the screen until it shows text.
func (s *session) expect(text string) {
	s.t.Helper()
	s.keyboard.SetReadDeadline(time.Now().Add(time.Minute))
	buf := make([]byte, 1024)
	for !bytes.Contains(s.screen.Bytes(), []byte(text)) {
		n, err := s.keyboard.Read(buf)
		s.screen.Write(buf[:n])
		if err != nil {
			s.t.Fatalf("no %q on the screen: %v\n%q", text, err, s.screen.String())
		}
	}
}

// end waits for the end and returns the exit code and the screen. The terminal
// must be as it was before.
func (s *session) end() (code int, screen string) {
	s.t.Helper()
	var exit *exec.ExitError
	if err := s.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	if after := s.state(); *after != *s.before {
		s.t.Error("the terminal is not as it was before")
	}
	s.tty.WriteString("END")
	s.expect("END")
	screen = strings.ReplaceAll(strings.TrimSuffix(s.screen.String(), "END"), "\r\n", "\n")
	return s.cmd.ProcessState.ExitCode(), screen
}

func TestPrompt(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  []string
		args []string
		keys string
		code exitCode
		want string // regular expression of the screen behind the prompt
	}{
		{"accept", nil, nil, "q7Vd-x2mK!tz8RwL_y4b\r", exitOK, "\n\x1b\\[1;32maccept\x1b\\[0m\n"},
		{"reject", nil, nil, "qwerty123\r", exitRefused, "\n\x1b\\[1;31mreject\x1b\\[0m\n(  The password [^\x1b]*\\.\n    [^\x1b]*\\.\n)+"},
		{"no color", []string{"NO_COLOR=1"}, nil, "qwerty123\n", exitRefused, "\nreject\n(  The password .*\\.\n    .*\\.\n)*  The password is a commonly used password\\.\n    .*\\.\n(  The password .*\\.\n    .*\\.\n)*"},
		{"dumb", []string{"TERM=dumb"}, nil, "abc\r", exitRefused, "\nreject\n(  The password .*\\.\n    .*\\.\n)+"},
		{"empty", []string{"NO_COLOR=1"}, nil, "\r", exitRefused, "\nreject\n  The password is too short: it needs at least 8 characters\\.\n    .*\\.\n(  The password .*\\.\n    .*\\.\n)*"},
		{"German", []string{"NO_COLOR=1", "LC_ALL=de_DE.UTF-8"}, nil, "\r", exitRefused, "\nreject\n  Das Passwort ist zu kurz: Es braucht mindestens 8 Zeichen\\.\n    .*\\.\n(  Das Passwort .*\\.\n    .*\\.\n)*"},
		{"json", nil, []string{"--json"}, "qwerty123\r", exitRefused, "\n\\{\"decision\":\"reject\".*\\}\n"},
		{"explain", []string{"NO_COLOR=1"}, []string{"--explain"}, "qwerty123\r", exitRefused, "\nreject [a-z_,]+\n(  .*\n)+\n  •{9}\n(  .*\n)+\n"},
		{"editing", nil, []string{"--json"}, "x\x7f\x7fnonsense\x15q7東\x7f\x08\r", exitRefused, "\n.*\"characters\":1,.*\n"},
		{"end of input", nil, nil, "\x04", exitUsage, "\nveto: no password on standard input .*\n"},
		{"interrupt", nil, nil, "passw\x03", exitFailure, "\nveto: interrupted\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := startSession(t, tt.env, tt.args...)
			s.keyboard.WriteString(tt.keys)
			code, screen := s.end()
			if code != int(tt.code) {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			if !regexp.MustCompile(`\APassword: ` + tt.want + `\z`).MatchString(screen) {
				t.Errorf("screen %q does not match %q", screen, tt.want)
			}
			if typed := strings.Trim(tt.keys, "\r\n\x03\x04\x15\x7f"); len(typed) > 4 && strings.Contains(screen, typed) {
				t.Error("the password is on the screen")
			}
		})
	}
}

// A signal ends the prompt and leaves the terminal usable.
func TestPromptSignal(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		s := startSession(t, nil)
		if err := s.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if code, screen := s.end(); code != int(exitFailure) || screen != "Password: \nveto: interrupted\n" {
			t.Errorf("%v: exit code %d, screen %q", signal, code, screen)
		}
	}
}

// Verdicts that go elsewhere than to the terminal are for programs.
func TestPromptRedirected(t *testing.T) {
	keyboard, tty := openTerminal(t)
	var stdout bytes.Buffer
	cmd := exec.Command("veto", "check")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, &stdout, tty
	keyboard.WriteString("q7Vd-x2mK!tz8RwL_y4b\n")
	if err := cmd.Run(); err != nil || stdout.String() != "accept\n" {
		t.Errorf("got %q, %v", stdout.String(), err)
	}
}
