// Package tuf has real clients of TUF 1.0 read generated repositories, and holds trustdeck
// against them. It holds only tests.
package tuf
