package model

// lookAlikes has the letters of Greek and Cyrillic alphabets in use and some
// symbols, each with the ASCII letter or digit that it looks like, or 0.
var lookAlikes = byRune(map[rune]string{
	'a': "АаΑα₳", 'b': "БВЬΒвь฿₿", 'c': "Сс¢₡₢₵", 'd': "ԁ₫", 'e': "ЕеЁёΕε", 'h': "НҺһΗн", 'i': "іЇїιΐı", 'j': "Јј", 'f': "₣", 'g': "₲",
	'k': "КΚκк₭", 'l': "ІΙ₤", 'm': "МΜμмµ₥", 'n': "Νη₦", 'o': "ОоΟοΌόΘθΣσς", 'p': "РрΡρ₱₽", 'q': "ԛ", 'r': "Гг",
	's': "Ѕѕ₴", 't': "ТΤτт₮₸", 'u': "υ", 'v': "ν", 'w': "ԝ₩", 'x': "ХхΧχ×", 'y': "УуΓγΥ¥", 'z': "Ζζ",
	'3': "Зз", '6': "б",
	0: "ДЖИЙЛПФЦЧШЩЪЫЭЮЯЄ" + "джийлпфцчшщъыэюяє" + "ΔΛΞΠΦΨΩ" + "βδλξπφψω" + "กไकिꀀመ€£½ー😀✓\uFDFA\uFFFD",
})

// byRune turns the table round. It restates the confusables of UTS 39, version
// 10, with marks and case aside: η is n because it is confusable with n and a
// mark, Γ is y because γ is, κ is k because its capital is.
func byRune(runes map[rune]string) map[rune]rune {
	m := map[rune]rune{}
	for look, like := range runes {
		for _, r := range like {
			m[r] = look
		}
	}
	return m
}
