package notary

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// A rootCheck validates roots of one repository at one moment, by the rules of
// the Notary client (notary-v1, 4.1 and 4.2).
type rootCheck struct {
	gun model.GUN
	at  time.Time
	pin dialect.Pin
	// budget is what parsing keys and checking signatures is paid from; nil for no
	// limits.
	budget *dialect.Budget
}

// leaves returns the root keys of a root that carry a usable certificate for
// this repository. expiry is false for the keys of a root that was trusted
// before: its certificates may have expired since.
func (c rootCheck) leaves(f *File, expiry bool) (ring keyring, why []string) {
	ring = keyring{}
	spec := f.Delegation(model.RoleRoot)
	for _, id := range spec.KeyIDs {
		v := newVerifier(f.Key(id), c.budget)
		if err := c.leaf(v, expiry); err != nil {
			why = append(why, fmt.Sprintf("%s: %v", dialect.NameIn(Format{}, id, &f.Metadata), err))
			continue
		}
		ring[id] = v
	}
	return ring, why
}

func (c rootCheck) leaf(v *verifier, expiry bool) error {
	if v.err != nil {
		return v.err
	}
	if v.leaf == nil {
		return fmt.Errorf("it is not a certificate")
	}
	certs, err := bundle(v.text)
	if err != nil {
		return err
	}
	between := authorities(certs)
	switch leaves := len(certs) - len(between); {
	case leaves == 0:
		return errors.New("its certificate is a CA's")
	case leaves != 1 || certs[0].IsCA:
		return fmt.Errorf("its certificate must come first, and every other must be a CA's")
	}
	if cn := v.leaf.Subject.CommonName; !commonNameMatches(cn, c.gun) {
		return fmt.Errorf("its certificate is for %q", clip(cn))
	}
	if err := checkCertificate(v.leaf, c.at, expiry); err != nil {
		return err
	}
	return identified(v.text, v.leaf, between, c.at, expiry)
}

// commonNameMatches allows the exact name or a prefix with a final "*".
func commonNameMatches(cn string, gun model.GUN) bool {
	if strings.HasSuffix(cn, "*") {
		return strings.HasPrefix(string(gun), strings.TrimRight(cn, "*"))
	}
	return cn == string(gun)
}

// pinned returns those of ring that satisfy the pin.
func (c rootCheck) pinned(ring keyring) keyring {
	if c.pin.Pattern == "" {
		return ring
	}
	out := keyring{}
	for id, v := range ring {
		if allows(c.pin, v, c.at) {
			out[id] = v
		}
	}
	return out
}

// allows reports whether a pin lets a root key be trusted.
func allows(p dialect.Pin, v *verifier, at time.Time) bool {
	if p.CA == nil {
		return slices.Contains(p.Certs, v.listed)
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	pinned, err := bundle(p.CA)
	if err != nil {
		return false
	}
	for _, cert := range pinned {
		if checkCertificate(cert, at, true) == nil {
			roots.AddCert(cert)
		}
	}
	beside, _ := bundle(v.text) // it has passed as a root key
	for _, cert := range authorities(beside) {
		between.AddCert(cert)
	}
	// No key usage is given: like Notary, this asks for server authentication.
	_, err = v.leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at})
	return err == nil
}

// self checks a root by its own keys, narrowed to those the pin allows.
func (c rootCheck) self(f *File, usePin bool) *model.Problem {
	ring, why := c.leaves(f, true)
	if len(ring) == 0 {
		return problem(model.ProblemCertificate, model.RoleRoot, "root %d has no usable certificate for %s (%s)", f.Version, c.gun, strings.Join(why, "; "))
	}
	if usePin {
		if ring = c.pinned(ring); len(ring) == 0 {
			return problem(model.ProblemPin, model.RoleRoot, "root %d has none of the certificates pinned for %s", f.Version, c.pin.Pattern)
		}
	}
	a := authority{ring: ring, spec: only(*f.Delegation(model.RoleRoot), ring)}
	if t := a.count(f); !a.met(t) {
		return problem(model.ProblemThreshold, model.RoleRoot, "root %d has %s from its own usable keys; it needs %d", f.Version, model.Count(t.valid, "valid signature"), a.spec.Threshold)
	}
	return nil
}

// follows checks that next is signed by enough of the root keys of prev.
func (c rootCheck) follows(prev, next *File) *model.Problem {
	ring, _ := c.leaves(prev, false)
	a := authority{ring: ring, spec: only(*prev.Delegation(model.RoleRoot), ring)}
	if t := a.count(next); !a.met(t) {
		return problem(model.ProblemRootReplaced, model.RoleRoot,
			"root %d has %s from the keys of root %d, which was trusted before and requires %d", next.Version, model.Count(t.valid, "valid signature"), prev.Version, a.spec.Threshold)
	}
	return nil
}

// only narrows a role to the keys of ring.
func only(spec model.Delegation, ring keyring) model.Delegation {
	var ids []model.KeyID
	for _, id := range spec.KeyIDs {
		if ring[id] != nil {
			ids = append(ids, id)
		}
	}
	spec.KeyIDs = ids
	return spec
}

func problem(code model.ProblemCode, role model.RoleName, format string, args ...any) *model.Problem {
	p := &model.Problem{Code: code, Severity: model.Failure, Role: role, Text: fmt.Sprintf(format, args...)}
	if code == model.ProblemNotEmission {
		p.Remedy = "sign " + string(role) + " again with a client that writes Notary's form, before anyone else publishes"
	}
	return p
}
