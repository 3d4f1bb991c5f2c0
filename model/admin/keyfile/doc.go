// Package keyfile looks after private keys that are files: it imports them from files that lie
// elsewhere. It needs no server, and changes no repository.
package keyfile
