package admin_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

// A world is a repository on a server, looked at from one machine.
type world struct {
	*testing.T
	repo    *notarytest.Repo
	m       *memory
	service *admin.Service
	mind    *mind
	trust   *folder
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, repo: newRepo(), mind: newMind(), trust: &folder{roots: map[model.GUN][]byte{}}}
	w.m = newMemory(w.repo)
	w.service, _ = newService(w.m)
	w.service.Memories, w.service.Trust = w.mind, w.trust
	return w
}

// look looks, and wants these failures of these roles, as "root rollback", or none.
func (w *world) look(when string, want ...string) admin.Look {
	w.Helper()
	view := w.service.Open(context.Background(), gun)
	if view.Repository == nil {
		w.Fatalf("%s: %v", when, view.Fault)
	}
	var got []string
	for _, p := range view.Repository.AllProblems() {
		if p.Severity < model.Failure {
			continue
		}
		got = append(got, strings.TrimSpace(string(p.Role)+" "+string(p.Code)))
	}
	for _, code := range want {
		if !slices.Contains(got, code) {
			w.Errorf("%s: no %q in %q", when, code, got)
		}
	}
	if len(want) == 0 && len(got) > 0 {
		w.Errorf("%s: found %q in what is sound", when, got)
	}
	if broken := view.Assessment.Level == health.Broken; broken != (len(want) > 0) {
		w.Errorf("%s: level %s", when, view.Assessment.Level)
	}
	if refused := notary.Refusal(view.Repository) != nil; refused != (len(want) > 0) {
		w.Errorf("%s: refused %t", when, refused)
	}
	return view
}

// serve has the server hold the present files, and these in place of some.
func (w *world) serve(instead map[string][]byte) {
	w.m.put(w.repo)
	maps.Copy(w.m.repos[gun], instead)
	for name, raw := range instead {
		if raw == nil {
			delete(w.m.repos[gun], name)
		}
	}
}

// rotateRoot publishes root 2, which names another root key and is signed by both, and
// other keys for all roles below.
func (w *world) rotateRoot() {
	old := w.repo.Keys[model.RoleRoot][0]
	next := notarytest.Certified(notarytest.NewKey(), string(gun), now.Add(-hour), now.Add(notary.Lifetime(model.RoleRoot)))
	for _, role := range []model.RoleName{model.RoleTargets, model.RoleSnapshot, model.RoleTimestamp} {
		w.repo.Keys[role] = []notarytest.Key{notarytest.NewKey()}
	}
	w.repo.Keys[model.RoleRoot] = []notarytest.Key{next}
	w.repo.Files[model.RoleRoot].Keys = nil
	w.repo.NameKeys()
	w.repo.Keys[model.RoleRoot] = []notarytest.Key{next, old}
	w.repo.Seal(model.RoleRoot, model.RoleTargets)
	w.repo.Keys[model.RoleRoot] = []notarytest.Key{next}
	w.serve(nil)
}

const hour = time.Hour

// A server that goes back to a root that was rotated away is found out, whatever else
// vouches for that root, at every look; nothing of it is remembered, and the honest
// server is as good as before.
func TestRootRollback(t *testing.T) {
	for name, prepare := range map[string]func(w *world, old *notarytest.Repo){
		"plain": func(*world, *notarytest.Repo) {},
		"under a pin of the old root": func(w *world, old *notarytest.Repo) {
			w.service.Pins = dialect.Pins{Certs: map[string][]model.KeyID{string(gun): {old.Keys[model.RoleRoot][0].ID}}}
		},
		"under a pin of both": func(w *world, old *notarytest.Repo) {
			w.service.Pins = dialect.Pins{Certs: map[string][]model.KeyID{string(gun): {old.Keys[model.RoleRoot][0].ID, w.repo.Keys[model.RoleRoot][0].ID}}}
		},
		"beside an older root in the trust folder": func(w *world, old *notarytest.Repo) {
			w.trust.roots[gun] = old.Wire()[model.RoleRoot]
		},
		"with both": func(w *world, old *notarytest.Repo) {
			w.service.Pins = dialect.Pins{Certs: map[string][]model.KeyID{string(gun): {old.Keys[model.RoleRoot][0].ID}}}
			w.trust.roots[gun] = old.Wire()[model.RoleRoot]
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.look("before the rotation")
			old := fork(w.repo)
			w.rotateRoot()
			w.look("after the rotation")
			known := w.mind.records[gun]

			prepare(w, old)
			// What only the old keys can sign, newer than anything that was seen.
			for range 5 {
				old.Seal(model.RoleTargets)
			}
			w.m.put(old)
			w.look("the first look", "root rollback")
			w.look("the second look", "root rollback")
			if got := w.mind.records[gun]; !got.Equal(known) {
				t.Errorf("remembered of the attacker: %+v", got.Roles)
			}
			w.serve(nil)
			if name == "under a pin of the old root" || name == "with both" {
				w.look("the honest server", "root pin-mismatch") // the pin names the root of before alone
				w.service.Pins = dialect.Pins{}
			}
			w.look("the honest server")
		})
	}
}

