// Package registry tests how trustdeck asks a real registry what it serves under a signed
// tag. It holds only tests.
package registry
