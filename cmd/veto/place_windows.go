package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// placeFile makes target a copy of source, whole or not at all. A library that is
// loaded cannot be replaced, but renamed: the old one is then removed at the next
// restart.
func placeFile(source, target string) error {
	data, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(target); err == nil && bytes.Equal(old, data) {
		return nil
	}
	temp, err := os.CreateTemp(filepath.Dir(target), filepath.Base(target)+".*.new")
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err == nil {
		err = move(temp.Name(), target)
	}
	if err != nil {
		os.Remove(temp.Name())
	}
	return err
}

// move gives a file the name of another, which it replaces.
func move(from, to string) error {
	err := replace(from, to)
	if !errors.Is(err, windows.ERROR_ACCESS_DENIED) && !errors.Is(err, windows.ERROR_SHARING_VIOLATION) && !errors.Is(err, windows.ERROR_USER_MAPPED_FILE) {
		return err
	}
	old, err := setAside(to)
	if err != nil {
		return err
	}
	if err := replace(from, to); err != nil {
		return errors.Join(err, os.Rename(old, to))
	}
	return atRestart(old)
}

// discardFile removes a file, at the next restart if it is loaded.
func discardFile(path string) error {
	if err := os.Remove(path); err == nil || errors.Is(err, os.ErrNotExist) {
		return err
	}
	old, err := setAside(path)
	if err != nil {
		return err
	}
	return atRestart(old)
}

// setAside renames a file to a name that is free.
func setAside(path string) (string, error) {
	for i := range 1000 {
		old := fmt.Sprintf("%s.%d.old", path, i)
		if _, err := os.Lstat(old); !errors.Is(err, os.ErrNotExist) {
			continue
		}
		return old, os.Rename(path, old)
	}
	return "", fmt.Errorf("%s: a thousand old copies of it wait for a restart", path)
}

// replace renames durably.
func replace(from, to string) error {
	f, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	t, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	if err := windows.MoveFileEx(f, t, windows.MOVEFILE_REPLACE_EXISTING|windows.MOVEFILE_WRITE_THROUGH); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// atRestart has a file removed when Windows starts.
func atRestart(path string) error {
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	if err := windows.MoveFileEx(p, nil, windows.MOVEFILE_DELAY_UNTIL_REBOOT); err != nil {
		return &os.PathError{Op: "remove at restart", Path: path, Err: err}
	}
	return nil
}
