package admin_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
)

// Keys are made before anything is published, and removed after everything is proved.
func TestRetireComesLast(t *testing.T) {
	w := newWorkshop(t)
	old := w.repo.Keys[model.RoleTargets][0].ID
	change := rotation(model.RoleTargets, model.KeyNew)
	change.Retire = true
	out := w.do(change)
	want := []string{"ask for targets", "ask for some", "make targets", "note made", "note publishing", "publish", "note published", "note proved", "remove", "note retired"}
	if !slices.Equal(w.log, want) && !slices.Equal(w.log, append([]string{want[1], want[0]}, want[2:]...)) {
		t.Errorf("in this order: %v", w.log)
	}
	if _, there := w.keys[old]; there || !slices.Equal(out.Parts[0].Retired, []model.KeyID{old}) {
		t.Errorf("retired %v", out.Parts[0].Retired)
	}
}

// Where anything fails before the proof, every key is still there.
func TestNothingIsRetiredBeforeTheProof(t *testing.T) {
	for name, hurt := range map[string]func(*workshop){
		"the server refuses": func(w *workshop) { w.refuse = &model.Fault{Kind: model.FaultRefused, Text: "no", Hint: "Ask."} },
		"the connection breaks": func(w *workshop) {
			w.refuse = &model.Fault{Kind: model.FaultUnreachable, Text: "gone", Hint: "Try again."}
		},
		"the server forgets it":    func(w *workshop) { w.deaf = true },
		"somebody else publishes":  func(w *workshop) { w.refuse = &model.Fault{Kind: model.FaultStale, Text: "too late"} },
		"the user stops it before": func(w *workshop) { w.refuse = &model.Fault{Kind: model.FaultCanceled, Text: "stopped"} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			old := w.repo.Keys[model.RoleTargets][0].ID
			hurt(w)
			change := rotation(model.RoleTargets, model.KeyNew)
			change.Retire = true
			if out, err := w.try(change); err == nil || len(out.Parts[0].Retired) > 0 {
				t.Errorf("%+v, %v", out, err)
			}
			if _, there := w.keys[old]; !there || slices.Contains(w.log, "remove") {
				t.Errorf("the key that still signs was removed: %v", w.log)
			}
		})
	}
}

// A server that makes no other key is not believed.
func TestServerMakesNoNewKey(t *testing.T) {
	w := newWorkshop(t)
	w.stuck = true
	_, err := w.try(rotation(model.RoleTimestamp, model.KeyServer))
	if model.KindOf(err) != model.FaultBadData || slices.Contains(w.log, "publish") {
		t.Errorf("%v after %v", err, w.log)
	}
}

// The keys of as many earlier roots sign as is asked for, as far as one follows from
// the other and their keys are here.
func TestLegacy(t *testing.T) {
	w := newWorkshop(t)
	first := notary.CanonicalID(w.repo.Keys[model.RoleRoot][0].PublicKey)
	for range 3 {
		w.do(rotation(model.RoleRoot, model.KeyNew))
	}
	signatures := func(legacy int) int {
		t.Helper()
		change := rotation(model.RoleRoot, model.KeyNew)
		change.CosignRoots = legacy
		w.do(change)
		view := w.service.Open(t.Context(), gun)
		for _, problem := range view.Repository.AllProblems() {
			t.Errorf("%s: %s", problem.Code, problem.Text)
		}
		return len(view.Repository.Role(model.RoleRoot).Signatures)
	}
	if n := signatures(0); n != 2 {
		t.Errorf("root 5 has %d signatures, of its own key and the last", n)
	}
	if n := signatures(2); n != 4 {
		t.Errorf("root 6 has %d signatures, of its own key, the last and two before", n)
	}
	if n := signatures(-1); n != 7 {
		t.Errorf("root 7 has %d signatures, of all keys that there were", n)
	}
	delete(w.keys, first)
	if n := signatures(-1); n != 7 {
		t.Errorf("root 8 has %d signatures, without that of the first key, which is gone", n)
	}
	delete(w.repos[gun], "4.root")
	if n := signatures(-1); n != 5 {
		t.Errorf("root 9 has %d signatures, of its own key, the last and three before: root 4 is not there any more", n)
	}
}

// Where only the server signs, nothing is asked for, and nothing sent but the wish.
func TestRenewOnlyTheServers(t *testing.T) {
	w := newWorkshop(t)
	before := w.repo.Files[model.RoleSnapshot].Version
	w.do(model.Renew{Roles: []model.RoleName{model.RoleTimestamp}})
	if want := []string{"note publishing", "publish", "note published", "note proved"}; !slices.Equal(w.log, want) {
		t.Errorf("in this order: %v", w.log)
	}
	if now := w.repo.Files[model.RoleSnapshot].Version; now != before+1 {
		t.Errorf("the snapshot went from %d to %d", before, now)
	}
	w.refuse = &model.Fault{Kind: model.FaultUnreachable, Text: "gone", Hint: "Try again."}
	if out, err := w.try(model.Renew{Roles: []model.RoleName{model.RoleTimestamp}}); err == nil || out.Parts[0].Published {
		t.Errorf("a connection that broke: %+v, %v", out, err)
	}
}

