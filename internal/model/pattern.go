package model

import "math/big"

// patterns returns the segments that any pattern makes of any span.
func (m *Model) patterns(text []position, characters, joins []int) []segment {
	var found []segment
	for start := range text {
		join := joins[start]
		for end := start + 1; end <= len(text); end++ {
			span := text[start:end]
			if base, ok := sequence(span); ok {
				found = append(found, segment{start, end, base + characters[start] + join, 1, blameSequence})
			}
			for _, k := range keyboards {
				for _, base := range walk(k, span) {
					found = append(found, segment{start, end, base + join, 1, blameWalk})
				}
				for _, base := range parallels(k, text, start, end) {
					found = append(found, segment{start, end, base + laterJoin, 1, blameWalk})
				}
			}
			for d := 1; d <= min(64, start); d++ {
				if base, ok := repeat(text, start, end, d); ok {
					found = append(found, segment{start, end, base + join, 1, blameRepeat})
				}
			}
			next := rune(0)
			if end < len(text) {
				next = text[end].base
			}
			if base, ok := date(spell(span), next); ok {
				found = append(found, segment{start, end, base + join, 1, blameDate})
			}
			if base, ok := phone(text, start, end); ok {
				found = append(found, segment{start, end, base + join, 1, blameNone})
			}
			if digits(span) {
				found = append(found, segment{start, end, unusable, 1, blameNone})
			}
		}
	}
	if isTwice(text) {
		found = append(found, segment{len(text) / 2, len(text), twice, 1, blameRepeat})
	}
	return found
}

// turns counts the steps whose signature is not that of the step before.
func turns[S comparable](signatures []S) (n int) {
	for i := 1; i < len(signatures); i++ {
		if signatures[i] != signatures[i-1] {
			n++
		}
	}
	return n
}

// sequence returns what a sequence costs beside its first character.
func sequence(span []position) (base int, ok bool) {
	type signature struct {
		direction rune
		capital   bool
	}
	var steps []signature
	for i := 1; i < len(span); i++ {
		a, b := span[i-1].base, span[i].base
		if b-a != 1 && b-a != -1 || isSeparator(a) || isSeparator(b) {
			return 0, false
		}
		steps = append(steps, signature{b - a, span[i].capital})
	}
	return sequenceStart + turn*turns(steps), len(span) >= 3
}

// walk returns what a walk over neighboring keys costs: with changes of shift as
// turns, and with a bit for each key instead.
func walk(k keyboard, span []position) (bases []int) {
	type signature struct {
		direction [2]int
		shifted   bool
	}
	var steps, unshifted []signature
	straight := true
	for i := 1; i < len(span); i++ {
		direction, touch := k.step(span[i-1].base, span[i].base)
		if !touch {
			return nil
		}
		steps = append(steps, signature{direction, span[i].capital || k.keys[span[i].base].shifted})
		unshifted = append(unshifted, signature{direction, false})
		straight = straight && direction == steps[0].direction
	}
	price := func(steps []signature) (turns int) {
		for i := 1; i < len(steps); i++ {
			step, last := steps[i], steps[i-1]
			if step == last || i > 1 && step == steps[i-2] {
				continue
			}
			if step.direction != last.direction && step.shifted != last.shifted {
				turns += turn
			}
			turns += turn
		}
		return turns
	}
	if len(span) < 3 || len(span) == 3 && !straight {
		return nil
	}
	return []int{walkStart + k.cost + price(steps), walkStart + k.cost + anyShift + bit*len(span) + price(unshifted)}
}

// repeat returns what the span costs as a copy of what is d positions before.
func repeat(text []position, start, end, d int) (base int, ok bool) {
	for i := start; i < end; i++ {
		if i < d || text[i].base != text[i-d].base {
			return 0, false
		}
	}
	least := 3
	if d == 1 {
		least = 2
	}
	return copyStart + log2(big.NewInt(int64(d))), end-start >= least
}

// digits reports whether the span is a run of digits.
func digits(span []position) bool {
	for _, p := range span {
		if !isDigit(p.base) {
			return false
		}
	}
	return len(span) > 0
}
