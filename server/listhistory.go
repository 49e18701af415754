package server

import (
	"context"
	"io"
	"strconv"

	"github.com/valyala/fasthttp"

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
		return err
	}
	if revision != 0 {
		done, err := s.lookBack(revision)
		if err != nil {
			return err
		}
		defer done()
		change, err := from.Change(context.Background(), name, revision)
		if err != nil {
			return s.storeError(err, causeNoList)
		}
		return respondJSON(ctx, changeShow{infoOf(&change), change.New, change.Old})
	}
	changes, err := from.History(context.Background(), name, before, limit)
	if err != nil {
		return s.storeError(err, causeNoList)
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
	from, err := s.stored()
	if err != nil {
		return err
	}
	format, revision := store.JSON, uint64(0)
	if err := query(ctx, map[string]parameter{
		"revision": revisionParameter(&revision),
		"format":   {"txt, csv or json", func(v string) bool { format = store.Format(v); return exports[format] != "" }},
	}); err != nil {
		return err
	}
	name, err := ownName(c.name)
	if err != nil {
		return err
	}
	done, err := s.lookBack(revision)
	if err != nil {
		return err
	}
	handed := false
	defer func() {
		if !handed {
			done()
		}
	}()
	page, err := from.Page(context.Background(), name, store.Query{Revision: revision, Limit: 1})
	if err != nil {
		return s.storeError(err, causeNoList)
	}
	h := &ctx.Response.Header
	h.SetContentType(exports[format])
	h.Set(fasthttp.HeaderContentDisposition, `attachment; filename="`+name+"."+string(format)+`"`)
	if unchanged(ctx, page.Info.Revision) || ctx.IsHead() {
		return nil
	}
	handed = true
	r, w := io.Pipe()
	go func() {
		err := export(w, from, page.Info, format)
		done()
		w.CloseWithError(err)
	}()
	ctx.Response.SetBodyStream(r, -1)
	return nil
}

// export writes the list as it was at the revision of i. It reads pages: a file that
// is being read cannot grow, and who takes the export may take it slowly.
func export(to io.Writer, from store.Store, i store.Info, format store.Format) error {
	w, err := store.NewWriter(to, format, i)
	if err != nil {
		return err
	}
	for q := (store.Query{Revision: i.Revision, Limit: maxPage}); ; {
		page, err := from.Page(context.Background(), i.Name, q)
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
