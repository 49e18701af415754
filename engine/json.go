package engine

import (
	"strconv"
	"unicode/utf8"
)

// AppendJSON appends the verdict as the JSON object of the public interface,
// without spans, lists and scores, so fit for any caller. An empty id is left
// out. It allocates only if dst is too small.
func (v Verdict) AppendJSON(dst []byte, id string) []byte { return v.AppendJSONIn(dst, id, nil) }

// AppendJSONIn is AppendJSON in the words of w, with advice; nil stands for the
// messages of the reasons, without.
func (v Verdict) AppendJSONIn(dst []byte, id string, w Wording) []byte {
	dst = v.appendHead(dst)
	first := true
	for r := range v.Reasons.All() {
		dst = appendComma(dst, &first)
		dst = v.appendReason(dst, r, v.Number(r), w)
		dst = append(dst, '}')
	}
	dst = append(dst, ']')
	return append(v.appendTail(dst, id), '}')
}

// AppendJSON appends the explanation as the JSON object of the public
// interface: the verdict's with spans, lists and scores, and what they rest on.
// An empty id is left out.
func (x *Explanation) AppendJSON(dst []byte, id string) []byte { return x.AppendJSONIn(dst, id, nil) }

// AppendJSONIn is AppendJSON in the words of w, as for a Verdict.
func (x *Explanation) AppendJSONIn(dst []byte, id string, w Wording) []byte {
	dst = x.appendHead(dst)
	first := true
	for _, f := range x.Findings {
		dst = appendComma(dst, &first)
		dst = x.appendReason(dst, f.Reason, x.Number(f), w)
		dst = appendWhere(dst, f.List, f.Span)
		if f.Seen > 0 {
			dst = appendInt(append(dst, `,"seen_at_least":`...), f.Seen)
		}
		dst = append(dst, '}')
	}
	dst = appendInt(append(dst, `],"score":{"points":`...), x.Score.Points)
	dst = appendInt(append(dst, `,"required_points":`...), x.Score.RequiredPoints)
	dst = append(dst, `,"guesses_log10":`...)
	dst = appendDecimal(dst, x.Score.Guesses)
	dst = append(dst, `,"required_guesses_log10":`...)
	dst = appendDecimal(dst, x.Score.RequiredGuesses)
	dst = appendInt(append(dst, `},"explain":{"characters":`...), x.Characters)
	dst = x.appendGuesses(dst)
	dst = x.appendPoints(dst)
	dst = append(dst, '}')
	return append(x.appendTail(dst, id), '}')
}

// appendGuesses appends the arithmetic in bits, which are written in full, so
// that sums are exact.
func (x *Explanation) appendGuesses(dst []byte) []byte {
	dst = appendBits(append(dst, `,"guesses":{"bits":`...), x.Score.Guesses)
	dst = appendBits(append(dst, `,"required_bits":`...), x.Score.RequiredGuesses)
	if x.Spread > 0 {
		dst = appendBits(append(dst, `,"spread_bits":`...), x.Spread)
	}
	dst = append(dst, `,"segments":[`...)
	first := true
	for _, s := range x.Segments {
		dst = appendKind(appendComma(dst, &first), s.Kind)
		dst = appendWhere(dst, s.List, s.Span)
		dst = appendBits(append(dst, `,"bits":`...), s.Guesses)
		dst = appendBits(append(dst, `,"base":`...), s.Base)
		dst = appendBits(append(dst, `,"spelling":`...), s.Spelling)
		dst = appendBits(append(dst, `,"case":`...), s.Case)
		dst = appendBits(append(dst, `,"join":`...), s.Join)
		dst = append(appendReadings(dst, s.Readings), '}')
	}
	return append(dst, `]}`...)
}

// appendReadings appends how a segment is read, if that is worth a word.
func appendReadings(dst []byte, readings []Reading) []byte {
	if len(readings) == 0 {
		return dst
	}
	dst = append(dst, `,"readings":[`...)
	first := true
	for _, r := range readings {
		dst = append(appendComma(dst, &first), `{"kind":"`...)
		dst = append(append(dst, r.Kind.String()...), '"')
		dst = appendSpan(dst, r.Span)
		dst = append(appendBits(append(dst, `,"bits":`...), r.Guesses), '}')
	}
	return append(dst, ']')
}

