package model

import (
	"regexp"
	"strings"
)

var phoneForm = regexp.MustCompile(`^\+?(?:\([0-9]+\)|[0-9]+)(?:[ ./-]?(?:\([0-9]+\)|[0-9]{2,}))*$`)

// phone returns what a span costs as a telephone number: 7 to 15 digits in groups,
// which are whole runs of digits; a 0 in front is free.
func phone(text []position, start, end int) (base int, ok bool) {
	number := spell(text[start:end])
	bare := strings.Map(func(r rune) rune {
		if isDigit(r) {
			return r
		}
		return -1
	}, number)
	if len(bare) < 7 || len(bare) > 15 || len(bare) == len(number) || !phoneForm.MatchString(number) {
		return 0, false
	}
	if start > 0 && isDigit(text[start-1].base) && isDigit(text[start].base) ||
		end < len(text) && isDigit(text[end-1].base) && isDigit(text[end].base) {
		return 0, false
	}
	base = phoneNumber + phoneDigit*len(bare)
	if bare[0] == '0' && number[0] != '+' {
		base -= phoneDigit
	}
	return base, true
}
