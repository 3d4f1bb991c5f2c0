package attest

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/token"
)

// MaxCertificates is how many different ones a folder may have: each of a key is tried with each
// of a token.
const MaxCertificates = 1000

// Certificate is one that was found in files; the first is where it is said to be.
type Certificate struct {
	*x509.Certificate
	Files []string
}

// Chain is the certificate of a key, and what it proves.
type Chain struct {
	Key Certificate
	// Statement is what the token states; it counts only where the chain is Proved.
	Statement Statement
	// Algorithm of the key, as in model.Key.
	Algorithm string
	// Maker is the certificate of the token; nil where it was not found.
	Maker *Certificate
	// Above are the certificates from the token's to a root, without the first and with the root;
	// empty where the chain is not Proved, and where a built-in root has verified it.
	Above []*x509.Certificate
	// Refusal says why the chain proves nothing; nil where it does.
	Refusal error
}

// Proved reports whether the key was made on a token, and lives there alone.
func (c *Chain) Proved() bool { return c.Refusal == nil }

// Advisories are those that concern the key, on the firmware that the token states.
func (c *Chain) Advisories() []token.Advisory {
	if !c.Proved() {
		return nil
	}
	return token.Advisories(c.Statement.Firmware, c.Algorithm, model.OriginToken)
}

// Audit is what the certificates of a folder prove.
type Audit struct {
	// Chains, in the order in which the certificates of the keys were found.
	Chains []Chain
	// Unused are the certificates of tokens, or of anything else, that belong to no chain.
	Unused []Certificate
}

// NewAudit finds for each certificate of a key the one that signed it, whatever the files are
// called, and follows the chain to the roots. at must not be zero. The error says that there is
// too much.
func NewAudit(found []Certificate, roots *Roots, at time.Time) (*Audit, error) {
	found = distinct(found)
	if len(found) > MaxCertificates {
		return nil, fmt.Errorf("there are %d certificates; the limit is %d", len(found), MaxCertificates)
	}
	out := &Audit{}
	var others []*x509.Certificate // which a chain may lead through
	for _, c := range found {
		if c.IsCA && !selfSigned(c.Certificate) {
			others = append(others, c.Certificate)
		}
	}
	used := map[*x509.Certificate]bool{}
	for _, c := range found {
		if !states(c.Certificate) {
			continue
		}
		chain := newChain(c, found)
		used[c.Certificate] = true
		if chain.Maker != nil {
			used[chain.Maker.Certificate] = true
			if chain.Refusal == nil {
				chain.Above, chain.Refusal = roots.verify(c.Certificate, chain.Maker.Certificate, others, at)
			}
		}
		for _, above := range chain.Above {
			for _, c := range found {
				used[c.Certificate] = used[c.Certificate] || c.Equal(above)
			}
		}
		out.Chains = append(out.Chains, chain)
	}
	for _, c := range found {
		if !used[c.Certificate] {
			out.Unused = append(out.Unused, c)
		}
	}
	return out, nil
}

// newChain is the chain of a key up to the certificate of its token.
func newChain(key Certificate, found []Certificate) Chain {
	out := Chain{Key: key, Algorithm: model.AlgorithmOf(key.PublicKey)}
	out.Statement, out.Refusal = newStatement(key.Certificate)
	i := slices.IndexFunc(found, func(c Certificate) bool { return !states(c.Certificate) && signs(c.Certificate, key.Certificate) })
	if i >= 0 {
		out.Maker = &found[i]
	} else if out.Refusal == nil {
		out.Refusal = errors.New("no certificate here has signed it: that of the token is missing, or it was altered")
	}
	return out
}

// distinct joins the files of the same certificate.
func distinct(found []Certificate) []Certificate {
	var out []Certificate
	at := map[string]int{}
	for _, c := range found {
		if i, ok := at[string(c.Raw)]; ok {
			out[i].Files = append(out[i].Files, c.Files...)
			continue
		}
		at[string(c.Raw)] = len(out)
		out = append(out, Certificate{Certificate: c.Certificate, Files: slices.Clone(c.Files)})
	}
	return out
}
