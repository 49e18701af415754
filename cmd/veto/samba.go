package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// passwordChange is one new password in Samba's audit.
type passwordChange struct {
	Time    time.Time `json:"time"`
	Account string    `json:"account,omitempty"` // empty if unknown
	DN      string    `json:"dn"`
	Event   int       `json:"event"` // 4723: changed by its owner, 4724: set by another
	Remote  string    `json:"remote,omitempty"`
}

// sambaTime is the form of times in Samba's JSON.
const sambaTime = "2006-01-02T15:04:05.999999-0700"

// errNoSamba is about a file that is not what Samba writes.
var errNoSamba = errors.New("no record of Samba's dsdb_password_json_audit in it")

// longestLine bounds what is read of a file at once.
const longestLine = 1 << 20

// readSambaAudit reads the successes of a log with dsdb_password_json_audit at
// level 5. Lines of other classes are skipped; damaged counts those that begin
// like JSON and are none. The error is errNoSamba if there are lines and none of them
// is a record of Samba, as in another log, which would seem to have no bypass.
func readSambaAudit(r io.Reader) (changes []passwordChange, damaged int, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	empty, known := true, false
	for lines.Scan() {
		empty = false
		_, object, ok := strings.Cut(lines.Text(), "{")
		if !ok {
			continue
		}
		var record struct {
			Timestamp string `json:"timestamp"`
			Change    *struct {
				Event  int    `json:"eventId"`
				Status *int   `json:"statusCode"`
				DN     string `json:"dn"`
				Remote string `json:"remoteAddress"`
			} `json:"passwordChange"`
		}
		if json.Unmarshal([]byte("{"+object), &record) != nil {
			damaged++
			continue
		}
		known = known || record.Timestamp != ""
		c := record.Change
		if c == nil || (c.Event != 4723 && c.Event != 4724) {
			continue
		}
		at, err := time.Parse(sambaTime, record.Timestamp)
		switch {
		case err != nil || c.Status == nil:
			damaged++
		case *c.Status == 0:
			changes = append(changes, passwordChange{Time: at, DN: c.DN, Event: c.Event, Remote: c.Remote})
		}
	}
	if err = lines.Err(); err == nil && !empty && !known {
		err = errNoSamba
	}
	return changes, damaged, err
}

// readAccounts reads which account has which distinguished name, in lower case,
// from LDIF (RFC 2849) with sAMAccountName, as ldapsearch and ldbsearch write it.
func readAccounts(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	accounts := map[string]string{}
	var dn, line string
	finish := func() error {
		name, value, err := ldifLine(line)
		switch {
		case err != nil:
			return err
		case strings.EqualFold(name, "dn"):
			dn = strings.ToLower(value)
		case strings.EqualFold(name, "sAMAccountName") && dn != "":
			accounts[dn] = value
		}
		return nil
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, longestLine)
	number := 0
	for lines.Scan() {
		number++
		next := strings.TrimSuffix(lines.Text(), "\r")
		if more, ok := strings.CutPrefix(next, " "); ok {
			line += more
			continue
		}
		if err := finish(); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, number-1, err)
		}
		line = next
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if err := finish(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", path, number, err)
	}
	if len(accounts) == 0 {
		return nil, fmt.Errorf("%s: no sAMAccountName; export it with ldbsearch or ldapsearch", path)
	}
	return accounts, nil
}

// ldifLine splits an unfolded line into the attribute and its value. Comments,
// empty lines and references to files have no name.
func ldifLine(line string) (name, value string, err error) {
	name, value, ok := strings.Cut(line, ":")
	if !ok || strings.HasPrefix(line, "#") || strings.HasPrefix(value, "<") {
		return "", "", nil
	}
	coded, ok := strings.CutPrefix(value, ":")
	if !ok {
		return name, strings.TrimPrefix(value, " "), nil
	}
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(coded))
	if err != nil {
		return "", "", fmt.Errorf("value of %s is no base64", name)
	}
	return name, string(b), nil
}
