package model

// closeUp returns the text without the separators between characters that stand
// apart by one separator each, and what that costs.
func closeUp(text []position) (closed []position, cost int) {
	var between []rune
	for i := 0; i < len(text); i++ {
		n := apart(text[i:])
		for k := range 2*n - 1 {
			if k%2 == 1 {
				between = append(between, text[i+k].base)
			} else {
				closed = append(closed, text[i+k])
			}
		}
		if n == 0 {
			closed, n = append(closed, text[i]), 1
		}
		i += 2*n - 2
	}
	for _, r := range between {
		if cost = max(cost, separators); r != between[0] {
			return closed, mixedSeparators
		}
	}
	return closed, cost
}

// apart returns how many characters stand apart at the start of text: four and
// more with the same separator, or five and more with two in turn.
func apart(text []position) (n int) {
	var between []rune
	for n = 1; 2*n < len(text); n++ {
		a, r, b := text[2*n-2].base, text[2*n-1].base, text[2*n].base
		if isSeparator(a) || !isSeparator(r) || isSeparator(b) || n > 2 && r != between[n-3] {
			break
		}
		between = append(between, r)
	}
	mixed := n > 2 && between[1] != between[0]
	if n < 4 || mixed && n < 5 {
		return 0
	}
	return n
}
