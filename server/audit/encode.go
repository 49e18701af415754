package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"
	"time"

	"github.com/vetopw/veto/engine"
)

// timeFormat has a fixed width, so that times compare as text.
const timeFormat = "2006-01-02T15:04:05.000000Z"

// Accounts says how records name the account.
type Accounts uint8

// The ways to name the account. The zero value is the most private one that
// still tells records of one account from those of others.
const (
	Keyed Accounts = iota // as an HMAC-SHA-256 of the account in lower case
	Plain                 // as it is
	None                  // not at all
)

// encoder makes lines of records. It is used by one goroutine.
type encoder struct {
	accounts Accounts
	site     string
	mac      hash.Hash
	sum      [sha256.Size]byte
}

func newEncoder(accounts Accounts, key []byte, site string) *encoder {
	return &encoder{accounts: accounts, site: site, mac: hmac.New(sha256.New, key)}
}

// appendDecision appends d as one line.
func (e *encoder) appendDecision(dst []byte, d *Decision) []byte {
	dst = appendStart(dst, "decision", time.Unix(0, d.Time))
	dst = appendText(dst, "id", string(d.ID[:]))
	if d.Channel != UnknownChannel {
		dst = appendText(dst, "channel", d.Channel.String())
	}
	dst = appendText(dst, "site", e.site)
	dst = appendText(dst, "operation", d.Operation.String())
	dst = appendText(dst, "actor", d.Actor)
	erased := d.Erased
	switch account := d.account[:d.length]; {
	case len(account) == 0:
	case e.accounts == Plain:
		dst = append(dst, `,"subject":`...)
		dst = engine.AppendJSONString(dst, string(account))
	case e.accounts == Keyed:
		erased |= Account
		dst = append(dst, `,"subject":"`...)
		dst = e.appendPseudonym(dst, account)
		dst = append(dst, '"')
	default:
		erased |= Account
	}
	dst = appendText(dst, "policy", d.Policy)
	dst = appendText(dst, "snapshot", d.Snapshot)
	dst = appendText(dst, "mode", d.Mode.String())
	dst = appendText(dst, "decision", d.Decision.String())
	dst = appendText(dst, "would_decision", d.Would.String())
	dst = appendText(dst, "cause", d.Cause)
	dst = appendCodes(dst, "reasons", d.Reasons)
	dst = appendCodes(dst, "audited", d.Audited)
	for i, list := range d.Lists {
		if list != "" {
			dst = appendItem(dst, "lists", i, list)
		}
	}
	dst = closeList(dst, d.Lists[0] != "")
	dst = append(dst, `,"latency_us":`...)
	dst = strconv.AppendInt(dst, d.Latency/int64(time.Microsecond), 10)
	n := 0
	for i, name := range fieldNames {
		if erased&(1<<i) != 0 {
			dst = appendItem(dst, "erased", n, name)
			n++
		}
	}
	return append(closeList(dst, n > 0), "}\n"...)
}

// appendPseudonym appends what stands for an account in a record.
func (e *encoder) appendPseudonym(dst, account []byte) []byte {
	e.mac.Reset()
	e.mac.Write(bytes.ToLower(account))
	dst = append(dst, PseudonymStart...)
	return hex.AppendEncode(dst, e.mac.Sum(e.sum[:0])[:16])
}

// PseudonymStart begins what stands for a keyed account.
const PseudonymStart = "hmac:"

// Pseudonym returns what stands for an account in the records of a Log with
// Keyed accounts and this key.
func Pseudonym(key []byte, account string) string {
	return string(newEncoder(Keyed, key, "").appendPseudonym(nil, []byte(account)))
}

// maxReported bounds a count of a Report, so that sums of them stay numbers.
const maxReported = 1 << 40

// appendReport appends r as one line.
func appendReport(dst []byte, r *Report, now time.Time) []byte {
	dst = appendStart(dst, "report", now)
	dst = appendText(dst, "channel", r.Channel.String())
	dst = appendText(dst, "site", r.Site)
	dst = appendText(dst, "host", r.Host)
	dst = appendText(dst, "operation", r.Operation.String())
	dst = appendText(dst, "actor", r.Actor)
	dst = appendText(dst, "decision", r.Decision.String())
	dst = appendText(dst, "would_decision", r.Would.String())
	dst = append(dst, `,"count":`...)
	dst = strconv.AppendUint(dst, min(r.Count, maxReported), 10)
	return append(dst, "}\n"...)
}

// appendChange appends c as one line that carries the head of the chain on, and
// returns the new head.
func appendChange(dst []byte, c *Change, id string, now time.Time, previous string) (line []byte, head string) {
	start := len(dst)
	dst = appendStart(dst, "change", now)
	dst = appendText(dst, "id", id)
	dst = appendText(dst, "actor", c.Actor)
	dst = appendText(dst, "action", c.Action)
	dst = appendText(dst, "target", c.Target)
	dst = appendText(dst, "before", c.Before)
	dst = appendText(dst, "after", c.After)
	dst = appendText(dst, "previous", previous)
	head = chainHash(dst[start:])
	dst = appendText(dst, "hash", head)
	return append(dst, "}\n"...), head
}

// hashField is what stands between the hashed part of a change and its hash.
const hashField = `,"hash":"`

// chainHash returns the hash of a change: of its line up to the hash.
func chainHash(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// appendHeader appends the first line of a file.
func appendHeader(dst []byte, sequence int, now time.Time, head string) []byte {
	dst = appendStart(dst, "file", now)
	dst = append(dst, `,"sequence":`...)
	dst = strconv.AppendInt(dst, int64(sequence), 10)
	return append(appendText(dst, "chain", head), "}\n"...)
}

func appendStart(dst []byte, kind string, at time.Time) []byte {
	dst = append(dst, `{"kind":"`...)
	dst = append(dst, kind...)
	dst = append(dst, `","time":"`...)
	dst = at.UTC().AppendFormat(dst, timeFormat)
	return append(dst, '"')
}

// appendText appends a member, unless it is empty.
func appendText(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(dst, `,"`...)
	dst = append(dst, name...)
	dst = append(dst, `":`...)
	return engine.AppendJSONString(dst, value)
}

func appendCodes(dst []byte, name string, reasons engine.Reasons) []byte {
	n := 0
	for r := range reasons.All() {
		dst = appendItem(dst, name, n, r.Code())
		n++
	}
	return closeList(dst, n > 0)
}

// appendItem appends the i-th item of a list; closeList ends the list.
func appendItem(dst []byte, name string, i int, value string) []byte {
	if i == 0 {
		dst = append(dst, `,"`...)
		dst = append(dst, name...)
		dst = append(dst, `":[`...)
	} else {
		dst = append(dst, ',')
	}
	return engine.AppendJSONString(dst, value)
}

func closeList(dst []byte, open bool) []byte {
	if open {
		return append(dst, ']')
	}
	return dst
}
