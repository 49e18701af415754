package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/vetopw/veto/client"
	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
)

const policiesPath = "/v1/policies"

// policyPath returns the path of a policy.
func policyPath(name, more string) string { return policiesPath + "/" + url.PathEscape(name) + more }

func newPolicyResource() *resource {
	return &resource{
		noun: "policy", group: "policy", all: policiesPath, path: policyPath, example: "staff",
		head:  func() row { return cells("REVISION", "TIME", "ACTION", "ACTOR") },
		row:   func(c *changeRow) row { return cells(c.first()...) },
		would: func(c *changeRow) string { return "would " + printable(c.Action) + " the policy" },
	}
}

func newPolicyList() *cobra.Command {
	var r remoteCommand
	return r.command("list [flags]", "list the policies of a server", `List writes the policies in force on a server in their order, and of those that
were edited there the revision, and when and by whom.`, "  veto policy list --server https://veto.example.org --token-file security.token",
		func(cmd *cobra.Command, args []string) error {
			if err := noArguments(cmd, args); err != nil {
				return err
			}
			answer, err := r.call(cmd.Context(), request{method: http.MethodGet, path: policiesPath})
			if err != nil {
				return err
			}
			var all struct {
				Policies []struct {
					Name, Source, Author string
					Revision             uint64
					Updated              *time.Time
					Document             struct {
						Mode   string
						Groups []string
					}
				}
			}
			return r.write(cmd, answer, &all, func() table {
				t := table{cells("NAME", "MODE", "SOURCE", "REVISION", "UPDATED", "AUTHOR", "GROUPS")}
				for _, p := range all.Policies {
					t = append(t, cells(p.Name, p.Document.Mode, p.Source, fmt.Sprint(p.Revision), shortTime(p.Updated), p.Author, strings.Join(p.Document.Groups, ", ")))
				}
				return t
			})
		})
}

// showPolicy writes the document of a policy of a server, as put reads it, or all of
// the answer.
func showPolicy(cmd *cobra.Command, r *remoteCommand, name string) error {
	if err := r.open(); err != nil {
		return err
	}
	answer, err := r.call(cmd.Context(), request{method: http.MethodGet, path: policyPath(name, "")})
	if err != nil {
		return err
	}
	if r.asJSON {
		_, err := cmd.OutOrStdout().Write(append(answer, '\n'))
		return err
	}
	var policy struct{ Document json.RawMessage }
	if err := json.Unmarshal(answer, &policy); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, policy.Document, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), out.String())
	return err
}

// readPolicy reads the document of a policy, YAML or JSON, and returns it as JSON.
// It is checked here, where lines are known.
func readPolicy(cmd *cobra.Command, path string) ([]byte, engine.Policy, error) {
	in := cmd.InOrStdin()
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, engine.Policy{}, err
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxListBytes))
	if err != nil {
		return nil, engine.Policy{}, fmt.Errorf("%s: %w", path, err)
	}
	p, err := config.ParsePolicy(text, path)
	if err != nil {
		return nil, p, &exitError{exitConfig, err}
	}
	var document any
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, p, &exitError{exitConfig, fmt.Errorf("%s: %w", path, err)}
	}
	body, err := json.Marshal(document)
	if err != nil {
		return nil, p, &exitError{exitConfig, fmt.Errorf("%s: %w", path, err)}
	}
	return body, p, nil
}

func newPolicyPut(policy *resource) *cobra.Command {
	e := remoteEdit{resource: policy}
	cmd := e.command("put [flags] FILE", "store a policy on a server", `Put makes a server judge by the policy in FILE, or for - on standard input, in YAML
or JSON, as policies of veto.yaml have it: instead of the one of its name, or as a
new one. A dry run tells how many sample passwords it would refuse and, if it
differs in its mode alone, how many of the latest decisions.`,
		"  veto policy put staff.yaml --dry-run\n  veto policy put staff.yaml --base 7",
		func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("put takes one file")
			}
			body, p, err := readPolicy(cmd, args[0])
			if err != nil {
				return err
			}
			return e.change(cmd, request{method: http.MethodPut, path: policyPath(p.Name, ""), body: body}, true)
		})
	return e.addFlags(cmd, true)
}

