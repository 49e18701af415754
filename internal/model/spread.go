package model

import "slices"

// closeUp returns the text without the separators between characters that stand
// apart, and what that costs.
func closeUp(text []position) (closed []position, cost int) {
	var kinds []rune
	for i := 0; i < len(text); {
		n := apart(text[i:])
		for _, p := range text[i : i+n] {
			if !isSeparator(p.base) {
				closed = append(closed, p)
			} else if !slices.Contains(kinds, p.base) {
				kinds = append(kinds, p.base)
			}
		}
		if n == 0 {
			closed, n = append(closed, text[i]), 1
		}
		i += n
	}
	if len(kinds) == 0 {
		return closed, 0
	}
	for i := range closed {
		closed[i].keys = "\uFFFD" // as it stands on no keys
	}
	return closed, separators + otherSeparator*(min(len(kinds), 3)-1)
}

// apart returns how many positions at the start of text are characters that stand
// apart, and their gaps: four and more with the same gap, five and more with two
// in turn, six and more with three.
func apart(text []position) (most int) {
	for turns := 1; turns <= 3; turns++ {
		gaps, n := apartInTurn(text, turns)
		if len(gaps)+1 >= 3+turns {
			most = max(most, n)
		}
	}
	return most
}

// apartInTurn returns the gaps between characters at the start of text, of which
// some take turns, and how many positions all of it has.
func apartInTurn(text []position, turns int) (gaps []string, n int) {
	if len(text) == 0 || isSeparator(text[0].base) {
		return nil, 0
	}
	n = 1
	for {
		end := n
		for end < len(text) && isSeparator(text[end].base) {
			end++
		}
		gap := spell(text[n:end])
		if end == n || end > n+3 || end == len(text) || len(gaps) >= turns && gap != gaps[len(gaps)-turns] {
			return gaps, n
		}
		gaps, n = append(gaps, gap), end+1
	}
}
