package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/remote"
)

// addRemote defines the flags for how other servers are reached.
func addRemote(cmd *cobra.Command, o *remote.Options) {
	f := cmd.Flags()
	f.StringVar(&o.CAFile, "ca-file", "", "trust the PEM certificates of `FILE` alone")
	f.StringVar(&o.TokenFile, "token-file", "", "send the bearer token in `FILE`")
	f.StringVar(&o.Proxy, "proxy", "", "use the proxy at `URL` (default: as HTTPS_PROXY and NO_PROXY say)")
}

// remoteSettings are the keys that the flags of addRemote stand for.
func remoteSettings(o *remote.Options) []setting {
	return []setting{
		{"ca-file", func() any { return o.CAFile }, []string{"remote.ca_file"}},
		{"token-file", func() any { return o.TokenFile }, []string{"remote.token_file"}},
		{"proxy", func() any { return o.Proxy }, []string{"remote.proxy"}},
	}
}

// refuseSecrets refuses a password on the command line, which everybody on the
// machine can read.
func refuseSecrets(flags *pflag.FlagSet) error {
	f := flags.Lookup("proxy")
	if f == nil || !f.Changed || config.MaskURL(f.Value.String()) == f.Value.String() {
		return nil
	}
	return usagef("--proxy holds a password, which the list of processes shows to everybody: give the URL in VETO_PROXY, or as remote.proxy in the file of --config")
}
