package model

import (
	"regexp"
	"strconv"
	"strings"
)

// dateForms are the orders of day, month and year: Y has four digits, y two.
var dateForms = []string{"dmY", "mdY", "Ymd", "dmy", "mdy", "ymd", "dm", "md"}

// date returns what a text costs as a year or as a date, in the cheapest of its
// readings. A day or month of one digit does not end in front of another digit.
func date(text string, next rune) (base int, ok bool) {
	consider := func(cost int) {
		if !ok || cost < base {
			base, ok = cost, true
		}
	}
	if allDigits(text) && len(text) == 4 {
		if cost, ok := year(text); ok {
			consider(cost)
		}
	}
	for _, form := range dateForms {
		for _, fields := range append(separated(text, form, next), plainDate(text, form)) {
			if cost, ok := dateCost(form, fields); ok {
				consider(cost)
			}
		}
	}
	for _, cost := range namedDates(text, next) {
		consider(cost)
	}
	return base, ok
}

// plainDate cuts a text without separators into the fields of a form, or
// returns nil.
func plainDate(text, form string) (fields []string) {
	for _, f := range form {
		width := 2
		if f == 'Y' {
			width = 4
		}
		if len(text) < width {
			return nil
		}
		fields = append(fields, text[:width])
		text = text[width:]
	}
	if text != "" {
		return nil
	}
	return fields
}

var threeNumbers = regexp.MustCompile(`(?s)^([0-9]{1,4})([^0-9])([0-9]{1,2})([^0-9])([0-9]{1,4})$`)

// separated returns the fields of a date with the same separator twice.
func separated(text, form string, next rune) [][]string {
	found := threeNumbers.FindStringSubmatch(text)
	if found == nil || len(form) != 3 || found[2] != found[4] || !isSeparator([]rune(found[2])[0]) {
		return nil
	}
	fields := []string{found[1], found[3], found[5]}
	for i, f := range form {
		width := len(fields[i])
		if f == 'Y' && width != 4 || f == 'y' && width != 2 || strings.ContainsRune("dm", f) && width > 2 {
			return nil
		}
	}
	if last := fields[2]; len(last) == 1 && isDigit(next) {
		return nil
	}
	return [][]string{fields}
}

func dateCost(form string, fields []string) (cost int, ok bool) {
	if fields == nil {
		return 0, false
	}
	cost = dayOfYear + dateOrder
	for i, f := range form {
		n, err := strconv.Atoi(fields[i])
		if err != nil || !allDigits(fields[i]) {
			return 0, false
		}
		switch {
		case f == 'd' && (n < 1 || n > 31), f == 'm' && (n < 1 || n > 12):
			return 0, false
		case f == 'y':
			cost += nearYear
		case f == 'Y':
			c, ok := year(fields[i])
			if !ok {
				return 0, false
			}
			cost += c
		}
	}
	return cost, true
}

// year returns what four digits cost as a year.
func year(text string) (cost int, ok bool) {
	switch n, _ := strconv.Atoi(text); {
	case n >= 1940 && n <= 2029:
		return nearYear, true
	case n >= 1900 && n <= 2069:
		return farYear, true
	}
	return 0, false
}

func allDigits(text string) bool {
	return strings.Trim(text, "0123456789") == ""
}
