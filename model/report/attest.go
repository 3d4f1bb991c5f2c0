package report

import (
	"crypto/sha256"
	"crypto/x509"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/attest"
	"trustdeck/model/token"
)

// Attest is the answer of "trustdeck attest -o json". Repository is absent where none was named.
type Attest struct {
	Answer
	// Folder is the one whose certificates were read.
	Folder string `json:"folder"`
	// Chains, in the order in which the certificates of the keys were found.
	Chains []TokenChain `json:"chains"`
	// Unused are certificates that belong to no chain.
	Unused []UnusedCertificate `json:"unused"`
	// Unread are files that should hold a certificate and could not be read.
	Unread []Fault `json:"unread"`
	// Repository has the root keys that the chains were compared with.
	Repository *AttestedRepository `json:"repository,omitempty"`
}

// TokenChain is the certificate of a key that a token made, and what it proves.
type TokenChain struct {
	// Files hold the certificate of the key, and TokenFiles that of the token: none where it
	// was not found.
	Files      []string `json:"files"`
	TokenFiles []string `json:"tokenFiles"`
	// Proved tells whether the key was made on a token and lives there alone. What follows is
	// only claimed where it is false. Reason says why it is.
	Proved bool   `json:"proved"`
	Reason string `json:"reason,omitempty"`
	// Fingerprint and Algorithm are those of the key.
	Fingerprint string `json:"fingerprint"`
	Algorithm   string `json:"algorithm"`
	// Serial, Slot, Firmware and Form are absent where the certificate doesn't state them.
	Serial   string `json:"serial,omitempty"`
	Slot     string `json:"slot,omitempty"`
	Firmware string `json:"firmware,omitempty"`
	Form     string `json:"form,omitempty"`
	// PIN and Touch are "never", "once", "cached", "always" or "unknown".
	PIN   string `json:"pin"`
	Touch string `json:"touch"`
	// Fingers is true where a finger may take the place of the PIN.
	Fingers bool `json:"fingers"`
	// Above are the certificates from the one that issued the token's to the root.
	Above []AboveToken `json:"above"`
	// Advisories concern the key on this firmware.
	Advisories []Advisory `json:"advisories"`
}

// AboveToken is a certificate of the maker of tokens.
type AboveToken struct {
	Subject string `json:"subject"`
	// Fingerprint is the SHA-256 of the DER.
	Fingerprint string `json:"fingerprint"`
}

// Advisory is what the maker of a token has published about keys on its firmware.
type Advisory struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
	Remedy   string `json:"remedy"`
}

// UnusedCertificate is one that belongs to no chain.
type UnusedCertificate struct {
	Files   []string `json:"files"`
	Subject string   `json:"subject"`
	Issuer  string   `json:"issuer"`
}

// AttestedRepository has the root keys of a repository.
type AttestedRepository struct {
	Look
	// Threshold is how many of the Keys must sign the root, and Proved how many are proved to
	// live on tokens.
	Threshold int           `json:"threshold"`
	Proved    int           `json:"proved"`
	Keys      []AttestedKey `json:"keys"`
}

// AttestedKey is a root key.
type AttestedKey struct {
	ID string `json:"id"`
	// OtherIDs are those under which the metadata lists it, where they are others.
	OtherIDs  []string `json:"otherIds,omitempty"`
	Algorithm string   `json:"algorithm"`
	// Fingerprint is that of Key; absent where the key can't be read.
	Fingerprint string `json:"fingerprint,omitempty"`
	// Proved tells whether the key is proved to live on a token. Reason says why it is not.
	Proved bool   `json:"proved"`
	Reason string `json:"reason,omitempty"`
	// Serial is that of the token where Proved.
	Serial string `json:"serial,omitempty"`
	// SharedWith are other root keys on the same token.
	SharedWith []string `json:"sharedWith,omitempty"`
}

// NewAttest converts an audit of the certificates in a folder.
func NewAttest(folder string, a *attest.Audit, unread []*model.Fault) Attest {
	out := Attest{Answer: answer("attest"), Folder: folder, Chains: []TokenChain{}, Unused: []UnusedCertificate{}, Unread: []Fault{}}
	for i := range a.Chains {
		out.Chains = append(out.Chains, newTokenChain(&a.Chains[i]))
	}
	for _, c := range a.Unused {
		out.Unused = append(out.Unused, UnusedCertificate{Files: c.Files, Subject: c.Subject.String(), Issuer: c.Issuer.String()})
	}
	for _, f := range unread {
		out.Unread = append(out.Unread, *NewFault(f))
	}
	return out
}

// Join adds the root keys of a repository.
func (a *Attest) Join(v admin.Look, j *attest.Joined) {
	a.Repository = &AttestedRepository{Look: newLook(v), Threshold: j.Threshold, Proved: j.Proved(), Keys: []AttestedKey{}}
	for i := range j.Keys {
		k := &j.Keys[i]
		one := AttestedKey{
			ID: string(k.ID), Algorithm: k.Algorithm, Fingerprint: k.Fingerprint(),
			Proved: k.Proved(), Reason: reason(k.Refusal), SharedWith: texts(k.Shared),
		}
		for _, id := range k.ListedAs {
			if id != k.ID {
				one.OtherIDs = append(one.OtherIDs, string(id))
			}
		}
		if k.Proved() {
			one.Serial = k.Chain.Statement.Serial
		}
		a.Repository.Keys = append(a.Repository.Keys, one)
	}
}

// Unproved counts what was asked about and is not proved: the root keys of the repository, and
// without one the chains.
func (a *Attest) Unproved() int {
	n := 0
	if a.Repository != nil {
		return len(a.Repository.Keys) - a.Repository.Proved
	}
	for i := range a.Chains {
		if !a.Chains[i].Proved {
			n++
		}
	}
	return n
}

func newTokenChain(c *attest.Chain) TokenChain {
	out := TokenChain{
		Files: c.Key.Files, TokenFiles: []string{}, Proved: c.Proved(), Reason: reason(c.Refusal),
		Fingerprint: hexSum(c.Key.RawSubjectPublicKeyInfo), Algorithm: c.Algorithm,
		Serial: c.Statement.Serial, Slot: c.Statement.Slot, Firmware: c.Statement.Firmware.String(), Form: c.Statement.Form,
		PIN: c.Statement.PIN.String(), Touch: c.Statement.Touch.String(), Fingers: c.Statement.Fingerprint,
		Above: each(c.Above, aboveToken), Advisories: each(c.Advisories(), newAdvisory),
	}
	if c.Maker != nil {
		out.TokenFiles = c.Maker.Files
	}
	return out
}

func aboveToken(c *x509.Certificate) AboveToken {
	return AboveToken{Subject: c.Subject.String(), Fingerprint: hexSum(c.Raw)}
}

func newAdvisory(a token.Advisory) Advisory {
	return Advisory{ID: a.ID, Severity: a.Severity.String(), Text: a.Text, Remedy: a.Remedy}
}

func hexSum(content []byte) string {
	sum := sha256.Sum256(content)
	return hexOf(sum[:])
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
