package admin_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/change"
	"trustdeck/model/health"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// A listing server shows a file by its name only where the snapshot lists it, as one with
// a database does.
type listing struct {
	*workshop
	// reads are the versions that were asked for; every has the server claim all.
	reads []int64
	every bool
}

func (l *listing) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	if ref.Version > 0 && ref.Role.Delegation() {
		l.reads = append(l.reads, ref.Version)
		if l.every {
			return port.File{Bytes: []byte("{}")}, nil
		}
	}
	listed := slices.ContainsFunc(l.repo.Files[model.RoleSnapshot].Meta, func(m model.MetaEntry) bool { return m.Role == ref.Role })
	if ref.Role.Delegation() && ref.Version == 0 && ref.SHA256 == "" && !listed {
		return port.File{}, &model.Fault{Kind: model.FaultServer, Text: "it answers 500"}
	}
	return l.workshop.Read(ctx, gun, ref)
}

// left is a workshop in which carol was removed, after she had signed a role so often.
func left(t *testing.T, versions int, hidden bool) (*listing, notarytest.Key) {
	t.Helper()
	w, carol := newWorkshop(t), notarytest.NewKey()
	w.repo.Delegate("targets/carol", 1, []string{""}, carol)
	w.repo.Tag("targets/carol", "3.0", "three")
	for range versions {
		w.repo.Seal("targets/carol")
	}
	w.repo.Drop("targets/carol", hidden)
	w.repo.Seal(model.RoleTargets)
	w.put(w.repo)
	l := &listing{workshop: w}
	w.service.Remote = l
	return l, carol
}

func adding(k notarytest.Key) model.Change {
	return model.AddSigner{Name: "carol", Keys: []model.PublicKey{k.PublicKey}}
}

// However often somebody has signed who was removed, a plan is above the last version, and
// a server is asked for few of them.
func TestLeftoverIsFound(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		for _, versions := range []int{1, 2, 3, 7, 8, 33} {
			t.Run(fmt.Sprintf("%d, hidden: %v", versions, hidden), func(t *testing.T) {
				l, carol := left(t, versions, hidden)
				l.keys[carol.ID] = carol
				p, err := l.service.Prepare(t.Context(), []change.Request{{GUN: gun, Changes: []model.Change{adding(carol)}}})
				if err != nil {
					t.Fatal(err)
				}
				i := slices.IndexFunc(p.Parts[0].Rewrites, func(r plan.Rewrite) bool { return r.Role == "targets/carol" })
				if i < 0 || p.Parts[0].Rewrites[i].From != int64(versions) || len(l.reads) > 14 {
					t.Errorf("%+v after asking for %v", p.Parts[0].Rewrites, l.reads)
				}
				out, err := l.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: l})
				if err != nil || !out.Parts[0].Proof.Holds() {
					t.Fatal(err)
				}
				if role := out.Parts[0].Proof.Fresh.Role("targets/carol"); !role.Usable() || len(role.Targets) > 0 {
					t.Errorf("%s, with %v", role.State, role.Targets)
				}
			})
		}
	}
}

// A server that claims to have everything is not asked for ever.
func TestLeftoverOfAHostileServer(t *testing.T) {
	l, carol := left(t, 1, true)
	l.every = true
	_, err := l.service.Prepare(t.Context(), []change.Request{{GUN: gun, Changes: []model.Change{adding(carol)}}})
	if model.KindOf(err) != model.FaultBadData || model.HintOf(err) == "" || len(l.reads) > 3 {
		t.Errorf("%v after %d requests", err, len(l.reads))
	}
}

// What somebody signs after the review in a role that is only just named makes the plan
// stale.
func TestLeftoverThatMoves(t *testing.T) {
	l, carol := left(t, 1, false)
	l.keys[carol.ID] = carol
	p, err := l.service.Prepare(t.Context(), []change.Request{{GUN: gun, Changes: []model.Change{adding(carol)}}})
	if err != nil {
		t.Fatal(err)
	}
	l.repo.Seal("targets/carol")
	l.put(l.repo)
	var stale *change.StalePlan
	if _, err := l.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: l}); !errors.As(err, &stale) || !strings.Contains(stale.Error(), "targets/carol") {
		t.Errorf("%v", err)
	}
}

// A role that no client finds and none can sign is seen at every look, and has a fix.
func TestDeadEnd(t *testing.T) {
	l, carol := left(t, 2, true)
	l.repo.Delegate("targets/carol", 1, []string{""}, carol)
	delete(l.repo.Files, "targets/carol")
	l.repo.Seal(model.RoleTargets)
	l.put(l.repo)
	view := l.service.Open(t.Context(), gun)
	if role := view.Repository.Role("targets/carol"); role.State != model.RoleBroken || role.Version != 2 || view.Assessment.Level != health.Broken {
		t.Fatalf("%s %d, %v", role.State, role.Version, view.Assessment.Level)
	}
	found := l.service.Doctor(t.Context(), []admin.Look{view})
	i := slices.IndexFunc(found, func(f health.Finding) bool { return f.Code == string(model.ProblemNotInSnapshot) })
	if i < 0 || found[i].JoinKey != l.repo.Keys[model.RoleTargets][0].ID {
		t.Fatalf("%+v", found)
	}
	allow := model.AllowUnsigned{Join: []model.RoleName{"targets/carol"}, JoinKey: found[i].JoinKey}
	p, err := l.service.Prepare(t.Context(), []change.Request{{GUN: gun, Changes: []model.Change{found[i].Repair, allow}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: l}); err != nil {
		t.Fatal(err)
	}
	if role := l.service.Open(t.Context(), gun).Repository.Role("targets/carol"); !role.Usable() || role.Version != 3 {
		t.Errorf("%s %d", role.State, role.Version)
	}
}

// What is published and leaves a role unusable that the plan did not name is not done.
func TestUnusableIsNotDone(t *testing.T) {
	l, _ := left(t, 1, false)
	allow := model.AllowUnsigned{Pending: []model.RoleName{"targets/carol"}}
	other := notarytest.NewKey()
	p, err := l.service.Prepare(t.Context(), []change.Request{{GUN: gun, Changes: []model.Change{adding(other), allow}}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := l.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: l})
	if err != nil || len(p.Parts[0].Pending) != 1 {
		t.Fatalf("what is named as pending: %v, %+v", err, p.Parts[0].Pending)
	}
	part := p.Parts[0]
	part.Pending = nil
	files := map[model.RoleName][]byte{}
	proof, err := l.service.Prove(t.Context(), l.service.Rereading(gun), plan.Request{Dialect: docker.Dialect{}, GUN: gun}, &part, files)
	if err != nil || proof.Holds() || !strings.Contains(strings.Join(proof.Differs, "; "), "cannot use targets/carol") {
		t.Errorf("%v, %+v (%v)", err, proof, out)
	}
}
