package bundle_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"github.com/vetopw/veto/lists/bundle"
)

// keyPair returns a new key to sign with and what trusts it.
func keyPair(t testing.TB, name string) (signing *bundle.SigningKey, trusted bundle.Keys, public string) {
	t.Helper()
	private, public, err := bundle.GenerateKey(name)
	if err != nil {
		t.Fatal(err)
	}
	signing, err = bundle.ParseSigningKey([]byte(private + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	trusted, err = bundle.ParseKeys([]byte("# of the tests\n" + public + "\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(trusted.IDs()) != fmt.Sprintf("[%s]", signing.ID()) {
		t.Fatalf("%v, %v", trusted.IDs(), signing.ID())
	}
	return signing, trusted, public
}

const (
	head  = "veto bundle 1\nversion 42\ncreated 2026-01-31T12:00:00Z\n"
	zeros = "0000000000000000000000000000000000000000000000000000000000000000"
	whole = head + "file terms 12 " + zeros + " a.txt\nfile breached 1099511627776 " + zeros + " b.veto\nfile policy 1 " + zeros + " veto.yaml\n"
)

func TestParseText(t *testing.T) {
	m, err := bundle.ParseText(whole)
	if err != nil || m.Version != 42 || len(m.Files) != 3 || m.Files[1].Kind != bundle.Breached || m.Bytes() != 1099511627776+13 || m.Text() != whole {
		t.Errorf("%+v %v", m, err)
	}
	file := func(name string) string { return head + "file terms 12 " + zeros + " " + name + "\n" }
	many := head
	for i := range bundle.MaxFiles + 1 {
		many += fmt.Sprintf("file terms 12 %s %06d\n", zeros, i)
	}
	for name, text := range map[string]string{
		"empty":              "",
		"no file":            head,
		"other format":       "veto index 1\n" + strings.TrimPrefix(whole, "veto bundle 1\n"),
		"format 0":           strings.Replace(whole, "bundle 1", "bundle 0", 1),
		"format 01":          strings.Replace(whole, "bundle 1", "bundle 01", 1),
		"no version":         strings.Replace(whole, "version 42\n", "", 1),
		"version 0":          strings.Replace(whole, "version 42", "version 0", 1),
		"version 042":        strings.Replace(whole, "version 42", "version 042", 1),
		"version -1":         strings.Replace(whole, "version 42", "version -1", 1),
		"version 2^63":       strings.Replace(whole, "version 42", "version 9223372036854775808", 1),
		"two versions":       strings.Replace(whole, "version 42\n", "version 42\nversion 43\n", 1),
		"time of no zone":    strings.Replace(whole, "00Z", "00", 1),
		"time of a zone":     strings.Replace(whole, "00Z", "00+00:00", 1),
		"fraction":           strings.Replace(whole, "00Z", "00.5Z", 1),
		"unknown kind":       strings.Replace(whole, "file terms", "file regex", 1),
		"no kind":            strings.Replace(whole, "file terms", "file ", 1),
		"empty file":         strings.Replace(whole, "terms 12", "terms 0", 1),
		"negative size":      strings.Replace(whole, "terms 12", "terms -12", 1),
		"huge size":          strings.Replace(whole, "terms 12", "terms 1099511627777", 1),
		"size beyond 2^64":   strings.Replace(whole, "terms 12", "terms 99999999999999999999", 1),
		"short digest":       strings.Replace(whole, zeros+" a", zeros[1:]+" a", 1),
		"long digest":        strings.Replace(whole, zeros+" a", zeros+"0 a", 1),
		"capital digest":     strings.Replace(whole, zeros+" a", zeros[1:]+"A a", 1),
		"spaces":             strings.Replace(whole, "terms 12", "terms  12", 1),
		"order":              head + "file terms 12 " + zeros + " b\nfile terms 12 " + zeros + " a\n",
		"twice":              head + strings.Repeat("file terms 12 "+zeros+" a\n", 2),
		"twice but for case": head + "file terms 12 " + zeros + " A\nfile terms 12 " + zeros + " a\n",
		"no end":             strings.TrimSuffix(whole, "\n"),
		"blank end":          whole + "\n",
		"unknown line":       whole + "remove b.txt\n",
		"carriage return":    strings.ReplaceAll(whole, "\n", "\r\n"),
		"too many":           many,
		"parent":             file("../a"),
		"absolute":           file("/etc/passwd"),
		"folder":             file("a/b"),
		"backslash":          file(`a\b`),
		"drive":              file("c:a"),
		"stream":             file("a:b"),
		"dot":                file("."),
		"dots":               file(".."),
		"hidden":             file(".a"),
		"dot at the end":     file("a."),
		"device":             file("NUL"),
		"device and more":    file("com1.txt"),
		"manifest":           file("Manifest"),
		"refused":            file("refused"),
		"umlaut":             file("ä"),
		"quote":              file("a'b"),
		"long name":          file(strings.Repeat("a", 129)),
	} {
		if m, err := bundle.ParseText(text); !errors.Is(err, bundle.ErrFormat) {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	if _, err := bundle.ParseText(strings.Replace(whole, "bundle 1", "bundle 2", 1) + "later\n"); !errors.Is(err, bundle.ErrVersion) {
		t.Errorf("newer format: %v", err)
	}
}

// sign signs any text.
func sign(t testing.TB, text string, private ...string) []byte {
	t.Helper()
	var signers []note.Signer
	for _, p := range private {
		s, err := note.NewSigner(p)
		if err != nil {
			t.Fatal(err)
		}
		signers = append(signers, s)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestSignatures(t *testing.T) {
	oldPrivate, oldPublic, _ := bundle.GenerateKey("old")
	newPrivate, newPublic, _ := bundle.GenerateKey("new")
	_, foreign, _ := bundle.GenerateKey("old") // the same name
	trust := func(public ...string) bundle.Keys {
		keys, err := bundle.ParseKeys([]byte(strings.Join(public, "\n")))
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	for _, test := range []struct {
		name   string
		signed []byte
		keys   bundle.Keys
		by     int // trusted signatures, 0: refused
	}{
		{"one", sign(t, whole, oldPrivate), trust(oldPublic), 1},
		{"a key given twice", sign(t, whole, oldPrivate), trust(oldPublic, oldPublic), 1},
		{"two keys, old trusted", sign(t, whole, oldPrivate, newPrivate), trust(oldPublic), 1},
		{"two keys, new trusted", sign(t, whole, oldPrivate, newPrivate), trust(newPublic), 1},
		{"two keys, both trusted", sign(t, whole, oldPrivate, newPrivate), trust(oldPublic, newPublic), 2},
		{"old key, withdrawn", sign(t, whole, oldPrivate), trust(newPublic), 0},
		{"foreign key of the same name", sign(t, whole, oldPrivate), trust(foreign), 0},
		{"no keys", sign(t, whole, oldPrivate), bundle.Keys{}, 0},
		{"unsigned", []byte(whole), trust(oldPublic), 0},
		{"nothing", nil, trust(oldPublic), 0},
	} {
		m, err := bundle.ParseManifest(test.signed, test.keys)
		if test.by == 0 && !errors.Is(err, bundle.ErrSignature) || test.by > 0 && (err != nil || len(m.Signed) != test.by) {
			t.Errorf("%s: %+v, %v", test.name, m, err)
		}
	}
	if _, err := bundle.ParseManifest(sign(t, "hello\n", oldPrivate), trust(oldPublic)); !errors.Is(err, bundle.ErrFormat) {
		t.Errorf("another text: %v", err)
	}
	large := sign(t, whole+strings.Repeat("x", bundle.MaxManifestBytes)+"\n", oldPrivate)
	if _, err := bundle.ParseManifest(large, trust(oldPublic)); !errors.Is(err, bundle.ErrFormat) {
		t.Errorf("large: %v", err)
	}
}

// TestTamperedManifest flips every bit of a signed manifest. The encoding of a
// signature has bits that mean nothing; the text has none.
func TestTamperedManifest(t *testing.T) {
	private, public, _ := bundle.GenerateKey("key")
	keys, _ := bundle.ParseKeys([]byte(public))
	signed := sign(t, whole, private)
	for i := range 8 * len(signed) {
		flipped := bytes.Clone(signed)
		flipped[i/8] ^= 1 << (i % 8)
		if m, err := bundle.ParseManifest(flipped, keys); err == nil && (i/8 < len(whole) || m.Text() != whole) {
			t.Fatalf("bit %d: %+v", i, m)
		}
	}
	for i := range signed {
		if m, err := bundle.ParseManifest(signed[:i], keys); err == nil {
			t.Fatalf("cut at %d: %+v", i, m)
		}
	}
}

// TestManifestText wants every manifest to survive being written and read.
func TestManifestText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &bundle.Manifest{
			Version: rapid.Uint64Range(1, 1<<63-1).Draw(t, "version"),
			Created: time.Unix(rapid.Int64Range(0, 1<<37).Draw(t, "created"), 0).UTC(),
		}
		n := rapid.IntRange(1, 20).Draw(t, "files")
		for i := range n {
			m.Files = append(m.Files, bundle.File{
				Name:   fmt.Sprintf("%03d-%s", i, rapid.StringMatching(`[A-Za-z0-9._-]{0,20}x`).Draw(t, "name")),
				Kind:   rapid.SampledFrom([]bundle.Kind{bundle.Terms, bundle.Policy, bundle.Breached}).Draw(t, "kind"),
				Bytes:  rapid.Int64Range(1, bundle.MaxFileBytes).Draw(t, "bytes"),
				Digest: bundle.Digest(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest")),
			})
		}
		got, err := bundle.ParseText(m.Text())
		if err != nil || fmt.Sprint(got) != fmt.Sprint(m) {
			t.Fatalf("%v\n%v\n%v", err, got, m)
		}
	})
}

func FuzzManifest(f *testing.F) {
	private, public, _ := bundle.GenerateKey("key")
	keys, _ := bundle.ParseKeys([]byte(public))
	f.Add([]byte(whole))
	f.Add([]byte(head))
	f.Add([]byte("veto bundle 2\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, _ = bundle.PeekManifest(text)
		if m, err := bundle.ParseManifest(text, keys); err == nil {
			t.Fatalf("unsigned: %+v", m)
		}
		m, err := bundle.ParseText(string(text))
		if err != nil {
			return
		}
		if m.Text() != string(text) {
			t.Fatalf("%q is read as %q", text, m.Text())
		}
		if _, err := bundle.ParseManifest(sign(t, string(text), private), keys); err != nil {
			t.Fatal(err)
		}
		for _, file := range m.Files {
			if path := filepath.Join("root", file.Name); filepath.Dir(path) != "root" {
				t.Fatalf("%q leaves the folder", file.Name)
			}
		}
	})
}

func TestKeys(t *testing.T) {
	private, public, err := bundle.GenerateKey("example.org/veto")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "a b", "a+b", "a\nb", "ä", strings.Repeat("a", 129)} {
		if _, _, err := bundle.GenerateKey(name); !errors.Is(err, bundle.ErrKey) {
			t.Errorf("name %q: %v", name, err)
		}
	}
	secret := private[len(private)-20:]
	for _, text := range []string{"", "#\n", private, public + "x", strings.Replace(public, "org", "com", 1)} {
		if _, err := bundle.ParseKeys([]byte(text)); !errors.Is(err, bundle.ErrKey) || strings.Contains(err.Error(), secret) {
			t.Errorf("keys %.20q: %v", text, err)
		}
	}
	for _, text := range []string{"", public, private + "x", private[:40]} {
		if _, err := bundle.ParseSigningKey([]byte(text)); !errors.Is(err, bundle.ErrKey) || strings.Contains(err.Error(), secret) {
			t.Errorf("signing key %.20q: %v", text, err)
		}
	}
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(private), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := bundle.OpenSigningKey(path); runtime.GOOS != "windows" && !errors.Is(err, bundle.ErrKey) {
		t.Errorf("a key that all may read: %v", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := bundle.OpenSigningKey(path); err != nil {
		t.Error(err)
	}
}
