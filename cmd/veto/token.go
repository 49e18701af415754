package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/server/access"
)

func newToken() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "make, list and revoke the tokens of callers",
		Long: `Token works on the file of tokens that veto serve lets callers in by: --tokens, or
access.tokens of the configuration. The file has the SHA-256 of each token, its
name, scopes and times, one JSON object a line. A server that uses the file
notices a change within two seconds.`,
		Example: `  veto token new --tokens tokens.jsonl --name portal --scope check --expires 365d
  veto token list --tokens tokens.jsonl
  veto token revoke --tokens tokens.jsonl portal`,
		Args:        knownCommand,
		RunE:        missingCommand,
		Annotations: details(environmentHelp, exitHelp()),
	}
	cmd.AddCommand(newTokenNew(), newTokenList(), newTokenRevoke())
	return cmd
}

// tokenFile is which file of tokens is meant.
type tokenFile struct{ tokens, config string }

func (t *tokenFile) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&t.tokens, "tokens", "", "work on the tokens in `FILE`")
	f.StringVar(&t.config, "config", "", "work on the file that access.tokens of the configuration `FILE` names")
}

// path returns the file.
func (t *tokenFile) path() (string, error) {
	if t.tokens != "" {
		return t.tokens, nil
	}
	if t.config == "" {
		return "", usagef("give --tokens FILE, or --config FILE with access.tokens")
	}
	l, err := config.Load(t.config, nil)
	if err != nil {
		return "", err
	}
	if l.Access.Tokens == "" {
		return "", &exitError{exitConfig, fmt.Errorf("%s: access.tokens is missing", t.config)}
	}
	return l.Access.Tokens, nil
}

// tokenNew is the state of veto token new.
type tokenNew struct {
	file    tokenFile
	token   access.Token
	expires string
	asJSON  bool
}

func newTokenNew() *cobra.Command {
	var n tokenNew
	cmd := &cobra.Command{
		Use:   "new [flags]",
		Short: "make a token and write it once",
		Long: `New draws a token, adds its SHA-256 to the file and writes the token to standard
output. It is kept nowhere; who loses it makes a new one. Callers send it as

    Authorization: Bearer veto_...

Scopes are ` + wrapWords(access.ScopeNames()) + `.
A file that does not exist is made, readable by its owner alone.`,
		Example: `  veto token new --tokens tokens.jsonl --name portal --scope check --expires 365d
  veto token new --tokens tokens.jsonl --name helpdesk --scope check --scope explain --rate 20
  veto token new --tokens tokens.jsonl --name security --scope lists --scope audit > security.token`,
		Args:        noArguments,
		Annotations: details(environmentHelp, exitHelp()),
		RunE:        func(cmd *cobra.Command, _ []string) error { return n.run(cmd, time.Now()) },
	}
	n.file.addFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&n.token.Name, "name", "", "`NAME` of who gets the token, for the audit; once per file")
	f.StringArrayVar(&n.token.Scopes, "scope", nil, "let it do what `SCOPE` allows; repeatable")
	f.StringVar(&n.expires, "expires", "", "end of its life "+expiryHelp+"; left out: none")
	f.IntVar(&n.token.Rate, "rate", 0, "at most `N` passwords a second; 0: limits.rate of the configuration")
	f.StringArrayVar(&n.token.Policies, "policy", nil, "let it ask for the policy `NAME` only, the first where a request names none; repeatable")
	f.BoolVar(&n.asJSON, "json", false, "write a JSON object with the token")
	suggestFor(cmd, "scope", suggestScopes)
	suggestFor(cmd, "policy", suggestPolicies(&n.file.config))
	return cmd
}

// wrapWords joins words by commas, over lines of a help text.
func wrapWords(words []string) string {
	half := len(words) / 2
	return strings.Join(words[:half], ", ") + ",\n" + strings.Join(words[half:len(words)-1], ", ") + " and " + words[len(words)-1]
}

func (n *tokenNew) run(cmd *cobra.Command, now time.Time) error {
	path, err := n.file.path()
	if err != nil {
		return err
	}
	if n.token.Expires, err = parseExpiry(n.expires, now); err != nil {
		return err
	}
	made, secret, err := access.NewToken(n.token, now)
	if err != nil {
		return usagef("%w", err)
	}
	defer clear(secret)
	err = access.EditTokens(path, func(all []access.Token) ([]access.Token, error) {
		for _, t := range all {
			if t.Name == made.Name {
				return nil, usagef("there is a token of this name already, made on %s; choose another", t.Created.Format(time.DateOnly))
			}
		}
		return append(all, made), nil
	})
	if err != nil {
		return tokenError(err)
	}
	return writeSecret(cmd.OutOrStdout(), &made, secret, n.asJSON)
}

