// Package token judges what smart cards say of themselves: their firmware, the states of their
// slots, and what is lost with one. It talks to none.
//
// Entry points: Findings, Mend, Advisories, ParseVersion.
package token
