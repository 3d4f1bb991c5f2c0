package report

import (
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// Signers is the answer of "trustdeck signers".
type Signers struct {
	Answer
	// Signers: those to look at first, then by name.
	Signers []KnownSigner `json:"signers"`
	// People are the same signers by person, in the same order.
	People []Person `json:"people"`
	// Unread are repositories that could not be read: signers in them are not
	// listed.
	Unread []string `json:"unread"`
}

// NewSigners makes the answer.
func NewSigners(signers []admin.KnownSigner, unread []model.GUN) Signers {
	return Signers{
		Answer: answer("signers"), Signers: each(signers, newKnownSigner), People: each(admin.People(signers), newPerson), Unread: texts(unread),
	}
}

// Person is a name with all of its keys, and further names with the same keys.
type Person struct {
	// Name is empty for a key that has none anywhere.
	Name string `json:"name"`
	// OtherNames are names with the same keys, no more and no fewer.
	OtherNames []string `json:"otherNames"`
	// State is that of the place to look at first.
	State string `json:"state"`
	// Keys are canonical IDs.
	Keys         []string `json:"keys"`
	Repositories []string `json:"repositories"`
	// Signed is the newest file in force that one of the keys has signed.
	Signed SignedFile `json:"signed,omitzero"`
	// Local tells whether the private half of one of the keys is here.
	Local bool `json:"local"`
}

func newPerson(p admin.Person) Person {
	out := Person{
		Name: p.Name, OtherNames: texts(p.OtherNames), State: p.Status().String(), Keys: texts(p.Keys()), Repositories: texts(p.GUNs()), Local: p.Here(),
	}
	if last, _, ok := p.LastSigned(); ok {
		out.Signed = newSignedFile(last)
	}
	return out
}

// KnownSigner is a key under the name of a signer, in all repositories.
type KnownSigner struct {
	// Name is empty for a key that has none anywhere.
	Name string `json:"name"`
	// Key is the canonical ID.
	Key       string `json:"key"`
	Algorithm string `json:"algorithm,omitempty"`
	// State is that of the place to look at first.
	State string `json:"state"`
	// OtherNames are those of the same key, OtherKeys those of the same name.
	OtherNames []string `json:"otherNames"`
	OtherKeys  []string `json:"otherKeys"`
	// Local is the path of the private key, where it is here.
	Local  string        `json:"local,omitempty"`
	Places []SignerPlace `json:"places"`
}

func newKnownSigner(s admin.KnownSigner) KnownSigner {
	out := KnownSigner{
		Name: s.Name, Key: string(s.Key), Algorithm: s.Algorithm, State: s.Status().String(),
		OtherNames: texts(s.OtherNames), OtherKeys: texts(s.OtherKeys), Places: each(s.Places, newSignerPlace),
	}
	if s.Local != nil {
		out.Local = s.Local.Path
	}
	return out
}

// SignerPlace is a repository in which a signer can do something.
type SignerPlace struct {
	Repository string `json:"repository"`
	// Role is the signer's own; absent where the key is only in
	// targets/releases.
	Role string `json:"role,omitempty"`
	// State is "signer", "not in releases", "only in releases", "role
	// unusable", "no releases role", "no own role" or "below a signer".
	State string `json:"state"`
	// Releases tells whether targets/releases lists the key.
	Releases bool `json:"releases"`
	// Signed are the files in force, of Role and of targets/releases, that the
	// key has signed.
	Signed []SignedFile `json:"signed"`
	// OtherRoles are further roles of the repository that list the key.
	OtherRoles []string `json:"otherRoles"`
	// Stale is true for data from the cache because reading failed.
	Stale bool `json:"stale"`
}

// SignedFile is a file in force.
type SignedFile struct {
	Role    string `json:"role"`
	Version int64  `json:"version"`
	// Modified is when the server says it stored the file.
	Modified time.Time `json:"modified,omitzero"`
}

func newSignerPlace(p admin.SignerPlace) SignerPlace {
	return SignerPlace{
		Repository: string(p.GUN), Role: string(p.Role), State: p.Standing.String(), Releases: p.Releases,
		Signed:     each(p.Signed, newSignedFile),
		OtherRoles: texts(p.Others), Stale: p.Stale,
	}
}

func newSignedFile(f admin.SignedFile) SignedFile {
	return SignedFile{Role: string(f.Role), Version: f.Version, Modified: utc(f.At)}
}
