package model

import (
	"slices"
	"strings"
	"unicode"
)

// Subject is what is known of the person or account. The zero value is nothing.
type Subject struct {
	Account, Mail, Tenant string
	Names                 []string
	OldPassword           string // empty when it is not known
}

// words returns the words that the subject's fields ban in the profile.
func (s Subject) words(entra bool) []word {
	local, domain := s.Mail, ""
	if at := strings.LastIndex(s.Mail, "@"); at >= 0 {
		local, domain = s.Mail[:at], s.Mail[at+1:]
		if dot := strings.LastIndex(domain, "."); dot >= 0 {
			domain = domain[:dot]
		}
	}
	fields := append([]string{s.Account}, s.Names...)
	var words []word
	for _, field := range append(fields, local, domain, s.Tenant) {
		runs := strings.FieldsFunc(Fold(field), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		texts := append(slices.Clone(runs), strings.Join(runs, ""))
		if len(runs) > 1 && !entra {
			texts = append(texts, pairs(runs[0], runs[len(runs)-1])...)
		}
		for _, text := range texts {
			letters := []rune(text)
			plain := strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
			if len(letters) >= 4 || len(letters) >= 2 && !plain && !entra {
				words = append(words, word{letters: letters, base: subjectWord, subject: true})
			}
		}
	}
	return words
}

// pairs returns what people make of their first and last name: the last in
// front, and each with the initial of the other on either side.
func pairs(first, last string) []string {
	a, b := string([]rune(first)[0]), string([]rune(last)[0])
	return []string{last + first, a + last, last + a, b + first, first + b}
}

// inside reports whether the folded password contains the account name or a
// token of a display name, as Active Directory complexity forbids.
func (s Subject) inside(folded string) bool {
	tokens := []string{s.Account}
	for _, name := range s.Names {
		tokens = append(tokens, strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(",.-_# \t", r) })...)
	}
	for _, token := range tokens {
		f := Fold(token)
		if len([]rune(token)) >= 3 && f != "" && strings.Contains(folded, f) {
			return true
		}
	}
	return false
}
