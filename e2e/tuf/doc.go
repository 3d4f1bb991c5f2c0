// Package tuf has real TUF 1.0 clients read generated repositories, and compares trustdeck
// with them. It holds only tests.
package tuf
