package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"unicode/utf8"

	"golang.org/x/term"
)

// Keys of the line editor.
const (
	keyInterrupt = 0x03 // Ctrl-C
	keyEnd       = 0x04 // Ctrl-D
	keyBackspace = 0x08
	keyKill      = 0x15 // Ctrl-U
	keyDelete    = 0x7f
)

var errInterrupted = errors.New("interrupted")

// terminal returns the file behind v if it is a terminal, or nil.
func terminal(v any) *os.File {
	if f, ok := v.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// askPassword prompts on out and reads a password from the terminal tty
// without echo. Whatever ends the reading, a signal too, leaves the terminal
// as it was. The caller wipes the password.
func askPassword(tty *os.File, out io.Writer) ([]byte, error) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	state, err := term.MakeRaw(int(tty.Fd()))
	if err != nil {
		return nil, fmt.Errorf("switch off echo: %w", err)
	}
	defer func() {
		err := term.Restore(int(tty.Fd()), state)
		fmt.Fprintln(out)
		if err != nil {
			fmt.Fprintln(out, "veto: switch on echo:", err)
		}
	}()
	fmt.Fprint(out, "Password: ")
	type result struct {
		password []byte
		err      error
	}
	done := make(chan result, 1)
	go func() {
		password, err := readKeys(tty)
		done <- result{password, err}
	}()
	select {
	case r := <-done:
		return r.password, r.err
	case <-signals:
		return nil, errInterrupted
	}
}

// readKeys reads a line from a terminal in raw mode, byte by byte so that
// nothing behind the line is taken. It returns io.EOF for Ctrl-D instead of a
// password. The password's capacity is fixed: growing would leave copies.
func readKeys(tty io.Reader) ([]byte, error) {
	password := make([]byte, 0, recordBytes)
	key := make([]byte, 1)
	defer clear(key)
	for {
		if n, err := tty.Read(key); n == 0 {
			clear(password)
			return nil, err
		}
		switch key[0] {
		case '\r', '\n':
			return trimPartial(password), nil
		case keyInterrupt:
			clear(password)
			return nil, errInterrupted
		case keyEnd:
			if len(password) == 0 {
				return nil, io.EOF
			}
		case keyBackspace, keyDelete:
			_, size := utf8.DecodeLastRune(password)
			password = wipeFrom(password, len(password)-size)
		case keyKill:
			password = wipeFrom(password, 0)
		default:
			if len(password) < cap(password) {
				password = append(password, key[0])
			}
		}
	}
}

// wipeFrom wipes and drops the bytes of b from index i on.
func wipeFrom(b []byte, i int) []byte {
	clear(b[i:])
	return b[:i]
}
