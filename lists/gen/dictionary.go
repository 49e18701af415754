package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// dictionary says which words are attested, and by what.
type dictionary struct {
	english, foreign map[string]bool
	weight           map[string]uint64 // by places in ordered lists
}

func (d *dictionary) attests(word string) bool { return d.english[word] || d.foreign[word] }

func readDictionary(from string) (*dictionary, error) {
	d := &dictionary{map[string]bool{}, map[string]bool{}, map[string]uint64{}}
	zxcvbn, err := readZxcvbn(from)
	if err != nil {
		return nil, err
	}
	for _, l := range zxcvbnLists {
		d.add(d.english, zxcvbn[l.name], wordList{scale: l.scale})
	}
	for _, l := range englishLists {
		if err := d.read(d.english, l, from); err != nil {
			return nil, err
		}
	}
	for _, l := range foreignLists {
		if err := d.read(d.foreign, l, from); err != nil {
			return nil, err
		}
	}
	for _, language := range everyday {
		words := strings.Fields(language)
		d.add(d.foreign, words, wordList{rank: everydayRank, umlauts: true})
	}
	return d, nil
}

// read adds the words of a list of words in JSON.
func (d *dictionary) read(set map[string]bool, l wordList, from string) error {
	data, err := l.input.read(from)
	if err != nil {
		return err
	}
	var words []string
	if err := json.Unmarshal(data, &words); err != nil {
		return fmt.Errorf("%s: %w", l.path, err)
	}
	d.add(set, words, l)
	return nil
}

func (d *dictionary) add(set map[string]bool, words []string, l wordList) {
	if l.limit > 0 {
		words = words[:min(l.limit, len(words))]
	}
	for i, word := range words {
		w := l.weight(i)
		d.addWord(set, word, w)
		if l.umlauts {
			d.addWord(set, umlauts.Replace(word), w)
		}
	}
}

// weight returns what the i-th word weighs by its place.
func (l wordList) weight(i int) uint64 {
	if rank := l.rank + uint64(i+1)*l.scale; rank > 0 {
		return weight(rank)
	}
	return 0
}

func (d *dictionary) addWord(set map[string]bool, word string, w uint64) {
	word = fold([]byte(word))
	set[word] = true
	d.weight[word] = max(d.weight[word], w)
}

// umlauts spells words as without the keys for umlauts.
var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue")

// readZxcvbn returns the lists of zxcvbn's file by name: lines such as
//
//	surnames: "smith,johnson,...
func readZxcvbn(from string) (map[string][]string, error) {
	data, err := zxcvbnInput.read(from)
	if err != nil {
		return nil, err
	}
	found := make(map[string][]string)
	for line := range strings.Lines(string(data)) {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), `: "`)
		if words, _, end := strings.Cut(rest, `"`); ok && end {
			found[name] = strings.Split(words, ",")
		}
	}
	for _, l := range zxcvbnLists {
		if len(found[l.name]) == 0 {
			return nil, fmt.Errorf("%s: has no list %s", zxcvbnInput.path, l.name)
		}
	}
	return found, nil
}
