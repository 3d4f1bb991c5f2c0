package archive

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin/archive"
	"trustdeck/model/port"
)

// repositoryMarkdown writes the report of one repository for an auditor.
func repositoryMarkdown(folder string, r archive.Repository) []byte {
	p := &page{}
	p.line("# Trust data of %s\n", md(string(r.GUN)))
	p.line("Saved from %s on %s. Expiry is judged at that moment.", md(r.Server), day(r.Read))
	p.line("File names are relative to the archive; %s there explains how to check them without trustdeck.\n", readmeName)
	verdict(p, r)
	if repo := r.View.Repository; repo != nil {
		p.known = map[model.KeyID]bool{}
		for _, k := range repo.Keys {
			p.known[k.ID] = true
		}
		whoMaySign(p, repo, r.Puller)
		tags(p, repo, r)
		keys(p, repo)
	}
	rootHistory(p, folder, r)
	versions(p, r)
	publishes(p, r.Changes)
	return p.Bytes()
}

func verdict(p *page, r archive.Repository) {
	a := r.View.Assessment
	p.line("- Verdict: **%s**%s.", a.Level, reason(a.Reason))
	if repo := r.View.Repository; repo != nil {
		p.line("- The root is trusted from: %s.", anchor(repo.Anchor))
	}
	if r.Complete {
		p.line("- Complete: every version of every role on the server is here, %d files.", len(r.Files))
	} else {
		p.line("- **Not complete**: the archive's problems list what is missing. %d files are here.", len(r.Files))
	}
	if a.First != "" {
		p.line("- Expires next: %s on %s.", md(string(a.First)), day(a.Expires))
	}
	p.heading("Findings about the current state")
	if len(a.Findings) == 0 {
		p.line("None.")
	} else {
		p.table("Severity", "Role", "Finding", "Fix", "Code")
		for _, f := range a.Findings {
			p.row(f.Severity.String(), md(string(f.Role)), md(f.Text), md(f.Remedy), md(f.Code))
		}
	}
	p.heading("Problems of the archive and of older versions")
	problems := append(slices.Clone(r.Problems), r.PastProblems()...)
	model.SortProblems(problems)
	if len(problems) == 0 {
		p.line("None.")
		return
	}
	p.table("Severity", "Role", "Problem", "Code")
	for _, problem := range problems {
		p.row(problem.Severity.String(), md(string(problem.Role)), md(problem.Text), md(string(problem.Code)))
	}
}

func anchor(a model.Anchor) string {
	text := a.Kind.String()
	if a.Source != "" {
		text += ", " + md(a.Source)
	}
	if a.Version != 0 {
		text += fmt.Sprintf(", root version %d", a.Version)
	}
	if len(a.Walked) > 1 {
		text += fmt.Sprintf(", from which root version %d was verified step by step", a.Walked[len(a.Walked)-1])
	}
	return text
}

func whoMaySign(p *page, repo *model.Repository, puller string) {
	p.heading("Who may sign")
	p.table("Role", "State", "Version", "Valid until", "Signatures needed", "Valid signatures", "Authorised keys", "For names that start with")
	for i := range repo.Roles {
		role := &repo.Roles[i]
		paths := ""
		if role.Name.Delegation() {
			paths = joined(role.Effective, func(s string) string {
				if s == "" {
					return "anything"
				}
				return md(s)
			}, "nothing")
		}
		state := role.State.String()
		if role.Expired {
			state += ", expired"
		}
		p.row(md(string(role.Name)), state, fmt.Sprint(role.Version), day(role.Expires),
			fmt.Sprint(role.Threshold), fmt.Sprint(role.Valid), joined(role.Keys, p.key, "none"), paths)
	}
	if len(repo.Signers) > 0 {
		signers(p, repo, puller)
	}
}

func signers(p *page, repo *model.Repository, puller string) {
	p.heading("Signers")
	if len(repo.Shared) == 0 {
		p.table("Signer", "Keys")
		for _, s := range repo.Signers {
			p.row(md(s.Name), joined(s.Keys, p.key, "none"))
		}
		return
	}
	shared := md(string(repo.Shared[0]))
	p.line("%s pulls what a signer signs only if %s also lists the signer's key.\n", puller, shared)
	p.table("Signer", "Keys", "Of these in "+shared)
	for _, s := range repo.Signers {
		p.row(md(s.Name), joined(s.Keys, p.key, "none"), joined(s.Shared, p.key, "none"))
	}
}

func tags(p *page, repo *model.Repository, r archive.Repository) {
	p.heading("Tags")
	if len(r.Tags) == 0 {
		p.line("None.")
		return
	}
	p.line("Valid until: the earliest expiry of the files that verify the tag. It leaves out the timestamp, which the server renews every two weeks.\n")
	p.table("Tag", "SHA-256", "Bytes", "Stated by", "Listed but not usable by", "Pulled by "+r.Puller, "Valid until")
	roleName := func(n model.RoleName) string { return md(string(n)) }
	for _, t := range r.Tags {
		p.row(md(t.Name), code(hex.EncodeToString(t.Hashes.SHA256)), fmt.Sprint(t.Length),
			joined(t.Roles, roleName, "nobody"), joined(t.Unusable, roleName, ""), yes(t.Pulled), day(validUntil(repo, t)))
	}
}

