package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vetopw/veto/engine"
)

// maxBytes is the length of the longest inputs; maxMillis is the most that a
// check of one may take.
const (
	maxBytes  = 1024
	maxMillis = 1
)

// An adversary makes inputs of any length that give one part of the engine as
// much work as it can.
type adversary struct {
	name string
	make func(bytes int) string
}

// again repeats a block.
func again(block string) func(int) string {
	return func(bytes int) string { return strings.Repeat(block, bytes/len(block)+1) }
}

func adversaries(terms []string) []adversary {
	random := rand.New(rand.NewPCG(5, 6))
	from := func(alphabet string) func(int) string {
		runes := []rune(alphabet)
		return func(bytes int) string {
			var b strings.Builder
			for b.Len() < bytes {
				b.WriteRune(runes[random.IntN(len(runes))])
			}
			return b.String()
		}
	}
	words := func(join string, change func(string) string) func(int) string {
		return func(bytes int) string {
			var b strings.Builder
			for b.Len() < bytes {
				b.WriteString(change(terms[random.IntN(len(terms))]) + join)
			}
			return b.String()
		}
	}
	same := func(word string) string { return word }
	return []adversary{
		{"one letter", again("a")},
		{"one digit", again("1")},
		{"two letters", again("ab")},
		{"prefix of a term", again("passwor")},
		{"a term", again("password")},
		{"prefix of a custom term", again("contos")},
		{"term, one letter wrong", again("passwxrd")},
		{"ambiguous characters", again("1!|")},
		{"random ambiguous characters", from("1!|i0o@4a$5s3e(<c")},
		{"random letters a b", from("ab")},
		{"random a 1", from("a1")},
		{"random digits 1 2", from("12")},
		{"random 1 and points", from("1.")},
		{"random keys that touch", from("1qaz")},
		{"Fibonacci word", fibonacci},
		{"capitals and signs, repeated", again("A!a1")},
		{"a letter and a digit, repeated", again("1a")},
		{"signs and a letter, repeated", again("aA!.")},
		{"a sign that is a letter", again("@")},
		{"terms", words("", same)},
		{"terms reversed", words("", reversed)},
		{"terms spelt with digits", words("", leet)},
		{"terms, hyphens inside", words("-", func(word string) string { return strings.Join(strings.Split(word, ""), "-") })},
		{"separators", again(".-_ ")},
		{"keyboard rows", again("qwertyuiop")},
		{"keyboard zigzag", again("1qaz2wsx")},
		{"two keys on many layouts", again("qaqa")},
		{"walks, each key shifted or not", again("1q@W3e$R")},
		{"digits in order", again("0123456789")},
		{"dates", again("31121999")},
		{"random digits", from("0123456789")},
		{"random ASCII", from(asciiPrintable())},
		{"Chinese", from("的一是不了人我在有他这为之大来以个中上们")},
		{"full width", again("ｐａｓｓｗｏｒｄ")},
		{"Cyrillic look-alikes", again("раѕѕԝоrd")},
		{"combining marks", again("a\u0301\u0327\u0323")},
		{"zero width", again("p\u200b\u200da\u2060")},
		{"ligatures", again("\ufdfa\ufb03")},
		{"no UTF-8", again("\xff\xc0a")},
	}
}

func printWorst(w io.Writer, terms []string) error {
	e, err := newAnyLength()
	if err != nil {
		return err
	}
	lengths := []int{maxBytes / 4, maxBytes / 2, maxBytes}
	t := newTable("longest inputs, microseconds", "256 bytes", "512 bytes", "1024 bytes", "max of 31", "growth from 512")
	worst := 0.0
	found := worstBlock(e, rand.New(rand.NewPCG(7, 8)))
	for _, a := range append(adversaries(terms), adversary{fmt.Sprintf("found by search: %q", found), again(found)}) {
		cells := []string{a.name}
		var medians []float64
		var last []float64
		for _, n := range lengths {
			last = timeCheck(e, cut(a.make(n+utf8.UTFMax), n), 31)
			medians = append(medians, quantile(last, 0.5)/1000)
			cells = append(cells, fmt.Sprintf("%.1f", quantile(last, 0.5)/1000))
		}
		worst = max(worst, medians[2])
		t.row(append(cells, fmt.Sprintf("%.1f", quantile(last, 1)/1000), fmt.Sprintf("%.1f x", medians[2]/medians[1]))...)
	}
	t.print(w)
	printTarget(w, fmt.Sprintf("at most %d ms each", maxMillis), fmt.Sprintf("%.0f us", worst), worst <= 1000*maxMillis)
	return nil
}

// worstBlock searches for the block of up to 16 characters that takes longest when
// it is repeated: it changes a character at a time and keeps what took longer.
func worstBlock(e *engine.Engine, random *rand.Rand) string {
	const (
		alphabet = "abeilostABEILOST0134578!@$(|<+.-_ "
		tries    = 400
		longest  = 16
	)
	best, most := []byte("a"), 0.0
	for range tries {
		block, at := slices.Clone(best), random.IntN(len(best))
		c := alphabet[random.IntN(len(alphabet))]
		switch change := random.IntN(4); {
		case change == 0 && len(block) < longest:
			block = slices.Insert(block, at, c)
		case change == 1 && len(block) < longest/2:
			block = append(block, block...)
		case change == 2 && len(block) > 1:
			block = slices.Delete(block, at, at+1)
		default:
			block[at] = c
		}
		if took := timeCheck(e, cut(again(string(block))(maxBytes+1), maxBytes), 5)[0]; took > most {
			best, most = block, took
		}
	}
	return string(best)
}

// cut returns at most n bytes of a longer text, without a broken last rune.
func cut(text string, n int) []byte {
	if utf8.ValidString(text) {
		for !utf8.RuneStart(text[n]) {
			n--
		}
	}
	return []byte(text[:n])
}

// timeCheck returns the sorted times of so many checks, in nanoseconds of the
// processor.
func timeCheck(e *engine.Engine, password []byte, checks int) []float64 {
	c := contestant{operate: func(int) { e.Check(password, engine.Subject{}) }}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c.cpu(0)
	times := make([]float64, checks)
	for i := range times {
		times[i] = c.cpu(0)
	}
	slices.Sort(times)
	return times
}

// fibonacci is full of repeats of all lengths without being periodic.
func fibonacci(bytes int) string {
	a, b := "a", "ab"
	for len(b) < bytes {
		a, b = b, b+a
	}
	return b
}

func reversed(word string) string {
	runes := []rune(word)
	slices.Reverse(runes)
	return string(runes)
}

var leetSpeak = strings.NewReplacer("a", "4", "e", "3", "i", "1", "o", "0", "s", "$", "t", "7", "b", "8", "g", "9")

func leet(word string) string { return leetSpeak.Replace(word) }

func asciiPrintable() string {
	var b strings.Builder
	for c := byte(' '); c <= '~'; c++ {
		b.WriteByte(c)
	}
	return b.String()
}
