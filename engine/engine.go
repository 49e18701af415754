package engine

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Config is what an Engine is built from. New copies what it keeps.
type Config struct {
	// Snapshot is the id that every verdict names; it may be empty.
	Snapshot string
	// Policies holds at least one policy; the first is used for subjects that
	// name none. Names are unique.
	Policies []Policy
	// Terms are the lists of words to be found inside passwords, at most 65,535.
	Terms []TermList
	// Passwords are the lists of whole passwords, at most 65,535.
	Passwords []PasswordList
	// Breaches are the breach corpora, together with Passwords at most 65,535.
	Breaches []BreachList
	// Chars estimates the cost of single characters; nil means uniform costs.
	Chars *CharModel
}

// TermList is a named list of banned terms.
type TermList struct {
	Name  string // such as "global" or "custom/company"
	Terms []Term
}

// Term is one banned term.
type Term struct {
	// Text is UTF-8 of at least one and, folded, at most 256 characters.
	// Separators inside it are optional: "new york" also bans "newyork".
	Text string
	// Rank is the term's place by popularity, from 1. 0 marks an
	// organization's own term, among an attacker's first guesses.
	Rank uint32
	// Match says where in a password the term counts.
	Match Match
	// Ban refuses a password in which the term counts, in any spelling that is
	// found, whatever the score (RuleBanned).
	Ban bool
}

// Match says where in a password a term must stand to count. Positions that fold
// to nothing don't matter.
type Match uint8

// The matches.
const (
	Contains Match = iota // anywhere
	Exact                 // as the whole password
	Prefix                // at the start
	Suffix                // at the end
	matchCount
)

var matchNames = [matchCount]string{"contains", "exact", "prefix", "suffix"}

// String returns the match's name, such as "contains".
func (m Match) String() string { return matchNames[m] }

// PasswordList is a named list of whole passwords.
type PasswordList struct {
	Name string
	Set  PasswordSet
}

// PasswordSet answers whether a folded password is on a list. Its methods must
// not allocate and must be safe for concurrent use.
type PasswordSet interface {
	// Find reports whether the text of a Key is in the set, and the binary logarithm of
	// its rank by popularity, rounded down.
	Find(key uint64) (log2Rank uint8, ok bool)
}

// Fetcher is a PasswordSet that waits for memory: several lookups are begun together,
// so that they wait together. The keys of a check come in eights, the last of which may
// be those of empty parts, which nothing is found out of.
type Fetcher interface {
	PasswordSet
	// Fetch asks for the memory that Sift of the keys will read.
	Fetch(keys []uint64)
	// Sift returns which of the keys, at most 32, may be in the set, bit i for key i,
	// and asks for the memory that Find of these will read.
	Sift(keys []uint64) (may uint32)
}

// unfetched makes a Fetcher of a set that is none.
type unfetched struct{ PasswordSet }

func (unfetched) Fetch([]uint64)            {}
func (unfetched) Sift(keys []uint64) uint32 { return 1<<len(keys) - 1 }

// fetchers returns the sets of the lists.
func fetchers(lists []PasswordList) []Fetcher {
	sets := make([]Fetcher, len(lists))
	for i, list := range lists {
		f, ok := list.Set.(Fetcher)
		if !ok {
			f = unfetched{list.Set}
		}
		sets[i] = f
	}
	return sets
}

// Engine checks passwords. It is immutable and safe for concurrent use.
type Engine struct {
	snapshot string
	policies []ruleset
	lists    []string // names of the term lists
	heads    *heads
	base     index      // terms that New had
	change   *amendment // or nil

	passwords   []PasswordList
	sets        []Fetcher // of passwords
	breaches    []BreachList
	breachSets  []BreachFetcher // of breaches
	breachKinds uint8           // set of the kinds of breaches
	chars       *CharModel
	scratch     *sync.Pool // of *scratch, shared with engines made of this one
}

// New builds an Engine in O(total length of the terms). It fails with a
// *ConfigError that names the field.
func New(c Config) (*Engine, error) {
	e, err := newEngine(c)
	if err != nil {
		return nil, err
	}
	total, number := 0, uint32(0)
	for _, list := range c.Terms {
		total += len(list.Terms)
	}
	terms := make([]spelled, 0, total)
	for i, list := range c.Terms {
		e.lists = append(e.lists, list.Name)
		for k, term := range list.Terms {
			if terms, err = appendSpelled(terms, term, uint16(i), number); err != nil {
				return nil, under(fmt.Sprintf("Terms[%d].Terms[%d].", i, k), err)
			}
			number++
		}
	}
	e.base = newIndex(terms, needsOf(e.policies))
	e.heads = newHeads(&e.base)
	return e, nil
}

