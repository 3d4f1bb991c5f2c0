package dialect

import (
	"time"

	"trustdeck/model"
)

// A Draft is a repository that is being changed: its files as they are published, and as
// they will be. What it changes it gives a new version and expiry, and has no signatures
// until Sign. The same changes to the same files give the same bytes. Edits come first;
// then each of Rewritten, in that order, is sealed, signed and checked.
type Draft interface {
	// Before is what the file of a role says as it is published, After what it will say;
	// nil where there is none. Neither is to be written to.
	Before(role model.RoleName) *model.Metadata
	After(role model.RoleName) *model.Metadata
	// OwnSnapshot reports whether the snapshot is signed here and not by the server.
	OwnSnapshot() bool
	// Served are the roles that a server or a robot signs once the others are published, in
	// the order in which it does: they are rewritten, and not here.
	Served() []model.RoleName
	// Lifetime is how long a file of a role is valid that is signed now.
	Lifetime(role model.RoleName) time.Duration
	// SetLifetime states after how many whole days each version of a role expires, and returns
	// the role whose file states it. Where the dialect has no place for that, or it is so
	// already, nothing changes and in is empty.
	SetLifetime(role model.RoleName, valid time.Duration) (in model.RoleName)

	// SetRole names the keys of a top-level role in the root, in place of those that it
	// has.
	SetRole(role model.RoleName, threshold int, keys ...model.PublicKey)
	// Delegate lets keys sign for a delegation, beside those that may already, for the
	// paths of the edge beside those that it has. A delegation that does not exist is
	// made. It reports whether that changes anything. The delegator's file must be there;
	// KeyIDs of the edge are not looked at.
	Delegate(edge model.Delegation, keys ...model.PublicKey) (changed bool)
	// SetKeys names the keys of a delegation that exists, in place of those that it has.
	SetKeys(from, role model.RoleName, keys ...model.PublicKey)
	// SetEdge states the threshold and the paths of a delegation that exists, in place of
	// those that it has. KeyIDs of the edge are not looked at.
	SetEdge(edge model.Delegation)
	// Undelegate takes a delegation away, and all that is reached through it alone, with
	// what was to be rewritten of it. The files themselves stay where they are.
	Undelegate(from, role model.RoleName)
	// Countersign takes the file of a role as it is, to add signatures to those that it has:
	// others may have yet to sign it too. Before is then what it replaces, or nil where that
	// is not known. The error says why no signature can be added.
	Countersign(role model.RoleName) error
	// Signed are the keys, by the IDs under which they are listed, whose valid signatures a
	// file has; ok is false of one that is not countersigned.
	Signed(role model.RoleName) (by []model.KeyID, ok bool)
	// Restate lists the keys in a file of root or targets or of a delegation in the form in
	// which the dialect lists keys today, under the IDs that follow from it. It reports whether
	// that changes anything.
	Restate(role model.RoleName) (changed bool)
	// Bump rewrites a file as it is, with a new version and expiry.
	Bump(role model.RoleName)
	// Restart replaces the file of a delegation: the new one keeps the named ones of its
	// targets, and nothing else.
	Restart(role model.RoleName, targets []string)
	// Relist has a snapshot that is signed here list a file as it is published.
	Relist(role model.RoleName)
	// AddTarget lists a target in the file of a delegation or of targets, in place of one
	// of its name; RemoveTarget takes one out. A delegation that has no file gets one. They
	// report whether that changes anything.
	AddTarget(role model.RoleName, target model.Target) (changed bool)
	RemoveTarget(role model.RoleName, name string) (changed bool)
	// Found adds the file that the server still has of a delegation that the repository
	// does not name, or does not list: what a new version must be above. Nothing vouches
	// for it. The error says why no version can be written above it.
	Found(role model.RoleName, raw []byte) error
	// Outgoing are the keys that must have signed a top-level role by the root that is replaced,
	// where the new root gives it others and both are read one after the other: if they sign the
	// new file as well, clients accept it before they have the new root. It has no keys where
	// nothing is gained by that.
	Outgoing(role model.RoleName) Quorum
	// Cautions are what some clients will not read of the files that are rewritten, although
	// they are as the dialect says, and could read before: from now on, or only while the files
	// are being published. The keys of Outgoing sign the roles that are bridged.
	Cautions(bridged []model.RoleName) []Caution
	// Earlier has the root keys of an earlier root sign the new one as well, and returns
	// them. The new root does not need them.
	Earlier(root *File) Quorum

	// Delegators are the roles that delegate to a role as it will be, in the order in
	// which clients follow them; root for a top-level role.
	Delegators(role model.RoleName) []model.RoleName
	// Delegated is what a delegator says of a delegation, as it will be; ok is false
	// where it does not delegate to it.
	Delegated(from, role model.RoleName) (edge model.Delegation, ok bool)
	// Reached reports whether a role is one of the top-level ones, or delegated step by
	// step from targets.
	Reached(role model.RoleName) bool
	// Listed returns the keys that may sign a role as it will be, in listed order; none
	// where it is not reached.
	Listed(role model.RoleName) []model.PublicKey
	// Stands reports whether a file as it is published has the signatures that its
	// delegators, as they will be, ask for. Expiry is not looked at.
	Stands(role model.RoleName) bool
	// Lists reports whether the snapshot, as it will be, lists a role.
	Lists(role model.RoleName) bool
	// Relisted and Unlisted name the files that the next snapshot lists again, as they
	// are published, and those that it lists no more.
	Relisted() []model.RoleName
	Unlisted() []model.RoleName

	// Rewritten lists the files that change, in the order in which they must be signed.
	// Those that a server signs are not among them.
	Rewritten() []model.RoleName
	// Quorums lists who must sign a file that is rewritten: the keys that its delegators
	// will name, and for a root also those of the root that it replaces.
	Quorums(role model.RoleName) []Quorum
	// Seal fixes the content of a file that is rewritten, valid from a moment, and
	// returns the payload to sign.
	Seal(role model.RoleName, from time.Time) []byte
	// Sign adds a signature to a sealed file, in place of one by the same key.
	Sign(role model.RoleName, sig Signature)
	// Check verifies a signed file as a server and a fresh client would, and returns its
	// wire form: it must read back to what was meant, and, unless it is countersigned, have
	// the signatures of every quorum.
	Check(role model.RoleName, at time.Time) (wire []byte, err error)
}

// Caution names clients that cannot read a role as it will be, and says why. Text is a
// sentence without a full stop. Role is empty where they cannot read the repository for a moment.
type Caution struct {
	Role model.RoleName `json:"role"`
	Text string         `json:"text"`
}

// Quorum is a group of keys of which so many must sign.
type Quorum struct {
	// GrantedBy is the role whose file names the keys, and Version that file's.
	GrantedBy model.RoleName
	Version   int64
	// Former is true for the keys of the root that is replaced.
	Former    bool
	Threshold int
	Keys      []model.PublicKey
}

// Signature is one signature as a file has it.
type Signature struct {
	// KeyID under which the file's delegator lists the key.
	KeyID  model.KeyID
	Method string
	Sig    []byte
}
