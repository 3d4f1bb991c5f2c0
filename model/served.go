package model

import "encoding/hex"

// Manifest is what a registry serves under a tag or a digest.
type Manifest struct {
	// Digest is "sha256:" and the hash of the bytes that came, in hexadecimal.
	Digest string
	// Size is the number of those bytes.
	Size int64
	// MediaType as the registry states it; fit to be shown.
	MediaType string
}

// ServedState says how what a registry serves under a tag compares with what is
// signed for it.
type ServedState int

// The states.
const (
	// ServedNotAsked: nobody asked, for there is no registry to ask.
	ServedNotAsked ServedState = iota
	// ServedSame: the registry serves the signed digest.
	ServedSame
	// ServedDiffers: the registry serves another one. Somebody has tampered
	// with the tag, or has pushed without signing.
	ServedDiffers
	// ServedUnsigned: the registry has the tag, and nothing is signed that a
	// client could compare it with.
	ServedUnsigned
	// ServedAbsent: the registry has no such tag.
	ServedAbsent
	// ServedUnknown: the registry could not be read.
	ServedUnknown
)

var servedStates = [...]string{"not asked", "same", "differs", "unsigned", "absent", "unknown"}

// String returns the state in a word or two.
func (s ServedState) String() string {
	if s < 0 || int(s) >= len(servedStates) {
		return "invalid"
	}
	return servedStates[s]
}

// DigestAvailable tells whether a registry still serves the signed digest, where the tag
// stands for something else or is gone. Clients that verify ask for the digest.
type DigestAvailable int

// The answers.
const (
	// DigestUnknown: nobody asked, or there was no answer.
	DigestUnknown DigestAvailable = iota
	// DigestYes: whoever asks for the digest gets the signed content.
	DigestYes
	// DigestNo: the registry does not have the signed content any more.
	DigestNo
)

// Served is what a registry serves under a tag, compared with what is signed.
type Served struct {
	Tag   string
	State ServedState
	// Signed is the digest that "docker pull" with content trust takes,
	// "sha256:…", and SignedSize the size that is stated with it. Signed is
	// empty where the tag resolves to nothing.
	Signed     string
	SignedSize int64
	// Manifest is what the registry serves; empty where it serves nothing or
	// was not asked.
	Manifest Manifest
	// Held is known where State is ServedDiffers or ServedAbsent.
	Held DigestAvailable
	// Fault says why the registry could not be read; nil in the other states.
	Fault *Fault
}

// NewServed begins a comparison: nobody has asked the registry yet.
func NewServed(signed Resolution) Served {
	s := Served{Tag: signed.Tag}
	if signed.OK {
		s.Signed, s.SignedSize = "sha256:"+hex.EncodeToString(signed.Target.Hashes.SHA256), signed.Target.Length
	}
	return s
}

// Compare says what it means that the registry serves m under the tag. Only the
// digest counts, as it does for docker.
func (s Served) Compare(m Manifest) Served {
	s.Manifest = m
	switch s.Signed {
	case "":
		s.State = ServedUnsigned
	case m.Digest:
		s.State = ServedSame
	default:
		s.State = ServedDiffers
	}
	return s
}

// SizeDiffers reports whether the signed content is served and has another size
// than is stated with its digest. Docker does not look at the size; notary does.
func (s Served) SizeDiffers() bool {
	return s.State == ServedSame && s.Manifest.Size != s.SignedSize
}

// Pull says in plain words what a comparison with the registry means for people who
// pull the tag. Each part is one sentence or empty; none ends with a stop.
type Pull struct {
	// Severity is Notice where nothing is wrong or nothing is known.
	Severity Severity
	// Verdict is what was found.
	Verdict string
	// WithTrust is what a client does that verifies what it pulls, WithoutTrust what one
	// does that does not.
	WithTrust, WithoutTrust string
	// Remedy is what to do next.
	Remedy string
}
