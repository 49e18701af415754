package engine

import "errors"

// MaxAmended is the largest number of terms that engines amend one another by;
// a check costs more with each.
const MaxAmended = 100_000

// ErrRebuild is wrapped by the errors about changes that only New can make.
var ErrRebuild = errors.New("engine: must be built anew")

// Delta is a change of one list of terms: Drop first, then Remove, then Add.
type Delta struct {
	// List is the name of the list. A list that the engine does not have begins
	// empty, behind the others; of several with one name all are meant, and what
	// is added goes to the first.
	List string
	// Drop removes the list with all its terms.
	Drop bool
	// Remove are terms to be removed: all of the list that fold to the same text
	// and have the same Match, whatever their Rank and Ban. Those that the list
	// does not have are ignored.
	Remove []Term
	// Add are terms to be added, also if the list has them.
	Add []Term
}

// Amend returns an engine with a new snapshot id and the deltas made one after
// another; e stays as it is. It decides like one that New builds of the same
// lists, policies and other content. It takes time and memory by the terms that
// were added and removed since New, not by all terms: the two engines share what
// New made.
//
// It fails with a *ConfigError, whose field begins with the delta such as
// "Deltas[0].Add[2].Text", or one that wraps ErrRebuild if Amended would be
// larger than MaxAmended or there would be more than 65,535 lists.
func (e *Engine) Amend(snapshot string, deltas ...Delta) (*Engine, error) {
	return nil, errors.New("engine: not yet")
}

// Amended returns the number of terms that were added and removed since New, a
// list dropped counting as one: at some thousands it is time to build the engine
// anew.
func (e *Engine) Amended() int { return 0 }

// Reconfigure returns an engine with all of c but its terms, which must be nil:
// it has the terms of e, and shares what was made of them. It is Amend for
// policies, password lists and breach corpora.
//
// It fails like New, or with an error that wraps ErrRebuild if a policy needs
// what e has not indexed: the profile Default or RefuseNear, if no policy of e had it.
func (e *Engine) Reconfigure(c Config) (*Engine, error) {
	return nil, errors.New("engine: not yet")
}
