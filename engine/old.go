package engine

import "bytes"

// Similarity says how a new password may not resemble the old one. Both are
// compared folded; the old one is not kept.
type Similarity struct {
	Equal    bool // the same, as it is or folded
	Contains bool // one inside the other, the shorter of at least four positions
	Digits   bool // the same but for the runs of digits, as in Summer7! and Summer8!
	Distance int  // up to so many positions inserted, deleted or changed; 0 to 8
}

// MaxDistance is the largest Similarity.Distance.
const MaxDistance = 8

// minAlike is the least number of positions that make a likeness.
const minAlike = minWord

// former holds the folded old password during a check.
type former struct {
	n    int // length of base
	news int // of new
	base [maxPositions]rune
	new  [maxPositions]rune   // the folded new password
	fall [maxPositions]uint16 // of the shorter of both; see contains
}

// load folds the old password. It returns false if that is too long, which
// leaves equality to be compared.
func (f *former) load(old []byte) bool {
	if len(old) > maxBytes {
		return false
	}
	in := folder{text: old}
	for {
		p, ok := in.next()
		if !ok {
			return true
		}
		if f.n == maxPositions {
			return false
		}
		f.base[f.n] = p.base
		f.n++
	}
}

func (f *former) wipe() {
	if f.n+f.news == 0 {
		return
	}
	clear(f.base[:f.n])
	clear(f.new[:f.news])
	clear(f.fall[:f.n])
	f.n, f.news = 0, 0
}

// likeOld reports whether the new password resembles the old one, which is not empty.
func (sc *scratch) likeOld(password, old []byte) bool {
	want := &sc.policy.Old
	if *want == (Similarity{}) {
		return false
	}
	if want.Equal && bytes.Equal(password, old) {
		return true
	}
	f := &sc.former
	if !f.load(old) {
		return false
	}
	for f.news < sc.lat.n {
		f.new[f.news] = sc.lat.cells[f.news].base
		f.news++
	}
	a, b := f.new[:f.news], f.base[:f.n]
	short, long := a, b
	if len(a) > len(b) {
		short, long = b, a
	}
	switch {
	case len(short) == 0:
		return false
	case want.Equal && len(a) == len(b) && within(a, b, 0),
		want.Contains && len(short) >= minAlike && contains(long, short, f.fall[:len(short)]),
		want.Digits && sameButDigits(a, b),
		want.Distance > 0 && within(a, b, want.Distance):
		return true
	}
	return false
}

// contains reports whether part occurs in text, in O(len(text) + len(part)),
// as Knuth, Morris and Pratt. fall is scratch of the length of part: after a
// mismatch behind k letters fall[k-1] letters still match.
func contains(text, part []rune, fall []uint16) bool {
	k := 0
	for i := 1; i < len(part); i++ {
		for k > 0 && part[i] != part[k] {
			k = int(fall[k-1])
		}
		if part[i] == part[k] {
			k++
		}
		fall[i] = uint16(k)
	}
	k = 0
	for _, r := range text {
		for k > 0 && r != part[k] {
			k = int(fall[k-1])
		}
		if r == part[k] {
			k++
		}
		if k == len(part) {
			return true
		}
	}
	return false
}

// sameButDigits reports whether a and b are the same when each run of digits
// counts as one and the same, and something else is left.
func sameButDigits(a, b []rune) bool {
	rest, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		m, n := digitRun(a[i:]), digitRun(b[j:])
		switch {
		case m > 0 && n > 0:
			i, j = i+m, j+n
		case m > 0 || n > 0 || a[i] != b[j]:
			return false
		default:
			i, j, rest = i+1, j+1, rest+1
		}
	}
	return i == len(a) && j == len(b) && rest >= minAlike
}

func digitRun(text []rune) (n int) {
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	return n
}

// within reports whether the edit distance of a and b (Levenshtein: insert,
// delete, change) is at most k, which is at most MaxDistance. It looks at the
// 2k+1 diagonals that matter: O(k len(a)).
func within(a, b []rune, k int) bool {
	if len(a)-len(b) > k || len(b)-len(a) > k {
		return false
	}
	const far = MaxDistance + 1
	var row [2*MaxDistance + 3]uint8 // row[1+d] is the distance of a[:i] and b[:i+d-k]; the ends stay far
	for d := range row {
		row[d] = far
	}
	for d := k; d <= 2*k; d++ {
		row[1+d] = uint8(d - k)
	}
	for i := 1; i <= len(a); i++ {
		for d := range 2*k + 1 {
			j := i + d - k
			if j < 0 || j > len(b) {
				row[1+d] = far
				continue
			}
			best := min(row[2+d], row[d]) + 1 // a letter less or more
			if j > 0 {
				change := row[1+d]
				if a[i-1] != b[j-1] {
					change++
				}
				best = min(best, change)
			}
			row[1+d] = min(best, far)
		}
	}
	return int(row[1+len(b)-len(a)+k]) <= k
}
