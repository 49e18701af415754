package fuzz_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/internal/model"
)

// drawLong draws a password of so many parts that password lists are asked in
// several steps, and lists that have some of these.
func drawLong(t *rapid.T) trial {
	q := trial{policy: drawPolicy(t), subject: engine.Subject{}}
	q.policy.RefuseListed = true
	runs := []string{"klep", "ndoc", "zzyx", "vmof", "brandocs", "моск", "北京大学", "quad", "p4sst"}
	separators := []string{"7", "-", ".", "!", "12", "é", "#", " "}
	var text string
	for range rapid.IntRange(40, 60).Draw(t, "runs") {
		text += oneOf(t, "run", runs) + oneOf(t, "separator", separators)
	}
	switch rapid.IntRange(0, 4).Draw(t, "shape") {
	case 0:
		text = strings.Join(strings.Split(text, ""), oneOf(t, "joint", []string{".", "✓"}))
	case 1:
		text += text
	case 2:
		text = "1234567" + text + "!!12345678"
	}
	letters := []rune(text)
	q.password = string(letters[:min(len(letters), 200)])
	q.subject.OldPassword = []byte(drawOld(t, q.password))
	q.breaches = drawBreaches(t, q.password)
	folded := []rune(model.Fold(q.password))
	for range rapid.IntRange(1, 3).Draw(t, "password lists") {
		q.passwords = append(q.passwords, drawList(t, folded, runs))
	}
	return q
}

// drawList draws a list of passwords that has pieces of the folded password, and
// some of the runs and of what they begin and end with.
func drawList(t *rapid.T, folded []rune, runs []string) map[string]int {
	list := map[string]int{}
	absent := rapid.SampledFrom([]int{3, 7, 9}).Draw(t, "absent") // of ten: if all were listed, the first hits would do
	add := func(text []rune) {
		if rapid.IntRange(0, 9).Draw(t, "listed") >= absent {
			list[string(text)] = rapid.IntRange(0, 15).Draw(t, "log rank")
		}
	}
	add(folded)
	add(folded[:len(folded)/2])
	for range rapid.IntRange(0, 20).Draw(t, "entries") {
		start := rapid.IntRange(0, len(folded)-1).Draw(t, "start")
		add(folded[start:min(len(folded), start+rapid.IntRange(4, 12).Draw(t, "width"))])
	}
	for _, run := range runs {
		run := []rune(model.Fold(run))
		add(run)
		for n := 6; n < len(run); n++ {
			add(run[:n])
			add(run[len(run)-n:])
		}
	}
	return list
}

// TestLong compares the engine with the model where lists of passwords are asked
// for many parts.
func TestLong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { compareTrial(t, drawLong(t)) })
}
