// Package backup writes and reads the files that hold backups: a tar archive,
// compressed with gzip, that plain tar unpacks into a trust folder.
//
//	trustdeck-backup.json                    the manifest, which comes first
//	private/<key ID>.key                     private keys, as they were
//	tuf/<GUN>/metadata/*.json                what was last read of a repository
//
// The whole file may be encrypted with age (age-encryption.org/v1), under a passphrase
// or for recipients; then "age --decrypt" gives what tar unpacks.
//
// Entry point: New. Archives.Write makes a file: under a temporary name beside it, 0600,
// synced, and given its own name in one step that takes no other file's. Archives.Read
// takes a file from anywhere, and every byte of it for hostile: it reads no more than
// the limits say, never writes anything, and refuses whatever is not exactly what its
// manifest lists.
//
// The package knows paths and digests. What a key file holds is not its business: it
// decrypts no key, and never says anything of what is in one.
package backup
