package main

import (
	"bytes"

	"github.com/vetopw/veto/engine"
)

// entry is a password of the million list.
type entry struct {
	folded string
	rank   uint32 // the best rank of all passwords that fold to it, from 1
}

// readMillion returns the distinct folded passwords by rank.
func readMillion(from string) ([]entry, error) {
	data, err := millionInput.read(from)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool, 1<<20)
	var entries []entry
	var rank uint32
	for line := range bytes.Lines(data) {
		rank++
		folded := fold(bytes.TrimRight(line, "\r\n"))
		if folded != "" && !seen[folded] {
			seen[folded] = true
			entries = append(entries, entry{folded, rank})
		}
	}
	return entries, nil
}

func fold(text []byte) string { return string(engine.AppendFold(nil, text)) }
