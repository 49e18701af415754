package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
	"github.com/vetopw/veto/live"
	"github.com/vetopw/veto/server/access"
)

// Bounds of a page of entries or changes.
const (
	defaultPage = 100
	maxPage     = 10_000
)

// maxPages is how many pages of entries are made at the same time, histories of
// policies among them, and how many parts of exports: it takes a few times the memory
// of what is answered. Others wait.
const maxPages = 4

// turn waits for the turn to make one, which ends when done is called.
func turn(full chan struct{}) (done func()) {
	full <- struct{}{}
	return func() { <-full }
}

const listPath = "/v1/lists/"

// Manage makes the server answer about lists and policies, and change them, by l.
// It warns if everybody on this machine may.
func (s *Server) Manage(l *live.Live) {
	s.live.Store(l)
	if s.config.Access == nil && l.Store() != nil && s.config.Anonymous&(access.ListsWrite|access.PoliciesWrite) != 0 {
		s.config.Logger.Warn("everybody on this machine may change lists and policies: make a token (veto token new), or limit what they may do (access.anonymous)")
	}
}

// stored returns the store of what is edited here.
func (s *Server) stored() (store.Store, error) {
	if s.live.Load() == nil || s.live.Load().Store() == nil {
		return nil, causeNoStore
	}
	return s.live.Load().Store(), nil
}

// listName returns the full name of the list that a path names: without a slash
// it is that of a custom list, unless it is the global one's.
func listName(name string) (string, bool) {
	kind, own, slash := strings.Cut(name, "/")
	switch kind += "/"; {
	case name == lists.GlobalTermsName, name == lists.GlobalPasswordsName, name == lists.GlobalCharactersName:
		return name, true
	case slash:
		known := kind == lists.CustomPrefix || kind == lists.BreachPrefix
		return name, known && own != "" && !strings.Contains(own, "/")
	}
	return lists.CustomPrefix + name, kind != lists.CustomPrefix && kind != lists.BreachPrefix
}

// listInfo is what is told about a list. Those from files and the embedded ones
// have no more than name, kind, entries and digest.
type listInfo struct {
	Name     string     `json:"name"`
	Kind     string     `json:"kind"`
	Entries  int        `json:"entries"`
	Digest   string     `json:"digest,omitempty"`
	Writable bool       `json:"writable"`
	Revision uint64     `json:"revision,omitempty"`
	Note     string     `json:"note,omitempty"`
	Author   string     `json:"author,omitempty"`
	Created  *time.Time `json:"created,omitempty"`
	Updated  *time.Time `json:"updated,omitempty"`
}

func (i *listInfo) add(stored store.Info) {
	i.Writable, i.Entries, i.Revision, i.Note, i.Author = true, stored.Entries, stored.Revision, stored.Note, stored.Author
	i.Created, i.Updated = &stored.Created, &stored.Updated
}

// listIndex answers GET /v1/lists.
func (s *Server) listIndex(ctx *fasthttp.RequestCtx, c *conn) error {
	snapshot, all, err := s.inForce()
	if err != nil {
		return err
	}
	return respondJSON(ctx, struct {
		Snapshot string     `json:"snapshot"`
		Lists    []listInfo `json:"lists"`
	}{snapshot, all})
}

// inForce returns the id of the snapshot in force, and its lists with those of the
// store.
func (s *Server) inForce() (snapshot string, all []listInfo, err error) {
	if s.live.Load() == nil {
		return "", nil, causeNoStore
	}
	state := s.live.Load().State()
	for _, i := range state.Lists {
		all = append(all, listInfo{Name: i.Name, Kind: i.Kind, Entries: i.Entries, Digest: i.Digest})
	}
	if s.live.Load().Store() == nil {
		return state.Snapshot, all, nil
	}
	stored, err := s.live.Load().Store().Lists(context.Background())
	if err != nil {
		return "", nil, s.storeError(err, causeNoList)
	}
	for _, i := range stored {
		name := lists.CustomPrefix + i.Name
		at := slices.IndexFunc(all, func(l listInfo) bool { return l.Name == name })
		if at < 0 { // all of it has expired
			at = len(all)
			all = append(all, listInfo{Name: name, Kind: "terms"})
		}
		all[at].add(i)
	}
	return state.Snapshot, all, nil
}

// listPage is the answer about one list.
type listPage struct {
	listInfo
	Page []store.Entry `json:"page"`
	Next string        `json:"next,omitempty"`
}

