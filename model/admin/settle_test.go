package admin_test

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
)

// proposeRoot proposes, and wants it to be in dispute.
func (w *world) proposeRoot() *admin.RootProposal {
	w.Helper()
	p, err := w.service.ProposeRoot(w.Context(), gun)
	if err != nil || !p.Disputed {
		w.Fatalf("%+v, %v", p, err)
	}
	return p
}

// A root that does not descend from what is known is accepted once, wherever else its
// contradictions are kept, and what was seen below it counts anew.
func TestAcceptRoot(t *testing.T) {
	w := newWorld(t)
	w.trust.roots[gun] = w.repo.Wire()[model.RoleRoot]
	w.repo.Seal(model.RoleTargets)
	w.serve(nil)
	w.look("before")
	if p, err := w.service.ProposeRoot(t.Context(), gun); err != nil || p.Disputed {
		t.Fatalf("nothing is in dispute: %+v, %v", p, err)
	}
	before := w.repo
	w.repo = newRepo()
	w.m.put(w.repo)
	w.look("made anew", "root root-replaced")

	p := w.proposeRoot()
	if !p.Forgets || len(p.Known) != 2 || p.Known[0].Problem == nil || p.Known[1].Problem == nil {
		t.Errorf("known: %+v", p.Known)
	}
	key := w.repo.Keys[model.RoleRoot][0]
	for name, wrong := range map[string]string{"none": "", "a prefix": string(key.ID[:20]), "that of before": string(before.Keys[model.RoleRoot][0].ID)} {
		if err := w.service.AcceptRoot(t.Context(), p, wrong); model.KindOf(err) != model.FaultUsage {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.look("not accepted", "root root-replaced")
	if err := w.service.AcceptRoot(t.Context(), p, string(notary.CanonicalID(key.PublicKey))); err != nil {
		t.Fatal(err)
	}
	w.look("accepted")
	if r := w.mind.records[gun]; r.Roles[model.RoleTargets].Version != w.repo.Files[model.RoleTargets].Version || len(r.Superseded) != 1 || len(r.Settled) != 1 {
		t.Errorf("remembered: %+v", r)
	}
	w.m.put(before)
	w.look("back to the old one", "root root-replaced")
}

// Where only the trust folder contradicts, what is remembered of the roles stays.
func TestAcceptRootBesideAnotherInTheTrustFolder(t *testing.T) {
	w := newWorld(t)
	w.repo.Seal(model.RoleTargets)
	w.serve(nil)
	w.look("before")
	w.trust.roots[gun] = newRepo().Past["1.root"]
	w.look("another one in the trust folder", "anchors-disagree")
	p := w.proposeRoot()
	if p.Forgets {
		t.Error("what is remembered would be given up")
	}
	if err := w.service.AcceptRoot(t.Context(), p, string(w.repo.Keys[model.RoleRoot][0].ID)); err != nil {
		t.Fatal(err)
	}
	w.look("accepted")
	w.serve(map[string][]byte{"targets": w.repo.Past["1.targets"], "snapshot": w.repo.Past["1.snapshot"], "timestamp": w.repo.Past["1.timestamp"]})
	w.look("older", "targets rollback")
}

// What cannot be accepted is refused by name, with the way out, and nothing changes.
func TestRootsThatAreNotAccepted(t *testing.T) {
	for name, row := range map[string]struct {
		spoil func(w *world)
		want  string
	}{
		"a pin that does not allow it": {func(w *world) {
			w.service.Pins = dialect.Pins{Certs: map[string][]model.KeyID{string(gun): {notarytest.NewKey().ID}}}
		}, "the pin " + string(gun) + " does not allow this root"},
		"targets by somebody else": {func(w *world) {
			notarytest.SignFile(w.repo.Files[model.RoleTargets], notarytest.NewKey())
			w.repo.SealSnapshot()
			w.m.put(w.repo)
		}, "doesn't verify even on its own"},
		"a damaged root in the trust folder": {func(w *world) { w.trust.roots[gun] = []byte("{") }, "is damaged"},
		"an archive":                         {func(w *world) { w.service.Memories = nil }, "nothing is recorded"},
		"a server that does not answer": {func(w *world) {
			w.m.down = &model.Fault{Kind: model.FaultUnreachable, Text: "down", Hint: "wait"}
		}, "down"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.look("before")
			w.repo = newRepo()
			w.m.put(w.repo)
			row.spoil(w)
			known := w.mind.records[gun]
			if _, err := w.service.ProposeRoot(t.Context(), gun); err == nil || !strings.Contains(err.Error(), row.want) || model.HintOf(err) == "" {
				t.Errorf("%v (%s)", err, model.HintOf(err))
			}
			if !w.mind.records[gun].Equal(known) {
				t.Error("what is remembered changed")
			}
		})
	}
}

// A memory that cannot be read is replaced by what is accepted.
func TestAcceptRootOverADamagedMemory(t *testing.T) {
	w := newWorld(t)
	w.look("before")
	w.mind.damage = &model.Fault{Kind: model.FaultLocal, Subject: "/state/x.memory", Text: "damaged"}
	w.look("damaged", "memory")
	p := w.proposeRoot()
	if err := w.service.AcceptRoot(t.Context(), p, string(w.repo.Keys[model.RoleRoot][0].ID)); err != nil {
		t.Fatal(err)
	}
	w.look("accepted")
}

// What changed after it was reviewed is not accepted.
func TestAcceptWhatMovedMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.look("before")
	w.m.put(newRepo())
	fingerprint := func(p *admin.RootProposal) string { return string(p.Repository.Role(model.RoleRoot).Listed[0]) }
	first, second := w.proposeRoot(), w.proposeRoot()
	if err := w.service.AcceptRoot(t.Context(), first, fingerprint(first)); err != nil {
		t.Fatal(err)
	}
	if err := w.service.AcceptRoot(t.Context(), second, fingerprint(second)); model.KindOf(err) != model.FaultStale {
		t.Errorf("%v", err)
	}
}

