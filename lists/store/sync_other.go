//go:build !unix

package store

// syncFolder does nothing: names are durable with their files.
func syncFolder(string) error { return nil }
