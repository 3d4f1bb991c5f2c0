package plan_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
)

// A world is a repository that was made by chance, with changes of it and the keys
// that are here.
type world struct {
	repo    *notarytest.Repo
	changes []model.Change
	server  bool
	here    []model.PrivateKey
	// private are all keys there are, by canonical ID.
	private map[model.KeyID]notarytest.Key
}

// pick takes one of some by chance.
func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func invent(r *rand.Rand) *world {
	w := &world{repo: notarytest.New(gun, now), server: r.IntN(2) == 0, private: map[model.KeyID]notarytest.Key{}}
	if r.IntN(3) == 0 {
		w.repo.Keys[model.RoleTargets] = append(w.repo.Keys[model.RoleTargets], notarytest.NewKey())
		w.repo.NameKeys()
	}
	roles := []model.RoleName{model.RoleRoot, model.RoleTargets}
	var released []notarytest.Key
	for _, name := range []string{"alice", "bob", "carol"}[:r.IntN(4)] {
		role := model.RoleName("targets/" + name)
		keys := []notarytest.Key{notarytest.NewKey()}
		if len(released) > 0 && r.IntN(4) == 0 {
			keys = append(keys, pick(r, released...))
		}
		w.repo.Delegate(role, 1, []string{""}, keys...)
		w.repo.Keys[role] = []notarytest.Key{pick(r, keys...)}
		released = append(released, keys...)
		if r.IntN(4) > 0 {
			w.repo.Tag(role, name+"-1", name)
			roles = append(roles, role)
		}
	}
	if len(released) > 0 && r.IntN(5) > 0 {
		w.repo.Delegate(docker.Releases, 1, []string{""}, released...)
		w.repo.Keys[docker.Releases] = []notarytest.Key{pick(r, released...)}
		w.repo.Tag(docker.Releases, "released", "r")
		roles = append(roles, docker.Releases)
	}
	w.repo.Tag(model.RoleTargets, "plain", "p")
	if r.IntN(3) == 0 {
		w.repo.Tag(model.RoleTargets, "released", "older")
	}
	w.repo.Seal(roles...)
	roles = w.remove(r, roles)
	if r.IntN(3) == 0 {
		if role := pick(r, roles...); w.repo.Files[role] != nil {
			expire(w.repo, role)
		}
	}
	for range 1 + r.IntN(2) {
		w.changes = append(w.changes, w.inventChange(r, roles, released))
	}
	for _, keys := range w.repo.Keys {
		for _, k := range keys {
			w.private[notary.CanonicalID(k.PublicKey)] = k
		}
	}
	for _, k := range released {
		w.private[k.ID] = k
	}
	away := map[model.KeyID]bool{}
	for _, k := range released {
		away[k.ID] = r.IntN(3) == 0
	}
	for _, id := range slices.Sorted(maps.Keys(w.private)) {
		held := w.repo.Keys[model.RoleTimestamp][0].ID == id || w.server && w.repo.Keys[model.RoleSnapshot][0].ID == id
		if !held && r.IntN(8) > 0 && !away[id] {
			w.here = append(w.here, model.PrivateKey{ID: id, Label: "some"})
		}
	}
	if r.IntN(2) == 0 {
		w.changes = append(w.changes, w.inventAllow(r))
	}
	return w
}

// remove takes delegations out of targets by chance. What was signed in them stays, in the
// snapshot or hidden, and may be named again with the same keys or none.
func (w *world) remove(r *rand.Rand, roles []model.RoleName) []model.RoleName {
	hidden := !w.server && r.IntN(2) == 0
	for _, role := range slices.Clone(roles) {
		if !role.Delegation() || r.IntN(3) > 0 {
			continue
		}
		spec := w.repo.Files[model.RoleTargets].Roles[slices.IndexFunc(w.repo.Files[model.RoleTargets].Roles, func(s model.Delegation) bool { return s.Name == role })]
		w.repo.Drop(role, hidden)
		switch r.IntN(4) {
		case 0: // it is there again, and its file is unlisted, or accepted
			w.repo.Files[model.RoleTargets].Roles = append(w.repo.Files[model.RoleTargets].Roles, spec)
		case 1: // without keys
			spec.KeyIDs = nil
			w.repo.Files[model.RoleTargets].Roles = append(w.repo.Files[model.RoleTargets].Roles, spec)
		default:
			roles = slices.DeleteFunc(roles, func(other model.RoleName) bool { return other == role })
		}
		w.repo.Seal(model.RoleTargets)
	}
	return roles
}

