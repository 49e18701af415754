package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/internal/durable"
	"github.com/vetopw/veto/lists/bundle"
)

func newKeygen() *cobra.Command {
	var name, output string
	cmd := &cobra.Command{
		Use:   "keygen --name NAME -o FILE",
		Short: "make a key to sign bundles with",
		Long: `Keygen makes an Ed25519 key pair: the private key in FILE, which only its owner
may read, and the public one in FILE.pub, which every machine that takes the
bundles needs. The name is part of both, such as that of the organization. An
existing file is never replaced. The public key is written to standard output too.

To change keys, make a new one, give both public keys to all machines, sign with
both private keys for a while (veto bundle create takes --key again), and then
take the old one away.`,
		Example: `  veto keygen --name example.org/lists-2026 -o lists.key`,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if name == "" || output == "" {
				return usagef("keygen needs --name and -o")
			}
			private, public, err := bundle.GenerateKey(name)
			if err != nil {
				return &exitError{exitUsage, err}
			}
			if err := createFile(output, 0o600, private+"\n"); err != nil {
				return err
			}
			if err := createFile(output+".pub", 0o644, public+"\n"); err != nil {
				return errors.Join(err, os.Remove(output))
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), public)
			return err
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		Annotations:       details(environmentHelp, exitHelp()),
	}
	cmd.Flags().StringVar(&name, "name", "", "`NAME` of the key, without spaces and plus")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the private key to `FILE`, the public one to FILE.pub")
	return cmd
}

// createFile writes a new file durably.
func createFile(path string, mode fs.FileMode, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: nothing is overwritten; choose another file", err)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return durable.SyncFolder(filepath.Dir(path))
}
