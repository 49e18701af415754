//go:build linux

package passflt_test

import (
	"debug/elf"
	"os"
	"runtime"
	"slices"
	"testing"
)

// TestImages looks at what is built for others: position-independent, read-only
// after relocation, no stack that can be executed, no name but those of its
// interface, and a program that needs no other file.
func TestImages(t *testing.T) {
	testImages(t, native, map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[runtime.GOARCH])
}

func testImages(t *testing.T, m machine, kind elf.Machine) {
	tests := []struct {
		name    string
		header  string // that must be there to build it
		program bool
		exports []string
		library string // that the program which loads it has, too
	}{
		{"veto-samba-check", "", true, nil, ""},
		{"veto_ppolicy.so", "", false, []string{"check_password"}, ""},
		{"pam_veto.so", "/usr/include/security/pam_ext.h", false,
			[]string{"pam_sm_acct_mgmt", "pam_sm_authenticate", "pam_sm_chauthtok", "pam_sm_setcred"}, "libpam.so.0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := os.Stat(test.header); test.header != "" && err != nil {
				t.Skip(err)
			}
			f, err := elf.Open(m.build(t, test.name))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			checkSegments(t, f, test.program)
			if libraries, _ := f.ImportedLibraries(); f.Machine != kind || test.library != "" && !slices.Contains(libraries, test.library) {
				t.Errorf("for %v, needs %v, want %v and %s", f.Machine, libraries, kind, test.library)
			}
			var exports []string
			symbols, _ := f.DynamicSymbols() // an error where there are none
			for _, s := range symbols {
				if s.Section != elf.SHN_UNDEF && elf.ST_BIND(s.Info) == elf.STB_GLOBAL {
					exports = append(exports, s.Name)
				}
			}
			slices.Sort(exports)
			if !slices.Equal(exports, test.exports) {
				t.Errorf("exports %v, want %v", exports, test.exports)
			}
		})
	}
}

func checkSegments(t *testing.T, f *elf.File, program bool) {
	t.Helper()
	relro, stack := false, true
	for _, p := range f.Progs {
		switch p.Type {
		case elf.PT_INTERP:
			t.Error("needs a loader")
		case elf.PT_GNU_RELRO:
			relro = true
		case elf.PT_GNU_STACK:
			stack = p.Flags&elf.PF_X != 0
		case elf.PT_LOAD:
			if p.Flags&(elf.PF_W|elf.PF_X) == elf.PF_W|elf.PF_X {
				t.Error("a segment can be written and executed")
			}
		}
	}
	flags, _ := f.DynValue(elf.DT_FLAGS_1)
	now := len(flags) == 1 && elf.DynFlag1(flags[0])&elf.DF_1_NOW != 0
	if f.Type != elf.ET_DYN || !relro || stack || !now {
		t.Errorf("type %v, relro %v, executable stack %v, bound at start %v", f.Type, relro, stack, now)
	}
	if libraries, _ := f.ImportedLibraries(); program && len(libraries) > 0 {
		t.Errorf("needs %v", libraries)
	}
}