// Change after change, whatever comes: each is proved, nothing stays open, and no
// passphrase is asked for twice.
func TestGeneratedLives(t *testing.T) {
	lives := uint64(12)
	if testing.Short() {
		lives = 4
	}
	for seed := range lives {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 2))
			w := newWorkshop(t)
			done := 0
			for range 12 {
				out, err := w.try(invented(r))
				if err != nil {
					if model.KindOf(err) != model.FaultUsage || model.HintOf(err) == "" || slices.Contains(w.log, "publish") {
						t.Fatalf("%v (%q) after %v", err, model.HintOf(err), w.log)
					}
					continue
				}
				done++
				for _, part := range out.Parts {
					if part.Proof == nil || !part.Proof.Holds() || len(w.open) > 0 {
						t.Errorf("%+v, %d entries are open", part.Proof, len(w.open))
					}
				}
			}
			if done < 4 {
				t.Errorf("only %d changes went through", done)
			}
		})
	}
}

func invented(r *rand.Rand) model.Change {
	roles := []model.RoleName{model.RoleRoot, model.RoleTargets, docker.Releases, "targets/alice", "targets/bob"}
	role := roles[r.IntN(len(roles))]
	switch r.IntN(7) {
	case 0:
		return model.Renew{Roles: []model.RoleName{role}}
	case 1:
		return model.Witness{Roles: []model.RoleName{role}}
	case 2:
		return model.RemoveSigner{Name: []string{"alice", "bob"}[r.IntN(2)]}
	case 3:
		return rotation([]model.RoleName{model.RoleSnapshot, model.RoleTimestamp}[r.IntN(2)], model.KeyServer)
	default:
		change := rotation(role, model.KeyNew)
		change.Retire = r.IntN(2) == 0
		return change
	}
}

// A signer whom nobody knows is rather a wrong name; one whom one of several
// repositories lacks is not.
func TestRemoveStranger(t *testing.T) {
	w := newWorkshop(t)
	other := notarytest.New("registry.example.com/acme/other", now)
	w.put(other)
	remove := func(name string, guns ...model.GUN) error {
		var asked []change.Request
		for _, g := range guns {
			asked = append(asked, change.Request{GUN: g, Changes: []model.Change{model.RemoveSigner{Name: name}, model.RemoveSigner{Name: "bob"}}})
		}
		p, err := w.service.Prepare(t.Context(), asked)
		if err == nil {
			_, err = w.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: w})
		}
		return err
	}
	if err := remove("carol", gun, other.GUN); model.KindOf(err) != model.FaultUsage || model.HintOf(err) != "The signers are alice, bob." {
		t.Errorf("carol: %v, %q", err, model.HintOf(err))
	}
	if err := remove("alice", other.GUN); model.KindOf(err) != model.FaultUsage || model.HintOf(err) != "There are no signers." {
		t.Errorf("alice of another: %v, %q", err, model.HintOf(err))
	}
	if err := remove("alice", other.GUN, gun); err != nil {
		t.Errorf("alice of one of two: %v, %q", err, model.HintOf(err))
	}
}

// A rotation that names a key which the role has already leaves that key, and takes the
// others: it is no failure that it is still found.
func TestRotateToAKeyThatIsThere(t *testing.T) {
	w := newWorkshop(t)
	old, stays := notarytest.NewKey(), notarytest.NewKey()
	w.repo.Delegate("targets/carol", 1, []string{""}, old, stays)
	w.repo.Seal(model.RoleTargets)
	w.put(w.repo)
	role := w.service.Open(t.Context(), gun).Repository.Role("targets/carol")
	w.do(model.RotateKey{
		Role: "targets/carol", Replaced: role.Keys,
		Keys: model.RoleKeys{Keys: []model.KeyChoice{{Source: model.KeyGiven, Public: stays.PublicKey}}, Threshold: 1},
	})
	if got := w.service.Open(t.Context(), gun).Repository.Role("targets/carol").Keys; !slices.Equal(got, []model.KeyID{notary.CanonicalID(stays.PublicKey)}) {
		t.Errorf("targets/carol lists %v", got)
	}
}

// A key that targets/releases lists and no signer has is removed, also where no
// repository has a signer of that name; one that is listed nowhere is rather a wrong ID.
func TestRemoveKeyWithoutSigner(t *testing.T) {
	w := newWorkshop(t)
	orphan := notarytest.NewKey()
	id := notary.CanonicalID(orphan.PublicKey)
	w.repo.Delegate("targets/dave", 1, []string{""}, orphan)
	targets := w.repo.Files[model.RoleTargets]
	targets.Roles = targets.Roles[:len(targets.Roles)-1] // dave was removed half
	released := slices.IndexFunc(targets.Roles, func(s model.Delegation) bool { return s.Name == docker.Releases })
	targets.Roles[released].KeyIDs = append(targets.Roles[released].KeyIDs, orphan.ID)
	w.repo.Seal(model.RoleTargets)
	w.put(w.repo)
	w.do(model.RemoveSigner{Keys: []model.KeyID{id}})
	if keys := w.service.Open(t.Context(), gun).Repository.Role(docker.Releases).Keys; slices.Contains(keys, id) || len(keys) != 2 {
		t.Errorf("targets/releases lists %v", keys)
	}
	_, err := w.try(model.RemoveSigner{Keys: []model.KeyID{id}})
	if model.KindOf(err) != model.FaultUsage || !strings.Contains(err.Error(), "does not list the key "+string(id)) || model.HintOf(err) == "" {
		t.Errorf("once more: %v", err)
	}
}
