package lists

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"slices"

	"github.com/vetopw/veto/engine"
)

// Names of lists. A custom list is called CustomPrefix and its own name.
const (
	GlobalTermsName      = "global"
	GlobalPasswordsName  = "global/passwords"
	GlobalCharactersName = "global/characters" // what single characters cost
	CustomPrefix         = "custom/"
)

// ErrName is wrapped by the error about a custom list or breach corpus whose
// name is missing or used twice.
var ErrName = errors.New("list names must be unique and not empty")

// Options says what a snapshot holds. The zero value holds the global lists
// and the default policies.
type Options struct {
	// NoGlobal leaves the global terms and passwords out; what single
	// characters cost stays.
	NoGlobal bool
	// Custom are the organization's lists, in any order. "custom/" is put
	// before each name that does not start with it.
	Custom []engine.TermList
	// Breaches are breach corpora with different names.
	Breaches []Breach
	// Policies are the policies, the first for subjects that name none. None
	// at all means engine.DefaultPolicy and engine.EntraPolicy.
	Policies []engine.Policy
}

// Snapshot is one immutable state of all lists and policies, ready for checks.
type Snapshot struct {
	// ID is "sha256:" and the hexadecimal SHA-256 over the digests of all lists
	// and the policies: equal inputs have equal ids on every machine.
	ID     string
	Engine *engine.Engine
	Lists  []Info // global lists first, then custom ones by name, then breach corpora
	// Breaches are those of the Options.
	Breaches []Breach

	config engine.Config       // of the engine, without terms
	sets   map[string]*termSet // of the custom lists
}

// Info describes a list of a snapshot.
type Info struct {
	Name    string // such as "global" or "custom/company"
	Kind    string // "terms", "passwords", "characters", "sha1" or "ntlm"
	Entries int
	// Digest is "sha256:" and hexadecimal: of the file for embedded terms and
	// characters, of a password file's body as its header states it, for custom
	// lists of the terms, whatever their order, and for breach corpora of the
	// ids of their files.
	Digest string
}

// Build loads what o asks for and builds the engine. It fails with an error
// that wraps ErrName, ErrCorrupt or an *engine.ConfigError. It keeps nothing of
// o.
func Build(o Options) (*Snapshot, error) {
	var b builder
	if err := b.addGlobal(o.NoGlobal); err != nil {
		return nil, err
	}
	if err := b.addCustom(o.Custom); err != nil {
		return nil, err
	}
	if err := b.addBreaches(o.Breaches); err != nil {
		return nil, err
	}
	b.config.Policies = slices.Clone(o.Policies)
	if len(o.Policies) == 0 {
		b.config.Policies = []engine.Policy{engine.DefaultPolicy(), engine.EntraPolicy()}
	}
	id, err := snapshotID(b.infos, b.config.Policies)
	if err != nil {
		return nil, err
	}
	b.config.Snapshot = id
	config := b.config
	b.config.Terms = nil // so that they can go while the engine is made of them
	s := &Snapshot{ID: id, Lists: b.infos, Breaches: slices.Clone(o.Breaches), config: b.config, sets: b.sets}
	if s.Engine, err = engine.New(config); err != nil {
		return nil, fmt.Errorf("lists: build snapshot: %w", err)
	}
	return s, nil
}

type builder struct {
	config engine.Config
	infos  []Info
	sets   map[string]*termSet
}

func (b *builder) addGlobal(noLists bool) error {
	chars, err := GlobalChars()
	if err != nil {
		return err
	}
	b.config.Chars = chars
	b.add(GlobalCharactersName, "characters", len(globalChars), sha256.Sum256(globalChars))
	if noLists {
		return nil
	}
	set, err := GlobalPasswords()
	if err != nil {
		return err
	}
	terms := engine.TermList{Name: GlobalTermsName, Terms: GlobalTerms()}
	b.config.Terms = append(b.config.Terms, terms)
	b.add(terms.Name, "terms", len(terms.Terms), sha256.Sum256([]byte(globalTerms)))
	b.config.Passwords = append(b.config.Passwords, engine.PasswordList{Name: GlobalPasswordsName, Set: set})
	b.add(GlobalPasswordsName, "passwords", set.Len(), set.Digest())
	return nil
}

func (b *builder) addCustom(custom []engine.TermList) error {
	b.sets = map[string]*termSet{}
	first := len(b.config.Terms)
	for i, l := range custom {
		if l.Name = CustomName(l.Name); l.Name == CustomPrefix {
			return fmt.Errorf("lists: custom list %d: %w", i, ErrName)
		}
		if b.sets[l.Name] != nil {
			return fmt.Errorf("lists: list %q: %w", l.Name, ErrName)
		}
		b.config.Terms = append(b.config.Terms, l)
		b.sets[l.Name] = (*termSet)(nil).with(l.Terms, nil)
	}
	slices.SortFunc(b.config.Terms[first:], func(x, y engine.TermList) int { return cmp.Compare(x.Name, y.Name) })
	b.infos = append(b.infos, customInfos(b.sets)...)
	return nil
}

func (b *builder) add(name, kind string, entries int, digest [sha256.Size]byte) {
	b.infos = append(b.infos, Info{name, kind, entries, digestPrefix + hex.EncodeToString(digest[:])})
}

const digestPrefix = "sha256:"

// snapshotID hashes, field by field with its length, name, kind and digest of
// every list, then every policy as JSON in the order given.
func snapshotID(infos []Info, policies []engine.Policy) (string, error) {
	h := sha256.New()
	writeField(h, "veto snapshot 2")
	for _, i := range infos {
		writeField(h, i.Name, i.Kind, i.Digest)
	}
	for _, p := range policies {
		text, err := json.Marshal(p)
		if err != nil {
			return "", fmt.Errorf("lists: policy %q: %w", p.Name, err)
		}
		writeField(h, "policy", string(text))
	}
	return digestPrefix + hex.EncodeToString(h.Sum(nil)), nil
}

func writeField(h hash.Hash, fields ...string) {
	for _, f := range fields {
		h.Write(appendField(nil, f)) // a hash never fails
	}
}

func appendField(dst []byte, field string) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(field)))
	return append(dst, field...)
}
