package model

import (
	"math/big"
	"slices"
)

// word is a folded term or word of the subject with its base cost.
type word struct {
	letters []rune
	base    int
	subject bool
	usual   bool // the organization's or of a rank good enough for an edit
	match   string
	ban     bool
	alone   bool // counts only as it is, where it stands alone
	typed   bool // as the keys of another layout give it
}

// terms returns the words that a configuration bans: each term as it is and, if
// it has separators and enough else, without them, and as it is typed with another
// layout on.
func terms(list []Term) []word {
	var words []word
	for _, t := range list {
		w := word{letters: []rune(Fold(t.Text)), base: ownTerm, usual: t.Rank <= 2000, match: t.Match, ban: t.Ban}
		if t.Rank > 0 {
			w.base = log2(big.NewInt(int64(t.Rank))) + listed
		}
		words = append(words, w)
		words = append(words, typedTerms(w, t.Text)...)
		bare := slices.DeleteFunc(slices.Clone(w.letters), isSeparator)
		if len(bare) < len(w.letters) && len(bare) >= 4 {
			w.letters = bare
			words = append(words, w)
		}
	}
	return words
}

// occurrence is one way to read a word from a span.
type occurrence struct {
	start, end, spelling int
	edited               bool
}

// occurrences returns every way to read a word in text, where it counts.
func (m *Model) occurrences(text []position, w word) []occurrence {
	if w.typed && m.config.Policy.Entra {
		return nil
	}
	a := alignment{readings: make([]map[rune]int, len(text)), text: text, word: w.letters}
	for i, p := range text {
		a.readings[i] = m.readings(p)
	}
	for start := range text {
		a.start = start
		a.exact()
		if m.config.Policy.Entra || w.alone {
			continue
		}
		a.spaced()
		a.reversed()
		if w.usual && len(w.letters) >= 6 {
			a.edited()
		}
	}
	if !m.config.Policy.Entra && !w.typed {
		for _, t := range append(threads(text), turnedParts(text)...) {
			if t.key == string(w.letters) {
				a.found = append(a.found, occurrence{t.start, t.end, t.cost, false})
			}
		}
	}
	for i := range a.found {
		if w.typed {
			a.found[i].spelling += otherLayout
		}
	}
	return slices.DeleteFunc(a.found, func(o occurrence) bool {
		if w.alone && !alone(text, o.start, o.end) {
			return true
		}
		first, last := o.start == 0, o.end == len(text)
		return w.match == "exact" && !(first && last) || w.match == "prefix" && !first || w.match == "suffix" && !last
	})
}

// alignment tries the ways to lay a word along a text from a start on.
type alignment struct {
	readings []map[rune]int // of each position of text
	text     []position
	word     []rune
	start    int
	found    []occurrence
}

// add records a way to read.
func (a *alignment) add(end, readings, rest int) {
	a.found = append(a.found, occurrence{a.start, end, min(readingsCap, readings) + rest, false})
}

// read returns what it costs to read letters at the positions from at on.
func (a *alignment) read(at int, letters []rune) (cost int, ok bool) {
	if at+len(letters) > len(a.text) {
		return 0, false
	}
	for k, r := range letters {
		c, ok := a.readings[at+k][r]
		if !ok {
			return 0, false
		}
		cost += c
	}
	return cost, true
}

func (a *alignment) exact() {
	if cost, ok := a.read(a.start, a.word); ok {
		a.add(a.start+len(a.word), cost, 0)
	}
}

func (a *alignment) reversed() {
	letters := slices.Clone(a.word)
	slices.Reverse(letters)
	if cost, ok := a.read(a.start, letters); ok && (cost == 0 || len(letters) >= 6 || a.plain(letters) >= 3) {
		a.add(a.start+len(letters), cost, reversal)
	}
}

// plain returns how many of the letters are the bases of the positions from the
// start on.
func (a *alignment) plain(letters []rune) (n int) {
	for k, r := range letters {
		if a.text[a.start+k].base == r {
			n++
		}
	}
	return n
}

// edited tries every edit at every place. Left and right of it the word is
// read as it is.
func (a *alignment) edited() {
	w := a.word
	for k := range w {
		left, lok := a.read(a.start, w[:k])
		if !lok {
			continue
		}
		at := a.start + k
		try := func(at int, rest []rune, cost int) {
			if right, ok := a.read(at, rest); ok {
				a.add(at+len(rest), left+right, cost)
				a.found[len(a.found)-1].edited = true
			}
		}
		if k > 0 {
			try(at+1, w[k:], oneEdit+newCharacter) // a position too many
		}
		try(at, w[k+1:], oneEdit) // a letter missing
		if at < len(a.text) {
			if _, same := a.readings[at][w[k]]; !same {
				try(at+1, w[k+1:], oneEdit+newCharacter) // a letter changed
			}
		}
		if k+1 < len(w) {
			swapped := append([]rune{w[k+1], w[k]}, w[k+2:]...)
			try(at, swapped, oneEdit)
		}
	}
}

// spaced tries all ways to pass over separators and doubled letters.
func (a *alignment) spaced() { a.follow(a.start, 0, passed{}) }

// passed says what was read and passed over on the way to a letter.
type passed struct {
	readings int
	spaced   int  // separators
	between  rune // which, if any
	last     rune // the base of the letter read last
	doubled  bool
}

func (p passed) cost(letters int) (cost int) {
	if p.spaced > 0 {
		cost += separators
		if p.spaced < letters-1 {
			cost += someOnly
		}
	}
	if p.doubled {
		cost += doubling
	}
	return cost
}

// follow reads letter k of the word at position at, and the rest of the word
// behind it.
func (a *alignment) follow(at, k int, p passed) {
	if at >= len(a.text) {
		return
	}
	cost, ok := a.readings[at][a.word[k]]
	if !ok {
		return
	}
	p.readings += cost
	p.last = a.text[at].base
	doubled := p
	doubled.doubled = true
	a.behind(at+1, k+1, p)
	if at+1 < len(a.text) && a.text[at+1].base == a.text[at].base {
		a.behind(at+2, k+1, doubled)
	}
}

// behind goes on after a letter and what doubles it: with the next letter, at
// once or behind a separator, or with the end of the word.
func (a *alignment) behind(at, k int, p passed) {
	if k == len(a.word) {
		a.add(at, p.readings, p.cost(k))
		return
	}
	a.follow(at, k, p)
	if at >= len(a.text) || !isSeparator(a.text[at].base) || a.text[at].base == p.last || p.spaced > 0 && p.between != a.text[at].base {
		return
	}
	p.spaced, p.between = p.spaced+1, a.text[at].base
	a.follow(at+1, k, p)
}
