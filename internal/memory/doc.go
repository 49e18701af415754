// Package memory asks for memory before it is read, so that several reads wait
// together.
package memory
