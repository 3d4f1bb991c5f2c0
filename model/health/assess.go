package health

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
)

// Codes of the findings that verification does not make.
const (
	// CodeSoon: a file expires within Options.Soon.
	CodeSoon = "expires-soon"
	// CodeWindow: the next version of a file is due to be signed, as the metadata says.
	CodeWindow = "signing-window-open"
	// CodeCertificate: a root certificate expires within Options.Soon or has
	// expired; no new root can then be made with it.
	CodeCertificate = "certificate-expires"
	// CodeNotReleased: a signer none of whose keys may sign targets/releases,
	// so that nothing the signer signs is pulled.
	CodeNotReleased = "signer-not-released"
	// CodeKeyNotReleased: one key of a signer may not sign targets/releases,
	// while another one may.
	CodeKeyNotReleased = "signer-key-not-released"
	// CodeReleasesOnly: a key may sign targets/releases and belongs to no
	// signer; what remains when an off-boarding stopped half way.
	CodeReleasesOnly = "releases-key-without-signer"
	// CodeGuestKey: the targets key joined a delegation, to sign in the place of its
	// signers.
	CodeGuestKey = "targets-key-in-delegation"
)

// Assess judges a repository as of its own moment.
func Assess(r *model.Repository, o Options) Assessment {
	a := Assessment{Level: OK}
	a.First, a.Expires = nextExpiry(r)
	a.Findings = append(a.Findings, fromProblems(r)...)
	a.Findings = append(a.Findings, expiring(r, o)...)
	a.Findings = append(a.Findings, opened(r)...)
	a.Findings = append(a.Findings, certificates(r, o)...)
	a.Findings = append(a.Findings, signers(r)...)
	if r.ReadOnly {
		for i := range a.Findings {
			a.Findings[i].Repair = memoryOnly(a.Findings[i].Repair)
		}
	}
	SortFindings(a.Findings)
	if len(a.Findings) > 0 {
		switch worst := a.Findings[0]; worst.Severity {
		case model.Failure:
			a.Level, a.Reason = Broken, worst.Text
		case model.Warning:
			a.Level, a.Reason = Soon, worst.Text
		case model.Notice:
		}
	}
	if r.Source.Kind == model.SourceCache && a.Level > Stale {
		a.Level, a.Reason = Stale, "this is cached data from "+model.Moment(r.Source.Read)
	}
	return a
}

// memoryOnly is a change that touches nothing of the repository, only what is remembered of
// it; nil for any other.
func memoryOnly(c model.Change) model.Change {
	switch c.(type) {
	case model.AcceptRoot, model.AcceptRollback:
		return c
	}
	return nil
}

// SortFindings sorts worst first, then by repository, and keeps the order
// among equals.
func SortFindings(f []Finding) {
	slices.SortStableFunc(f, func(a, b Finding) int {
		return cmp.Or(int(b.Severity)-int(a.Severity), strings.Compare(string(a.GUN), string(b.GUN)))
	})
}

// nextExpiry finds the role that expires first. Those that renew themselves are left out.
func nextExpiry(r *model.Repository) (first model.RoleName, at time.Time) {
	for i := range r.Roles {
		role := &r.Roles[i]
		if role.Version == 0 || role.SelfRenewing {
			continue
		}
		if first == "" || role.Expires.Before(at) {
			first, at = role.Name, role.Expires
		}
	}
	return first, at
}

func fromProblems(r *model.Repository) []Finding {
	var out []Finding
	for _, p := range r.AllProblems() {
		out = append(out, Finding{
			Code: string(p.Code), Severity: p.Severity, GUN: r.GUN, Role: p.Role,
			Text: p.Text, Remedy: cmp.Or(p.Remedy, remedy(r, p)), Repair: repair(r, p),
		})
	}
	return out
}

func expiring(r *model.Repository, o Options) []Finding {
	var out []Finding
	for i := range r.Roles {
		role := &r.Roles[i]
		if role.Version == 0 || role.Expired || o.Due(role, r.At) != Soon {
			continue
		}
		out = append(out, Finding{
			Code: CodeSoon, Severity: model.Warning, GUN: r.GUN, Role: role.Name,
			Text:   fmt.Sprintf("%s expires at %s, in %s", role.Name, model.Moment(role.Expires), days(role.Expires.Sub(r.At))),
			Remedy: renewal(r, role), Repair: renew(role),
		})
	}
	return out
}

// renew is the change that gives a role a new expiry; nil where a service signs it.
func renew(role *model.Role) model.Change {
	if role.Online {
		return nil
	}
	return model.Renew{Roles: []model.RoleName{role.Name}}
}

// opened finds the roles whose next version is due to be signed, as the metadata says.
func opened(r *model.Repository) []Finding {
	var out []Finding
	for i := range r.Roles {
		role := &r.Roles[i]
		if role.Version == 0 || role.Expired || role.SigningOpens.IsZero() || r.At.Before(role.SigningOpens) {
			continue
		}
		remedy := fmt.Sprintf("renew %s before it expires on %s: %s", role.Name, day(role.Expires), signatories(r, role))
		if role.Online {
			remedy = renewal(r, role)
		}
		out = append(out, Finding{
			Code: CodeWindow, Severity: model.Notice, GUN: r.GUN, Role: role.Name,
			Text:   fmt.Sprintf("the signing window of %s opened on %s", role.Name, day(role.SigningOpens)),
			Remedy: remedy, Repair: renew(role),
		})
	}
	return out
}

