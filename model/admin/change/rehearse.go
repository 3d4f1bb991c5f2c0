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
	refused := slices.DeleteFunc(proof.Fresh.AllProblems(), func(found model.Problem) bool {
		return found.Code != model.ProblemClients || expected(found, x.requests[i].Repository, p)
	})
	if len(refused) > 0 {
		now, err := x.Service.Service.Rereading(p.GUN).OpenAs(ctx, nil)
		if err != nil {
			return err
		}
		for _, found := range refused {
			if !expected(found, now, p) {
				differs = append(differs, found.Text)
			}
		}
	}
	if len(differs) == 0 {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultUnusable, Subject: string(p.GUN), Text: "nothing was published: read as it would be, it isn't as planned: " + differs[0],
		Hint: "Check the keys of the roles that change.",
	}
}

// expected reports whether clients that differ did so before, or are named in the plan. Those at
// an earlier root than the one of now are seen only from the first root on.
func expected(found model.Problem, before *model.Repository, p *plan.Part) bool {
	if slices.ContainsFunc(p.Cautions, func(c dialect.Caution) bool { return c.Role == found.Role }) {
		return true
	}
	return before != nil && slices.ContainsFunc(before.AllProblems(), func(was model.Problem) bool {
		return was.Code == found.Code && was.Role == found.Role
	})
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
