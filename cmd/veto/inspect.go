package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists/breach"
)

func newInspect() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect [flags] FILE",
		Short: "tell what a breach index holds",
		Long: `Inspect tells what a breach index holds and where that comes from. It checks the
header and the sizes; verify checks all of the file.`,
		Example: `  veto inspect pwned.veto
  veto inspect --json pwned.veto`,
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := openIndex(cmd, args)
			if err != nil {
				return err
			}
			defer set.Close()
			info := set.Info()
			return output(cmd, asJSON, info, appendInfo(nil, args[0], &info))
		},
		Annotations: details(exitHelp()),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// openIndex opens the index that is the only argument.
func openIndex(cmd *cobra.Command, args []string) (*filter.Set, error) {
	if len(args) != 1 {
		return nil, usagef("%s takes one FILE", cmd.Name())
	}
	if info, err := os.Stat(args[0]); err == nil && info.IsDir() {
		return nil, &exitError{exitConfig, fmt.Errorf("%s is a folder; name the file of a breach index", args[0])}
	}
	set, err := filter.Open(args[0])
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	return set, nil
}

// appendInfo appends what an index holds, for people.
func appendInfo(dst []byte, path string, info *filter.Info) []byte {
	what := "breach index"
	if info.Base != (filter.ID{}) {
		what = "overlay on " + info.Base.String()
	}
	dst = fmt.Appendf(dst, "%s: %s, version %d\n", path, what, info.Version)
	t := table{
		{{plain, "id"}, {plain, info.ID.String()}},
		{{plain, "kind"}, {plain, info.Kind.String()}},
		{{plain, "hashes"}, {plain, breach.Group(info.Keys - info.Removed)}},
	}
	add := func(name, text string) { t = append(t, row{{plain, name}, {plain, text}}) }
	if info.Removed > 0 {
		add("removed", breach.Group(info.Removed))
	}
	add("size", size(info))
	add("false hits", falseHits(info.FalsePositive))
	add("holds", holds(info))
	if info.Date != "" {
		add("date", info.Date)
	}
	dst = t.appendIndented(dst)
	if len(info.Sources) > 0 {
		dst = append(dst, "sources\n"...)
		t = nil
		for _, s := range info.Sources {
			t = append(t, row{{plain, s.Name}, {plain, s.Format}, {plain, grouped(s.Lines, "line")}, {plain, s.Digest}})
		}
		dst = t.appendIndented(dst)
	}
	dst = append(dst, "sections\n"...)
	t = nil
	for _, s := range info.Sections {
		t = append(t, row{{plain, s.Name}, {plain, byteSize(s.Bytes).String()}, {plain, fmt.Sprintf("at %d", s.Offset)}})
	}
	return t.appendIndented(dst)
}

// size tells what an index takes.
func size(info *filter.Info) string {
	each := "a hash"
	if info.Removed > 0 {
		each = "a hash or removal"
	}
	return fmt.Sprintf("%s, %.2f bytes %s", byteSize(info.Bytes), info.BytesPerKey, each)
}

// falseHits tells how many unknown hashes an index takes for its own.
func falseHits(rate float64) string {
	if rate == 0 {
		return "none"
	}
	return fmt.Sprintf("1 in %.2g", 1/rate)
}

// holds names what an index can be asked.
func holds(info *filter.Info) string {
	words := []string{"hashes"}
	if info.Bloom {
		words = append(words, "Bloom filter")
	}
	if info.Ranges {
		words = append(words, "whole hashes and counts")
	}
	return strings.Join(words, ", ")
}

// appendIndented appends the rows below each other.
func (t table) appendIndented(dst []byte) []byte {
	widths := t.widths()
	for _, row := range t {
		dst = row.append(append(dst, indent...), widths, palette{})
	}
	return dst
}