// signatories says who may sign a role, and how many of them must.
func signatories(r *model.Repository, role *model.Role) string {
	names := make([]string, len(role.Keys))
	for i, id := range role.Keys {
		names[i] = holder(r, id)
	}
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%d of %s", role.Threshold, strings.Join(names, ", "))
}

func days(d time.Duration) string {
	switch n := int(d / (24 * time.Hour)); n {
	case 0:
		return "less than a day"
	case 1:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", n)
	}
}

func certificates(r *model.Repository, o Options) []Finding {
	root := r.Role(model.RoleRoot)
	if root == nil {
		return nil
	}
	var out []Finding
	for _, id := range root.Listed {
		key, ok := r.Key(id)
		if !ok {
			continue
		}
		for i, listed := range key.ListedAs {
			if listed != id || i >= len(key.Certificates) {
				continue
			}
			if c := key.Certificates[i]; c.NotAfter.Sub(r.At) <= o.Soon {
				out = append(out, Finding{
					Code: CodeCertificate, Severity: model.Warning, GUN: r.GUN, Role: model.RoleRoot,
					Text:   fmt.Sprintf("the certificate of root key %s expires on %s", key.ID.Short(), c.NotAfter.Format("2006-01-02")),
					Remedy: "rotate the root key while this certificate is still accepted; rotating makes a new one",
					Repair: model.RotateKey{Role: model.RoleRoot},
				})
			}
		}
	}
	return out
}

// signers compares what the roles that all signers sign say of each signer.
func signers(r *model.Repository) []Finding {
	var out []Finding
	for _, name := range r.Shared {
		shared, belongs := r.Role(name), map[model.KeyID]bool{}
		if shared == nil {
			return nil
		}
		for _, s := range r.Signers {
			for _, id := range s.Keys {
				belongs[id] = true
			}
			out = append(out, unreleased(r, s, name)...)
		}
		for _, id := range shared.Keys {
			if !belongs[id] && len(belongs) > 0 {
				out = append(out, stray(r, shared, id))
			}
		}
	}
	return append(out, guests(r)...)
}

// stray is about a key of a shared role that belongs to no signer. The targets key
// gains no power there: it joined to sign in the place of signers, and may stay for as long
// as they have not signed.
func stray(r *model.Repository, shared *model.Role, id model.KeyID) Finding {
	if slices.Contains(r.Role(model.RoleTargets).Keys, id) {
		return guest(r, shared, id, model.RemoveSigner{Keys: []model.KeyID{id}})
	}
	return Finding{
		Code: CodeReleasesOnly, Severity: model.Warning, GUN: r.GUN, Role: shared.Name,
		Text:   fmt.Sprintf("key %s may sign %s and belongs to no signer", id.Short(), shared.Name),
		Remedy: fmt.Sprintf("remove the key from %s if its holder has left, or add the signer", shared.Name),
		Repair: model.RemoveSigner{Keys: []model.KeyID{id}},
	}
}

// guests finds the targets key in the roles of signers.
func guests(r *model.Repository) []Finding {
	var out []Finding
	for _, s := range r.Signers {
		for _, id := range s.Keys {
			if key, _ := r.Key(id); key.Holder != "" {
				continue // it signs for a person, who may have several roles
			}
			if len(s.Keys) > 1 && slices.Contains(r.Role(model.RoleTargets).Keys, id) {
				out = append(out, guest(r, r.Role(s.Role), id, model.RemoveSigner{Name: s.Name, Keys: []model.KeyID{id}}))
			}
		}
	}
	return out
}

// guest is about the targets key in a delegation. It can be removed once enough others
// have signed.
func guest(r *model.Repository, role *model.Role, id model.KeyID, remove model.Change) Finding {
	f := Finding{
		Code: CodeGuestKey, Severity: model.Notice, GUN: r.GUN, Role: role.Name,
		Text: fmt.Sprintf("the targets key %s may also sign %s", id.Short(), role.Name),
	}
	others := map[model.KeyID]bool{}
	for _, s := range role.Signatures {
		if s.State == model.SignatureValid && s.Key != id {
			others[s.Key] = true
		}
	}
	if len(others) < role.Threshold {
		f.Remedy = "remove it from the role once its signers have signed"
		return f
	}
	f.Remedy, f.Repair = "remove it from the role: its signers have signed", remove
	return f
}

// unreleased finds what a signer may sign in vain, because a role that all signers sign
// does not list the key.
func unreleased(r *model.Repository, s model.Signer, shared model.RoleName) []Finding {
	if len(s.Shared) == 0 {
		return []Finding{{
			Code: CodeNotReleased, Severity: model.Warning, GUN: r.GUN, Role: s.Role,
			Text:   fmt.Sprintf("signer %s has no key in %s, so clients don't pull what %s signs", s.Name, shared, s.Name),
			Remedy: fmt.Sprintf("add a key of %s to %s, or remove the signer", s.Name, shared),
			Repair: model.AddSigner{Name: s.Name},
		}}
	}
	var out []Finding
	for _, id := range s.Keys {
		if !slices.Contains(s.Shared, id) {
			out = append(out, Finding{
				Code: CodeKeyNotReleased, Severity: model.Warning, GUN: r.GUN, Role: s.Role,
				Text:   fmt.Sprintf("key %s of signer %s is not in %s, so clients don't pull what it signs", id.Short(), s.Name, shared),
				Remedy: fmt.Sprintf("add the key to %s, or remove it from %s", shared, s.Role),
				Repair: model.AddSigner{Name: s.Name},
			})
		}
	}
	return out
}
