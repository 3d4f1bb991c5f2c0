package model

import (
	"fmt"
	"slices"
)

// Severity grades a problem or finding.
type Severity int

// The grades.
const (
	// Notice: worth knowing, nothing to do.
	Notice Severity = iota
	// Warning: works today, and will not for ever or not for everybody.
	Warning
	// Failure: a client that verifies refuses this.
	Failure
)

// String returns the grade in one word.
func (s Severity) String() string {
	switch s {
	case Notice:
		return "notice"
	case Warning:
		return "warning"
	case Failure:
		return "failure"
	default:
		return fmt.Sprintf("Severity(%d)", int(s))
	}
}

// ProblemCode names a kind of problem for programs. It never changes its
// meaning.
type ProblemCode string

// The kinds of problem that verification finds.
const (
	// ProblemMissing: a file that must exist was not found.
	ProblemMissing ProblemCode = "missing"
	// ProblemUnavailable: a file could not be read; see Problem.Fault.
	ProblemUnavailable ProblemCode = "unavailable"
	// ProblemMalformed: the bytes are not metadata of this kind.
	ProblemMalformed ProblemCode = "malformed"
	// ProblemLimit: a size, count or depth is beyond what is read.
	ProblemLimit ProblemCode = "limit-exceeded"
	// ProblemNotEmission: valid, and not the bytes that Notary would write;
	// the next publish by a Notary client breaks the hashes.
	ProblemNotEmission ProblemCode = "not-notary-bytes"
	// ProblemWrongType: the file says that it is of another role.
	ProblemWrongType ProblemCode = "wrong-type"
	// ProblemThreshold: fewer valid signatures than the threshold.
	ProblemThreshold ProblemCode = "threshold-not-met"
	// ProblemNoSignatures: the list of signatures is empty, null or missing.
	ProblemNoSignatures ProblemCode = "no-signatures"
	// ProblemSignature: a signature does not verify, though enough others do.
	ProblemSignature ProblemCode = "invalid-signature"
	// ProblemForeignSignature: a signature by a key that the role does not
	// list, though enough others are valid.
	ProblemForeignSignature ProblemCode = "foreign-signature"
	// ProblemPending: holders of keys have been asked to sign, and have not yet.
	ProblemPending ProblemCode = "pending-signature"
	// ProblemAhead: a robot has yet to list the file in the snapshot.
	ProblemAhead ProblemCode = "not-listed-yet"
	// ProblemKeyID: a key is listed under an ID that is not its own.
	ProblemKeyID ProblemCode = "key-id-mismatch"
	// ProblemKeyForm: a key is listed in an earlier form, which not all clients read.
	ProblemKeyForm ProblemCode = "key-form"
	// ProblemKey: a key cannot be used: unknown type, too weak, unparsable.
	ProblemKey ProblemCode = "unusable-key"
	// ProblemTooFewKeys: a role lists fewer keys than its threshold.
	ProblemTooFewKeys ProblemCode = "too-few-keys"
	// ProblemLength: the length differs from what the snapshot or timestamp
	// says.
	ProblemLength ProblemCode = "wrong-length"
	// ProblemVersion: the version differs from what the snapshot or timestamp says, or from
	// that in the name of the file.
	ProblemVersion ProblemCode = "wrong-version"
	// ProblemHash: a hash differs from what the snapshot or timestamp says.
	ProblemHash ProblemCode = "hash-mismatch"
	// ProblemRollback: the version is lower than one seen before.
	ProblemRollback ProblemCode = "rollback"
	// ProblemEquivocation: genuine, and another content than the one that was
	// verified in the same version before.
	ProblemEquivocation ProblemCode = "equivocation"
	// ProblemDropped: a delegation whose file was verified before, and which the
	// snapshot no longer lists.
	ProblemDropped ProblemCode = "dropped"
	// ProblemMemory: what was verified before cannot be read or kept.
	ProblemMemory ProblemCode = "memory"
	// ProblemExpired: the file expired.
	ProblemExpired ProblemCode = "expired"
	// ProblemRootReplaced: the root is not signed by the root trusted before.
	ProblemRootReplaced ProblemCode = "root-replaced"
	// ProblemPin: the root matches none of the pinned certificates or CAs.
	ProblemPin ProblemCode = "pin-mismatch"
	// ProblemCertificate: no usable certificate for this repository in root.
	ProblemCertificate ProblemCode = "root-certificate"
	// ProblemAnchors: two anchors do not agree with one another.
	ProblemAnchors ProblemCode = "anchors-disagree"
	// ProblemNotInSnapshot: a file that the snapshot does not list.
	ProblemNotInSnapshot ProblemCode = "not-in-snapshot"
	// ProblemPath: a delegation lists targets outside its paths.
	ProblemPath ProblemCode = "outside-paths"
	// ProblemCycle: a delegation leads back to itself.
	ProblemCycle ProblemCode = "delegation-cycle"
	// ProblemDelegation: a delegation is not a direct child of its parent, or
	// its name is not allowed.
	ProblemDelegation ProblemCode = "bad-delegation"
	// ProblemCustom: a custom value that Notary clients cannot sign again.
	ProblemCustom ProblemCode = "unsafe-custom"
	// ProblemUnverified: nothing trusted was there to verify this against.
	ProblemUnverified ProblemCode = "unverified"
	// ProblemReplaced: the server now gives other bytes for a version that was
	// saved before.
	ProblemReplaced ProblemCode = "version-replaced"
	// ProblemDamaged: a saved file is missing or altered.
	ProblemDamaged ProblemCode = "damaged-file"
	// ProblemClients: valid, and some clients of the dialect cannot read it or judge it
	// otherwise.
	ProblemClients ProblemCode = "clients-differ"
	// ProblemStale: the data is not current: cached, or of an archive.
	ProblemStale ProblemCode = "stale"
)

// Problem is one thing that verification found wrong.
type Problem struct {
	Code     ProblemCode
	Severity Severity
	// Role concerned; empty for the repository as a whole.
	Role RoleName
	// Text is one sentence for people, without a full stop.
	Text string
	// Remedy is what to do about it where the dialect knows better than the code tells.
	Remedy string
	// Fault is set where reading failed.
	Fault *Fault
}

// IsFailure reports whether what has the problem cannot be relied on.
func (p Problem) IsFailure() bool { return p.Severity == Failure }

// SortProblems sorts worst first and keeps the order among equals.
func SortProblems(p []Problem) {
	slices.SortStableFunc(p, func(a, b Problem) int { return int(b.Severity) - int(a.Severity) })
}
