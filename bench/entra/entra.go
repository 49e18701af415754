package entra

import "strings"

// Threshold is the least number of points of an acceptable password.
const Threshold = 5

// MinNameRunes is the least length of a name that is looked for.
const MinNameRunes = 4

// Checker holds banned terms.
type Checker struct {
	terms    map[string]bool
	byLength map[int][][]rune // by number of runes
	longest  int
}

// Result is what the rules say about one password.
type Result struct {
	Near   bool // the whole password lies within edit distance 1 of a term
	Name   bool // it contains a name
	Points int
}

// Accept reports whether no rule refuses the password.
func (r Result) Accept() bool { return !r.Near && !r.Name && r.Points >= Threshold }

var substitutions = strings.NewReplacer("0", "o", "1", "l", "$", "s", "@", "a")

// Normalize returns the lower-cased text with the documented substitutions.
func Normalize(text string) string { return substitutions.Replace(strings.ToLower(text)) }

// New returns a Checker for the terms, which it normalizes.
func New(terms []string) *Checker {
	c := &Checker{terms: map[string]bool{}, byLength: map[int][][]rune{}}
	for _, t := range terms {
		t = Normalize(t)
		if t == "" || c.terms[t] {
			continue
		}
		r := []rune(t)
		c.terms[t] = true
		c.byLength[len(r)] = append(c.byLength[len(r)], r)
		c.longest = max(c.longest, len(r))
	}
	return c
}

// Check applies the rules to a password of somebody with the names.
func (c *Checker) Check(password string, names ...string) Result {
	p := []rune(Normalize(password))
	return Result{Near: c.near(p), Name: named(string(p), names), Points: c.points(p)}
}

func (c *Checker) near(p []rune) bool {
	for n := len(p) - 1; n <= len(p)+1; n++ {
		for _, t := range c.byLength[n] {
			if distance(p, t) <= 1 {
				return true
			}
		}
	}
	return false
}

// distance is the edit distance of Levenshtein, by the textbook's two rows.
func distance(a, b []rune) int {
	above, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(above[j]+change, above[j+1]+1, row[j]+1)
		}
		above, row = row, above
	}
	return above[len(b)]
}

func named(p string, names []string) bool {
	for _, name := range names {
		if len([]rune(name)) >= MinNameRunes && strings.Contains(p, Normalize(name)) {
			return true
		}
	}
	return false
}

// points is the least number of terms and single characters that make up p.
func (c *Checker) points(p []rune) int {
	least := make([]int, len(p)+1)
	for end := 1; end <= len(p); end++ {
		least[end] = least[end-1] + 1
		for start := max(0, end-c.longest); start < end; start++ {
			if least[start]+1 < least[end] && c.terms[string(p[start:end])] {
				least[end] = least[start] + 1
			}
		}
	}
	return least[len(p)]
}
