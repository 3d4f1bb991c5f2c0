package dialecttest

import (
	"errors"
	"fmt"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Subject is a dialect, with what is peculiar to trying it.
type Subject struct {
	Dialect dialect.Writable
	// Serve adds what a server of the dialect signs by itself to the files of a
	// repository, with the key that the root lists for it: timestamp, the files of Draft
	// never hold.
	Serve func(files map[model.RoleName][]byte, key Key, at time.Time) error
	// Signer is a name that a signer can have, and NoSigner one that none can.
	Signer, NoSigner string
	// Prefix begins the names of targets that a signer's role is for.
	Prefix string
	// NoRole is what no role is called.
	NoRole string
}

// GUN is the repository of the suite, and At its moment.
const GUN model.GUN = "registry.example.org/acme/app"

// At is the moment of the suite.
var At = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// properties are what a dialect must satisfy, beside the readings. Each is tried on a world
// of its own.
var properties = []struct {
	name string
	try  func(*World) error
}{
	{"what is written verifies", writtenVerifies},
	{"the same edits give the same bytes", sameBytes},
	{"a file reads back as it was meant", readsBack},
	{"a change continues what is published", changeContinues},
	{"one signature less than the threshold is not enough", thresholdHolds},
	{"a root needs the keys of the one before", rootNeedsFormer},
	{"edges are those that the files state", edgesAreStated},
	{"a signer is made of edges, and found again", signerRoundTrip},
	{"what is no longer delegated is not reached", undelegatedIsGone},
	{"targets are added, replaced and removed", targetsChange},
	{"a target is signed where its signers may", signedWhereKeysAre},
	{"an edge is stated anew", edgeStatedAnew},
	{"paths are delegated and matched", pathsMatch},
	{"keys keep their identity", keysKeepIdentity},
	{"what is to be signed is read", payloadsAreRead},
	{"a payload and its signatures make the file", payloadsAreJoined},
	{"nothing that is signed is left unsaid", nothingUnsaid},
}

// Check tries every property. The error names those that do not hold.
func Check(s Subject) error {
	var broken []error
	for _, p := range properties {
		w, err := NewWorld(s)
		if err == nil {
			err = p.try(w)
		}
		if err != nil {
			broken = append(broken, fmt.Errorf("%s: %w", p.name, err))
		}
	}
	w, err := NewWorld(s)
	if err == nil {
		var r Reading
		if r, err = w.reading(); err == nil {
			err = CheckReading(r)
		}
	}
	return errors.Join(append(broken, err)...)
}

// reading is a world with a signer, before and after a change.
func (w *World) reading() (Reading, error) {
	r := Reading{Dialect: w.Dialect, Signer: w.Signer, NoSigner: w.NoSigner, NoRole: w.NoRole}
	draft, _, err := w.delegate(1, 1)
	if err != nil {
		return r, err
	}
	if err := w.Publish(draft, At); err != nil {
		return r, err
	}
	r.Older = w.Files
	draft = w.Dialect.Draft(GUN, w.Repository, true)
	draft.Bump(model.RoleTargets)
	err = w.Publish(draft, At)
	r.Files = w.Files
	return r, err
}
