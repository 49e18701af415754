package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"
)

// verify reads everything once: the pages of the file, checksums, order and numbers
// of entries.
func verify(tx *bolt.Tx) error {
	if err := verifyPages(tx); err != nil {
		return err
	}
	b := tx.Bucket(bucketFormat)
	if b == nil || string(b.Get(bucketFormat)) != format {
		return corrupt("its format is not %q", format)
	}
	for _, name := range [][]byte{bucketLists, bucketChanges, bucketDeltas, bucketPolicies, bucketVersions} {
		if tx.Bucket(name) == nil {
			return corrupt("%s are missing", name)
		}
	}
	if err := verifyLists(tx); err != nil {
		return err
	}
	if err := verifyPolicies(tx); err != nil {
		return err
	}
	var failed error
	for err := range tx.Check() { // to its end: it sends to the channel
		if failed == nil {
			failed = corrupt("%v", err)
		}
	}
	return failed
}

// verifyLists checks the lists, their changes and what these changed.
func verifyLists(tx *bolt.Tx) error {
	lists, deltas := tx.Bucket(bucketLists), tx.Bucket(bucketDeltas)
	current := map[string]uint64{}
	if err := lists.ForEachBucket(func(name []byte) error {
		info, err := verifyList(lists.Bucket(name))
		if err == nil && info.Name != string(name) {
			err = corrupt("a list has the name of another")
		}
		current[info.Name] = info.Revision
		return err
	}); err != nil {
		return err
	}
	return verifyHistories(tx.Bucket(bucketChanges), current, func(name, key, sealed []byte) (version, error) {
		var r record
		if err := get(key, sealed, &r); err != nil {
			return version{}, err
		}
		b := deltas.Bucket(name)
		if b == nil {
			return version{}, corrupt("what a list changed is missing")
		}
		_, err := unseal(key, b.Get(key))
		return version{r.List, r.Action, r.Revision, r.Before}, err
	})
}

// verifyPolicies checks the policies and their versions.
func verifyPolicies(tx *bolt.Tx) error {
	current := map[string]uint64{}
	read := func(key, sealed []byte) (version, error) {
		var p Policy
		err := get(key, sealed, &p)
		return version{p.Name, p.Action, p.Revision, p.Before}, err
	}
	if err := tx.Bucket(bucketPolicies).ForEach(func(name, sealed []byte) error {
		v, err := read(name, sealed)
		if err == nil && v.name != string(name) {
			err = corrupt("a policy has the name of another")
		}
		current[v.name] = v.revision
		return err
	}); err != nil {
		return err
	}
	return verifyHistories(tx.Bucket(bucketVersions), current, func(_, key, sealed []byte) (version, error) { return read(key, sealed) })
}

// version is what the history of a list or policy tells of a change.
type version struct {
	name             string
	action           Action
	revision, before uint64
}

// verifyHistories checks that each history has no gap and ends with what there is
// now: current are the revisions by name.
func verifyHistories(all *bolt.Bucket, current map[string]uint64, read func(name, key, sealed []byte) (version, error)) error {
	err := all.ForEachBucket(func(name []byte) error {
		var last version
		if err := all.Bucket(name).ForEach(func(key, sealed []byte) error {
			v, err := read(name, key, sealed)
			if err != nil {
				return err
			}
			if v.name != string(name) || !bytes.Equal(key, revisionKey(v.revision)) {
				return corrupt("a change is that of another list or policy")
			}
			if last.name != "" && v.before != last.result() {
				return corrupt("changes are missing")
			}
			last = v
			return nil
		}); err != nil {
			return err
		}
		if now := current[string(name)]; now != last.result() {
			return corrupt("the last change is revision %d instead of %d", last.result(), now)
		}
		delete(current, string(name))
		return nil
	})
	if err == nil && len(current) > 0 {
		err = corrupt("%d lists or policies have no history", len(current))
	}
	return err
}

// result is the revision that holds after it.
func (v *version) result() uint64 {
	if v.action == Deleted {
		return None
	}
	return v.revision
}

func verifyList(list *bolt.Bucket) (Info, error) {
	info, err := readInfo(list)
	if err != nil {
		return info, err
	}
	entries := list.Bucket(bucketEntries)
	if entries == nil {
		return info, corrupt("a list has no entries")
	}
	n := 0
	var last []byte
	err = entries.ForEach(func(key, sealed []byte) error {
		if n++; bytes.Compare(last, key) >= 0 {
			return corrupt("entries are not in order")
		}
		last = key
		_, err := unseal(key, sealed)
		return err
	})
	if err == nil && n != info.Entries {
		err = corrupt("a list has %d entries instead of %d", n, info.Entries)
	}
	return info, err
}
