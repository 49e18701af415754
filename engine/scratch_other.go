//go:build !amd64

package engine

func (sc *scratch) wipeFew() { sc.wipeFewGeneric() }
