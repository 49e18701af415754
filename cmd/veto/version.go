package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/lists"
)

// version is set by the linker for a release: -ldflags "-X main.version=1.2.3".
var version string

// release describes the program and what it holds.
type release struct {
	Version  string    `json:"version"`
	Go       string    `json:"go"`
	Platform string    `json:"platform"`
	Snapshot string    `json:"snapshot"`
	Lists    []listing `json:"lists"`
}

// listing describes one embedded list.
type listing struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Entries int    `json:"entries"`
	Digest  string `json:"digest"`
}

func newVersion() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version [flags]",
		Short: "tell the version and the built-in lists",
		Long: `Version tells the version of veto, what it was built with, the built-in lists
and the snapshot: the id of the lists and policies that judge when no flag
changes them. Every verdict in JSON carries the id of its snapshot.`,
		Example: `  veto version
  veto version --json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := describe()
			if err != nil {
				return err
			}
			return output(cmd, asJSON, r, r.appendText(nil))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// describe builds the default snapshot to name it.
func describe() (*release, error) {
	snapshot, err := lists.Build(lists.Options{Policies: config.Default().Policies})
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	r := &release{versionText(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, snapshot.ID, nil}
	for _, l := range snapshot.Lists {
		r.Lists = append(r.Lists, listing{l.Name, l.Kind, l.Entries, l.Digest})
	}
	return r, nil
}

// versionText returns the version set by the linker or, for a program built by
// go install, the version of the module.
func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

func (r *release) appendText(dst []byte) []byte {
	dst = fmt.Appendf(dst, "veto %s (%s, %s)\nsnapshot %s\n", r.Version, r.Go, r.Platform, r.Snapshot)
	var t table
	for _, l := range r.Lists {
		t = append(t, row{{plain, l.Name}, {plain, strconv.Itoa(l.Entries)}, {plain, l.Kind}})
	}
	widths := t.widths()
	for _, row := range t {
		dst = row.append(append(dst, indent...), widths, palette{})
	}
	return dst
}
