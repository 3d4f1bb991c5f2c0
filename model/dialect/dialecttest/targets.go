package dialecttest

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"trustdeck/model"
)

// target is one whose hash is that of some content.
func target(name, content string) model.Target {
	sum := sha256.Sum256([]byte(content))
	return model.Target{Name: name, Length: int64(len(content)), Hashes: model.Hashes{SHA256: sum[:]}}
}

// targetsChange adds, replaces and removes targets in targets and in a signer's own role,
// which has no file at first.
func targetsChange(w *World) error {
	draft, edges, err := w.delegate(1, 1)
	if err != nil {
		return err
	}
	if err := w.Publish(draft, At); err != nil {
		return err
	}
	own, v1, v2 := edges[0].Name, w.Prefix+"v1", w.Prefix+"v2"
	if err := w.Dialect.CheckTarget(target(v1, "first")); err != nil {
		return err
	}
	if w.Dialect.CheckTarget(model.Target{}) == nil {
		return fmt.Errorf("a target of no name and no hash passes")
	}
	for _, step := range []struct {
		role    model.RoleName
		add     []model.Target
		remove  []string
		changed bool
		want    []model.Target
	}{
		{own, []model.Target{target(v2, "second"), target(v1, "first")}, nil, true, []model.Target{target(v1, "first"), target(v2, "second")}},
		{own, []model.Target{target(v1, "first")}, nil, false, []model.Target{target(v1, "first"), target(v2, "second")}},
		{own, []model.Target{target(v1, "replaced")}, nil, true, []model.Target{target(v1, "replaced"), target(v2, "second")}},
		{own, nil, []string{v1}, true, []model.Target{target(v2, "second")}},
		{own, nil, []string{v1}, false, []model.Target{target(v2, "second")}},
		{model.RoleTargets, []model.Target{target(w.Prefix+"v3", "third")}, []string{v2}, true, []model.Target{target(w.Prefix+"v3", "third")}},
	} {
		if err := w.changeTargets(step.role, step.add, step.remove, step.changed); err != nil {
			return err
		}
		if got := w.Repository.Role(step.role).Targets; !slices.EqualFunc(got, step.want, model.Target.Equal) {
			return fmt.Errorf("%s lists %+v; want %+v", step.role, got, step.want)
		}
	}
	draft = w.Dialect.Draft(GUN, w.Repository, true)
	edge, signs := draft.Delegated(edges[0].From, own)
	if _, other := draft.Delegated(edges[0].From, model.RoleName(w.Signer+"x")); !signs || !w.Dialect.Matcher(edge)(v1) || other {
		return fmt.Errorf("%s, which signs everything, does not, or a role that is not delegated does", own)
	}
	return nil
}

// changeTargets publishes changes of the targets of a role: its file, and no other of those
// that hold targets.
func (w *World) changeTargets(role model.RoleName, add []model.Target, remove []string, changed bool) error {
	draft, did := w.Dialect.Draft(GUN, w.Repository, true), false
	for _, t := range add {
		did = draft.AddTarget(role, t) || did
	}
	for _, name := range remove {
		did = draft.RemoveTarget(role, name) || did
	}
	if did != changed && len(add)+len(remove) == 1 {
		return fmt.Errorf("adding %+v to %s and removing %q: it says that this changes something: %t", add, role, remove, did)
	}
	want := with(draft, role)
	if !did {
		want = nil
	}
	if got := draft.Rewritten(); !slices.Equal(got, want) {
		return fmt.Errorf("a change of the targets of %s rewrites %q", role, got)
	}
	if !did {
		return nil
	}
	if err := w.Publish(draft, At); err != nil {
		return err
	}
	return w.Sound()
}

// signedWhereKeysAre asks in which roles a target is signed: only those of which a key is
// there, that may list it, and that can then be written.
func signedWhereKeysAre(w *World) error {
	draft, edges, err := w.delegate(1, 1)
	if err != nil {
		return err
	}
	if err := w.Publish(draft, At); err != nil {
		return err
	}
	if w.Dialect.TargetName("") == nil {
		return fmt.Errorf("people can ask for a target of no name")
	}
	if err := w.Dialect.TargetName(w.Prefix + "v1"); err != nil {
		return err
	}
	if roles := w.Dialect.SigningRoles(w.Repository, w.Prefix+"v1", func(model.KeyID) bool { return false }); len(roles) > 0 {
		return fmt.Errorf("without any key it is signed in %q", roles)
	}
	own := w.Repository.Role(edges[0].Name)
	have := func(id model.KeyID) bool { return slices.Contains(own.Keys, id) }
	roles := w.Dialect.SigningRoles(w.Repository, w.Prefix+"v1", have)
	if !slices.Contains(roles, own.Name) {
		return fmt.Errorf("with the key of %s it is signed in %q", own.Name, roles)
	}
	for _, name := range roles {
		role := w.Repository.Role(name)
		if role == nil || !role.Name.HoldsTargets() || !slices.ContainsFunc(role.Keys, have) {
			return fmt.Errorf("it is signed in %s, of which no key is there", name)
		}
		if err := w.changeTargets(name, []model.Target{target(w.Prefix+"v1", "first")}, nil, true); err != nil {
			return err
		}
	}
	return nil
}
