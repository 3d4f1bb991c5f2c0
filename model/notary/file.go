package notary

import (
	"crypto/sha256"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Limits on what is read. They are far above what Notary's programs write, and
// low enough that a hostile file costs little.
const (
	// MaxFile is the largest metadata file in bytes; Notary's own limit for
	// root and targets.
	MaxFile = dialect.MaxFile
	// MaxPastRoot is the largest root between the trusted and the current one, in bytes.
	MaxPastRoot = 8 << 20
	// MaxTimestamp is the largest timestamp in bytes; Notary's own limit.
	MaxTimestamp = 1 << 20
	// MaxKeys is the most keys in one file.
	MaxKeys = 10_000
	// MaxRoles is the most roles in one file and in one repository.
	MaxRoles = 4_096
	// MaxKeyIDs is the most keys that one role may list.
	MaxKeyIDs = 1_024
	// MaxPaths is the most paths that one role may list.
	MaxPaths = 10_000
	// MaxSignatures is the most signatures on one file.
	MaxSignatures = 1_024
	// MaxHashes is the most hashes of unknown names that one entry may have.
	MaxHashes = 16
	// MaxTargets is the most targets in one file.
	MaxTargets = 2_000_000
	// MaxRootVersions is the longest walk from a trusted root to the current
	// one.
	MaxRootVersions = 1_000
)

// File is the content of one metadata file: what Parse reads and Wire writes.
// Which fields count depends on the role: see notary-v1, sections 1.5 to 1.7.
type File struct {
	model.Metadata
	// ConsistentSnapshot of a root; always false in practice, and without
	// meaning.
	ConsistentSnapshot bool

	// Signatures in the order of the file.
	Signatures []dialect.Signature

	// payload is the canonical form of what was signed, as read.
	payload []byte
	// digest is the SHA-256 of payload; nil for a file that was not parsed.
	digest func() [sha256.Size]byte
	// remarks say what a writer of this package would not keep.
	remarks []string
	// unsafe names targets whose custom value Notary cannot sign again.
	unsafe []string
}

// PublicKey is a key object of metadata.
type PublicKey = model.PublicKey

// Content is what the file says.
func (f *File) Content() *model.Metadata {
	if f == nil {
		return nil
	}
	return &f.Metadata
}

// Payload is the canonical form of the signed part of a file that was parsed:
// the bytes that its signatures are made over.
func (f *File) Payload() []byte { return f.payload }

// payloadDigest is the SHA-256 of the payload, which most signatures are made over.
func (f *File) payloadDigest() [sha256.Size]byte {
	if f.digest == nil {
		return sha256.Sum256(f.payload)
	}
	return f.digest()
}

// typeOf is the _type that a file of the role must state.
func typeOf(role model.RoleName) string {
	switch role {
	case model.RoleRoot:
		return "Root"
	case model.RoleSnapshot:
		return "Snapshot"
	case model.RoleTimestamp:
		return "Timestamp"
	default:
		return "Targets"
	}
}
