package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/bundle"
	"github.com/vetopw/veto/remote"
)

func newBundle() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bundle",
		Short: "sign lists and policies for many machines",
		Long: `Bundle makes, checks and fetches bundles: signed sets of lists of words, breach
indexes and a configuration with policies, in a folder that any file share or
web server can hand out.

A bundle is the whole set: what is left out of the next one is withdrawn.`,
		Example: `  veto keygen --name example.org/lists -o lists.key
  veto bundle create --key lists.key -o /srv/veto company.txt veto.yaml
  veto bundle verify --key lists.key.pub /srv/veto`,
		Args:        knownCommand,
		RunE:        missingCommand,
		Annotations: details(environmentHelp, exitHelp()),
	}
	cmd.AddCommand(newBundleCreate(), newBundleVerify(), newBundleInspect(), newBundlePull())
	return cmd
}

func newBundleCreate() *cobra.Command {
	var keys []string
	var output string
	var version uint64
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "create --key FILE -o DIR FILE...",
		Short: "make and sign a bundle",
		Long: `Create puts a bundle of the files into the folder DIR, in the place of the one
there. Breach indexes are known by their content, a configuration by its name
that ends with .yaml, everything else is a list of words. All are checked first;
of a configuration the machines take the policies alone, and there can be one.

The version is one more than that of the bundle in DIR. Machines never go back to
a lower version: to undo a change, publish the old files as a new version.`,
		Example: `  veto bundle create --key lists.key -o /srv/veto company.txt hibp.veto veto.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(keys) == 0 || output == "" || len(args) == 0 {
				return usagef("create needs --key, -o and at least one FILE")
			}
			o := bundle.WriteOptions{Version: version, Created: time.Now()}
			for _, path := range keys {
				key, err := bundle.OpenSigningKey(path)
				if err != nil {
					return &exitError{exitConfig, err}
				}
				o.Keys = append(o.Keys, key)
			}
			var err error
			if o.Sources, err = bundleSources(args); err != nil {
				return err
			}
			ctx, stop := interruptible()
			defer stop()
			m, err := bundle.Write(ctx, output, o)
			if err != nil {
				return err
			}
			return writeManifest(cmd, m, output, asJSON)
		},
		Annotations: details(environmentHelp, exitHelp()),
	}
	f := cmd.Flags()
	f.StringArrayVar(&keys, "key", nil, "sign with the private key in `FILE`; repeatable")
	f.StringVarP(&output, "output", "o", "", "write the bundle to the folder `DIR`")
	f.Uint64Var(&version, "bundle-version", 0, "give the bundle the version `N` (default: the next)")
	f.BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// interruptible returns a context that an interrupt ends.
func interruptible() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
}

// bundleSources finds out what the files are, and that they can be used.
func bundleSources(paths []string) (sources []bundle.Source, err error) {
	var indexes []string
	var failed []error
	policies := 0
	for _, path := range paths {
		kind, err := kindOf(path)
		failed = append(failed, err)
		switch kind {
		case bundle.Breached:
			indexes = append(indexes, path)
		case bundle.Policy:
			policies++
		}
		sources = append(sources, bundle.Source{Path: path, Kind: kind})
	}
	if policies > 1 {
		failed = append(failed, usagef("a bundle has one configuration, %d are given", policies))
	}
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	breaches, err := lists.OpenBreaches(indexes...)
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	for _, b := range breaches {
		err = errors.Join(err, b.Chain.Close())
	}
	return sources, err
}

// kindOf returns what a file is used as. It fails for one that cannot be used.
func kindOf(path string) (bundle.Kind, error) {
	if ext := strings.ToLower(filepath.Ext(path)); ext == ".yaml" || ext == ".yml" {
		_, err := config.Load(path, nil)
		return bundle.Policy, err
	}
	set, err := filter.Open(path)
	if err == nil {
		return bundle.Breached, set.Close()
	}
	if !errors.Is(err, filter.ErrNotIndex) {
		return bundle.Breached, &exitError{exitConfig, err}
	}
	_, err = lists.OpenTerms(path)
	return bundle.Terms, err
}

func newBundleVerify() *cobra.Command {
	var keys []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify --key FILE DIR",
		Short: "check the signature and every byte of a bundle",
		Long: `Verify checks who signed the bundle in the folder DIR, and reads all of its files.
It ends with exit code 3 if a machine with the same keys would not take it.`,
		Example: `  veto bundle verify --key lists.key.pub /srv/veto`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || len(keys) == 0 {
				return usagef("verify needs --key and one DIR")
			}
			trusted, err := bundle.OpenKeys(keys...)
			if err != nil {
				return &exitError{exitConfig, err}
			}
			ctx, stop := interruptible()
			defer stop()
			m, err := bundle.Verify(ctx, args[0], trusted)
			if err != nil {
				return &exitError{exitConfig, err}
			}
			return writeManifest(cmd, m, args[0], asJSON)
		},
		Annotations: details(environmentHelp, exitHelp()),
	}
	addKeys(cmd, &keys)
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// addKeys defines the flag for public keys.
func addKeys(cmd *cobra.Command, keys *[]string) {
	cmd.Flags().StringArrayVar(keys, "key", nil, "trust the public keys in `FILE`; repeatable")
}

func newBundleInspect() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect [flags] DIR",
		Short: "tell what a bundle holds",
		Long: `Inspect tells what the manifest of the bundle in the folder DIR says. It does not
check who signed it, nor the files; verify does.`,
		Example: `  veto bundle inspect --json /srv/veto`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("inspect takes one DIR")
			}
			signed, err := bundle.ReadManifest(args[0])
			if err != nil {
				return &exitError{exitConfig, err}
			}
			m, err := bundle.PeekManifest(signed)
			if err != nil {
				return &exitError{exitConfig, fmt.Errorf("%s: %w", args[0], err)}
			}
			return writeManifest(cmd, m, args[0], asJSON)
		},
		Annotations: details(exitHelp()),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// writeManifest writes what a bundle holds.
func writeManifest(cmd *cobra.Command, m *bundle.Manifest, dir string, asJSON bool) error {
	out := fmt.Appendf(nil, "%s: bundle, version %d, %v, %s\n", dir, m.Version, byteSize(m.Bytes()), plural(len(m.Files), "file"))
	t := table{
		{{plain, "created"}, {plain, m.Created.Format(time.RFC3339)}},
		{{plain, "signed by"}, {plain, cmp.Or(strings.Join(m.Signed, ", "), "not checked")}},
	}
	out = append(t.appendIndented(out), "files\n"...)
	t = nil
	for _, f := range m.Files {
		t = append(t, row{{plain, f.Name}, {plain, f.Kind.String()}, {plain, byteSize(f.Bytes).String()}, {plain, f.Digest.String()}})
	}
	return output(cmd, asJSON, m, t.appendIndented(out))
}

// pulled is the result of veto bundle pull as JSON.
type pulled struct {
	Changed bool   `json:"changed"`
	Version uint64 `json:"version"`
	Dir     string `json:"dir"`
}

func newBundlePull() *cobra.Command {
	var keys []string
	o := new(bundle.Options)
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "pull --key FILE --cache DIR SOURCE",
		Short: "take the newest bundle from a folder or URL",
		Long: `Pull looks at SOURCE, a folder or an https URL such as that of veto serve with
/v1/bundle behind, and takes its bundle into the folder DIR if it is newer. What
is not signed by a trusted key, not complete, or older than what DIR has had is
refused with exit code 3, and what was there before stays. An interrupted pull is
resumed by the next.

The folder that is written to standard output holds the files under their names,
until the generation after the next one arrives. veto sidecar does the same by
itself (bundle in the configuration); one process at a time can have DIR.`,
		Example: `  veto bundle pull --key lists.key.pub --cache /var/lib/veto/bundle https://veto.example.org/v1/bundle`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || len(keys) == 0 || o.Dir == "" {
				return usagef("pull needs --key, --cache and one SOURCE")
			}
			var err error
			if o.Keys, err = bundle.OpenKeys(keys...); err != nil {
				return &exitError{exitConfig, err}
			}
			o.Source = args[0]
			result, err := pull(*o)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(result)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), result.Dir)
			return err
		},
		Annotations: details(environmentHelp, exitHelp()),
	}
	addKeys(cmd, &keys)
	cmd.Flags().StringVar(&o.Dir, "cache", "", "keep bundles in the folder `DIR`")
	addRemote(cmd, &o.Remote)
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

func pull(o bundle.Options) (result pulled, err error) {
	ctx, stop := interruptible()
	defer stop()
	k, err := bundle.OpenKeeper(ctx, o)
	if errors.Is(err, remote.ErrURL) {
		return result, &exitError{exitUsage, err}
	}
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, k.Close()) }()
	if result.Changed, err = k.Refresh(ctx); err != nil {
		return result, err
	}
	g, ok := k.Current()
	if !ok {
		return result, &exitError{exitConfig, errors.Join(errors.New("no usable bundle"), k.Status().Err)}
	}
	result.Version, result.Dir = g.Manifest.Version, g.Dir
	return result, nil
}
