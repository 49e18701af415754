package main

import (
	"strconv"
	"strings"
	"time"
)

// expiryHelp ends the usage of --expires.
const expiryHelp = "as `TIME` such as 90d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z"

// parseExpiry returns the time of --expires, which is to come; zero for "". A date
// means its begin in UTC.
func parseExpiry(text string, now time.Time) (at time.Time, err error) {
	if text == "" {
		return at, nil
	}
	now = now.UTC().Truncate(time.Second)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= 36500 {
			return now.AddDate(0, 0, n), nil
		}
	} else if d, err := time.ParseDuration(text); err == nil && d >= time.Second {
		return now.Add(d).Truncate(time.Second), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err = time.Parse(layout, text); err == nil && at.After(now) {
			return at.UTC(), nil
		} else if err == nil {
			return at, usagef("--expires %s is past: it is %s", at.UTC().Format(time.RFC3339), now.Format(time.RFC3339))
		}
	}
	return at, usagef("--expires must be a time to come such as 90d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z")
}
