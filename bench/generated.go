package main

import (
	"cmp"
	"hash/fnv"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
)

// groupGenerated holds passwords that nobody can guess, made by rule: what
// password managers and machines make, and letters of many scripts.
const groupGenerated = "strong by rule"

// generatedEach is the number of passwords of a generated class.
const generatedEach = 500

// leastBits is what each rule of the group makes at least, as the binary
// logarithm of the number of its passwords: 2^15 times what the profile default
// asks for, so that what it refuses was misjudged and is no bad luck.
const leastBits = 62

// A rule makes passwords at random by a template: a letter or digit that names
// an alphabet stands for one of its characters, all else for itself.
type rule struct {
	name, template string
	letters        []rune // what * stands for
}

// alphabets are what the letters and digits of templates stand for.
var alphabets = map[rune][]rune{
	'a': expand("a-z"), 'A': expand("A-Z"), '0': expand("0-9"), 'h': expand("0-9a-f"), 'x': expand("a-zA-Z0-9"),
	'y': expand("a-zA-Z0-9!#$%&@^*"), 'z': expand("a-zA-Z0-9_.:!"), 'B': expand("A-Z2-7"), 'b': expand("a-z2-7"),
	'L': expand("BCDFGHJKMPQRTVWXY2346789"), 'c': expand("bcdfghjkmnpqrstvwxz"), 'v': expand("aeiouy"), 'M': expand("A-Z0-9"),
	'm': expand("a-z0-9"),
}

// formats are what password managers, directories and servers hand out.
var formats = []rule{
	{name: "app_password", template: "aaaa aaaa aaaa aaaa"},
	{name: "base32_secret", template: "BBBBBBBBBBBBBBBB"},
	{name: "bitlocker_recovery", template: "000000-000000-000000-000000-000000-000000-000000-000000"},
	{name: "browser_15", template: "zzzzzzzzzzzzzzz"},
	{name: "digits_in_fours", template: "0000 0000 0000 0000 0000 0000"},
	{name: "filevault_recovery", template: "MMMM-MMMM-MMMM-MMMM-MMMM-MMMM"},
	{name: "hex_16", template: "hhhhhhhhhhhhhhhh"},
	{name: "hex_32", template: "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"},
	{name: "hex_colons", template: "hh:hh:hh:hh:hh:hh:hh:hh"},
	{name: "letters_digits_15", template: "xxxxxxxxxxxxxxx"},
	{name: "letters_digits_20", template: "xxxxxxxxxxxxxxxxxxxx"},
	{name: "license_key", template: "LLLLL-LLLLL-LLLLL-LLLLL-LLLLL"},
	{name: "manager_14", template: "yyyyyyyyyyyyyy"},
	{name: "recovery_code", template: "bbbbb-bbbbb-bbbbb"},
	{name: "small_14", template: "aaaaaaaaaaaaaa"},
	{name: "small_digits_13", template: "mmmmmmmmmmmmm"},
	{name: "syllables", template: "cvcvcvcvcvcvcvcvcvcv"},
	{name: "syllables_in_three", template: "cvccvc-cvccvc-cvccvc"},
	{name: "uuid", template: "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"},
}

// scripts are letters in use by the charts of Unicode. What folds to nothing,
// as Devanagari's u above and below (docs/DECISION.md), is not among them.
var scripts = []struct{ name, letters string }{
	{"arabic", "بت-غف-و"}, {"armenian", "ա-ֆ"}, {"bengali", "ক-নপ-র"}, {"cyrillic", "а-я"}, {"devanagari", "क-नप-रव-ह"},
	{"ethiopic", "ሀ-ሆለ-ሎ"}, {"georgian", "ა-ჰ"}, {"greek", "α-ρσ-ω"}, {"han", "一-帀"}, {"hangul", "가-힣"},
	{"hebrew", "א-ת"}, {"hiragana", "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわ"},
	{"katakana", "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワ"},
	{"khmer", "ក-ឡ"}, {"lao", "ກຂຄງຈສຊຍດ-ທນ-ຟມ-ຣວຫອຮ"}, {"myanmar", "က-အ"}, {"sinhala", "ක-ඣට-න"}, {"tamil", "கஙசஜஞடணதந-பம-ஹ"},
	{"telugu", "క-నప-ర"}, {"thai", "ก-ฮ"},
}

// expand returns the characters of a bracket expression: ones and ranges.
func expand(set string) []rune {
	var all []rune
	for runes := []rune(set); len(runes) > 0; {
		first, last, n := runes[0], runes[0], 1
		if len(runes) > 2 && runes[1] == '-' {
			last, n = runes[2], 3
		}
		for r := first; r <= last; r++ {
			all = append(all, r)
		}
		runes = runes[n:]
	}
	return all
}

// rules returns the formats, and of each script its letters alone and in three
// parts with digits between.
func rules() []rule {
	all := slices.Clone(formats)
	for _, s := range scripts {
		letters := expand(s.letters)
		alone, parts := rule{s.name, "********", letters}, rule{s.name + "_parts", "***-00-**-00-***", letters}
		for alone.bits() < leastBits {
			alone.template += "*"
		}
		for parts.bits() < leastBits {
			parts.template += "*"
		}
		all = append(all, alone, parts)
	}
	slices.SortFunc(all, func(a, b rule) int { return cmp.Compare(a.name, b.name) })
	return all
}

// choices returns what c stands for in the template, nothing if for itself.
func (r rule) choices(c rune) []rune {
	if c == '*' {
		return r.letters
	}
	return alphabets[c]
}

// bits returns the binary logarithm of the number of passwords, rounded down.
func (r rule) bits() int {
	number := big.NewInt(1)
	for _, c := range r.template {
		number.Mul(number, big.NewInt(int64(max(1, len(r.choices(c))))))
	}
	return number.BitLen() - 1
}

// class makes passwords of the rule, the same ones in every run.
func (r rule) class() class {
	seed := fnv.New64a()
	seed.Write([]byte(r.name))
	random := rand.New(rand.NewPCG(seed.Sum64(), 1))
	c := class{group: groupGenerated, name: r.name}
	for range generatedEach {
		password := strings.Map(func(c rune) rune {
			if choices := r.choices(c); len(choices) > 0 {
				return choices[random.IntN(len(choices))]
			}
			return c
		}, r.template)
		c.passwords = append(c.passwords, []byte(password))
	}
	return c
}

// addGenerated adds the classes that are made by rule.
func (c *corpora) addGenerated() {
	for _, r := range rules() {
		c.classes = append(c.classes, r.class())
	}
}
