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
	for _, part := range []struct {
		bucket []byte
		verify func(*bolt.Bucket) error
	}{
		{bucketLists, verifyList}, {bucketChanges, verifyRecords}, {bucketDeltas, verifyRecords}, {bucketVersions, verifyRecords},
	} {
		all := tx.Bucket(part.bucket)
		err := all.ForEachBucket(func(name []byte) error { return part.verify(all.Bucket(name)) })
		if err != nil {
			return err
		}
	}
	if err := verifyRecords(tx.Bucket(bucketPolicies)); err != nil {
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

func verifyList(list *bolt.Bucket) error {
	info, err := readInfo(list)
	if err != nil {
		return err
	}
	entries := list.Bucket(bucketEntries)
	if entries == nil {
		return corrupt("a list has no entries")
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
		return corrupt("a list has %d entries instead of %d", n, info.Entries)
	}
	return err
}

func verifyRecords(b *bolt.Bucket) error {
	return b.ForEach(func(key, sealed []byte) error {
		_, err := unseal(key, sealed)
		return err
	})
}
