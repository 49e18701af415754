package engine

import "unicode"

// minWord is the least length of a word of the subject that is looked for, and
// minWideWord that of one with characters beyond a-z and 0-9, in the profile
// Default: most Chinese and Korean names have two or three.
const (
	minWord     = 4
	minWideWord = 2
)

// Bounds on what is taken of a subject; the rest is ignored.
const (
	maxWords      = 64
	maxWordRunes  = 2048
	maxFieldBytes = 1024
)

// subjectWord is a word of the subject.
type subjectWord struct {
	word
	syms []symbol
	wide []rune // the characters, for words that have others than a-z and 0-9
}

// words holds the words of a subject, folded: the parts of account, names, mail
// address and tenant, and each field as a whole without separators.
type words struct {
	list    [maxWords]subjectWord
	n       int
	runes   [maxWordRunes]rune
	syms    [maxWordRunes]symbol
	used    int
	wide    int                 // least length of a word with other characters than a-z and 0-9
	firsts  uint64              // set of the first symbols of all
	longest int                 // bytes of text used
	text    [maxFieldBytes]byte // the field being read: a copy, as a slice of a string would allocate
}

// folder returns a folder of the field.
func (w *words) folder(field string) folder {
	n := copy(w.text[:], field)
	w.longest = max(w.longest, n)
	return folder{text: w.text[:n]}
}

// load takes the words that are long enough.
func (w *words) load(s *Subject, profile Profile) {
	w.wide = minWord
	if profile == Default {
		w.wide = minWideWord
	}
	w.field(s.Account)
	w.field(s.Tenant)
	local, domain := splitMail(s.Mail)
	w.field(local)
	w.field(domain)
	for _, name := range s.Names { // the field with many words comes last
		w.field(name)
	}
}

// splitMail returns the local part of an address and its domain without the
// top level.
func splitMail(mail string) (local, domain string) {
	at, dot := len(mail), len(mail)
	for i := range len(mail) {
		switch mail[i] {
		case '@':
			at, dot = i, len(mail)
		case '.':
			dot = i
		}
	}
	if at == len(mail) {
		return mail, ""
	}
	return mail[:at], mail[at+1 : max(dot, at+1)]
}

// field adds the words of one field: each part, and all parts joined.
func (w *words) field(text string) {
	if text == "" {
		return
	}
	start, whole, runs := w.used, w.used, 0
	f := w.folder(text)
	for {
		p, ok := f.next()
		if !ok {
			break
		}
		if !unicode.IsLetter(p.base) && !unicode.IsDigit(p.base) {
			runs += w.take(start)
			start = w.used
			continue
		}
		if !w.push(p.base) {
			break
		}
	}
	if runs += w.take(start); runs > 1 {
		w.take(whole)
	}
}

// push adds a folded character to the buffer, if there is room.
func (w *words) push(r rune) bool {
	if w.used == maxWordRunes {
		return false
	}
	w.runes[w.used], w.syms[w.used] = r, symbolOf(r)
	w.used++
	return true
}

// take adds the word from start to the end of the buffer if it is long enough.
// It returns 1 if there is any, however long.
func (w *words) take(start int) int {
	length := w.used - start
	if length == 0 {
		return 0
	}
	wd := subjectWord{syms: w.syms[start:w.used]}
	wd.word = word{packed: pack(wd.syms), n: length}
	least := minWord
	for _, s := range wd.syms {
		if s >= symbolWide {
			wd.wide, least = w.runes[start:w.used], w.wide
			break
		}
	}
	if length < least || length > maxTerm || w.n == maxWords {
		return 1
	}
	w.list[w.n] = wd
	w.n++
	w.firsts |= 1 << wd.syms[0]
	return 1
}

func (w *words) wipe() {
	clear(w.list[:w.n])
	clear(w.runes[:w.used])
	clear(w.syms[:w.used])
	clear(w.text[:w.longest])
	w.n, w.used, w.longest, w.firsts, w.wide = 0, 0, 0, 0, 0
}