// inventAllow decides by chance about what cannot be signed here.
func (w *world) inventAllow(r *rand.Rand) model.Change {
	var out model.AllowUnsigned
	for _, role := range []model.RoleName{docker.Releases, "targets/alice", "targets/bob", "targets/carol"} {
		if r.IntN(3) == 0 {
			out.Pending = append(out.Pending, role)
		}
	}
	if len(w.here) > 0 && r.IntN(2) == 0 {
		out.JoinKey, out.Join = pick(r, w.here...).ID, []model.RoleName{docker.Releases, "targets/alice", "targets/bob"}
	}
	if r.IntN(2) == 0 {
		out.KeepTags = []string{"released", "alice-1"}
	}
	return out
}

func (w *world) inventChange(r *rand.Rand, roles []model.RoleName, signers []notarytest.Key) model.Change {
	fresh := model.RoleKeys{Keys: []model.KeyChoice{{Source: model.KeyNew}}, Threshold: 1}
	signer := pick(r, "alice", "bob", "carol")
	switch r.IntN(14) {
	case 8:
		name := pick(r, "released", "plain", "new", "newer")
		return model.NewAddTarget(pick(r, roles[1:]...), notarytest.Target(name, pick(r, "p", "r", "other")))
	case 9:
		return model.RemoveTarget{Role: pick(r, roles[1:]...), Name: pick(r, "released", "plain", "alice-1")}
	case 10, 11, 12, 13:
		return w.inventDelegation(r, roles, signer)
	case 5, 6:
		keys := []notarytest.Key{notarytest.NewKey()}
		if len(signers) > 0 && r.IntN(2) == 0 {
			keys = signers[:1]
		}
		return model.AddSigner{Name: signer, Keys: []model.PublicKey{keys[0].PublicKey}}
	case 7:
		return model.Witness{Roles: []model.RoleName{pick(r, roles[1:]...)}, Fresh: true}
	case 0:
		return model.Renew{Roles: []model.RoleName{pick(r, append(roles, model.RoleSnapshot, model.RoleTimestamp)...), pick(r, roles...)}}
	case 1:
		return model.Witness{Roles: []model.RoleName{pick(r, roles[1:]...)}}
	case 2:
		return model.RemoveSigner{Name: signer}
	case 3:
		return model.RotateKey{Role: model.RoleName("targets/" + signer), Keys: fresh}
	default:
		role := pick(r, model.TopLevelRoles()...)
		if role == model.RoleTimestamp || role == model.RoleSnapshot && r.IntN(2) == 0 {
			fresh.Keys[0].Source = model.KeyServer
		} else if role != model.RoleSnapshot && r.IntN(2) == 0 {
			// The keys that there are stay, beside the new one.
			for _, k := range w.repo.Keys[role] {
				fresh.Keys = append(fresh.Keys, model.KeyChoice{Source: model.KeyGiven, Public: k.PublicKey})
			}
			fresh.Threshold = 1 + r.IntN(len(fresh.Keys))
		}
		return model.RotateKey{Role: role, Keys: fresh}
	}
}

// inventDelegation changes a delegation or a threshold by chance.
func (w *world) inventDelegation(r *rand.Rand, roles []model.RoleName, signer string) model.Change {
	role := pick(r, append(roles, docker.Releases, model.RoleName("targets/"+signer), "targets/qa", "targets/alice/ci")...)
	if role == model.RoleRoot || role == model.RoleTargets {
		return model.SetThreshold{Role: role, Threshold: 1 + r.IntN(2)}
	}
	paths := [][]string{nil, {""}, {"alice", "rel"}}[r.IntN(3)]
	var keys []model.KeyID
	if edge := w.repo.Files[model.RoleTargets].Delegation(role); edge != nil && len(edge.KeyIDs) > 0 {
		keys = []model.KeyID{pick(r, edge.KeyIDs...)}
	}
	fresh := []model.PublicKey{notarytest.NewKey().PublicKey}
	switch r.IntN(5) {
	case 0:
		return model.RemoveDelegation{Role: role}
	case 1:
		return model.EditDelegation{Role: role, RemoveKeys: keys, Keys: fresh, Threshold: r.IntN(3)}
	case 2:
		return model.EditDelegation{Role: role, Paths: paths, RemovePaths: []string{""}}
	case 3:
		return model.SetThreshold{Role: role, Threshold: 1 + r.IntN(2)}
	default:
		return model.AddDelegation{Role: role, Keys: fresh, Paths: paths, Threshold: r.IntN(2)}
	}
}