// listShow answers GET /v1/lists/{name}: what is known about the list, and a page
// of its entries.
func (s *Server) listShow(ctx *fasthttp.RequestCtx, c *conn) error {
	name := c.name
	q, err := pageQuery(ctx)
	if err != nil {
		return err
	}
	defer turn(s.pages)()
	_, all, err := s.inForce()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(l listInfo) bool { return l.Name == name })
	switch {
	case at < 0 && q.Revision == 0:
		return causeNoList
	case at >= 0 && !all[at].Writable && q.Revision == 0:
		return s.listFixed(ctx, all[at], q)
	}
	from, err := s.stored()
	if err != nil {
		return err
	}
	own, err := ownName(name)
	if err != nil {
		return s.absent(name)
	}
	done, err := s.lookBack(q.Revision)
	if err != nil {
		return err
	}
	defer done()
	page, err := from.Page(context.Background(), own, q)
	if err != nil {
		return s.storeError(err, causeNoList)
	}
	answer := listPage{listInfo: listInfo{Name: name, Kind: "terms"}, Page: page.Entries, Next: page.Next}
	if at >= 0 && all[at].Revision == page.Info.Revision {
		answer.listInfo = all[at]
	}
	answer.add(page.Info)
	if answer.Page == nil {
		answer.Page = []store.Entry{}
	}
	if unchanged(ctx, page.Info.Revision) {
		return nil
	}
	return respondJSON(ctx, answer)
}

// listFixed answers about a list that is not edited here: with entries if the
// configuration makes it.
func (s *Server) listFixed(ctx *fasthttp.RequestCtx, info listInfo, q store.Query) error {
	terms, ok := s.live.Load().Configured(info.Name)
	if !ok {
		return respondJSON(ctx, info)
	}
	page, err := pageOf(terms, q)
	if err != nil {
		return s.storeError(err, causeNoList)
	}
	return respondJSON(ctx, listPage{listInfo: info, Page: page.Entries, Next: page.Next})
}

// pageOf is Page of a store for terms that the configuration makes, in their order.
func pageOf(terms []engine.Term, q store.Query) (p store.Page, err error) {
	from := 0
	if q.After != "" {
		if from, err = strconv.Atoi(q.After); err != nil || from < 0 || from > len(terms) {
			return p, store.ErrCursor
		}
	}
	p.Entries = []store.Entry{}
	var folded []byte
	for i, t := range terms[from:] {
		folded = engine.AppendFold(folded[:0], []byte(t.Text))
		if at := bytes.Index(folded, []byte(q.Text)); at < 0 || q.Prefix && at > 0 {
			continue
		}
		if p.Full(&q) {
			p.Next = strconv.Itoa(from + i)
			break
		}
		p.Add(entryOf(t))
	}
	return p, nil
}

// maxPast is how many requests look back at the same time: for an earlier revision
// all that changed since is read.
const maxPast = 2

// lookBack counts a request for a revision that is not 0 until done is called.
func (s *Server) lookBack(revision uint64) (done func(), err error) {
	if revision == 0 {
		return func() {}, nil
	}
	return take(&s.past, maxPast, causePast)
}

// absent is the cause for a list that the store does not have, nor a history of it.
func (s *Server) absent(name string) cause {
	_, all, err := s.inForce()
	if err == nil && slices.ContainsFunc(all, func(l listInfo) bool { return l.Name == name && !l.Writable }) {
		return causeNotKept
	}
	return causeNoList
}

// ownName returns the name that the store knows a list by. Lists that are not
// custom ones are not in it.
func ownName(name string) (string, error) {
	own, ok := strings.CutPrefix(name, lists.CustomPrefix)
	if !ok {
		return "", causeNoList
	}
	return own, nil
}

// pageQuery reads the parameters that choose entries.
func pageQuery(ctx *fasthttp.RequestCtx) (q store.Query, err error) {
	q.Limit = defaultPage
	err = query(ctx, map[string]parameter{
		"revision": revisionParameter(&q.Revision),
		"q":        textParameter(&q.Text),
		"prefix":   boolParameter(&q.Prefix),
		"cursor":   textParameter(&q.After),
		"limit":    limitParameter(&q.Limit),
	})
	q.Text = string(engine.AppendFold(nil, []byte(q.Text)))
	return q, err
}

// parameter reads the value of a query; want completes "must be given once, as".
type parameter struct {
	want string
	set  func(value string) bool
}

// query reads the query of a target, each parameter at most once.
func query(ctx *fasthttp.RequestCtx, known map[string]parameter) error {
	_, text, _ := strings.Cut(string(ctx.Request.Header.RequestURI()), "?")
	values, err := url.ParseQuery(text)
	if err != nil {
		return &bodyError{field: "query", detail: "is not well-formed"}
	}
	for name, all := range values {
		p, ok := known[name]
		if !ok {
			return &bodyError{field: "query", detail: unknownParameter(known)}
		}
		if len(all) != 1 || !p.set(all[0]) {
			return &bodyError{field: name, detail: "must be given once, as " + p.want}
		}
	}
	return nil
}

