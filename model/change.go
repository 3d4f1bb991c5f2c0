package model

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// PublicKey is a public key as metadata lists it.
type PublicKey struct {
	// ID under which metadata lists the key.
	ID   KeyID   `json:"id"`
	Type KeyType `json:"type"`
	// Scheme says how the key signs, where metadata states that beside the type.
	Scheme string `json:"scheme,omitempty"`
	// Public is what keyval.public decodes to: DER, PEM or raw bytes by type.
	Public []byte `json:"public"`
	// Holder and Online are what the file says of who has the private key: see Key.
	Holder string `json:"-"`
	Online bool   `json:"-"`
}

// KeySource says where a key comes from that a change lists.
type KeySource string

// The sources.
const (
	// KeyGiven is a public key that somebody handed over; its private half is
	// that person's affair.
	KeyGiven KeySource = "given"
	// KeyHere is a private key on this machine, named by its ID. Its public
	// half is known once it is unlocked.
	KeyHere KeySource = "here"
	// KeyNew is made on this machine when the plan is executed.
	KeyNew KeySource = "new"
	// KeyServer is held by the server, which is asked for it when the plan is
	// executed.
	KeyServer KeySource = "server"
)

// KeyChoice says which key a change shall list for a role. Until the change is
// executed a key may have no ID: it is then named by its role.
type KeyChoice struct {
	Source KeySource `json:"source"`
	// Public is the key where Source is KeyGiven.
	Public PublicKey `json:"public,omitzero"`
	// ID is the canonical ID where Source is KeyHere.
	ID KeyID `json:"id,omitempty"`
	// Certificate lists a key of this machine under a certificate that
	// somebody else has issued, in PEM form. Without one, a root key is listed
	// under a certificate of its own.
	Certificate []byte `json:"certificate,omitempty"`
	// File is where Public or Certificate was read from; empty where it was not.
	File string `json:"file,omitempty"`
	// Algorithm is that of the key where Source is KeyNew, or KeyHere and it is known; empty is
	// the usual one of the dialect.
	Algorithm Algorithm `json:"algorithm,omitempty"`
}

// Change is one thing that an administrator asks of a repository, or of what is
// remembered of it here: AcceptRoot and AcceptRollback are no part of a plan. The set
// is closed: the types of this file.
type Change interface {
	// Kind names the change in files and logs.
	Kind() string
}

// RoleKeys says who shall sign a role.
type RoleKeys struct {
	Keys []KeyChoice `json:"keys"`
	// Threshold is how many of them must have signed.
	Threshold int `json:"threshold"`
}

// InitRepository makes trust data for a repository that has none.
type InitRepository struct {
	Root     RoleKeys `json:"root"`
	Targets  RoleKeys `json:"targets"`
	Snapshot RoleKeys `json:"snapshot"`
	// Timestamp has keys where no server always signs it.
	Timestamp RoleKeys `json:"timestamp,omitzero"`
}

// Kind returns "init".
func (InitRepository) Kind() string { return "init" }

// AddSigner lets somebody sign tags, as docker trust signer add does: with the
// delegation targets/NAME, and with targets/releases, which holds what docker
// pull accepts.
type AddSigner struct {
	Name string `json:"name"`
	// Keys are the public keys of the signer, of which any one suffices.
	Keys []PublicKey `json:"keys"`
	// Files are where each of Keys was read from; none where they were not.
	Files []string `json:"files,omitempty"`
}

// Kind returns "signer-add".
func (AddSigner) Kind() string { return "signer-add" }

// Renew signs files again as they are, with a new version and a new expiry, before
// they expire or after: root, targets and delegations. Snapshot and timestamp come
// anew with every publish, and with one that brings nothing else where they are
// asked for alone.
type Renew struct {
	Roles []RoleName `json:"roles"`
	// LifetimeDays is after how many days each version of the roles expires from now on, as the
	// metadata then states; 0 leaves that as it is.
	LifetimeDays int `json:"lifetimeDays,omitempty"`
}

// Lifetime is LifetimeDays as a duration.
func (r Renew) Lifetime() time.Duration { return time.Duration(r.LifetimeDays) * 24 * time.Hour }

// Kind returns "renew".
func (Renew) Kind() string { return "renew" }

// Countersign adds signatures to files as they are, which were written for several people to
// sign: what they say stays, with their versions and the signatures that they have.
type Countersign struct {
	Roles []RoleName `json:"roles"`
}

// Kind returns "countersign".
func (Countersign) Kind() string { return "countersign" }

// RestateKeys lists the keys in files in the form in which the dialect lists keys today, under
// the IDs that follow from it. The keys stay what they are; what they sign gets signatures under
// their new IDs, and a root under the earlier ones too.
type RestateKeys struct {
	// Roles are those whose files list the keys: root, targets and delegations.
	Roles []RoleName `json:"roles"`
}

// Kind returns "keys-restate".
func (RestateKeys) Kind() string { return "keys-restate" }

