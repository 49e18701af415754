package wine_test

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"testing"
)

// exports returns the names of an image's export table, in its order.
func exports(t *testing.T, f *pe.File) []string {
	t.Helper()
	table := exportTable(t, f)
	count := binary.LittleEndian.Uint32(table[24:])
	addresses := memory(t, f, binary.LittleEndian.Uint32(table[32:]), 4*count)
	var names []string
	for ; len(addresses) > 0; addresses = addresses[4:] {
		name, _, _ := bytes.Cut(memory(t, f, binary.LittleEndian.Uint32(addresses), 0), []byte{0})
		names = append(names, string(name))
	}
	return names
}

// exportAddresses returns where the exported functions are.
func exportAddresses(t *testing.T, f *pe.File) (all []uint32) {
	t.Helper()
	table := exportTable(t, f)
	count := binary.LittleEndian.Uint32(table[20:])
	for entry := memory(t, f, binary.LittleEndian.Uint32(table[28:]), 4*count); len(entry) > 0; entry = entry[4:] {
		if at := binary.LittleEndian.Uint32(entry); at != 0 { // a number without a function
			all = append(all, at)
		}
	}
	return all
}

func exportTable(t *testing.T, f *pe.File) []byte {
	t.Helper()
	header := f.OptionalHeader.(*pe.OptionalHeader64)
	return memory(t, f, header.DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_EXPORT].VirtualAddress, 40)
}

// memory returns n bytes of the image at an address, or all behind it in its
// section if n is 0.
func memory(t *testing.T, f *pe.File, at, n uint32) []byte {
	t.Helper()
	for _, s := range f.Sections {
		if at < s.VirtualAddress || at >= s.VirtualAddress+s.Size {
			continue
		}
		data, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		data = data[at-s.VirtualAddress:]
		if n > 0 && int(n) <= len(data) {
			data = data[:n]
		}
		return data
	}
	t.Fatalf("address %#x is in no section", at)
	return nil
}
