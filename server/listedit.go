package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
	"github.com/vetopw/veto/live"
)

// Bounds of a trial, which builds an engine.
const (
	maxSample = 1000 // passwords of a caller
	maxTrials = 1    // at the same time
)

// edit is a change of a list that a request asks for.
type edit struct {
	draft  store.Draft
	from   *store.Import // what its entries were read from, or nil
	dryRun bool
	sample [][]byte // passwords for a dry run, parts of the body; nil: the embedded ones
}

// newEdit returns the edit of a request without its content.
func (s *Server) newEdit(ctx *fasthttp.RequestCtx, c *conn) (e edit, err error) {
	if _, err := s.stored(); err != nil {
		return e, err
	}
	own, err := ownName(c.name)
	if err != nil {
		return e, causeReadOnly
	}
	if err := query(ctx, map[string]parameter{"dry_run": boolParameter(&e.dryRun)}); err != nil {
		return e, err
	}
	base, err := conditionOf(&ctx.Request.Header)
	e.draft = store.Draft{List: own, Base: base, Actor: c.credential.Actor()}
	return e, err
}

// listPut answers PUT /v1/lists/{name}: the body is the whole list.
func (s *Server) listPut(ctx *fasthttp.RequestCtx, c *conn) error {
	e, err := s.newEdit(ctx, c)
	if err != nil {
		return err
	}
	format, ok := formatOf(ctx.Request.Header.ContentType())
	if !ok {
		return causeListType
	}
	r, err := unpack(&ctx.Request, lists.MaxSourceBytes)
	if err != nil {
		return err
	}
	if e.from, err = readUpload(r, format); err != nil {
		return sourceError(err)
	}
	e.draft.Replace, e.draft.Add, e.draft.Note = true, e.from.Entries, e.from.Note
	e.from.Entries = nil // so that they can go when they are planned; places of errors stay
	return s.carryOut(ctx, e)
}

// maxSettings bounds the settings of a tenant, whose list has at most 1,000 words.
const maxSettings = 1 << 20

// readUpload reads a list. JSON may also be what Microsoft Graph answers about the
// password protection of a tenant: then its custom list is read.
func readUpload(r io.Reader, format store.Format) (*store.Import, error) {
	if format != store.JSON {
		return store.Read(r, format)
	}
	head, err := io.ReadAll(io.LimitReader(r, maxSettings))
	if err != nil {
		return nil, err
	}
	words, ok := config.EntraWords(head)
	if !ok || len(words) == 0 {
		return store.Read(io.MultiReader(bytes.NewReader(head), r), format)
	}
	list := &store.Import{Format: format}
	for _, word := range words {
		list.Entries = append(list.Entries, store.Entry{Text: word})
	}
	return list, nil
}

// listPatch answers PATCH /v1/lists/{name}.
func (s *Server) listPatch(ctx *fasthttp.RequestCtx, c *conn) error {
	return s.listChange(ctx, c, "add", "remove", "note")
}

// termsAdd answers POST /v1/lists/{name}/terms.
func (s *Server) termsAdd(ctx *fasthttp.RequestCtx, c *conn) error {
	return s.listChange(ctx, c, "add")
}

// termsRemove answers DELETE /v1/lists/{name}/terms.
func (s *Server) termsRemove(ctx *fasthttp.RequestCtx, c *conn) error {
	return s.listChange(ctx, c, "remove")
}

// listRollback answers POST /v1/lists/{name}/rollback.
func (s *Server) listRollback(ctx *fasthttp.RequestCtx, c *conn) error {
	return s.listChange(ctx, c, "revision")
}

// listChange carries out what the members of the body ask for; a sample may be
// among them.
func (s *Server) listChange(ctx *fasthttp.RequestCtx, c *conn, members ...string) error {
	e, err := s.newEdit(ctx, c)
	if err != nil {
		return err
	}
	body := ctx.Request.Body()
	parts, err := document(body, append(members, "sample")...)
	if err != nil {
		return err
	}
	if err := e.read(body, parts); err != nil {
		return err
	}
	if members[0] == "revision" && e.draft.Restore == 0 {
		return errNoRevision
	}
	return s.carryOut(ctx, e)
}

