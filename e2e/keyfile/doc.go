// Package keyfile has the real notary and docker go on with the key files that trustdeck
// imports and writes, and trustdeck with theirs.
package keyfile
