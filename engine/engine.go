package engine

// Config is what an Engine is built from. New copies what it keeps.
type Config struct {
	// Snapshot is the id that every verdict names; it may be empty.
	Snapshot string
	// Policies holds at least one policy; the first is used for subjects that
	// name none. Names are unique.
	Policies []Policy
	// Terms are the lists of words to be found inside passwords.
	Terms []TermList
	// Passwords are the lists of whole passwords.
	Passwords []PasswordList
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
	Text string // UTF-8, folded by New; letters and digits
	// Rank is the term's place by popularity, from 1. 0 marks an
	// organization's own term, among an attacker's first guesses.
	Rank uint32
}

// PasswordList is a named list of whole passwords.
type PasswordList struct {
	Name string
	Set  PasswordSet
}

// PasswordSet answers whether a folded password is on a list. Lookup must not
// allocate, keep the slice or change it, and must be safe for concurrent use.
type PasswordSet interface {
	// Lookup reports whether folded, as made by AppendFold, is in the set, and
	// the binary logarithm of its rank by popularity, rounded down.
	Lookup(folded []byte) (log2Rank uint8, ok bool)
}

// Engine checks passwords. It is immutable and safe for concurrent use.
type Engine struct {
	snapshot string
	policies []Policy
}

// New builds an Engine. It fails with a *ConfigError that names the field.
func New(c Config) (*Engine, error) {
	e := &Engine{snapshot: c.Snapshot, policies: c.Policies}
	return e, nil
}

// Policy returns the index-th policy's name, or "" past the last one.
func (e *Engine) Policy(index int) string {
	if index >= len(e.policies) {
		return ""
	}
	return e.policies[index].Name
}

// HasPolicy reports whether a subject may name the policy; the empty name
// stands for the first one.
func (e *Engine) HasPolicy(name string) bool {
	return name == ""
}

// Check decides whether password may be used by the subject.
func (e *Engine) Check(password []byte, s Subject) Verdict {
	return Verdict{}
}

// Explain is Check with recording on.
func (e *Engine) Explain(password []byte, s Subject) Explanation {
	return Explanation{}
}

// AppendFold appends the folded form of text to dst.
func AppendFold(dst, text []byte) []byte {
	return append(dst, text...)
}

const bit = 64

const classCount = 5
