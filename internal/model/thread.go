package model

import "strings"

// thread is what is left of a text up to end without what says little, or a part by its
// keys.
type thread struct {
	key              string
	start, end, cost int
}

// threads returns the readings of a text in which every character stands as many
// times, or every second one says little, and those of each part that it is several times.
func threads(text []position) []thread {
	var all []thread
	for _, part := range repeatedParts(text, spell) {
		all = append(all, threadsOf(part)...)
	}
	return all
}

// repeatedParts returns the text and the parts that it is several times, as something
// writes it.
func repeatedParts(text []position, write func([]position) string) (parts [][]position) {
	for n := len(text); n > 0; n-- {
		if len(text)%n == 0 && strings.Repeat(write(text[:n]), len(text)/n) == write(text) {
			parts = append(parts, text[:n])
		}
	}
	return parts
}

// threadsOf returns the readings of all of a text but the separators at its end.
func threadsOf(text []position) (all []thread) {
	end := len(text)
	for end > 0 && isSeparator(text[end-1].base) {
		end--
	}
	if end < 8 || len(text) > 64 {
		return nil
	}
	text = text[:end]
	key := spell(text)
	for k := len(text); k >= 2; k-- {
		if once := every(text, 0, k); repeated(once, k) == key {
			all = append(all, thread{once, 0, end, doubling + (k-2)*bit})
			break
		}
	}
	for first := range 2 {
		once := every(text, first, 2)
		if cost, ok := filling(every(text, 1-first, 2), once); ok {
			all = append(all, thread{once, 0, end, separators + cost})
		}
	}
	kept := all[:0]
	for _, t := range all {
		if n := len([]rune(t.key)); n >= 4 && strings.Trim(t.key, ascii) == "" {
			kept = append(kept, t)
		}
	}
	return kept
}

// every returns every so many characters from the first on.
func every(text []position, first, step int) (key string) {
	for i := first; i < len(text); i += step {
		key += string(text[i].base)
	}
	return key
}

// repeated returns each character of a text k times.
func repeated(text string, k int) (key string) {
	for _, r := range text {
		key += strings.Repeat(string(r), k)
	}
	return key
}

// filling returns what characters between others cost that are all the same letter,
// or digits between letters: the same, in order or any.
func filling(filler, others string) (cost int, ok bool) {
	runes := []rune(filler)
	if r := runes[0]; r >= 'a' && r <= 'z' && strings.Trim(filler, string(r)) == "" {
		return uniformAlpha, true
	}
	for _, r := range others {
		if !isLetter(r) || !allDigits(filler) {
			return 0, false
		}
	}
	step := runes[1] - runes[0]
	for i := 1; i < len(runes); i++ {
		if runes[i]-runes[i-1] != step || step < -1 || step > 1 {
			return uniformDigit * len(runes), true
		}
	}
	if step != 0 {
		return uniformDigit + bit, true
	}
	return uniformDigit, true
}