// newEngine returns an Engine without terms.
func newEngine(c Config) (*Engine, error) {
	if err := validate(c); err != nil {
		return nil, err
	}
	e := &Engine{
		snapshot: c.Snapshot, chars: cmp.Or(c.Chars, uniformChars),
		scratch:   &sync.Pool{New: func() any { return new(scratch) }},
		passwords: slices.Clone(c.Passwords), sets: fetchers(c.Passwords),
		breaches: slices.Clone(c.Breaches), breachSets: breachFetchers(c.Breaches),
	}
	for _, list := range c.Breaches {
		e.breachKinds |= 1 << list.Kind
	}
	for i, p := range c.Policies {
		r, err := newRuleset(p)
		if err != nil {
			return nil, under(fmt.Sprintf("Policies[%d].", i), err)
		}
		e.policies = append(e.policies, r)
	}
	return e, nil
}

// under puts the path to what err is about before the field that it names.
func under(path string, err error) error {
	var wrong *ConfigError
	if errors.As(err, &wrong) {
		return &ConfigError{path + wrong.Field, wrong.Detail}
	}
	return err
}

// maxLists is the largest number of lists of a kind.
const maxLists = 1<<16 - 1

func validate(c Config) error {
	if len(c.Policies) == 0 {
		return &ConfigError{"Policies", "is empty"}
	}
	names := map[string]bool{}
	for i := range c.Policies {
		field := fmt.Sprintf("Policies[%d]", i)
		if err := c.Policies[i].validate(field + "."); err != nil {
			return err
		}
		if names[c.Policies[i].Name] {
			return &ConfigError{field + ".Name", "is used twice"}
		}
		names[c.Policies[i].Name] = true
	}
	if len(c.Terms) > maxLists {
		return &ConfigError{"Terms", "has more than 65,535 lists"}
	}
	if len(c.Passwords)+len(c.Breaches) > maxLists {
		return &ConfigError{"Passwords", "has, with Breaches, more than 65,535 lists"}
	}
	for i, list := range c.Passwords {
		if list.Set == nil {
			return &ConfigError{fmt.Sprintf("Passwords[%d].Set", i), "is nil"}
		}
	}
	return validateBreaches(c.Breaches)
}

// Snapshot returns the id that every verdict names.
func (e *Engine) Snapshot() string { return e.snapshot }

// Policies returns the names of the policies, the one used by default first.
func (e *Engine) Policies() []string {
	names := make([]string, len(e.policies))
	for i := range e.policies {
		names[i] = e.policies[i].Name
	}
	return names
}

// HasPolicy reports whether a subject may name the policy; the empty name
// stands for the first one.
func (e *Engine) HasPolicy(name string) bool { return name == "" || e.find(name) != nil }

func (e *Engine) find(name string) *ruleset {
	for i := range e.policies {
		if e.policies[i].Name == name {
			return &e.policies[i]
		}
	}
	return nil
}

// policy returns the policy for a subject: the one it names, else the one of
// the lowest precedence among those of its groups, else the first. An unknown
// name counts as none; callers that take names from outside ask HasPolicy.
func (e *Engine) policy(s *Subject) *ruleset {
	if s.Policy == "" && len(s.Groups) == 0 {
		return &e.policies[0]
	}
	return e.choose(s)
}

// choose is policy of a subject that names one or has groups.
func (e *Engine) choose(s *Subject) *ruleset {
	if s.Policy != "" {
		if p := e.find(s.Policy); p != nil {
			return p
		}
	}
	best, found := &e.policies[0], false
	for i := range e.policies {
		p := &e.policies[i]
		if (!found || p.Precedence < best.Precedence) && p.governs(s.Groups) {
			best, found = p, true
		}
	}
	return best
}

// governs reports whether the policy is that of one of the groups.
func (p *Policy) governs(groups []string) bool {
	for _, own := range p.Groups {
		for _, g := range groups {
			if strings.EqualFold(own, g) {
				return true
			}
		}
	}
	return false
}

// Check decides whether password may be used by the subject. It does not fail,
// block, change or keep password, and does not allocate once the Engine has
// warmed up. Its time is bounded: the search ends with a budget of steps.
func (e *Engine) Check(password []byte, s Subject) (v Verdict) {
	sc := e.scratch.Get().(*scratch)
	sc.check(e, password, &s, &v)
	sc.wipe()
	e.scratch.Put(sc)
	return v
}

// CheckLists is Check, and appends to dst the names of the lists that Explain would
// find as causes, each once, as many as its capacity takes. It does not allocate.
func (e *Engine) CheckLists(dst []string, password []byte, s Subject) (v Verdict, lists []string) {
	sc := e.scratch.Get().(*scratch)
	sc.check(e, password, &s, &v)
	if v.Reasons != 0 && len(dst) < cap(dst) {
		dst = sc.blamed(e, v, dst)
	}
	sc.wipe()
	e.scratch.Put(sc)
	return v, dst
}

// Explain is Check with its evidence: it takes the same path and returns the
// same verdict.
func (e *Engine) Explain(password []byte, s Subject) Explanation {
	sc := e.scratch.Get().(*scratch)
	x := Explanation{Characters: runeCount(password)}
	sc.score.explains = true
	sc.check(e, password, &s, &x.Verdict)
	x.Segments, x.Tallies, x.Spread = sc.segments(e), sc.tallies(e), sc.lat.closed
	x.Findings = sc.findings(e, x.Verdict)
	sc.wipe()
	e.scratch.Put(sc)
	return x
}
