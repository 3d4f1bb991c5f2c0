// Package port declares what the core needs from the world, one port for each thing:
// servers, registries, private keys, the trust folder, caches, memories, the journal, the
// record of backups, prompts for secrets, and the clock. The packages of keystore, remote
// and cmd satisfy the ports; only cmd/trustdeck/internal/wiring connects both.
package port
