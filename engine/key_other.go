//go:build !amd64

package engine

func (b *boundaries) addFew(cells *[sumPositions]cell) { b.add(cells[:]) }

func (a *asks) fill(b *boundaries) { a.fillGeneric(b) }
