//go:build !unix

package durable

// SyncFolder does nothing: folders cannot be synchronized here.
func SyncFolder(string) error { return nil }
