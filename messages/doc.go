// Package messages puts the reasons of a verdict in words for the person who
// chose the password, in several languages.
//
//	english.go german.go ... ──> Catalog ──┬─> Accept("de-CH,en;q=0.5") ──┐
//	dictionaries                           └─> Find("de_DE.UTF-8") ───────┴─> Language: Message, Advice
//
// A message says what is wrong, an advice what to do instead. Neither tells what
// a list holds. Every language has every reason, so nothing falls back to
// English.
//
// A [Catalog] and its languages are safe for concurrent use.
package messages
