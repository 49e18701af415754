package engine

import (
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// minWord is the least length of a word of the subject that is looked for. In the
// profile Default, minWideWord is that of one with characters beyond a-z and 0-9,
// as most Chinese and Korean names have two or three, and minAlone that of one of
// a-z, which below minWord counts only where it stands alone.
const (
	minWord     = 4
	minAlone    = 3
	minWideWord = 2
)

// Bounds on what is taken of a subject; the rest is ignored.
const (
	maxWords      = 64 // as many as a wordIndex holds
	maxWordRunes  = 2048
	maxFieldBytes = 1024
	maxRuns       = 8 // of a field whose initials are joined
)

// subjectWord is a word of the subject.
type subjectWord struct {
	word
	at   part // in the text of all words
	syms []symbol
	wide []rune // the characters, for words that have others than a-z and 0-9
	// typed is set for words as they are typed with another layout on.
	typed bool
}

// words holds the words of a subject, folded: the runs of letters and digits of
// each field, and what people join of them.
type words struct {
	list    [maxWords]subjectWord
	n       int
	loaded  bool
	text    wordText
	used    int // characters of text
	profile Profile
	// readable are the symbols that the password may be read as: words of others
	// are not in it, and not taken.
	readable uint64
	firsts   wordIndex           // of all by their first symbol
	lasts    wordIndex           // of those found with an edit by their last symbol
	short    uint64              // set of those that count only where they stand alone
	way      typing              // in which fields are read
	typist   typist              // of the field being read
	beyond   bool                // a field has characters beyond ASCII
	longest  int                 // bytes of input used
	input    [maxFieldBytes]byte // the field being read: a copy, as a slice of a string would allocate
	// mirrored is a word read from its end, with the length of the longest so far.
	mirrored struct {
		runes [maxTerm]rune
		syms  [maxTerm]symbol
		n     int
	}
}

// wordText is the folded characters of words.
type wordText struct {
	runes [maxWordRunes]rune
	syms  [maxWordRunes]symbol
}

// put writes a character at a place.
func (t *wordText) put(at int, r rune) { t.runes[at], t.syms[at] = r, symbolOf(r) }

// repeat writes the n characters from a place once more, at another.
func (t *wordText) repeat(to, from, n int) {
	copy(t.runes[to:to+n], t.runes[from:from+n])
	copy(t.syms[to:to+n], t.syms[from:from+n])
}

// wipe clears from start to end.
func (t *wordText) wipe(start, end int) {
	clear(t.runes[start:end])
	clear(t.syms[start:end])
}

// wordIndex tells which words have a symbol at a place.
type wordIndex struct {
	symbols uint64     // set of those that any has
	words   [64]uint64 // for each symbol the set of words
}

func (x *wordIndex) add(s symbol, word int) {
	x.symbols |= 1 << s
	x.words[s&63] |= 1 << word
}

// of returns the set of words that have one of a set of symbols.
func (x *wordIndex) of(symbols uint64) (words uint64) {
	for m := x.symbols & symbols; m != 0; m &= m - 1 {
		words |= x.words[bits.TrailingZeros64(m)&63]
	}
	return words
}

// folder returns a folder of the field.
func (w *words) folder(field string) folder {
	n := copy(w.input[:], field)
	w.longest = max(w.longest, n)
	return folder{text: w.input[:n]}
}

// load takes the words that are long enough, and that a password may hold that can
// be read as symbols of a set.
func (w *words) load(s *Subject, profile Profile, readable uint64) {
	w.loaded, w.profile, w.readable = true, profile, readable
	w.fields(s)
	if w.beyond && profile == Default {
		for w.way = typedWritten; w.way <= typedPlainly; w.way++ {
			w.fields(s)
		}
	}
}

// fields takes the words of all fields.
func (w *words) fields(s *Subject) {
	w.field(s.Account)
	w.field(s.Tenant)
	local, domain := splitMail(s.Mail)
	if local != s.Account { // as most are
		w.field(local)
	}
	w.field(domain)
	for _, name := range s.Names { // fields with many words come last
		w.field(name)
	}
	for _, text := range s.Attributes {
		w.field(text)
	}
}

// splitMail returns the local part of an address and its domain without the
// top level.
func splitMail(mail string) (local, domain string) {
	at := strings.LastIndexByte(mail, '@')
	if at < 0 {
		return mail, ""
	}
	domain = mail[at+1:]
	if dot := strings.LastIndexByte(domain, '.'); dot >= 0 {
		domain = domain[:dot]
	}
	return mail[:at], domain
}

// field adds the words of one field, unless it is plain that the password holds none.
func (w *words) field(text string) {
	if text == "" || w.way != notTyped && !typable(text) || w.way == notTyped && w.passes(text) {
		return
	}
	w.read(text)
}

// wordSymbols has the symbols of ASCII letters and digits as sets; others have none.
var wordSymbols = func() (t [utf8.RuneSelf]uint64) {
	for r := range t {
		if c := &asciiCells[Default][r]; c.flags&separator == 0 {
			t[r] = 1 << c.own
		}
	}
	return t
}()

// passes passes over a field in ASCII of one or two runs if the password lacks two
// symbols of each, and so holds no word with one of them.
func (w *words) passes(text string) bool {
	if len(text) > min(maxFieldBytes, maxWordRunes-w.used) {
		return false
	}
	symbols, runs, n := uint64(0), 0, 0
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
		bit := wordSymbols[text[i]]
		if bit != 0 {
			symbols |= bit
			n++
			if i+1 < len(text) {
				continue
			}
		}
		if symbols == 0 {
			continue
		}
		runs++
		if lacks := symbols &^ w.readable; lacks&(lacks-1) == 0 || runs > 2 {
			return false
		}
		symbols = 0
	}
	w.used += n
	return true
}

