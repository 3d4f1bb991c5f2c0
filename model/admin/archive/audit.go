package archive

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
)

type digest = [sha256.Size]byte

// An audit verifies every saved version of a repository by what was in force
// when it was made. The snapshots tell which root and which targets files
// belonged together; a file verifies under those, or else under any other root
// or parent that verifies itself.
type audit struct {
	*collection
	present *model.Repository
	// roots are those that verify, by version.
	roots []issuer
	// parents are the targets files that verify and delegate, by role.
	parents map[model.RoleName][]issuer
	// issuers finds roots and parents by digest.
	issuers map[digest]issuer
	// listings are the snapshots that verify, by version; listedIn finds those
	// that list a file.
	listings []listing
	listedIn map[digest][]int

	// delegators are the roles that any version delegates to a role from, verified or
	// not: they name nothing but where to look.
	delegators map[model.RoleName][]model.RoleName

	byRole       map[model.RoleName][]File
	certificates []RootCertificate
}

// An issuer says who may sign what is below it.
type issuer struct {
	dialect.Issuer
	// file is kept of roots alone: successors are verified with it.
	file *dialect.File
	// root is the version of the root under which it verifies.
	root int64
}

// A listing is what a snapshot says belongs together.
type listing struct {
	sum   digest
	files map[model.RoleName]digest
}

func newAudit(c *collection, present *model.Repository) *audit {
	return &audit{
		present:    present,
		collection: c,
		parents:    map[model.RoleName][]issuer{},
		issuers:    map[digest]issuer{},
		listedIn:   map[digest][]int{},
		delegators: map[model.RoleName][]model.RoleName{},
		byRole:     map[model.RoleName][]File{},
	}
}

// verify judges everything. Each step rests on those before it. The error is
// that the context was cancelled.
func (a *audit) verify(ctx context.Context) error {
	steps := []struct {
		role  model.RoleName
		judge func(*File, *dialect.File)
	}{
		{model.RoleRoot, a.judgeRoot},
		{model.RoleSnapshot, a.judgeSnapshot},
		{model.RoleTimestamp, a.judgeTimestamp},
	}
	for _, s := range steps {
		if err := a.each(ctx, s.role, s.judge); err != nil {
			return err
		}
	}
	return a.verifyTargets(ctx)
}

// verifyTargets judges targets and the delegations that have files: each after those that
// delegate to it, as far as any does.
func (a *audit) verifyTargets(ctx context.Context) error {
	var left []model.RoleName
	for role := range a.saved {
		if role.HoldsTargets() {
			left = append(left, role)
		}
	}
	delegated := func(role model.RoleName) bool { return len(a.delegators[role]) > 0 }
	return admin.DelegatorsFirst(left, delegated, func(role model.RoleName) error {
		return a.each(ctx, role, a.judgeTargets)
	})
}

// each judges the versions of a role, ascending.
func (a *audit) each(ctx context.Context, role model.RoleName, judge func(*File, *dialect.File)) error {
	var versions []VaultFile
	for _, files := range a.saved[role] {
		versions = append(versions, files...)
	}
	slices.SortFunc(versions, func(x, y VaultFile) int {
		return cmp.Or(cmp.Compare(x.Version, y.Version), cmp.Compare(x.Path, y.Path))
	})
	var before *dialect.File
	for _, v := range versions {
		if ctx.Err() != nil {
			return archiveStopped(ctx)
		}
		current, ok := a.current[role]
		v.Current = ok && current == v.SHA256
		file := File{VaultFile: v}
		f, raw := a.open(ctx, &file)
		if f != nil {
			if before != nil && before.Version < f.Version {
				file.Changes = dialect.Changes(a.dialect(), before.Metadata, f.Metadata)
			}
			before = f
			if text := a.dialect().Deviation(f, raw); text != "" {
				addProblem(&file, model.ProblemNotEmission, model.Warning, "%s is not in %s's form: %s", versionName(v), a.dialect().Words().Writer, text)
			}
			judge(&file, f)
			model.SortProblems(file.Problems)
		}
		a.byRole[role] = append(a.byRole[role], file)
	}
	return nil
}

