package dialect

import (
	"crypto"
	"time"

	"trustdeck/model"
)

// A Dialect is a metadata format and the conventions of its users. It has no state
// that its answers depend on, and is safe for concurrent use.
type Dialect interface {
	// Name is the one in Repository.Dialect.
	Name() model.Dialect
	Reader
	Keys
	Conventions
}

// Writable is a dialect in which repositories can be changed.
type Writable interface {
	Dialect
	Writer
}

// Reader reads and verifies metadata.
type Reader interface {
	// Load begins the download of a repository.
	Load(Config) Load
	// Parse reads a metadata file and checks its form, but nothing that needs a key. The
	// error is a *ParseError.
	Parse(role model.RoleName, raw []byte) (*File, error)
	// ParsePayload reads what is to be signed of a file, as Draft.Seal returns it. It takes no
	// bytes but those that the signatures of such a file are made over. The error is a
	// *ParseError.
	ParsePayload(role model.RoleName, payload []byte) (*File, error)
	// Beyond lists what a file says that its Metadata does not hold, one member a line, sorted:
	// "consistent_snapshot: true". Two files whose Metadata and whose Beyond are equal say the
	// same.
	Beyond(*File) []string
	// Deviation says how the bytes of a file differ from those that the programs of the
	// dialect would write; empty where they do not.
	Deviation(f *File, raw []byte) string
	// ParseRole reads the name of a role; the error says why no role is called so.
	ParseRole(name string) (model.RoleName, error)
	// Delegator is the role whose file alone can delegate to a role, where its name says
	// which; ok is false where any role may.
	Delegator(role model.RoleName) (from model.RoleName, ok bool)
	// CheckPath says why a role that may list what permitted says cannot delegate a path;
	// nil where it can.
	CheckPath(path string, permitted []string) error
	// AllPaths are the paths that stand for every target; none where no paths do.
	AllPaths() []string
	// Restrict are those of a role's paths that can be looked for in it, where its delegator
	// may list what permitted says.
	Restrict(permitted, paths []string) []string
	// Matcher reports of names whether a delegation is for them.
	Matcher(edge model.Delegation) func(name string) bool
	// Short is the name of a role for people who know what it is a role of, and what the
	// files of its private keys call it.
	Short(role model.RoleName) string
	// Limit is the most bytes that a file of a role may have.
	Limit(role model.RoleName) int64
	// Issuer reduces a root or targets file to what it says of others.
	Issuer(*File) Issuer
	// Keyring returns an empty ring.
	Keyring() Keyring
	// Succeeds returns nil where next is a root that a client which trusts prev takes
	// for its successor: signed by enough root keys of prev, and by enough of its own.
	// The first root of all is given as both. Expiry is not looked at.
	Succeeds(gun model.GUN, at time.Time, prev, next *File) *model.Problem
	// Certificates lists the certificates under which a root lists its own keys; none
	// where the dialect has none.
	Certificates(root *model.Metadata) []CertifiedKey
	// Refusal is the problem for which clients refuse a repository as a whole, or nil.
	Refusal(*model.Repository) *model.Problem
	// Restatable are the roles whose files list keys in another form than Draft.Restate
	// does, in listed order; none where the dialect has one form.
	Restatable(*model.Repository) []model.RoleName
	// ParseChange reads a change that another client has staged.
	ParseChange(raw []byte) (model.StagedChange, error)
}

// Lapsing is implemented by a dialect whose clients walk from root to root no more once
// the one that they have has expired: from then on they take a newer one only where enough
// of their own root's keys have signed it. Others follow from any root (TUF 5.3).
type Lapsing interface {
	// Lapses marks the dialect.
	Lapses()
}

// Writer writes metadata.
type Writer interface {
	// Draft begins to change a repository; without one it begins a new repository.
	// ownSnapshot says that the snapshot is signed here and not by a server.
	Draft(gun model.GUN, r *model.Repository, ownSnapshot bool) Draft
	// CheckTarget says why a file must not list a target: clients could not read or sign
	// the file any more.
	CheckTarget(target model.Target) error
	// CheckSize says of a targets file that is to be written what it delegates more than can
	// be read again.
	CheckSize(f *model.Metadata) error
	// Sign signs a payload as the metadata wants it for a key, and encodes the signature.
	// listed is the key as the role lists it.
	Sign(listed model.PublicKey, key crypto.Signer, payload []byte) (Signature, error)
	// Join makes the file of a payload and its signatures, in their order. like is an earlier
	// version of the file, or another one of the repository, whose spelling it has; nil is that
	// of a new repository. The error is that of ParsePayload.
	Join(role model.RoleName, payload []byte, signatures []Signature, like []byte) ([]byte, error)
	// NewCertificate makes the certificate, in PEM form, under which a root key is listed
	// for a repository; nil where the dialect lists root keys as themselves. serial holds
	// 16 bytes that nobody else has used.
	NewCertificate(gun model.GUN, key crypto.Signer, serial [16]byte, from time.Time) ([]byte, error)
}

