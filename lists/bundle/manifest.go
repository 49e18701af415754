package bundle

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// The limits of a bundle.
const (
	MaxManifestBytes = 1_000_000 // of a signed manifest
	MaxFiles         = 1000
	MaxFileBytes     = 1 << 40
	maxName          = 128
)

// Where a manifest and the files lie in the folder of a bundle.
const (
	ManifestName = "manifest"
	filesFolder  = "files"
)

// Kind is what a file is used as.
type Kind uint8

// The kinds of files.
const (
	Terms    Kind = 1 + iota // a plain list of words
	Policy                   // a configuration, or a part of one
	Breached                 // a compiled breach index
)

var kinds = [...]string{Terms: "terms", Policy: "policy", Breached: "breached"}

// String returns the word of the manifest.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return ""
}

// MarshalText returns the word of the manifest.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Digest is the SHA-256 of a file.
type Digest [32]byte

// String returns 64 hexadecimal digits in lower case.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText returns the text of String.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// ParseDigest is the inverse of String.
func ParseDigest(text string) (d Digest, ok bool) {
	n, err := hex.Decode(d[:], []byte(text[:min(len(text), 2*len(d))]))
	return d, err == nil && n == len(d) && d.String() == text
}

// File is one file of a bundle.
type File struct {
	Name   string `json:"name"`
	Kind   Kind   `json:"kind"`
	Bytes  int64  `json:"bytes"`
	Digest Digest `json:"sha256"`
}

// Path returns where the file is in the folder of a bundle, with slashes.
func (f File) Path() string { return path.Join(filesFolder, f.Digest.String()) }

// Manifest is what a bundle holds.
type Manifest struct {
	Version uint64    `json:"version"` // from 1, ascending
	Created time.Time `json:"created"` // as the signer's clock had it; decides nothing
	Files   []File    `json:"files"`   // by name
	Signed  []string  `json:"signed"`  // ids of the trusted keys that signed it; empty if not verified
}

// Bytes returns the size of all files together.
func (m *Manifest) Bytes() (total int64) {
	for _, f := range m.Files {
		total += f.Bytes
	}
	return total
}

// ParseManifest verifies a signed manifest and reads it. The error wraps
// ErrSignature, ErrFormat or ErrVersion; nothing unsigned is read before.
func ParseManifest(signed []byte, keys Keys) (*Manifest, error) {
	if len(signed) > MaxManifestBytes {
		return nil, unusable(ErrFormat, "it is larger than %d bytes", MaxManifestBytes)
	}
	n, err := note.Open(signed, keys.verifiers())
	if unverified, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		var ids []string
		for _, s := range unverified.Note.UnverifiedSigs {
			ids = append(ids, keyID(s.Name, s.Hash))
		}
		return nil, unusable(ErrSignature, "its keys are %s", strings.Join(ids, ", "))
	}
	if err != nil {
		return nil, unusable(ErrSignature, "%v", err)
	}
	m, err := parseText(n.Text)
	if err != nil {
		return nil, err
	}
	for _, s := range n.Sigs {
		m.Signed = append(m.Signed, keyID(s.Name, s.Hash))
	}
	return m, nil
}

// PeekManifest reads a manifest without verifying who signed it: fit to be
// shown, never to be used.
func PeekManifest(signed []byte) (*Manifest, error) {
	_, err := note.Open(signed, nil)
	unverified, ok := errors.AsType[*note.UnverifiedNoteError](err)
	if !ok || len(signed) > MaxManifestBytes {
		return nil, unusable(ErrFormat, "it is no signed note")
	}
	return parseText(unverified.Note.Text)
}

func unusable(err error, format string, args ...any) error {
	return &FileError{ManifestName, err, fmt.Sprintf(format, args...)}
}

const formatLine = "veto bundle "

// parseText reads the text of a manifest; only what appendText writes passes.
func parseText(text string) (*Manifest, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	format, ok := strings.CutPrefix(lines[0], formatLine)
	if !ok {
		return nil, unusable(ErrFormat, "line 1: it must begin with %q", formatLine+"1")
	}
	if n, ok := parseNumber(format); ok && n > 1 {
		return nil, unusable(ErrVersion, "it has format %d, this program reads 1; update it", n)
	}
	m := new(Manifest)
	for i, line := range lines {
		if err := m.parseLine(i, line); err != nil {
			return nil, unusable(ErrFormat, "line %d: %v", i+1, err)
		}
	}
	if len(m.Files) == 0 {
		return nil, unusable(ErrFormat, "it names no file")
	}
	if err := m.check(); err != nil {
		return nil, unusable(ErrFormat, "%v", err)
	}
	if !bytes.Equal(m.appendText(nil), []byte(text)) {
		return nil, unusable(ErrFormat, "it is not written in the only way it can be")
	}
	return m, nil
}

