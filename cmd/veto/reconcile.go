package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/server/audit"
)

// clockSlack is how much later than the change a verdict may be, as the two
// programs stamp times on their own.
const clockSlack = time.Second

// reconcileCommand is the state of veto reconcile.
type reconcileCommand struct {
	window             time.Duration
	accounts, keyFile  string
	asJSON             bool
	key                []byte
	report             reconciliation
	verdicts           []acceptance
	namesOf            map[string]string
	sambaLog, auditLog string
}

// reconciliation is what became of the changes of a log.
type reconciliation struct {
	Changes   int              `json:"changes"`
	Matched   int              `json:"matched"` // have an accepting verdict of their own
	ByTime    int              `json:"by_time"` // of these, without comparing accounts
	Exempt    int              `json:"exempt"`  // of machines and Kerberos, which no script is asked about
	Damaged   int              `json:"damaged"` // lines that cannot be read
	Unmatched []passwordChange `json:"unmatched"`
}

// acceptance is an accepting verdict of the sidecar.
type acceptance struct {
	time    time.Time
	subject string // as in the record
	used    bool
}

func newReconcile() *cobra.Command {
	c := new(reconcileCommand)
	cmd := &cobra.Command{
		Use:   "reconcile [flags] SAMBA_LOG AUDIT_FILE",
		Short: "find new passwords that were never judged",
		Long: `Reconcile compares the password audit of a Samba domain controller with the audit
of its sidecar. It reports passwords that were changed or set without an accepting
verdict shortly before: the script is not configured, was bypassed or failed open.

SAMBA_LOG is written with "log level = 1 dsdb_password_json_audit:5@FILE" in
smb.conf, AUDIT_FILE is audit.file of the sidecar, with its rotated files. Exit
code 1 tells that there are such passwords.

Samba tells distinguished names, the sidecar accounts. --accounts names a file of
LDIF that has both, from ldbsearch or ldapsearch; --key-file is audit.key_file.
Without them verdicts are matched by time alone, which overlooks a bypass beside
a verdict of another account.`,
		Example: `  ldbsearch -H /var/lib/samba/private/sam.ldb sAMAccountName > accounts.ldif
  veto reconcile --accounts accounts.ldif --key-file /etc/veto/audit.key \
    /var/log/samba/password-audit.json /var/log/veto-sidecar/audit.jsonl`,
		RunE:        c.run,
		Annotations: details(exitHelp()),
	}
	cmd.Flags().StringVar(&c.accounts, "accounts", "", "read the accounts of distinguished names from the LDIF `FILE`")
	cmd.Flags().StringVar(&c.keyFile, "key-file", "", "compare keyed accounts by the key in `FILE`")
	cmd.Flags().DurationVar(&c.window, "window", 15*time.Second, "accept a verdict up to `TIME` before the change")
	cmd.Flags().BoolVar(&c.asJSON, "json", false, "write JSON")
	return cmd
}

func (c *reconcileCommand) run(cmd *cobra.Command, args []string) error {
	if len(args) != 2 {
		return usagef("reconcile takes SAMBA_LOG and AUDIT_FILE")
	}
	if c.window < 0 {
		return usagef("--window must not be negative")
	}
	c.sambaLog, c.auditLog = args[0], args[1]
	if err := c.readNames(); err != nil {
		return &exitError{exitConfig, err}
	}
	changes, err := c.readChanges()
	if err != nil {
		return err
	}
	if err := c.readVerdicts(changes); err != nil {
		return err
	}
	c.reconcile(changes)
	out := c.report.append(nil)
	if c.asJSON {
		if out, err = json.MarshalIndent(c.report, "", "  "); err != nil {
			return err
		}
		out = append(out, '\n')
	}
	if _, err := cmd.OutOrStdout().Write(out); err != nil {
		return err
	}
	if len(c.report.Unmatched) > 0 {
		return &exitError{code: exitRefused}
	}
	return nil
}

// readNames reads the accounts and the key, where they are given.
func (c *reconcileCommand) readNames() (err error) {
	if c.keyFile != "" {
		if c.key, err = readAuditKey(c.keyFile); err != nil {
			return fmt.Errorf("--key-file: %w", err)
		}
	}
	if c.accounts != "" {
		if c.namesOf, err = readAccounts(c.accounts); err != nil {
			return fmt.Errorf("--accounts: %w", err)
		}
	}
	return nil
}

