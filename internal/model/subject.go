package model

import (
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
		for _, text := range append(runs, strings.Join(runs, "")) {
			letters := []rune(text)
			plain := strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
			if len(letters) >= 4 || len(letters) >= 2 && !plain && !entra {
				words = append(words, word{letters: letters, base: subjectWord, subject: true})
			}
		}
	}
	return words
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
