// Package ledger is a dialect that exists in tests alone, to show what neutral code takes
// for granted. It shares no convention with any real one: names are words and no paths, a
// role may be delegated to from several others, nothing is listed as a certificate, no
// roles are shared by signers, lifetimes are short, and nothing renews itself.
package ledger
