// Package writer proves the byte-exact writer of model/notary against the real
// programs: what it writes is published to a real notary-server, and real
// notary and docker trust then list it, sign on it, witness and rotate every
// role. It holds only tests.
package writer
