// Package backup writes and reads the files that hold backups: a tar archive,
// compressed with gzip, that plain tar unpacks into a trust folder.
//
//	trustdeck-backup.json                    the manifest, which comes first
//	private/<key ID>.key                     private keys, unchanged
//	tuf/<GUN>/metadata/*.json                what was last read of a repository
//
// The whole file may be encrypted with age (age-encryption.org/v1), with a passphrase
// or for recipients; "age --decrypt" then returns what tar unpacks.
//
// Entry point: New. Archives.Write writes a file under a temporary name next to it, with
// mode 0600, syncs it, and renames it in one step that replaces no other file.
// Archives.Read reads a file from anywhere, and treats every byte as hostile: it reads no
// more than the limits allow, never writes anything, and refuses anything that is not
// exactly what the manifest lists.
//
// The package knows paths and digests, but not what key files contain: it decrypts no
// key, and says nothing about the content of one.
package backup
