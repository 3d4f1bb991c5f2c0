package admin

import (
	"context"
	"crypto"
	"errors"
	"io"
	"time"

	"trustdeck/model"
)

// ErrNoSnapshotKey is the cause of a refusal: the upload has no snapshot, and the server
// cannot sign one.
var ErrNoSnapshotKey = errors.New("the server does not hold the key of the snapshot")

// Publisher is a remote that can be written to. Errors are *model.Fault.
type Publisher interface {
	// Publish stores the files of a repository together, or none of them. A
	// version that is there already is FaultStale. After FaultUnreachable
	// nobody knows whether they were stored.
	Publish(ctx context.Context, gun model.GUN, files map[model.RoleName][]byte) error
	// SignsSnapshot finds out whether the server signs the snapshot of a repository,
	// without having it write anything: it sends the targets file that the server has
	// already, which every server refuses, for its version, or before that because
	// nobody signs the snapshot. known is false where the answer does not tell.
	SignsSnapshot(ctx context.Context, gun model.GUN, targets []byte) (signs, known bool, err error)
	// ServerKey returns the key with which the server signs a role, timestamp
	// or snapshot. The server makes one where it has none: this is a write.
	ServerKey(ctx context.Context, gun model.GUN, role model.RoleName) (model.PublicKey, error)
	// NewServerKey has the server make another key for a role that it signs. It
	// signs with the one before until a root names the new one.
	NewServerKey(ctx context.Context, gun model.GUN, role model.RoleName) (model.PublicKey, error)
}

// KeyStore keeps private keys. Errors are *model.Fault.
type KeyStore interface {
	// Keys lists the keys, without their secrets.
	Keys(ctx context.Context) ([]model.PrivateKey, error)
	// Unlock opens a key. A wrong passphrase is FaultSecret. The passphrase is
	// not kept, and not wiped.
	Unlock(ctx context.Context, id model.KeyID, passphrase []byte) (Signer, error)
	// Generate makes a key for a role and keeps it under the passphrase. When
	// it returns, the key outlasts a crash. gun is empty for a root key.
	Generate(ctx context.Context, role model.RoleName, gun model.GUN, passphrase []byte) (Signer, error)
	// Remove deletes every file of a key. It is no error where there is none.
	Remove(ctx context.Context, id model.KeyID) error
}

// Signer is a private key that is unlocked. It signs payloads and knows no
// dialect beyond the form of a signature.
type Signer interface {
	crypto.MessageSigner
	// Close overwrites the secret.
	io.Closer
}

// SecretAsk says which secret is wanted, and what for. Everything in it is for
// people, and none of it is secret.
type SecretAsk struct {
	// Key is the key file; only Label, GUN and Place are set where New is.
	Key model.PrivateKey
	// Archive is the file of the backup, where it is the passphrase of one that is
	// wanted; then there is no Key.
	Archive string
	// Repository is the one that is being changed.
	Repository model.GUN
	// Purpose says what the key will do: "sign targets 5 of acme/app".
	Purpose string
	// New is true where the secret is chosen now, for a key to be made.
	New bool
	// MaySkip is true where an empty answer leaves the key untried.
	MaySkip bool
	// Step and Of count the secrets of a plan.
	Step, Of int
	// Wrong says what was wrong with the last answer; nil at first.
	Wrong error
}

// Secrets is who knows the passphrases. Ask returns a slice that the caller
// wipes. A FaultCanceled ends the flow; nothing is lost.
type Secrets interface {
	Ask(ctx context.Context, ask SecretAsk) ([]byte, error)
}

// Journal keeps what a plan has done, so that a run that was cut off can be
// explained and finished. Every note outlasts a crash once it returns. It never
// holds a secret.
type Journal interface {
	// Begin opens an entry and returns its name.
	Begin(ctx context.Context, at time.Time, plan []byte) (id string, err error)
	// Note adds to an entry.
	Note(ctx context.Context, id string, note Note) error
	// Close ends an entry, which is then no longer listed.
	Close(ctx context.Context, id string) error
	// Open lists the entries that were never closed, oldest first.
	Open(ctx context.Context) ([]Entry, error)
}

// Entry is a plan that was begun.
type Entry struct {
	ID    string
	Begun time.Time
	// Plan is the plan file.
	Plan  []byte
	Notes []Note
}

// NoteKind says what happened.
type NoteKind string

// The kinds of notes.
const (
	// NoteMade: a key was made and is kept.
	NoteMade NoteKind = "made"
	// NotePublishing: the files are about to be sent.
	NotePublishing NoteKind = "publishing"
	// NotePublished: the server has said that it stored them.
	NotePublished NoteKind = "published"
	// NoteProved: they were read back.
	NoteProved NoteKind = "proved"
	// NoteRetired: a key that is no longer needed was removed from this machine.
	NoteRetired NoteKind = "retired"
)

// Note is one line of an entry.
type Note struct {
	Time time.Time `json:"time"`
	Kind NoteKind  `json:"kind"`
	GUN  model.GUN `json:"gun"`
	// Symbol and Key of a key that was made: its name in the plan, and its
	// canonical ID. Key alone is one that was retired.
	Symbol model.KeyID `json:"symbol,omitempty"`
	Key    model.KeyID `json:"key,omitempty"`
	// Files are the SHA-256 of what is published, in hexadecimal, by role.
	Files map[model.RoleName]string `json:"files,omitempty"`
}
