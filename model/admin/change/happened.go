package change

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// history finds out what became of one request of a run, from the repository itself. Of
// the journal it takes what was asked, of which files, and the hashes of what was sent:
// those only lead to files of the server, and what the files say is what counts.
type history struct {
	*admin.Service
	request plan.SavedRequest
	// sent are the SHA-256 of what was sent, in hexadecimal, by role.
	sent map[model.RoleName]string
}

// happened reports whether the change was published: whether the files that were sent
// are those that follow the ones of the plan, and each change is made in them. Of a
// change for which nothing is sent that cannot be said, and it may be made again.
func (h *history) happened(ctx context.Context) (bool, error) {
	if len(h.sent) == 0 {
		return false, nil
	}
	after := map[model.RoleName]*dialect.File{}
	for role, sum := range h.sent {
		f, err := h.file(ctx, role, sum)
		if err != nil || f == nil {
			return false, err
		}
		if f.Version != h.base(role).Version+1 {
			return false, nil
		}
		after[role] = f
	}
	if made, err := h.targetsMade(ctx, after); err != nil || !made {
		return false, err
	}
	for _, change := range h.request.Changes {
		made, err := h.made(ctx, change, after)
		if err != nil || !made {
			return false, err
		}
	}
	return true, nil
}

// file reads a file of the repository by its hash; nil where there is none.
func (h *history) file(ctx context.Context, role model.RoleName, sum string) (*dialect.File, error) {
	if len(sum) != hex.EncodedLen(sha256.Size) {
		return nil, nil
	}
	f, err := h.Remote.Read(ctx, h.request.GUN, port.Ref{Role: role, SHA256: sum, Limit: h.DialectOf(h.request.GUN).Limit(role)})
	if model.KindOf(err) == model.FaultNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if is := sha256.Sum256(f.Bytes); hex.EncodeToString(is[:]) != sum {
		return nil, nil
	}
	parsed, err := h.DialectOf(h.request.GUN).Parse(role, f.Bytes)
	if err != nil {
		return nil, nil //nolint:nilerr // a file that is not readable proves nothing
	}
	return parsed, nil
}

// base is the file of a role that the plan was computed from; without a version where
// there was none.
func (h *history) base(role model.RoleName) plan.BaseFile {
	for _, f := range h.request.Base {
		if f.Role == role {
			return f
		}
	}
	return plan.BaseFile{}
}

// made reports whether a change is made in the files that were sent.
func (h *history) made(ctx context.Context, change model.Change, after map[model.RoleName]*dialect.File) (bool, error) {
	switch c := change.(type) {
	case model.InitRepository:
		return after[model.RoleRoot] != nil && after[model.RoleTargets] != nil, nil
	case model.AddSigner:
		edges, err := h.DialectOf(h.request.GUN).SignerEdges(c.Name)
		for _, edge := range edges {
			for _, k := range c.Keys {
				if !slices.Contains(listedIn(h.DialectOf(h.request.GUN), after[edge.From], edge.Name), h.DialectOf(h.request.GUN).CanonicalID(k)) {
					return false, nil
				}
			}
		}
		return err == nil, nil //nolint:nilerr // what cannot be a signer was not made one
	case model.RemoveSigner:
		return h.removed(c, after), nil
	case model.RotateKey:
		carrier := lister(after, c.Role)
		before, err := h.delegator(ctx, c.Role)
		gone := h.replaced(before, c)
		left := listedIn(h.DialectOf(h.request.GUN), carrier, c.Role)
		return carrier != nil && len(left) > 0 && !slices.ContainsFunc(gone, func(id model.KeyID) bool { return slices.Contains(left, id) }), err
	case model.Renew:
		return h.allOf(c.Roles, after), nil
	case model.Witness:
		return h.allOf(c.Roles, after), nil
	case model.AddTarget, model.RemoveTarget:
		return true, nil // targetsMade looks at all of them together
	case model.AllowUnsigned, model.Unstage:
		return true, nil // it is about the others, and makes nothing itself
	case model.AddDelegation:
		return h.made(ctx, model.EditDelegation{Role: c.Role, From: c.From, Keys: c.Keys, Paths: c.Paths, Threshold: c.Threshold}, after)
	case model.EditDelegation:
		return h.edged(c.Role, c.From, after, func(edge model.Delegation, ids []model.KeyID) bool {
			return h.has(edge, ids, c.Keys, c.Paths) && (c.Threshold == 0 || edge.Threshold == int64(c.Threshold)) &&
				!slices.ContainsFunc(c.RemoveKeys, func(id model.KeyID) bool { return slices.Contains(ids, id) }) &&
				!slices.ContainsFunc(c.RemovePaths, func(path string) bool { return slices.Contains(edge.Paths, path) })
		}), nil
	case model.RemoveDelegation:
		return h.undelegated(ctx, c, after)
	case model.SetThreshold:
		return h.made(ctx, model.EditDelegation{Role: c.Role, From: c.From, Keys: plan.Given([]model.Change{c}), Threshold: c.Threshold}, after)
	default:
		return false, nil
	}
}

