package notary

import (
	"strings"

	"trustdeck/model"
)

// Pins are the trust_pinning settings of Notary's configuration, and what the
// user named on the command line.
type Pins struct {
	// Certs lists, by GUN or by prefix with a final "*", the IDs under which
	// root metadata may list the root certificate.
	Certs map[string][]model.KeyID
	// CAs holds, by GUN prefix, the PEM of the certificate authorities that
	// the root certificate must chain to.
	CAs map[string][]byte
	// NoFirstUse refuses a repository for which nothing is pinned or cached.
	NoFirstUse bool
}

// Pin is what applies to one repository.
type Pin struct {
	// Pattern that matched; empty where nothing is pinned.
	Pattern string
	// Certs are the allowed IDs where the pin is by certificate.
	Certs []model.KeyID
	// CA is the PEM where the pin is by authority.
	CA []byte
}

// For returns the pin of a repository: the exact certificate pin, else the one
// with the longest prefix, else the CA with the longest prefix. The first kind
// that matches wins and there is no fall-through (Notary: trust_pinning).
func (p Pins) For(gun model.GUN) Pin {
	if ids, ok := p.Certs[string(gun)]; ok {
		return Pin{Pattern: string(gun), Certs: ids}
	}
	best := ""
	for pattern := range p.Certs {
		prefix, wild := strings.CutSuffix(pattern, "*")
		if wild && strings.HasPrefix(string(gun), prefix) && len(pattern) > len(best) {
			best = pattern
		}
	}
	if best != "" {
		return Pin{Pattern: best, Certs: p.Certs[best]}
	}
	found := false
	for prefix := range p.CAs {
		if strings.HasPrefix(string(gun), prefix) && (!found || len(prefix) > len(best)) {
			best, found = prefix, true
		}
	}
	if found {
		return Pin{Pattern: best + "*", CA: p.CAs[best]}
	}
	return Pin{}
}
