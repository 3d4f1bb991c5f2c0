// Package port declares what the core needs of the world, one port for each thing in it:
// servers, registries, private keys, the trust folder, caches, memories, the journal, the
// record of backups, who is asked for secrets, and the clock. The packages of keystore,
// remote and cmd satisfy them; only cmd/trustdeck/internal/wiring joins both.
package port
