// Package durable writes small files so that a machine that stops at any moment
// leaves the old file or the new one.
package durable