// open reads and parses a saved version; the result is nil where that fails.
func (a *audit) open(ctx context.Context, file *File) (*dialect.File, []byte) {
	raw, err := a.run.vault.Load(ctx, a.gun, file.VaultFile)
	if err != nil {
		addProblem(file, model.ProblemDamaged, model.Failure, "%s cannot be read back: %v", versionName(file.VaultFile), err)
		return nil, nil
	}
	f, err := a.dialect().Parse(file.Role, raw)
	if err != nil {
		addProblem(file, model.ProblemMalformed, model.Failure, "%s is not readable: %v", versionName(file.VaultFile), err)
		return nil, nil
	}
	file.States, file.Expires = f.Version, f.Expires.UTC()
	if file.Version != 0 && f.Version != file.Version {
		addProblem(file, model.ProblemRollback, model.Failure, "the server's file for %s states version %d", versionName(file.VaultFile), f.Version)
	}
	return f, raw
}

// versionName is how a version is called in messages.
func versionName(v VaultFile) string {
	if v.Version == 0 {
		return fmt.Sprintf("a %s without a version", v.Role)
	}
	return fmt.Sprintf("version %d of %s", v.Version, v.Role)
}

func addProblem(file *File, code model.ProblemCode, severity model.Severity, format string, args ...any) {
	file.Problems = append(file.Problems, model.Problem{Code: code, Severity: severity, Role: file.Role, Text: fmt.Sprintf(format, args...)})
}

// judgeRoot verifies a root by the newest ones before it, the first by itself.
func (a *audit) judgeRoot(file *File, f *dialect.File) {
	at := a.run.service.Clock()
	self := a.dialect().Issuer(f)
	file.Signers = self.Judge(f).Signers
	a.addCertificates(f)
	var p *model.Problem
	before := a.rootsBefore(f.Version)
	if len(before) == 0 {
		if p = a.dialect().Succeeds(a.gun, at, f, f); p == nil {
			file.Root = f.Version
		}
	}
	for _, prev := range before {
		if p = a.dialect().Succeeds(a.gun, at, prev.file, f); p == nil {
			file.Root = prev.Version()
			file.Signers = prev.Judge(f).Signers
			for _, id := range self.Judge(f).Signers {
				if !slices.Contains(file.Signers, id) {
					file.Signers = append(file.Signers, id)
				}
			}
			break
		}
	}
	if p != nil {
		file.Problems = append(file.Problems, *p)
		// What the present state trusts, by a pin or on first use, is trusted
		// even where what the server gives as its past does not lead there.
		if now := a.present.Role(model.RoleRoot); now.State != model.RoleVerified || now.SHA256 != file.SHA256 {
			return
		}
	}
	i := issuer{Issuer: self, file: f, root: f.Version}
	a.roots = append(a.roots, i)
	a.issuers[file.SHA256] = i
}

// rootsBefore are the verified roots of the highest version below the given
// one. There are several where the server has replaced that version.
func (a *audit) rootsBefore(version int64) []issuer {
	var out []issuer
	for _, r := range a.roots {
		switch {
		case r.Version() >= version:
		case len(out) > 0 && out[0].Version() == r.Version():
			out = append(out, r)
		case len(out) == 0 || out[0].Version() < r.Version():
			out = []issuer{r}
		}
	}
	return out
}

func (a *audit) addCertificates(root *dialect.File) {
	for _, k := range a.dialect().Certificates(root.Metadata) {
		i := slices.IndexFunc(a.certificates, func(c RootCertificate) bool { return c.ID == k.Listed })
		if i < 0 {
			i = len(a.certificates)
			a.certificates = append(a.certificates, RootCertificate{Certificate: k.Certificate, ID: k.Listed, Key: k.Canonical, PEM: k.PEM})
		}
		if c := &a.certificates[i]; !slices.Contains(c.Roots, root.Version) {
			c.Roots = append(c.Roots, root.Version)
		}
	}
}

// judgeSnapshot verifies a snapshot under the root that it lists.
func (a *audit) judgeSnapshot(file *File, f *dialect.File) {
	l := listing{sum: file.SHA256, files: map[model.RoleName]digest{}}
	for _, m := range f.Meta {
		if len(m.Hashes.SHA256) == sha256.Size {
			l.files[m.Role] = digest(m.Hashes.SHA256)
		}
	}
	var first []issuer
	if root, ok := a.issuers[l.files[model.RoleRoot]]; ok {
		first = append(first, root)
	}
	if !a.settle(file, f, first, a.roots) {
		return
	}
	n := len(a.listings)
	a.listings = append(a.listings, l)
	a.listedIn[file.SHA256] = append(a.listedIn[file.SHA256], n)
	for _, sum := range l.files {
		a.listedIn[sum] = append(a.listedIn[sum], n)
	}
}

