package main

import (
	"cmp"
	"os"

	"github.com/vetopw/veto/messages"
)

// languageCodes returns what --lang takes.
func languageCodes() (codes []string) {
	for _, l := range messages.New().Languages() {
		codes = append(codes, l.Code())
	}
	return codes
}

// languageFor returns the language of a code, or, for none, of the locale (POSIX,
// Base Definitions, section 8.2).
func languageFor(code string) *messages.Language {
	return messages.New().Find(cmp.Or(code, os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")))
}
