package change

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// rehearse has readers find the files of a part before they are published: one that knows
// nothing and goes from the first root to the new one, and one that knows the root of now.
// Where a server signs further files at once, there is nothing yet that they could read.
func (x *execution) rehearse(ctx context.Context, i int, files map[model.RoleName][]byte) error {
	p := &x.Plan.Parts[i]
	if len(files) == 0 || slices.ContainsFunc(p.Rewrites, func(w plan.Rewrite) bool { return w.Signer == plan.SignedByServer }) {
		return nil
	}
	look := *x.Service.Service
	look.Remote = rehearsal{Remote: x.Remote, gun: p.GUN, files: files, versions: versions(p)}
	staged := *x.Service
	staged.Service = &look
	proof, err := staged.Prove(ctx, look.Rereading(p.GUN), x.requests[i], p, files)
	if err != nil {
		return err
	}
	differs := proof.Differs
	unread, err := x.unread(ctx, i, proof.Fresh)
	if differs = append(differs, unread...); err != nil || len(differs) == 0 {
		return err
	}
	return &model.Fault{
		Kind: model.FaultUnusable, Subject: string(p.GUN), Text: "nothing was published: read as it would be, it isn't as planned: " + differs[0],
		Hint: "Check the keys of the roles that change.",
	}
}

// unread says what other clients will not read of a part, where the plan names none and they have
// no such trouble today. What was read to make the plan doesn't tell that: who trusts a newer root
// than the first passes by roots that others cannot read.
func (x *execution) unread(ctx context.Context, i int, fresh *model.Repository) ([]string, error) {
	p := &x.Plan.Parts[i]
	found := fresh.AllProblems()
	if len(worse(found, nil, p.Cautions)) == 0 {
		return nil, nil
	}
	var today []model.Problem
	if x.requests[i].Repository != nil {
		repo, err := x.OpenAs(ctx, p.GUN, nil)
		if err != nil {
			return nil, err
		}
		today = repo.AllProblems()
	}
	return worse(found, today, p.Cautions), nil
}

// worse are the problems of other clients that they do not have today, and of which no caution
// tells. Clients that stop at the root of today have seen nothing below it; where they get past
// the new one, what they find there is no news.
func worse(found, today []model.Problem, told []dialect.Caution) []string {
	have := func(in []model.Problem, role model.RoleName, least model.Severity) bool {
		return slices.ContainsFunc(in, func(p model.Problem) bool {
			return p.Code == model.ProblemClients && p.Role == role && p.Severity >= least
		})
	}
	past := have(today, model.RoleRoot, model.Warning) && !have(found, model.RoleRoot, model.Warning)
	var out []string
	for _, f := range found {
		named := slices.ContainsFunc(told, func(c dialect.Caution) bool { return c.Role == f.Role })
		if f.Code == model.ProblemClients && !named && !past && !have(today, f.Role, f.Severity) {
			out = append(out, f.Text)
		}
	}
	return out
}

// versions are those of the files that are signed here.
func versions(p *plan.Part) map[model.RoleName]int64 {
	out := map[model.RoleName]int64{}
	for _, w := range p.Rewrites {
		if w.Signer == plan.SignedHere {
			out[w.Role] = w.To
		}
	}
	return out
}

// rehearsal is a place as it will be once files of a repository are published there.
type rehearsal struct {
	port.Remote
	gun      model.GUN
	files    map[model.RoleName][]byte
	versions map[model.RoleName]int64
}

// SourceOf is where the repository is that is rehearsed.
func (r rehearsal) SourceOf(gun model.GUN) model.Source {
	if many, ok := r.Remote.(port.ManySources); ok {
		return many.SourceOf(gun)
	}
	return r.Source()
}

// Read returns a file that is to be published, or one that is there.
func (r rehearsal) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	raw, ok := r.files[ref.Role]
	if !ok || gun != r.gun || ref.Version != 0 && ref.Version != r.versions[ref.Role] {
		return r.Remote.Read(ctx, gun, ref)
	}
	if sum := sha256.Sum256(raw); ref.SHA256 != "" && ref.SHA256 != hex.EncodeToString(sum[:]) {
		return r.Remote.Read(ctx, gun, ref)
	}
	return port.File{Bytes: raw}, nil
}
