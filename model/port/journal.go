package port

import (
	"context"
	"time"

	"trustdeck/model"
)

// Journal keeps what a plan has done, so that a run that was cut off can be
// explained and finished. Every note outlasts a crash once it returns. It never
// holds a secret.
type Journal interface {
	// Begin opens an entry, with what is known from the start, and returns its name.
	Begin(ctx context.Context, at time.Time, plan []byte, notes ...Note) (id string, err error)
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
	// NoteCollected: signatures that were made elsewhere are to be published.
	NoteCollected NoteKind = "collected"
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
	// From is the file that has the signatures that were made elsewhere.
	From string `json:"from,omitempty"`
	// Files are the SHA-256 of what is published, in hexadecimal, by role.
	Files map[model.RoleName]string `json:"files,omitempty"`
}