// listDelete answers DELETE /v1/lists/{name}.
func (s *Server) listDelete(ctx *fasthttp.RequestCtx, c *conn) error {
	e, err := s.newEdit(ctx, c)
	if err != nil {
		return err
	}
	e.draft.Delete = true
	return s.carryOut(ctx, e)
}

// read takes the content of the edit from the members of a body.
func (e *edit) read(body []byte, parts map[string]part) (err error) {
	d := &e.draft
	if err := eachOf(parts["add"], func(text []byte) error {
		entry, err := store.ParseEntry(text)
		d.Add = append(d.Add, entry)
		return err
	}); err != nil {
		return err
	}
	if err := eachOf(parts["remove"], func(text []byte) error {
		entry, err := store.ParseEntry(text)
		d.Remove = append(d.Remove, store.Key{Text: entry.Text, Match: entry.Match})
		return err
	}); err != nil {
		return err
	}
	if err := errors.Join(parts["note"].decode(&d.Note), parts["revision"].decode(&d.Restore)); err != nil {
		return err
	}
	e.sample, err = parts["sample"].passwords(body, maxSample)
	return err
}

// eachOf calls read for every element of a part that is an array. Errors name the
// element.
func eachOf(m part, read func(text []byte) error) error {
	var all []json.RawMessage
	if err := m.decode(&all); err != nil {
		return err
	}
	for i, text := range all {
		if err := read(text); err != nil {
			return &bodyError{m.name + "[" + strconv.Itoa(i) + "]", m.offset, err.Error()}
		}
	}
	return nil
}

// formatOf returns the format of a Content-Type.
func formatOf(value []byte) (store.Format, bool) {
	name, params, err := mime.ParseMediaType(string(value))
	if err != nil {
		return "", false
	}
	for param, v := range params {
		utf := strings.EqualFold(v, "utf-8") || strings.EqualFold(v, "utf-16") || strings.EqualFold(v, "us-ascii")
		if param == "charset" && !utf {
			return "", false
		}
	}
	f, ok := map[string]store.Format{"text/plain": store.Plain, "text/csv": store.CSV, typeJSON: store.JSON}[name]
	return f, ok
}

// sourceError is about an upload that cannot be read.
func sourceError(err error) error {
	var c cause
	var body *bodyError
	var several *lists.SourceErrors
	var wrong *lists.SourceError
	switch {
	case errors.As(err, &c), errors.As(err, &body):
		return err
	case errors.As(err, &wrong) && errors.Is(err, lists.ErrSize):
		return causeUnpacked
	case errors.As(err, &several):
		e := &invalidError{more: several.More}
		for _, one := range several.First {
			e.all = append(e.all, invalidSource(one))
		}
		e.bodyError = bodyError{field: e.all[0].Place, detail: e.all[0].Detail}
		return e
	case errors.As(err, &wrong):
		one := invalidSource(wrong)
		e := bodyError{field: one.Place, detail: one.Detail}
		if wrong.Line == 0 {
			return &e
		}
		return &invalidError{bodyError: e, all: []invalid{one}}
	}
	return &bodyError{field: "body", detail: "cannot be read"}
}

// invalidSource tells where in an upload something is wrong, and what.
func invalidSource(e *lists.SourceError) invalid {
	if e.Line == 0 {
		return invalid{"body", e.Detail}
	}
	return invalid{"line " + strconv.Itoa(e.Line), e.Detail}
}

// carryOut makes the change, or tells what it would be, and answers that.
func (s *Server) carryOut(ctx *fasthttp.RequestCtx, e edit) error {
	if e.dryRun {
		return s.preview(ctx, e)
	}
	if e.sample != nil {
		return &bodyError{field: "sample", detail: "is for a dry run: ?dry_run=true"}
	}
	result, err := s.live.Load().Edit(context.Background(), e.draft)
	if err != nil {
		return s.editError(err, e.from)
	}
	setChange(ctx, result.Action, result.Revision)
	return respondJSON(ctx, struct {
		changeInfo
		Snapshot string `json:"snapshot"`
	}{infoOf(&result.Change), result.Snapshot})
}

// setChange sets the status and the ETag of the answer to a change of a list or a
// policy.
func setChange(ctx *fasthttp.RequestCtx, action store.Action, revision uint64) {
	if action == store.Created {
		ctx.Response.SetStatusCode(fasthttp.StatusCreated)
	}
	if action != store.Deleted {
		ctx.Response.Header.SetCanonical(headerTag, []byte(tag(revision)))
	}
}

