package main

import (
	"math/rand/v2"
	"strings"
)

// customTerms are the organization's terms of the speed measurements: names
// that Microsoft's documentation invents, and local words.
var customTerms = []string{
	"contoso", "fabrikam", "northwind", "tailspin", "wingtip", "adatum", "litware", "proseware", "woodgrove",
	"relecloud", "lamna", "munson", "trey", "wideworld", "alpineski", "humongous", "lucerne", "margie",
	"consolidated", "graphicdesign",
}

// The bounds of a typical password's length in characters.
const (
	typicalMin = 12
	typicalMax = 16
)

// A mixer makes up typical passwords from a list of terms. Equal seeds make
// equal passwords.
type mixer struct {
	*rand.Rand
	terms []string
}

func newMixer(terms []string) *mixer {
	return &mixer{rand.New(rand.NewPCG(1, 2)), terms}
}

// mix returns n typical passwords of 12 to 16 characters, a quarter of each
// kind, in random order.
func (m *mixer) mix(n int) []string {
	kinds := []func() string{m.random, m.termYear, m.passphrase, m.human}
	passwords := make([]string, 0, n)
	for len(passwords) < n {
		if p := kinds[len(passwords)%len(kinds)](); typicalMin <= len(p) && len(p) <= typicalMax {
			passwords = append(passwords, p)
		}
	}
	m.Shuffle(n, func(i, j int) { passwords[i], passwords[j] = passwords[j], passwords[i] })
	return passwords
}

// random is what a password manager generates.
func (m *mixer) random() string {
	p := make([]byte, typicalMin+m.IntN(typicalMax-typicalMin+1))
	for i := range p {
		p[i] = '!' + byte(m.IntN(94))
	}
	return string(p)
}

// termYear is a term, a year and a symbol: "Contoso2024!".
func (m *mixer) termYear() string {
	return capital(m.term()) + m.year() + m.symbols(1+m.IntN(2))
}

// passphrase is two to four short terms: "horse-staple-ok".
func (m *mixer) passphrase() string {
	words := make([]string, 2+m.IntN(3))
	for i := range words {
		words[i] = m.term()
	}
	return strings.Join(words, m.pick("", "-", " ", "."))
}

// human is a term with substitutions or a slip and something typical after it:
// "Dr4g0n!1qaz", "paswsord2019".
func (m *mixer) human() string {
	p := m.pick(capital(m.term()), m.term())
	switch m.IntN(3) {
	case 0:
		p = strings.NewReplacer("a", "4", "o", "0", "e", "3", "s", "$").Replace(p)
	case 1:
		at := 1 + m.IntN(len(p)-2)
		p = p[:at] + p[at+1:at+2] + p[at:at+1] + p[at+2:]
	}
	return p + m.pick("123", "1qaz", m.year(), "007", "qwe") + m.symbols(m.IntN(3)) + m.pick("", m.term())
}

func (m *mixer) term() string {
	for {
		if t := m.terms[m.IntN(len(m.terms))]; 4 <= len(t) && len(t) <= 9 {
			return t
		}
	}
}

func (m *mixer) year() string {
	return m.pick("19", "20") + string([]byte{'0' + byte(m.IntN(10)), '0' + byte(m.IntN(10))})
}

func (m *mixer) symbols(n int) string {
	const symbols = "!@#$.?*_-"
	p := make([]byte, n)
	for i := range p {
		p[i] = symbols[m.IntN(len(symbols))]
	}
	return string(p)
}

func (m *mixer) pick(choices ...string) string { return choices[m.IntN(len(choices))] }

func capital(word string) string { return strings.ToUpper(word[:1]) + word[1:] }
