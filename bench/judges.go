package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go"

	"github.com/vetopw/veto/bench/entra"
	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

// customList is the name of the list that holds an organization's terms.
const customList = "company"

// An opinion is what a judge holds of a password.
type opinion struct {
	refused bool
	always  bool    // refused whatever the number of guesses required
	guesses float64 // decimal logarithm; nothing if the judge doesn't estimate
}

// A judge refuses passwords or doesn't.
type judge struct {
	name string
	rule string // what counts as refused, with its source
	// required is the decimal logarithm of the guesses that the rule asks for,
	// 0 for a judge that doesn't estimate guesses.
	required float64
	slow     bool // judges a sample of each class
	// judge returns an opinion for each password. It is called by all
	// processors at once.
	judge func(passwords [][]byte) ([]opinion, error)
}

// errMissing says that a judge's program is not installed.
var errMissing = errors.New("not installed")

// newSnapshot builds the engine as users get it.
func newSnapshot(terms []string, policies ...engine.Policy) (*lists.Snapshot, error) {
	return lists.Build(usualOptions(terms, policies...))
}

// usualOptions are what users have: embedded lists, a policy of each profile unless
// others are given, and the custom terms.
func usualOptions(terms []string, policies ...engine.Policy) lists.Options {
	if len(policies) == 0 {
		policies = config.BuiltIn("default")
	}
	var custom []engine.TermList
	if len(terms) > 0 {
		list := engine.TermList{Name: customList}
		for _, t := range terms {
			list.Terms = append(list.Terms, engine.Term{Text: t})
		}
		custom = append(custom, list)
	}
	return lists.Options{Custom: custom, Policies: policies}
}

// newJudges returns Veto's profiles default, strict and entra and, if asked for,
// the peers.
func newJudges(e *engine.Engine, terms []string, peers bool) ([]judge, error) {
	required := engine.DefaultPolicy().RequiredGuesses.Log10()
	judges := []judge{
		{name: "veto", rule: fmt.Sprintf("profile default, 10^%.1f guesses", required), required: required, judge: each(byDefault(e))},
		{name: "veto strict", rule: "profile strict, 12 characters, 10^15.5 guesses", judge: each(byPolicy(e, "strict"))},
		{name: "veto entra", rule: "profile entra, 5 points", judge: each(byPolicy(e, "entra"))},
	}
	if !peers {
		return judges, nil
	}
	set, err := lists.GlobalPasswords()
	if err != nil {
		return nil, err
	}
	plain := entra.New(globalAnd(terms))
	judges = append(judges,
		judge{name: "zxcvbn-go", rule: "ccojocar/zxcvbn-go, score below 3, as zxcvbn", required: zxcvbnGo3, judge: each(byZxcvbnGo(terms))})
	judges = append(judges, toolJudges(terms)...)
	return append(judges,
		judge{name: "Entra rules", rule: "the documented rules, plainly written, with Veto's terms", judge: each(func(password []byte) opinion {
			return opinion{refused: utf8.RuneCount(password) < minLength || !plain.Check(string(password)).Accept()}
		})},
		judge{name: "exact list", rule: "Veto's list of whole passwords, lower-cased, and 8 characters", judge: each(func(password []byte) opinion {
			_, listed := set.Lookup(bytes.ToLower(password))
			return opinion{refused: listed || utf8.RuneCount(password) < minLength}
		})}), nil
}

// each makes a judge of many passwords from one of a single one.
func each(one func(password []byte) opinion) func([][]byte) ([]opinion, error) {
	return func(passwords [][]byte) ([]opinion, error) {
		opinions := make([]opinion, len(passwords))
		for i, p := range passwords {
			opinions[i] = one(p)
		}
		return opinions, nil
	}
}

// always are the reasons for which the profile default refuses a password
// whatever its score.
var always = engine.Reasons(0).With(engine.TooShort).With(engine.TooLong).With(engine.NotUTF8).With(engine.ControlCharacter).
	With(engine.BannedPassword).With(engine.Breached)

func byDefault(e *engine.Engine) func([]byte) opinion {
	return func(password []byte) opinion {
		v := e.Check(password, engine.Subject{})
		return opinion{v.Decision != engine.Accept, v.Reasons&always != 0, v.Score.Guesses.Log10()}
	}
}

func byPolicy(e *engine.Engine, name string) func([]byte) opinion {
	return func(password []byte) opinion {
		return opinion{refused: e.Check(password, engine.Subject{Policy: name}).Decision != engine.Accept}
	}
}

// zxcvbnGo3 is what score 3 of zxcvbn-go asks for: 10^6 seconds at 10^4
// guesses a second, of which half are needed (its scoring/scoring.go).
var zxcvbnGo3 = math.Log10(2e10)

func byZxcvbnGo(terms []string) func([]byte) opinion {
	return func(password []byte) opinion {
		s := zxcvbn.PasswordStrength(string(password), terms)
		return opinion{refused: s.Score < 3, guesses: s.Entropy * math.Log10(2)}
	}
}

// globalAnd returns the embedded terms and some more.
func globalAnd(terms []string) []string {
	var all []string
	for _, t := range lists.GlobalTerms() {
		all = append(all, t.Text)
	}
	return append(all, terms...)
}

// ask returns the judge's opinions by class: of all passwords, or of at most
// sample of each class from a slow judge.
func (j judge) ask(c *corpora, sample int) ([][]opinion, error) {
	var all [][]byte
	ends := make([]int, len(c.classes))
	for i, class := range c.classes {
		passwords := class.passwords
		if j.slow {
			passwords = spread(passwords, sample)
		}
		all = append(all, passwords...)
		ends[i] = len(all)
	}
	opinions, err := parallel(all, j.judge)
	if err != nil {
		return nil, err
	}
	byClass, start := make([][]opinion, len(c.classes)), 0
	for i, end := range ends {
		byClass[i], start = opinions[start:end], end
	}
	return byClass, nil
}

// spread returns n passwords at equal distances, or all.
func spread(passwords [][]byte, n int) [][]byte {
	if n <= 0 || n >= len(passwords) {
		return passwords
	}
	chosen := make([][]byte, n)
	for i := range chosen {
		chosen[i] = passwords[i*len(passwords)/n]
	}
	return chosen
}

// parallel calls judge on all processors, each with every n-th password.
func parallel(passwords [][]byte, judge func([][]byte) ([]opinion, error)) ([]opinion, error) {
	n := runtime.NumCPU()
	opinions, errs := make([]opinion, len(passwords)), make([]error, n)
	var workers sync.WaitGroup
	for w := range n {
		workers.Go(func() {
			var part [][]byte
			for i := w; i < len(passwords); i += n {
				part = append(part, passwords[i])
			}
			held, err := judge(part)
			errs[w] = err
			for i, o := range held {
				opinions[w+i*n] = o
			}
		})
	}
	workers.Wait()
	return opinions, cmp.Or(errs...)
}
