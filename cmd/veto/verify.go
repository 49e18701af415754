package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists/breach"
)

// verification is the result of veto verify as JSON.
type verification struct {
	File    string     `json:"file"`
	OK      bool       `json:"ok"`
	ID      *filter.ID `json:"id,omitempty"`
	Keys    uint64     `json:"keys,omitempty"` // removals included
	Removed uint64     `json:"removed,omitempty"`
	Section string     `json:"section,omitempty"` // where the damage is
	Offset  int64      `json:"offset,omitempty"`
	Error   string     `json:"error,omitempty"`
}

func newVerify() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [flags] FILE",
		Short: "check every byte of a breach index",
		Long: `Verify reads all of a breach index and checks its checksums, the order of its
hashes and that the Bloom filter knows each. It ends with exit code 3 if the
file is damaged; then get it again, or compile it anew.`,
		Example: `  veto verify pwned.veto
  veto verify --json pwned.veto`,
		RunE: func(cmd *cobra.Command, args []string) error {
			result, err := verify(cmd, args)
			if code := codeOf(err); asJSON && code != exitUsage {
				text, marshalErr := json.Marshal(result)
				if _, writeErr := fmt.Fprintf(cmd.OutOrStdout(), "%s\n", text); marshalErr != nil || writeErr != nil {
					return errors.Join(marshalErr, writeErr)
				}
			} else if err == nil {
				_, err = cmd.OutOrStdout().Write(result.append(nil))
			}
			return err
		},
		Annotations: details(exitHelp()),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// append appends what was found, for people.
func (v *verification) append(dst []byte) []byte {
	dst = fmt.Appendf(dst, "%s: %s", v.File, grouped(v.Keys-v.Removed, "hash"))
	if v.Removed > 0 {
		dst = fmt.Appendf(dst, ", %s taken out of the base", breach.Group(v.Removed))
	}
	return append(dst, ", no damage\n"...)
}

func verify(cmd *cobra.Command, args []string) (result verification, err error) {
	defer func() {
		if err != nil {
			result.Error = err.Error()
		}
		var damage *filter.CorruptError
		if errors.As(err, &damage) {
			result.Section, result.Offset = damage.Section, damage.Offset
		}
	}()
	if len(args) == 1 {
		result.File = args[0]
	}
	set, err := openIndex(cmd, args)
	if err != nil {
		return result, err
	}
	defer set.Close()
	info := set.Info()
	result.ID, result.Keys, result.Removed = &info.ID, info.Keys, info.Removed
	p := newProgress(cmd.ErrOrStderr())
	defer p.end()
	err = set.Verify(func(done, total int64) {
		p.update(breach.Progress{Phase: "verify", Done: done, Total: total, Bytes: true})
	})
	if err != nil {
		return result, indexError(fmt.Errorf("%s: %w", args[0], err))
	}
	result.OK = true
	return result, nil
}
