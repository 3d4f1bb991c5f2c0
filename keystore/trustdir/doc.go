// Package trustdir reads, and adds keys to, the trust folder that Docker and Notary share:
// ~/.docker/trust, ~/.notary, or wherever the user says.
//
//	private/<key ID>.key                     private keys
//	private/root_keys, private/tuf_keys      the same, before Notary 0.4
//	tuf/<GUN>/metadata/*.json                what was last read of a repository
//	tuf/<GUN>/changelist/*.change            what is staged for it
//
// Open names the folder. Store.Keys and Store.Repositories list it, Store.Root
// reads an anchor, Store.Staged what waits to be published, Store.Metadata the
// versions of what is cached, Store.Unlock decrypts a key, and the Key it returns
// signs.
//
// Store.Add and Store.Generate write key files, and nothing else is ever written:
// a new file, whole and on the disk before it gets its name, and never over one
// that is there. A lock keeps trustdecks out of each other's way; Notary and
// Docker know none, and need none, for a key file is named by its content.
//
// Notary moves keys of the old layout when it opens a folder; here they are read
// where they lie. The package never follows a symbolic link
// below the folder (Notary ignores them), never opens anything but regular
// files, and reads no more of a file, a list or a tree than its limits say,
// since anybody who can write to the folder can put anything there.
//
// A file that is not as it should be is listed with its Fault, whose causes are
// of type Reason. Some of them only warn: see Reason.Blocks.
//
// About secrets: decrypted bytes and derived keys are overwritten after use, and
// a Key keeps its secret in one slice that Key.Wipe overwrites. The standard
// library makes working copies of its own (big numbers, hash states, the
// passphrase as a string); those are garbage soon after, and cannot be reached
// to be overwritten.
package trustdir