// readChanges reads the new passwords in order of time.
func (c *reconcileCommand) readChanges() ([]passwordChange, error) {
	f, err := os.Open(c.sambaLog)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	changes, damaged, err := readSambaAudit(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c.sambaLog, err)
	}
	c.report.Damaged += damaged
	for i := range changes {
		changes[i].Account = c.namesOf[strings.ToLower(changes[i].DN)]
	}
	slices.SortStableFunc(changes, func(a, b passwordChange) int { return a.Time.Compare(b.Time) })
	return changes, nil
}

// readVerdicts reads the accepting verdicts around the changes, in order of time.
func (c *reconcileCommand) readVerdicts(changes []passwordChange) error {
	if _, err := os.Stat(c.auditLog); err != nil {
		return err
	}
	if len(changes) == 0 {
		return nil
	}
	q := audit.Query{Kind: "decision", Limit: 10000, From: changes[0].Time.Add(-c.window),
		To: changes[len(changes)-1].Time.Add(clockSlack + time.Microsecond)}
	for {
		page, err := audit.Read(c.auditLog, q)
		if err != nil {
			return err
		}
		c.report.Damaged += page.Damaged
		for _, line := range page.Lines {
			var record struct {
				Time     time.Time
				Subject  string
				Decision string
				Cause    string // of a declared answer, which is no verdict
			}
			if json.Unmarshal(line, &record) != nil {
				c.report.Damaged++
			} else if record.Decision == "accept" && record.Cause == "" {
				c.verdicts = append(c.verdicts, acceptance{time: record.Time, subject: record.Subject})
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	slices.SortStableFunc(c.verdicts, func(a, b acceptance) int { return a.time.Compare(b.time) })
	return nil
}

// reconcile gives each change the oldest verdict that is left for it, one of the
// same account if accounts can be compared.
func (c *reconcileCommand) reconcile(changes []passwordChange) {
	c.report.Changes = len(changes)
	c.report.Unmatched = []passwordChange{}
	for _, change := range changes {
		if exempt(&change) {
			c.report.Exempt++
		} else if !c.take(&change, true) && !c.take(&change, false) {
			c.report.Unmatched = append(c.report.Unmatched, change)
		}
	}
}

// take uses up a verdict for a change, one with the same account or, without
// byAccount, one whose account cannot be compared.
func (c *reconcileCommand) take(change *passwordChange, byAccount bool) bool {
	first, _ := slices.BinarySearchFunc(c.verdicts, change.Time.Add(-c.window), func(v acceptance, t time.Time) int { return v.time.Compare(t) })
	for i := first; i < len(c.verdicts); i++ {
		v := &c.verdicts[i]
		if v.time.After(change.Time.Add(clockSlack)) {
			break
		}
		same, comparable := c.same(v.subject, change.Account)
		if v.used || comparable != byAccount || comparable && !same {
			continue
		}
		v.used = true
		c.report.Matched++
		if !byAccount {
			c.report.ByTime++
		}
		return true
	}
	return false
}

// same compares the subject of a record with an account, if that can be done.
func (c *reconcileCommand) same(subject, account string) (same, comparable bool) {
	keyed := strings.HasPrefix(subject, audit.PseudonymStart)
	switch {
	case account == "" || subject == "" || keyed && c.key == nil:
		return false, false
	case keyed:
		return subject == audit.Pseudonym(c.key, account), true
	}
	return strings.EqualFold(subject, account), true
}

// exempt reports whether the account is a machine's or Kerberos' own, whose
// passwords are random and which Samba asks no script about.
func exempt(c *passwordChange) bool {
	first, _, _ := strings.Cut(c.DN, ",")
	name := strings.ToLower(cmp.Or(c.Account, strings.TrimPrefix(first, "CN=")))
	return strings.HasSuffix(name, "$") || name == "krbtgt" || strings.HasPrefix(name, "krbtgt_")
}

// append appends the report for people.
func (r *reconciliation) append(dst []byte) []byte {
	var t table
	for _, u := range r.Unmatched {
		t = append(t, row{{plain, u.Time.UTC().Format(time.RFC3339)}, {plain, fmt.Sprint(u.Event)}, {plain, cmp.Or(u.Account, "-")}, {plain, u.DN}, {plain, u.Remote}})
	}
	dst = fmt.Appendf(dst, "%d new passwords: %d judged (%d matched by time alone), %d exempt, %d without a verdict\n",
		r.Changes, r.Matched, r.ByTime, r.Exempt, len(r.Unmatched))
	if r.Damaged > 0 {
		dst = fmt.Appendf(dst, "%s cannot be read\n", plural(r.Damaged, "line"))
	}
	return t.appendIndented(dst)
}
