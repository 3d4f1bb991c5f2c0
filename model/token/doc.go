// Package token judges what smart cards say of themselves: their firmware, the states of their
// slots, and what is lost with one. It talks to none.
//
// Entry points: ParseVersion, Advisories.
package token
