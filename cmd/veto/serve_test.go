package main

import (
	"testing"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/server"
)

// TestListenDefault compares the address without a configuration and with one.
func TestListenDefault(t *testing.T) {
	if config.DefaultListen != server.DefaultAddr {
		t.Errorf("%s by configuration, %s without", config.DefaultListen, server.DefaultAddr)
	}
}