func (x *Explanation) appendPoints(dst []byte) []byte {
	dst = appendInt(append(dst, `,"points":{"points":`...), x.Score.Points)
	dst = appendInt(append(dst, `,"required":`...), x.Score.RequiredPoints)
	dst = append(dst, `,"segments":[`...)
	first := true
	for _, t := range x.Tallies {
		dst = appendKind(appendComma(dst, &first), t.Kind)
		dst = appendWhere(dst, t.List, t.Span)
		dst = append(appendInt(append(dst, `,"points":`...), t.Points), '}')
	}
	return append(dst, `]}`...)
}

func (v Verdict) appendHead(dst []byte) []byte {
	dst = append(dst, `{"decision":"`...)
	dst = append(dst, v.Decision.String()...)
	if v.Would != v.Decision {
		dst = append(dst, `","would_decision":"`...)
		dst = append(dst, v.Would.String()...)
	}
	dst = append(dst, `","mode":"`...)
	dst = append(dst, v.Mode.String()...)
	return append(dst, `","reasons":[`...)
}

func (v Verdict) appendTail(dst []byte, id string) []byte {
	dst = append(dst, `,"policy":`...)
	dst = AppendJSONString(dst, v.Policy)
	dst = append(dst, `,"snapshot":`...)
	dst = AppendJSONString(dst, v.Snapshot)
	if id != "" {
		dst = append(dst, `,"id":`...)
		dst = AppendJSONString(dst, id)
	}
	return dst
}

func (v Verdict) appendReason(dst []byte, r Reason, n int, w Wording) []byte {
	dst = append(dst, `{"code":"`...)
	dst = append(dst, r.Code()...)
	dst = append(dst, `","message":`...)
	if w == nil {
		dst = append(append(append(dst, '"'), r.Message()...), '"')
	} else {
		dst = AppendJSONString(dst, w.Message(r, n))
		dst = AppendJSONString(append(dst, `,"advice":`...), w.Advice(r))
	}
	if v.Audited.Has(r) {
		dst = append(dst, `,"mode":"audit"`...)
	}
	return dst
}

func appendWhere(dst []byte, list string, span Span) []byte {
	if list != "" {
		dst = append(dst, `,"list":`...)
		dst = AppendJSONString(dst, list)
	}
	if span.End > span.Start {
		dst = appendSpan(dst, span)
	}
	return dst
}

func appendSpan(dst []byte, span Span) []byte {
	dst = appendInt(append(dst, `,"span":[`...), span.Start)
	return append(appendInt(append(dst, ','), span.End), ']')
}

// appendKind appends the start of an object of a kind.
func appendKind(dst []byte, k Kind) []byte {
	return append(append(append(dst, `{"kind":"`...), k.String()...), '"')
}

func appendInt(dst []byte, n int) []byte { return strconv.AppendInt(dst, int64(n), 10) }

// appendBits appends the number of bits with all its digits, at most six behind
// the point.
func appendBits(dst []byte, g Guesses) []byte {
	return strconv.AppendFloat(dst, g.Bits(), 'f', -1, 64)
}

func appendComma(dst []byte, first *bool) []byte {
	if *first {
		*first = false
		return dst
	}
	return append(dst, ',')
}

// appendDecimal appends the decimal logarithm with one digit, rounded down so
// that a value below a threshold never prints as the threshold.
func appendDecimal(dst []byte, g Guesses) []byte {
	tenths := int64(float64(g) * 10 / (bit * bitsPerDecade))
	dst = strconv.AppendInt(dst, tenths/10, 10)
	return append(dst, '.', byte('0'+tenths%10))
}

const hexDigits = "0123456789abcdef"

// AppendJSONString appends s as a JSON string. Invalid UTF-8 becomes U+FFFD.
func AppendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for s != "" {
		n := plainJSON(s)
		dst = append(dst, s[:n]...)
		if s = s[n:]; s == "" {
			break
		}
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < 0x20 || r == 0x7f || r == '<' || r == '>' || r == '&' || r == 0x2028 || r == 0x2029:
			dst = append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}

// plainJSON returns how many bytes of s stand in a JSON string as they are.
func plainJSON(s string) int {
	i := 0
	for i < len(s) && plainBytes[s[i]] {
		i++
	}
	return i
}

// plainBytes tells the bytes that stand for themselves in JSON and HTML.
var plainBytes = func() (table [256]bool) {
	for c := range table {
		table[c] = c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
	}
	return
}()
