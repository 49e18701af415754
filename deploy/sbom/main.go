// Sbom writes the bill of materials of Go programs: for FILE, FILE.cdx.json in
// CycloneDX 1.6, from what the linker noted in the program. The same program
// makes the same bytes.
package main

import (
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	// With -trimpath the linker does not note the version it was told.
	version := flag.String("version", "", "version of the programs")
	flag.Parse()
	if flag.NArg() == 0 || *version == "" {
		fmt.Fprintln(os.Stderr, "usage: sbom -version VERSION PROGRAM...")
		os.Exit(2)
	}
	for _, path := range flag.Args() {
		if err := write(path, *version); err != nil {
			fmt.Fprintln(os.Stderr, "sbom:", err)
			os.Exit(1)
		}
	}
}

func write(path, version string) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return err
	}
	f, err := os.Create(path + ".cdx.json")
	if err != nil {
		return err
	}
	defer f.Close()
	bom, err := materials(info, filepath.Base(path), version)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	e := cdx.NewBOMEncoder(f, cdx.BOMFileFormatJSON).SetPretty(true)
	if err := e.EncodeVersion(bom, cdx.SpecVersion1_6); err != nil {
		return fmt.Errorf("%s: %w", f.Name(), err)
	}
	return f.Close()
}

// materials lists the modules in a program, and Go's own.
func materials(info *buildinfo.BuildInfo, name, version string) (*cdx.BOM, error) {
	main := component(&debug.Module{Path: info.Main.Path, Version: version})
	main.Type, main.Name = cdx.ComponentTypeApplication, name
	libraries := []cdx.Component{component(&debug.Module{Path: "stdlib", Version: info.GoVersion})}
	refs := []string{libraries[0].BOMRef}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		c := component(m)
		if sum, ok := strings.CutPrefix(m.Sum, "h1:"); ok {
			digest, err := base64.StdEncoding.DecodeString(sum)
			if err != nil {
				return nil, fmt.Errorf("checksum of %s: %w", m.Path, err)
			}
			// Of the list of its files, as in go.sum.
			c.Properties = &[]cdx.Property{{Name: "go:h1", Value: hex.EncodeToString(digest)}}
		}
		libraries = append(libraries, c)
		refs = append(refs, c.BOMRef)
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &main}
	bom.Components = &libraries
	bom.Dependencies = &[]cdx.Dependency{{Ref: main.BOMRef, Dependencies: &refs}}
	return bom, nil
}

func component(m *debug.Module) cdx.Component {
	url := "pkg:golang/" + m.Path + "@" + m.Version
	return cdx.Component{Type: cdx.ComponentTypeLibrary, BOMRef: url, Name: m.Path, Version: m.Version, PackageURL: url}
}