// editError is storeError with the places of an upload.
func (s *Server) editError(err error, from *store.Import) error {
	var wrong *store.InvalidError
	if errors.As(err, &wrong) {
		return invalidEntries(wrong, from)
	}
	return s.storeError(err, causeNoList)
}

// changeInfo is what is told about a change of a list.
type changeInfo struct {
	List      string       `json:"list"`
	Action    store.Action `json:"action"`
	Revision  uint64       `json:"revision"`
	Before    uint64       `json:"before,omitempty"`
	Time      *time.Time   `json:"time,omitempty"`
	Actor     string       `json:"actor"`
	Added     int          `json:"added"`
	Removed   int          `json:"removed"`
	Changed   int          `json:"changed"`
	Unchanged int          `json:"unchanged,omitempty"`
	Missing   int          `json:"missing,omitempty"`
	Expired   int          `json:"expired,omitempty"`
	Entries   int          `json:"entries"`
	// Absent are the first of the missing.
	Absent []store.Entry `json:"absent,omitempty"`
}

func infoOf(c *store.Change) changeInfo {
	i := changeInfo{
		List: lists.CustomPrefix + c.List, Action: c.Action, Revision: c.Revision, Before: c.Before, Actor: c.Actor,
		Added: c.Added, Removed: c.Removed, Changed: c.Changed, Unchanged: c.Unchanged, Missing: c.Missing, Expired: c.Expired, Entries: c.Entries,
	}
	for _, key := range c.Absent {
		i.Absent = append(i.Absent, store.Entry{Text: key.Text, Match: key.Match})
	}
	if !c.Time.IsZero() {
		i.Time = &c.Time
	}
	return i
}

// previewInfo is what a dry run tells.
type previewInfo struct {
	DryRun  bool          `json:"dry_run"`
	Change  *changeInfo   `json:"change,omitempty"`
	New     []store.Entry `json:"new,omitempty"` // the first of them
	Old     []store.Entry `json:"old,omitempty"`
	Invalid []invalid     `json:"invalid,omitempty"`
	More    int           `json:"invalid_more,omitempty"` // beside these
	Sample  *sampleInfo   `json:"sample,omitempty"`
	Window  *windowInfo   `json:"window,omitempty"`
}

// sampleInfo tells how a change would judge a sample of passwords.
type sampleInfo struct {
	Size          int `json:"size"`
	RefusedBefore int `json:"refused_before"`
	RefusedAfter  int `json:"refused_after"`
	NewlyRefused  int `json:"newly_refused"`
	NewlyAccepted int `json:"newly_accepted"`
	WouldBefore   int `json:"would_refuse_before"` // accepted in audit mode only
	WouldAfter    int `json:"would_refuse_after"`
}

func sampleOf(s *live.Sample) *sampleInfo {
	return &sampleInfo{s.Size, s.Before, s.After, s.Newly, s.Freed, s.WouldBefore, s.WouldAfter}
}

// preview answers a dry run.
func (s *Server) preview(ctx *fasthttp.RequestCtx, e edit) error {
	release, err := s.tryOut()
	if err != nil {
		return err
	}
	defer release()
	draft := e.draft
	e.draft = store.Draft{} // its entries go before an engine is built
	p, err := s.live.Load().Preview(context.Background(), draft, e.sample)
	if err != nil {
		return s.editError(err, e.from)
	}
	answer := previewInfo{DryRun: true}
	if p.Invalid != nil {
		answer.Invalid, answer.More = placesOf(p.Invalid.Entries, e.from), p.Invalid.More
	} else {
		change := infoOf(&p.Change)
		answer.Change, answer.New, answer.Old = &change, p.New, p.Old
		answer.Sample = sampleOf(&p.Sample)
		answer.Window = s.listWindow(&p.Change)
	}
	return respondJSON(ctx, answer)
}

// tryOut counts a trial as running until release is called.
func (s *Server) tryOut() (release func(), err error) {
	return take(&s.trials, maxTrials, causeTrials)
}

// take counts one more in n until release is called. The error is full if there are
// most already.
func take(n *atomic.Int64, most int64, full cause) (release func(), err error) {
	if n.Add(1) > most {
		n.Add(-1)
		return nil, full
	}
	return func() { n.Add(-1) }, nil
}
