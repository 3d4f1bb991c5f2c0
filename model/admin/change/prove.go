package change

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
)

// Proof is what readers found who had not taken part in a change.
type Proof struct {
	// Fresh is the repository as a client sees it that knows nothing.
	Fresh *model.Repository
	// Known is the repository as a client sees it that trusted the root from
	// before; nil where there was none.
	Known *model.Repository
	// Older are the versions of earlier roots whose clients have read it too, the last one first.
	// They are tried only where signatures were collected.
	Older []int64
	// Overtaken are roles that somebody else has published again since; what was
	// sent is there, as an earlier version.
	Overtaken []model.RoleName
	// Differs says where that is not what the plan promised.
	Differs []string
}

// Holds reports whether everything reads back as planned.
func (p *Proof) Holds() bool { return len(p.Differs) == 0 }

// Prove downloads everything of a repository from the server, verifies it as a client
// that knows nothing and as one that trusts the old root, and compares it with the plan and
// with the files that were sent.
func (d *Service) Prove(ctx context.Context, server *admin.Rereading, before plan.Request, p *plan.Part, files map[model.RoleName][]byte) (*Proof, error) {
	stored, err := d.stored(ctx, server, sums(files))
	if err != nil {
		return nil, err
	}
	out := &Proof{}
	if !stored && len(files) > 0 {
		out.Differs = append(out.Differs, "the server does not have all files that were sent")
	}
	if out.Fresh, err = server.OpenAs(ctx, nil); err != nil {
		return nil, err
	}
	out.compare("a new client", out.Fresh, p, files)
	out.checkRevoked("a new client", before, out.Fresh)
	out.usable("a new client", out.Fresh, before, p)
	if before.Repository == nil {
		return out, nil
	}
	// A client that has a root keeps it where others only sign it as well.
	keeps := plan.Countersigns(before.Changes) && before.Repository.Role(model.RoleRoot).State == model.RoleVerified
	if root := trustedRoot(before.Repository); root != nil && !keeps {
		if out.Known, err = server.OpenAs(ctx, root); err != nil {
			return nil, err
		}
		out.compare("a client that knew the root", out.Known, p, files)
		out.checkRevoked("a client that knew the root", before, out.Known)
		out.usable("a client that knew the root", out.Known, before, p)
	}
	return out, nil
}

// trustedRoot is the root that clients have; nil where none was read.
func trustedRoot(r *model.Repository) []byte {
	switch root := r.Role(model.RoleRoot); {
	case root == nil:
		return nil
	case root.State != model.RoleVerified && root.Replaces != nil:
		return root.Replaces
	default:
		return root.Raw
	}
}

func (p *Proof) compare(who string, r *model.Repository, part *plan.Part, files map[model.RoleName][]byte) {
	differs := func(format string, args ...any) {
		p.Differs = append(p.Differs, who+" "+fmt.Sprintf(format, args...))
	}
	for _, w := range part.Rewrites {
		role := r.Role(w.Role)
		switch {
		case role == nil || role.Raw == nil:
			differs("doesn't find %s", w.Role)
		case !role.Usable() && w.Signer != plan.SignedByRobot && !waits(part, w.Role):
			differs("cannot use %s: %s", w.Role, unusable(role))
		case w.Signer == plan.SignedHere && role.Version > w.To:
			if !slices.Contains(p.Overtaken, w.Role) {
				p.Overtaken = append(p.Overtaken, w.Role)
			}
		case w.Signer == plan.SignedHere && !bytes.Equal(role.Raw, files[w.Role]):
			differs("finds a different %s from the one sent (version %d, SHA-256 %s)", w.Role, role.Version, hex.EncodeToString(role.SHA256[:]))
		case w.Signer == plan.SignedByServer && role.Version < w.To:
			differs("finds %s %d, but the server should have signed %d", w.Role, role.Version, w.To)
		}
	}
	for _, problem := range r.Problems {
		if problem.Severity == model.Failure {
			differs("finds this: %s", problem.Text)
		}
	}
}

// usable checks that every role can be used, but for those that the plan names as pending, and
// those that wait for signatures beside one that was countersigned. A delegation that has no
// file yet is as good as usable.
func (p *Proof) usable(who string, r *model.Repository, before plan.Request, part *plan.Part) {
	asked := func(name model.RoleName) bool {
		if !plan.Countersigns(before.Changes) {
			return false
		}
		was := before.Repository.Role(name)
		return was != nil && !was.Usable()
	}
	for i := range r.Roles {
		role := &r.Roles[i]
		rewritten := slices.ContainsFunc(part.Rewrites, func(w plan.Rewrite) bool { return w.Role == role.Name })
		if !role.Usable() && role.State != model.RoleUnpublished && !rewritten && !waits(part, role.Name) && !asked(role.Name) {
			p.Differs = append(p.Differs, fmt.Sprintf("%s cannot use %s: %s", who, role.Name, unusable(role)))
		}
	}
}

// waits reports whether a role is to be signed by others once the part is applied.
func waits(part *plan.Part, role model.RoleName) bool {
	return slices.ContainsFunc(part.Pending, func(w plan.Pending) bool { return w.Role == role })
}

// unusable says why a role cannot be used.
func unusable(role *model.Role) string {
	if len(role.Problems) > 0 {
		return role.Problems[0].Text
	}
	return "it is " + role.State.String()
}
