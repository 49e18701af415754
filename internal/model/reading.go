package model

import "slices"

// substitutions are the letters that a character is written for: by common
// rules, by rare ones, and by those that Microsoft documents.
var substitutions = map[rune]struct{ common, rare, entra string }{
	'0': {"o", "", "o"},
	'1': {"il", "", "l"},
	'2': {"", "z", ""},
	'3': {"e", "", ""},
	'4': {"a", "", ""},
	'5': {"s", "", ""},
	'6': {"", "bg", ""},
	'7': {"t", "l", ""},
	'8': {"b", "", ""},
	'9': {"", "gq", ""},
	'@': {"a", "", "a"},
	'$': {"s", "", "s"},
	'!': {"i", "l", ""},
	'|': {"", "il", ""},
	'+': {"t", "", ""},
	'(': {"", "c", ""},
	'<': {"", "c", ""},
	'{': {"", "c", ""},
	'[': {"", "c", ""},
	'%': {"", "x", ""},
	'#': {"", "h", ""},
	'€': {"", "e", ""},
	'£': {"", "l", ""},
}

// readings returns what a position may stand for and what that costs.
func (m *Model) readings(p position) map[rune]int {
	costs := map[rune]int{}
	s := substitutions[p.base]
	if m.config.Policy.Entra {
		s.common, s.rare = s.entra, ""
	}
	for _, r := range s.rare {
		costs[r] = rareReading
	}
	for _, r := range s.common {
		costs[r] = commonReading
	}
	if p.look != 0 && !m.config.Policy.Entra {
		costs[p.look] = commonReading
	}
	costs[p.base] = 0
	return costs
}

// likeliest returns the letter a to z that a position stands for beside
// itself: its first common reading in the alphabet, else its first rare one.
func (m *Model) likeliest(p position) (letter rune, ok bool) {
	costs := m.readings(p)
	delete(costs, p.base)
	for _, cost := range []int{commonReading, rareReading} {
		var letters []rune
		for r, c := range costs {
			if c == cost && r >= 'a' && r <= 'z' {
				letters = append(letters, r)
			}
		}
		if len(letters) > 0 {
			return slices.Min(letters), true
		}
	}
	return 0, false
}
