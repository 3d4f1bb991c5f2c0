// Package backup backs up private keys and trust data: Service.Create writes a backup,
// Service.Check tests one, Service.Compare says what restoring it would do, and
// Service.Restore restores it. It needs no server.
package backup
