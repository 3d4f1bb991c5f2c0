package report

import (
	"trustdeck/model"
)

// Served is what the registry serves under a tag, compared with what is signed.
type Served struct {
	// State is "same", "differs", "unsigned", "absent", "unknown" or
	// "not asked".
	State string `json:"state"`
	// Signed is the digest that "docker pull" with content trust takes,
	// "sha256:…"; absent where the tag resolves to nothing.
	Signed string `json:"signed,omitempty"`
	// Digest, Size and MediaType of the manifest that the registry serves;
	// absent where it serves none or was not asked. The digest was computed
	// from the bytes that came.
	Digest    string `json:"digest,omitempty"`
	Size      int64  `json:"size,omitempty"`
	MediaType string `json:"mediaType,omitempty"`
	// SignedAvailable tells whether the registry serves the signed digest to
	// whoever asks for it; absent where that is not known.
	SignedAvailable *bool `json:"signedAvailable,omitempty"`
	// Text says what was found, ContentTrust and Plain what "docker pull" does
	// with content trust and without, Remedy what to do.
	Text         string `json:"text"`
	ContentTrust string `json:"contentTrust,omitempty"`
	Plain        string `json:"plain,omitempty"`
	Remedy       string `json:"remedy,omitempty"`
	// Fault says why the registry could not be read.
	Fault *Fault `json:"fault,omitempty"`
}

// NewServed converts s, and what a dialect says of it.
func NewServed(s model.Served, pull model.Pull) *Served {
	out := &Served{
		State: s.State.String(), Signed: s.Signed,
		Digest: s.Manifest.Digest, Size: s.Manifest.Size, MediaType: s.Manifest.MediaType,
		Text: pull.Verdict, ContentTrust: pull.WithTrust, Plain: pull.WithoutTrust, Remedy: pull.Remedy,
		Fault: NewFault(s.Fault),
	}
	if known := s.State == model.ServedSame || s.Held != model.DigestUnknown; known {
		available := s.Held != model.DigestNo
		out.SignedAvailable = &available
	}
	return out
}
