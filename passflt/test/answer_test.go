//go:build linux

package passflt_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// operations are those that answers are declared for, by their number in the
// clients: of the protocol the first two.
var operations = []struct{ name, number, wire string }{{"set", "1", "\x01"}, {"change", "2", "\x02"}, {"login", "3", "\x00"}}

// fault is a way to have no verdict: its cause in the log and in options.
type fault struct{ cause, option, codes, socket, timeout string }

func faults(t *testing.T) []fault {
	return []fault{
		{"absent", "absent", "-", "/nowhere/veto.sock", "9000"},
		{"timeout", "timeout", "-", serve(t, hang).path, "50"},
		{"timeout", "timeout", "-", full(t), "50"},
		{"undecided", "undecided", "unavailable", serve(t, reply(2, "unavailable")).path, "9000"},
		{"broken", "undecided", "-", serve(t, func(net.Conn) {}).path, "9000"},
		{"foreign", "foreign", "-", foreign(t, 65534).path, "9000"},
	}
}

// common are the options that the tests of a fault share.
func (f fault) common(log *journal) []string {
	return []string{"socket=" + f.socket, "log=" + log.path, "timeout_ms=" + f.timeout, fmt.Sprint("server_uid=", os.Getuid())}
}

// declaration is a set of options and the answer that they come to.
type declaration struct{ options, want string }

// declarations are those that matter for an operation and a cause.
func declarations(operation, cause string) []declaration {
	all, own := "fail_"+cause+"=", "fail_"+operation+"_"+cause+"="
	standard, byAll := "closed", "open"
	if operation == "login" {
		standard, byAll = "open", "open" // whatever is declared for all
	}
	list := []declaration{{"", standard}, {all + "open", byAll}, {all + "closed", standard}}
	for answer, opposite := range map[string]string{"open": "closed", "closed": "open"} {
		list = append(list,
			declaration{own + answer, answer},
			declaration{strings.ReplaceAll(own, "_", "-") + answer, answer},
			declaration{own + opposite + " " + own + answer, answer},
			declaration{own + answer + " " + all + opposite, answer},
			declaration{all + opposite + " " + own + answer, answer})
	}
	opposite := map[string]string{"open": "closed", "closed": "open"}[standard]
	var others []string
	for _, o := range operations {
		for _, c := range []string{"absent", "timeout", "undecided", "foreign"} {
			if o.name != operation || c != cause {
				others = append(others, "fail_"+o.name+"_"+c+"="+opposite)
			}
		}
	}
	return append(list, declaration{strings.Join(others, " "), standard})
}

// ask runs client_test and returns what it prints.
func ask(t *testing.T, program, operation string, options []string, password string) string {
	t.Helper()
	cmd := exec.Command(program, append([]string{operation}, options...)...)
	cmd.Stdin = strings.NewReader(password)
	output, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState.ExitCode() != 2 {
		t.Fatalf("%v: %v\n%s", options, err, output)
	}
	return strings.TrimSpace(string(output))
}

// TestAnswers has every operation, every cause and every way to declare an answer.
func TestAnswers(t *testing.T) {
	program := build(t, "client_test")
	log := newJournal(t)
	for _, f := range faults(t) {
		for _, o := range operations {
			t.Run(f.cause+", "+o.name, func(t *testing.T) {
				for _, d := range declarations(o.name, f.option) {
					got := ask(t, program, o.number, append(f.common(log), strings.Fields(d.options)...), canary)
					decision := map[string]string{"open": "accept", "closed": "reject"}[d.want]
					line := fmt.Sprintf("decision=%s cause=%s operation=%s account=jdoe codes=%s", decision, f.cause, o.name, f.codes)
					if logged := log.line(); got != d.want || text(logged) != line || !strings.HasPrefix(logged, "<84>") {
						t.Errorf("%q: %s, want %s; log %q, want %q", d.options, got, d.want, logged, line)
					}
				}
			})
		}
	}
}

// TestAnswersOfUnknown has a client that is not told the operation.
func TestAnswersOfUnknown(t *testing.T) {
	program := build(t, "client_test")
	log := newJournal(t)
	for _, f := range faults(t) {
		for options, want := range map[string]string{
			"":                             "closed",
			"fail_" + f.option + "=open":   "open",
			"fail_" + f.option + "=closed": "closed",
			"fail_" + f.option + "=open fail_" + f.option + "=closed": "closed",
		} {
			got := ask(t, program, "-", append(f.common(log), strings.Fields(options)...), canary)
			if line := log.line(); got != want || !strings.Contains(line, " cause="+f.cause+" operation=unknown ") {
				t.Errorf("%s, %q: %s, want %s; log %q", f.cause, options, got, want, line)
			}
		}
		for _, o := range operations {
			if got := ask(t, program, "-", []string{"fail_" + o.name + "_" + f.option + "=open"}, canary); !strings.Contains(got, "not told the operation") {
				t.Errorf("%s of %s: %q", o.name, f.cause, got)
			}
		}
	}
}