// read adds the words of one field: each run of letters and digits, neighbors
// joined, all joined, and what people make of several.
func (w *words) read(text string) {
	var runs [maxRuns]run
	var last run
	whole, n := run{part: part{start: w.used}}, 0
	f := w.folder(text)
	if w.way != notTyped {
		w.typist = typist{text: f.text, way: w.way}
	}
	for more := true; more; {
		var next run
		if next, more = w.run(&f); next.n() == 0 {
			continue
		}
		w.take(next)
		if n > 0 && w.profile == Default {
			w.take(run{part{last.start, next.end}, last.symbols | next.symbols})
		}
		if n < maxRuns {
			runs[n] = next
		}
		last = next
		whole.end, whole.symbols = next.end, whole.symbols|next.symbols
		n++
	}
	w.beyond = w.beyond || f.at > int(f.runes)
	if n < 2 {
		return
	}
	w.take(whole)
	if w.profile == Default {
		w.pair(runs[0], last)
		if 2 < n && n <= maxRuns {
			w.initials(runs[:n])
		}
	}
}

// run is a run of letters and digits in the buffer, with the set of its symbols.
type run struct {
	part
	symbols uint64
}

// run reads the next run of letters and digits, perhaps empty, and reports whether
// more may follow.
func (w *words) run(f *folder) (next run, more bool) {
	next.part = part{w.used, w.used}
	if w.way == notTyped && w.plain(f, &next) {
		return next, true
	}
	for {
		r, inside, ok := w.next(f)
		if !ok || !inside {
			return next, ok
		}
		if !w.push(r) {
			return next, false
		}
		next.symbols |= 1 << w.text.syms[next.end]
		next.end = w.used
	}
}

// plain is run as far as a field is ASCII, which needs no folder. It reports whether
// the run has ended.
func (w *words) plain(f *folder, next *run) bool {
	if f.held || f.k < f.cur.n {
		return false
	}
	for f.at < len(f.text) && f.text[f.at] < utf8.RuneSelf && w.used < maxWordRunes {
		c := &asciiCells[Default][f.text[f.at]]
		f.at++
		f.runes++
		if c.flags&separator != 0 {
			return true
		}
		w.text.runes[w.used], w.text.syms[w.used] = c.base, c.own
		next.symbols |= 1 << c.own
		w.used++
		next.end = w.used
	}
	return false
}

// next returns the next character of a field, and whether it is one of a word.
func (w *words) next(f *folder) (r rune, inside, ok bool) {
	if w.way != notTyped {
		s, ok := w.typist.next()
		return s.rune, s.inWord(), ok
	}
	p, ok := f.next()
	return p.base, unicode.IsLetter(p.base) || unicode.IsDigit(p.base), ok
}

// part is a part of a field in the buffer.
type part struct{ start, end int }

func (p part) n() int { return p.end - p.start }

// held reports whether the password may hold a word of n characters, of the symbols
// given: one with an edit lacks one of them at most.
func (w *words) held(symbols uint64, n int) bool {
	lacks := symbols &^ w.readable
	return lacks == 0 || lacks&(lacks-1) == 0 && n >= slipTerm && w.profile == Default
}

// initial returns the run of the first character of another.
func (w *words) initial(of run) run {
	return run{part{of.start, of.start + 1}, 1 << w.text.syms[of.start]}
}

// pair adds b in front of a, and each with the initial of the other in front and
// behind: LeeAnn, ALee, LeeA, LAnn and AnnL of Ann Lee.
func (w *words) pair(a, b run) {
	w.join(b, a)
	w.around(w.initial(a), b)
	w.around(w.initial(b), a)
}

