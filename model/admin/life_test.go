package admin_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
)

// A workshop is everything that a change touches, in memory: a server that signs
// snapshot and timestamp, a key store, a journal, and who knows the passphrases. It
// writes down what happens, in order.
type workshop struct {
	*memory
	t    *testing.T
	desk *admin.Desk
	repo *notarytest.Repo
	// keys are those of this machine.
	keys map[model.KeyID]notarytest.Key
	log  []string
	// pending are keys that the server has made and no root names yet.
	pending map[model.RoleName]notarytest.Key
	// refuse is what an upload gets; deaf has the server say yes and store nothing;
	// stuck has it send the key that it has when asked for another.
	refuse      error
	deaf, stuck bool
	open        map[string]admin.Entry
}

func newWorkshop(t *testing.T) *workshop {
	repo := notarytest.New(gun, now)
	alice, bob := notarytest.NewKey(), notarytest.NewKey()
	repo.Delegate("targets/alice", 1, []string{""}, alice)
	repo.Delegate("targets/bob", 1, []string{""}, bob)
	repo.Delegate(model.RoleReleases, 1, []string{""}, alice, bob)
	repo.Keys[model.RoleReleases] = []notarytest.Key{alice}
	repo.Tag(model.RoleReleases, "1.0", "one")
	repo.Seal(model.RoleTargets, model.RoleReleases)
	w := &workshop{
		memory: newMemory(repo), t: t, repo: repo,
		keys: map[model.KeyID]notarytest.Key{}, pending: map[model.RoleName]notarytest.Key{}, open: map[string]admin.Entry{},
	}
	for _, k := range []notarytest.Key{repo.Keys[model.RoleRoot][0], repo.Keys[model.RoleTargets][0], alice, bob} {
		w.keys[notary.CanonicalID(k.PublicKey)] = k
	}
	w.desk = &admin.Desk{Remote: w, Publisher: w, Store: store{w}, Journal: w, Clock: func() time.Time { return now }}
	return w
}

func (w *workshop) did(what string, args ...any) { w.log = append(w.log, fmt.Sprintf(what, args...)) }

func (w *workshop) Publish(_ context.Context, _ model.GUN, files map[model.RoleName][]byte) error {
	if w.refuse != nil {
		return w.refuse
	}
	w.did("publish")
	if w.deaf {
		return nil
	}
	for role, raw := range files {
		f, err := notary.Parse(role, raw)
		if err != nil {
			return err
		}
		w.repo.Files[role] = f
		w.repo.Past[fmt.Sprintf("%d.%s", f.Version, role)] = raw
	}
	for role, k := range w.pending {
		if w.repo.Files[model.RoleRoot].Roles[slices.IndexFunc(w.repo.Files[model.RoleRoot].Roles, func(s notary.RoleSpec) bool { return s.Name == role })].KeyIDs[0] == k.ID {
			w.repo.Keys[role] = []notarytest.Key{k}
		}
	}
	if files[model.RoleSnapshot] == nil {
		w.repo.SealSnapshot()
	} else {
		w.repo.SealTimestamp()
	}
	w.put(w.repo)
	return nil
}

func (w *workshop) ServerKey(context.Context, model.GUN, model.RoleName) (model.PublicKey, error) {
	return model.PublicKey{}, errors.New("a rotation wants another key, not the one that there is")
}

func (w *workshop) NewServerKey(_ context.Context, _ model.GUN, role model.RoleName) (model.PublicKey, error) {
	if w.stuck {
		return w.repo.Keys[role][0].PublicKey, nil
	}
	w.pending[role] = notarytest.NewEd25519Key()
	w.did("server makes %s", role)
	return w.pending[role].PublicKey, nil
}

func (w *workshop) Begin(_ context.Context, at time.Time, text []byte) (string, error) {
	w.open["1"] = admin.Entry{ID: "1", Begun: at, Plan: text}
	return "1", nil
}

func (w *workshop) Note(_ context.Context, id string, n admin.Note) error {
	w.did("note %s", n.Kind)
	e := w.open[id]
	e.Notes = append(e.Notes, n)
	w.open[id] = e
	return nil
}

func (w *workshop) Close(_ context.Context, id string) error { delete(w.open, id); return nil }

func (w *workshop) Open(context.Context) ([]admin.Entry, error) {
	var out []admin.Entry
	for _, e := range w.open {
		out = append(out, e)
	}
	return out, nil
}

func (w *workshop) Ask(_ context.Context, ask admin.SecretAsk) ([]byte, error) {
	w.did("ask for %s", ask.Key.Label)
	return []byte("passphrase"), nil
}

// store is the key store of a workshop.
type store struct{ *workshop }

