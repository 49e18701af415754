// Image writes an OCI archive with an image of veto for each program: the static
// program, the authorities of the web, licenses, and nothing else. It needs
// neither Docker nor root, and is run in the root of the tree. The same programs
// and date make the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	name := flag.String("name", "", "name of the image")
	version := flag.String("version", "", "version of the programs, the tag of the image")
	date := flag.String("date", "", "time of all files, as in RFC 3339")
	out := flag.String("o", "", "archive to write")
	flag.Parse()
	made, err := time.Parse(time.RFC3339, *date)
	if flag.NArg() == 0 || *name == "" || *version == "" || *out == "" || err != nil {
		fmt.Fprintln(os.Stderr, "usage: image -name NAME -version VERSION -date TIME -o FILE PROGRAM...")
		os.Exit(2)
	}
	if err := pack(*out, *name, *version, made.UTC(), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// pack writes the archive of one image for each program.
func pack(out, name, version string, made time.Time, programs []string) error {
	index, err := build(version, made, programs)
	if err != nil {
		return err
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := archive(f, index, name+":"+version, made); err != nil {
		return fmt.Errorf("%s: %w", out, err)
	}
	return f.Close()
}
