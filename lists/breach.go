package lists

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/filter"
)

// BreachPrefix starts the names of breach corpora.
const BreachPrefix = "breached/"

// ErrNoBase is wrapped by the error about an overlay without the index that it
// belongs on.
var ErrNoBase = errors.New("overlay on a breach index that is not given")

// Breach is a breach corpus: an index and the overlays on it.
type Breach struct {
	Name  string // such as "breached/hibp"
	Chain *filter.Chain
}

// OpenBreaches opens index files, given in any order: each overlay goes on the
// file that it names. A corpus is called after the file of its base; the
// corpora are in the order of those. Errors name the file and wrap ErrNoBase, ErrName
// or those of package filter.
func OpenBreaches(paths ...string) ([]Breach, error) {
	var bases, overlays []indexFile
	for _, path := range paths {
		set, err := filter.Open(path)
		if err != nil {
			return nil, fmt.Errorf("lists: %w", err)
		}
		f := indexFile{path, set, set.Info()}
		if f.info.Base == (filter.ID{}) {
			bases = append(bases, f)
		} else {
			overlays = append(overlays, f)
		}
	}
	var breaches []Breach
	names := map[string]string{}
	for _, base := range bases {
		name := BreachPrefix + FileName(base.path)
		if other, twice := names[name]; twice {
			return nil, fmt.Errorf("lists: %s and %s are both %q: %w; rename one of the files", other, base.path, name, ErrName)
		}
		names[name] = base.path
		sets := []*filter.Set{base.set}
		for tip := base; ; {
			i := slices.IndexFunc(overlays, func(o indexFile) bool { return o.info.Base == tip.info.ID })
			if i < 0 {
				break
			}
			tip = overlays[i]
			overlays = slices.Delete(overlays, i, i+1)
			sets = append(sets, tip.set)
		}
		chain, err := filter.NewChain(sets...)
		if err != nil {
			return nil, fmt.Errorf("lists: %s: %w", base.path, err)
		}
		breaches = append(breaches, Breach{name, chain})
	}
	if len(overlays) > 0 {
		o := overlays[0]
		return nil, fmt.Errorf("lists: %s: %w: give the file with id %s too", o.path, ErrNoBase, o.info.Base)
	}
	return breaches, nil
}

// indexFile is an open file.
type indexFile struct {
	path string
	set  *filter.Set
	info filter.Info
}

// Ranges reports whether the corpus keeps what its Range needs.
func (b Breach) Ranges() bool { return b.Chain.Infos()[0].Ranges }

// Digest returns the SHA-256 over the ids of the files, base first.
func (b Breach) Digest() (sum [sha256.Size]byte) {
	var ids []byte
	for _, info := range b.Chain.Infos() {
		ids = append(ids, info.ID[:]...)
	}
	return sha256.Sum256(ids)
}

// Err returns why one of the breach corpora cannot tell any more what is absent,
// or nil. Once not nil, it stays so.
func (s *Snapshot) Err() error {
	for _, b := range s.Breaches {
		if err := b.Chain.Err(); err != nil {
			return fmt.Errorf("lists: %s: %w", b.Name, err)
		}
	}
	return nil
}

// addBreaches adds the corpora in the order given.
func (b *builder) addBreaches(breaches []Breach) error {
	for i, breach := range breaches {
		same := func(other Breach) bool { return other.Name == breach.Name }
		if breach.Name == "" || slices.ContainsFunc(breaches[:i], same) {
			return fmt.Errorf("lists: breach index %q: %w", breach.Name, ErrName)
		}
		kind := engine.HashKind(breach.Chain.Kind()) // both number them alike
		b.config.Breaches = append(b.config.Breaches, engine.BreachList{Name: breach.Name, Kind: kind, Set: breach.Chain})
		b.add(breach.Name, kind.String(), int(breach.Chain.Keys()), breach.Digest())
	}
	return nil
}
