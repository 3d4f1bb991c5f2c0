package plan_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/dialect/dialecttest/ledger"
	"trustdeck/model/health"
	"trustdeck/model/plan"
)

// ledgerWorld is a repository of the invented dialect: "night watch" is delegated to by
// targets, "vault" by targets and by "night watch", "attic" by "night watch" and by
// "vault", and all have a file.
func ledgerWorld(t *testing.T) *dialecttest.World {
	t.Helper()
	w, err := dialecttest.NewWorld(ledger.Subject())
	if err != nil {
		t.Fatal(err)
	}
	err = w.Grant(
		dialecttest.At,
		model.Delegation{From: model.RoleTargets, Name: "night watch", Threshold: 1},
		model.Delegation{From: model.RoleTargets, Name: "vault", Threshold: 1},
		model.Delegation{From: "night watch", Name: "vault", Threshold: 1},
		model.Delegation{From: "night watch", Name: "attic", Threshold: 1},
		model.Delegation{From: "vault", Name: "attic", Threshold: 1},
	)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// carryOut does what a plan promises, with the keys of the world. What is signed is
// written and read after each file. binding receives the keys that are made.
func carryOut(w *dialecttest.World, request plan.Request, p *plan.Plan, binding plan.Binding) error {
	part := &p.Parts[0]
	for _, m := range part.NewKeys {
		key, err := w.NewKey(m.Role)
		if err != nil {
			return err
		}
		w.Keys[m.Role] = append(w.Keys[m.Role], key)
		binding[m.Symbol] = key.Listed
	}
	sealed, err := plan.Seal(p, 0, request, binding)
	if err != nil {
		return err
	}
	for _, rewrite := range part.Rewrites {
		if rewrite.Signer != plan.SignedHere {
			continue
		}
		payload, err := sealed.Payload(rewrite.Role, dialecttest.At)
		if err != nil {
			return err
		}
		for _, need := range rewrite.Needs {
			for _, k := range need.Keys {
				if !k.Sign {
					continue
				}
				id := k.Listed
				if bound, ok := binding[id]; ok {
					id = bound.ID
				}
				key, err := w.Find(id)
				if err != nil {
					return err
				}
				sig, err := w.Dialect.Sign(key.Listed, key.Private, payload)
				if err != nil {
					return err
				}
				if err := sealed.Sign(rewrite.Role, sig); err != nil {
					return err
				}
			}
		}
		if err := sealed.Check(rewrite.Role, dialecttest.At); err != nil {
			return fmt.Errorf("%s: %w", rewrite.Role, err)
		}
		if sealed, err = plan.ReadSealed(sealed.Encode(), p, 0, request, dialecttest.At); err != nil {
			return err
		}
	}
	files, err := sealed.Files()
	if err != nil {
		return err
	}
	return w.Upload(files, dialecttest.At)
}

// Every change is planned, signed, published and found again in a dialect that shares no
// convention with Notary's.
func TestPlansOfAnotherDialect(t *testing.T) {
	t.Parallel()
	fresh := func(role model.RoleName, n, threshold int) model.RotateKey {
		out := model.RotateKey{Role: role, Keys: model.RoleKeys{Threshold: threshold}}
		for range n {
			out.Keys.Keys = append(out.Keys.Keys, model.KeyChoice{Source: model.KeyNew})
		}
		return out
	}
	for name, c := range map[string]struct {
		change func(*dialecttest.World) model.Change
		// rewrites are those signed here.
		rewrites string
		holds    func(*model.Repository) bool
	}{
		"a signer is added": {
			func(w *dialecttest.World) model.Change {
				key, _ := w.NewKey("day watch")
				return model.AddSigner{Name: "day watch", Keys: []model.PublicKey{key.Listed}}
			}, "targets snapshot",
			func(r *model.Repository) bool { return r.Role("day watch") != nil && len(r.Signers) == 4 },
		},
		"a signer is removed, and what it delegates to stays": {
			func(*dialecttest.World) model.Change { return model.RemoveSigner{Name: "night watch"} }, "targets snapshot",
			func(r *model.Repository) bool {
				return r.Role("night watch") == nil && r.Role("vault").State == model.RoleVerified && len(r.Role("vault").Parents) == 1 && r.Role("attic").State == model.RoleVerified
			},
		},
		"the root gets two of three new keys": {
			func(*dialecttest.World) model.Change { return fresh(model.RoleRoot, 3, 2) }, "root snapshot",
			func(r *model.Repository) bool {
				root := r.Role(model.RoleRoot)
				return len(root.Keys) == 3 && root.Threshold == 2
			},
		},
		"targets gets another key": {
			func(*dialecttest.World) model.Change { return fresh(model.RoleTargets, 1, 1) }, "root targets snapshot",
			func(r *model.Repository) bool { return r.Role(model.RoleTargets).Version == 3 },
		},
		"a delegation is made below another one": {
			func(w *dialecttest.World) model.Change {
				key, _ := w.NewKey("cellar")
				return model.AddDelegation{Role: "cellar", From: "vault", Keys: []model.PublicKey{key.Listed}, Paths: []string{"*"}}
			}, "vault snapshot",
			func(r *model.Repository) bool { return r.Role("cellar") != nil && r.Role("cellar").Parent() == "vault" },
		},
		"one of two delegations gets a key and a path": {
			func(w *dialecttest.World) model.Change {
				key, _ := w.NewKey("attic")
				w.Keys["attic"] = append(w.Keys["attic"], dialecttest.Key{Listed: key.Listed, Private: key.Private})
				return model.EditDelegation{Role: "attic", From: "vault", Keys: []model.PublicKey{key.Listed}, Paths: []string{"a"}}
			}, "vault snapshot",
			func(r *model.Repository) bool {
				edges := r.Role("attic").Parents
				return len(edges) == 2 && len(edges[0].KeyIDs)+len(edges[1].KeyIDs) == 3 && len(edges[0].Paths)+len(edges[1].Paths) == 1
			},
		},
		"one of two delegations is removed": {
			func(*dialecttest.World) model.Change { return model.RemoveDelegation{Role: "attic", From: "vault"} }, "vault snapshot",
			func(r *model.Repository) bool { return len(r.Role("attic").Parents) == 1 },
		},
		"the threshold of root goes down": {
			func(*dialecttest.World) model.Change { return model.SetThreshold{Role: model.RoleRoot, Threshold: 1} }, "root snapshot",
			func(r *model.Repository) bool { return r.Role(model.RoleRoot).Threshold == 1 },
		},
		"a delegation is renewed": {
			func(*dialecttest.World) model.Change { return model.Renew{Roles: []model.RoleName{"night watch"}} }, "night watch snapshot",
			func(r *model.Repository) bool { return r.Role("night watch").Version == 2 },
		},
		"a line is added": {
			func(*dialecttest.World) model.Change {
				return model.NewAddTarget(model.RoleTargets, model.Target{Name: "dawn", Length: 4, Hashes: model.Hashes{SHA256: make([]byte, 32)}})
			}, "targets snapshot",
			func(r *model.Repository) bool { return len(r.Role(model.RoleTargets).Targets) == 1 },
		},
		"a delegation is witnessed": {
			func(*dialecttest.World) model.Change { return model.Witness{Roles: []model.RoleName{"vault"}} }, "vault snapshot",
			func(r *model.Repository) bool {
				return r.Role("vault").Version == 2 && len(r.Role("vault").Parents) == 2
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := ledgerWorld(t)
			part := try(t, w, c.change(w), c.rewrites)
			if text := string(plan.Encode(part)); strings.Contains(text, " is removed with ") {
				t.Errorf("every role stays, for another delegates to it too:\n%s", text)
			}
			if !c.holds(w.Repository) {
				t.Errorf("it does not hold afterwards: %+v", w.Repository.Roles)
			}
		})
	}
}

// try plans one change with all keys at hand but a server's, carries it out and looks whether the
// repository then is as the plan says. rewrites are the roles that are signed here.
func try(t *testing.T, w *dialecttest.World, change model.Change, rewrites string) *plan.Plan {
	t.Helper()
	var here []model.PrivateKey
	for role, keys := range w.Keys {
		for _, k := range keys {
			if !slices.Contains(w.Dialect.Online(), role) {
				here = append(here, model.PrivateKey{ID: w.Dialect.CanonicalID(k.Listed), Label: w.Dialect.Short(role)})
			}
		}
	}
	request := plan.Request{Dialect: w.Dialect, GUN: dialecttest.GUN, Repository: w.Repository, Changes: []model.Change{change}}
	p, err := plan.Compile([]plan.Request{request}, here, dialecttest.At)
	if err != nil {
		t.Fatal(err)
	}
	if v := p.Verdict(); v.State != plan.Ready {
		t.Fatalf("the plan is %s: %s", v.State, v.Text)
	}
	var signed []string
	for _, r := range p.Parts[0].Rewrites {
		if r.Signer == plan.SignedHere {
			signed = append(signed, string(r.Role))
		}
	}
	if got := strings.Join(signed, " "); got != rewrites {
		t.Errorf("it rewrites %s, want %s", got, rewrites)
	}
	if text := strings.ToLower(string(plan.Encode(p))); regexp.MustCompile("docker|notary|targets/").MatchString(text) {
		t.Errorf("the plan speaks of another dialect:\n%s", text)
	}
	before, binding := w.Repository, plan.Binding{}
	if err := errors.Join(carryOut(w, request, p, binding), w.Sound()); err != nil {
		t.Fatal(err)
	}
	checkSummary(t, w.Dialect, &p.Parts[0], binding, before, w.Repository)
	return p
}

// Delegations that go in circles are planned for like any others.
func TestDelegationsInCircles(t *testing.T) {
	t.Parallel()
	w := ledgerWorld(t)
	if err := w.Grant(dialecttest.At, model.Delegation{From: "attic", Name: "night watch", Threshold: 1}, model.Delegation{From: "attic", Name: "attic", Threshold: 1}); err != nil {
		t.Fatal(err)
	}
	for _, role := range []model.RoleName{"night watch", "vault", "attic"} {
		try(t, w, model.Witness{Roles: []model.RoleName{role}}, string(role)+" snapshot")
	}
}

// Where several roles delegate to one, the delegation that is meant must be named.
func TestDelegatorMustBeNamed(t *testing.T) {
	t.Parallel()
	w := ledgerWorld(t)
	for _, change := range []model.Change{
		model.EditDelegation{Role: "attic", Paths: []string{"a"}},
		model.RemoveDelegation{Role: "attic"},
		model.SetThreshold{Role: "attic", Threshold: 1},
		model.AddDelegation{Role: "new", From: "nobody"},
		model.AddDelegation{Role: "new", From: model.RoleSnapshot},
		model.EditDelegation{Role: "attic", From: "attic"},
	} {
		_, err := plan.Compile([]plan.Request{{Dialect: w.Dialect, GUN: dialecttest.GUN, Repository: w.Repository, Changes: []model.Change{change}}}, nil, dialecttest.At)
		if model.KindOf(err) != model.FaultUsage || model.HintOf(err) == "" {
			t.Errorf("%+v: %v", change, err)
		}
	}
}

// Where nobody renews the timestamp, its expiry is a finding like any other.
func TestTimestampThatNobodyRenews(t *testing.T) {
	t.Parallel()
	r := *ledgerWorld(t).Repository
	r.At = r.Role(model.RoleTimestamp).Expires.Add(-12 * time.Hour)
	a := health.Assess(&r, health.Options{Soon: 7 * 24 * time.Hour})
	if a.First != model.RoleTimestamp || !slices.ContainsFunc(a.Findings, func(f health.Finding) bool {
		return f.Code == health.CodeSoon && f.Role == model.RoleTimestamp
	}) {
		t.Errorf("first %s, findings %+v", a.First, a.Findings)
	}
}
