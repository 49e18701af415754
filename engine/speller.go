package engine

import "unicode/utf8"

// speller spells parts of a lattice, for what cannot do with their keys. A text holds
// until the next one.
type speller struct {
	text [4 * maxPositions]byte
	n    int // bytes that have been written
}

// span returns the folded text of a part.
func (s *speller) span(l *lattice, p part) []byte {
	if !l.wide {
		text := s.text[:p.n()]
		for i := range text {
			text[i] = byte(l.cells[p.start+i].base)
		}
		return s.keep(text)
	}
	text := s.text[:0]
	for i := p.start; i < p.end; i++ {
		text = utf8.AppendRune(text, l.cells[i].base)
	}
	return s.keep(text)
}

// undone is span with each substituted character as the letter it most likely
// stands for.
func (s *speller) undone(l *lattice, p part) []byte {
	text := s.text[:0]
	for i := p.start; i < p.end; i++ {
		text = utf8.AppendRune(text, l.cells[i].undone())
	}
	return s.keep(text)
}

// thread returns the text of a thread; ok is false if it is not ASCII.
func (s *speller) thread(l *lattice, t thread) (text []byte, ok bool) {
	text = s.text[:0]
	for i := t.first; i < t.end; i += t.step {
		r := l.cells[i].base
		if r >= utf8.RuneSelf {
			s.keep(text)
			return nil, false
		}
		text = append(text, byte(r))
	}
	return s.keep(text), true
}

func (s *speller) keep(text []byte) []byte {
	s.n = max(s.n, len(text))
	return text
}

func (s *speller) wipe() {
	clear(s.text[:s.n])
	s.n = 0
}

// undone returns the letter that a substitution most likely stands for, or the
// character itself.
func (c *cell) undone() rune {
	if s, ok := c.meant(); ok {
		return 'a' + rune(s)
	}
	return c.base
}

// ascii reports whether a part is.
func (l *lattice) ascii(p part) bool {
	for i := p.start; i < p.end; i++ {
		if l.cells[i].base >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// undoneCost returns what it costs that a part has its substitutions.
func (l *lattice) undoneCost(p part) (cost Guesses) {
	for i := p.start; i < p.end; i++ {
		if s, ok := l.cells[i].meant(); ok {
			cost += l.spelling(i, s)
		}
	}
	return min(cost, spellingCap)
}
