package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/pe"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"github.com/vetopw/veto/server/local"
)

// The results of a check of status.
const (
	checkOK      = "ok"
	checkBroken  = "broken"
	checkWarning = "warning"
	checkUnknown = "unknown"
)

// linkCheck is what status found about one link.
type linkCheck struct {
	Check  string `json:"check"`
	Result string `json:"result"`
	Detail string `json:"detail"`
}

// outcomes are what a call of the filter came to, in the order of enum outcome in
// passflt/windows/filter.h.
var outcomes = []string{
	"accepted", "refused", "accepted, audited", "accepted without a verdict", "refused without a verdict",
	"accepted, exempt account", "accepted, switched off",
}

// unseen are what no program can see, each with how to look.
var unseen = []string{
	"whether the directory asks the filter: give a test account the password " + bannedCanary + "; it must be refused, and 'last call' move",
	"who signed the filter: Get-AuthenticodeSignature",
	"whether Windows turned LSA protection on by itself: event 12 of Wininit; event 16953 with error 577 tells of a filter that was not loaded",
}

// status runs all checks.
func (c *filterCommand) status(cmd *cobra.Command) error {
	var links []linkCheck
	for _, check := range []struct {
		name string
		run  func() (result, detail string)
	}{
		{"file", checkFile},
		{"registered", checkRegistered},
		{"signature", checkSignature},
		{"lsa protection", checkProtection},
		{"loaded", checkLoaded},
		{"last call", checkLastCall},
		{"switch", checkSwitch},
		{"service", checkService},
		{"endpoint", checkEndpoint},
	} {
		result, detail := check.run()
		links = append(links, linkCheck{check.name, result, detail})
	}
	if err := c.writeStatus(cmd, links); err != nil {
		return err
	}
	if slices.ContainsFunc(links, func(l linkCheck) bool { return l.Result == checkBroken }) {
		return errors.New("passwords are not checked on this machine, see above")
	}
	return nil
}

func (c *filterCommand) writeStatus(cmd *cobra.Command, links []linkCheck) error {
	w := cmd.OutOrStdout()
	if c.json {
		return json.NewEncoder(w).Encode(map[string]any{"checks": links, "not_seen": unseen})
	}
	var out bytes.Buffer
	for _, l := range links {
		fmt.Fprintf(&out, "%-8s %-14s %s\n", l.Result, l.Check, l.Detail)
	}
	for _, u := range unseen {
		fmt.Fprintf(&out, "%-8s %s\n", "not seen", u)
	}
	_, err := w.Write(out.Bytes())
	return err
}

func broken(err error) (result, detail string) { return checkBroken, err.Error() }

func checkFile() (result, detail string) {
	path, err := filterFile()
	if err != nil {
		return broken(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return broken(err)
	}
	return checkOK, fmt.Sprintf("%s, sha256 %x", path, sha256.Sum256(data))
}

func checkRegistered() (result, detail string) {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, lsaKey, registry.QUERY_VALUE)
	if err != nil {
		return broken(err)
	}
	defer key.Close()
	packages, err := readPackages(key)
	if err != nil {
		return broken(err)
	}
	list := packagesValue + ": " + strings.Join(packages, " ")
	if !hasPackage(packages, filterName) {
		return checkBroken, "not registered; " + list
	}
	return checkOK, list
}

// checkSignature tells only whether there is a signature: without one the filter
// cannot be loaded under LSA protection.
func checkSignature() (result, detail string) {
	path, err := filterFile()
	if err != nil {
		return broken(err)
	}
	f, err := pe.Open(path)
	if err != nil {
		return checkUnknown, err.Error()
	}
	defer f.Close()
	h, ok := f.OptionalHeader.(*pe.OptionalHeader64)
	switch {
	case !ok:
		return checkBroken, "not a 64-bit library"
	case h.DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_SECURITY].Size > 0:
		return checkOK, "signed; by whom is not checked"
	case protection() > 0:
		return checkBroken, "not signed, and LSA protection is on: Windows does not load it"
	}
	return checkWarning, "not signed: Windows does not load it once LSA protection is on"
}

// protection returns RunAsPPL, 0 if it is not set.
func protection() uint64 {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, lsaKey, registry.QUERY_VALUE)
	if err != nil {
		return 0
	}
	defer key.Close()
	value, _, err := key.GetIntegerValue("RunAsPPL")
	if err != nil {
		return 0
	}
	return value
}

func checkProtection() (result, detail string) {
	if v := protection(); v > 0 {
		return checkWarning, fmt.Sprintf("RunAsPPL is %d: the filter loads only with Microsoft's signature", v)
	}
	return checkUnknown, "not set by RunAsPPL; Windows may turn it on by itself"
}

// mark returns a value that the filter leaves in the registry until a restart.
func mark(name string) (text string, number uint64, err error) {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, loadedKey, registry.QUERY_VALUE)
	if err != nil {
		return "", 0, err
	}
	defer key.Close()
	if text, _, err = key.GetStringValue(name); errors.Is(err, registry.ErrUnexpectedType) {
		number, _, err = key.GetIntegerValue(name)
	}
	return text, number, err
}

