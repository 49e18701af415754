package breach

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
)

// Order says what is known of the order of hashes.
type Order uint8

// The orders.
const (
	DetectOrder Order = iota // the first lines tell; later ones must agree
	Sorted                   // ascending; anything else is an error
	AnyOrder                 // sort them
)

// DefaultMemory is the default of Options.Memory in bytes.
const DefaultMemory = 512 << 20

// Options says what to compile.
type Options struct {
	Output  string    // path of the index
	Sources []string  // paths of files and folders; "-" is Stdin
	Remove  []string  // sources of digests to leave out, or to take out of the base
	Bases   []string  // indexes that the output is an overlay on: the base, then its overlays; none: a whole index
	Stdin   io.Reader // nil: none

	Format      Format      // of all sources; Detect: find out for each
	Kind        filter.Kind // of the index; 0: that of the hashes in the sources, SHA1 if there are only passwords
	Order       Order       // of hashes
	Latin1      bool        // passwords are Latin-1, not UTF-8
	Fold        bool        // add the digest of each password as the engine folds it; refused if all sources are hashes
	SkipInvalid bool        // leave out lines of password lists that are no text, instead of failing

	MinCount         uint32  // leave out what was seen less often; unknown counts stay
	ExpectLines      uint64  // lines that the sources must have together, 0 any
	Tolerance        float64 // how far ExpectLines may be off, as a fraction
	AllowShrink      bool    // let the output replace an index with more than 10/9 of its keys, or of another kind
	AllowGaps        bool    // do without some range files, or the end of a source
	NoExpansionLimit bool    // believe compressed sources that expand a hundredfold
	SHA256           bool    // digest sources with SHA-256, which costs more than reading hashes

	Ranges  bool   // keep full digests and counts
	NoBloom bool   // leave the Bloom filter out
	Date    string // of the sources, RFC 3339; "" unknown

	Memory  int64 // bytes that the process should take at most; 0: DefaultMemory. A ZIP of 2^20 range files needs 260 MB
	Workers int   // goroutines that parse; 0: one for each processor

	Detected func(Source)   // called for each source before it is read, if not nil
	Progress func(Progress) // called often, if not nil

	disordered []string // sources that turned out to be in no order
}

// Progress tells how far a compilation is.
type Progress struct {
	Phase string // "read", "merge" or "write"
	Done  int64  // of Total
	Total int64  // 0: unknown
	Bytes bool   // Done and Total are bytes, else records
	Keys  uint64 // records read so far
}

// Summary tells what was compiled.
type Summary struct {
	Output   string      `json:"output"`
	Index    filter.Info `json:"index"`
	Sources  []Source    `json:"sources"`
	Removals []Source    `json:"removals,omitempty"`
	Lines    uint64      `json:"lines"`     // that hold a hash or password, of Sources
	Merged   uint64      `json:"merged"`    // records that repeated others
	BelowMin uint64      `json:"below_min"` // records left out by MinCount
	Known    uint64      `json:"known"`     // records left out because the base answers the same
	Taken    uint64      `json:"taken"`     // records left out by Remove
}

