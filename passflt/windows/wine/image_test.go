package wine_test

import (
	"debug/pe"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// allowed are the functions that the filter may import, by library, with the
// reason for each library. A new one needs a look at what it may wait for.
var allowed = map[string][]string{
	"kernel32.dll": { // the pipe, its deadline, memory and the process behind the pipe
		"AcquireSRWLockExclusive", "CancelIoEx", "CloseHandle", "CompareStringOrdinal", "CreateEventW", "CreateFileW",
		"DisableThreadLibraryCalls", "GetCurrentProcessId", "GetLastError", "GetModuleHandleExW",
		"GetNamedPipeServerProcessId", "GetOverlappedResult", "GetProcessHeap", "GetSystemTimeAsFileTime", "GetTickCount64",
		"HeapAlloc", "HeapFree", "LocalFree", "OpenProcess", "QueryFullProcessImageNameW", "QueueUserWorkItem", "ReadFile",
		"ReleaseSRWLockExclusive", "Sleep", "VirtualAlloc", "VirtualFree", "VirtualLock", "WaitForSingleObject",
		"WaitNamedPipeW", "WriteFile", "__C_specific_handler",
	},
	"advapi32.dll": { // settings, the account behind the pipe, the event log; lsass has it loaded
		"ConvertStringSidToSidW", "CopySid", "DeregisterEventSource", "EqualSid", "GetKernelObjectSecurity",
		"GetSecurityDescriptorOwner", "GetTokenInformation", "IsValidSid", "IsWellKnownSid", "OpenProcessToken",
		"RegCloseKey", "RegCreateKeyExW", "RegGetValueW", "RegOpenKeyExW", "RegSetValueExW", "RegisterEventSourceW",
		"ReportEventW",
	},
}

func TestImage(t *testing.T) {
	f, err := pe.Open(filepath.Join(build(t), "veto-filter.dll"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	t.Run("hardening", func(t *testing.T) { testHardening(t, f) })
	t.Run("imports", func(t *testing.T) { testImports(t, f) })
	t.Run("exports", func(t *testing.T) {
		want := []string{"InitializeChangeNotify", "PasswordChangeNotify", "PasswordFilter"}
		if diff := cmp.Diff(want, exports(t, f)); diff != "" {
			t.Errorf("exports (-want +found):\n%s", diff)
		}
	})
}

func testHardening(t *testing.T, f *pe.File) {
	t.Helper()
	header, ok := f.OptionalHeader.(*pe.OptionalHeader64)
	if !ok || f.Machine != pe.IMAGE_FILE_MACHINE_AMD64 || f.Characteristics&pe.IMAGE_FILE_DLL == 0 {
		t.Fatal("not a 64-bit DLL for x86-64")
	}
	const want = pe.IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA | pe.IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE | pe.IMAGE_DLLCHARACTERISTICS_NX_COMPAT
	if header.DllCharacteristics&want != want {
		t.Errorf("characteristics %#x lack some of %#x: ASLR, NX, high entropy", header.DllCharacteristics, want)
	}
	for _, entry := range []int{pe.IMAGE_DIRECTORY_ENTRY_BASERELOC, pe.IMAGE_DIRECTORY_ENTRY_EXCEPTION} {
		if header.DataDirectory[entry].Size == 0 {
			t.Errorf("directory %d is empty: relocations and unwind tables are needed", entry)
		}
	}
	for _, s := range f.Sections {
		const writable, executable = pe.IMAGE_SCN_MEM_WRITE, pe.IMAGE_SCN_MEM_EXECUTE
		if s.Characteristics&(writable|executable) == writable|executable {
			t.Errorf("section %s can be written and executed", s.Name)
		}
	}
	if f.FileHeader.TimeDateStamp != 0 {
		t.Error("the time of building is in the file: two builds differ")
	}
}

func testImports(t *testing.T, f *pe.File) {
	t.Helper()
	symbols, err := f.ImportedSymbols()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, s := range symbols {
		name, library, _ := strings.Cut(s, ":")
		library = strings.ToLower(library)
		found[library] = append(found[library], name)
	}
	for _, names := range found {
		slices.Sort(names)
	}
	if diff := cmp.Diff(allowed, found); diff != "" {
		t.Errorf("imports (-allowed +found):\n%s", diff)
	}
}
