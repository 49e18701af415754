package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/client"
	"github.com/vetopw/veto/lists/breach"
	"github.com/vetopw/veto/remote"
	"github.com/vetopw/veto/server/fleet"
)

// Bounds of the answer of a server about its machines.
const (
	fleetTimeout  = time.Minute
	maxFleetBytes = 64 << 20
)

func newFleet() *cobra.Command {
	var server string
	var o remote.Options
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "fleet --server URL",
		Short: "tell how the machines are that report to a server",
		Long: `Fleet asks a server about the machines whose sidecars report to it, and writes one
line for each: its state, what it enforces by, how far it is behind, and what it
has decided since it started. The worst come first. It ends with exit code 1
unless every machine is ok.

States are missing (fleet.expect names it and it has never reported), silent,
stopped (its sidecar was ended in order), behind (it has had an older bundle for
too long), failing (it reports an error, or has no lists) and ok.`,
		Example: `  veto fleet --server https://veto.example.org --token-file fleet.token
  veto fleet --server http://127.0.0.1:8080 --json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if server == "" {
				return usagef("fleet needs --server")
			}
			v, err := askFleet(cmd.Context(), server, o)
			if err != nil {
				return err
			}
			if err := output(cmd, asJSON, v, appendFleet(nil, v, paletteFor(cmd.OutOrStdout()))); err != nil {
				return err
			}
			if v.States[fleet.OK] < len(v.Machines) {
				return errRefused
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		Annotations:       details(environmentHelp, exitHelp()),
	}
	cmd.Flags().StringVar(&server, "server", "", "ask the server at `URL`")
	addRemote(cmd, &o)
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// askFleet returns what a server knows of its machines.
func askFleet(ctx context.Context, server string, o remote.Options) (v fleet.View, err error) {
	c := connection{server: server, options: client.Options{Options: o}}
	if err := c.open(); err != nil {
		return v, err
	}
	ctx, cancel := context.WithTimeout(ctx, fleetTimeout)
	defer cancel()
	answer, err := c.send(ctx, request{method: http.MethodGet, path: "/v1/fleet"})
	if err != nil {
		return v, err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxFleetBytes)).Decode(&v); err != nil {
		return v, fmt.Errorf("fleet: the server does not answer as Veto does: %w", err)
	}
	return v, nil
}

// appendFleet appends a line for each machine, and a summary.
func appendFleet(dst []byte, v fleet.View, colors palette) []byte {
	t := table{nil}
	for _, name := range []string{"state", "machine", "site", "mode", "bundle", "lag", "seen", "last verdict", "accepted", "rejected", "would reject", "undecided", "error"} {
		t[0] = append(t[0], field{dim, name})
	}
	for _, m := range v.Machines {
		t = append(t, machineRow(m))
	}
	widths := t.widths()
	for _, r := range t {
		dst = r.append(dst, widths, colors)
	}
	dst = fmt.Appendf(dst, "\n%s", plural(len(v.Machines), "machine"))
	for _, s := range fleet.States() {
		if n := v.States[s]; n > 0 {
			dst = fmt.Appendf(dst, ", %d %s", n, s)
		}
	}
	return append(dst, '\n')
}

func machineRow(m fleet.Machine) row {
	color := red
	switch m.State {
	case fleet.OK:
		color = green
	case fleet.Behind, fleet.Failing:
		color = yellow
	}
	r := row{{color, printable(string(m.State))}, {bold, printable(m.Host)}, {plain, printable(m.Site)}}
	if m.State == fleet.Missing {
		return r
	}
	lag, last := "", "never"
	if m.Lag > 0 {
		lag = age(m.Lag)
	}
	if m.LastVerdict != nil {
		last = age(*m.LastVerdict + m.Silence)
	}
	sum := m.Counts.Total()
	r = append(r, row{{plain, printable(m.Mode)}, {plain, fmt.Sprint(m.Bundle)}, {plain, lag}, {plain, age(m.Silence)}, {plain, last}}...)
	for _, n := range []uint64{sum.Accepted, sum.Rejected, sum.Would, sum.Undecided} {
		r = append(r, field{plain, breach.Group(n)})
	}
	return append(r, field{plain, printable(m.Error)})
}

// age is a time in whole units, such as 3h5m0s.
func age(seconds int64) string { return (time.Duration(seconds) * time.Second).String() }
