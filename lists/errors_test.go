package lists_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/vetopw/veto/lists"
)

// TestSourceErrors wants the first lines that are wrong to be named, and the others
// to be counted.
func TestSourceErrors(t *testing.T) {
	long := strings.Repeat("canary", 100)
	for name, test := range map[string]struct {
		text string
		want []int // lines
		more int
		last error // of these
	}{
		"one":               {"contoso\nca\nfabrikam", []int{2}, 0, lists.ErrShort},
		"two":               {"contoso\nca\nfabrikam\n" + long + "\n", []int{2, 4}, 0, lists.ErrLong},
		"a line to the end": {"ca\n" + long, []int{1, 2}, 0, lists.ErrLong},
		"behind a long one": {long + "\ncanary\xff\ncontoso\n", []int{1, 2}, 0, lists.ErrEncoding},
		"ten":               {strings.Repeat("ca\n", 10), []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0, lists.ErrShort},
		"many":              {strings.Repeat("canary\t1\n", 100_000), []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 99_990, lists.ErrControl},
	} {
		_, err := lists.ParseTerms(strings.NewReader(test.text), "company.txt")
		var all []error
		more := 0
		if several, ok := errors.AsType[*lists.SourceErrors](err); ok {
			all, more = several.Unwrap(), several.More
		} else {
			all = append(all, err)
		}
		var lines []int
		for i, one := range all {
			e, ok := errors.AsType[*lists.SourceError](one)
			if !ok || e.Source != "company.txt" || i == len(all)-1 && !errors.Is(e, test.last) {
				t.Fatalf("%s: error %d is %v", name, i, one)
			}
			lines = append(lines, e.Line)
		}
		if fmt.Sprint(lines, more) != fmt.Sprint(test.want, test.more) {
			t.Errorf("%s: lines %v and %d more, want %v and %d", name, lines, more, test.want, test.more)
		}
		text := err.Error()
		if counted := strings.HasSuffix(text, fmt.Sprintf("\nand %d more", test.more)); strings.Contains(text, "canary") || counted != (test.more > 0) || strings.Count(text, "company.txt:") != len(lines) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// TestSourceErrorsEnd wants what ends a source to be told behind the lines before.
func TestSourceErrorsEnd(t *testing.T) {
	_, err := lists.ParseTerms(&repeat{text: "contoso\t1\n"}, "company.txt")
	if !errors.Is(err, lists.ErrSize) || !errors.Is(err, lists.ErrControl) {
		t.Errorf("%v", err)
	}
	// An error of the reader is none of a line, whatever it looks like.
	failing := iotest.ErrReader(&lists.SourceError{Detail: "is damaged", Err: lists.ErrFormat})
	if _, err := lists.ParseTerms(failing, "company.txt"); !errors.Is(err, lists.ErrFormat) {
		t.Errorf("%v", err)
	}
}
