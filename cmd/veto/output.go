package main

import (
	"encoding/json"

	"github.com/spf13/cobra"
)

// output writes a result, as JSON or as the text made of it.
func output(cmd *cobra.Command, asJSON bool, result any, text []byte) error {
	if asJSON {
		out, err := json.MarshalIndent(result, "", "  ")
		if err != nil {
			return err
		}
		text = append(out, '\n')
	}
	_, err := cmd.OutOrStdout().Write(text)
	return err
}