// TestAnswersAreNotForVerdicts declares the opposite of all that nothing declared
// may change.
func TestAnswersAreNotForVerdicts(t *testing.T) {
	program := build(t, "client_test")
	log := newJournal(t)
	refused, accepted := serve(t, reply(0, "date")), serve(t, send([]byte("VET"), []byte("O\x01\x01"), []byte("\x00\x00")))
	declare := func(answer string) (options []string) {
		for _, c := range []string{"absent", "timeout", "undecided", "foreign"} {
			options = append(options, "fail_"+c+"="+answer)
			for _, o := range operations {
				options = append(options, "fail_"+o.name+"_"+c+"="+answer)
			}
		}
		return options
	}
	long := strings.Repeat("x", 65530)
	tests := []struct {
		name, password, declared, cause string
		endpoint                        *endpoint
		want                            map[string]string // others by ""
	}{
		{"refused", canary, "open", "verdict", refused, map[string]string{"": "reject"}},
		{"accepted", canary, "closed", "verdict", accepted, map[string]string{"": "accept"}},
		{"empty", "", "open", "empty", accepted, map[string]string{"": "closed"}},
		{"long", long, "open", "long", accepted, map[string]string{"": "closed", "login": "open"}},
		{"long, closed", long, "closed", "long", accepted, map[string]string{"": "closed", "login": "open"}},
	}
	for _, test := range tests {
		for _, o := range operations {
			f := fault{socket: test.endpoint.path, timeout: "9000"}
			got := ask(t, program, o.number, append(f.common(log), declare(test.declared)...), test.password)
			want, special := test.want[o.name]
			if !special {
				want = test.want[""]
			}
			if line := log.line(); got != want || !strings.Contains(line, " cause="+test.cause+" operation="+o.name+" ") {
				t.Errorf("%s, %s: %s, want %s; log %q", test.name, o.name, got, want, line)
			}
			if test.cause == "verdict" && string(test.endpoint.last()[5]) != o.wire {
				t.Errorf("%s is sent as operation %d", o.name, test.endpoint.last()[5])
			}
		}
	}
}

// TestAnswerOptions has options that must not be taken for others.
func TestAnswerOptions(t *testing.T) {
	program := build(t, "client_test")
	for option, want := range map[string]string{
		"":                          "unknown option",
		"=open":                     "unknown option",
		"fail_=open":                "unknown option",
		"fail_set_=open":            "unknown option",
		"fail_set=open":             "unknown option",
		"fail__absent=open":         "unknown option",
		"fail_absent_set=open":      "unknown option",
		"fail_unknown_absent=open":  "unknown option",
		"fail_set_broken=open":      "unknown option",
		"fail_set_empty=open":       "unknown option",
		"fail_set_absent":           "unknown option",
		"fail_set_absent_=open":     "unknown option",
		" fail_set_absent=open":     "unknown option",
		"FAIL_SET_ABSENT=open":      "unknown option",
		strings.Repeat("fail_", 99): "unknown option",
		"fail_set_absent=":          "fail_set_absent: must be open or closed",
		"fail_set_absent=OPEN":      "fail_set_absent: must be open or closed",
		"fail_set_absent=open ":     "fail_set_absent: must be open or closed",
		"fail_set_absent==open":     "fail_set_absent: must be open or closed",
		"fail-login-foreign=yes":    "fail_login_foreign: must be open or closed",
		"fail_change_timeout=" + strings.Repeat("open", 9999): "fail_change_timeout: must be open or closed",
		"socket=":                                 "socket: must be an absolute path",
		"socket=/" + strings.Repeat("x", 107):     "socket: must be an absolute path",
		"log=/" + strings.Repeat("x", 70000):      "log: must be an absolute path",
		"timeout_ms=" + strings.Repeat("0", 5000): "timeout_ms: must be",
	} {
		if got := ask(t, program, "1", []string{option}, canary); !strings.HasPrefix(got, want) {
			t.Errorf("%.40q: %q, want %q", option, got, want)
		}
	}
	if got := ask(t, program, "1", []string{"socket=/" + strings.Repeat("x", 106)}, canary); got != "closed" {
		t.Errorf("the longest path: %q", got)
	}
}

// TestOptionsAreDocumented looks up each option of option.c.
func TestOptionsAreDocumented(t *testing.T) {
	source, err := os.ReadFile("../option.c")
	if err != nil {
		t.Fatal(err)
	}
	manual, err := os.ReadFile("../../docs/OPERATING.md")
	if err != nil {
		t.Fatal(err)
	}
	keys := regexp.MustCompile(`(?:value_of\(option, |ANSWER\()"([a-z_]+)"`).FindAllSubmatch(source, -1)
	if len(keys) != 4+4+4*len(operations) {
		t.Errorf("%d options: %q", len(keys), keys)
	}
	for _, key := range keys {
		operation := strings.Split(string(key[1]), "_")
		if len(operation) == 3 && operation[0] == "fail" { // a row for all causes
			key[1] = []byte("fail_" + operation[1] + "_absent")
		}
		if !contains(manual, "`"+string(key[1])+"=") {
			t.Errorf("docs/OPERATING.md lacks %s", key[1])
		}
	}
}

// TestNoDescriptors makes a client whose caller was limited to the files it has:
// nobody who brings that about may pass for a sidecar that is down.
func TestNoDescriptors(t *testing.T) {
	program := build(t, "veto-samba-check")
	e := serve(t, reply(1, ""))
	for option, want := range map[string]int{"absent": 1, "undecided": 0} {
		cmd := exec.Command("sh", "-c", `ulimit -n 3 && exec "$@"`, "sh", program, "--socket="+e.path,
			"--server-uid="+strconv.Itoa(os.Getuid()), "--fail-"+option+"=open")
		cmd.Stdin = strings.NewReader(canary)
		if output, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != want {
			t.Errorf("%s declared open: exit status %d, want %d: %v\n%s", option, cmd.ProcessState.ExitCode(), want, err, output)
		}
	}
	if e.last() != nil {
		t.Error("the endpoint was asked")
	}
}
