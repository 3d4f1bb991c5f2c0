// Package backup keeps private keys and trust data safe: Service.Create backs them up,
// Service.Check tries a backup, Service.Compare says what restoring it would do, and
// Service.Restore does it. It needs no server.
package backup
