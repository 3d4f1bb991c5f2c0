// Package keyfile looks after private keys that are files: it generates them, imports them from
// files that lie elsewhere, and exports them. It needs no server, and changes no repository.
package keyfile
