package bundle

import (
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
)

// Limits on what is read. They are far above what a ceremony has, and low enough that a hostile
// file costs little.
const (
	// MaxSize is the largest bundle in bytes. Every payload is in it in base64, and what it
	// replaces.
	MaxSize = 64 << 20
	// MaxRoots is the longest chain of roots.
	MaxRoots = 1_000
	// MaxRootBytes is the most bytes that they have together. Each is checked with two quorums.
	MaxRootBytes = 8 << 20
	// MaxFiles is the most files that are replaced, and the most payloads.
	MaxFiles = 32
	// MaxPeople is the most participants.
	MaxPeople = 100
	// MaxKeys is the most keys that a participant has.
	MaxKeys = 20
	// MaxSignatures is the most signatures.
	MaxSignatures = 1_024
	// MaxTitle is the most characters of the title.
	MaxTitle = 120
	// MaxText is the most characters of any other text for people.
	MaxText = 60
)

// Bundle is the content of the file. Its author fills it, and Decode reads it; nothing of it is
// verified before Open.
type Bundle struct {
	// Repository is the one that changes, Dialect its dialect. Where certificates of root keys name
	// the repository, they must name this one; roots of other dialects name none, and this is the
	// author's word.
	Repository model.GUN
	Dialect    model.Dialect
	// Title says what the ceremony is for: "Replace two custodians".
	Title string
	// Rehearsal marks a ceremony that is only practised.
	Rehearsal bool
	Dates     Dates
	// Participants in the order in which they act.
	Participants []Participant
	// Roots are the roots that were published, from one that people know by its fingerprint to
	// the current one, without a gap; none where the repository is new.
	Roots [][]byte
	// Base are files as they are published: those that are replaced, without the root, and those
	// of delegators that say who may sign them. Other files may change in the meantime.
	Base []File
	// Changes are what was asked for, and Keys the keys that a plan of them names by symbol. The
	// machine that publishes makes the payloads again from both.
	Changes []model.Change
	Keys    plan.Binding
	// Payloads are what is signed, in the order of signing. Snapshot and timestamp are made when
	// the others are published.
	Payloads []Payload
	// Signatures so far, sorted by payload and by key.
	Signatures []Signature
}

// Dates are those of a ceremony, in UTC and in their order.
type Dates struct {
	Opens  time.Time `json:"opens"`
	Target time.Time `json:"target"`
	// LastSafe is the last day on which there is time for one who did not come.
	LastSafe time.Time `json:"lastSafe"`
	// Expires is when no signature is taken any more.
	Expires time.Time `json:"expires"`
}

// Participant is someone who takes part.
type Participant struct {
	Name string `json:"name"`
	// Does is what the person does: "custodian", "operator", "witness".
	Does string `json:"does"`
	// Keys that the person signs with; none for one who only helps.
	Keys []Held `json:"keys"`
}

// Held is a key that a participant has.
type Held struct {
	// ID under which metadata lists the key. A key that is listed under two IDs is there twice.
	ID model.KeyID `json:"id"`
	// Serial is that of the token that has the key; empty where it is in a file, or not known.
	Serial string `json:"serial,omitempty"`
}

// File is a file as it is published.
type File struct {
	Role model.RoleName `json:"role"`
	Raw  []byte         `json:"raw"`
}

// Payload is what is to be signed of a file.
type Payload struct {
	Role model.RoleName `json:"role"`
	// From is the moment from which the file is valid: who makes it again from the changes needs
	// it.
	From  time.Time `json:"from"`
	Bytes []byte    `json:"payload"`
}

// Signature is one of a payload.
type Signature struct {
	Role model.RoleName
	dialect.Signature
}

// rehearsal stands before each payload that is signed in a rehearsal. The bytes that signatures of
// metadata are made over begin with a brace in every dialect, so that a signature over these is
// none over those, whatever a client looks at.
const rehearsal = "trustdeck rehearsal: not for publication\n"

// Message is what the keys sign of a payload: the payload itself, in a rehearsal behind a mark.
func (b *Bundle) Message(p Payload) []byte {
	if !b.Rehearsal {
		return p.Bytes
	}
	return append([]byte(rehearsal), p.Bytes...)
}
