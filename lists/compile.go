package lists

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/vetopw/veto/engine"
)

// Password is one entry of a set of whole passwords.
type Password struct {
	Folded []byte // as made by engine.AppendFold
	Rank   uint32 // by popularity, from 1; 0 counts as 1
}

// CompilePasswords returns the file of the passwords, for OpenPasswordSet. Of
// equal ones the best rank stays. The result depends on the set alone, not on
// its order.
func CompilePasswords(passwords []Password) []byte {
	type record struct{ bucket, entry uint64 }
	records := make([]record, len(passwords))
	for i, p := range passwords {
		bucket, key := split(engine.Key(p.Folded))
		log2 := uint64(bits.Len32(max(p.Rank, 1)) - 1)
		records[i] = record{bucket, key | log2}
	}
	slices.SortFunc(records, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.bucket, b.bucket), cmp.Compare(a.entry, b.entry))
	})
	records = slices.CompactFunc(records, func(a, b record) bool {
		return a.bucket == b.bucket && a.entry>>rankBits == b.entry>>rankBits
	})

	data := make([]byte, headerBytes, minSetBytes+entryBytes*len(records))
	next := 0
	for b := range uint64(bucketCount + 1) {
		for next < len(records) && records[next].bucket < b {
			next++
		}
		data = binary.LittleEndian.AppendUint32(data, uint32(next))
	}
	for _, r := range records {
		data = binary.LittleEndian.AppendUint32(data, uint32(r.entry))
		data = append(data, byte(r.entry>>32))
	}
	data = append(data, make([]byte, paddingBytes)...)
	writeHeader(data, uint32(len(records)))
	return data
}

func writeHeader(data []byte, n uint32) {
	copy(data, passwordMagic)
	binary.LittleEndian.PutUint32(data[8:], passwordVersion)
	binary.LittleEndian.PutUint32(data[12:], n)
	sum := sha256.Sum256(data[headerBytes:])
	copy(data[16:], sum[:])
	binary.LittleEndian.PutUint64(data[56:], xxhash.Sum64(data[:56]))
}
