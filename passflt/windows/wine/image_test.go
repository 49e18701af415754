package wine_test

import (
	"debug/pe"
	"encoding/binary"
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
	t.Run("guard", func(t *testing.T) { testGuard(t, f) })
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
	const want = pe.IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA | pe.IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE | pe.IMAGE_DLLCHARACTERISTICS_NX_COMPAT |
		pe.IMAGE_DLLCHARACTERISTICS_GUARD_CF
	if header.DllCharacteristics&want != want {
		t.Errorf("characteristics %#x lack some of %#x: ASLR, NX, high entropy, CFG", header.DllCharacteristics, want)
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

// testGuard reads what the image tells Control Flow Guard: the check's pointers are
// where Windows can set them and nobody else, and the table of the functions that
// may be called by address is sorted and has those that lsass calls.
func testGuard(t *testing.T, f *pe.File) {
	t.Helper()
	header := f.OptionalHeader.(*pe.OptionalHeader64)
	config := memory(t, f, header.DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG].VirtualAddress, guardConfigSize)
	if size := binary.LittleEndian.Uint32(config); size != guardConfigSize {
		t.Fatalf("size %#x, want %#x", size, guardConfigSize)
	}
	address := func(at int) uint32 { return uint32(binary.LittleEndian.Uint64(config[at:]) - header.ImageBase) }
	for _, pointer := range []uint32{address(0x70), address(0x78)} {
		memory(t, f, pointer, 8)
		for _, s := range f.Sections {
			inside := pointer >= s.VirtualAddress && pointer < s.VirtualAddress+s.VirtualSize
			if inside && s.Characteristics&pe.IMAGE_SCN_MEM_WRITE != 0 {
				t.Errorf("the check at %#x is in section %s, which can be written", pointer, s.Name)
			}
		}
	}
	const instrumented, table = 0x100, 0x400
	if flags := binary.LittleEndian.Uint32(config[0x90:]); flags&(instrumented|table) != instrumented|table {
		t.Errorf("flags %#x", flags)
	}
	count := uint32(binary.LittleEndian.Uint64(config[0x88:]))
	var targets []uint32
	for entry := memory(t, f, address(0x80), 4*count); len(entry) > 0; entry = entry[4:] {
		targets = append(targets, binary.LittleEndian.Uint32(entry))
	}
	for _, called := range append(exportAddresses(t, f), header.AddressOfEntryPoint) {
		if !slices.Contains(targets, called) {
			t.Errorf("the function at %#x may not be called: %#x", called, targets)
		}
	}
	if !slices.IsSorted(targets) || len(targets) < 9 { // the entry, 3 exports, and 5 that are called by address
		t.Errorf("targets %#x", targets)
	}
}

// guardConfigSize is the size of a load configuration up to the flags of the guard.
const guardConfigSize = 0x94

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
