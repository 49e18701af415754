package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Policies is that of Store.
func (s *File) Policies(ctx context.Context) (all []Policy, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		all = nil
		return tx.Bucket(bucketPolicies).ForEach(func(name, sealed []byte) error {
			var p Policy
			err := get(name, sealed, &p)
			all = append(all, p)
			return err
		})
	})
	return all, err
}

// Policy is that of Store.
func (s *File) Policy(ctx context.Context, name string, revision uint64) (p Policy, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		p, err = readPolicy(tx, name, revision)
		return err
	})
	return p, policyNamed(name, err)
}

// readPolicy reads a version that is not that of a deletion.
func readPolicy(tx *bolt.Tx, name string, revision uint64) (p Policy, err error) {
	b, key := tx.Bucket(bucketPolicies), []byte(name)
	if revision != 0 {
		b, key = tx.Bucket(bucketVersions).Bucket([]byte(name)), revisionKey(revision)
	}
	if b == nil || b.Get(key) == nil {
		return p, ErrNotFound
	}
	if err := get(key, b.Get(key), &p); err != nil {
		return p, err
	}
	if p.Document == nil {
		return p, ErrNotFound
	}
	return p, nil
}

func policyNamed(name string, err error) error {
	if err != nil {
		return fmt.Errorf("policy %q: %w", name, err)
	}
	return nil
}

// PolicyHistory is that of Store.
func (s *File) PolicyHistory(ctx context.Context, name string, before uint64, limit int) (all []Policy, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		return descend(tx.Bucket(bucketVersions).Bucket([]byte(name)), before, limit, func(key, sealed []byte) error {
			var p Policy
			err := get(key, sealed, &p)
			all = append(all, p)
			return err
		})
	})
	return all, policyNamed(name, err)
}

// EditPolicy is that of Store.
func (s *File) EditPolicy(ctx context.Context, d PolicyDraft, confirm func(Policy) error) (p Policy, err error) {
	if err := d.check(); err != nil {
		return p, policyNamed(d.Name, err)
	}
	err = s.update(ctx, func(tx *bolt.Tx) error {
		p, err = s.editPolicy(tx, d, confirm)
		return err
	})
	if err != nil {
		return Policy{}, policyNamed(d.Name, err)
	}
	return p, nil
}

func (d *PolicyDraft) check() error {
	switch {
	case !validName(d.Name):
		return ErrName
	case len(d.Document) > MaxPolicy:
		return fmt.Errorf("%w: document is larger than %d KiB", ErrInvalid, MaxPolicy>>10)
	case d.Document != nil && d.Restore != 0:
		return fmt.Errorf("%w: restore and a document exclude each other", ErrInvalid)
	}
	return checkActor(d.Actor)
}

func (s *File) editPolicy(tx *bolt.Tx, d PolicyDraft, confirm func(Policy) error) (p Policy, err error) {
	now, err := readPolicy(tx, d.Name, 0)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return p, err
	}
	if err := checkBase(d.Name, d.Base, now.Revision); err != nil {
		return p, err
	}
	p = Policy{Name: d.Name, Document: d.Document, Action: Edited, Before: now.Revision, Time: s.options.Now().UTC(), Actor: d.Actor}
	switch {
	case d.Restore != 0:
		then, err := readPolicy(tx, d.Name, d.Restore)
		if errors.Is(err, ErrNotFound) {
			err = ErrRevision
		}
		if err != nil {
			return p, fmt.Errorf("%w: %d", err, d.Restore)
		}
		p.Action, p.Document = Restored, then.Document
	case d.Document == nil:
		p.Action = Deleted
	case now.Revision == None:
		p.Action = Created
	}
	if d.Document == nil && d.Restore == 0 && now.Revision == None {
		return p, ErrNotFound
	}
	if now.Revision != None && p.Document != nil && string(p.Document) == string(now.Document) {
		p.Revision = now.Revision
		return p, nil
	}
	if p.Revision, err = nextRevision(tx); err != nil {
		return p, err
	}
	if confirm != nil {
		if err := confirm(p); err != nil {
			return p, err
		}
	}
	return p, s.writePolicy(tx, p)
}

func (s *File) writePolicy(tx *bolt.Tx, p Policy) error {
	b, name := tx.Bucket(bucketPolicies), []byte(p.Name)
	var err error
	if p.Document == nil {
		err = b.Delete(name)
	} else {
		err = put(b, name, p)
	}
	if err != nil {
		return err
	}
	if err := s.makeRoom(tx.Bucket(bucketVersions), name); err != nil {
		return err
	}
	versions, err := tx.Bucket(bucketVersions).CreateBucketIfNotExists(name)
	if err != nil {
		return err
	}
	if err := put(versions, revisionKey(p.Revision), p); err != nil {
		return err
	}
	return s.trim(MaxVersions, versions)
}

// makeRoom removes the history of the policy that was deleted first, if there are
// too many for one more of that name.
func (s *File) makeRoom(all *bolt.Bucket, name []byte) error {
	if all.Bucket(name) != nil {
		return nil
	}
	n := 0
	var oldest []byte
	var since uint64
	err := all.ForEachBucket(func(name []byte) error {
		n++
		key, sealed := all.Bucket(name).Cursor().Last()
		var p Policy
		if err := get(key, sealed, &p); err != nil {
			return err
		}
		if p.Document == nil && (oldest == nil || p.Revision < since) {
			oldest, since = bytes.Clone(name), p.Revision
		}
		return nil
	})
	switch {
	case err != nil || n < MaxPolicies:
		return err
	case oldest == nil:
		return fmt.Errorf("%w: there are %d policies, the most that are stored", ErrInvalid, MaxPolicies)
	}
	return all.DeleteBucket(oldest)
}
