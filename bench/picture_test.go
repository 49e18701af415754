package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestDrawCurve(t *testing.T) {
	c, err := readCorpora(writeSample(t))
	if err != nil {
		t.Fatal(err)
	}
	half := func(guesses float64) func([]byte) opinion {
		return func(p []byte) opinion { return opinion{refused: len(p) < 12, guesses: guesses + float64(len(p))/2} }
	}
	results, err := askAll([]judge{
		{name: "first", required: 8, judge: each(half(2))},
		{name: "second", judge: each(half(0))},
		{name: "absent", judge: func([][]byte) ([]opinion, error) { return nil, errMissing }},
	}, c, 0)
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(t.TempDir(), "curve")
	if err := drawCurve(base, c, results); err != nil {
		t.Fatal(err)
	}
	pixels, err := os.ReadFile(base + ".png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(pixels)); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(base + ".svg")
	if err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{">first, default: 10^8 guesses<", ">second<", ">spray<", ">strong, worst<", ">none<"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("no %q in the picture", want)
		}
	}
	if bytes.Contains(text, []byte(">absent<")) {
		t.Error("a judge is drawn that was not asked")
	}
	results[0].summary = summary{groupSpray: results[0].summary[groupSpray]}
	if err := drawCurve(base, c, results); !errors.Is(err, errNoCurve) {
		t.Errorf("no strong passwords: %v", err)
	}
}
