package report

import (
	"trustdeck/model"
	"trustdeck/model/admin/keyfile"
)

// KeyImport is the answer of "trustdeck key import".
type KeyImport struct {
	Answer
	// TrustDir is the trust folder.
	TrustDir string        `json:"trustDir"`
	Keys     []ImportedKey `json:"keys"`
	// Imported counts the keys that were written.
	Imported int `json:"imported"`
}

// ImportedKey is a private key of a file that was given.
type ImportedKey struct {
	// ID is the canonical ID.
	ID string `json:"id"`
	// Label is the role, or the name of a signer; Repository is absent for root and
	// delegation keys.
	Label      string `json:"label"`
	Repository string `json:"repository,omitempty"`
	// Algorithm is absent where the key was not opened.
	Algorithm string `json:"algorithm,omitempty"`
	// From is the file that was given.
	From string `json:"from"`
	// State says how the key stood to the trust folder: "new", "present" where it was there
	// already, "differs" where it was there as the key of another role or repository, or
	// "repeated" where an earlier file had it too.
	State string `json:"state"`
	// Imported is true where it was written, to Path.
	Imported bool   `json:"imported"`
	Path     string `json:"path,omitempty"`
	// Opened is false where the key was kept without its passphrase, and so never tested.
	Opened bool `json:"opened"`
}

// NewKeyImport makes the answer; kept are the keys that were written.
func NewKeyImport(dir string, i *keyfile.Import, kept []model.PrivateKey) KeyImport {
	out := KeyImport{Answer: answer("key-import"), TrustDir: dir, Keys: []ImportedKey{}, Imported: len(kept)}
	for n := range i.Keys {
		k := &i.Keys[n]
		one := ImportedKey{
			ID: string(k.Key.ID), Label: k.Key.Label, Repository: string(k.Key.GUN), Algorithm: k.Key.Algorithm,
			From: k.Key.Path, State: string(k.State), Opened: k.Opened,
		}
		switch k.State {
		case keyfile.New:
			for _, written := range kept {
				if written.ID == k.Key.ID {
					one.Imported, one.Path = true, written.Path
				}
			}
		case keyfile.Present, keyfile.Differs:
			one.Label, one.Repository, one.Path = k.Here.Label, string(k.Here.GUN), k.Here.Path
		case keyfile.Repeated:
		}
		out.Keys = append(out.Keys, one)
	}
	return out
}

// KeyGenerated is the answer of "trustdeck key generate".
type KeyGenerated struct {
	Answer
	// TrustDir is the trust folder.
	TrustDir string `json:"trustDir"`
	// ID is the canonical ID, and Label the name of the signer, or "root".
	ID        string `json:"id"`
	Label     string `json:"label"`
	Algorithm string `json:"algorithm"`
	// Fingerprint is the SHA-256 of the SubjectPublicKeyInfo in hexadecimal.
	Fingerprint string `json:"fingerprint"`
	// Path is the file of the private key.
	Path string `json:"path"`
	// Public is the file of the public key; absent where it was not written.
	Public string `json:"public,omitempty"`
}

// NewKeyGenerated makes the answer.
func NewKeyGenerated(dir string, k *keyfile.GeneratedKey) KeyGenerated {
	return KeyGenerated{
		Answer: answer("key-generate"), TrustDir: dir, ID: string(k.Key.ID), Label: k.Label, Algorithm: k.Key.Algorithm,
		Fingerprint: k.Key.Fingerprint(), Path: k.Path, Public: k.Public,
	}
}

// KeyExport is the answer of "trustdeck key export".
type KeyExport struct {
	Answer
	// File is the file that was written.
	File string        `json:"file"`
	Keys []ExportedKey `json:"keys"`
}

// ExportedKey is a private key that was exported or changed.
type ExportedKey struct {
	// ID is the canonical ID, and Label the role, or the name of a signer.
	ID    string `json:"id"`
	Label string `json:"label"`
	// Repository is absent for root and delegation keys.
	Repository string `json:"repository,omitempty"`
}

// NewKeyExport makes the answer.
func NewKeyExport(file string, keys []model.PrivateKey) KeyExport {
	return KeyExport{Answer: answer("key-export"), File: file, Keys: each(keys, exportedKey)}
}

// KeyPassphrase is the answer of "trustdeck key passphrase".
type KeyPassphrase struct {
	Answer
	// TrustDir is the trust folder.
	TrustDir string `json:"trustDir"`
	// Changed have the new passphrase, and Unchanged the one that they had before.
	Changed   []ExportedKey `json:"changed"`
	Unchanged []ExportedKey `json:"unchanged"`
	// CutOff is true where "trustdeck resume" can give the others the new one too.
	CutOff bool `json:"cutOff"`
}

// NewKeyPassphrase makes the answer.
func NewKeyPassphrase(dir string, r *keyfile.PassphraseResult) KeyPassphrase {
	return KeyPassphrase{
		Answer: answer("key-passphrase"), TrustDir: dir, Changed: each(r.Changed, exportedKey), Unchanged: each(r.Unchanged, exportedKey), CutOff: r.CutOff,
	}
}

// KeyRename is the answer of "trustdeck key rename".
type KeyRename struct {
	Answer
	// TrustDir is the trust folder.
	TrustDir string `json:"trustDir"`
	// Key has the new name.
	Key ExportedKey `json:"key"`
}

// NewKeyRename makes the answer.
func NewKeyRename(dir string, k model.PrivateKey) KeyRename {
	return KeyRename{Answer: answer("key-rename"), TrustDir: dir, Key: exportedKey(k)}
}

func exportedKey(k model.PrivateKey) ExportedKey {
	return ExportedKey{ID: string(k.ID), Label: k.Label, Repository: string(k.GUN)}
}

// KeyRemoval is the answer of "trustdeck key remove".
type KeyRemoval struct {
	Answer
	// TrustDir is the trust folder.
	TrustDir string       `json:"trustDir"`
	Keys     []KeyRemoved `json:"keys"`
}

// KeyRemoved is what became of a key that was to be removed.
type KeyRemoved struct {
	ExportedKey
	Removed bool `json:"removed"`
	// Fault says why it isn't removed; absent where that wasn't tried.
	Fault *Fault `json:"fault,omitempty"`
}

// NewKeyRemoval makes the answer.
func NewKeyRemoval(dir string, keys []keyfile.RemovedKey) KeyRemoval {
	return KeyRemoval{Answer: answer("key-remove"), TrustDir: dir, Keys: each(keys, func(k keyfile.RemovedKey) KeyRemoved {
		return KeyRemoved{ExportedKey: exportedKey(k.Key), Removed: k.Removed, Fault: NewFault(model.FaultOf(k.Err, ""))}
	})}
}