// execute makes what the plan promises: keys for the symbols, signatures by those that
// it has chosen, and the files of the server.
func (w *world) execute(t *testing.T, request plan.Request, p *plan.Plan) plan.Binding {
	t.Helper()
	part := &p.Parts[0]
	binding := plan.Binding{}
	for _, m := range part.NewKeys {
		k, here := w.private[m.ID]
		if !here {
			k = notarytest.NewKey()
		}
		if m.Certificate {
			k = notarytest.Certified(k, string(gun), now.Add(-time.Hour), now.Add(notary.Lifetime(model.RoleRoot)))
		}
		binding[m.Symbol] = k.PublicKey
		w.private[notary.CanonicalID(k.PublicKey)] = k
		if m.Source == model.KeyServer {
			w.repo.Keys[m.Role] = []notarytest.Key{k}
		}
	}
	sealed, err := plan.Seal(p, 0, request, binding)
	if err != nil {
		t.Fatal(err)
	}
	for _, rewrite := range part.Rewrites {
		if rewrite.Signer != plan.SignedHere {
			continue
		}
		payload, err := sealed.Payload(rewrite.Role, now)
		if err != nil {
			t.Fatal(err)
		}
		for _, need := range rewrite.Needs {
			for _, k := range need.Keys {
				if !k.Sign {
					continue
				}
				listed := model.PublicKey{ID: k.Listed}
				id := k.ID
				if bound, ok := binding[k.Listed]; ok {
					listed, id = bound, notary.CanonicalID(bound)
				}
				sig := w.private[id].Sign(payload)
				sig.KeyID = listed.ID
				if err := sealed.Sign(rewrite.Role, sig); err != nil {
					t.Fatal(err)
				}
				sealed = again(t, sealed, p, request)
			}
		}
		if err := sealed.Check(rewrite.Role, now); err != nil {
			t.Fatalf("%s: %v", rewrite.Role, err)
		}
	}
	files, err := again(t, sealed, p, request).Files()
	if err != nil {
		t.Fatal(err)
	}
	for role, wire := range files {
		if w.repo.Files[role], err = notary.Parse(role, wire); err != nil {
			t.Fatal(err)
		}
	}
	if part.OwnSnapshot {
		w.repo.SealTimestamp()
	} else {
		w.repo.SealSnapshot()
	}
	return binding
}

// found are the tags that docker pull finds, with the digest of each.
func found(r *model.Repository) map[string]string {
	out := map[string]string{}
	for _, name := range model.TopLevelRoles() {
		if !r.Role(name).Usable() {
			return out
		}
	}
	for _, tag := range docker.Tags(r) {
		if tag.Pulled {
			out[tag.Name] = string(tag.Hashes.SHA256)
		}
	}
	return out
}

// compareEdges looks for the last change of each delegation and threshold.
func (w *world) compareEdges(t *testing.T, after *model.Repository) {
	t.Helper()
	seen := map[model.RoleName]bool{}
	for _, change := range slices.Backward(w.changes) {
		name := model.RoleName("")
		holds := true
		switch c := change.(type) {
		case model.RemoveDelegation:
			name, holds = c.Role, after.Role(c.Role) == nil
		case model.SetThreshold:
			name, holds = c.Role, after.Role(c.Role) == nil || after.Role(c.Role).Threshold == c.Threshold
		case model.AddDelegation:
			name = c.Role
			for _, k := range c.Keys {
				holds = holds && after.Role(c.Role) != nil && slices.Contains(after.Role(c.Role).Keys, k.ID)
			}
		case model.RemoveSigner, model.AddSigner, model.RotateKey:
			return // it may be about the same role
		}
		if !seen[name] && !holds {
			t.Errorf("%+v is not made: %+v", change, after.Role(name))
		}
		seen[name] = true
	}
}

