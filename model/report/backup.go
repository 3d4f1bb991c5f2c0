package report

import (
	"time"

	"trustdeck/model"
	"trustdeck/model/admin/backup"
)

// Backup is the answer of "trustdeck backup create" and "trustdeck backup check".
type Backup struct {
	Answer
	// File is the archive.
	File string `json:"file"`
	// Encryption is "none", "passphrase" or "recipients".
	Encryption string    `json:"encryption"`
	Created    time.Time `json:"created"`
	// Trustdeck is the version that made the archive.
	Trustdeck string      `json:"trustdeck"`
	Keys      []BackupKey `json:"keys"`
	// Usable, Skipped and Failed count the keys.
	Usable  int `json:"usable"`
	Skipped int `json:"skipped"`
	Failed  int `json:"failed"`
	// Repositories whose metadata is in the archive.
	Repositories []string `json:"repositories"`
	// Files and Pins are how many there are.
	Files int `json:"files"`
	Pins  int `json:"pins"`
	// NewKeys, NewRepositories and RewrittenKeys are here and not, or not so, in the
	// archive.
	NewKeys         []string `json:"newKeys"`
	RewrittenKeys   []string `json:"rewrittenKeys"`
	NewRepositories []string `json:"newRepositories"`
	// Unread says what could not be read here.
	Unread []Fault `json:"unread"`
}

// BackupKey is a private key in an archive.
type BackupKey struct {
	// ID is the canonical ID.
	ID string `json:"id"`
	// Label is the role header of the file.
	Label string `json:"label"`
	// Repository is absent for root and delegation keys.
	Repository string `json:"repository,omitempty"`
	// Fingerprint is the SHA-256 of the SubjectPublicKeyInfo, where it is known.
	Fingerprint string `json:"fingerprint,omitempty"`
	Encrypted   bool   `json:"encrypted"`
	// Path below the trust folder.
	Path string `json:"path"`
	// Trial is "usable", "skipped", "not opened" or "unusable".
	Trial string `json:"trial"`
	Fault *Fault `json:"fault,omitempty"`
}

// NewBackup makes the answer.
func NewBackup(r *backup.Report) Backup {
	ids := func(keys []model.PrivateKey) []string {
		return each(keys, func(k model.PrivateKey) string { return string(k.ID) })
	}
	return Backup{
		Answer: answer("backup"), File: r.File, Encryption: string(r.Form), Created: utc(r.Created), Trustdeck: r.Version,
		Keys: each(r.Keys, newBackupKey), Usable: r.Count(backup.KeyUsable), Skipped: r.Count(backup.KeySkipped), Failed: r.Failed(),
		Repositories: texts(r.Repositories), Files: r.Files, Pins: r.Pins,
		NewKeys: ids(r.NewKeys), RewrittenKeys: ids(r.Rewritten), NewRepositories: texts(r.NewRepositories),
		Unread: each(r.Left, func(f *model.Fault) Fault { return *NewFault(f) }),
	}
}

func newBackupKey(k backup.TriedKey) BackupKey {
	return BackupKey{
		ID: string(k.ID), Label: k.Label, Repository: string(k.GUN), Fingerprint: k.Fingerprint,
		Encrypted: k.Encrypted, Path: k.Path, Trial: string(k.Trial), Fault: NewFault(k.Fault),
	}
}