func (s store) Keys(context.Context) ([]model.PrivateKey, error) {
	var out []model.PrivateKey
	for id := range s.keys {
		out = append(out, model.PrivateKey{ID: id, Label: "some", Encrypted: true})
	}
	return out, nil
}

func (s store) Unlock(_ context.Context, id model.KeyID, _ []byte) (admin.Signer, error) {
	return unlocked{s.keys[id]}, nil
}

func (s store) Generate(_ context.Context, role model.RoleName, _ model.GUN, _ []byte) (admin.Signer, error) {
	k := notarytest.NewKey()
	s.keys[k.ID] = k
	s.did("make %s", role)
	return unlocked{k}, nil
}

func (s store) Remove(_ context.Context, id model.KeyID) error {
	delete(s.keys, id)
	s.did("remove")
	return nil
}

type unlocked struct{ key notarytest.Key }

func (u unlocked) Key() model.PublicKey {
	bare, err := notarytest.Wrap(u.key.Private)
	if err != nil {
		panic(err)
	}
	return bare.PublicKey
}

func (u unlocked) Sign(payload []byte) (method string, signature []byte, err error) {
	sig, err := notary.Sign("", u.key.Private, payload)
	return sig.Method, sig.Sig, err
}

func (unlocked) Wipe() {}

// try prepares and executes a change.
func (w *workshop) try(change model.Change) (*admin.Outcome, error) {
	w.t.Helper()
	w.log = nil
	p, err := w.desk.Prepare(w.t.Context(), []admin.Asked{{GUN: gun, Changes: []model.Change{change}}})
	if err != nil {
		return nil, err
	}
	if len(w.log) > 0 {
		w.t.Errorf("before the plan is accepted: %v", w.log)
	}
	return w.desk.Execute(w.t.Context(), admin.Execution{Plan: p, Secrets: w})
}

// do is try for what must succeed.
func (w *workshop) do(change model.Change) *admin.Outcome {
	w.t.Helper()
	out, err := w.try(change)
	if err != nil {
		w.t.Fatalf("%+v: %v (%s)", change, err, model.HintOf(err))
	}
	return out
}

func rotation(role model.RoleName, source model.KeySource) model.RotateKey {
	return model.RotateKey{Role: role, Keys: model.RoleKeys{Keys: []model.KeyChoice{{Source: source}}, Threshold: 1}}
}

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

// A run that was cut off after it published is explained, and rotates nothing again.
func TestInterruptedRotation(t *testing.T) {
	w := newWorkshop(t)
	change := rotation(model.RoleTargets, model.KeyNew)
	change.Retire = true
	p, err := w.desk.Prepare(t.Context(), []admin.Asked{{GUN: gun, Changes: []model.Change{change}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.Execute(t.Context(), admin.Execution{Plan: p, Secrets: w}); err != nil {
		t.Fatal(err)
	}
	made := w.keys
	for cut, want := range map[admin.NoteKind]string{admin.NotePublished: "may still be here", admin.NoteRetired: "was removed from this machine"} {
		w.open = map[string]admin.Entry{"1": {ID: "1", Begun: now, Plan: plan.Encode(p), Notes: []admin.Note{{Kind: admin.NotePublished, GUN: gun}, {Kind: cut, GUN: gun, Key: "abcdef0123"}}}}
		all, err := w.desk.Interrupted(t.Context())
		if err != nil || len(all) != 1 || all[0].Remaining != nil || all[0].Fault != nil {
			t.Fatalf("%+v, %v", all, err)
		}
		if text := strings.Join(all[0].Parts[0].Explain(), "; "); !strings.Contains(text, want) {
			t.Errorf("cut off after %s: %s", cut, text)
		}
	}
	if len(w.keys) != len(made) {
		t.Error("looking has changed something")
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
		change.Legacy = legacy
		w.do(change)
		view := w.desk.Open(t.Context(), gun)
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
	for seed := range uint64(12) {
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
	roles := []model.RoleName{model.RoleRoot, model.RoleTargets, model.RoleReleases, "targets/alice", "targets/bob"}
	role := roles[r.IntN(len(roles))]
	switch r.IntN(7) {
	case 0:
		return model.Renew{Roles: []model.RoleName{role}}
	case 1:
		return model.Witness{Roles: []model.RoleName{role}}
	case 2:
		return model.RemoveSigner{Name: []string{"alice", "bob"}[r.IntN(2)], Leave: r.IntN(2) == 0}
	case 3:
		return rotation([]model.RoleName{model.RoleSnapshot, model.RoleTimestamp}[r.IntN(2)], model.KeyServer)
	default:
		change := rotation(role, model.KeyNew)
		change.Retire, change.Leave = r.IntN(2) == 0, r.IntN(2) == 0
		return change
	}
}
