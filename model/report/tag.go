package report

import (
	"bytes"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// Tags is the answer of "trustdeck tags".
type Tags struct {
	Answer
	Repository string `json:"repository"`
	// Verified as in Repository.
	Verified bool `json:"verified"`
	// Stale is true for data from the cache because reading failed.
	Stale bool `json:"stale"`
	// Source is absent where nothing was read.
	Source *Source `json:"source,omitempty"`
	Tags   []Tag   `json:"tags"`
	// Fault says why the repository could not be read now.
	Fault *Fault `json:"fault,omitempty"`
}

// NewTags makes the answer.
func NewTags(v admin.Look, tags []model.Tag) Tags {
	out := Tags{
		Answer:     answer("tags"),
		Repository: string(v.GUN),
		Verified:   Verified(v),
		Stale:      v.Stale,
		Tags:       each(tags, newTag),
		Fault:      NewFault(v.Fault),
	}
	if v.Repository != nil {
		source := NewSource(v.Repository.Source)
		out.Source = &source
	}
	return out
}

// Tag is a name with one content. Two roles that state different contents for
// one name make two entries.
type Tag struct {
	Name string `json:"name"`
	// Length of the content in bytes.
	Length int64 `json:"length"`
	// SHA256 and SHA512 in hexadecimal; absent where no role states them.
	SHA256 string `json:"sha256,omitempty"`
	SHA512 string `json:"sha512,omitempty"`
	// Pulled tells whether this is what "docker pull" resolves.
	Pulled bool `json:"pulled"`
	// Roles that list this content and can be relied on.
	Roles []string `json:"roles"`
	// Unusable are roles that list it and cannot be relied on.
	Unusable []string `json:"unusable"`
}

func newTag(t model.Tag) Tag {
	return Tag{
		Name: t.Name, Length: t.Length,
		SHA256: hexOf(t.Hashes.SHA256), SHA512: hexOf(t.Hashes.SHA512),
		Pulled: t.Pulled, Roles: texts(t.Roles), Unusable: texts(t.Unusable),
	}
}

// Resolution is what a verifying client makes of a tag.
type Resolution struct {
	Tag string `json:"tag"`
	// OK tells whether "docker pull" with content trust would find content.
	OK bool `json:"ok"`
	// Role that decides; absent where none states content that a client believes. It is
	// there and OK is false where the role states no SHA-256, which "docker pull" needs.
	Role   string `json:"role,omitempty"`
	Length int64  `json:"length,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	SHA512 string `json:"sha512,omitempty"`
	// Signers are the other roles that state the same content.
	Signers []string `json:"signers"`
	Reason  string   `json:"reason"`
	// Problem that makes it fail; absent where the tag is simply not there.
	Problem *Problem `json:"problem,omitempty"`
}

func newResolution(r model.Resolution) Resolution {
	out := Resolution{
		Tag: r.Tag, OK: r.OK, Role: string(r.Role),
		Length: r.Target.Length,
		SHA256: hexOf(r.Target.Hashes.SHA256), SHA512: hexOf(r.Target.Hashes.SHA512),
		Signers: texts(r.Signers), Reason: r.Reason,
	}
	if r.Problem != nil {
		p := newProblem(*r.Problem)
		out.Problem = &p
	}
	return out
}

// Verify is the answer of "trustdeck verify".
type Verify struct {
	Answer
	Repository string `json:"repository"`
	// Stale is true where the trust data is from the cache.
	Stale bool `json:"stale"`
	// File that was compared: a path, or "-" for standard input.
	File string `json:"file"`
	// FileLength and the hashes of what the file holds.
	FileLength int64  `json:"fileLength"`
	FileSHA256 string `json:"fileSha256"`
	FileSHA512 string `json:"fileSha512"`
	// Matches is true where the tag resolves, and length and every hash that
	// the trust data states are those of the file.
	Matches    bool       `json:"matches"`
	Resolution Resolution `json:"resolution"`
	// Fault says why the repository could not be read now.
	Fault *Fault `json:"fault,omitempty"`
}

// Content is what was measured of a file.
type Content struct {
	Name   string
	Length int64
	Hashes model.Hashes
}

// sameHashes reports whether every hash that is stated is that of a file, and one is. A
// hash that is stated as null is none's.
func sameHashes(stated, file model.Hashes) bool {
	for _, name := range []string{"sha256", "sha512"} {
		if _, null := stated.Other[name]; null {
			return false
		}
	}
	return (stated.SHA256 != nil || stated.SHA512 != nil) &&
		(stated.SHA256 == nil || bytes.Equal(stated.SHA256, file.SHA256)) &&
		(stated.SHA512 == nil || bytes.Equal(stated.SHA512, file.SHA512))
}

// NewVerify makes the answer. A tag that states no hash matches nothing.
func NewVerify(v admin.Look, resolution model.Resolution, file Content) Verify {
	return Verify{
		Answer:     answer("verify"),
		Repository: string(v.GUN),
		Stale:      v.Stale,
		File:       file.Name,
		FileLength: file.Length,
		FileSHA256: hexOf(file.Hashes.SHA256),
		FileSHA512: hexOf(file.Hashes.SHA512),
		Matches:    resolution.Role != "" && resolution.Target.Length == file.Length && sameHashes(resolution.Target.Hashes, file.Hashes),
		Resolution: newResolution(resolution),
		Fault:      NewFault(v.Fault),
	}
}
