//go:build !amd64 && !arm64

package lists

func prefetch(*bucket) {}
