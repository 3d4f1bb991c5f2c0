package dialect

import (
	"time"

	"trustdeck/model"
	"trustdeck/model/memory"
)

// MaxFile is the largest metadata file in bytes that any dialect reads.
const MaxFile = 100 << 20

// Load is the download of one repository, without I/O: it says which files it
// wants, is given them in any order, and in the end returns the verified
// repository. Whatever is missing or wrong, a repository comes out, labelled
// role by role.
//
//	for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
//		… read each, possibly in parallel, and l.Give it …
//	}
//	repository := l.Repository()
//
// A Load is not safe for concurrent use.
type Load interface {
	// Wants lists what must be read next; none once all was asked for.
	Wants() []Want
	// Give hands over the answer to a want: bytes, or the fault with which the reading
	// ended. modified is when the server stored the file, where it says so.
	Give(w Want, raw []byte, modified time.Time, fault *model.Fault)
	// Repository verifies what was given. It may be called once, when Wants is empty.
	Repository() *model.Repository
	// Raw returns the files that were given, by role.
	Raw() map[model.RoleName][]byte
	// Absent reports whether the server has no such repository, and Fault why nothing
	// could be read; nil where something could.
	Absent() bool
	Fault() *model.Fault
	// Look is what Repository has verified, to be remembered; ok is false where the root
	// is refused or in dispute, and nothing may be.
	Look() (look memory.Look, ok bool)
	// Known lists the roots that were trusted before, and how that of the repository
	// stands to each.
	Known() []KnownRoot
	// Unlisted names delegations that no client finds although the server may have their
	// files. Such a file is handed to Give under the name of its role alone.
	Unlisted() []model.RoleName
}

// Config is what a Load starts from.
type Config struct {
	GUN model.GUN
	// At is the moment for which expiry is judged.
	At time.Time
	// Pin applies to this repository; its zero value pins nothing.
	Pin Pin
	// NoFirstUse refuses a root for which there is neither pin nor anchor.
	NoFirstUse bool
	// FirstUse is the kind of anchor reported where the root is believed
	// without one: AnchorFirstUse, or AnchorArchive when an archive is read.
	FirstUse model.AnchorKind
	// Anchors are roots that were trusted before, of places other than Memory. One
	// without bytes stands for a root that is there and cannot be read.
	Anchors []Anchor
	// Memory is what was verified before. Its root is an anchor; the roots that it
	// has superseded are none.
	Memory memory.Record
	// Working says that the files are those on which administrators work, and not only what
	// clients get: some may be newer than a robot has listed.
	Working bool
	// Cached are files that were read before: they save requests where their
	// hash is still the wanted one.
	Cached map[model.RoleName]Stored
}

// Stored is a file that was read before, and when the server had stored it.
type Stored struct {
	Raw      []byte
	Modified time.Time
}

// Anchor is a root that was trusted before.
type Anchor struct {
	Kind   model.AnchorKind
	Source string
	Raw    []byte
	// Restored is set where it was put there from a backup, which Source names: nobody
	// vouches for who made that.
	Restored bool
}

// Want is a file that a Load asks for: the current one, or the one with this
// version or hash. Limit is the most bytes it may have.
type Want struct {
	Role    model.RoleName
	Version int64
	SHA256  string
	Limit   int64
}

// KnownRoot is a root that was trusted before, beside the one that was read.
type KnownRoot struct {
	Kind   model.AnchorKind
	Source string
	// Damaged is set where it cannot be read; the rest is empty then.
	Damaged bool
	Version int64
	Digest  memory.Digest
	// Keys are its root keys, in listed order.
	Keys []model.Key
	// Problem says why the root that was read does not descend from it; nil where it
	// does.
	Problem *model.Problem
}
