package admin

import (
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/port"
)

// Service looks at one remote. Its fields are set once, before use;
// its methods may be called from several goroutines.
type Service struct {
	// DialectOf is required.
	DialectOf dialect.Of
	// Remote is read from. It is required.
	Remote port.Remote
	// Cache is optional: without one, every look downloads everything.
	Cache port.Cache
	// Memories are optional: without them no rollback is noticed, and no root is known
	// but that of Trust. An archive has none.
	Memories port.Memories
	// Trust is optional: without one there are no anchors from Docker or Notary.
	Trust port.TrustDir
	// Registry is optional: without one, nobody is asked what is served under
	// a signed tag.
	Registry port.Registry
	// Pins are the pinned certificates and CAs.
	Pins dialect.Pins
	// Clock is required.
	Clock port.Clock
	// Health holds the limits of judgement.
	Health health.Options
	// Parallel is how many requests run at once; 0 means DefaultParallel.
	Parallel int
	// Named are repositories that the user named, beside those discovered.
	Named []model.GUN
	// Log receives events; nil drops them.
	Log *Log

	// Backups is optional: without one, nobody knows when a key was backed up.
	Backups port.BackupRecord

	// Stores have the private keys that are here; without any there are none.
	Stores port.KeyStores

	// Plugged are the tokens that are plugged in; nil where the program reads none. Each is one
	// of Stores too.
	Plugged port.Tokens
}

// DefaultParallel is the number of requests that run at once.
const DefaultParallel = 16

// Look is a look at one repository. Both Repository and Fault are set where
// Repository is from the cache because reading failed. Both are nil, and the
// level is health.Loading, where only the name is known yet.
type Look struct {
	GUN model.GUN
	// Repository as verified; nil where nothing at all could be read.
	Repository *model.Repository
	Assessment health.Assessment
	// Fault is why the repository could not be read now.
	Fault *model.Fault
	// Stale is true where Repository is from the cache.
	Stale bool
	// Changed is the last publish, where known.
	Changed time.Time
}

// KeyUse is a private key that is here, with where it is used.
type KeyUse struct {
	model.PrivateKey
	// Uses are the roles that list the key, in the repositories looked at.
	Uses []Use
	// Backup says when the key was backed up and checked, as far as that was noted
	// here.
	Backup port.BackupMark
}

// BackedUp reports whether the newest backup that is known holds the key as it is now.
func (k *KeyUse) BackedUp() bool {
	return !k.Backup.BackedUp.IsZero() && !k.Modified.After(k.Backup.BackedUp)
}

// Use is a role in which a key counts.
type Use struct {
	GUN  model.GUN
	Role model.RoleName
}
