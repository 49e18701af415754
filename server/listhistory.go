package server

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"strconv"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists/store"
)

// changePage is a part of a history, newest first.
type changePage struct {
	Changes []changeInfo `json:"changes"`
	Next    string       `json:"next,omitempty"` // the before of the following page
}

// changeShow is one change with the entries that are different.
type changeShow struct {
	changeInfo
	New []store.Entry `json:"new"`
	Old []store.Entry `json:"old"`
}

// listHistory answers GET /v1/lists/{name}/history: what changed, or with a
// revision one change with its entries.
func (s *Server) listHistory(ctx *fasthttp.RequestCtx, c *conn) error {
	from, err := s.stored()
	if err != nil {
		return err
	}
	var before, revision uint64
	limit := defaultPage
	if err := query(ctx, map[string]parameter{
		"before": revisionParameter(&before), "revision": revisionParameter(&revision), "limit": limitParameter(&limit),
	}); err != nil {
		return err
	}
	name, err := ownName(c.name)
	if err != nil {
		return s.absent(c.name)
	}
	if revision != 0 {
		return s.listChanged(ctx, from, name, revision)
	}
	changes, err := from.History(context.Background(), name, before, limit)
	if err != nil {
		return s.storeError(err, s.absent(c.name))
	}
	answer := changePage{Changes: []changeInfo{}}
	for i := range changes {
		answer.Changes = append(answer.Changes, infoOf(&changes[i]))
	}
	if n := len(changes); n == limit && changes[n-1].Before != store.None {
		answer.Next = strconv.FormatUint(changes[n-1].Revision, 10)
	}
	return respondJSON(ctx, answer)
}

// listChanged answers one change. It may be of millions of entries, and so counts as
// a look back until the client has it.
func (s *Server) listChanged(ctx *fasthttp.RequestCtx, from store.Store, name string, revision uint64) error {
	done, err := s.lookBack(revision)
	if err != nil {
		return err
	}
	done = sync.OnceFunc(done)
	body := &held{done: done}
	defer func() {
		if body.Reader == nil {
			done()
		}
	}()
	change, err := from.Change(context.Background(), name, revision)
	if err != nil {
		return s.storeError(err, causeNoList)
	}
	text, err := json.Marshal(changeShow{infoOf(&change), change.New, change.Old})
	if err != nil {
		return err
	}
	body.Reader = bytes.NewReader(text)
	ctx.Response.SetBodyStream(body, len(text))
	return nil
}

// held is the body of an answer that tells when it is taken, or given up.
type held struct {
	*bytes.Reader
	done func()
}

// Close tells it.
func (h *held) Close() error {
	h.done()
	return nil
}

// exportPath ends the path of an export.
const exportPath = "/export"

// exports are the media types of the formats.
var exports = map[store.Format]string{
	store.Plain: "text/plain; charset=utf-8", store.CSV: "text/csv; charset=utf-8; header=present", store.JSON: typeJSON,
}

// listExport answers GET /v1/lists/{name}/export. The list is sent as it is read:
// only a part of it is ever in memory. If reading fails on the way, the connection
// is closed before the end.
func (s *Server) listExport(ctx *fasthttp.RequestCtx, c *conn) error {
	out, revision := exported{format: store.JSON}, uint64(0)
	if err := query(ctx, map[string]parameter{
		"revision": revisionParameter(&revision),
		"format":   {"txt, csv or json", func(v string) bool { out.format = store.Format(v); return exports[out.format] != "" }},
		"expired":  boolParameter(&out.expired),
	}); err != nil {
		return err
	}
	if s.live.Load() == nil {
		return causeNoStore
	}
	if terms, ok := s.live.Load().Configured(c.name); ok && revision == 0 {
		name, _ := ownName(c.name)
		attach(ctx, name, out.format)
		if !ctx.IsHead() {
			sendStream(ctx, func(w io.Writer) error { return out.terms(w, name, terms) })
		}
		return nil
	}
	from, err := s.stored()
	if err != nil {
		return err
	}
	name, err := ownName(c.name)
	if err != nil {
		return s.absent(c.name)
	}
	done, err := s.lookBack(revision)
	if err != nil {
		return err
	}
	read := func(q store.Query) (store.Page, error) {
		defer turn(s.parts)()
		return from.Page(context.Background(), name, q)
	}
	page, err := read(store.Query{Revision: revision, Limit: 1})
	if err != nil {
		done()
		return s.storeError(err, s.absent(c.name))
	}
	attach(ctx, name, out.format)
	ctx.Response.Header.SetCanonical(headerTag, []byte(tag(page.Info.Revision)))
	if !out.ages() && unchanged(ctx, page.Info.Revision) || ctx.IsHead() {
		done()
		return nil
	}
	sendStream(ctx, func(w io.Writer) error {
		defer done()
		return out.list(w, page.Info, read)
	})
	return nil
}

// attach makes the answer a file.
func attach(ctx *fasthttp.RequestCtx, name string, format store.Format) {
	h := &ctx.Response.Header
	h.SetContentType(exports[format])
	h.Set(fasthttp.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": name + "." + string(format)}))
}

// sendStream makes what write writes the body, while it is sent.
func sendStream(ctx *fasthttp.RequestCtx, write func(io.Writer) error) {
	r, w := io.Pipe()
	go func() { w.CloseWithError(write(w)) }()
	ctx.Response.SetBodyStream(r, -1)
}

// entryOf returns a term of the configuration as an entry.
func entryOf(t engine.Term) store.Entry {
	return store.Entry{Text: t.Text, Match: store.Match(t.Match), Ban: t.Ban, Rank: t.Rank}
}

// exported is how a list is to be written.
type exported struct {
	format  store.Format
	expired bool // also what has expired, if the format cannot tell that it has
}

// ages reports whether what is written also depends on the time.
func (x exported) ages() bool { return x.format == store.Plain && !x.expired }

func (x exported) writer(to io.Writer, i store.Info) (*store.Writer, error) {
	w, err := store.NewWriter(to, x.format, i)
	if err == nil && x.ages() {
		w.AsOf = time.Now()
	}
	return w, err
}

// terms writes a list that the configuration makes.
func (x exported) terms(to io.Writer, name string, terms []engine.Term) error {
	w, err := x.writer(to, store.Info{Name: name})
	if err != nil {
		return err
	}
	for _, t := range terms {
		if err := w.Write(entryOf(t)); err != nil {
			return err
		}
	}
	return w.Close()
}

// exportedPage is how many entries of an export are in memory.
const exportedPage = 2000

// list writes the list as it was at the revision of i. It reads pages: a file that
// is being read cannot grow, and who takes the export may take it slowly.
func (x exported) list(to io.Writer, i store.Info, read func(store.Query) (store.Page, error)) error {
	w, err := x.writer(to, i)
	if err != nil {
		return err
	}
	for q := (store.Query{Revision: i.Revision, Limit: exportedPage}); ; {
		page, err := read(q)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			if err := w.Write(e); err != nil {
				return err
			}
		}
		if q.After = page.Next; q.After == "" {
			return w.Close()
		}
	}
}