// Keys knows the keys that metadata can list.
type Keys interface {
	// Bare lists a public key as itself.
	Bare(crypto.PublicKey) (model.PublicKey, error)
	// Algorithms are those of the keys that can be made here for repositories of the dialect,
	// the usual one first.
	Algorithms() []model.Algorithm
	// KeyType is the type under which a key of one of Algorithms is listed as itself.
	KeyType(model.Algorithm) model.KeyType
	// KeyCaution names clients that can't verify with keys of an algorithm, in a sentence
	// without a full stop; empty where all can.
	KeyCaution(model.Algorithm) string
	// Certifies reports whether root keys are listed as certificates.
	Certifies() bool
	// Certified lists a public key as the certificate of it that pemText holds.
	Certified(pemText []byte) (model.PublicKey, error)
	// ParsePublicFile reads a public key that somebody has handed over. The error is one
	// sentence about the file.
	ParsePublicFile(text []byte) (model.PublicKey, error)
	// CanonicalID is the ID of the bare key behind a listed one.
	CanonicalID(model.PublicKey) model.KeyID
	// Fingerprint is the SHA-256 of the SubjectPublicKeyInfo in hexadecimal, that of the
	// bare key where a certificate carries it; empty where the key does not parse.
	Fingerprint(model.PublicKey) string
	// Describe is a public key with all its names; no role lists it yet.
	Describe(model.PublicKey) model.Key
	// CheckKey says why a key must not be listed: it cannot verify anything, or clients
	// refuse it. gun is not empty for a root key, which must be for that repository.
	CheckKey(k model.PublicKey, gun model.GUN, at time.Time) error
	// Method is the one that Sign states in a signature by a listed key; empty where the key can
	// make none.
	Method(model.PublicKey) string
	// Verify checks one signature of a payload by a key that stands for itself.
	Verify(k model.PublicKey, payload []byte, sig Signature) error
}

// Forms are the forms of a delegation that a dialect has beside paths.
type Forms struct {
	// Terminating: a delegation can end the search for what it is for.
	Terminating bool
	// HashPrefixes: it can be for the targets whose hashed paths begin in some way.
	HashPrefixes bool
	// MaxBins is the most bits that hash bins can be made with; 0 where there are none.
	MaxBins int
}

// Conventions are those of the people who use a dialect.
type Conventions interface {
	// Tags lists the targets of a repository, with what clients find.
	Tags(*model.Repository) []model.Tag
	// Resolve is what a verifying client makes of a target's name.
	Resolve(r *model.Repository, name string) model.Resolution
	// Search is how clients get to what Resolve returns, edge by edge. It has no steps where
	// clients refuse the whole repository.
	Search(r *model.Repository, name string) model.Search
	// Explain says what a comparison with the registry means for people who pull.
	Explain(model.Served) model.Pull
	// Words are how sentences name the clients of the dialect.
	Words() Words
	// SignerName says why a new signer cannot have a name; nil where it can.
	SignerName(name string) error
	// SignerEdges are the delegations that make a signer of a name: first to the
	// signer's own role, then those of Shared. A name that no new signer could have may
	// still be that of one. The error says why nobody can have it.
	SignerEdges(name string) ([]model.Delegation, error)
	// Shared are the delegations to roles that all signers sign beside their own, and in
	// which clients look; none where there are no such roles.
	Shared() []model.Delegation
	// Forms are what delegations can state beside paths.
	Forms() Forms
	// Lifetimes reports whether metadata can state after how long each version of a role
	// expires, as Draft.SetLifetime does.
	Lifetimes() bool
	// Searched are the only roles in which clients look for a target, in their order; nil
	// where they follow every delegation.
	Searched() []model.RoleName
	// Online are the top-level roles that a server always signs, so that no
	// administrator has their keys.
	Online() []model.RoleName
	// ServerKeys reports whether servers of the dialect make and hold keys of their own, with
	// which they sign.
	ServerKeys() bool
	// TargetName says why people cannot ask clients for a target of a name; nil where they
	// can.
	TargetName(name string) error
	// SigningRoles are the roles in which a target of a name is signed with the keys for
	// which have is true; none where it is signed in none of them.
	SigningRoles(r *model.Repository, name string, have func(model.KeyID) bool) []model.RoleName
	// SignerOf is the name of the signer whose own role it is; ok is false for any other
	// role.
	SignerOf(role model.RoleName) (name string, ok bool)
}

// Of says in which dialect a repository is. For "" it is the one in which sentences speak
// that are about no repository.
type Of func(model.GUN) Dialect

// Only is for a place where all repositories are in one dialect.
func Only(d Dialect) Of { return func(model.GUN) Dialect { return d } }