// Compile reads the sources and writes an index of their digests to o.Output.
// The output depends on the set of digests, their counts and the names and
// contents of the sources alone. It appears at once and complete, or not at
// all: after an error, or when ctx ends, what was there before is untouched and
// no temporary file remains. It never replaces a source, or what is no index. Of
// equal digests the greatest count stays, or that one is unknown.
//
// Errors are *lists.SourceError with source and line but never its text, which
// wrap the Err values of this package and of package lists; those of package
// filter; those of the file system; and ctx.Err().
func Compile(ctx context.Context, o Options) (Summary, error) {
	if o.Memory == 0 {
		o.Memory = DefaultMemory
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	for {
		summary, err := compileOnce(ctx, &o)
		var e *lists.SourceError
		if !errors.Is(err, errParts) || !errors.As(err, &e) {
			return summary, err
		}
		o.disordered = append(o.disordered, e.Source)
	}
}

func compileOnce(ctx context.Context, o *Options) (Summary, error) {
	c := &compiler{o: *o, summary: Summary{Output: o.Output}}
	defer c.close()
	if err := c.open(ctx); err != nil {
		return Summary{}, err
	}
	if err := c.run(ctx); err != nil {
		return Summary{}, err
	}
	return c.summary, nil
}

// Merge makes one index of o.Sources, which are a base and its overlays in this
// order. Of the other options only Output, Ranges, NoBloom, Date, AllowShrink and
// Progress count. Errors leave what Compile leaves.
func Merge(ctx context.Context, o Options) (Summary, error) {
	if err := o.spare(); err != nil {
		return Summary{}, err
	}
	chain, err := openChain(o.Sources)
	if err != nil {
		return Summary{}, err
	}
	c := &compiler{o: o, kind: chain.Kind()}
	old, err := c.predecessor()
	if err != nil {
		return Summary{}, err
	}
	summary := Summary{Output: o.Output}
	var keys uint64 // about; an overlay may change what the base has
	var sources []filter.Source
	for i, info := range chain.Infos() {
		keys += info.Keys - 2*info.Removed
		summary.Lines += info.Keys
		sources = append(sources, info.Sources...)
		summary.Sources = append(summary.Sources, Source{Name: o.Sources[i], Format: Index, Kind: info.Kind, Sorted: true, Lines: info.Keys, Keys: info.Keys, Digest: "id:" + info.ID.String()})
	}
	if err := old.admit(keys); err != nil {
		return Summary{}, err
	}
	options := filter.Options{Kind: chain.Kind(), Ranges: o.Ranges, NoBloom: o.NoBloom, Date: o.Date, Sources: sources, Step: c.step(ctx, "merge")}
	if summary.Index, err = filter.Compact(o.Output, chain, options); err != nil {
		return Summary{}, err
	}
	return summary, nil
}

// step returns a filter.Options.Step that tells the progress of a phase and ends
// it with ctx.
func (c *compiler) step(ctx context.Context, phase string) func(done, total uint64) error {
	return func(done, total uint64) error {
		c.progress(phase, int64(done), int64(total))
		return ctx.Err()
	}
}

// compiler is the state of one Compile.
type compiler struct {
	o        Options
	kind     filter.Kind
	base     *filter.Chain
	sources  []*source // removals last
	removals int
	sorters  []*sorter
	streams  []stream
	sink     *sink
	old      *predecessor
	summary  Summary
}

// open opens all sources, tells what they are and settles their kind.
func (c *compiler) open(ctx context.Context) error {
	if err := c.o.spare(); err != nil {
		return err
	}
	wished := c.o.Kind
	if len(c.o.Bases) > 0 {
		var err error
		if c.base, err = openChain(c.o.Bases); err != nil {
			return err
		}
		if c.o.Kind != 0 && c.o.Kind != c.base.Kind() {
			return &lists.SourceError{Source: c.o.Bases[0], Detail: fmt.Sprintf("is an index of %s hashes", c.base.Kind()), Err: ErrMixed}
		}
		c.o.Kind = c.base.Kind()
	}
	for i, path := range append(c.o.Sources[:len(c.o.Sources):len(c.o.Sources)], c.o.Remove...) {
		if err := ctx.Err(); err != nil {
			return err
		}
		sources, err := opener{&c.o}.openUntil(ctx, path)
		if err != nil {
			return err
		}
		c.sources = append(c.sources, sources...)
		if i >= len(c.o.Sources) {
			c.removals += len(sources)
		}
	}
	if err := c.settleKind(wished); err != nil {
		return err
	}
	if err := c.foldable(); err != nil {
		return err
	}
	for _, s := range c.sources {
		s.Kind = c.kind
		s.parser = c.parser(s)
		if c.o.Detected != nil {
			c.o.Detected(s.Source)
		}
	}
	return nil
}

// settleKind settles the kind of the index, which all sources must be of.
// wished is what the caller asked for.
func (c *compiler) settleKind(wished filter.Kind) error {
	c.kind = c.o.Kind
	for _, s := range c.sources {
		if c.kind == 0 {
			c.kind = s.Kind
		}
		if s.Kind == 0 || s.Kind == c.kind {
			continue
		}
		other := "others " + c.kind.String() + "; an index holds one kind: make two"
		switch {
		case wished != 0:
			other = "not " + c.kind.String() + "; hashes cannot be turned into another kind: leave --kind away"
		case c.base != nil:
			other = "the base " + c.kind.String() + "; an index holds one kind"
		}
		return s.wrap(&lists.SourceError{Detail: fmt.Sprintf("holds %s hashes, %s", s.Kind, other), Err: ErrMixed})
	}
	if c.kind == 0 {
		c.kind = filter.SHA1
	}
	return nil
}

// foldable refuses Options.Fold if no source holds passwords: who asks for it counts
// on spellings that the index would lack.
func (c *compiler) foldable() error {
	passwords := func(s *source) bool { return s.Kind == 0 }
	if !c.o.Fold || len(c.sources) == 0 || slices.ContainsFunc(c.sources, passwords) {
		return nil
	}
	s := c.sources[0]
	return s.wrap(&lists.SourceError{Detail: fmt.Sprintf("holds %s hashes, which cannot be folded, only passwords can: leave --fold away", s.Kind), Err: lists.ErrFormat})
}

func (c *compiler) parser(s *source) parser {
	switch s.Format {
	case Hashes, Ranges, NTLMText:
		return &hashParser{kind: c.kind, ordered: s.Sorted, tail: s.Format == NTLMText}
	case Lithnet:
		return lithnetParser{}
	}
	return &passwordParser{
		kind: c.kind, counts: s.Format == Counts, layout: s.layout, typed: s.Format == Words,
		latin1: c.o.Latin1, fold: c.o.Fold, lax: c.o.SkipInvalid,
	}
}

// run reads the sources, merges them and writes the index.
func (c *compiler) run(ctx context.Context) error {
	var err error
	if c.old, err = c.predecessor(); err != nil {
		return err
	}
	c.sink = &sink{minCount: c.o.MinCount, base: c.base, kind: c.kind, removals: c.removals > 0}
	kept, taken := c.sources[:len(c.sources)-c.removals], c.sources[len(c.sources)-c.removals:]
	for i, sources := range [][]*source{kept, taken} {
		streams, err := c.prepare(ctx, sources)
		for _, s := range streams {
			if i == 1 {
				s = marked{s}
			}
			c.streams = append(c.streams, s)
		}
		if err != nil {
			return err
		}
	}
	w, err := filter.Create(c.o.Output, c.filterOptions(ctx))
	if err != nil {
		return err
	}
	defer w.Abort() // harmless after Close
	c.sink.writer = w
	if err := c.merge(ctx); err != nil {
		return err
	}
	if err := c.conclude(); err != nil {
		return err
	}
	c.close() // also an index that is replaced now
	c.progress("write", 0, 0)
	if c.summary.Index, err = w.Close(); err != nil {
		return err
	}
	return nil
}

func (c *compiler) filterOptions(ctx context.Context) filter.Options {
	o := filter.Options{Kind: c.kind, Ranges: c.o.Ranges, NoBloom: c.o.NoBloom, Date: c.o.Date, Step: c.step(ctx, "write")}
	if c.base != nil {
		infos := c.base.Infos()
		o.Base = infos[len(infos)-1].ID
	}
	return o
}

// prepare returns the sources as sorted streams. What is in no order is read
// now, by one sorter for all.
func (c *compiler) prepare(ctx context.Context, sources []*source) (streams []stream, err error) {
	var s *sorter
	ordered := 0
	for _, source := range sources {
		if source.Sorted {
			ordered++
		}
	}
	for _, source := range sources {
		if source.Sorted && (ordered <= maxOrdered || source.set != nil) {
			continue
		}
		if s == nil {
			s = newSorter(filepath.Dir(c.o.Output), filepath.Base(c.o.Output), c.sortMemory())
			c.sorters = append(c.sorters, s)
		}
		if err := c.sort(ctx, s, source); err != nil {
			return nil, err
		}
	}
	if s != nil {
		if streams, err = s.streams(); err != nil {
			return streams, err
		}
	}
	for _, source := range sources {
		switch {
		case source.set != nil:
			streams = append(streams, newIndexed(ctx, source))
		case source.Sorted && ordered <= maxOrdered:
			streams = append(streams, c.read(ctx, source, ordered))
		}
	}
	return streams, nil
}

// maxOrdered is the number of sorted sources that are merged while they are
// read; more are sorted like unsorted ones.
const maxOrdered = 32

// fixedMemory is what is needed beside a sorter: chunks, decompression, the
// writer, the program.
const fixedMemory = 128 << 20

// sortMemory returns the bytes for a sorter. A second one, for removals, has a
// quarter.
func (c *compiler) sortMemory() int64 {
	return max(c.o.Memory-fixedMemory, c.o.Memory/4) >> (2 * len(c.sorters))
}

func (c *compiler) read(ctx context.Context, s *source, others int) *reading {
	return read(ctx, s, max(1, c.o.Workers/max(others, 1)))
}

// sort reads a source into a sorter.
func (c *compiler) sort(ctx context.Context, s *sorter, source *source) error {
	r := c.read(ctx, source, 1)
	defer r.close()
	for {
		records, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.add(records); err != nil {
			return err
		}
		c.progressRead()
	}
}

// merge hands the merged streams to the sink.
func (c *compiler) merge(ctx context.Context) error {
	m, err := mergeStreams(c.streams)
	if err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		records, err := m.next()
		if errors.Is(err, io.EOF) {
			return c.sink.flush()
		}
		if err != nil {
			return err
		}
		if err := c.sink.add(records); err != nil {
			return err
		}
		c.progressRead()
	}
}