// targetsMade reports whether the files list what the changes add and not what they remove:
// of each name, what the last of them says. A file that was not sent must have been so
// before.
func (h *history) targetsMade(ctx context.Context, after map[model.RoleName]*dialect.File) (bool, error) {
	type entry struct {
		role model.RoleName
		name string
	}
	want := map[entry]*model.Target{}
	for _, change := range h.request.Changes {
		switch c := change.(type) {
		case model.AddTarget:
			t := c.Target()
			want[entry{c.Role, c.Name}] = &t
		case model.RemoveTarget:
			want[entry{c.Role, c.Name}] = nil
		}
	}
	before := map[model.RoleName]*dialect.File{}
	for e, t := range want {
		f := after[e.role]
		if _, read := before[e.role]; f == nil && !read {
			var err error
			if before[e.role], err = h.file(ctx, e.role, h.base(e.role).SHA256); err != nil {
				return false, err
			}
		}
		if f == nil {
			f = before[e.role]
		}
		if !says(f, e.name, t) {
			return false, nil
		}
	}
	return true, nil
}

// says reports whether a file, nil where there is none, lists a target of a name as it
// should; nil is not at all.
func says(f *dialect.File, name string, want *model.Target) bool {
	if f == nil {
		return want == nil
	}
	i := slices.IndexFunc(f.Targets, func(t model.Target) bool { return t.Name == name })
	if want == nil || i < 0 {
		return want == nil && i < 0
	}
	return f.Targets[i].Equal(*want)
}

// removed reports whether a signer, or those keys of one, are no longer listed.
func (h *history) removed(c model.RemoveSigner, after map[model.RoleName]*dialect.File) bool {
	for _, edge := range removedFrom(h.DialectOf(h.request.GUN), c) {
		if after[edge.From] == nil {
			return false
		}
		left := listedIn(h.DialectOf(h.request.GUN), after[edge.From], edge.Name)
		if len(c.Keys) == 0 && len(left) > 0 || slices.ContainsFunc(c.Keys, func(id model.KeyID) bool { return slices.Contains(left, id) }) {
			return false
		}
	}
	return true
}

// edged reports whether a file that was sent delegates to a role as holds tells, which is
// given the canonical IDs of the keys.
func (h *history) edged(role, from model.RoleName, after map[model.RoleName]*dialect.File, holds func(edge model.Delegation, ids []model.KeyID) bool) bool {
	carrier := lister(after, role)
	if from != "" {
		carrier = after[from]
	}
	if carrier == nil || carrier.Delegation(role) == nil {
		return false
	}
	return holds(*carrier.Delegation(role), listedIn(h.DialectOf(h.request.GUN), carrier, role))
}

// has reports whether a delegation has keys and paths.
func (h *history) has(edge model.Delegation, ids []model.KeyID, keys []model.PublicKey, paths []string) bool {
	return !slices.ContainsFunc(keys, func(k model.PublicKey) bool {
		return !slices.Contains(ids, h.DialectOf(h.request.GUN).CanonicalID(k))
	}) && !slices.ContainsFunc(paths, func(path string) bool { return !slices.Contains(edge.Paths, path) })
}

