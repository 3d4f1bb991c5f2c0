package dialect

import (
	"fmt"

	"trustdeck/model"
)

// File is a metadata file that was parsed. Its signatures are not verified.
type File struct {
	// Metadata is what it says.
	*model.Metadata
	// Payload is what is signed.
	Payload []byte
	// Own is the file in the form of the dialect that has parsed it, which alone reads it.
	Own any
}

// ParseError says why bytes are not a metadata file.
type ParseError struct {
	Role model.RoleName
	// Code is ProblemMalformed, ProblemWrongType, ProblemLimit,
	// ProblemNoSignatures, ProblemCycle or ProblemDelegation.
	Code model.ProblemCode
	Text string
}

// Error returns role and text.
func (e *ParseError) Error() string { return fmt.Sprintf("%s: %s", e.Role, e.Text) }

// Issuer is a root or a targets file reduced to what it says of others: who may sign the
// files below it. It judges versions of the past, of which no Load knows.
type Issuer interface {
	// Version is that of the file.
	Version() int64
	// PolicyID is a text that two issuers share exactly where they ask the same of a
	// role: the same keys, the same threshold.
	PolicyID(role model.RoleName) string
	// Judge checks the signatures of a file by the keys and the threshold that the
	// issuer states for its role. Versions, hashes and expiry are not looked at.
	Judge(*File) Verdict
}

// Verdict is the outcome of checking the signatures of one file.
type Verdict struct {
	// Met is true where enough keys have signed.
	Met bool
	// Signers are the canonical IDs of the keys whose signatures are valid, in
	// the order of the file.
	Signers []model.KeyID
	// Pending are the canonical IDs of the keys whose holders are asked to sign, and have
	// not.
	Pending []model.KeyID
	// Problems of the signatures, worst first.
	Problems []model.Problem
}

// Keyring holds the keys of many files, of all versions of a repository, to say who signed
// a file of the past. It knows no roles: that a key signed is not that it was entitled to.
type Keyring interface {
	// Add takes the keys that a root or targets file lists.
	Add(*File)
	// Signed returns the canonical IDs of the keys whose signatures on a file are valid,
	// in the order of the signatures.
	Signed(*File) []model.KeyID
}

// CertifiedKey is a root key with its certificate.
type CertifiedKey struct {
	// Listed is the ID in the metadata, Canonical that of the bare key.
	Listed, Canonical model.KeyID
	Certificate       model.Certificate
	// PEM as the root holds it, intermediates included.
	PEM []byte
}
