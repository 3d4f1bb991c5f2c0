// Package writer tests the byte-exact writer of model/notary with the real programs: it
// publishes the files to a real notary-server, and real notary and docker trust then list
// the repository, sign in it, witness it and rotate every role. It holds only tests.
package writer