// undelegated reports whether the file that delegated to a role was sent without it.
func (h *history) undelegated(ctx context.Context, c model.RemoveDelegation, after map[model.RoleName]*dialect.File) (bool, error) {
	from := c.From
	if from == "" {
		before, err := h.delegator(ctx, c.Role)
		if err != nil {
			return false, err
		}
		from = before.Role
	}
	return after[from] != nil && after[from].Delegation(c.Role) == nil, nil
}

// removedFrom are the delegations that a removal is about first of all: that to the
// signer's own role, or those to the roles that all signers sign.
func removedFrom(d dialect.Conventions, c model.RemoveSigner) []model.Delegation {
	if c.Name == "" {
		return d.Shared()
	}
	edges, err := d.SignerEdges(c.Name)
	if err != nil {
		return nil
	}
	return edges[:1]
}

// allOf reports whether every one of some roles was sent that is not the server's.
func (h *history) allOf(roles []model.RoleName, after map[model.RoleName]*dialect.File) bool {
	return !slices.ContainsFunc(roles, func(role model.RoleName) bool {
		return after[role] == nil && role != model.RoleSnapshot && !slices.Contains(h.DialectOf(h.request.GUN).Online(), role)
	})
}

// lister is the file that says who may sign a role; nil where none does.
func lister(files map[model.RoleName]*dialect.File, role model.RoleName) *dialect.File {
	for _, from := range slices.Sorted(maps.Keys(files)) {
		if files[from].Delegation(role) != nil {
			return files[from]
		}
	}
	return nil
}

// delegator is the file by which the plan knew who may sign a role.
func (h *history) delegator(ctx context.Context, role model.RoleName) (*dialect.File, error) {
	missing := "file"
	for _, base := range h.request.Base {
		if role.TopLevel() != (base.Role == model.RoleRoot) || role.Delegation() && !base.Role.HoldsTargets() {
			continue
		}
		f, err := h.file(ctx, base.Role, base.SHA256)
		switch {
		case err != nil:
			return nil, err
		case f == nil:
			missing = string(base.Role)
		case f.Delegation(role) != nil:
			return f, nil
		}
	}
	return nil, &model.Fault{
		Kind: model.FaultBadData, Subject: string(h.request.GUN), Text: "the server no longer has the " + missing + " that the change was planned on",
		Hint: "Check the repository with: trustdeck doctor. To leave everything unchanged, give --dismiss.",
	}
}

// listedIn are the canonical IDs of the keys that a file lists for a role.
func listedIn(keys dialect.Keys, f *dialect.File, role model.RoleName) []model.KeyID {
	out, _ := bothIDs(keys, f, role)
	return out
}

// bothIDs are the canonical IDs of those keys, and the IDs under which they are listed.
func bothIDs(keys dialect.Keys, f *dialect.File, role model.RoleName) (canonical, listed []model.KeyID) {
	if f == nil || f.Delegation(role) == nil {
		return nil, nil
	}
	for _, k := range f.Keys {
		if slices.Contains(f.Delegation(role).KeyIDs, k.ID) {
			canonical, listed = append(canonical, keys.CanonicalID(k)), append(listed, k.ID)
		}
	}
	return canonical, listed
}

// retire are the keys that the changes were to remove from the machine that has them, and the
// repository as it listed them.
func (h *history) retire(ctx context.Context) ([]model.KeyID, *model.Repository, error) {
	var out []model.KeyID
	listed := &model.Repository{GUN: h.request.GUN}
	for _, change := range h.request.Changes {
		rotate, ok := change.(model.RotateKey)
		if !ok || !rotate.Retire {
			continue
		}
		before, err := h.delegator(ctx, rotate.Role)
		if err != nil {
			return nil, nil, err
		}
		out = append(out, h.replaced(before, rotate)...)
		for _, k := range before.Keys {
			listed.Keys = append(listed.Keys, h.DialectOf(h.request.GUN).Describe(k))
		}
	}
	return out, listed, nil
}

// replaced are the keys that a rotation takes a role from, by the file that the plan
// was computed from.
func (h *history) replaced(before *dialect.File, r model.RotateKey) []model.KeyID {
	if before == nil {
		return nil
	}
	role := model.Role{Name: r.Role}
	role.Keys, role.Listed = bothIDs(h.DialectOf(h.request.GUN), before, r.Role)
	return replaced(r, &model.Repository{Roles: []model.Role{role}})
}