// Whatever is asked of whatever repository: the plan is the same every time, a plan
// that is ready can be executed with the keys that it names, clients that knew the
// root before follow, they find just the tags that it promised, and its summary is the
// difference between the repository before and after.
func TestGenerated(t *testing.T) {
	states := map[plan.State]int{}
	worlds := uint64(600)
	if testing.Short() {
		worlds = 150
	}
	for seed := range worlds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := invent(rand.New(rand.NewPCG(seed, 1)))
			before := w.repo.Read()
			request := row{repo: w.repo, changes: w.changes}.request()
			request.Repository = before
			p, err := plan.Compile([]plan.Request{request}, w.here, now)
			if err != nil {
				if model.KindOf(err) != model.FaultUsage || model.HintOf(err) == "" {
					t.Errorf("%v, without a way out", err)
				}
				states["refused"]++
				return
			}
			again, err := plan.Compile([]plan.Request{request}, w.here, now)
			if err != nil || string(plan.Encode(p)) != string(plan.Encode(again)) {
				t.Errorf("two plans: %v", err)
			}
			saved, err := plan.Decode(plan.Encode(p))
			if err != nil || saved.Digest != p.Digest() {
				t.Errorf("read back: %v", err)
			}
			if err := saved.Altered([]plan.Request{request}); err != nil {
				t.Errorf("as it was written: %v", err)
			}
			if later, err := plan.Compile([]plan.Request{request}, nil, now.AddDate(0, 0, 1)); err == nil && later.Parts[0].OwnSnapshot == p.Parts[0].OwnSnapshot && later.Digest() != p.Digest() {
				t.Error("the digest depends on where keys are, or on the moment")
			}
			part := &p.Parts[0]
			states[part.Verdict.State]++
			if part.Verdict.State != plan.Ready {
				return
			}
			binding := w.execute(t, request, p)
			w.compare(t, before, part)
			checkSummary(t, docker.Dialect{}, part, binding, before, w.repo.Read())
		})
	}
	t.Log(states)
	for _, state := range []plan.State{plan.Ready, plan.Waiting, "refused"} {
		if states[state] < 8 {
			t.Errorf("only %d worlds came to %s", states[state], state)
		}
	}
}

// comparePulls holds what clients find against what was promised.
func (w *world) comparePulls(t *testing.T, before, after map[string]string, i plan.Impact) {
	t.Helper()
	var gained, lost, replaced []string
	for tag, is := range after {
		switch was, found := before[tag]; {
		case !found:
			gained = append(gained, tag)
		case was != is:
			replaced = append(replaced, tag)
		}
	}
	for tag := range before {
		if _, found := after[tag]; !found {
			lost = append(lost, tag)
		}
	}
	for what, pair := range map[string][2][]string{"gained": {gained, i.Gained}, "lost": {lost, i.Lost}, "replaced": {replaced, i.Replaced}} {
		if slices.Sort(pair[0]); !slices.Equal(pair[0], pair[1]) {
			t.Errorf("clients have %s %v, and were promised %v", what, pair[0], pair[1])
		}
	}
	digest := func(r *plan.PullResult) string {
		if r == nil {
			return ""
		}
		return strings.TrimPrefix(r.Digest, "sha256:")
	}
	for _, p := range i.Pulls {
		if got := [2]string{digest(p.Before), digest(p.After)}; got != [2]string{fmt.Sprintf("%x", before[p.Name]), fmt.Sprintf("%x", after[p.Name])} {
			t.Errorf("clients find %x and then %x under %s, and were promised %q", before[p.Name], after[p.Name], p.Name, got)
		}
	}
}

// compare reads what was executed, and holds it against what the plan has promised.
func (w *world) compare(t *testing.T, before *model.Repository, part *plan.Part) {
	t.Helper()
	after := w.repo.Read()
	for _, rewrite := range part.Rewrites {
		if role := after.Role(rewrite.Role); role == nil || !role.Usable() || role.Version != rewrite.To {
			t.Errorf("%s is not as planned: %+v", rewrite.Role, role)
		}
	}
	for _, pending := range part.Pending {
		if role := after.Role(pending.Role); role.Usable() {
			t.Errorf("%s is usable, and was to wait for others", pending.Role)
		}
	}
	for _, role := range after.Roles {
		pending := slices.ContainsFunc(part.Pending, func(p plan.Pending) bool { return p.Role == role.Name })
		if role.Name.Delegation() && !role.Usable() && role.State != model.RoleUnpublished && !pending {
			t.Errorf("%s is not usable, and nobody was told: %v", role.Name, role.Problems)
		}
	}
	w.comparePulls(t, found(before), found(after), part.Impact)
	var roots []*notary.File
	for _, r := range []*model.Repository{before, after} {
		root, err := notary.Parse(model.RoleRoot, r.Role(model.RoleRoot).Raw)
		if err != nil {
			t.Fatal(err)
		}
		roots = append(roots, root)
	}
	if p := notary.Succeeds(gun, now, roots[0], roots[1]); p != nil {
		t.Errorf("a client that knew the root: %s", p.Text)
	}
	w.compareEdges(t, after)
	for i, change := range w.changes {
		remove, ok := change.(model.RemoveSigner)
		back := slices.ContainsFunc(w.changes[i:], func(c model.Change) bool { add, ok := c.(model.AddSigner); return ok && add.Name == remove.Name })
		if ok && !back && after.Role(model.RoleName("targets/"+remove.Name)) != nil {
			t.Errorf("%s is still there", remove.Name)
		}
	}
}
