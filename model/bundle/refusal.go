package bundle

import (
	"errors"
	"fmt"

	"trustdeck/model"
)

// Reason names why something is refused.
type Reason string

// The reasons.
const (
	// NotBundle: the bytes are something else.
	NotBundle Reason = "not-a-bundle"
	// TooLarge: it has more of something than is read.
	TooLarge Reason = "too-large"
	// Newer: a newer version of trustdeck has written it.
	Newer Reason = "newer-schema"
	// Altered: it is not as trustdeck writes it.
	Altered Reason = "altered"
	// UnknownDialect: this version does not know the metadata format.
	UnknownDialect Reason = "unknown-dialect"
	// BadRoots: the roots do not follow from each other.
	BadRoots Reason = "bad-roots"
	// BadBase: a file that is replaced is not readable, missing, or there for nothing.
	BadBase Reason = "bad-base"
	// BadPayload: a payload is not readable, or nobody could publish it.
	BadPayload Reason = "bad-payload"
	// WrongVersion: a payload is not the next version of what it replaces.
	WrongVersion Reason = "wrong-version"
	// CannotBeSigned: the keys that must sign a payload are too few, or unusable.
	CannotBeSigned Reason = "cannot-be-signed"
	// Expired: the ceremony, or a payload, has expired.
	Expired Reason = "expired"
	// ForeignKey: a signature is by a key that does not count for the payload.
	ForeignKey Reason = "foreign-key"
	// WrongPayload: a signature is over other bytes, or the bundle has no such payload.
	WrongPayload Reason = "wrong-payload"
	// OtherRepository, OtherCeremony: two bundles, or an answer and a bundle, are
	// about different things. RehearsalAndReal: only one of them is a rehearsal. AlteredCopy: they
	// are of one ceremony, and not the same but for their signatures.
	OtherRepository  Reason = "other-repository"
	OtherCeremony    Reason = "other-ceremony"
	RehearsalAndReal Reason = "rehearsal-and-real"
	AlteredCopy      Reason = "altered-copy"
	// BaseMoved: someone has published what the ceremony was to replace.
	BaseMoved Reason = "base-moved"
	// Incomplete: signatures are missing.
	Incomplete Reason = "incomplete"
	// TooLong: signatures are too long, or too many, to be typed.
	TooLong Reason = "too-long-to-type"
	// BadAnswer: an answer is not readable.
	BadAnswer Reason = "bad-answer"
	// BadRequest: the request of a key is not readable, or was not made with the key.
	BadRequest Reason = "bad-request"
	// BadAttestation: the certificates of a request do not prove that its key is on a token.
	BadAttestation Reason = "bad-attestation"
)

// Refusal is an error with its reason, and what to do.
type Refusal struct {
	Reason Reason
	Fault  model.Fault
}

// Error is that of the fault.
func (r *Refusal) Error() string { return r.Fault.Error() }

// Unwrap returns the fault.
func (r *Refusal) Unwrap() error { return &r.Fault }

// ReasonOf is the reason of the first Refusal in an error's chain; empty where there is none.
func ReasonOf(err error) Reason {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Reason
	}
	return ""
}

// refuse makes a refusal whose kind and hint follow from its reason.
func refuse(reason Reason, format string, args ...any) error {
	kind := model.FaultBadData
	switch reason {
	case Expired, BaseMoved:
		kind = model.FaultStale
	case Newer, UnknownDialect, ForeignKey, WrongPayload, OtherRepository, OtherCeremony, RehearsalAndReal, Incomplete, TooLong, BadAnswer:
		kind = model.FaultUsage
	default:
	}
	return &Refusal{reason, model.Fault{Kind: kind, Text: fmt.Sprintf(format, args...), Hint: hints[reason]}}
}

// distrust is what to do about a file that is not what its author wrote.
const distrust = "Don't sign it. Find out who had access to the file, and ask its author for it again."

// rewrite is what to do about a ceremony that leads nowhere.
const rewrite = "Don't sign it. Tell its author, who must prepare the ceremony again."

var hints = map[Reason]string{
	NotBundle:        "Check that you chose the right file.",
	TooLarge:         distrust,
	Newer:            "Use the version of trustdeck that its author used, or a newer one.",
	Altered:          distrust,
	UnknownDialect:   "Use the version of trustdeck that its author used.",
	BadRoots:         distrust,
	BadBase:          distrust,
	BadPayload:       distrust,
	WrongVersion:     rewrite,
	CannotBeSigned:   rewrite,
	Expired:          "Check the date of this machine. If it is right, its author must prepare the ceremony again.",
	ForeignKey:       "Sign with a key that the ceremony asks for.",
	WrongPayload:     "Compare the fingerprints in words: the signature was made for something else. Sign again with this ceremony.",
	OtherRepository:  "Choose the file of this ceremony.",
	OtherCeremony:    "Choose the file of this ceremony.",
	RehearsalAndReal: "Keep the files of the rehearsal apart from those of the ceremony.",
	AlteredCopy:      "Compare the fingerprints in words with everyone, and use only the file that has the right one.",
	BaseMoved:        "Look at what was published. If it may stay, prepare the ceremony again.",
	Incomplete:       "Collect the missing signatures first.",
	TooLong:          "Hand back the file instead.",
	BadAnswer:        "Type or scan it again.",
	BadRequest:       "Ask the person to make the request again.",
	BadAttestation:   "Don't use the key as one that is on a token. Ask the person to make the request again with the token.",
}
