package archive

import (
	"context"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/port"
)

// Vault is where an archive is written. Everything it has taken stays readable
// whatever happens afterwards, and it never replaces bytes by other bytes.
// Errors are *model.Fault of kind FaultLocal. Its methods may be called from
// several goroutines.
type Vault interface {
	// Held tells what the vault has of a repository. Every file named there as
	// sound was read and its hash compared just now.
	Held(ctx context.Context, gun model.GUN) (Holding, error)
	// Save keeps the bytes of one version. What is there already with the same
	// hash is left alone. Different bytes for a version that is there are kept
	// beside it under another name. The returned value has every field set.
	Save(ctx context.Context, gun model.GUN, file Saving) (VaultFile, error)
	// Load returns the bytes of a saved file and checks their hash.
	Load(ctx context.Context, gun model.GUN, file VaultFile) ([]byte, error)
	// Record keeps what became of a repository: which versions are current,
	// which do not exist, its certificates, changefeed and report.
	Record(ctx context.Context, repository Repository) error
	// Seal writes the table of contents and the overview. It is called once,
	// last, and also when the run was cancelled.
	Seal(ctx context.Context, result Result) error
}

// Saving is a file as a server gave it, for Vault.Save.
type Saving struct {
	Role model.RoleName
	// Version under which the server gave it; 0 where the current file was
	// asked for and its content states none.
	Version  int64
	Bytes    []byte
	Modified time.Time
}

// VaultFile names a file in a vault.
type VaultFile struct {
	Role model.RoleName
	// Version under which the server gave it; 0 where it is not known.
	Version int64
	Length  int64
	SHA256  [32]byte
	// Modified is when the server says it stored the file; may be zero.
	Modified time.Time
	// Path in the archive, with slashes.
	Path string
	// Differs is true where the vault holds other bytes for the same version,
	// saved earlier.
	Differs bool
	// Current is true for the version that was the present one when the
	// repository was read last.
	Current bool
	// New is true where this run brought it.
	New bool
}

// VersionRange is the versions from First to Last, both included.
type VersionRange struct {
	First, Last int64
}

// Holding is what a vault has of a repository before a run.
type Holding struct {
	// Files that are there and whose bytes are right, by role and version.
	Files []VaultFile
	// Damaged are files that the table of contents lists and that are missing
	// or altered. Saving the right bytes again repairs them. A file that holds
	// no metadata, but a part of the changefeed, has no Role.
	Damaged []VaultFile
	// Absent are versions that the server was asked for and does not have.
	Absent map[model.RoleName][]VersionRange
	// Changes of the changefeed as saved, oldest first.
	Changes []port.Change
}

// Phase is a stage of archiving one repository.
type Phase string

// The stages, in their order.
const (
	Reading   Phase = "reading"
	Verifying Phase = "verifying"
	Done      Phase = "done"
)

// Progress says how far a run is.
type Progress struct {
	GUN   model.GUN
	Phase Phase
	// Role being read or verified; may be empty.
	Role model.RoleName
	// Asked is the number of requests answered for this repository so far, New
	// the number of files that they brought.
	Asked, New int
	// Repositories that are done, and how many there are.
	Done, Total int
}

// File is one version of one role with the verdict on it.
type File struct {
	VaultFile
	// States is the version that the content states; 0 where it cannot be read.
	States  int64
	Expires time.Time
	// Signers are the canonical IDs of the keys whose signatures are valid.
	Signers []model.KeyID
	// Root is the version of the root under which it verifies; 0 where it
	// verifies under none. A root verifies under the one before it, the first
	// one under itself.
	Root int64
	// Changes say in words what is different from the version before it; empty
	// where there is none or only version and expiry moved.
	Changes []string
	// Problems of this version, worst first. Expiry is not among them: an old
	// version may have expired.
	Problems []model.Problem
}

// RootCertificate is a certificate that some root of the repository lists as a
// root key.
type RootCertificate struct {
	model.Certificate
	// ID under which the roots list it: what trust pinning names.
	ID model.KeyID
	// Key is the canonical ID of the bare key.
	Key model.KeyID
	// PEM as the root has it, the intermediates included.
	PEM []byte
	// Roots are the versions in which it is a key of the root role.
	Roots []int64
}

// Repository is what became of one repository in a run.
type Repository struct {
	GUN model.GUN
	// Server is the name of the remote.
	Server string
	// Read is when this run read it.
	Read time.Time
	// Complete is true where every version of every role that the server has
	// is in the vault.
	Complete bool
	// View is the present state, as Open gives it.
	View admin.Look
	// Tags of the present state.
	Tags []model.Tag
	// Puller is the program that pulls tags, for sentences.
	Puller string
	// Files in the vault: root first, then targets, delegations by name,
	// snapshot, timestamp; versions ascending.
	Files []File
	// Absent are the versions that the server was asked for and does not have.
	Absent map[model.RoleName][]VersionRange
	// Certificates of the root role, in the order of the roots.
	Certificates []RootCertificate
	// Changes is the changefeed, oldest first; nil where the server gives none.
	Changes []port.Change
	// Problems of the archive: files that could not be read or saved, versions
	// that the server has replaced. Those of the content are with Files and in
	// View.
	Problems []model.Problem
	// New and Kept count the files that this run brought and those that were
	// there already.
	New, Kept int
	// Fault is why nothing of it could be read now; nil otherwise. What the
	// vault had before is still there.
	Fault *model.Fault
}

// Outcome is the short form of Repository, for the result of a
// run over many.
type Outcome struct {
	GUN  model.GUN
	Read time.Time
	// Complete as in Repository.
	Complete bool
	// Assessment of the present state.
	Assessment health.Assessment
	// Files in the vault, and how many of them are New.
	Files, New int
	// Problems of the archive, of every version and of the present state, worst
	// first.
	Problems []model.Problem
	// Fault as in Repository.
	Fault *model.Fault
}

// Result is the outcome of a run.
type Result struct {
	Server            string
	Started, Finished time.Time
	// Repositories in the order in which they were named.
	Repositories []Outcome
}

// Complete reports whether everything that was asked for is in the vault. It
// says nothing of whether it verifies.
func (r Result) Complete() bool {
	return !slices.ContainsFunc(r.Repositories, func(o Outcome) bool { return !o.Complete })
}
