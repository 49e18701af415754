package model

import "unicode/utf8"

// key is a place on a keyboard.
type key struct {
	row, column int
	shifted     bool
}

// keyboard has the keys of one layout by character.
type keyboard struct {
	keys map[rune]key
	pad  bool // keys stand in a square grid
	cost int  // of its choice
}

// keyboards are the layouts, each row from the top as plain and shifted; a
// space is no key of it. Rows of a typewriter keyboard stand half a key to the
// right of the ones above. A step on ЙЦУКЕН has a letter, before or after.
var keyboards = []keyboard{
	newKeyboard(false, 0, // QWERTY
		"`1234567890-=", "~!@#$%^&*()_+",
		" qwertyuiop[]\\", " QWERTYUIOP{}|",
		" asdfghjkl;'", " ASDFGHJKL:\"",
		" zxcvbnm,./", " ZXCVBNM<>?"),
	newKeyboard(false, bit, // QWERTZ
		"^1234567890", " !\" $%&/()=?",
		" qwertzuiop +", " QWERTZUIOP *",
		" asdfghjkl  #", " ASDFGHJKL  '",
		" yxcvbnm,.-", " YXCVBNM;:_"),
	newKeyboard(false, bit, // AZERTY
		" &  \"'(- _  )=", " 1234567890 +",
		" azertyuiop^$", " AZERTYUIOP  ",
		" qsdfghjklm *", " QSDFGHJKLM%  ",
		" wxcvbn,;:!", " WXCVBN?./ "),
	newKeyboard(false, 3*bit, // Dvorak
		"`1234567890[]", "~!@#$%^&*(){}",
		" ',.pyfgcrl/=\\", " \"<>PYFGCRL?+|",
		" aoeuidhtns-", " AOEUIDHTNS_",
		" ;qjkxbmwvz", " :QJKXBMWVZ"),
	newKeyboard(true, 0, "789", "", "456", "", "123", "", "0", ""),
	newKeyboard(false, 0, // ЙЦУКЕН
		" 1234567890-=", " !\"№;%:?*()_+",
		"  цукенгшщзхъ\\", "             /",
		" фывапролджэ", "",
		" ячсмитьбю.", "          ,"),
	newKeyboard(false, 3*bit, // Colemak
		"", "",
		" qwfpgjluy;[]\\", " QWFPGJLUY:{}|",
		" arstdhneio'", " ARSTDHNEIO\"",
		" zxcvbkm,./", " ZXCVBKM<>?"),
}

func newKeyboard(pad bool, cost int, rows ...string) keyboard {
	k := keyboard{keys: map[rune]key{}, pad: pad, cost: cost}
	for i, row := range rows {
		for column, r := range []rune(row) {
			if _, twice := k.keys[r]; r != ' ' && !twice {
				k.keys[r] = key{i / 2, column, i%2 == 1}
			}
		}
	}
	return k
}

// step returns the direction from key a to key b, if they touch, or if they are
// two characters of the same key.
func (k keyboard) step(a, b rune) (direction [2]int, ok bool) {
	from, here := k.keys[a]
	to, there := k.keys[b]
	if _, russian := k.keys['ф']; !here || !there || a == b || russian && a < utf8.RuneSelf && b < utf8.RuneSelf {
		return direction, false
	}
	direction = [2]int{to.row - from.row, to.column - from.column}
	around := [][2]int{{0, 0}, {0, -1}, {0, 1}, {-1, 0}, {-1, 1}, {1, 0}, {1, -1}}
	if k.pad {
		around = append(around, [2]int{-1, -1}, [2]int{1, 1})
	}
	for _, d := range around {
		if d == direction {
			return direction, true
		}
	}
	return direction, false
}