// fork is a repository that goes its own way from here on, with the same keys.
func fork(r *notarytest.Repo) *notarytest.Repo {
	out := &notarytest.Repo{GUN: r.GUN, Now: r.Now, Files: map[model.RoleName]*notary.File{}, Keys: maps.Clone(r.Keys), Past: maps.Clone(r.Past)}
	for role, raw := range r.Wire() {
		f, err := notary.Parse(role, raw)
		if err != nil {
			panic(err)
		}
		out.Files[role] = f
	}
	return out
}

// What was seen of a role stays seen, look after look.
func TestRollbackOfRoles(t *testing.T) {
	const releases = "targets/releases"
	prepared := func(t *testing.T) *world {
		w := newWorld(t)
		w.repo.Tag(releases, "2.0", "two")
		w.repo.Seal(releases)
		w.serve(nil)
		w.look("as it was")
		return w
	}
	// older publishes an older releases in a new snapshot.
	older := func(w *world) {
		genuine := w.repo.Files[releases]
		f, err := notary.Parse(releases, w.repo.Past["1."+releases])
		if err != nil {
			w.Fatal(err)
		}
		w.repo.Files[releases] = f
		w.repo.SealSnapshot()
		w.serve(nil)
		w.repo.Files[releases] = genuine
	}
	drop := func(w *world) {
		genuine := w.repo.Files[releases]
		delete(w.repo.Files, releases)
		w.repo.SealSnapshot()
		w.serve(map[string][]byte{releases: nil})
		w.repo.Files[releases] = genuine
	}
	t.Run("a delegation, at every look", func(t *testing.T) {
		w := prepared(t)
		older(w)
		for _, when := range []string{"first", "second", "third"} {
			w.look(when, releases+" rollback")
		}
		w.repo.SealSnapshot()
		w.serve(nil)
		w.look("the honest server")
	})
	t.Run("while another role is broken", func(t *testing.T) {
		w := prepared(t)
		w.repo.Tag(releases, "3.0", "three")
		w.repo.Seal(releases)
		alice := w.repo.Files["targets/alice"]
		w.repo.Seal("targets/alice")
		notarytest.SignFile(alice, notarytest.NewKey())
		w.repo.SealSnapshot()
		w.serve(nil)
		view := w.service.Open(context.Background(), gun)
		if view.Assessment.Level != health.Broken {
			t.Fatalf("level %s", view.Assessment.Level)
		}
		if got := w.mind.records[gun].Roles[releases].Version; got != 3 {
			t.Errorf("releases 3 was seen, and %d is remembered", got)
		}
		notarytest.SignFile(alice, w.repo.Keys["targets/alice"]...)
		w.repo.SealSnapshot()
		w.serve(nil)
		w.look("mended")
	})
	t.Run("dropped from the snapshot, and listed again older", func(t *testing.T) {
		w := prepared(t)
		drop(w)
		w.look("dropped", releases+" dropped")
		w.look("still dropped", releases+" dropped")
		older(w)
		w.look("listed again", releases+" rollback")
		w.repo.SealSnapshot()
		w.serve(nil)
		w.look("the honest server")
	})
	t.Run("removed by its parent, added again, and then older", func(t *testing.T) {
		w := prepared(t)
		targets := w.repo.Files[model.RoleTargets]
		roles, genuine := targets.Roles, w.repo.Files[releases]
		targets.Roles = slices.DeleteFunc(slices.Clone(roles), func(s model.Delegation) bool { return s.Name == releases })
		delete(w.repo.Files, releases)
		w.repo.Seal(model.RoleTargets)
		w.serve(map[string][]byte{releases: nil})
		w.look("removed")
		targets.Roles = roles
		w.repo.Seal(model.RoleTargets)
		w.serve(map[string][]byte{releases: nil})
		// Who signs it must write a version above the one that the server still has.
		// Clients pass over it.
		view := w.service.Open(context.Background(), gun)
		if role := view.Repository.Role(releases); len(role.Problems) != 1 || role.Problems[0].Code != model.ProblemNotInSnapshot || notary.Refusal(view.Repository) != nil {
			t.Errorf("added again, not signed yet: %v", role.Problems)
		}
		w.repo.Files[releases] = genuine
		older(w)
		w.look("added again with the older file", releases+" rollback")
		if got := w.mind.records[gun].Roles[releases].Version; got != 2 {
			t.Errorf("releases 2 was seen, and %d is remembered", got)
		}
	})
	t.Run("other content of the same version", func(t *testing.T) {
		for _, role := range []model.RoleName{releases, model.RoleTargets} {
			w := prepared(t)
			other := fork(w.repo)
			other.Files[role].Version--
			other.Tag(role, "evil", "evil")
			other.Seal(role)
			w.m.put(other)
			w.look("first", string(role)+" equivocation")
			w.look("second", string(role)+" equivocation")
			// That there are two is true of both.
			w.repo.SealSnapshot()
			w.repo.SealSnapshot()
			w.serve(nil)
			w.look("back again", string(role)+" equivocation")
			w.repo.Seal(role)
			w.serve(nil)
			w.look("a version above both")
		}
	})
	t.Run("other signatures on the same content", func(t *testing.T) {
		w := prepared(t)
		notarytest.SignFile(w.repo.Files[releases], w.repo.Keys[releases]...) // ECDSA is not deterministic
		w.repo.SealSnapshot()
		w.serve(nil)
		w.look("signed again")
	})
	t.Run("other content of the same root", func(t *testing.T) {
		w := prepared(t)
		other := fork(w.repo)
		other.Files[model.RoleRoot].Version--
		other.Now = other.Now.Add(hour)
		other.Seal(model.RoleRoot)
		w.m.put(other)
		w.look("first", "root equivocation")
		w.look("second", "root equivocation")
		w.serve(nil)
		w.look("the honest server")
	})
}

