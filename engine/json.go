package engine

import (
	"strconv"
	"unicode/utf8"
)

// AppendJSON appends the verdict as the JSON object of the public interface,
// without spans, lists and scores, so fit for any caller. An empty id is left
// out. It allocates only if dst is too small.
func (v Verdict) AppendJSON(dst []byte, id string) []byte {
	dst = v.appendHead(dst)
	first := true
	for r := range v.Reasons.All() {
		dst = appendComma(dst, &first)
		dst = v.appendReason(dst, r)
		dst = append(dst, '}')
	}
	dst = append(dst, ']')
	return append(v.appendTail(dst, id), '}')
}

// AppendJSON appends the explanation as the JSON object of the public
// interface, with spans, lists, scores and segments. An empty id is left out.
func (x *Explanation) AppendJSON(dst []byte, id string) []byte {
	dst = x.appendHead(dst)
	first := true
	for _, f := range x.Findings {
		dst = appendComma(dst, &first)
		dst = x.appendReason(dst, f.Reason)
		dst = appendWhere(dst, f.List, f.Span)
		if f.Seen > 0 {
			dst = append(dst, `,"seen_at_least":`...)
			dst = strconv.AppendInt(dst, int64(f.Seen), 10)
		}
		dst = append(dst, '}')
	}
	dst = append(dst, `],"score":{"points":`...)
	dst = strconv.AppendInt(dst, int64(x.Score.Points), 10)
	dst = append(dst, `,"required_points":`...)
	dst = strconv.AppendInt(dst, int64(x.Score.RequiredPoints), 10)
	dst = append(dst, `,"guesses_log10":`...)
	dst = appendDecimal(dst, x.Score.Guesses)
	dst = append(dst, `,"required_guesses_log10":`...)
	dst = appendDecimal(dst, x.Score.RequiredGuesses)
	dst = append(dst, `},"segments":[`...)
	first = true
	for _, s := range x.Segments {
		dst = appendComma(dst, &first)
		dst = append(dst, `{"kind":"`...)
		dst = append(dst, s.Kind.String()...)
		dst = append(dst, '"')
		dst = appendWhere(dst, s.List, s.Span)
		dst = append(dst, `,"guesses_log10":`...)
		dst = appendDecimal(dst, s.Guesses)
		dst = append(dst, '}')
	}
	dst = append(dst, `],"characters":`...)
	dst = strconv.AppendInt(dst, int64(x.Characters), 10)
	return append(x.appendTail(dst, id), '}')
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

func (v Verdict) appendReason(dst []byte, r Reason) []byte {
	dst = append(dst, `{"code":"`...)
	dst = append(dst, r.Code()...)
	dst = append(dst, `","message":"`...)
	dst = append(dst, r.Message()...)
	dst = append(dst, '"')
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
		dst = append(dst, `,"span":[`...)
		dst = strconv.AppendInt(dst, int64(span.Start), 10)
		dst = append(dst, ',')
		dst = strconv.AppendInt(dst, int64(span.End), 10)
		dst = append(dst, ']')
	}
	return dst
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
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return i
		}
	}
	return len(s)
}
