//go:build !windows

package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
)

// addService adds nothing: services are systemd's, see deploy/systemd.
func addService(*cobra.Command) {}

// runService runs nothing.
func runService(*cobra.Command, func(context.Context, <-chan os.Signal, *slog.Logger) error) (isService bool, err error) {
	return false, nil
}
