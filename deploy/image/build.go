package main

import (
	"bytes"
	"debug/buildinfo"
	"fmt"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// build returns an index of the images, one for each program.
func build(version string, made time.Time, programs []string) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, program := range programs {
		platform, err := platformOf(program)
		if err != nil {
			return nil, err
		}
		image, err := imageOf(program, version, made, platform)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", program, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &platform}})
	}
	return index, nil
}

// platformOf is what the program was built for, as its linker noted.
func platformOf(program string) (v1.Platform, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return v1.Platform{}, err
	}
	var p v1.Platform
	for _, s := range info.Settings {
		switch s.Key {
		case "GOOS":
			p.OS = s.Value
		case "GOARCH":
			p.Architecture = s.Value
		}
	}
	if p.OS != "linux" {
		return p, fmt.Errorf("%s: built for %s/%s; images hold programs for linux", program, p.OS, p.Architecture)
	}
	return p, nil
}

func imageOf(program, version string, made time.Time, platform v1.Platform) (v1.Image, error) {
	files, err := rootFiles(program, made)
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files)), nil
	}, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.Append(base, mutate.Addendum{Layer: layer, History: v1.History{Created: v1.Time{Time: made}, CreatedBy: "make image"}})
	if err != nil {
		return nil, err
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Created = platform.OS, platform.Architecture, v1.Time{Time: made}
	file.Config = configOf(version)
	return mutate.ConfigFile(image, file)
}

// configOf tells how the image runs: as deploy/Dockerfile does.
func configOf(version string) v1.Config {
	return v1.Config{
		User:         fmt.Sprintf("%d:%d", nonroot, nonroot),
		Entrypoint:   []string{"/usr/bin/veto"},
		Cmd:          []string{"serve"},
		WorkingDir:   home,
		ExposedPorts: map[string]struct{}{"8080/tcp": {}},
		Env:          []string{"PATH=/usr/bin", "SSL_CERT_FILE=" + authorities},
		Labels: map[string]string{
			"org.opencontainers.image.title":    "veto",
			"org.opencontainers.image.version":  version,
			"org.opencontainers.image.source":   "https://github.com/vetopw/veto",
			"org.opencontainers.image.licenses": "Apache-2.0",
		},
	}
}