// Witness signs targets and delegations again as they are, also those that have not
// enough valid signatures: the signer vouches for what they say.
type Witness struct {
	Roles []RoleName `json:"roles"`
	// Fresh replaces the files of delegations instead: the new ones hold only the tags
	// that AllowUnsigned keeps.
	Fresh bool `json:"fresh,omitempty"`
}

// Kind returns "witness".
func (Witness) Kind() string { return "witness" }

// RemoveSigner takes from somebody what AddSigner gave: the delegation targets/NAME,
// and the keys of NAME in targets/releases. A key there that another signer has too
// stays. A targets/releases that has no key left goes as well.
type RemoveSigner struct {
	// Name is empty for keys of targets/releases that belong to no signer.
	Name string `json:"name,omitempty"`
	// Keys are the canonical IDs of those that go; none are all that the signer has,
	// with whose last one the delegation goes.
	Keys []KeyID `json:"keys,omitempty"`
}

// Kind returns "signer-remove".
func (RemoveSigner) Kind() string { return "signer-remove" }

// RotateKey has other keys sign a role from now on.
type RotateKey struct {
	// Role is a top-level role, or a delegation, whose keys in targets/releases are
	// replaced with it.
	Role RoleName `json:"role"`
	// Keys are those that sign instead. Root, targets and delegations take new keys,
	// keys of this machine and given ones; the snapshot takes the server's too, and
	// the timestamp nothing else. Where KeyHere names a root key, it is listed under
	// a new certificate; a key that stays under the one it has is KeyGiven, with what
	// the root says of it. The threshold is ignored for a delegation, which keeps its
	// own.
	Keys RoleKeys `json:"keys"`
	// Replaced are the canonical IDs of the keys of a delegation that are replaced;
	// the others stay. None are all of them.
	Replaced []KeyID `json:"replaced,omitempty"`
	// CosignRoots has the keys of so many earlier roots sign a new root as well, as far as
	// they are on this machine; a negative number is of all.
	CosignRoots int `json:"legacy,omitempty"`
	// Retire removes from this machine the private keys that are replaced, once the
	// change is proved, no other repository needs them, and there is a checked backup.
	// Without it they stay.
	Retire bool `json:"retire,omitempty"`
	// AllKnown is the user's word that no other repositories than those known here can
	// need the keys: the server does not always list its own.
	AllKnown bool `json:"allKnown,omitempty"`
}

// Kind returns "rotate".
func (RotateKey) Kind() string { return "rotate" }

// AddDelegation has keys sign a role, beside those that may already, for paths beside
// those that it has. A role that does not exist is made.
type AddDelegation struct {
	Role RoleName `json:"role"`
	// From is the delegator; empty where the name of the role says which one it is, or
	// where only one role delegates to it.
	From RoleName `json:"from,omitempty"`
	// Keys are the public keys that may sign, and Files where each was read from.
	Keys  []PublicKey `json:"keys,omitempty"`
	Files []string    `json:"files,omitempty"`
	// Make are the algorithms of keys that are made on this machine, and may sign as well.
	Make  []Algorithm `json:"make,omitempty"`
	Paths []string    `json:"paths,omitempty"`
	// PathHashPrefixes and Terminating are as in Delegation. Bins has the role be 2 to the
	// power of that many roles, with its name as their prefix. All three are for a role that
	// is made, in dialects that have them.
	PathHashPrefixes []string `json:"pathHashPrefixes,omitempty"`
	Terminating      bool     `json:"terminating,omitempty"`
	Bins             int      `json:"bins,omitempty"`
	// Threshold is how many of the keys must sign; 0 is 1 for a role that is made, and
	// leaves that of any other.
	Threshold int `json:"threshold,omitempty"`
}

// Kind returns "delegation-add".
func (AddDelegation) Kind() string { return "delegation-add" }

// EditDelegation changes who may sign a delegation that exists, and what it may list.
type EditDelegation struct {
	Role RoleName `json:"role"`
	// From is as in AddDelegation.
	From RoleName `json:"from,omitempty"`
	// Keys are added, and Files are where each was read from. RemoveKeys are the
	// canonical IDs of keys that go.
	Keys       []PublicKey `json:"keys,omitempty"`
	Files      []string    `json:"files,omitempty"`
	RemoveKeys []KeyID     `json:"removeKeys,omitempty"`
	// Paths are added, RemovePaths go.
	Paths       []string `json:"paths,omitempty"`
	RemovePaths []string `json:"removePaths,omitempty"`
	// Terminating is as in Delegation; nil leaves it.
	Terminating *bool `json:"terminating,omitempty"`
	// Threshold is how many of the keys must sign; 0 leaves it.
	Threshold int `json:"threshold,omitempty"`
}

// Kind returns "delegation-edit".
func (EditDelegation) Kind() string { return "delegation-edit" }

// RemoveDelegation takes a delegation away, with everything that is reached through it
// alone. Keys of a signer in roles that all signers sign stay: RemoveSigner takes those.
type RemoveDelegation struct {
	Role RoleName `json:"role"`
	// From is as in AddDelegation.
	From RoleName `json:"from,omitempty"`
}

