package report

import (
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/publickey"
)

// PublicKey is the answer of "trustdeck key show".
type PublicKey struct {
	Answer
	// ID is the canonical ID, and Algorithm describes the key.
	ID        string `json:"id"`
	Algorithm string `json:"algorithm,omitempty"`
	// KeyIDs are the IDs under which metadata formats list the bare key.
	KeyIDs []FormatID `json:"keyIds"`
	// Fingerprint is the SHA-256 of the SubjectPublicKeyInfo in hexadecimal, and Words is the
	// same in words of BIP-39.
	Fingerprint string   `json:"fingerprint"`
	Words       []string `json:"words"`
	// PEM is the SubjectPublicKeyInfo in PEM form.
	PEM string `json:"pem"`
	// JWK is the JSON Web Key, as text, and Thumbprint its hash (RFC 7638); both are absent for
	// kinds of keys that have none.
	JWK        string `json:"jwk,omitempty"`
	Thumbprint string `json:"thumbprint,omitempty"`
	// Certificates are those under which known repositories list the key.
	Certificates []KeyCertificate `json:"certificates"`
	// Private is the private key on this machine; absent where it isn't here.
	Private *PrivateKey `json:"private,omitempty"`
	// Uses are the roles that list the key, in the known repositories.
	Uses []Use `json:"uses"`
}

// FormatID is the ID of a key in a metadata format.
type FormatID struct {
	// Format is "notary-v1" or "tuf-1".
	Format string `json:"format"`
	ID     string `json:"id"`
}

// KeyCertificate is a certificate under which a key is listed.
type KeyCertificate struct {
	// ID is the one under which metadata lists the key.
	ID      string `json:"id"`
	Subject string `json:"subject"`
	// Fingerprint is the SHA-256 of the certificate in hexadecimal.
	Fingerprint string    `json:"fingerprint"`
	NotBefore   time.Time `json:"notBefore"`
	NotAfter    time.Time `json:"notAfter"`
	// Repositories are the known ones that list it.
	Repositories []string `json:"repositories"`
	PEM          string   `json:"pem"`
}

// NewPublicKey makes the answer; formats are the dialects whose IDs are wanted.
func NewPublicKey(k admin.PublicKey, private *admin.KeyUse, formats ...dialect.Dialect) PublicKey {
	forms := publickey.Of(k.SPKI, k.ID)
	out := PublicKey{
		Answer: answer("key-show"), ID: string(k.ID), Algorithm: k.Algorithm, KeyIDs: []FormatID{}, Fingerprint: forms.Fingerprint, Words: forms.Words,
		PEM: forms.PEM, JWK: forms.JWK, Thumbprint: forms.Thumbprint, Certificates: []KeyCertificate{}, Uses: newUses(k.Uses),
	}
	for _, format := range formats {
		if listed, err := format.ParsePublicFile([]byte(forms.PEM)); err == nil {
			out.KeyIDs = append(out.KeyIDs, FormatID{Format: string(format.Name()), ID: string(format.CanonicalID(listed))})
		}
	}
	for _, c := range k.Certified {
		out.Certificates = append(out.Certificates, KeyCertificate{
			ID: string(c.ID), Subject: c.Subject, Fingerprint: c.Fingerprint, NotBefore: c.NotBefore, NotAfter: c.NotAfter,
			Repositories: model.Retype[string](c.GUNs), PEM: publickey.Certificate(c.Certificate),
		})
	}
	if private != nil {
		one := newPrivateKey(*private)
		out.Private = &one
	}
	return out
}

// newUses lists the roles in which a key counts.
func newUses(uses []admin.Use) []Use {
	return each(uses, func(u admin.Use) Use { return Use{Repository: string(u.GUN), Role: string(u.Role)} })
}