// Nothing is remembered of a repository that is in dispute, and no first root takes
// the place of one that cannot be read.
func TestNothingIsRememberedInDispute(t *testing.T) {
	for name, prepare := range map[string]func(w *world){
		"the trust folder has a root of others":   func(w *world) { w.trust.roots[gun] = newRepo().Past["1.root"] },
		"the root of the trust folder is damaged": func(w *world) { w.trust.roots[gun] = []byte("{") },
		"it cannot be read":                       func(w *world) { w.trust.err = errors.New("permission denied") },
		"the memory is damaged": func(w *world) {
			w.mind.damage = &model.Fault{Kind: model.FaultLocal, Subject: "/state/x.memory", Text: "damaged"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			prepare(w)
			for range 2 {
				if view := w.service.Open(t.Context(), gun); view.Assessment.Level != health.Broken || notary.Refusal(view.Repository) == nil {
					t.Errorf("level %s, problems %v", view.Assessment.Level, codes(view))
				}
			}
			if len(w.mind.records) > 0 || w.mind.changes > 0 {
				t.Errorf("remembered: %+v", w.mind.records)
			}
		})
	}
}

// What an older trustdeck has left in its cache counts once, so that its successor
// forgets nothing.
func TestCacheOfAnOlderTrustdeck(t *testing.T) {
	w := newWorld(t)
	w.service.Memories = nil
	w.repo.Seal(model.RoleTargets)
	w.serve(nil)
	w.look("by the older one")
	w.service.Memories = w.mind
	w.serve(map[string][]byte{"targets": w.repo.Past["1.targets"], "snapshot": w.repo.Past["1.snapshot"], "timestamp": w.repo.Past["1.timestamp"]})
	w.look("first look with a memory", "targets rollback", "snapshot rollback", "timestamp rollback")
	if got := w.mind.records[gun].Roles["targets"].Version; got != 3 {
		t.Errorf("targets 3 was seen, and %d is remembered", got)
	}
}

// Where another trustdeck has remembered a later root while this one looked, the look
// is done again, on that root.
func TestAnotherRootMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.look("first")
	before := fork(w.repo)
	w.rotateRoot()
	other := newWorld(t)
	other.mind.records[gun] = w.mind.records[gun]
	other.m.put(w.repo)
	other.look("the other trustdeck")

	w.m.put(before)
	w.mind.meanwhile = func(m *mind) { m.records[gun] = other.mind.records[gun] }
	before.Seal(model.RoleTargets) // something new to remember
	w.m.put(before)
	w.look("meanwhile", "root rollback")
	if !w.mind.records[gun].Equal(other.mind.records[gun]) {
		t.Error("what the other has remembered is lost")
	}
}

// That nothing can be kept is said, and the look is shown.
func TestNothingCanBeKept(t *testing.T) {
	w := newWorld(t)
	w.mind.refuse = &model.Fault{Kind: model.FaultLocal, Subject: "/state", Text: "no space"}
	view := w.service.Open(t.Context(), gun)
	if got := codes(view); !slices.Equal(got, []string{string(model.ProblemMemory)}) || view.Assessment.Level != health.Soon {
		t.Errorf("level %s, problems %v", view.Assessment.Level, got)
	}
}

// A repository that the server had and has no more is not initialised as if nobody knew
// of it: what is said leads to another root of trust.
func TestVanishedRepository(t *testing.T) {
	w := newWorld(t)
	w.look("as it was")
	delete(w.m.repos, gun)
	_, err := (&change.Service{Service: w.service}).Prepare(t.Context(), []change.Request{{GUN: gun, Changes: []model.Change{model.InitRepository{}}}})
	if model.KindOf(err) != model.FaultNotFound || !strings.Contains(err.Error(), "no longer has trust data for it") || !strings.Contains(model.HintOf(err), "trustdeck accept-root "+string(gun)) {
		t.Errorf("%v (%s)", err, model.HintOf(err))
	}
}
