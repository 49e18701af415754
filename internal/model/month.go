package model

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// months are the names of months by language: in full, then short.
var months = strings.Fields(`
	january february march april may june july august september october november december
	jan feb mar apr jun jul aug sep sept oct nov dec
	januar februar marz maerz april mai juni juli august september oktober november dezember okt dez
	janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre fev avr
	enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre ene abr ago dic
	gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre gen mag giu lug set ott
	januari februari maart april mei juni juli augustus september oktober november december mrt
	janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro out`)

// namedDates returns what a text costs in each way to read it as a date with the
// name of a month.
func namedDates(text string, next rune) (costs []int) {
	for _, name := range months {
		before, after, found := strings.Cut(text, name)
		if !found {
			continue
		}
		const day, month = dayOfYear + dateOrder + monthName, monthOfYear + dateOrder + monthName
		ended := after == "" // else the name may stand at the end once more
		after = withoutSeparator(after, false)
		if before != "" {
			if !isDayOfMonth(withoutSeparator(before, true)) {
				continue
			}
			if ended {
				costs = append(costs, day)
			}
			costs = append(costs, years(day, after)...)
			continue
		}
		costs = append(costs, years(month, after)...)
		for width := 1; width <= min(2, len(after)); width++ {
			rest := after[width:]
			follows, _ := utf8.DecodeRuneInString(rest + string(next))
			if !isDayOfMonth(after[:width]) || width == 1 && isDigit(follows) {
				continue
			}
			if rest == "" {
				costs = append(costs, day)
			}
			costs = append(costs, years(day, withoutSeparator(rest, false))...)
		}
	}
	return costs
}

// years returns what a cost comes to with a year, if text is one.
func years(cost int, text string) (costs []int) {
	if !allDigits(text) {
		return nil
	}
	if c, ok := year(text); ok && len(text) == 4 {
		costs = append(costs, cost+c)
	}
	if len(text) == 2 {
		costs = append(costs, cost+nearYear)
	}
	return costs
}

func isDayOfMonth(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && allDigits(text) && len(text) <= 2 && n >= 1 && n <= 31
}

// withoutSeparator returns a text without the separator that it begins with, or ends
// with, if there is one.
func withoutSeparator(text string, last bool) string {
	r, size := utf8.DecodeRuneInString(text)
	if last {
		r, size = utf8.DecodeLastRuneInString(text)
	}
	switch {
	case size == 0 || !isSeparator(r):
		return text
	case last:
		return text[:len(text)-size]
	}
	return text[size:]
}
