//go:build linux

package passflt_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// BenchmarkScript has what a check password script costs, with sh before it as
// Samba starts it: one that only reads, and ours with an endpoint that accepts.
// "cpu" is the processor time of the processes, which other load changes less.
func BenchmarkScript(b *testing.B) {
	program := build(b, "veto-samba-check")
	e := serve(b, reply(1, ""))
	scripts := []struct{ name, script string }{
		{"cat", "exec /bin/cat >/dev/null"},
		{"veto-samba-check", fmt.Sprintf("exec %s --socket=%s --server-uid=%d", program, e.path, os.Getuid())},
	}
	for _, s := range scripts {
		b.Run(s.name, func(b *testing.B) {
			var cpu time.Duration
			for b.Loop() {
				cmd := exec.Command("/bin/sh", "-c", s.script)
				cmd.Stdin = strings.NewReader(canary)
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
				cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			}
			b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}
