// Package trustdir reads the trust folder that Docker and Notary share, and keeps
// private keys in it: ~/.docker/trust, ~/.notary, or wherever the user says.
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
// Store.Add and Store.Generate write key files, in the form of Notary 0.7 and
// Docker 28 and under a passphrase in any case; Store.ChangePassphrase replaces one,
// Store.Remove deletes one. Nothing else is ever written but a lock file, and
// reading writes nothing. KeyStore is all this as the use cases want it.
//
// A file is whole and on the disk, in a temporary file beside it, before it gets its
// name, and a new one never takes the place of one that is there. So a crash leaves
// the old state or the new one: readers ignore what else it leaves, and the next
// change sweeps it up. A lock keeps trustdecks out of each other's way. Notary and
// Docker know none, so that the last look at a file comes right before the step that
// replaces it.
//
// Notary moves keys of the old layout when it opens a folder; here they stay where
// they lie. The package never follows a symbolic link below the folder (Notary
// ignores them), never opens anything but regular files, and reads no more of a
// file, a list or a tree than its limits say, since anybody who can write to the
// folder can put anything there.
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