// judgeTimestamp verifies a timestamp under the root of the snapshot that it
// lists.
func (a *audit) judgeTimestamp(file *File, f *dialect.File) {
	var first []issuer
	for _, m := range f.Meta {
		if m.Role != model.RoleSnapshot || len(m.Hashes.SHA256) != sha256.Size {
			continue
		}
		sum := digest(m.Hashes.SHA256)
		for _, n := range a.listedIn[sum] {
			if root, ok := a.issuers[a.listings[n].files[model.RoleRoot]]; ok && a.listings[n].sum == sum {
				first = append(first, root)
			}
		}
	}
	a.settle(file, f, first, a.roots)
}

// judgeTargets verifies targets under the roots, a delegation under its delegators,
// that some snapshot lists beside it.
func (a *audit) judgeTargets(file *File, f *dialect.File) {
	for _, edge := range f.Roles {
		if !slices.Contains(a.delegators[edge.Name], f.Role) {
			a.delegators[edge.Name] = append(a.delegators[edge.Name], f.Role)
		}
	}
	from, others := []model.RoleName{model.RoleRoot}, [][]issuer{a.roots}
	if f.Role.Delegation() {
		from, others = a.delegators[f.Role], nil
		for _, delegator := range from {
			others = append(others, a.parents[delegator])
		}
	}
	var first []issuer
	for _, n := range a.listedIn[file.SHA256] {
		for _, delegator := range from {
			if i, ok := a.issuers[a.listings[n].files[delegator]]; ok {
				first = append(first, i)
			}
		}
	}
	if a.settle(file, f, first, others...) && len(f.Roles) > 0 {
		i := issuer{Issuer: a.dialect().Issuer(f), root: file.Root}
		a.issuers[file.SHA256] = i
		a.parents[f.Role] = append(a.parents[f.Role], i)
	}
}

// settle looks for an issuer under which f verifies: those that belong to it
// first, then the others, by delegator and newest first. Issuers that say the same of the
// role are asked once.
func (a *audit) settle(file *File, f *dialect.File, first []issuer, others ...[]issuer) bool {
	var failed *dialect.Verdict
	asked := map[string]bool{}
	try := func(i issuer) bool {
		terms := i.PolicyID(f.Role)
		if asked[terms] {
			return false
		}
		asked[terms] = true
		v := i.Judge(f)
		if !v.Met {
			if failed == nil {
				failed = &v
			}
			return false
		}
		file.Root, file.Signers = i.root, v.Signers
		file.Problems = append(file.Problems, v.Problems...)
		return true
	}
	if slices.ContainsFunc(first, try) {
		return true
	}
	for _, issuers := range others {
		for _, i := range slices.Backward(issuers) {
			if try(i) {
				return true
			}
		}
	}
	if failed == nil {
		addProblem(file, model.ProblemUnverified, model.Failure, "%s cannot be verified: no %s that verifies lists who may sign it", versionName(file.VaultFile), a.delegator(f.Role))
		return false
	}
	file.Signers = failed.Signers
	for _, p := range failed.Problems {
		p.Text = fmt.Sprintf("%s: %s", versionName(file.VaultFile), p.Text)
		file.Problems = append(file.Problems, p)
	}
	return false
}

// delegator names what says who may sign a role.
func (a *audit) delegator(role model.RoleName) model.RoleName {
	switch from := a.delegators[role]; {
	case !role.Delegation():
		return model.RoleRoot
	case len(from) == 0:
		return "role"
	default:
		return from[0]
	}
}

// files lists everything in the order of reports.
func (a *audit) files() []File {
	out := slices.Clone(a.byRole[model.RoleRoot])
	out = append(out, a.byRole[model.RoleTargets]...)
	var delegations []model.RoleName
	for role := range a.byRole {
		if role.Delegation() {
			delegations = append(delegations, role)
		}
	}
	slices.Sort(delegations)
	for _, role := range delegations {
		out = append(out, a.byRole[role]...)
	}
	out = append(out, a.byRole[model.RoleSnapshot]...)
	return append(out, a.byRole[model.RoleTimestamp]...)
}
