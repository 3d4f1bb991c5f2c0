// Package archive proves archiving against the real programs: repositories that
// real notary and docker trust have made on a real notary-server are archived,
// brought up to date, interrupted, and read with no server. It holds only
// tests.
//
// The same repositories are the sample that is embedded in trustdeck; to make
// that anew, with keys that are thrown away:
//
//	go test ./archive -run TestSample -update
package archive
