package model

// Tag is a target name as all readable roles together state it. Two roles may
// state different contents for one name: those are two Tags.
type Tag struct {
	Name   string
	Length int64
	Hashes Hashes
	// Roles that list the name with this content and are usable, in the order
	// of Repository.Roles.
	Roles []RoleName
	// Unusable are roles that list it and cannot be relied on: broken,
	// expired, or outside their paths.
	Unusable []RoleName
	// Pulled tells whether this is the content that "docker pull" resolves.
	Pulled bool
}

// Resolution is what a verifying client makes of a tag.
type Resolution struct {
	Tag string
	// OK tells whether "docker pull REPO:TAG" with content trust would find
	// content.
	OK bool
	// Role that decides: targets/releases or targets; empty where neither states
	// content that a client believes. It is set and OK is false where docker pull cannot
	// use what the role states, because there is no SHA-256.
	Role   RoleName
	Target Target
	// Signers are the other roles that state the same content.
	Signers []RoleName
	// Reason says in one sentence why it resolves so, or why it fails.
	Reason string
	// Problem that makes it fail; nil where OK or where the tag is simply not
	// there.
	Problem *Problem
}
