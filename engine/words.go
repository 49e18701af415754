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
// address and tenant, each field as a whole without separators, and its first and
// last part with each other's initials.
type words struct {
	list    [maxWords]subjectWord
	n       int
	runes   [maxWordRunes]rune
	syms    [maxWordRunes]symbol
	used    int
	wide    int                 // least length of a word with other characters than a-z and 0-9
	joined  bool                // parts are joined with initials and in the other order
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
	w.wide, w.joined = minWord, profile == Default
	if w.joined {
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

// field adds the words of one field: each part, all parts joined, and what people
// make of the first and last of several.
func (w *words) field(text string) {
	if text == "" {
		return
	}
	start, whole, runs := w.used, w.used, 0
	var first, last part
	f := w.folder(text)
	for more := true; more; {
		var p position
		if p, more = f.next(); more && (unicode.IsLetter(p.base) || unicode.IsDigit(p.base)) {
			if more = w.push(p.base); more {
				continue
			}
		}
		if run := (part{start, w.used}); run.n() > 0 {
			if last = run; runs == 0 {
				first = run
			}
			runs++
			w.take(start)
			start = w.used
		}
	}
	if runs > 1 {
		w.take(whole)
		w.pair(first, last)
		w.pair(last, first)
	}
}

// part is a part of a field in the buffer.
type part struct{ start, end int }

func (p part) n() int { return p.end - p.start }

// pair adds b in front of a, and the initial of a in front of b and behind it:
// LeeAnn, ALee and LeeA of Ann Lee. The other order of all comes from the parts
// exchanged, but for a in front of b, which is joined already.
func (w *words) pair(a, b part) {
	if !w.joined {
		return
	}
	initial := part{a.start, a.start + 1}
	if a.start < b.start {
		w.join(b, a)
	}
	w.join(initial, b)
	w.join(b, initial)
}

// join adds the word of two parts.
func (w *words) join(a, b part) {
	start := w.used
	for _, p := range [2]part{a, b} {
		for i := p.start; i < p.end; i++ {
			if !w.push(w.runes[i]) {
				w.used = start
				return
			}
		}
	}
	w.take(start)
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
func (w *words) take(start int) {
	length := w.used - start
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
		return
	}
	w.list[w.n] = wd
	w.n++
	w.firsts |= 1 << wd.syms[0]
}

func (w *words) wipe() {
	if w.longest > 0 {
		clear(w.list[:w.n])
		clear(w.runes[:w.used])
		clear(w.syms[:w.used])
		clear(w.text[:w.longest])
	}
	w.n, w.used, w.longest, w.firsts, w.wide, w.joined = 0, 0, 0, 0, 0, false
}