func (m *Manifest) parseLine(i int, line string) error {
	var ok bool
	switch key, value, _ := strings.Cut(line, " "); {
	case i == 0:
		return nil // the caller has seen to it
	case i == 1 && key == "version":
		if m.Version, ok = parseNumber(value); !ok || m.Version == 0 {
			return errors.New("the version must be a number from 1")
		}
	case i == 2 && key == "created":
		var err error
		if m.Created, err = time.Parse(time.RFC3339, value); err != nil {
			return errors.New("the time must be like 2026-01-31T12:00:00Z")
		}
	case i > 2 && key == "file" && i < 3+MaxFiles:
		f, err := parseFile(value)
		m.Files = append(m.Files, f)
		return err
	default:
		return errors.New("it does not belong there")
	}
	return nil
}

func parseFile(text string) (f File, err error) {
	part := strings.Split(text, " ")
	if len(part) != 4 {
		return f, errors.New("a file has kind, size, digest and name")
	}
	kind := slices.Index(kinds[:], part[0])
	if kind < int(Terms) {
		return f, errors.New("the kind of the file is unknown; a newer version of the program may know it")
	}
	bytes, ok := parseNumber(part[1])
	if !ok || bytes > MaxFileBytes {
		return f, fmt.Errorf("the size must be a number up to %d", int64(MaxFileBytes))
	}
	f = File{Name: part[3], Kind: Kind(kind), Bytes: int64(bytes)}
	if f.Digest, ok = ParseDigest(part[2]); !ok {
		return f, errors.New("the digest must have 64 hexadecimal digits")
	}
	return f, nil
}

// parseNumber reads a decimal number without sign and leading zeros.
func parseNumber(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 63)
	return n, err == nil && strconv.FormatUint(n, 10) == text
}

// check refuses names that leave the folder, mean something else on another
// system, or are the same on one that ignores case, and files that are empty.
func (m *Manifest) check() error {
	seen := map[string]bool{ManifestName: true, refusedName: true}
	for i, f := range m.Files {
		if err := checkName(f.Name); err != nil {
			return err
		}
		if lower := strings.ToLower(f.Name); seen[lower] {
			return fmt.Errorf("the name %s is taken", f.Name)
		} else {
			seen[lower] = true
		}
		if i > 0 && m.Files[i-1].Name >= f.Name {
			return fmt.Errorf("the file %s stands behind a greater name", f.Name)
		}
		if f.Bytes == 0 {
			return fmt.Errorf("the file %s is empty", f.Name)
		}
	}
	return nil
}

var (
	nameForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_-])?$`)
	// devices are what Windows takes for devices, with any extension ("Naming
	// Files, Paths, and Namespaces", Microsoft, 2024).
	devices = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`)
)

func checkName(name string) error {
	if len(name) > maxName || !nameForm.MatchString(name) || devices.MatchString(name) {
		return fmt.Errorf("the name %.140q of a file: letters, digits, dots, hyphens and underscores only, at most %d, no path, no device of Windows", name, maxName)
	}
	return nil
}

// appendText appends the text that is signed.
func (m *Manifest) appendText(dst []byte) []byte {
	dst = fmt.Appendf(dst, "%s1\nversion %d\ncreated %s\n", formatLine, m.Version, m.Created.UTC().Format(time.RFC3339))
	for _, f := range m.Files {
		dst = fmt.Appendf(dst, "file %v %d %v %s\n", f.Kind, f.Bytes, f.Digest, f.Name)
	}
	return dst
}

// sign sorts the files and returns the signed manifest.
func (m *Manifest) sign(keys []*SigningKey) ([]byte, error) {
	slices.SortFunc(m.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	text := string(m.appendText(nil))
	if _, err := parseText(text); err != nil {
		return nil, err
	}
	var signers []note.Signer
	for _, k := range keys {
		signers = append(signers, k.signer)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signers...)
	if err == nil && len(signed) > MaxManifestBytes {
		err = unusable(ErrSize, "it is larger than %d bytes: too many files", MaxManifestBytes)
	}
	return signed, err
}
