package engine

import "golang.org/x/sys/cpu"

// asks is asksGeneric, eight positions at once if the processor can.
func (s *starts) asks(text *block, begins uint32) (asks, opens uint32) {
	if cpu.X86.HasAVX2 {
		return asksAVX2(s, text, begins)
	}
	return s.asksGeneric(text, begins)
}

//go:noescape
func asksAVX2(s *starts, text *block, begins uint32) (asks, opens uint32)

// asks is asksGeneric likewise.
func (e *edits) asks(text *block) uint32 {
	if cpu.X86.HasAVX2 {
		return editsAVX2(e, text)
	}
	return e.asksGeneric(text)
}

//go:noescape
func editsAVX2(e *edits, text *block) uint32

// read is readGeneric, of a short password all at once if the processor can.
func (s *headSets) read(l *lattice) {
	if cpu.X86.HasAVX2 && l.n > 0 && l.n <= blockCodes {
		readAVX2(s, &l.cells[0], l.n, &orders)
		return
	}
	s.readGeneric(l)
}

// readAVX2 reads n cells, of sixteen that are 0 behind them.
//
//go:noescape
func readAVX2(s *headSets, cells *cell, n int, orders *[256]uint64)

// orders has for each set of eight bytes where the others stand, in a row. Behind them
// it has negative bytes.
var orders = func() (t [256]uint64) {
	for set := range t {
		order := uint64(0x80_80_80_80_80_80_80_80)
		for i := 7; i >= 0; i-- {
			if set>>i&1 == 0 {
				order = order<<8 | uint64(i)
			}
		}
		t[set] = order
	}
	return t
}()
