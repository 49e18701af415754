package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vetopw/veto/remote"
)

// List is what a server tells about a list.
type List struct {
	Name     string // such as "custom/company"
	Kind     string // "terms", "passwords" or "breached"
	Entries  int
	Writable bool   // it is edited here
	Revision uint64 // 0: it has none
	Note     string
	Author   string
	Updated  time.Time
}

// Entry is a term of a custom list.
type Entry struct {
	Text    string `json:"text"`
	Match   string `json:"match,omitempty"`   // "contains" (or empty), "exact", "prefix" or "suffix"
	Ban     bool   `json:"ban,omitempty"`     // refuse any password that holds it
	Rank    uint32 `json:"rank,omitempty"`    // by popularity, from 1; 0: the organization's own
	Note    string `json:"note,omitempty"`    // why
	Author  string `json:"author,omitempty"`  // who; empty: who asks
	Added   string `json:"added,omitempty"`   // when, RFC 3339; empty: now
	Expires string `json:"expires,omitempty"` // time or date from which it is no longer in force; empty: never
}

// Change is a change of a list that is in force.
type Change struct {
	List                                        string
	Action                                      string // "create", "edit", "restore" or "delete"
	Revision                                    uint64
	Added, Removed, Changed, Unchanged, Entries int
	Missing                                     int    // terms to remove that were not there
	Expired                                     int    // of the new entries, those that are not in force any more
	Snapshot                                    string // id of what is in force with it
}

// Lists returns all lists in force.
func (c *Client) Lists(ctx context.Context) ([]List, error) {
	var answer struct{ Lists []List }
	err := c.call(ctx, remote.Request{Path: "/v1/lists"}, &answer)
	return answer.Lists, err
}

// Entries returns the list of a name, with or without custom/, and one page of at
// most 100 of its entries; next is the cursor of the following page, empty behind
// the last. The first page has the cursor "".
func (c *Client) Entries(ctx context.Context, name, cursor string) (l List, page []Entry, next string, err error) {
	path := listPath(name)
	if cursor != "" {
		path += "?cursor=" + url.QueryEscape(cursor)
	}
	var answer struct {
		List
		Page []Entry
		Next string
	}
	err = c.call(ctx, remote.Request{Path: path}, &answer)
	return answer.List, answer.Page, answer.Next, err
}

// Add adds entries to a list, or gives those that are there their new members. It
// fails with a *Problem of status 412 if base is not the revision in force; 0 is
// any, and makes the list if there is none.
func (c *Client) Add(ctx context.Context, name string, base uint64, entries ...Entry) (change Change, err error) {
	body, err := listEdit(entries, nil)
	if err != nil {
		return change, err
	}
	err = c.edit(ctx, remote.Request{Method: http.MethodPost, Path: listPath(name) + "/terms", Body: body}, base, &change)
	return change, err
}

// listEdit returns the body of a change of a list.
func listEdit(add []Entry, remove []string) ([]byte, error) {
	return json.Marshal(struct {
		Add    []Entry  `json:"add,omitempty"`
		Remove []string `json:"remove,omitempty"`
	}{add, remove})
}

// Remove removes terms from a list, of a base as for Add. What is not there is no
// error, but Missing.
func (c *Client) Remove(ctx context.Context, name string, base uint64, terms ...string) (change Change, err error) {
	body, err := listEdit(nil, terms)
	if err != nil {
		return change, err
	}
	r := remote.Request{Method: http.MethodDelete, Path: listPath(name) + "/terms", Header: based(base), Body: body}
	err = c.call(ctx, r, &change)
	return change, err
}

// edit asks for a change of a base, 0 being any, for which it makes what is not there
// yet.
func (c *Client) edit(ctx context.Context, r remote.Request, base uint64, to any) error {
	r.Header = based(base)
	err := c.call(ctx, r, to)
	if p, ok := err.(*Problem); ok && p.Status == http.StatusNotFound && base == 0 {
		r.Header = http.Header{"If-None-Match": {"*"}}
		return c.call(ctx, r, to)
	}
	return err
}

func listPath(name string) string {
	return "/v1/lists/" + url.PathEscape(strings.TrimPrefix(name, "custom/"))
}

// based returns the condition of a change of that revision.
func based(revision uint64) http.Header {
	if revision == 0 {
		return http.Header{"If-Match": {"*"}}
	}
	return http.Header{"If-Match": {`"` + strconv.FormatUint(revision, 10) + `"`}}
}