func TestAcceptRollback(t *testing.T) {
	const releases = docker.Releases
	w := newWorld(t)
	w.repo.Tag(releases, "2.0", "two")
	w.repo.Seal(releases)
	w.serve(nil)
	w.look("as it was")
	if p, err := w.service.ProposeRollback(t.Context(), gun); err != nil || len(p.Roles) > 0 || !slices.Contains(p.Known, releases) {
		t.Fatalf("nothing is in dispute: %+v, %v", p, err)
	}
	genuine := w.repo.Files[releases]
	older, err := notary.Parse(releases, w.repo.Past["1."+string(releases)])
	if err != nil {
		t.Fatal(err)
	}
	w.repo.Files[releases] = older
	w.repo.SealSnapshot()
	w.serve(nil)
	w.look("older", "targets/releases rollback")

	p, err := w.service.ProposeRollback(t.Context(), gun)
	if err != nil || len(p.Roles) != 1 {
		t.Fatalf("%+v, %v", p, err)
	}
	if r := p.Roles[0]; r.Role != releases || r.Was.Version != 2 || r.Version != 1 || r.Now.Version != 1 || r.Refused != "" || len(r.Signers) != 1 {
		t.Errorf("%+v", r)
	}
	if err := w.service.AcceptRollback(t.Context(), p, []model.RoleName{model.RoleTargets}); model.KindOf(err) != model.FaultUsage {
		t.Errorf("a role that is in no dispute: %v", err)
	}
	if err := w.service.AcceptRollback(t.Context(), p, []model.RoleName{releases}); err != nil {
		t.Fatal(err)
	}
	w.look("accepted")
	if err := w.service.AcceptRollback(t.Context(), p, []model.RoleName{releases}); model.KindOf(err) != model.FaultStale {
		t.Errorf("twice: %v", err)
	}
	w.repo.Files[releases] = genuine
	w.repo.SealSnapshot()
	w.serve(nil)
	w.look("a later version")
	w.repo.Files[releases] = older
	w.repo.SealSnapshot()
	w.serve(nil)
	w.look("older again", "targets/releases rollback")

	w.m.put(newRepo())
	if _, err := w.service.ProposeRollback(t.Context(), gun); err == nil || !strings.Contains(model.HintOf(err), "trustdeck accept-root "+string(gun)) {
		t.Errorf("below a root in dispute: %v", err)
	}
}
