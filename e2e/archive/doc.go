// Package archive tests archiving with the real programs. It archives repositories that
// real notary and docker trust made on a real notary-server, updates the archive,
// interrupts it, and reads it without a server. It holds only tests.
//
// The same repositories are the sample in remote/archive/testdata. To make it again, with
// keys that are thrown away:
//
//	go test ./archive -run TestSample -update
package archive
