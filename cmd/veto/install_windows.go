package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc/eventlog"
	"golang.org/x/sys/windows/svc/mgr"
)

// Where the filter and its registration are. passflt/windows/settings.c reads the
// first key, whose subkey of marks does not outlive a restart.
const (
	filterKey     = `SOFTWARE\Veto\Filter`
	loadedKey     = filterKey + `\Loaded`
	backupKey     = filterKey + `\Backup`
	lsaKey        = `SYSTEM\CurrentControlSet\Control\Lsa`
	packagesValue = "Notification Packages"
	filterSource  = "VetoFilter" // of events
)

// filterCommand is the state of the commands for the filter.
type filterCommand struct {
	dll    string
	config string
	json   bool
}

// addFilter adds the commands for the password filter of lsass.
func addFilter(sidecar *cobra.Command) {
	c := new(filterCommand)
	install := &cobra.Command{
		Use:   "install [flags]",
		Short: "register the password filter and the service that answers it",
		Long: `Install copies veto-filter.dll to the system folder, registers its events, installs and
starts the service veto unless it is there, and adds veto-filter to the end of the list
Notification Packages of the Local Security Authority. Other entries stay as they are, and a
copy of the list is kept below HKLM\` + backupKey + `.

The authority loads the filter at the next restart of Windows. Installing again repairs
or updates. It takes Administrators.`,
		Example: `  veto sidecar install --config C:\ProgramData\Veto\veto.yaml`,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.install(cmd.OutOrStdout()) },
	}
	install.Flags().StringVar(&c.dll, "dll", "", "the filter is `FILE` (default veto-filter.dll beside this program)")
	install.Flags().StringVar(&c.config, "config", "", "let the service read the configuration in `FILE` (default as it is, or was before remove)")
	remove := &cobra.Command{
		Use:   "remove",
		Short: "remove the password filter and the service",
		Long: `Remove takes veto-filter, and no other entry, from the list Notification Packages,
switches the loaded filter off until the next restart, removes the service veto and has
the files removed then. It takes Administrators.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.remove(cmd.OutOrStdout()) },
	}
	status := &cobra.Command{
		Use:   "status [flags]",
		Short: "tell whether the password filter is loaded and enforces",
		Long: `Status looks at each link between a password change and its verdict, and at what might
keep the filter from being loaded. It fails if one is broken, and names what it cannot
see. It takes Administrators.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.status(cmd) },
	}
	status.Flags().BoolVar(&c.json, "json", false, "write JSON")
	for _, cmd := range []*cobra.Command{install, remove, status} {
		cmd.Args, cmd.ValidArgsFunction, cmd.Annotations = noArguments, cobra.NoFileCompletions, details(exitHelp())
		sidecar.AddCommand(cmd)
	}
}

// install makes every step that is not made yet. Nothing is done if the list cannot
// be edited; the entry comes last, so lsass is never told of what is not there.
func (c *filterCommand) install(w io.Writer) error {
	program, err := imageOf(uint32(os.Getpid())) // as the filter will see it
	if err != nil {
		return err
	}
	if c.dll == "" {
		c.dll = filepath.Join(filepath.Dir(program), filterName+".dll")
	}
	target, err := filterFile()
	if err != nil {
		return err
	}
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"read the list", func() error { return editPackages(keepPackages) }},
		{"copy " + c.dll, func() error { return placeFile(c.dll, target) }},
		{"register events", func() error { return registerSource(target) }},
		{"write settings", func() error { return c.writeSettings(program) }},
		{"install service " + serviceName, func() error { return c.ensureService(program) }},
		{"register the filter", func() error { return editPackages(addPackage) }},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.what, adviseAdministrator(err))
		}
	}
	_, err = fmt.Fprintln(w, "installed; restart Windows to load the filter, then ask 'veto sidecar status'")
	return err
}

// remove undoes install, first what has effects. What it cannot remove while it is
// loaded goes at the next restart.
func (c *filterCommand) remove(w io.Writer) error {
	target, err := filterFile()
	if err != nil {
		return err
	}
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"take the filter from the list", func() error { return editPackages(removePackage) }},
		{"switch the filter off", switchOff},
		{"keep the path of the configuration", rememberConfig},
		{"remove service " + serviceName, dropService},
		{"remove events", func() error { return ignoreMissing(eventlog.Remove(filterSource)) }},
		{"remove " + target, func() error { return ignoreMissing(discardFile(target)) }},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.what, adviseAdministrator(err))
		}
	}
	_, err = fmt.Fprintln(w, "removed; a loaded filter accepts every password until Windows restarts")
	return err
}

// adviseAdministrator adds the usual way out to an error about rights.
func adviseAdministrator(err error) error {
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return fmt.Errorf("%w: run it as an administrator, elevated", err)
	}
	return err
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// filterFile returns where lsass looks for the filter.
func filterFile() (string, error) {
	dir, err := windows.GetSystemDirectory()
	return filepath.Join(dir, filterName+".dll"), err
}

// registerSource tells the event log where the texts of events are.
func registerSource(dll string) error {
	if err := ignoreMissing(eventlog.Remove(filterSource)); err != nil {
		return err
	}
	return eventlog.Install(filterSource, dll, true, eventlog.Error|eventlog.Warning|eventlog.Info)
}

// writeSettings names the program that the filter trusts, and undoes what remove
// left. Whatever else is set stays.
func (c *filterCommand) writeSettings(program string) error {
	key, _, err := registry.CreateKey(registry.LOCAL_MACHINE, filterKey, registry.ALL_ACCESS)
	if err != nil {
		return err
	}
	defer key.Close()
	if _, _, err := key.GetIntegerValue("Removed"); err == nil {
		for _, name := range []string{"Off", "Removed"} {
			if err := ignoreMissing(key.DeleteValue(name)); err != nil {
				return err
			}
		}
	}
	return key.SetStringValue("ServerImage", program)
}

// switchOff lets a filter that stays loaded accept every password: nobody answers
// it any more.
func switchOff() error {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, filterKey, registry.SET_VALUE)
	if err != nil {
		return ignoreMissing(err)
	}
	defer key.Close()
	if err := key.SetDWordValue("Removed", 1); err != nil {
		return err
	}
	return key.SetDWordValue("Off", 1)
}

// ensureService installs and starts the service, or makes one that is there run this
// program: the filter would call another one foreign.
func (c *filterCommand) ensureService(program string) error {
	err := withService(func(s *mgr.Service) error { return c.redirect(s, program) })
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		err = installService(cmp.Or(c.config, filterText(configValue)))
	}
	if err != nil {
		return err
	}
	err = withService(func(s *mgr.Service) error { return s.Start() })
	if errors.Is(err, windows.ERROR_SERVICE_ALREADY_RUNNING) {
		return nil
	}
	return err
}

// redirect lets the service run the program, and read the configuration if one is
// named. It is stopped if that changes anything.
func (c *filterCommand) redirect(s *mgr.Service, program string) error {
	args, err := serviceCommandLine()
	if err != nil {
		return err
	}
	wanted := append([]string{program}, args[1:]...)
	if c.config != "" {
		path, err := filepath.Abs(c.config)
		if err != nil {
			return err
		}
		wanted = []string{program, "sidecar", "--" + serviceFlag, "--config", path}
	}
	if slices.Equal(wanted, args) {
		return nil
	}
	if err := stopService(s); err != nil {
		return err
	}
	line, err := windows.UTF16PtrFromString(windows.ComposeCommandLine(wanted))
	if err != nil {
		return err
	}
	const same = windows.SERVICE_NO_CHANGE
	return windows.ChangeServiceConfig(s.Handle, same, same, same, line, nil, nil, nil, nil, nil, nil)
}

// serviceCommandLine returns the program of the service and its arguments.
func serviceCommandLine() ([]string, error) {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Services\`+serviceName, registry.QUERY_VALUE)
	if err != nil {
		return nil, err
	}
	defer key.Close()
	line, _, err := key.GetStringValue("ImagePath")
	if err != nil {
		return nil, err
	}
	args, err := windows.DecomposeCommandLine(line)
	if err == nil && len(args) == 0 {
		err = errors.New("no program")
	}
	if err != nil {
		return nil, fmt.Errorf("its command line: %w", err)
	}
	return args, nil
}

// configValue is the configuration of a service that was removed: installing again
// must not end an audit mode.
const configValue = "Config"

// rememberConfig keeps the configuration that the service reads.
func rememberConfig() error {
	args, err := serviceCommandLine()
	if err != nil {
		return ignoreMissing(err)
	}
	key, _, err := registry.CreateKey(registry.LOCAL_MACHINE, filterKey, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	if i := slices.Index(args, "--config"); i >= 0 && i+1 < len(args) {
		return key.SetStringValue(configValue, args[i+1])
	}
	return ignoreMissing(key.DeleteValue(configValue))
}

func dropService() error {
	if err := removeService(); !errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return err
	}
	return nil
}

// editPackages changes the list of notification packages, keeping a copy of it,
// unless edit has nothing to do.
func editPackages(edit func([]string, string) ([]string, bool)) error {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, lsaKey, registry.QUERY_VALUE|registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	before, err := readPackages(key)
	if err != nil {
		return err
	}
	after, changed := edit(before, filterName)
	if !changed {
		return nil
	}
	if err := backUpPackages(before); err != nil {
		return fmt.Errorf("keep a copy: %w", err)
	}
	return key.SetStringsValue(packagesValue, after)
}

// keepPackages is the edit that only looks whether others can be made.
func keepPackages(packages []string, _ string) ([]string, bool) { return packages, false }

// readPackages returns the list of notification packages, an empty one if there is
// none.
func readPackages(lsa registry.Key) ([]string, error) {
	data := make([]byte, 1024)
	for {
		n, kind, err := lsa.GetValue(packagesValue, data)
		switch {
		case errors.Is(err, registry.ErrShortBuffer):
			data = make([]byte, n)
			continue
		case errors.Is(err, registry.ErrNotExist):
			return nil, nil
		case err != nil:
			return nil, err
		case kind != registry.MULTI_SZ:
			err = fmt.Errorf("type %d, not REG_MULTI_SZ: repair it with regedit first", kind)
		}
		var packages []string
		if err == nil {
			packages, err = parsePackages(data[:n])
		}
		if err != nil {
			return nil, fmt.Errorf(`HKLM\%s, %s: %w`, lsaKey, packagesValue, err)
		}
		return packages, nil
	}
}

// backUpPackages keeps the list under the time, beside those kept before.
func backUpPackages(packages []string) error {
	key, _, err := registry.CreateKey(registry.LOCAL_MACHINE, backupKey, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	return key.SetStringsValue(packagesValue+" "+time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), packages)
}
