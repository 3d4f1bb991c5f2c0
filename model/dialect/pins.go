package dialect

import (
	"maps"
	"slices"
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
// that matches wins and there is no fall-through.
//
// Where nothing is pinned for a name as it is spelled, a pin that is written with
// capitals counts whatever the case: one that was meant is never passed over. Pins of
// Notary's configuration have no capitals, for Notary reads them in lower case.
func (p Pins) For(gun model.GUN) Pin {
	name := string(gun)
	if pin := p.match(name, func(pattern string) string { return pattern }); pin.Pattern != "" {
		return pin
	}
	return p.match(strings.ToLower(name), func(pattern string) string {
		lower := strings.ToLower(pattern)
		if lower == pattern {
			return neverMatches
		}
		return lower
	})
}

// neverMatches begins no repository's name.
const neverMatches = "\x00"

// match finds the pin of a name among the patterns as they are read. Patterns that are
// read alike are taken in the order of their spelling.
func (p Pins) match(name string, read func(string) string) Pin {
	best, longest := "", -1
	for _, pattern := range slices.Sorted(maps.Keys(p.Certs)) {
		as := read(pattern)
		prefix, wild := strings.CutSuffix(as, "*")
		switch {
		case as == name:
			return Pin{Pattern: pattern, Certs: p.Certs[pattern]}
		case wild && strings.HasPrefix(name, prefix) && len(prefix) > longest:
			best, longest = pattern, len(prefix)
		}
	}
	if longest >= 0 {
		return Pin{Pattern: best, Certs: p.Certs[best]}
	}
	for _, prefix := range slices.Sorted(maps.Keys(p.CAs)) {
		if as := read(prefix); strings.HasPrefix(name, as) && len(as) > longest {
			best, longest = prefix, len(as)
		}
	}
	if longest >= 0 {
		return Pin{Pattern: best + "*", CA: p.CAs[best]}
	}
	return Pin{}
}
