package breach_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/breach"
)

// bombBytes is what the bombs expand to.
const bombBytes = 10 << 30

// bomb returns the compressed text, repeated until it expands to bombBytes.
func bomb(t *testing.T, how, text string) string {
	text = strings.Repeat(text, 8<<20/len(text))
	if how != "zip" {
		return strings.Repeat(pack(t, how, "", text), bombBytes/len(text))
	}
	var piece, b bytes.Buffer
	f, err := flate.NewWriter(&piece, flate.BestCompression)
	if err == nil {
		_, err = io.WriteString(f, text)
	}
	if err = errors.Join(err, f.Flush()); err != nil { // no last block: pieces can be put together
		t.Fatal(err)
	}
	data := bytes.Repeat(piece.Bytes(), bombBytes/len(text))
	w := zip.NewWriter(&b)
	header := &zip.FileHeader{Name: "list.txt", Method: zip.Deflate, CompressedSize64: uint64(len(data)), UncompressedSize64: bombBytes}
	entry, err := w.CreateRaw(header)
	if err == nil {
		_, err = entry.Write(data)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestManyFiles has an archive whose directory takes more memory than allowed.
func TestManyFiles(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for range 30_000 {
		if _, err := w.CreateRaw(&zip.FileHeader{Name: "a"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	source := write(t, "many.zip", b.String())
	for memory, want := range map[int64]error{1 << 20: breach.ErrArchive, 64 << 20: lists.ErrEmpty} {
		_, _, err := compile(t, breach.Options{Sources: []string{source}, Memory: memory})
		if !errors.Is(err, want) || want == breach.ErrArchive && !strings.Contains(err.Error(), "--memory") {
			t.Errorf("%d bytes: %v, want %v", memory, err, want)
		}
	}
}

func TestBombs(t *testing.T) {
	for _, how := range []string{"gzip", "zstd", "xz", "zip"} {
		for _, test := range []struct {
			name, text string
			want       error
		}{
			{"zeros", "\x00", lists.ErrLong},
			{"blank lines", strings.Repeat(" ", 127) + "\n", breach.ErrExpansion},
			{"one password", strings.Repeat("password", 16) + "\n", breach.ErrExpansion},
		} {
			t.Run(how+"/"+test.name, func(t *testing.T) {
				path := write(t, "bomb", bomb(t, how, test.text))
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				_, _, err := compile(t, breach.Options{Sources: []string{path}, Memory: 64 << 20})
				if !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
				runtime.ReadMemStats(&after)
				if grown := int64(after.Sys) - int64(before.Sys); grown > 256<<20 {
					t.Errorf("took %d MB more", grown>>20)
				}
			})
		}
	}
}

// A header that asks for a dictionary of 4 GiB gets none.
func TestDictionary(t *testing.T) {
	data := []byte(pack(t, "xz", "", strings.Repeat("password\n", 100)))
	const dictionary = 16 // its place, behind flags and name of the filter
	if data[dictionary-2] != 0x21 {
		t.Fatalf("no LZMA2 in %x", data[:24])
	}
	data[dictionary] = 40
	binary.LittleEndian.PutUint32(data[20:], crc32.ChecksumIEEE(data[12:20]))
	_, _, err := compile(t, breach.Options{Sources: []string{write(t, "list.xz", string(data))}})
	if err == nil || !strings.Contains(err.Error(), "dictionary") {
		t.Errorf("got %v", err)
	}
}

// The limit can be lifted.
func TestNoExpansionLimit(t *testing.T) {
	text := strings.Repeat(strings.Repeat("password", 25)+"\n", 80<<20/201)
	o := breach.Options{Sources: []string{write(t, "list.zst", pack(t, "zstd", "", text))}}
	if _, _, err := compile(t, o); !errors.Is(err, breach.ErrExpansion) {
		t.Errorf("with limit: %v", err)
	}
	o.NoExpansionLimit = true
	if got, _, err := compile(t, o); err != nil || len(got) != 1 {
		t.Errorf("without: %v, %v", got, err)
	}
}

// killVariable holds the output of the process that TestKilled kills.
const killVariable = "VETO_TEST_KILLED_OUTPUT"

// A run that is killed leaves the old index, or the new one; what else it leaves
// the next run removes.
func TestKilled(t *testing.T) {
	if output := os.Getenv(killVariable); output != "" {
		compileAgain(t, output)
		return
	}
	rounds := 5
	if os.Getenv("VETO_SLOW") != "" {
		rounds = 100
	}
	dir := t.TempDir()
	output := filepath.Join(dir, "index")
	var lines strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&lines, "%s:%d\n", sha(fmt.Sprint(i)), i+1)
	}
	if err := os.WriteFile(output+".txt", []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	once := time.Now()
	if _, err := breach.Compile(context.Background(), killOptions(output, 0)); err != nil {
		t.Fatal(err)
	}
	took := time.Since(once)
	for range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), killVariable+"="+output)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50*time.Millisecond + rand.N(4*took))
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		set, err := filter.Open(output)
		if err != nil {
			t.Fatal(err)
		}
		if err := set.Verify(nil); err != nil {
			t.Fatal(err)
		}
		if n := set.Info().Keys; n != 50_000 {
			t.Errorf("%d keys", n)
		}
		set.Close()
	}
	if _, err := breach.Compile(context.Background(), killOptions(output, 1)); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
}

// compileAgain compiles until the process is killed.
func compileAgain(t *testing.T, output string) {
	for i := 0; ; i++ {
		if _, err := breach.Compile(context.Background(), killOptions(output, i)); err != nil {
			t.Fatal(err)
		}
	}
}

// killOptions makes every second index one with whole digests.
func killOptions(output string, i int) breach.Options {
	return breach.Options{Output: output, Sources: []string{output + ".txt"}, Memory: 1 << 20, Ranges: i%2 == 1}
}
