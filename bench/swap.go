package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// targetSwap is how many times the p99 may be while lists are swapped.
const targetSwap = 2

// A swapping is a load on a server whose lists are swapped all the time.
type swapping struct {
	name     string
	swap     func(addr string, n int) error // nil: nothing is swapped
	pause    time.Duration                  // between two swaps
	swaps    int
	p50, p99 []float64 // of rounds, microseconds
	slowest  float64
}

// runSwaps prints how checks fare while the lists are swapped: a request that fails
// ends it.
func runSwaps(rounds int, duration time.Duration, stdout, stderr io.Writer) (err error) {
	p, err := start(serveLive, &shared{w: stderr})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	l := load{speech: overHTTP(), requests: singles(newMixer(globalAnd(customTerms)).mix(1024)), connections: 32, duration: duration}
	all := []*swapping{
		{name: "nothing is swapped"},
		{name: "a word comes or goes, 20 times a second", swap: exchangeWord, pause: 50 * time.Millisecond},
		{name: "all is built anew, over and over", swap: reload},
	}
	for range rounds + 1 { // the first warms up
		for _, s := range all {
			if err := s.measure(p.addr, l); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	t := newTable("checks on 32 connections", "swaps", "p50 us", "p99 us", "slowest us", "p99 beside")
	before := median(all[0].p99[1:])
	for _, s := range all {
		p99 := median(s.p99[1:])
		t.row(s.name, fmt.Sprint(s.swaps), fmt.Sprintf("%.0f", median(s.p50[1:])), fmt.Sprintf("%.0f", p99), fmt.Sprintf("%.0f", s.slowest), fmt.Sprintf("%.2f x", p99/before))
	}
	t.print(stdout)
	for _, s := range all[1:] {
		beside := median(s.p99[1:]) / before
		printTarget(stdout, fmt.Sprintf("p99 at most %d x while %s", targetSwap, s.name), fmt.Sprintf("%.2f x", beside), beside <= targetSwap)
	}
	return nil
}

// measure adds a round.
func (s *swapping) measure(addr string, l load) error {
	var over atomic.Bool
	ended := make(chan error, 1)
	go func() {
		for s.swap != nil && !over.Load() {
			if err := s.swap(addr, s.swaps); err != nil {
				ended <- err
				return
			}
			s.swaps++
			time.Sleep(s.pause)
		}
		ended <- nil
	}()
	r, err := l.run(addr)
	over.Store(true)
	if err := errors.Join(err, <-ended); err != nil {
		return err
	}
	s.p50 = append(s.p50, micros(quantile(r.latencies, 0.5)))
	s.p99 = append(s.p99, micros(quantile(r.latencies, 0.99)))
	s.slowest = max(s.slowest, micros(quantile(r.latencies, 1)))
	return nil
}

// exchangeWord changes a list by a word, the n-th time.
func exchangeWord(addr string, n int) error {
	condition, edit := "If-Match", "remove"
	if n%2 == 0 {
		edit = "add"
	}
	if n == 0 {
		condition = "If-None-Match"
	}
	return send(http.MethodPatch, "http://"+addr+"/v1/lists/swapped", `{"`+edit+`":["zorbitania"]}`, condition)
}

// reload has a server build everything anew.
func reload(addr string, _ int) error {
	return send(http.MethodPost, "http://"+addr+"/v1/reload", "", "")
}

// send sends a request that changes something, on the condition that there is
// anything, or nothing.
func send(method, url, body, condition string) error {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if condition != "" {
		r.Header.Set(condition, "*")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode/100 != 2 {
		err = fmt.Errorf("%s: %s", answer.Status, text)
	}
	return err
}
