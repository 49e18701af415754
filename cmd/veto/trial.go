package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/engine"
)

// trial counts what a policy does to a set of passwords.
type trial struct {
	Policy      string  `json:"policy"`
	Mode        string  `json:"mode"`
	Snapshot    string  `json:"snapshot"`
	Passwords   int     `json:"passwords"`
	Refused     int     `json:"refused"`
	WouldRefuse int     `json:"would_refuse"` // if everything were enforced
	Reasons     []tally `json:"reasons"`
	counts      map[engine.Reason]*tally
}

// tally counts the passwords with one reason.
type tally struct {
	Code    string `json:"code"`
	Failed  int    `json:"failed"`  // with this reason, in whatever mode
	Alone   int    `json:"alone"`   // of these, without another reason
	Audited int    `json:"audited"` // of these, for rules in audit mode alone
}

func newPolicyTest() *cobra.Command {
	var c chooser
	var null, asJSON bool
	cmd := &cobra.Command{
		Use:   "test [flags] [FILE]",
		Short: "count what a policy would refuse",
		Long: `Test judges the passwords of FILE, or of standard input, one per line as veto
check reads them, and counts how many the policy refuses and for which reasons. A
password may have several; "alone" counts those with no other. Nothing else is
told of a password. The exit code is 0 however many are refused.`,
		Example: `  veto policy test --config veto.yaml passwords.txt
  veto policy test --profile strict --json < passwords.txt`,
		Annotations: details(environmentHelp, exitHelp()),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("test takes at most one file")
			}
			if len(args) == 1 && slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(args[0])) {
				return usagef("FILE has passwords; policies are those of --config, and veto policy simulate tries a document on a server")
			}
			t, err := c.try(cmd, args, null)
			if err != nil {
				return err
			}
			return output(cmd, asJSON, t, t.appendText(nil))
		},
	}
	c.addFlags(cmd)
	cmd.Flags().BoolVarP(&null, "null", "0", false, "passwords end with NUL, not with a line feed")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// try judges the passwords of a file or of standard input.
func (c *chooser) try(cmd *cobra.Command, files []string, null bool) (*trial, error) {
	in := cmd.InOrStdin()
	if len(files) > 0 {
		f, err := os.Open(files[0])
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	l, snapshot, err := c.source.build(cmd)
	if err != nil {
		return nil, err
	}
	subject, err := c.subject(l)
	if err != nil {
		return nil, err
	}
	end := byte('\n')
	if null {
		end = 0
	}
	t := newTrial()
	records := newRecordReader(in, end)
	defer records.close()
	for {
		password, err := records.next()
		if err == io.EOF && t.Passwords == 0 {
			return nil, errNoPassword
		} else if err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		t.count(snapshot.Engine.Check(password, subject))
	}
	t.sum()
	return t, nil
}

func newTrial() *trial { return &trial{counts: map[engine.Reason]*tally{}} }

// sum orders the reasons that were counted.
func (t *trial) sum() {
	for r := range engine.AllReasons() {
		if n := t.counts[r]; n != nil {
			t.Reasons = append(t.Reasons, *n)
		}
	}
}

func (t *trial) count(v engine.Verdict) {
	t.Policy, t.Mode, t.Snapshot = v.Policy, v.Mode.String(), v.Snapshot
	t.Passwords++
	if v.Decision != engine.Accept {
		t.Refused++
	}
	if v.Would != engine.Accept {
		t.WouldRefuse++
	}
	for r := range v.Reasons.All() {
		n := t.counts[r]
		if n == nil {
			n = &tally{Code: r.Code()}
			t.counts[r] = n
		}
		n.Failed++
		if v.Reasons.Len() == 1 {
			n.Alone++
		}
		if v.Audited.Has(r) {
			n.Audited++
		}
	}
}

// appendText appends the counts as a table.
func (t *trial) appendText(dst []byte) []byte {
	dst = fmt.Appendf(dst, "policy %s, mode %s, snapshot %s\n", t.Policy, t.Mode, t.Snapshot)
	dst = fmt.Appendf(dst, "%s, %d refused (%s)", plural(t.Passwords, "password"), t.Refused, percent(t.Refused, t.Passwords))
	if t.WouldRefuse != t.Refused {
		dst = fmt.Appendf(dst, ", %d if everything were enforced (%s)", t.WouldRefuse, percent(t.WouldRefuse, t.Passwords))
	}
	dst = append(dst, '\n')
	if len(t.Reasons) == 0 {
		return dst
	}
	rows := table{{{plain, "reason"}, {plain, "failed"}, {plain, ""}, {plain, "alone"}, {plain, "audited"}}}
	for _, n := range t.Reasons {
		rows = append(rows, row{{plain, n.Code}, {plain, strconv.Itoa(n.Failed)}, {plain, percent(n.Failed, t.Passwords)},
			{plain, strconv.Itoa(n.Alone)}, {plain, strconv.Itoa(n.Audited)}})
	}
	widths := rows.widths()
	for _, r := range rows {
		dst = r.append(append(dst, indent...), widths, palette{})
	}
	return dst
}

func percent(n, of int) string { return fmt.Sprintf("%.2f %%", 100*float64(n)/float64(of)) }
