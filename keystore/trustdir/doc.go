// Package trustdir reads the trust folder that Docker and Notary share, and stores
// private keys in it: ~/.docker/trust, ~/.notary, or another folder that the user names.
//
//	private/<key ID>.key                     private keys
//	private/root_keys, private/tuf_keys      the same, before Notary 0.4
//	tuf/<GUN>/metadata/*.json                what was last read of a repository
//	tuf/<GUN>/changelist/*.change            what is staged for it
//
// Open names the folder. Store.Keys and Store.Repositories list it, Store.Root reads an
// anchor, Store.Staged reads what waits to be published, Store.Metadata reads the cached
// versions, and Store.Unlock decrypts a key and returns a Key, which signs.
//
// Store.Add and Store.Generate write key files in the form of Notary 0.7 and Docker 28,
// always with a passphrase. Store.ChangePassphrase replaces a file, and Store.Remove
// deletes one. The package writes nothing else except a lock file, and reading writes
// nothing. KeyStore offers all this to the use cases.
//
// OpenOwn names a folder of private keys that is trustdeck's own. It is kept by the same code,
// in another layout: see OpenOwn.
//
// A file is written to a temporary file next to it, and is whole and on the disk before
// it gets its name. A new file never replaces an existing one. So a crash leaves the old
// state or the new one; readers ignore anything else that it leaves, and the next change
// cleans up. A lock keeps several trustdecks apart. Notary and Docker don't use one, so a
// file is checked again right before it is replaced.
//
// Notary moves keys of the old layout when it opens a folder; this package leaves them in
// place. It never follows a symbolic link below the folder (Notary ignores them), opens
// only regular files, and reads no more of a file, a list or a tree than its limits allow,
// because anyone who can write to the folder can put anything there.
//
// A file with a problem is listed with its Fault, whose causes are of type Reason. Some
// of them only warn: see Reason.Blocks.
//
// Decrypted bytes and derived keys are overwritten after use, and a Key keeps its secret
// in one slice that Key.Wipe overwrites. The standard library makes its own working copies
// (big numbers, hash states, the passphrase as a string), which can't be overwritten;
// they become garbage soon after.
package trustdir
