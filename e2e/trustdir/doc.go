// Package trustdir has the real notary and docker work with the key files that
// trustdeck wrote, and trustdeck with theirs; and it kills a writer. It holds only
// tests.
package trustdir