// writeSecret writes a token that was made.
func writeSecret(out io.Writer, t *access.Token, secret []byte, asJSON bool) error {
	text := append(secret, '\n')
	if asJSON {
		record, err := json.Marshal(t)
		if err != nil {
			return err
		}
		text = append(record[:len(record)-1], `,"token":"`...)
		text = append(append(text, secret...), "\"}\n"...)
	}
	defer clear(text)
	_, err := out.Write(text)
	return err
}

// tokenError gives errors of the file the code for what cannot be used.
func tokenError(err error) error {
	if codeOf(err) != exitFailure {
		return err
	}
	return &exitError{exitConfig, err}
}

func newTokenList() *cobra.Command {
	var file tokenFile
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [flags]",
		Short: "list the tokens of a file",
		Long: `List writes the name of each token, whether it is valid, expired or revoked, its
scopes, policies and times. The tokens themselves are kept nowhere.`,
		Example:     `  veto token list --tokens tokens.jsonl`,
		Args:        noArguments,
		Annotations: details(environmentHelp, exitHelp()),
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := file.path()
			if err != nil {
				return err
			}
			tokens, err := access.ReadTokens(path)
			if err != nil {
				return tokenError(err)
			}
			out, err := appendTokens(nil, tokens, time.Now(), asJSON)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(out)
			return err
		},
	}
	file.addFlags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "write a JSON object a line")
	return cmd
}

// appendTokens appends a line for each token.
func appendTokens(dst []byte, tokens []access.Token, now time.Time, asJSON bool) ([]byte, error) {
	t := table{{{plain, "NAME"}, {plain, "ID"}, {plain, "STATE"}, {plain, "CREATED"}, {plain, "EXPIRES"}, {plain, "RATE"}, {plain, "SCOPES"}, {plain, "POLICIES"}}}
	for _, k := range tokens {
		if asJSON {
			record, err := json.Marshal(struct {
				access.Token
				State string `json:"state"`
			}{k, k.State(now)})
			if err != nil {
				return nil, err
			}
			dst = append(append(dst, record...), '\n')
			continue
		}
		expires, limit := "never", "-"
		if !k.Expires.IsZero() {
			expires = k.Expires.Format(time.DateOnly)
		}
		if k.Rate > 0 {
			limit = strconv.Itoa(k.Rate)
		}
		t = append(t, row{{plain, k.Name}, {plain, k.ID}, {plain, k.State(now)}, {plain, k.Created.Format(time.DateOnly)}, {plain, expires},
			{plain, limit}, {plain, strings.Join(k.Scopes, ",")}, {plain, strings.Join(k.Policies, ",")}})
	}
	if asJSON {
		return dst, nil
	}
	for widths, i := t.widths(), 0; i < len(t); i++ {
		dst = t[i].append(dst, widths, palette{})
	}
	return dst, nil
}

func newTokenRevoke() *cobra.Command {
	var file tokenFile
	cmd := &cobra.Command{
		Use:   "revoke [flags] NAME",
		Short: "end the life of a token",
		Long: `Revoke ends the life of the token with this name or id. Its record stays in the
file, so that the audit's names keep their meaning and are not given again.`,
		Example:           `  veto token revoke --tokens tokens.jsonl portal`,
		ValidArgsFunction: file.suggest,
		Annotations:       details(environmentHelp, exitHelp()),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("revoke takes one name or id")
			}
			if access.LooksLikeToken(args[0]) {
				return usagef("this is a token, which others may have seen now: give its name or id; veto token list has them")
			}
			path, err := file.path()
			if err != nil {
				return err
			}
			said, err := revoke(path, args[0], time.Now())
			if err != nil {
				return tokenError(err)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), said)
			return err
		},
	}
	file.addFlags(cmd)
	return cmd
}

// revoke revokes the token with a name or id, and says so.
func revoke(path, which string, now time.Time) (said string, err error) {
	err = access.EditTokens(path, func(all []access.Token) ([]access.Token, error) {
		for i := range all {
			t := &all[i]
			if t.Name != which && t.ID != which {
				continue
			}
			said = printable(t.Name) + ": revoked"
			if t.Revoked.IsZero() {
				t.Revoked = now.UTC().Truncate(time.Second)
			} else {
				said += " already, at " + t.Revoked.Format(time.RFC3339)
			}
			return all, nil
		}
		return nil, usagef("no token of the file has this name or id; veto token list has them")
	})
	return said, err
}
