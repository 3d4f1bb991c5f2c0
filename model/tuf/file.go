package tuf

import (
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Limits on what is read. They are far above what repositories need, and low enough that a
// hostile file costs little.
const (
	// MaxFile is the largest targets or snapshot file in bytes.
	MaxFile = dialect.MaxFile
	// MaxRoot is the largest root in bytes.
	MaxRoot = 8 << 20
	// MaxTimestamp is the largest timestamp in bytes.
	MaxTimestamp = 1 << 20
	// MaxKeys is the most keys in one file.
	MaxKeys = 50_000
	// MaxRoles is the most roles in one file and in one repository.
	MaxRoles = 50_000
	// MaxKeyIDs is the most keys that one role may list.
	MaxKeyIDs = 1_024
	// MaxPaths is the most paths or hash prefixes that one delegation may list.
	MaxPaths = 100_000
	// MaxPattern is the most bytes that a path of a delegation may have: to match it with a
	// name takes the product of both lengths.
	MaxPattern = 1_024
	// MaxTargetName is the most bytes that the name of a target may have.
	MaxTargetName = 4_096
	// MaxSignatures is the most signatures on one file.
	MaxSignatures = 1_024
	// MaxListedBins is the number of bits up to which all hash bins are read; of more, those
	// that the snapshot lists are.
	MaxListedBins = 14
	// MaxRootVersions is the longest walk from a trusted root to the current one, as it is
	// for go-tuf.
	MaxRootVersions = 256
	// MaxVisited is the most roles in which clients look for one target: go-tuf and
	// python-tuf give up after so many.
	MaxVisited = 32
)

// File is the content of one metadata file: what Parse reads. Unknown members are in
// Signed, which holds the bytes as they came.
type File struct {
	model.Metadata
	// SpecVersion is the version of the specification that the file states; may be empty.
	SpecVersion string
	// ConsistentSnapshot of a root: files are asked for under their version.
	ConsistentSnapshot bool
	// Signatures in the order of the file.
	Signatures []dialect.Signature
	// Signed is the signed part as it came.
	Signed []byte

	// payload is its canonical form.
	payload []byte
	// keys are those of Metadata.Keys with all that the file says of them, in the same order.
	keys []*keyObject
	// bins is what a targets file delegates to hash bins; nil where it does not.
	bins *bins
	// periods are how long the versions of a role are: of the roles of a root, and of the
	// file's own role.
	periods map[model.RoleName]periods
	// remarks are what is odd about a file that is read all the same.
	remarks []remark
	// looseExpiry is set where the expiry is not spelled as the specification says.
	looseExpiry bool
	// looseType is set where _type is spelled with capitals.
	looseType bool
	// twice are the key IDs that have more than one signature.
	twice []model.KeyID
}

// bins is a delegation to many roles at once.
type bins struct {
	model.HashBins
	keyIDs    []model.KeyID
	threshold int64
}

// A remark is something odd about a file, which makes no difference to its own verdict.
type remark struct {
	code     model.ProblemCode
	severity model.Severity
	text     string
}

// Payload is the canonical form of the signed part: the bytes that signatures are made over.
func (f *File) Payload() []byte { return f.payload }

// key returns what the file says of a key; nil where it lists none under the ID.
func (f *File) key(id model.KeyID) *keyObject {
	i, found := slices.BinarySearchFunc(f.keys, id, func(k *keyObject, id model.KeyID) int {
		return strings.Compare(string(k.ID), string(id))
	})
	if !found {
		return nil
	}
	return f.keys[i]
}
