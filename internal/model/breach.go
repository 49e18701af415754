package model

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// inCorpus is what an entry of a breach corpus costs that was seen once, and
// perDoubling how much less one that was seen twice as often.
const (
	inCorpus    = 30 * bit
	perDoubling = 80
)

// breached returns the largest class of a password in the corpora; ok is false
// if none has it, or too rarely for the policy.
func (m *Model) breached(password string) (class int, ok bool) {
	least := m.config.Policy.MinBreachCount
	if least == 0 {
		return 0, false
	}
	for _, b := range m.config.Breaches {
		c, found := b.Classes[b.Digest(password)]
		if most := 1<<c - 1; found && (c == 0 || most >= least) {
			class, ok = max(class, c), true
		}
	}
	return class, ok
}

// breachedParts returns the parts of the password that are in a corpus: all of
// it folded, its core, its core with substitutions undone; and, of the password
// as written, empty if it was closed up: what stands before its last ASCII digits
// and symbols, all of it in small letters, with and without such characters around, and
// half of it if it is that twice.
func (m *Model) breachedParts(text []position, written string) []hit {
	var hits []hit
	ask := func(start, end int, key string, spelling int) {
		class, ok := m.breached(key)
		if end-start < 4 || !ok {
			return
		}
		cost := inCorpus
		for range class - 1 {
			cost = max(0, cost-perDoubling)
		}
		hits = append(hits, hit{start, end, cost + listed, spelling, false})
	}
	ask(0, len(text), spell(text), 0)
	first, last := core(text)
	if first > 0 || last < len(text) {
		ask(first, last, spell(text[first:last]), 0)
	}
	if key, cost, ok := m.undone(text[first:last]); ok {
		ask(first, last, key, cost)
	}
	if len(text) > 1024 {
		return hits
	}
	as := func(start, end int, key string) {
		before := len(hits)
		ask(start, end, key, 0)
		for i := before; i < len(hits); i++ {
			hits[i].written = true
		}
	}
	decoration := func(r rune) bool { return r < utf8.RuneSelf && !unicode.IsLetter(r) }
	stem := strings.TrimRightFunc(written, decoration)
	if tail := len(written) - len(stem); tail > 0 {
		as(0, len(text)-tail, stem)
	}
	if half := written[:len(written)/2]; isTwice(text) && half != "" && half+half == written {
		as(0, len(text)/2, half)
	}
	if small := strings.Map(unicode.ToLower, norm.NFC.String(written)); written != "" && utf8.ValidString(written) && small != spell(text) {
		ask(0, len(text), small, 0)
		leading := strings.TrimLeftFunc(small, decoration)
		middle := strings.TrimRightFunc(leading, decoration)
		ask(len(small)-len(leading), len(text)-(len(leading)-len(middle)), middle, 0)
	}
	return hits
}