// Kind returns "delegation-remove".
func (RemoveDelegation) Kind() string { return "delegation-remove" }

// SetThreshold changes how many of its keys must sign a role: root, targets or a
// delegation.
type SetThreshold struct {
	Role RoleName `json:"role"`
	// From is as in AddDelegation.
	From      RoleName `json:"from,omitempty"`
	Threshold int      `json:"threshold"`
	// Add are keys that may sign as well, beside those that may already.
	Add []KeyChoice `json:"add,omitempty"`
}

// Kind returns "threshold".
func (SetThreshold) Kind() string { return "threshold" }

// AcceptRoot accepts the root that the server has now, although it does not descend
// from what is known. The fingerprint of one of its keys, which the user has from
// elsewhere, is no part of it.
type AcceptRoot struct{}

// Kind returns "accept-root".
func (AcceptRoot) Kind() string { return "accept-root" }

// AcceptRollback accepts that roles are not what was verified before: older, with other
// content, or no longer listed.
type AcceptRollback struct {
	Roles []RoleName `json:"roles"`
}

// Kind returns "accept-rollback".
func (AcceptRollback) Kind() string { return "accept-rollback" }

// AllowUnsigned goes with other changes of a repository. It decides about delegations
// whose file no client would accept afterwards: those whose last signer is removed or
// replaced, and those that were removed once and whose file the server still has. Without
// a decision their own keys must sign.
type AllowUnsigned struct {
	// Pending are delegations that stay without the signatures that they need until
	// their signers sign them.
	Pending []RoleName `json:"pending,omitempty"`
	// Join are delegations that JoinKey joins, to sign a fresh file of each. It is the
	// canonical ID of a key of this machine.
	Join    []RoleName `json:"join,omitempty"`
	JoinKey KeyID      `json:"joinKey,omitempty"`
	// KeepTags are the names of the tags that fresh files take over from those that
	// they replace.
	KeepTags []string `json:"keepTags,omitempty"`
}

// Kind returns "allow-unsigned".
func (AllowUnsigned) Kind() string { return "allow-unsigned" }

// AddTarget lists a target in a role, in place of one of the same name: it signs a tag. A
// role that has no file yet gets one.
type AddTarget struct {
	Role RoleName `json:"role"`
	Name string   `json:"name"`
	// Length in bytes, of the manifest where targets are images.
	Length int64 `json:"length"`
	// At least one hash is set.
	SHA256 Hex `json:"sha256,omitempty"`
	SHA512 Hex `json:"sha512,omitempty"`
	// Other hashes by their names, which no client checks.
	Other map[string]Hex `json:"other,omitempty"`
	// Custom is any JSON value; nil where there is none.
	Custom json.RawMessage `json:"custom,omitempty"`
	// MediaType is what a registry said that it serves under the name. Where it is set, the
	// registry is asked again before anything is signed; it is empty where the hashes were
	// given.
	MediaType string `json:"mediaType,omitempty"`
}

// NewAddTarget makes the change that lists a target in a role.
func NewAddTarget(role RoleName, t Target) AddTarget {
	out := AddTarget{Role: role, Name: t.Name, Length: t.Length, SHA256: t.Hashes.SHA256, SHA512: t.Hashes.SHA512, Custom: t.Custom}
	for name, sum := range t.Hashes.Other {
		if out.Other == nil {
			out.Other = map[string]Hex{}
		}
		out.Other[name] = sum
	}
	return out
}

// Target is what is listed.
func (a AddTarget) Target() Target {
	out := Target{Name: a.Name, Length: a.Length, Hashes: Hashes{SHA256: a.SHA256, SHA512: a.SHA512}, Custom: a.Custom}
	for name, sum := range a.Other {
		if out.Hashes.Other == nil {
			out.Hashes.Other = map[string][]byte{}
		}
		out.Hashes.Other[name] = sum
	}
	return out
}

// Kind returns "target-add".
func (AddTarget) Kind() string { return "target-add" }

// RemoveTarget takes a target out of a role: it revokes a tag there, and nowhere else.
type RemoveTarget struct {
	Role RoleName `json:"role"`
	Name string   `json:"name"`
}

// Kind returns "target-remove".
func (RemoveTarget) Kind() string { return "target-remove" }

// Unstage goes with changes that another client has staged in the trust folder. Once they
// are published and verified, the files that stage them are removed from there.
type Unstage struct {
	Files []StagedMark `json:"files"`
}

// StagedMark tells a file of a changelist from any other that may get its name.
type StagedMark struct {
	// Name is that of the file, without its folder.
	Name string `json:"name"`
	// SHA256 of its content, in hexadecimal.
	SHA256 string `json:"sha256"`
}

// Kind returns "unstage".
func (Unstage) Kind() string { return "unstage" }

// Hex are bytes that JSON spells in hexadecimal.
type Hex []byte

// MarshalText writes lower-case digits.
func (h Hex) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

// UnmarshalText reads what MarshalText writes.
func (h *Hex) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil {
		return fmt.Errorf("%q is not hexadecimal", text)
	}
	*h = raw
	return nil
}
