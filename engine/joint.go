package engine

// leastWord is how many letters a part has that people join to others by a
// separator: of random passwords of eight characters hardly one holds a joint.
const leastWord = 3

// joints lowers cost and joins where a separator joins parts. People use the
// same one throughout: the second says nothing new, and neither does the shape
// of what begins behind a joint.
func (l *lattice) joints(cost, joins []Guesses) {
	start, last, lastWord := 0, rune(-1), false
	for i, f := range l.flags[:l.n] {
		if f&separator == 0 {
			continue
		}
		word, ok := l.part(start, i)
		start = i + 1
		if !ok || start == l.n || l.flags[start]&separator != 0 || l.base[i] > '~' {
			last = -1
			continue
		}
		switch r := l.base[i]; {
		case r == last && (word || lastWord):
			cost[i] = jointCost
			joins[start] = partCost
		case word && (r == '-' || r == '.' || r == '_' || r == ' '):
			cost[i] -= firstJoint
			joins[start] = partCost
		}
		last, lastWord = l.base[i], word
	}
}

// part reports whether the span is what people join: letters, small, capital or
// with the first one capital, then digits, or one of these; and whether it has
// enough letters for a word.
func (l *lattice) part(start, end int) (word, ok bool) {
	at := start
	for at < end && l.flags[at]&letter != 0 {
		at++
	}
	letters, capitals := at-start, int(l.capitals[at]-l.capitals[start])
	for at < end && l.flags[at]&digit != 0 {
		at++
	}
	if at < end || end == start || capitals > 1 && capitals < letters || capitals == 1 && l.flags[start]&upper == 0 {
		return false, false
	}
	return letters >= leastWord, true
}
