package model

import "strings"

// thread is what is left of a text without what says little.
type thread struct {
	key  string
	cost int
}

// threads returns the readings of a text in which every character stands as many
// times, or every second one says little.
func threads(text []position) (all []thread) {
	if len(text) < 8 || len(text) > 64 {
		return nil
	}
	key := spell(text)
	for k := len(text); k >= 2; k-- {
		if once := every(text, 0, k); repeated(once, k) == key {
			all = append(all, thread{once, doubling + (k-2)*bit})
			break
		}
	}
	for first := range 2 {
		if cost, ok := filling(every(text, 1-first, 2)); ok {
			all = append(all, thread{every(text, first, 2), separators + cost})
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

// filling returns what characters between others cost that are all the same letter
// or digit, or such in order, or digits.
func filling(filler string) (cost int, ok bool) {
	runes := []rune(filler)
	number := allDigits(filler)
	each := uniformAlpha
	if number {
		each = uniformDigit
	}
	step := runes[1] - runes[0]
	inOrder := step >= -1 && step <= 1
	for i, r := range runes {
		latin := r >= 'a' && r <= 'z' || isDigit(r)
		inOrder = inOrder && latin && (i == 0 || r-runes[i-1] == step)
	}
	switch {
	case inOrder && step == 0:
		return each, true
	case inOrder:
		return each + bit, true
	case number:
		return each * len(runes), true
	}
	return 0, false
}