// markTime returns a time that the filter left, a FILETIME.
func markTime(name string) (string, error) {
	_, n, err := mark(name)
	if err != nil {
		return "", err
	}
	t := windows.Filetime{LowDateTime: uint32(n), HighDateTime: uint32(n >> 32)}
	return time.Unix(0, t.Nanoseconds()).UTC().Format(time.RFC3339), nil
}

// checkLoaded looks at the marks of the filter, which only the process can have left
// that loaded it since Windows started.
func checkLoaded() (result, detail string) {
	version, _, err := mark("Version")
	if errors.Is(err, registry.ErrNotExist) {
		return checkBroken, "not loaded since Windows started: restart it; if that was done, see 'signature'"
	} else if err != nil {
		return broken(err)
	}
	at, _ := markTime("Time")
	_, id, err := mark("ProcessId")
	if err != nil {
		return broken(err)
	}
	image, err := imageOf(uint32(id))
	if err != nil {
		return checkBroken, fmt.Sprintf("version %s was loaded at %s by process %d: %v", version, at, id, err)
	}
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return broken(err)
	}
	if !strings.EqualFold(image, filepath.Join(system, "lsass.exe")) {
		return checkBroken, fmt.Sprintf("version %s was loaded at %s by %s, not by lsass", version, at, image)
	}
	return checkOK, fmt.Sprintf("version %s at %s by lsass, process %d", version, at, id)
}

// imageOf returns the program of a process.
func imageOf(id uint32) (string, error) {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, id)
	if err != nil {
		return "", err
	}
	defer windows.CloseHandle(process)
	name := make([]uint16, windows.MAX_LONG_PATH)
	n := uint32(len(name))
	if err := windows.QueryFullProcessImageName(process, 0, &name[0], &n); err != nil {
		return "", err
	}
	return windows.UTF16ToString(name[:n]), nil
}

func checkLastCall() (result, detail string) {
	at, err := markTime("LastCall")
	if errors.Is(err, registry.ErrNotExist) {
		return checkUnknown, "none since Windows started"
	} else if err != nil {
		return broken(err)
	}
	_, outcome, err := mark("LastOutcome")
	if err != nil || outcome >= uint64(len(outcomes)) {
		return checkUnknown, at
	}
	return checkOK, at + ", " + outcomes[outcome]
}

func checkSwitch() (result, detail string) {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, filterKey, registry.QUERY_VALUE)
	if err != nil {
		return checkBroken, `HKLM\` + filterKey + ": " + err.Error()
	}
	defer key.Close()
	off, _, err := key.GetIntegerValue("Off")
	switch {
	case errors.Is(err, registry.ErrNotExist), err == nil && off == 0:
		return checkOK, "on"
	case err == nil && off == 1:
		return checkBroken, "Off is 1: every password is accepted"
	}
	return checkWarning, "Off is neither 0 nor 1, so the filter is on"
}

// checkService looks whether the service runs, and is the program that the filter
// trusts.
func checkService() (result, detail string) {
	var status svc.Status
	err := withService(func(s *mgr.Service) (err error) {
		status, err = s.Query()
		return err
	})
	if err != nil {
		return broken(err)
	}
	if status.State != svc.Running {
		return checkBroken, serviceName + " does not run"
	}
	image, err := imageOf(status.ProcessId)
	if err != nil {
		return broken(err)
	}
	if trusted := filterText("ServerImage"); trusted != "" && !strings.EqualFold(trusted, image) {
		return checkBroken, fmt.Sprintf("%s runs %s, but the filter trusts %s alone: install again", serviceName, image, trusted)
	}
	return checkOK, fmt.Sprintf("%s, process %d, %s", serviceName, status.ProcessId, image)
}

// checkEndpoint asks what the filter asks, where it asks.
func checkEndpoint() (result, detail string) {
	path := `\\.\pipe\` + pipeName()
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	client, err := local.Dial(ctx, path, local.Access{})
	if err != nil {
		return broken(err)
	}
	defer client.Close()
	r := probeReport{Endpoint: path}
	if err := r.canaries(ctx, client); err != nil {
		return broken(err)
	}
	switch r.State {
	case "enforce":
		result = checkOK
	case "audit":
		result = checkWarning
	default:
		result = checkBroken
	}
	return result, path + " is " + states[r.State]
}

// pipeName returns the pipe that the filter asks.
func pipeName() string {
	name := filterText("PipeName")
	if name == "" || strings.ContainsAny(name, `\/`) {
		return "veto"
	}
	return name
}

// filterText returns a setting of the filter, "" if there is none.
func filterText(name string) string {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, filterKey, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer key.Close()
	text, _, err := key.GetStringValue(name)
	if err != nil {
		return ""
	}
	return text
}
