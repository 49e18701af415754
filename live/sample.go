package live

import (
	"math/rand/v2"
	"strconv"

	"github.com/vetopw/veto/lists"
)

// sampleSize is the number of SamplePasswords.
const sampleSize = 10_000

// SamplePasswords returns passwords as people make them who must pass a filter:
// two to four words of the embedded list, joined and decorated in different ways.
// They are the same on every machine. They belong to nobody.
func SamplePasswords() [][]byte {
	terms := lists.GlobalTerms()
	random := rand.New(rand.NewPCG(1, 2))
	joints := []string{"", "", "-", " ", ".", "_"}
	ends := []string{"", "", "!", "?", "."}
	sample := make([][]byte, sampleSize)
	for i := range sample {
		joint, words := joints[random.IntN(len(joints))], 2+random.IntN(3)
		capitals := random.IntN(2) == 0
		var text []byte
		for n := range words {
			if n > 0 {
				text = append(text, joint...)
			}
			at := len(text)
			text = append(text, terms[random.IntN(len(terms))].Text...)
			if c := text[at]; capitals && 'a' <= c && c <= 'z' {
				text[at] = c - 'a' + 'A'
			}
		}
		if random.IntN(2) == 0 {
			text = strconv.AppendInt(text, int64(random.IntN(10_000)), 10)
		}
		sample[i] = append(text, ends[random.IntN(len(ends))]...)
	}
	return sample
}
