package client

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/vetopw/veto/remote"
)

// prefixDigits is how many digits of a digest a server gets to see.
const prefixDigits = 5

// maxRange bounds the answer to a range: some 1,000 rows of 45 bytes, and more in
// larger corpora.
const maxRange = 16 << 20

// Breached returns how often at least a password was found in breaches, 0 if it is
// not known, by the range protocol of Have I Been Pwned: the server sees the first
// five digits of its SHA-1 and none of the rest, as one row of hundreds answers. The
// answer is padded, so that its length tells nothing either. It fails with a *Problem
// of status 501 if the server has no corpus of full digests. Breached does not keep
// the password.
func (c *Client) Breached(ctx context.Context, password []byte) (int, error) {
	sum := sha1.Sum(password)
	digits := bytes.ToUpper(hex.AppendEncode(nil, sum[:]))
	defer clear(digits)
	clear(sum[:])
	return c.Range(ctx, digits)
}

// Range is Breached for who has the digest: all hexadecimal digits, in either case,
// of a SHA-1, or of an NT hash, which has 32.
func (c *Client) Range(ctx context.Context, digest []byte) (count int, err error) {
	const bytesNT = 16
	var raw [sha1.Size]byte
	defer clear(raw[:])
	n, err := hex.Decode(raw[:min(len(digest)/2, sha1.Size)], digest[:min(len(digest), 2*sha1.Size)])
	if err != nil || 2*n != len(digest) || n != sha1.Size && n != bytesNT {
		return 0, errors.New("a digest has 40 hexadecimal digits, an NT hash 32")
	}
	path := "/range/" + string(digest[:prefixDigits])
	if n == bytesNT {
		path += "?mode=ntlm"
	}
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	answer, err := c.Do(ctx, remote.Request{Path: path, Header: http.Header{"Add-Padding": {"true"}}})
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	rows := bufio.NewScanner(http.MaxBytesReader(nil, answer.Body, maxRange))
	for rows.Scan() {
		suffix, number, ok := bytes.Cut(rows.Bytes(), []byte(":"))
		if !ok || !bytes.EqualFold(suffix, digest[prefixDigits:]) {
			continue
		}
		if count, err = strconv.Atoi(string(number)); err != nil || count < 0 {
			return 0, errors.New("the answer is not a range of digests: is this the address of veto serve?")
		}
		return count, nil
	}
	if err := rows.Err(); err != nil {
		return 0, fmt.Errorf("the answer ends too early: %w", err)
	}
	return 0, nil
}