// initials adds those of all runs, and those of all others around the last and the
// first run: JMD, JMDoe, DoeJM, MDJane and JaneMD of Jane Mary Doe.
func (w *words) initials(runs []run) {
	all := run{part: part{w.used, w.used + len(runs)}}
	for _, r := range runs {
		if !w.push(w.text.runes[r.start]) {
			return
		}
		all.symbols |= w.initial(r).symbols
	}
	w.take(all)
	// The one left out may be among their symbols: it stands in the word anyway.
	w.around(run{part{all.start, all.end - 1}, all.symbols}, runs[len(runs)-1])
	w.around(run{part{all.start + 1, all.end}, all.symbols}, runs[0])
}

// around adds a word with initials in front and behind.
func (w *words) around(initials, word run) {
	w.join(initials, word)
	w.join(word, initials)
}

// join adds the word of two runs, if there is room.
func (w *words) join(a, b run) {
	end, symbols := w.used+a.n()+b.n(), a.symbols|b.symbols
	if end > maxWordRunes || !w.held(symbols, end-w.used) {
		return
	}
	joined := run{part{w.used, end}, symbols}
	for _, p := range [2]part{a.part, b.part} {
		w.text.repeat(w.used, p.start, p.n())
		w.used += p.n()
	}
	if !w.take(joined) {
		w.text.wipe(joined.start, end)
		w.used = joined.start
	}
}

// push adds a folded character to the buffer, if there is room.
func (w *words) push(r rune) bool {
	if w.used == maxWordRunes {
		return false
	}
	w.text.put(w.used, r)
	w.used++
	return true
}

// take adds the word of a run, if the password may hold it, it is long enough, and
// not there yet.
func (w *words) take(p run) bool {
	if !w.held(p.symbols, p.n()) {
		return false
	}
	wd := subjectWord{at: p.part, syms: w.text.syms[p.start:p.end], typed: w.way != notTyped}
	wd.word = word{packed: pack(wd.syms), n: p.n()}
	letters := true
	for _, s := range wd.syms {
		if s >= symbolWide {
			wd.wide = w.text.runes[p.start:p.end]
			break
		}
		letters = letters && s < symbolDigit
	}
	if wd.n < w.least(wd.wide != nil && !wd.typed, letters && !wd.typed) || wd.n > maxTerm || w.n == maxWords || w.has(&wd) {
		return false
	}
	w.list[w.n] = wd
	w.firsts.add(wd.syms[0], w.n)
	if w.profile == Default && wd.n >= slipTerm {
		w.lasts.add(wd.syms[wd.n-1], w.n)
	}
	if wd.n < minWord && wd.wide == nil {
		w.short |= 1 << w.n
	}
	w.n++
	return true
}

// least returns the least length of a word that has characters beyond a-z and 0-9,
// or else of one of letters only or not.
func (w *words) least(wide, letters bool) int {
	switch {
	case w.profile != Default:
		return minWord
	case wide:
		return minWideWord
	case letters:
		return minAlone
	}
	return minWord
}

// has reports whether a word is there.
func (w *words) has(wd *subjectWord) bool {
	for set := w.firsts.of(1 << wd.syms[0]); set != 0; set &= set - 1 {
		have := &w.list[bits.TrailingZeros64(set)]
		if have.packed == wd.packed && have.n == wd.n && slices.Equal(have.syms, wd.syms) && slices.Equal(have.wide, wd.wide) {
			return true
		}
	}
	return false
}

// mirror returns a word read from its end, valid until the next one.
func (w *words) mirror(wd subjectWord) subjectWord {
	m := &w.mirrored
	m.n = max(m.n, wd.n)
	for k, s := range wd.syms {
		m.syms[wd.n-1-k], m.runes[wd.n-1-k] = s, w.text.runes[wd.at.start+k]
	}
	wd.syms = m.syms[:wd.n]
	wd.packed = pack(wd.syms)
	if wd.wide != nil {
		wd.wide = m.runes[:wd.n]
	}
	return wd
}

func (w *words) wipe() {
	if w.longest > 0 {
		w.text.wipe(0, w.used)
		clear(w.input[:w.longest])
	}
	if w.n > 0 {
		clear(w.list[:w.n])
		clear(w.mirrored.runes[:w.mirrored.n])
		clear(w.mirrored.syms[:w.mirrored.n])
		w.firsts, w.lasts = wordIndex{}, wordIndex{}
	}
	if w.beyond {
		w.typist = typist{}
	}
	w.way, w.beyond, w.loaded = notTyped, false, false
	w.n, w.used, w.longest, w.short, w.profile, w.readable, w.mirrored.n = 0, 0, 0, 0, 0, 0, 0
}
