package plan_test

import (
	"crypto"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// tufWorld is a repository of TUF 1.0: "night watch" is delegated to by targets, "vault" by
// targets and by "night watch".
func tufWorld(t *testing.T) *dialecttest.World {
	t.Helper()
	w, err := dialecttest.NewWorld(tuftest.Subject(tuf.Dialect{}))
	if err != nil {
		t.Fatal(err)
	}
	err = w.Grant(
		dialecttest.At,
		model.Delegation{From: model.RoleTargets, Name: "night watch", Threshold: 1, Paths: []string{"night/*"}},
		model.Delegation{From: model.RoleTargets, Name: "vault", Threshold: 1, Paths: []string{"gold/*"}},
		model.Delegation{From: "night watch", Name: "vault", Threshold: 1, Paths: []string{"night/*"}, Terminating: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Every change is planned, signed, published and found again in TUF 1.0, where administrators
// sign all files, a delegation never is without one, and a new root asks for no snapshot.
func TestPlansOfTUF(t *testing.T) {
	t.Parallel()
	keys := func(n, threshold int) model.RoleKeys {
		out := model.RoleKeys{Threshold: threshold}
		for range n {
			out.Keys = append(out.Keys, model.KeyChoice{Source: model.KeyNew})
		}
		return out
	}
	known := func(w *dialecttest.World, role model.RoleName) []model.PublicKey {
		key, err := w.NewKey(role)
		if err != nil {
			t.Fatal(err)
		}
		w.Keys[role] = append(w.Keys[role], key)
		return []model.PublicKey{key.Listed}
	}
	for name, c := range map[string]struct {
		change   func(*dialecttest.World) model.Change
		rewrites string
		holds    func(*model.Repository) bool
	}{
		"a signer is added": {
			func(w *dialecttest.World) model.Change {
				return model.AddSigner{Name: "day watch", Keys: known(w, "day watch")}
			}, "targets day watch snapshot timestamp",
			func(r *model.Repository) bool { return len(r.Role("day watch").Targets) == 0 && len(r.Signers) == 3 },
		},
		"a signer is removed": {
			func(*dialecttest.World) model.Change { return model.RemoveSigner{Name: "night watch"} }, "targets snapshot timestamp",
			func(r *model.Repository) bool {
				return r.Role("night watch") == nil && len(r.Role("vault").Parents) == 1 && lists(r, "night watch")
			},
		},
		"root gets two of three new keys": {
			func(*dialecttest.World) model.Change {
				return model.RotateKey{Role: model.RoleRoot, Keys: keys(3, 2)}
			}, "root",
			func(r *model.Repository) bool {
				root := r.Role(model.RoleRoot)
				return root.Version == 2 && len(root.Keys) == 3 && root.Threshold == 2
			},
		},
		"targets gets another key": {
			func(*dialecttest.World) model.Change {
				return model.RotateKey{Role: model.RoleTargets, Keys: keys(1, 1)}
			}, "root targets snapshot timestamp",
			func(r *model.Repository) bool { return r.Role(model.RoleTargets).Version == 3 },
		},
		"the snapshot gets two keys": {
			func(*dialecttest.World) model.Change {
				return model.RotateKey{Role: model.RoleSnapshot, Keys: keys(2, 2)}
			}, "root snapshot timestamp",
			func(r *model.Repository) bool { return r.Role(model.RoleSnapshot).Threshold == 2 },
		},
		"the timestamp gets another key": {
			func(*dialecttest.World) model.Change {
				return model.RotateKey{Role: model.RoleTimestamp, Keys: keys(1, 1)}
			}, "root timestamp",
			func(r *model.Repository) bool { return r.Role(model.RoleTimestamp).Version == 3 },
		},
		"a delegation is made below another one": {
			func(w *dialecttest.World) model.Change {
				return model.AddDelegation{Role: "cellar", From: "vault", Keys: known(w, "cellar"), Paths: []string{"gold/*", "silver/?"}}
			}, "cellar vault snapshot timestamp",
			func(r *model.Repository) bool { return len(r.Role("cellar").Paths) == 2 },
		},
		"a delegation is made with new keys": {
			func(*dialecttest.World) model.Change {
				return model.AddDelegation{Role: "cellar", From: "vault", Make: []model.Algorithm{model.Ed25519, model.Ed25519}, Paths: []string{"gold/*"}, Threshold: 2}
			}, "cellar vault snapshot timestamp",
			func(r *model.Repository) bool {
				return len(r.Role("cellar").Keys) == 2 && r.Role("cellar").Threshold == 2
			},
		},
		"a delegation gets a new key beside its own": {
			func(*dialecttest.World) model.Change {
				return model.AddDelegation{Role: "night watch", From: model.RoleTargets, Make: []model.Algorithm{""}}
			}, "targets snapshot timestamp",
			func(r *model.Repository) bool { return len(r.Role("night watch").Keys) == 2 },
		},
		"one of two delegations is edited": {
			func(w *dialecttest.World) model.Change {
				return model.EditDelegation{Role: "vault", From: "night watch", Keys: known(w, "vault"), Paths: []string{"a"}}
			}, "night watch snapshot timestamp",
			func(r *model.Repository) bool {
				edges := r.Role("vault").Parents
				return len(edges) == 2 && len(edges[0].KeyIDs)+len(edges[1].KeyIDs) == 3 && (edges[0].Terminating || edges[1].Terminating)
			},
		},
		"targets are to last a month": {
			func(*dialecttest.World) model.Change {
				return model.Renew{Roles: []model.RoleName{model.RoleTargets}, LifetimeDays: 30}
			}, "targets snapshot timestamp",
			func(r *model.Repository) bool {
				targets := r.Role(model.RoleTargets)
				return targets.Lifetime == targets.Expires.Sub(dialecttest.At) && targets.Lifetime == 30*24*time.Hour
			},
		},
		"timestamps are to last two days, as root states": {
			func(*dialecttest.World) model.Change {
				return model.Renew{Roles: []model.RoleName{model.RoleTimestamp}, LifetimeDays: 2}
			}, "root timestamp",
			func(r *model.Repository) bool {
				timestamp := r.Role(model.RoleTimestamp)
				return timestamp.Lifetime == timestamp.Expires.Sub(dialecttest.At) && timestamp.Lifetime == 48*time.Hour
			},
		},
		"the threshold of root goes down": {
			func(*dialecttest.World) model.Change { return model.SetThreshold{Role: model.RoleRoot, Threshold: 1} }, "root",
			func(r *model.Repository) bool { return r.Role(model.RoleRoot).Threshold == 1 },
		},
		"root gets a custodian's key and a new one": {
			func(w *dialecttest.World) model.Change {
				given := model.KeyChoice{Source: model.KeyGiven, Public: known(w, model.RoleRoot)[0]}
				return model.SetThreshold{Role: model.RoleRoot, Threshold: 2, Add: []model.KeyChoice{given, {Source: model.KeyNew, Algorithm: model.ECDSAP384}}}
			}, "root",
			func(r *model.Repository) bool {
				root := r.Role(model.RoleRoot)
				return root.Threshold == 2 && len(root.Keys) == 4
			},
		},
		"targets gets a key and stays as it is": {
			func(w *dialecttest.World) model.Change {
				return model.SetThreshold{Role: model.RoleTargets, Threshold: 1, Add: []model.KeyChoice{{Source: model.KeyGiven, Public: known(w, model.RoleTargets)[0]}}}
			}, "root",
			func(r *model.Repository) bool { return len(r.Role(model.RoleTargets).Keys) == 2 },
		},
		"the timestamp is renewed": {
			func(*dialecttest.World) model.Change {
				return model.Renew{Roles: []model.RoleName{model.RoleTimestamp}}
			}, "timestamp",
			func(r *model.Repository) bool {
				return r.Role(model.RoleTimestamp).Version == 3 && r.Role(model.RoleSnapshot).Version == 2
			},
		},
		"the snapshot is renewed": {
			func(*dialecttest.World) model.Change { return model.Renew{Roles: []model.RoleName{model.RoleSnapshot}} }, "snapshot timestamp",
			func(r *model.Repository) bool { return r.Role(model.RoleSnapshot).Version == 3 },
		},
		"the root is renewed": {
			func(*dialecttest.World) model.Change { return model.Renew{Roles: []model.RoleName{model.RoleRoot}} }, "root",
			func(r *model.Repository) bool { return r.Role(model.RoleRoot).Version == 2 },
		},
		"a delegation by hash prefixes ends the search": {
			func(w *dialecttest.World) model.Change {
				return model.AddDelegation{Role: "hashed", Keys: known(w, "hashed"), PathHashPrefixes: []string{"0a", "ff"}, Terminating: true}
			}, "targets hashed snapshot timestamp",
			func(r *model.Repository) bool {
				edge := r.Role("hashed").Parents[0]
				return len(edge.PathHashPrefixes) == 2 && edge.Terminating && len(edge.Paths) == 0
			},
		},
		"hash bins below a delegation": {
			func(w *dialecttest.World) model.Change {
				return model.AddDelegation{Role: "bin", From: "vault", Keys: known(w, "bin"), Bins: 1}
			}, "bin-0 bin-1 vault snapshot timestamp",
			func(r *model.Repository) bool {
				return r.Role("bin-0").Parents[0].Bins.Bits == 1 && r.Role("bin-1").Version == 1
			},
		},
		"a search ends at a delegation": {
			func(*dialecttest.World) model.Change {
				ends := true
				return model.EditDelegation{Role: "night watch", Terminating: &ends}
			}, "targets snapshot timestamp",
			func(r *model.Repository) bool { return r.Role("night watch").Parents[0].Terminating },
		},
		"a target is added": {
			func(*dialecttest.World) model.Change {
				return model.NewAddTarget("vault", model.Target{Name: "gold/bar", Length: 4, Hashes: model.Hashes{SHA256: make([]byte, 32)}})
			}, "vault snapshot timestamp",
			func(r *model.Repository) bool { return len(r.Role("vault").Targets) == 1 },
		},
		"a delegation is witnessed": {
			func(*dialecttest.World) model.Change { return model.Witness{Roles: []model.RoleName{"vault"}} }, "vault snapshot timestamp",
			func(r *model.Repository) bool { return r.Role("vault").Version == 2 },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := tufWorld(t)
			try(t, w, c.change(w), c.rewrites)
			if !c.holds(w.Repository) {
				t.Errorf("it does not hold afterwards: %+v", w.Repository.Roles)
			}
		})
	}
}

// earlierForm lists keys as files did before 2024, under IDs of somebody's choice.
type earlierForm struct{ tuf.Dialect }

func (earlierForm) Bare(public crypto.PublicKey) (model.PublicKey, error) {
	k, err := tuf.Bare(public)
	k.Type, k.ID = "ecdsa-sha2-nistp256", "earlier-"+k.ID
	return k, err
}

// Keys are restated file by file: what they sign is signed under their new IDs, a root under both,
// and the plan says that the keys stay. A file that lists none is refused.
func TestRestatedKeys(t *testing.T) {
	t.Parallel()
	w, err := dialecttest.NewWorld(tuftest.Subject(earlierForm{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Grant(dialecttest.At, model.Delegation{From: model.RoleTargets, Name: "vault", Threshold: 1, Paths: []string{"gold/*"}}); err != nil {
		t.Fatal(err)
	}
	for role, keys := range w.Keys {
		for _, k := range keys {
			if k.Listed, err = tuf.Bare(k.Private.Public()); err != nil {
				t.Fatal(err)
			}
			w.Keys[role] = append(w.Keys[role], k)
		}
	}
	for _, step := range []struct {
		role, left model.RoleName
		rewrites   string
		current    string
	}{
		{model.RoleRoot, model.RoleTargets, "root targets snapshot timestamp", "accepts root 2 without asking, because the keys of root 1 have also signed it"},
		{model.RoleTargets, "", "targets vault snapshot timestamp", ""},
		{model.RoleTargets, "", "", ""},
	} {
		change := model.RestateKeys{Roles: []model.RoleName{step.role}}
		if step.rewrites == "" {
			p, err := plan.Compile([]plan.Request{{Dialect: w.Dialect, GUN: dialecttest.GUN, Repository: w.Repository, Changes: []model.Change{change}}}, nil, dialecttest.At)
			if err != nil || p.Verdict().State != plan.Nothing {
				t.Errorf("%s is restated twice: %v, %+v", step.role, err, p.Verdict())
			}
			continue
		}
		i := try(t, w, change, step.rewrites).Parts[0].Impact
		if len(i.Others) != 1 || !strings.Contains(i.Others[0], "the keys stay") || !strings.Contains(i.Current, step.current) {
			t.Errorf("%s: %+v", step.role, i)
		}
		if left := (tuf.Dialect{}).Restatable(w.Repository); slices.Contains(left, step.role) || step.left != "" && !slices.Contains(left, step.left) {
			t.Errorf("after %s, %v list keys in another form", step.role, left)
		}
	}
	for _, roles := range [][]model.RoleName{nil, {"snapshot"}, {"nobody"}} {
		request := plan.Request{Dialect: w.Dialect, GUN: dialecttest.GUN, Repository: w.Repository, Changes: []model.Change{model.RestateKeys{Roles: roles}}}
		if _, err := plan.Compile([]plan.Request{request}, nil, dialecttest.At); model.KindOf(err) != model.FaultUsage {
			t.Errorf("%v: %v", roles, err)
		}
	}
}

// A role that gets another key is signed with the former one as well where that is here: then no
// client fails that reads it during the publish. Where it is not here, the plan says that some may.
func TestPlansOfTUFBridgeOtherKeys(t *testing.T) {
	t.Parallel()
	w := tufWorld(t)
	var keys []model.PrivateKey
	for role, all := range w.Keys {
		for _, k := range all {
			keys = append(keys, model.PrivateKey{ID: w.Dialect.CanonicalID(k.Listed), Label: string(role)})
		}
	}
	for _, role := range []model.RoleName{model.RoleTargets, model.RoleSnapshot, model.RoleTimestamp} {
		change := model.RotateKey{Role: role, Keys: model.RoleKeys{Threshold: 1, Keys: []model.KeyChoice{{Source: model.KeyNew}}}}
		request := plan.Request{Dialect: w.Dialect, GUN: dialecttest.GUN, Repository: w.Repository, Changes: []model.Change{change}}
		without := slices.DeleteFunc(slices.Clone(keys), func(k model.PrivateKey) bool { return k.Label == string(role) })
		for _, c := range []struct {
			keys    []model.PrivateKey
			bridged bool
		}{{keys, true}, {without, false}} {
			p, err := plan.Compile([]plan.Request{request}, c.keys, dialecttest.At)
			if err != nil {
				t.Fatal(err)
			}
			bridges, part := 0, p.Parts[0]
			for _, r := range part.Rewrites {
				for _, need := range r.Needs {
					if need.Bridges && (r.Role != role || !need.Optional || len(need.Keys) != 1 || !need.Keys[0].Sign) {
						t.Errorf("%s is bridged by %+v", r.Role, need)
					} else if need.Bridges {
						bridges++
					}
				}
			}
			if part.Verdict.State != plan.Ready || (bridges == 1) != c.bridged || (len(part.Cautions) == 0) != c.bridged {
				t.Errorf("%s with its key here (%v): %s, %d bridges, %+v", role, c.bridged, part.Verdict.Text, bridges, part.Cautions)
			}
		}
	}
}

// What a renewal says of how long versions are valid is said in the file that states it and to
// whoever reviews; what no version can be is refused, also where metadata states nothing of it.
func TestPlansOfTUFStateLifetimes(t *testing.T) {
	t.Parallel()
	w := tufWorld(t)
	renew := func(days int) plan.Request {
		return plan.Request{Dialect: w.Dialect, GUN: dialecttest.GUN, Repository: w.Repository, Changes: []model.Change{
			model.Renew{Roles: []model.RoleName{model.RoleTargets, model.RoleTimestamp}, LifetimeDays: days},
		}}
	}
	p, err := plan.Compile([]plan.Request{renew(30)}, nil, dialecttest.At)
	if err != nil {
		t.Fatal(err)
	}
	part := p.Parts[0]
	if root := part.Rewrites[0]; root.Role != model.RoleRoot || !slices.Contains(root.Diff, "each version of timestamp is valid for 30 days, not 7 days") {
		t.Errorf("root: %+v", root)
	}
	for _, says := range []string{"each later version of targets is valid for 30 days as well, not 365 days", "each later version of timestamp is valid for 30 days as well, not 7 days"} {
		if !slices.Contains(part.Impact.Others, says) {
			t.Errorf("it does not say %q: %q", says, part.Impact.Others)
		}
	}
	notary := plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: notarytest.New(gun, now).Read(), Changes: []model.Change{model.Renew{Roles: []model.RoleName{model.RoleTargets}, LifetimeDays: 30}}}
	for _, request := range []plan.Request{renew(-1), renew(3651), notary} {
		if _, err := plan.Compile([]plan.Request{request}, nil, dialecttest.At); model.KindOf(err) != model.FaultUsage {
			t.Errorf("%+v: %v", request.Changes, err)
		}
	}
}

// A plan tells of targets what a search by clients comes to: in the order of delegations, and no
// further than one that is terminating.
func TestPlansOfTUFFindAsClientsDo(t *testing.T) {
	t.Parallel()
	w, ends := tufWorld(t), false
	key, err := w.NewKey("late")
	if err != nil {
		t.Fatal(err)
	}
	w.Keys["late"] = append(w.Keys["late"], key)
	target := func(role model.RoleName) model.AddTarget {
		return model.NewAddTarget(role, model.Target{Name: "night/owl", Length: 4, Hashes: model.Hashes{SHA256: make([]byte, 32)}})
	}
	for _, step := range []struct {
		change       model.Change
		rewrites     string
		gained, lost []string
	}{
		{change: model.AddDelegation{Role: "late", Keys: []model.PublicKey{key.Listed}, Paths: []string{"night/*"}}, rewrites: "targets late snapshot timestamp"},
		{change: target("late"), rewrites: "late snapshot timestamp"},
		{change: model.EditDelegation{Role: "vault", From: "night watch", Terminating: &ends}, rewrites: "night watch snapshot timestamp", gained: []string{"night/owl"}},
		{change: target("vault"), rewrites: "vault snapshot timestamp"},
		{change: model.RemoveTarget{Role: "late", Name: "night/owl"}, rewrites: "late snapshot timestamp"},
		{change: model.RemoveDelegation{Role: "vault", From: "night watch"}, rewrites: "night watch snapshot timestamp", lost: []string{"night/owl"}},
		// The keys of a role are those that it has, where nobody gives others.
		{change: model.AddDelegation{Role: "vault", From: "late", Paths: []string{"night/o*"}}, rewrites: "late snapshot timestamp", gained: []string{"night/owl"}},
	} {
		i := try(t, w, step.change, step.rewrites).Parts[0].Impact
		if !slices.Equal(i.Gained, step.gained) || !slices.Equal(i.Lost, step.lost) {
			t.Errorf("%+v: gained %v, lost %v", step.change, i.Gained, i.Lost)
		}
		if found := (tuf.Dialect{}).Resolve(w.Repository, "night/owl").OK; found != (len(step.gained) > 0) && len(step.gained)+len(step.lost) > 0 {
			t.Errorf("%+v: a search finds it: %v", step.change, found)
		}
	}
}

// lists reports whether the snapshot lists a role.
func lists(r *model.Repository, role model.RoleName) bool {
	for _, m := range r.Role(model.RoleSnapshot).Meta {
		if m.Role == role {
			return true
		}
	}
	return false
}

// A delegation that clients do not accept may be all that leads to a circle of others: none of them
// is then reached, and a plan says so.
func TestCircleThatNothingLeadsTo(t *testing.T) {
	t.Parallel()
	w, err := dialecttest.NewWorld(tuftest.Subject(tuf.Dialect{}))
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"*"}
	if err := w.Grant(dialecttest.At,
		model.Delegation{From: model.RoleTargets, Name: "p", Threshold: 1, Paths: all},
		model.Delegation{From: "p", Name: "a", Threshold: 1, Paths: all},
		model.Delegation{From: "a", Name: "b", Threshold: 1, Paths: all},
		model.Delegation{From: "b", Name: "a", Threshold: 1, Paths: all},
	); err != nil {
		t.Fatal(err)
	}
	draft := w.Dialect.Draft(dialecttest.GUN, w.Repository, true)
	draft.SetEdge(model.Delegation{From: model.RoleTargets, Name: "p", Threshold: 2, Paths: all})
	if err := w.Publish(draft, dialecttest.At); err != nil {
		t.Fatal(err)
	}
	request := plan.Request{Dialect: w.Dialect, GUN: dialecttest.GUN, Repository: w.Repository, Changes: []model.Change{model.Renew{Roles: []model.RoleName{model.RoleRoot}}}}
	p, err := plan.Compile([]plan.Request{request}, nil, dialecttest.At)
	if err != nil {
		t.Fatal(err)
	}
	var pending []model.RoleName
	for _, one := range p.Parts[0].Pending {
		pending = append(pending, one.Role)
	}
	if !slices.Contains(pending, "p") {
		t.Errorf("pending are %q", pending)
	}
}

// Where all roles delegate to all others, there are more ways to each than could be followed one by
// one: ten factorial.
func TestRolesThatAllDelegateToEachOther(t *testing.T) {
	t.Parallel()
	w, err := dialecttest.NewWorld(tuftest.Subject(tuf.Dialect{}))
	if err != nil {
		t.Fatal(err)
	}
	edges := []model.Delegation{{From: model.RoleTargets, Name: "a", Threshold: 1, Paths: []string{"x/*"}}}
	const roles = "abcdefghijkl"
	for _, from := range roles {
		for _, to := range roles {
			if from != to {
				edges = append(edges, model.Delegation{From: model.RoleName(from), Name: model.RoleName(to), Threshold: 1, Paths: []string{"x/*", "*"}})
			}
		}
	}
	if err := w.Grant(dialecttest.At, edges...); err != nil {
		t.Fatal(err)
	}
	target := model.Target{Length: 1, Hashes: model.Hashes{SHA256: make([]byte, 32)}}
	for name, gained := range map[string][]string{"x/y": {"x/y"}, "y": nil} {
		target.Name = name
		request := plan.Request{Dialect: w.Dialect, GUN: dialecttest.GUN, Repository: w.Repository, Changes: []model.Change{model.NewAddTarget("l", target)}}
		p, err := plan.Compile([]plan.Request{request}, nil, dialecttest.At)
		if gained == nil {
			if model.KindOf(err) != model.FaultUsage {
				t.Errorf("%s, for which nobody asks: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.Parts[0].Impact.Gained, gained) {
			t.Errorf("clients gain %q", p.Parts[0].Impact.Gained)
		}
	}
}
