package engine

import (
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
	"unsafe"

	reference "golang.org/x/crypto/md4" //lint:ignore SA1019 the reference of ours
	"pgregory.net/rapid"
)

// digestOf is the digest by another implementation.
func digestOf(kind HashKind, text string) string {
	if kind == SHA1 {
		sum := sha1.Sum([]byte(text))
		return string(sum[:])
	}
	h := reference.New()
	for _, u := range utf16.Encode([]rune(text)) {
		binary.Write(h, binary.LittleEndian, u)
	}
	return string(h.Sum(nil))
}

// checkDigests hashes texts twice, as a digester has to be used again, and wants it wiped.
func checkDigests(t interface{ Fatalf(string, ...any) }, d *digester, kind HashKind, texts []string) {
	for range 2 {
		for _, text := range texts {
			d.add(kind, []byte(text))
		}
		d.sum(kind)
		all, size := d.digests(kind), hashTable[kind].size
		if len(all) != len(texts)*size {
			t.Fatalf("%d bytes of %q", len(all), texts)
		}
		if d.blocks != (digester{}).blocks || d.words != (digester{}).words {
			t.Fatalf("messages are left of %q", texts)
		}
		for i, text := range texts {
			if got := string(all[i*size : (i+1)*size]); got != digestOf(kind, text) {
				t.Fatalf("%v of %q, message %d of %q: %x", kind, text, i, texts, got)
			}
		}
		d.wipe()
		checkDigester(t, d)
	}
}

// checkDigester looks at every byte of a wiped digester.
func checkDigester(t interface{ Fatalf(string, ...any) }, d *digester) {
	sha := d.lone.sha
	d.lone.sha = nil
	for i, b := range unsafe.Slice((*byte)(unsafe.Pointer(d)), unsafe.Sizeof(*d)) {
		if b != 0 {
			t.Fatalf("byte %d is %#x", i, b)
		}
	}
	d.lone.sha = sha
}

// TestDigester compares with other implementations.
func TestDigester(t *testing.T) {
	text := rapid.OneOf(
		rapid.StringN(0, 70, 70),
		rapid.StringMatching(`[ -~]{0,70}`),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 60), func(b []byte) string { return string(b) }),
	)
	var d digester
	for _, kind := range []HashKind{SHA1, NTLM} {
		for n := range digestLanes + 1 {
			for length := range 70 {
				var texts []string
				for i := range n {
					texts = append(texts, strings.Repeat("x", length)+strings.Repeat("yé", i)[:i])
				}
				checkDigests(t, &d, kind, texts)
			}
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		kind := rapid.SampledFrom([]HashKind{SHA1, NTLM}).Draw(rt, "kind")
		checkDigests(rt, &d, kind, rapid.SliceOfN(text, 0, digestLanes).Draw(rt, "texts"))
	})
}

// TestDigestExamples has those of FIPS 180 and RFC 1320, the latter as UTF-16 as far as they
// have whole units.
func TestDigestExamples(t *testing.T) {
	units := func(text string) string {
		var all []uint16
		for i := 0; i < len(text); i += 2 {
			all = append(all, binary.LittleEndian.Uint16([]byte(text[i:])))
		}
		return string(utf16.Decode(all))
	}
	for _, x := range []struct {
		kind     HashKind
		text, is string
	}{
		{SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
		{SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{SHA1, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
		{NTLM, "", "31d6cfe0d16ae931b73c59d7e0c089c0"},
		{NTLM, units("message digest"), "d9130a8164549fe818874806e1c7014b"},
		{NTLM, units("abcdefghijklmnopqrstuvwxyz"), "d79e1c308aa5bbcdeea8ed63df412da9"},
		{NTLM, units("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"), "043f8582f241db351ce627e153e7f0e4"},
	} {
		var d digester
		d.add(x.kind, []byte(x.text))
		d.sum(x.kind)
		if got := hex.EncodeToString(d.digests(x.kind)); got != x.is {
			t.Errorf("%v of %q is %s, want %s", x.kind, x.text, got, x.is)
		}
	}
}

// TestDigesterWipesMessages wipes messages that are not hashed.
func TestDigesterWipesMessages(t *testing.T) {
	var d digester
	d.add(SHA1, []byte("password"))
	d.add(SHA1, []byte(strings.Repeat("password", 8)))
	d.wipe()
	checkDigester(t, &d)
}

func TestDigesterAllocates(t *testing.T) {
	if RaceEnabled {
		t.Skip("with the race detector, crypto/sha1 allocates")
	}
	var d digester
	short, long := []byte("password"), []byte(strings.Repeat("пароль", 10))
	for _, kind := range []HashKind{SHA1, NTLM} {
		d.add(kind, long)
		if n := testing.AllocsPerRun(100, func() {
			d.add(kind, short)
			d.add(kind, long)
			d.sum(kind)
			d.wipe()
		}); n != 0 {
			t.Errorf("%v: %v allocations", kind, n)
		}
	}
}

// BenchmarkDigester compares messages hashed at once with one after the other.
func BenchmarkDigester(b *testing.B) {
	texts := [][]byte{[]byte("Password2024!"), []byte("password2024!"), []byte("password"), []byte("Password"), []byte("p4ssw0rd2024!")}
	var d digester
	for _, kind := range []HashKind{SHA1, NTLM} {
		for _, n := range []int{1, 2, 3, 4, 5} {
			b.Run(fmt.Sprintf("%v/%d/at_once", kind, n), func(b *testing.B) {
				for b.Loop() {
					for _, text := range texts[:n] {
						d.add(kind, text)
					}
					d.sum(kind)
					texts[0][0] = 'A' + d.all[0]&15
					d.wipe()
				}
			})
			b.Run(fmt.Sprintf("%v/%d/alone", kind, n), func(b *testing.B) {
				for b.Loop() {
					for _, text := range texts[:n] {
						d.lone.hash(kind, text, d.all[:hashTable[kind].size])
					}
					texts[0][0] = 'A' + d.all[0]&15
					d.wipe()
				}
			})
			if kind == SHA1 {
				b.Run(fmt.Sprintf("%v/%d/sum", kind, n), func(b *testing.B) {
					for b.Loop() {
						for _, text := range texts[:n] {
							sum := sha1.Sum(text)
							texts[0][0] = 'A' + sum[0]&15
						}
					}
				})
			}
		}
	}
}