// progressRead tells how much of the sources was read, or how much of what was
// sorted is merged.
func (c *compiler) progressRead() {
	if len(c.sorters) > 0 && c.sink.seen > 0 {
		c.progress("merge", int64(c.sink.seen), 0)
		return
	}
	var done, total int64
	known := true
	for _, s := range c.sources {
		done += s.meter.done.Load()
		t := s.meter.total.Load()
		total += t
		known = known && t > 0
	}
	if !known {
		total = 0
	}
	c.progress("read", done, total)
}

func (c *compiler) progress(phase string, done, total int64) {
	if c.o.Progress == nil {
		return
	}
	p := Progress{Phase: phase, Done: done, Total: total, Bytes: phase == "read"}
	for _, s := range c.sources {
		p.Keys += s.Keys
	}
	if phase == "merge" && total == 0 {
		p.Total = int64(p.Keys)
	}
	c.o.Progress(p)
}

// conclude sums up, and refuses a result that looks wrong.
func (c *compiler) conclude() error {
	sum := &c.summary
	var records uint64
	var provenance []filter.Source
	for i, s := range c.sources {
		if err := s.finish(c.o.AllowGaps); err != nil {
			return err
		}
		records += s.Keys
		if i >= len(c.sources)-c.removals {
			sum.Removals = append(sum.Removals, s.Source)
			continue
		}
		sum.Sources = append(sum.Sources, s.Source)
		sum.Lines += s.Lines
		provenance = append(provenance, filter.Source{Name: filepath.Base(s.Name), Format: s.Format.String(), Digest: s.Digest, Lines: s.Lines, Keys: s.Keys})
	}
	k := c.sink
	sum.Merged, sum.BelowMin, sum.Known, sum.Taken = records-k.seen, k.belowMin, k.known, k.taken
	k.writer.SetSources(provenance)
	if want := float64(c.o.ExpectLines); want > 0 && math.Abs(float64(sum.Lines)-want) > want*c.o.Tolerance {
		return refuse(ErrLines, "not %s lines as expected but %s; get the sources again, or change --expect-lines", Group(c.o.ExpectLines), Group(sum.Lines))
	}
	return c.old.admit(k.keys)
}

// close releases whatever is open.
func (c *compiler) close() {
	for _, s := range c.streams {
		s.close()
	}
	for _, s := range c.sources {
		s.close()
	}
	for _, s := range c.sorters {
		_ = s.close()
	}
	if c.base != nil {
		_ = c.base.Close()
	}
}
