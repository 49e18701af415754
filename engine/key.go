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

// The readings are the ways in which a text is summed up: by the characters as they are,
// with substitutions undone, and from the end.
const (
	asIs = iota
	asUndone
	asReversed
	readings = 4 // that there is room for
)

// boundaries holds a number for each reading at each boundary between positions.
type boundaries [maxPositions + 1][readings]uint64

// keyWeights is what the term of a position counts by in sums: reversed ones are negative,
// as such a part ends in front of where it begins. keyPowers, at the boundary where a part
// ends, takes a difference of sums to the sum of the part alone.
var keyWeights, keyPowers = func() (weights, powers boundaries) {
	power, inverse := uint64(1), uint64(1)
	for i := range powers {
		powers[i] = [readings]uint64{power, power, inverse}
		weights[i] = [readings]uint64{inverse * keyInverse, inverse * keyInverse, -power}
		power, inverse = power*keyFactor, inverse*keyInverse
	}
	return weights, powers
}()

// terms are those of a character in each reading.
type terms [readings]uint8

// asciiTerms has the terms of ASCII characters, for any byte.
var asciiTerms = func() (all [1 << 8]terms) {
	for r := range utf8.RuneSelf {
		own, undone := uint8(term(rune(r))), uint8(term(asciiCells[Default][r].undone()))
		all[r] = terms{asIs: own, asUndone: undone, asReversed: own}
	}
	return all
}()

// keys has the sums of all parts of a lattice: at each boundary of a reading, of what is
// in front of it. A term counts by a power of its position, so that no sum waits for the
// one in front of it.
type keys struct{ sums boundaries }

// askedPart is a part as it is read: the place of the number at which its reading begins
// and, in the upper half, of that at which it ends.
type askedPart uint32

const placeBits = 16

// as returns a part in one of the readings that are onward.
func (p part) as(reading int) askedPart {
	return askedPart(p.start*readings + reading | (p.end*readings+reading)<<placeBits)
}

// reversed returns a part from its end.
func (p part) reversed() askedPart { return part{p.end, p.start}.as(asReversed) }

// part returns the part and its reading.
func (a askedPart) part() (p part, reading int) {
	from, to := int(a%(1<<placeBits)), int(a>>placeBits)
	return part{min(from, to) / readings, max(from, to) / readings}, from % readings
}

// load sums up a password.
func (k *keys) load(l *lattice) {
	if l.wide || l.n > sumPositions {
		k.sums.addAny(l)
	} else {
		k.sums.addFew((*[sumPositions]cell)(l.cells[:]))
	}
}

// sumPositions is how many positions are summed up at once, of those of most passwords
// and what is behind: how many there are is hard to predict.
const sumPositions = fewPositions - 1

// add sums up positions of ASCII.
func (b *boundaries) add(cells []cell) {
	for i := range cells {
		t := &asciiTerms[uint8(cells[i].base)]
		b.addTerms(i, uint64(t[asIs]), uint64(t[asUndone]))
	}
}

// addAny sums up any positions.
func (b *boundaries) addAny(l *lattice) {
	cells := l.cells[:l.n]
	if !l.wide {
		b.add(cells)
		return
	}
	for i := range cells {
		b.addTerms(i, term(cells[i].base), term(cells[i].undone()))
	}
}

// addTerms adds the terms of a position to the sums in front of it.
func (b *boundaries) addTerms(i int, own, undone uint64) {
	last, weights, next := &b[i], &keyWeights[i], &b[i+1]
	next[asIs] = last[asIs] + own*weights[asIs]
	next[asUndone] = last[asUndone] + undone*weights[asUndone]
	next[asReversed] = last[asReversed] + own*weights[asReversed]
}

// key returns the key of a part.
func (b *boundaries) key(a askedPart) uint64 {
	p, reading := a.part()
	from, to := p.start, p.end
	if reading == asReversed {
		from, to = to, from
	}
	return keyOf((b[to][reading]-b[from][reading])*keyPowers[to][reading], p.n())
}

// undoes returns 1 if a part has substitutions, else 0.
func (k *keys) undoes(p part) uint {
	start, end := &k.sums[p.start], &k.sums[p.end]
	return uint(isFilled((end[asIs] - start[asIs]) ^ (end[asUndone] - start[asUndone])))
}
