// Package sandbox compares the practice server with the real one: the same commands of
// real clients and the same requests must have the same outcomes on both. It holds only
// tests.
package sandbox
