package main

import (
	"bytes"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go"

	"github.com/vetopw/veto/bench/entra"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

// customList is the name of the list that holds an organization's terms.
const customList = "company"

// A judge refuses passwords or doesn't.
type judge struct {
	name    string
	rejects func(password []byte) bool
}

// newSnapshot builds the engine as users get it: embedded lists, the policies
// default and entra, and the custom terms.
func newSnapshot(terms []string) (*lists.Snapshot, error) {
	var custom []engine.TermList
	if len(terms) > 0 {
		list := engine.TermList{Name: customList}
		for _, t := range terms {
			list.Terms = append(list.Terms, engine.Term{Text: t})
		}
		custom = append(custom, list)
	}
	return lists.Build(lists.Options{Custom: custom})
}

// newJudges returns Veto's two profiles and, if asked for, the peers, all with
// the same custom terms.
func newJudges(e *engine.Engine, terms []string, peers bool) ([]judge, error) {
	judges := []judge{
		{"veto, profile default", vetoJudge(e, "default")},
		{"veto, profile entra", vetoJudge(e, "entra")},
	}
	if !peers {
		return judges, nil
	}
	set, err := lists.GlobalPasswords()
	if err != nil {
		return nil, err
	}
	c := entra.New(globalAnd(terms))
	return append(judges,
		judge{"ccojocar/zxcvbn-go, score 3", func(password []byte) bool {
			return zxcvbn.PasswordStrength(string(password), terms).Score < 3
		}},
		judge{"plain Entra rules", func(password []byte) bool {
			return utf8.RuneCount(password) < minLength || !c.Check(string(password)).Accept()
		}},
		judge{"plain Entra rules + exact list", func(password []byte) bool {
			if _, listed := set.Lookup(bytes.ToLower(password)); listed {
				return true
			}
			return utf8.RuneCount(password) < minLength || !c.Check(string(password)).Accept()
		}}), nil
}

func vetoJudge(e *engine.Engine, policy string) func([]byte) bool {
	return func(password []byte) bool {
		return e.Check(password, engine.Subject{Policy: policy}).Decision != engine.Accept
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
