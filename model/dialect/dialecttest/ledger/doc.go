// Package ledger is a dialect that exists only in tests, to reveal what neutral code takes
// for granted. It shares no convention with any real one: names are words instead of paths,
// several roles may delegate to one, nothing is listed as a certificate, signers share no
// roles, lifetimes are short, and nothing renews itself.
package ledger
