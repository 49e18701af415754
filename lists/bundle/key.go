package bundle

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

const maxKeyBytes = 1 << 16

// GenerateKey returns a new Ed25519 key pair as text (the encoding of
// golang.org/x/mod/sumdb/note). The name, such as that of the organization, is
// part of the key and stands in every signature: no spaces, no plus.
func GenerateKey(name string) (private, public string, err error) {
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '+' || r > '~' }) {
		return "", "", fmt.Errorf("%w: the name must be 1 to %d characters of ASCII without spaces and plus", ErrKey, maxName)
	}
	return note.GenerateKey(rand.Reader, name)
}

// Keys are the public keys that are trusted. The zero value trusts none.
type Keys struct{ all []note.Verifier }

// ParseKeys reads public keys, one a line; empty lines and lines that start with
// # are skipped. The error wraps ErrKey.
func ParseKeys(text []byte) (Keys, error) {
	var keys Keys
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if bytes.HasPrefix(line, []byte("PRIVATE+")) {
			return Keys{}, fmt.Errorf("%w: this is a private key; the public one is in the file that ends with .pub", ErrKey)
		}
		v, err := note.NewVerifier(string(line))
		if err != nil {
			return Keys{}, fmt.Errorf("%w: no public key of veto keygen: %w", ErrKey, err)
		}
		keys.add(v)
	}
	if len(keys.all) == 0 {
		return Keys{}, fmt.Errorf("%w: no public key in it", ErrKey)
	}
	return keys, nil
}

// OpenKeys is ParseKeys of all the files.
func OpenKeys(paths ...string) (Keys, error) {
	var all Keys
	for _, path := range paths {
		text, err := readLimited(path, maxKeyBytes)
		if err != nil {
			return Keys{}, fmt.Errorf("bundle: key: %w", err)
		}
		keys, err := ParseKeys(text)
		if err != nil {
			return Keys{}, fmt.Errorf("bundle: key: %s: %w", path, err)
		}
		for _, v := range keys.all {
			all.add(v)
		}
	}
	return all, nil
}

// add adds a key unless it is there.
func (k *Keys) add(v note.Verifier) {
	for _, known := range k.all {
		if known.Name() == v.Name() && known.KeyHash() == v.KeyHash() {
			return
		}
	}
	k.all = append(k.all, v)
}

// IDs returns what the keys are called: name and eight digits.
func (k Keys) IDs() (ids []string) {
	for _, v := range k.all {
		ids = append(ids, keyID(v.Name(), v.KeyHash()))
	}
	return ids
}

func keyID(name string, hash uint32) string { return fmt.Sprintf("%s+%08x", name, hash) }

func (k Keys) verifiers() note.Verifiers { return note.VerifierList(k.all...) }

// SigningKey is a private key.
type SigningKey struct {
	signer note.Signer
	public Keys
}

// ParseSigningKey reads a private key. The error wraps ErrKey and does not hold
// any of it.
func ParseSigningKey(text []byte) (*SigningKey, error) {
	invalid := fmt.Errorf("%w: no private key of veto keygen", ErrKey)
	encoded := string(bytes.TrimSpace(text))
	signer, err := note.NewSigner(encoded)
	if err != nil {
		if _, err := ParseKeys(text); err == nil {
			return nil, fmt.Errorf("%w: this is a public key; the private one is in the file without .pub", ErrKey)
		}
		return nil, invalid
	}
	part := strings.SplitN(encoded, "+", 5) // PRIVATE, KEY, name, hash, and algorithm with seed
	seed, err := base64.StdEncoding.DecodeString(part[4])
	if err != nil {
		return nil, invalid
	}
	defer clear(seed)
	public, _ := ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey)
	line, err := note.NewEd25519VerifierKey(signer.Name(), public)
	if err != nil {
		return nil, invalid
	}
	k := &SigningKey{signer: signer}
	k.public, err = ParseKeys([]byte(line))
	return k, err
}

// OpenSigningKey reads the private key in a file that nobody else may read.
func OpenSigningKey(path string) (*SigningKey, error) {
	text, err := readLimited(path, maxKeyBytes)
	if err != nil {
		return nil, fmt.Errorf("bundle: key: %w", err)
	}
	defer clear(text)
	key, err := ParseSigningKey(text)
	if err != nil {
		return nil, fmt.Errorf("bundle: key: %s: %w", path, err)
	}
	stat, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("bundle: key: %w", err)
	}
	if runtime.GOOS != "windows" && stat.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("bundle: key: %s: %w: others may read it; run: chmod 600", path, ErrKey)
	}
	return key, nil
}

// ID returns what the key is called, as Keys.IDs does.
func (k *SigningKey) ID() string { return keyID(k.signer.Name(), k.signer.KeyHash()) }

// readLimited reads a file that is not larger than limit.
func readLimited(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, limit)
}

// readManifest reads the signed manifest in a folder.
func readManifest(dir string) ([]byte, error) {
	f, err := openRegular(filepath.Join(dir, ManifestName))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, MaxManifestBytes)
}

// readAll reads a file that is not larger than limit.
func readAll(f *os.File, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = errors.New("file too large")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	return data, nil
}
