package engine

import "unicode/utf8"

// Key returns the key of a folded text, as made by AppendFold: what a PasswordSet
// is asked by. It is made of a polynomial of the characters, so that those of all
// parts of a password take one pass over it. Its upper bits are as good as random,
// but for the first four: those of texts of LongKey characters or more are 0, those of
// shorter texts never. So the few long passwords on a list lie together.
func Key(folded []byte) uint64 {
	sum, n := uint64(0), 0
	for ; len(folded) > 0; n++ {
		r, size := utf8.DecodeRune(folded)
		sum, folded = extend(sum, r), folded[size:]
	}
	return keyOf(sum, n)
}

// LongKey is the least number of characters of a text whose key is below 2^60.
const LongKey = 12

// keyFactor is the multiplier of a linear congruential generator (Knuth, MMIX);
// keyInverse is its inverse.
const (
	keyFactor  = 6364136223846793005
	keyInverse = 13877824140714322085
)

// extend returns the sum of a text with one more character behind it.
func extend(sum uint64, r rune) uint64 { return sum*keyFactor + term(r) }

func term(r rune) uint64 { return uint64(r) + 1 }

// keyOf returns the key of a text by its sum and number of characters.
func keyOf(sum uint64, n int) uint64 {
	key := (sum ^ sum>>32) * hashFactor
	long, short := key>>4, key-key>>4+1<<60
	return long ^ (long^short)&uint64(int64(n-LongKey)>>63)
}

// powers returns those of a factor.
func powers(factor uint64) (all [maxPositions + 1]uint64) {
	all[0] = 1
	for i := range maxPositions {
		all[i+1] = all[i] * factor
	}
	return all
}

var keyPowers, keyInverses = powers(keyFactor), powers(keyInverse)

// undoneTerms has the terms of what ASCII characters are with substitutions undone.
var undoneTerms = func() (terms [1 << 8]uint64) {
	for r := range utf8.RuneSelf {
		terms[r] = term(asciiCells[Default][r].undone())
	}
	return terms
}()

// keys has the sums of all parts of a lattice.
type keys struct {
	at [maxPositions + 1]sums // of what is in front of each boundary
	n  int
}

// sums are those of a text in three ways. A term counts in them by a power of its
// position, so that no sum waits for the one in front of it.
type sums struct {
	onward uint64 // as it is, by powers of keyInverse
	undone uint64 // with substitutions undone, likewise
	back   uint64 // from its end, by powers of keyFactor
}

func (k *keys) load(l *lattice) {
	k.n = l.n
	cells := l.cells[:l.n]
	at, powers, inverses := k.at[1:][:len(cells)], keyPowers[:len(cells)], keyInverses[1:][:len(cells)]
	var s sums
	for i := range cells {
		own := term(cells[i].base)
		s.onward += own * inverses[i]
		s.undone += undoneTerms[uint8(cells[i].base)] * inverses[i]
		s.back += own * powers[i]
		at[i] = s
	}
	if l.wide {
		k.loadUndone(l)
	}
}

// loadUndone is load of what is undone, for characters beyond ASCII.
func (k *keys) loadUndone(l *lattice) {
	undone := uint64(0)
	for i := range l.cells[:l.n] {
		undone += term(l.cells[i].undone()) * keyInverses[i+1]
		k.at[i+1].undone = undone
	}
}

// onward returns the sum of a part as it is.
func (k *keys) onward(p part) uint64 {
	return (k.at[p.end].onward - k.at[p.start].onward) * keyPowers[p.end]
}

// undone returns the sum of a part with substitutions undone.
func (k *keys) undone(p part) uint64 {
	return (k.at[p.end].undone - k.at[p.start].undone) * keyPowers[p.end]
}

// back returns the sum of a part read from its end.
func (k *keys) back(p part) uint64 {
	return (k.at[p.end].back - k.at[p.start].back) * keyInverses[p.start]
}

func (k *keys) wipe() {
	wipe(k.at[:], k.n+1)
	k.n = 0
}
