package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists/breach"
)

// compileCommand is the state of veto compile.
type compileCommand struct {
	options  breach.Options
	format   choice
	kind     choice
	order    choice
	encoding choice
	memory   byteSize
	percent  float64
	merge    bool
	json     bool
}

// The words of compile's choices. The first is the default.
var (
	kindNames     = []string{"auto", filter.SHA1.String(), filter.NTLM.String()}
	orderNames    = []string{"auto", "sorted", "unsorted"}
	encodingNames = []string{"utf8", "latin1"}
)

// unmerged are the flags that say how sources are read, which --merge does not ask.
var unmerged = []string{
	"format", "kind", "order", "encoding", "fold", "skip-invalid", "min-count", "expect-lines", "tolerance",
	"allow-gaps", "no-expansion-limit", "sha256",
}

func newCompile() *cobra.Command {
	c := &compileCommand{memory: breach.DefaultMemory}
	cmd := &cobra.Command{
		Use:   "compile -o FILE [flags] SOURCE...",
		Short: "make a breach index of hash and password lists",
		Long: `Compile reads breach corpora and writes the index of their hashes that the
flag --breached of other commands asks. Each SOURCE is a file, a folder or - for
standard input. What it holds is found out and said:

    hashes     HASH or HASH:COUNT, SHA-1 or NTLM: Have I Been Pwned, one file
    ranges     00000.txt to FFFFF.txt of its range API: a folder, ZIP or tar
    ntlm       32 hexadecimal digits, then nothing or a colon and anything
    lithnet    the store of Lithnet Password Protection: a folder with v3
    passwords  one a line; blank lines and '# comments' are left out
    counts     'count password', 'password:count' or with a tab
    words      word lists of pwm
    index      an index made with --ranges

gzip, zstd, xz, bzip2, ZIP and tar are unpacked on the way. A hash that occurs
more than once keeps its greatest count. If one of its counts is unknown, as in
lists without counts, it stays unknown, since it may be greater. Hashes with
count 0 are left out.
Sorted hashes are read straight into the index, others are sorted first, which
takes a temporary file of 24 bytes for each beside FILE.

FILE appears when it is complete; until then, and after any error, what was
there stays. It may replace an index, but neither a SOURCE nor another file. The
same sources make the same bytes.

With --base the result is a small overlay: what SOURCE adds to an index and
--remove takes out of it. Name base and overlays in this order to --breached,
or make one index of them with --merge.`,
		Example: `  veto compile -o pwned.veto pwned-passwords-sha1-ordered-by-hash.txt
  veto compile -o ntlm.veto --ranges ranges-ntlm/
  veto compile -o words.veto --kind ntlm rockyou.txt.gz company.txt
  veto compile -o march.veto --base pwned.veto --remove withdrawn.txt new.txt
  veto compile -o merged.veto --merge pwned.veto march.veto`,
		RunE:        c.run,
		Annotations: details(environmentHelp, exitHelp()),
	}
	c.addFlags(cmd)
	return cmd
}

func (c *compileCommand) addFlags(cmd *cobra.Command) {
	o := &c.options
	c.format = choice{breach.Detect.String(), breach.FormatNames()}
	c.kind = choice{kindNames[0], kindNames}
	c.order = choice{orderNames[0], orderNames}
	c.encoding = choice{encodingNames[0], encodingNames}
	f := cmd.Flags()
	f.StringVarP(&o.Output, "output", "o", "", "write the index to `FILE`")
	addChoice(cmd, &c.format, "format", "take every source for `FORMAT`, one of the above")
	addChoice(cmd, &c.kind, "kind", "hash passwords to `KIND`: sha1 or ntlm; hashes must be of it")
	addChoice(cmd, &c.order, "order", "take hashes for `ORDER`: sorted, then others are an error, or unsorted")
	addChoice(cmd, &c.encoding, "encoding", "`ENCODING` of passwords: utf8 or latin1 (UTF-16 is recognized)")
	f.BoolVar(&o.Fold, "fold", false, "also add each password as it reads without case, accents and substitutions; not for hashes")
	f.BoolVar(&o.SkipInvalid, "skip-invalid", false, "leave out lines of password lists that are no text")
	f.Uint32Var(&o.MinCount, "min-count", 0, "leave out what was seen less than `N` times; unknown counts stay")
	f.BoolVar(&o.Ranges, "ranges", false, "keep whole hashes and counts, as the range API and later merging need")
	f.BoolVar(&o.NoBloom, "no-bloom", false, "leave the Bloom filter out: for an index that stays in memory")
	f.StringVar(&o.Date, "date", "", "`DATE` of the sources, as 2026-11-22")
	f.StringArrayVar(&o.Bases, "base", nil, "write an overlay on the index `FILE`; repeatable: base, then its overlays")
	f.StringArrayVar(&o.Remove, "remove", nil, "leave out, or take out of the base, what `SOURCE` holds; repeatable")
	f.BoolVar(&c.merge, "merge", false, "make one index of a base and its overlays, which the sources are, in order")
	f.Uint64Var(&o.ExpectLines, "expect-lines", 0, "fail unless the sources have `N` lines")
	f.Float64Var(&c.percent, "tolerance", 1, "`PERCENT` that --expect-lines may be off")
	f.BoolVar(&o.AllowShrink, "allow-shrink", false, "replace an index with many more hashes, or of another kind")
	f.BoolVar(&o.AllowGaps, "allow-gaps", false, "do without missing range files, or the end of a source that looks cut off")
	f.BoolVar(&o.NoExpansionLimit, "no-expansion-limit", false, "unpack even what grows more than a hundredfold")
	f.BoolVar(&o.SHA256, "sha256", false, "note the SHA-256 of each source instead of its xxhash64; slower")
	f.Var(&c.memory, "memory", "take at most about `SIZE` of memory")
	f.Lookup("memory").DefValue = fmt.Sprintf("%d MiB", breach.DefaultMemory>>20)
	f.BoolVar(&c.json, "json", false, "write the summary as JSON")
}

