package main

import "strings"

// minCore is the least length of a term in letters. Three-letter terms are in
// nearly every long password, and hardly cheaper than their letters.
const (
	minCore = 4
	maxCore = 24
)

// maxMixedRank is the last rank of the million list whose entry may become a
// term with digits, such as "1qaz2wsx". Further down they look random.
const maxMixedRank = 3000

// tally sums the weights of the million list by letter core.
//
// A core is what is left of an entry without the characters other than letters
// on both sides: "password" of "Password1!". Substitutions inside it are undone
// if that gives a core known from entries without any ("p4ssw0rd"); else every
// run of letters in it counts ("love2dance"). Entries that mix letters and
// digits and have no core of minCore letters stay whole if they rank high.
func tally(million []entry) map[string]uint64 {
	sums := make(map[string]uint64)
	var spelled, mixed []entry
	for _, e := range million {
		core := strings.TrimFunc(e.folded, notLetter)
		if strings.IndexFunc(core, notLetter) < 0 {
			addCore(sums, core, e.rank)
		} else {
			spelled = append(spelled, entry{core, e.rank})
		}
		if isMixed(e.folded) && e.rank <= maxMixedRank {
			mixed = append(mixed, e)
		}
	}
	plain := make(map[string]bool, len(sums))
	for core := range sums {
		plain[core] = true
	}
	for _, e := range spelled {
		if word, ok := undo(e.folded, plain); ok {
			addCore(sums, word, e.rank)
			continue
		}
		for run := range strings.FieldsFuncSeq(e.folded, notLetter) {
			addCore(sums, run, e.rank)
		}
	}
	for _, e := range mixed {
		if _, ok := undo(strings.TrimFunc(e.folded, notLetter), plain); !ok {
			sums[e.folded] += weight(uint64(e.rank))
		}
	}
	return sums
}

func notLetter(r rune) bool { return r < 'a' || r > 'z' }

func addCore(sums map[string]uint64, core string, rank uint32) {
	if len(core) >= minCore && len(core) <= maxCore {
		sums[core] += weight(uint64(rank))
	}
}

// The substitutions that cores are freed of; 1 is read in two ways.
var (
	readI = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")
	readL = strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "l")
)

// undo returns the known core that text spells with substitutions.
func undo(text string, known map[string]bool) (string, bool) {
	for _, r := range []*strings.Replacer{readI, readL} {
		if word := r.Replace(text); known[word] {
			return word, true
		}
	}
	return "", false
}

// isMixed reports whether text is made of letters and digits, both at least
// twice, without minCore letters in a row.
func isMixed(text string) bool {
	var letters, digits, run int
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z':
			letters++
			run++
		case '0' <= c && c <= '9':
			digits++
			run = 0
		default:
			return false
		}
		if run >= minCore {
			return false
		}
	}
	return letters >= 2 && digits >= 2 && letters+digits >= 6
}
