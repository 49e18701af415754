package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/lists"
)

// products maps the products whose settings are read to what reads them.
var products = map[string]func(cmd *cobra.Command, args []string) (config.Imported, error){
	"entra":              fromFile(config.ImportEntra),
	"lithnet":            fromFile(config.ImportLithnet),
	"openpasswordfilter": fromFolder,
}

func newPolicyImport() *cobra.Command {
	names := slices.Sorted(maps.Keys(products))
	return &cobra.Command{
		Use:   "import PRODUCT [FILE]",
		Short: "make a policy of another product's settings",
		Long: `Import writes a configuration with a policy that asks for what another product's
settings ask for, and tells in comments what is not the same. PRODUCT is

    entra     Microsoft Entra password protection: what Microsoft Graph answers to
              GET /v1.0/groupSettings (JSON), with custom list and modes; or the
              custom list alone, one word a line

    lithnet   Lithnet Password Protection for Active Directory: an export of
              HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Lithnet\PasswordFilter from
              the registry editor (.reg), or the output of
              Get-PasswordFilterPolicy | ConvertTo-Json

    openpasswordfilter
              OpenPasswordFilter: FILE is the folder with opfmatch.txt,
              opfcont.txt, opfregex.txt and opfgroups.txt

FILE is standard input when left out.`,
		Example: `  az rest --url https://graph.microsoft.com/v1.0/groupSettings > entra.json
  veto policy import entra entra.json > veto.yaml

  reg export HKLM\SOFTWARE\Policies\Lithnet\PasswordFilter settings.reg
  veto policy import lithnet settings.reg > veto.yaml

  veto policy import openpasswordfilter OPF > veto.yaml`,
		ValidArgs:   names,
		Annotations: details(exitHelp()),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 || products[args[0]] == nil {
				return usagef("import takes %s, and at most one file", strings.Join(names, ", "))
			}
			imported, err := products[args[0]](cmd, args[1:])
			if err != nil {
				return err
			}
			text, err := imported.YAML()
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
}

// maxImport bounds the settings of another product.
const maxImport = 16 << 20

// fromFile reads settings from a file or standard input. Words have to be terms.
func fromFile(read func(data []byte, name string) (config.Imported, error)) func(*cobra.Command, []string) (config.Imported, error) {
	return func(cmd *cobra.Command, files []string) (config.Imported, error) {
		in, name := cmd.InOrStdin(), "standard input"
		if len(files) > 0 {
			f, err := os.Open(files[0])
			if err != nil {
				return config.Imported{}, err
			}
			defer f.Close()
			in, name = f, files[0]
		}
		data, err := io.ReadAll(io.LimitReader(in, maxImport+1))
		if err != nil {
			return config.Imported{}, fmt.Errorf("%s: %w", name, err)
		}
		if len(data) > maxImport {
			return config.Imported{}, &exitError{exitConfig, fmt.Errorf("%s: is larger than %d MiB", name, maxImport>>20)}
		}
		imported, err := read(data, name)
		if err != nil {
			return config.Imported{}, err
		}
		for i, word := range imported.Words {
			if _, err := lists.ParseTerm(word); err != nil {
				return config.Imported{}, fmt.Errorf("%s: word %d: %w", name, i+1, err)
			}
		}
		return imported, nil
	}
}

// fromFolder reads the files of OpenPasswordFilter.
func fromFolder(_ *cobra.Command, folders []string) (config.Imported, error) {
	if len(folders) == 0 {
		return config.Imported{}, usagef("import openpasswordfilter takes the folder of its files")
	}
	return config.ImportOpenPasswordFilter(os.DirFS(folders[0]), filepath.ToSlash(folders[0]))
}