// validUntil is the first expiry among the root, the snapshot, and the role
// that vouches for the tag longest, with its parents.
func validUntil(repo *model.Repository, t model.Tag) time.Time {
	var best time.Time
	for _, name := range t.Roles {
		until := repo.Role(name).Expires
		first := func(name model.RoleName) {
			if role := repo.Role(name); role != nil && role.Expires.Before(until) {
				until = role.Expires
			}
		}
		for _, role := range repo.Path(name) {
			first(role)
		}
		first(model.RoleRoot)
		first(model.RoleSnapshot)
		if until.After(best) {
			best = until
		}
	}
	return best
}

func keys(p *page, repo *model.Repository) {
	p.heading("Keys")
	p.line("Files and commands use the key ID. Metadata lists a key in a certificate under the certificate's ID. The fingerprint is the SHA-256 of the SubjectPublicKeyInfo.\n")
	p.table("Key", "ID", "Algorithm", "Fingerprint", "Listed as", "Certificates", "May sign")
	for _, k := range repo.Keys {
		p.row(p.key(k.ID), keyCode(k.ID), md(k.Algorithm), code(k.Fingerprint()), joined(k.ListedAs, keyCode, ""),
			joined(k.Certificates, func(c model.Certificate) string {
				return fmt.Sprintf("%s, until %s, SHA-256 %s", md(c.Subject), day(c.NotAfter), code(c.Fingerprint))
			}, ""),
			joined(k.Roles, func(n model.RoleName) string { return md(string(n)) }, "nothing now"))
	}
}

func rootHistory(p *page, folder string, r archive.Repository) {
	p.heading("Root history")
	p.table("Version", "Stored by the server", "Root certificates", "Signed by", "Verifies under", "What changed")
	for i := range r.Files {
		f := &r.Files[i]
		if f.Role != model.RoleRoot {
			continue
		}
		p.row(fmt.Sprint(f.Version), day(f.Modified), joined(certificatesOf(r.Certificates, f.States), func(c archive.RootCertificate) string {
			return "SHA-256 " + code(c.Fingerprint)
		}, "none"), joined(f.Signers, p.key, "nobody"), underRoot(f), joined(f.Changes, md, ""))
	}
	if len(r.Certificates) == 0 {
		return
	}
	p.heading("Root certificates")
	p.table("SHA-256", "ID for pinning", "Key", "Subject", "Valid from", "Valid until", "File")
	for _, c := range r.Certificates {
		p.row(code(c.Fingerprint), keyCode(c.ID), p.key(c.Key), md(c.Subject), day(c.NotBefore), day(c.NotAfter),
			code(folder+"/"+certificateFile(c.ID)))
	}
}

func certificatesOf(all []archive.RootCertificate, version int64) []archive.RootCertificate {
	var out []archive.RootCertificate
	for _, c := range all {
		if slices.Contains(c.Roots, version) {
			out = append(out, c)
		}
	}
	return out
}

func underRoot(f *archive.File) string {
	switch {
	case !verified(f):
		return "**does not verify**"
	case f.Role == model.RoleRoot && f.Root == f.States:
		return "itself"
	default:
		return fmt.Sprintf("root %d", f.Root)
	}
}

func versions(p *page, r archive.Repository) {
	p.heading("All versions")
	p.line("An expired version is still evidence of what was signed. The digests of all files are in %s.\n", sumsName)
	p.table("Role", "Version", "Stored by the server", "Expires", "Signed by", "Verifies under", "What changed", "SHA-256", "File")
	for i := range r.Files {
		f := &r.Files[i]
		version := fmt.Sprint(f.Version)
		if f.Version == 0 {
			version = "not known"
		}
		if f.Current && r.View.Repository != nil && r.View.Repository.Role(f.Role) != nil {
			version += " (current)"
		}
		p.row(md(string(f.Role)), version, day(f.Modified), day(f.Expires), joined(f.Signers, p.key, "nobody"),
			underRoot(f), joined(f.Changes, md, ""), code(hex.EncodeToString(f.SHA256[:])), code(f.Path))
	}
	if len(r.Absent) == 0 {
		return
	}
	p.line("\nThe server was asked for these versions too and does not have them. A gap is normal where a version was never published.\n")
	p.table("Role", "Versions")
	for _, name := range sortedRoles(r.Absent) {
		p.row(md(string(name)), joined(r.Absent[name], func(a archive.VersionRange) string {
			if a.First == a.Last {
				return fmt.Sprint(a.First)
			}
			return fmt.Sprintf("%d to %d", a.First, a.Last)
		}, ""))
	}
}

func publishes(p *page, changes []port.Change) {
	if len(changes) == 0 {
		return
	}
	p.heading("Publishes")
	p.table("When", "What", "Timestamp version", "SHA-256 of the timestamp")
	for _, c := range changes {
		what, version := "published", fmt.Sprint(c.Version)
		if c.Deleted {
			what, version = "**deleted**", ""
		}
		p.row(day(c.Time), what, version, md(c.SHA256))
	}
}

// reason follows a verdict.
func reason(s string) string {
	if s == "" {
		return ""
	}
	return ": " + md(s)
}
