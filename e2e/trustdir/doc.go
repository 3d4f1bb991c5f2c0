// Package trustdir has the real notary and docker use key files that trustdeck wrote, and
// trustdeck use theirs. It also kills a writer. It holds only tests.
package trustdir