// comparison is what becomes of passwords by other policies.
type comparison struct {
	Before *trial `json:"before"`
	After  *trial `json:"after"`
	Newly  int    `json:"newly_refused"`
	Freed  int    `json:"newly_accepted"`
}

func newPolicySimulate() *cobra.Command {
	var r remoteCommand
	var null bool
	var subject engine.Subject
	cmd := r.command("simulate [flags] FILE...", "count what policies would refuse on a server", `Simulate judges the passwords of standard input, one per line as veto check reads
them, by a server: as it does now, and as it would with the policies of the files.
It counts as veto policy test does, and changes and records nothing. Passwords that
would be refused count as such in every mode.`,
		"  veto policy simulate staff.yaml --group Staff < passwords.txt",
		func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("simulate takes files with policies")
			}
			var policies []json.RawMessage
			for _, path := range args {
				body, _, err := readPolicy(cmd, path)
				if err != nil {
					return err
				}
				policies = append(policies, body)
			}
			end := byte('\n')
			if null {
				end = 0
			}
			c, err := r.compare(cmd, policies, subject, newRecordReader(cmd.InOrStdin(), end))
			if err != nil {
				return err
			}
			return output(cmd, r.asJSON, c, c.appendText(nil))
		})
	r.options.Timeout = inquiryTimeout
	f := cmd.Flags()
	f.StringVar(&subject.Policy, "policy", "", "judge by the policy of this `NAME`")
	f.StringArrayVar(&subject.Groups, "group", nil, "judge by the policy that holds for members of `GROUP`; repeatable")
	f.BoolVarP(&null, "null", "0", false, "passwords end with NUL, not with a line feed")
	suggestFor(cmd, "policy", r.suggestNames(policiesPath, false, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// compare asks about all passwords, some at a time.
func (r *remoteCommand) compare(cmd *cobra.Command, policies []json.RawMessage, subject engine.Subject, records *recordReader) (*comparison, error) {
	defer records.close()
	c := &comparison{Before: newTrial(), After: newTrial()}
	var pending []client.Check
	ask := func() error {
		defer func() {
			for _, p := range pending {
				clear(p.Password)
			}
			pending = pending[:0]
		}()
		if len(pending) == 0 {
			return nil
		}
		all, err := r.client.Simulate(cmd.Context(), pending, policies)
		if err != nil {
			return problemError(err)
		}
		for i := range all {
			c.count(&all[i])
		}
		return nil
	}
	for {
		password, err := records.next()
		if err == io.EOF && c.Before.Passwords+len(pending) == 0 {
			return nil, errNoPassword
		} else if err == io.EOF {
			err = ask()
			c.Before.sum()
			c.After.sum()
			return c, err
		} else if err != nil {
			return nil, err
		}
		pending = append(pending, client.Check{Password: bytes.Clone(password), Subject: subject})
		if len(pending) == inquirySize {
			if err := ask(); err != nil {
				return nil, err
			}
		}
	}
}

// count counts what both would say of a password.
func (c *comparison) count(s *client.Simulated) {
	before, _ := s.Before.Explanation() // its codes are all that is counted
	after, _ := s.After.Explanation()
	c.Before.count(before.Verdict)
	c.After.count(after.Verdict)
	switch was, is := s.Before.Would == engine.Reject, s.After.Would == engine.Reject; {
	case is && !was:
		c.Newly++
	case was && !is:
		c.Freed++
	}
}

// appendText appends both tables.
func (c *comparison) appendText(dst []byte) []byte {
	dst = c.Before.appendText(append(dst, "now: "...))
	dst = c.After.appendText(append(dst, "then: "...))
	return fmt.Appendf(dst, "%d newly refused, %d newly accepted\n", c.Newly, c.Freed)
}
