package bundle

import (
	"crypto/sha256"
	"slices"
	"time"

	"trustdeck/model"
)

// Root is a published root, for people who compare it with what they know of it.
type Root struct {
	Version int64
	Expires time.Time
	// Digest is the SHA-256 of the file, in words as that of a bundle.
	Digest Digest
	// Quorum are the keys that the root names for its own role, with those that have signed it.
	Quorum Quorum
}

// Roots are the published roots, the current one last. They follow from each other. But nothing in
// a bundle proves that the first is the right one: someone may have made a chain of their own, in
// which what is signed changes nothing, and then use the signature with the real one. A machine
// must know one of them, people must compare the digest, or a key must have signed one: see
// Anchored.
func (o *Opened) Roots() []Root {
	var out []Root
	for i, root := range o.roots {
		q, signers := o.quorum(model.RoleRoot, root, true), o.ring.Signed(root)
		for j := range q.Members {
			q.Members[j].Signed = slices.Contains(signers, q.Members[j].ID)
		}
		out = append(out, Root{root.Version, root.Expires.UTC(), sha256.Sum256(o.bundle.Roots[i]), q})
	}
	return out
}

// Anchored is the newest published root that a key with one of some canonical IDs has signed; 0
// where there is none. The holder of the key has agreed to that root before, and all that follow
// descend from it: no one else can have made the chain.
func (o *Opened) Anchored(ids ...model.KeyID) int64 {
	for _, root := range slices.Backward(o.roots) {
		if slices.ContainsFunc(o.ring.Signed(root), func(id model.KeyID) bool { return slices.Contains(ids, id) }) {
			return root.Version
		}
	}
	return 0
}
