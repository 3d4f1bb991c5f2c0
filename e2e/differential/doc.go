// Package differential compares trustdeck with Notary's own client library. It changes
// the metadata of a repository in many ways, re-signs it with the right keys, and gives it
// to both. trustdeck must never call healthy what Notary's client refuses, and may refuse
// what Notary accepts only in the listed cases. It holds only tests.
package differential
