package model

import (
	"slices"
	"strings"
	"unicode"
)

// Subject is what is known of the person or account. The zero value is nothing.
type Subject struct {
	Account, Mail, Tenant string
	Names, Attributes     []string
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
	fields := slices.Concat([]string{s.Account, local, domain, s.Tenant}, s.Names, s.Attributes)
	var words []word
	for _, field := range fields {
		runs := strings.FieldsFunc(Fold(field), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		texts := append(slices.Clone(runs), strings.Join(runs, ""))
		if !entra {
			texts = append(texts, joined(runs)...)
		}
		for _, text := range texts {
			letters := []rune(text)
			plain := strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
			alone := len(letters) == 3 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz") == ""
			if len(letters) >= 4 || !entra && (alone || len(letters) >= 2 && !plain) {
				words = append(words, word{letters: letters, base: subjectWord, subject: true, usual: true, alone: alone})
			}
		}
		for _, runs := range typedRuns(field) {
			for _, text := range append(joined(runs), append(runs, strings.Join(runs, ""))...) {
				if letters := []rune(text); len(letters) >= 4 && !entra {
					words = append(words, word{letters: letters, base: subjectWord, subject: true, usual: true, typed: true})
				}
			}
		}
	}
	return words
}

// joined returns what people make of the runs of a field: two neighbors, the last
// in front of the first, each of these two with the initial of the other or with
// those of all others on either side, all initials.
func joined(runs []string) (texts []string) {
	last := len(runs) - 1
	if last < 1 {
		return nil
	}
	var initials []string
	for i, run := range runs {
		initials = append(initials, string([]rune(run)[0]))
		if i > 0 {
			texts = append(texts, runs[i-1]+run)
		}
	}
	texts = append(texts, runs[last]+runs[0])
	around := func(initials []string, run string) {
		all := strings.Join(initials, "")
		texts = append(texts, all+run, run+all)
	}
	around(initials[:1], runs[last])
	around(initials[last:], runs[0])
	if len(runs) >= 3 && len(runs) <= 8 {
		around(initials[:last], runs[last])
		around(initials[1:], runs[0])
		texts = append(texts, strings.Join(initials, ""))
	}
	return texts
}

// alone reports whether a span is letters, in one case but perhaps for the first,
// with no letter beside them but where a capital is behind a small one.
func alone(text []position, start, end int) bool {
	capitals := 0
	for _, p := range text[start:end] {
		if !isLetter(p.base) {
			return false
		}
		if p.capital {
			capitals++
		}
	}
	parted := func(i int) bool {
		return i == 0 || i == len(text) || !isLetter(text[i-1].base) || !isLetter(text[i].base) || !text[i-1].capital && text[i].capital
	}
	one := capitals == 0 || capitals == end-start || capitals == 1 && text[start].capital
	return one && parted(start) && parted(end)
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