// unknownParameter tells which parameters there are.
func unknownParameter(known map[string]parameter) string {
	if len(known) == 0 {
		return "has a parameter; this path takes none"
	}
	return "has a parameter that does not exist; there are " + strings.Join(slices.Sorted(maps.Keys(known)), ", ")
}

func revisionParameter(to *uint64) parameter {
	return parameter{"a revision, a number from 1", func(v string) (ok bool) {
		n, err := strconv.ParseUint(v, 10, 63)
		*to = n
		return err == nil && n > 0
	}}
}

func textParameter(to *string) parameter {
	return parameter{"a text", func(v string) bool {
		*to = v
		return v != ""
	}}
}

func boolParameter(to *bool) parameter {
	return parameter{"true or false", func(v string) bool {
		*to = v == "true"
		return *to || v == "false"
	}}
}

func limitParameter(to *int) parameter {
	return parameter{"a number from 1 to " + strconv.Itoa(maxPage), func(v string) bool {
		n, err := strconv.Atoi(v)
		*to = n
		return err == nil && n >= 1 && n <= maxPage
	}}
}

// respondJSON answers with what JSON makes of v.
func respondJSON(ctx *fasthttp.RequestCtx, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	ctx.Response.SetBodyRaw(text)
	return nil
}

// storeError maps what a store or Live says; missing is the cause for what is not
// there. What only the log may tell is logged.
func (s *Server) storeError(err error, missing cause) error {
	var conflict *store.ConflictError
	var invalid *store.InvalidError
	switch {
	case errors.As(err, &conflict):
		return &revisionError{conflict.Current}
	case errors.As(err, &invalid):
		return invalidEntries(invalid, nil)
	case errors.Is(err, store.ErrRevision):
		return causeNoRevision
	case errors.Is(err, store.ErrNotFound):
		return missing
	case errors.Is(err, store.ErrCursor):
		return &bodyError{field: "cursor", detail: "is not the next of a page of this list; without one the page is the first"}
	case errors.Is(err, store.ErrName):
		return &bodyError{field: "name", detail: store.ErrName.Error()}
	case errors.Is(err, store.ErrInvalid):
		return &bodyError{field: "body", detail: err.Error()}
	case errors.Is(err, live.ErrNoStore):
		return causeNoStore
	case errors.Is(err, live.ErrConfigured):
		return causeReadOnly
	}
	s.config.Logger.Error("a change failed", "error", err)
	return causeStore
}

// revisionError is causeRevision with the revision that holds.
type revisionError struct{ current uint64 }

// Error returns the detail of the cause.
func (e *revisionError) Error() string { return causeRevision.Error() }

// Unwrap returns the cause.
func (e *revisionError) Unwrap() error { return causeRevision }

func (e *revisionError) appendMembers(dst []byte) []byte {
	return strconv.AppendUint(append(dst, `,"revision":`...), e.current, 10)
}

// invalid is one entry that cannot be used.
type invalid struct {
	Place  string `json:"place"` // such as "line 7" or "add[3]"
	Detail string `json:"detail"`
}

// invalidError is about entries of a change.
type invalidError struct {
	bodyError
	all  []invalid
	more int // beside these
}

// Unwrap returns the error about the first entry.
func (e *invalidError) Unwrap() error { return &e.bodyError }

func (e *invalidError) appendMembers(dst []byte) []byte {
	text, err := json.Marshal(e.all)
	if err != nil {
		return dst
	}
	dst = append(append(dst, `,"invalid":`...), text...)
	if e.more > 0 {
		dst = strconv.AppendInt(append(dst, `,"invalid_more":`...), int64(e.more), 10)
	}
	return dst
}

// invalidEntries returns the error about entries of a draft; from is the upload
// that they are from, nil for a body that has them as they are.
func invalidEntries(wrong *store.InvalidError, from *store.Import) error {
	e := &invalidError{all: placesOf(wrong.Entries, from), more: wrong.More}
	e.bodyError = bodyError{field: e.all[0].Place, detail: e.all[0].Detail}
	return e
}

func placesOf(entries []store.EntryError, from *store.Import) (all []invalid) {
	for _, wrong := range entries {
		place := wrong.Field + "[" + strconv.Itoa(wrong.Index) + "]"
		if from != nil {
			place = from.Place(wrong.Index)
		}
		all = append(all, invalid{place, wrong.Err.Error()})
	}
	return all
}
