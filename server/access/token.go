package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"math/big"
	"slices"
	"strings"
	"time"
)

// A token is "veto_", 32 random bytes as 43 digits of base 62, and the CRC-32
// (IEEE) of these digits as six more. By prefix and checksum scanners for leaked
// secrets find it without guessing.
const (
	tokenPrefix = "veto_"
	randomChars = 43
	sumChars    = 6
	tokenChars  = len(tokenPrefix) + randomChars + sumChars
)

const digits62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newToken draws a token.
func newToken() []byte {
	var random [32]byte
	rand.Read(random[:])
	token := appendBase62([]byte(tokenPrefix), new(big.Int).SetBytes(random[:]), randomChars)
	sum := crc32.ChecksumIEEE(token[len(tokenPrefix):])
	return appendBase62(token, new(big.Int).SetUint64(uint64(sum)), sumChars)
}

// appendBase62 appends n in so many digits, the highest first.
func appendBase62(dst []byte, n *big.Int, width int) []byte {
	at := len(dst)
	for base, digit := big.NewInt(int64(len(digits62))), new(big.Int); len(dst) < at+width; {
		n.DivMod(n, base, digit)
		dst = append(dst, digits62[digit.Int64()])
	}
	slices.Reverse(dst[at:])
	return dst
}

// LooksLikeToken reports whether text has the form of a token, the checksum
// included.
func LooksLikeToken(text string) bool {
	body, ok := strings.CutPrefix(text, tokenPrefix)
	if !ok || len(text) != tokenChars {
		return false
	}
	sum := crc32.ChecksumIEEE([]byte(body[:randomChars]))
	return string(appendBase62(nil, new(big.Int).SetUint64(uint64(sum)), sumChars)) == body[randomChars:]
}

// Digest is the SHA-256 of a token, all that is kept of it. As a token has 256
// random bits, a slow hash would protect it no better.
type Digest [sha256.Size]byte

// MarshalText returns the digest in hexadecimal digits.
func (d Digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

// UnmarshalText reads hexadecimal digits.
func (d *Digest) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(d)) {
		return errDigest
	}
	if _, err := hex.Decode(d[:], text); err != nil {
		return errDigest
	}
	return nil
}

var errDigest = errors.New("sha256 must have 64 hexadecimal digits")

// Token is what the file of tokens has about one, without the token.
type Token struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Digest   Digest    `json:"sha256"`
	Scopes   []string  `json:"scopes"`
	Policies []string  `json:"policies,omitempty"` // it may ask for, the first where a request names none; none: all
	Rate     int       `json:"rate,omitempty"`     // passwords a second; 0: that of the configuration
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires,omitzero"` // zero: never
	Revoked  time.Time `json:"revoked,omitzero"` // zero: not
}

// NewToken draws a token for t, whose name, scopes, policies, rate and expiry are
// given, and fills in the rest. The secret is told here only. It fails for what
// the file would not take.
func NewToken(t Token, now time.Time) (Token, []byte, error) {
	secret := newToken()
	var id [6]byte
	rand.Read(id[:])
	t.ID, t.Digest, t.Created = hex.EncodeToString(id[:]), sha256.Sum256(secret), now.UTC().Truncate(time.Second)
	if err := t.valid(); err != nil {
		return Token{}, nil, err
	}
	return t, secret, nil
}

// State returns "valid", "expired" or "revoked".
func (t *Token) State(now time.Time) string {
	switch {
	case !t.Revoked.IsZero():
		return "revoked"
	case !t.Expires.IsZero() && !now.Before(t.Expires):
		return "expired"
	}
	return "valid"
}

// Bounds of a token's members.
const (
	maxName = 64
	maxRate = 1_000_000
)

// valid tells what is wrong with a token. Values are not repeated: a secret may
// stand in the wrong place.
func (t *Token) valid() error {
	if err := validName(t.Name); err != nil {
		return err
	}
	if err := validName(t.ID); err != nil {
		return fmt.Errorf("id: %w", err)
	}
	if t.Digest == (Digest{}) {
		return errDigest
	}
	if t.Rate < 0 || t.Rate > maxRate {
		return fmt.Errorf("rate must be from 0 to %d", maxRate)
	}
	_, err := ParseScopes(t.Scopes...)
	return err
}

// validName refuses what does not stand well in logs.
func validName(name string) error {
	plain := strings.Trim(name, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-") == ""
	if name == "" || len(name) > maxName || !plain || strings.HasPrefix(name, tokenPrefix) {
		return fmt.Errorf("a name has up to %d letters, digits, dots, hyphens and underscores, and does not begin with %s", maxName, tokenPrefix)
	}
	return nil
}