func (c *compileCommand) run(cmd *cobra.Command, args []string) error {
	if err := c.settle(cmd, args); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), endSignals()...)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(int64(c.memory)))
	p := newProgress(cmd.ErrOrStderr())
	c.options.Progress = p.update
	c.options.Detected = func(s breach.Source) { p.say(s.String()) }
	start := time.Now()
	summary, err := c.compile(ctx)
	p.end()
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return fmt.Errorf("%w; %s is as it was", errInterrupted, c.options.Output)
	case err != nil:
		return indexError(err)
	}
	for _, s := range summary.Sources {
		if s.Warning != "" {
			p.say(s.Name + ": " + s.Warning)
		}
	}
	return output(cmd, c.json, summary, appendSummary(nil, &summary, time.Since(start)))
}

// settle checks the flags and completes the options.
func (c *compileCommand) settle(cmd *cobra.Command, args []string) error {
	o := &c.options
	switch {
	case o.Output == "":
		return usagef("compile needs -o FILE")
	case o.Output == "-":
		return usagef("-o - is no file; name one, as an index is not written to standard output")
	case len(args) == 0 && (len(o.Bases) == 0 || len(o.Remove) == 0):
		return usagef("compile needs a SOURCE: a file, a folder, or - for standard input")
	case c.merge && len(o.Bases)+len(o.Remove) > 0:
		return usagef("--merge goes with neither --base nor --remove")
	case c.percent < 0 || c.percent > 100:
		return usagef("--tolerance must be from 0 to 100")
	}
	for _, name := range unmerged {
		if c.merge && cmd.Flags().Changed(name) {
			return usagef("--%s does nothing with --merge, which takes indexes as they are", name)
		}
	}
	if o.Date != "" {
		if _, err := time.Parse(time.DateOnly, o.Date); err != nil {
			if _, err := time.Parse(time.RFC3339, o.Date); err != nil {
				return usagef("--date must be like 2026-11-22 or 2026-11-22T08:00:00Z")
			}
		}
	}
	o.Sources = args
	o.Stdin = cmd.InOrStdin()
	o.Format, _ = breach.ParseFormat(c.format.value)
	o.Latin1 = c.encoding.value == encodingNames[1]
	o.Tolerance = c.percent / 100
	o.Memory = int64(c.memory)
	switch c.kind.value {
	case kindNames[1]:
		o.Kind = filter.SHA1
	case kindNames[2]:
		o.Kind = filter.NTLM
	}
	switch c.order.value {
	case orderNames[1]:
		o.Order = breach.Sorted
	case orderNames[2]:
		o.Order = breach.AnyOrder
	}
	return nil
}

func (c *compileCommand) compile(ctx context.Context) (breach.Summary, error) {
	if c.merge {
		return breach.Merge(ctx, c.options)
	}
	return breach.Compile(ctx, c.options)
}

// indexError gives an error about an index its exit code.
func indexError(err error) error {
	for _, unusable := range []error{
		breach.ErrLines, breach.ErrShrink, breach.ErrKind, breach.ErrOverwrite,
		filter.ErrNotIndex, filter.ErrVersion, filter.ErrTruncated, filter.ErrCorrupt, filter.ErrBase, filter.ErrNoRanges, filter.ErrChanged,
	} {
		if errors.Is(err, unusable) {
			return &exitError{exitConfig, err}
		}
	}
	return err
}

// appendSummary appends what was compiled, for people.
func appendSummary(dst []byte, s *breach.Summary, took time.Duration) []byte {
	index := &s.Index
	dst = fmt.Appendf(dst, "%s: %s, %s, in %s\n", s.Output, grouped(index.Keys-index.Removed, index.Kind.String()+" hash"), size(index), took.Round(10*time.Millisecond))
	notes := []struct {
		n    uint64
		text string
	}{
		{s.Merged, "occurred more than once"},
		{s.BelowMin, "seen too rarely, left out"},
		{s.Known, "the base answers already"},
		{s.Taken, "taken out"},
		{index.Removed, "taken out of the base"},
	}
	for _, note := range notes {
		if note.n > 0 {
			dst = fmt.Appendf(dst, "  %s %s\n", breach.Group(note.n), note.text)
		}
	}
	for _, source := range append(s.Sources[:len(s.Sources):len(s.Sources)], s.Removals...) {
		dst = fmt.Appendf(dst, "  %s: %s, %s", source.Name, grouped(source.Lines, "line"), source.Digest)
		if source.Skipped > 0 {
			dst = fmt.Appendf(dst, ", %s left out", grouped(source.Skipped, "line"))
		}
		dst = append(dst, '\n')
	}
	return dst
}
