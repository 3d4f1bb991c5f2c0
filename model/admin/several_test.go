package admin_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// fleetGUNs are the repositories of a fleet, in the order in which they are changed.
var fleetGUNs = []model.GUN{"registry.example.com/acme/one", "registry.example.com/acme/two", "registry.example.com/acme/three"}

// A fleet is a workshop with three repositories, in all of which alice signs with one key.
type fleet struct {
	*workshop
	repos map[model.GUN]*notarytest.Repo
	alice notarytest.Key
	// fails is what an upload gets, and before runs before it, by repository.
	fails  map[model.GUN]error
	before map[model.GUN]func()
	// cut has uploads not be found out about once they have failed.
	cut, deaf map[model.GUN]bool
	// stopped, written and full are what ends everything.
	stopped, written, full bool
	silent                 bool
}

func newFleet(t testing.TB) *fleet {
	f := &fleet{
		workshop: newWorkshop(t), repos: map[model.GUN]*notarytest.Repo{}, alice: notarytest.NewKey(),
		fails: map[model.GUN]error{}, before: map[model.GUN]func(){}, cut: map[model.GUN]bool{}, deaf: map[model.GUN]bool{},
	}
	bob := notarytest.NewKey()
	for _, name := range fleetGUNs {
		repo := notarytest.New(name, now)
		repo.Delegate("targets/alice", 1, []string{""}, f.alice)
		repo.Delegate("targets/bob", 1, []string{""}, bob)
		repo.Delegate(docker.Releases, 1, []string{""}, f.alice, bob)
		repo.Keys[docker.Releases] = []notarytest.Key{bob}
		repo.Seal(model.RoleTargets, docker.Releases, "targets/alice")
		f.repos[name] = repo
		f.put(repo)
		for _, k := range []notarytest.Key{repo.Keys[model.RoleRoot][0], repo.Keys[model.RoleTargets][0], f.alice, bob} {
			f.keys[notary.CanonicalID(k.PublicKey)] = k
		}
	}
	f.service.Publisher, f.service.Journal, f.service.Remote = f, f, f
	f.service.Stores = port.KeyStores{fleetStore{store{f.workshop}, f}}
	return f
}

func (f *fleet) Publish(ctx context.Context, name model.GUN, files map[model.RoleName][]byte) error {
	if do := f.before[name]; do != nil {
		do()
	}
	if err := f.fails[name]; err != nil {
		f.silent = f.cut[name]
		return err
	}
	f.repo = f.repos[name]
	f.workshop.deaf = f.deaf[name]
	return f.workshop.Publish(ctx, name, files)
}

func (f *fleet) Read(ctx context.Context, name model.GUN, ref port.Ref) (port.File, error) {
	if f.silent {
		return port.File{}, &model.Fault{Kind: model.FaultUnreachable, Text: "nobody answers"}
	}
	return f.workshop.Read(ctx, name, ref)
}

func (f *fleet) Note(ctx context.Context, id string, n port.Note) error {
	if f.written {
		return &model.Fault{Kind: model.FaultLocal, Text: "the disk is full"}
	}
	return f.workshop.Note(ctx, id, n)
}

// fleetStore has no room where its fleet says so.
type fleetStore struct {
	store
	*fleet
}

func (s fleetStore) Keys(ctx context.Context) ([]model.PrivateKey, error) { return s.store.Keys(ctx) }

func (s fleetStore) Generate(ctx context.Context, n port.NewKey, passphrase []byte) (port.Signer, error) {
	if s.full {
		return nil, &model.Fault{Kind: model.FaultUsage, Text: "there is no room"}
	}
	return s.store.Generate(ctx, n, passphrase)
}

func (s fleetStore) Name() string { return s.store.Name() }

func (s fleetStore) Secret() port.SecretKind { return s.store.Secret() }

func (s fleetStore) Removes() bool { return s.store.Removes() }

func (s fleetStore) Remove(ctx context.Context, id model.KeyID) error { return s.store.Remove(ctx, id) }

func (s fleetStore) Unlock(ctx context.Context, id model.KeyID, secret []byte) (port.Signer, error) {
	return s.store.Unlock(ctx, id, secret)
}

// prepared is the plan of some changes in each repository.
func (f *fleet) prepared(changes ...model.Change) *plan.Plan {
	f.t.Helper()
	var asked []change.Request
	for _, name := range fleetGUNs {
		asked = append(asked, change.Request{GUN: name, Changes: changes})
	}
	p, err := f.service.Prepare(f.t.Context(), asked)
	if err != nil {
		f.t.Fatal(err)
	}
	return p
}

func (f *fleet) execute(p *plan.Plan, resume *change.Interrupted) (*change.Outcome, error) {
	return f.service.Execute(f.t.Context(), change.Execution{Plan: p, Secrets: f, Resume: resume, Stop: func() bool { return f.stopped }})
}

func states(out *change.Outcome) []change.PartState {
	var list []change.PartState
	for i := range out.Parts {
		list = append(list, out.Parts[i].State())
	}
	return list
}

// lost has alice's key be replaced by another one, which is here too, and removed.
func (f *fleet) lost() model.RotateKey {
	next := notarytest.NewKey()
	f.keys[next.ID] = next
	return model.RotateKey{
		Role: "targets/alice", Retire: true,
		Keys: model.RoleKeys{Keys: []model.KeyChoice{{Source: model.KeyGiven, Public: next.PublicKey}}, Threshold: 1},
	}
}

// Where the second of three repositories fails, the third is changed all the same if the
// failure is the second's alone; otherwise it is not started. A key that is to be removed
// stays for as long as one of them needs it. What is left is done by resume, or begun anew.
func TestSecondOfThreeFails(t *testing.T) {
	if testing.Short() {
		t.Skip("each row changes three repositories")
	}
	one, two := fleetGUNs[0], fleetGUNs[1]
	upload := func(kind model.FaultKind) func(*fleet) {
		return func(f *fleet) { f.fails[two] = &model.Fault{Kind: kind, Text: "it failed", Hint: "Look."} }
	}
	during := func(of model.GUN, do func(*fleet)) func(*fleet) {
		return func(f *fleet) { f.before[of] = func() { do(f) } }
	}
	const verified, failed, unbegun = change.PartVerified, change.PartFailed, change.PartNotStarted
	for name, row := range map[string]struct {
		spoil         func(*fleet)
		second, third change.PartState
		kind          model.FaultKind
	}{
		"refused":         {upload(model.FaultRefused), failed, verified, model.FaultRefused},
		"no right":        {upload(model.FaultUnauthorized), failed, verified, model.FaultUnauthorized},
		"not found":       {upload(model.FaultNotFound), failed, verified, model.FaultNotFound},
		"too late":        {upload(model.FaultStale), failed, verified, model.FaultStale},
		"nonsense":        {upload(model.FaultBadData), failed, verified, model.FaultBadData},
		"server error":    {upload(model.FaultServer), failed, unbegun, model.FaultServer},
		"unreachable":     {upload(model.FaultUnreachable), failed, unbegun, model.FaultUnreachable},
		"not trusted":     {upload(model.FaultTLS), failed, unbegun, model.FaultTLS},
		"cut off":         {upload(model.FaultCanceled), change.PartInterrupted, unbegun, model.FaultCanceled},
		"mistake":         {func(f *fleet) { f.fails[two] = errors.New("what now") }, failed, unbegun, ""},
		"nobody knows":    {func(f *fleet) { upload(model.FaultUnreachable)(f); f.cut[two] = true }, change.PartUnknown, unbegun, model.FaultUnreachable},
		"nothing stored":  {func(f *fleet) { f.deaf[two] = true }, change.PartUnverified, unbegun, model.FaultUnusable},
		"stopped":         {during(one, func(f *fleet) { f.stopped = true }), unbegun, unbegun, model.FaultCanceled},
		"stopped in two":  {during(two, func(f *fleet) { f.stopped = true }), change.PartUnverified, unbegun, model.FaultCanceled},
		"journal":         {during(two, func(f *fleet) { f.written = true }), change.PartUnverified, unbegun, model.FaultLocal},
		"no room for key": {during(one, func(f *fleet) { f.full = true }), failed, unbegun, model.FaultUsage},
		"changed meanwhile": {during(one, func(f *fleet) {
			f.repos[two].Seal(model.RoleTargets)
			f.put(f.repos[two])
		}), failed, verified, ""},
	} {
		for kind, changes := range map[string]func(*fleet) []model.Change{
			"targets key": func(*fleet) []model.Change {
				rotate := rotation(model.RoleTargets, model.KeyNew)
				rotate.Retire = true
				return []model.Change{rotate}
			},
			"lost key": func(f *fleet) []model.Change { return []model.Change{f.lost()} },
			"alice":    func(*fleet) []model.Change { return []model.Change{model.RemoveSigner{Name: "alice"}} },
		} {
			if name == "no room for key" && kind != "targets key" {
				continue // no key is made
			}
			t.Run(name+"/"+kind, func(t *testing.T) {
				f := newFleet(t)
				asked := changes(f)
				row.spoil(f)
				p := f.prepared(asked...)
				out, err := f.execute(p, nil)
				first := change.PartVerified
				if name == "stopped" {
					first = change.PartUnverified
				}
				if got, want := states(out), []change.PartState{first, row.second, row.third}; !slices.Equal(got, want) {
					t.Fatalf("%v, want %v: %v", got, want, err)
				}
				var failures *change.Failures
				if !errors.As(err, &failures) || model.KindOf(err) != row.kind || failures.Of != 3 {
					t.Errorf("ended with %v of kind %q", err, model.KindOf(err))
				}
				f.checkKeys(p, out)
				f.finish(asked)
			})
		}
	}
}

// checkKeys checks that a key that is to be removed is here wherever a repository lists it,
// and that the journal remembers what somebody must know.
func (f *fleet) checkKeys(p *plan.Plan, out *change.Outcome) {
	f.t.Helper()
	f.silent = false
	vain := false
	for i := range p.Parts {
		part := &out.Parts[i]
		r := f.service.Open(f.t.Context(), part.GUN).Repository
		for _, k := range p.Parts[i].Retire {
			key, _ := r.Key(k.ID)
			if _, here := f.keys[k.ID]; !here && len(key.Roles) > 0 {
				f.t.Errorf("key %s was removed, and signs %v of %s", k.ID.Short(), key.Roles, part.GUN)
			}
		}
		vain = vain || part.State() == change.PartUnknown || !part.Published && len(part.Made) > 0
	}
	if vain != (len(f.open) > 0) {
		f.t.Errorf("%d entries are open, keys in vain or doubt: %t", len(f.open), vain)
	}
}

// finish does what is left: what the journal tells of, or else the same once more.
func (f *fleet) finish(asked []model.Change) {
	f.t.Helper()
	f.fails, f.before, f.deaf = map[model.GUN]error{}, map[model.GUN]func(){}, map[model.GUN]bool{}
	f.stopped, f.written, f.full = false, false, false
	f.log = nil
	all, err := f.service.Interrupted(f.t.Context())
	if err != nil || len(all) > 1 {
		f.t.Fatalf("%+v, %v", all, err)
	}
	if len(all) == 0 {
		return
	}
	if _, err := f.service.Finish(f.t.Context(), all[0]); err != nil {
		f.t.Fatal(err)
	}
	out, err := f.execute(all[0].Remaining, &all[0])
	if err != nil || len(f.open) > 0 || slices.ContainsFunc(states(out), func(s change.PartState) bool { return s != change.PartVerified }) {
		f.t.Fatalf("resumed: %v, %v, %d entries are open", states(out), err, len(f.open))
	}
	made := map[model.KeyID]model.GUN{}
	for _, name := range fleetGUNs {
		id := f.service.Open(f.t.Context(), name).Repository.Role(model.RoleTargets).Keys[0]
		if other, twice := made[id]; twice {
			f.t.Errorf("key %s signs %s and %s", id.Short(), other, name)
		}
		made[id] = name
	}
	for _, c := range asked {
		if rotate, ok := c.(model.RotateKey); ok && rotate.Role == model.RoleTargets && len(f.files) != len(fleetGUNs) {
			f.t.Errorf("%d keys were made for %d repositories", len(f.files), len(fleetGUNs))
		}
	}
}

// A key that several repositories of a plan let go of is removed once, after the last; where
// a repository that is not in the plan lists it, it stays.
func TestRetiredBySeveral(t *testing.T) {
	f := newFleet(t)
	id := notary.CanonicalID(f.alice.PublicKey)
	p := f.prepared(f.lost())
	out, err := f.execute(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, here := f.keys[id]; here || !slices.Equal(out.Parts[2].Retired, []model.KeyID{id}) || len(out.Parts[0].Retired) > 0 {
		t.Errorf("key of alice: here %t, %+v", here, out)
	}
	if at := slices.Index(f.log, "remove"); at < 0 || slices.Contains(f.log[at:], "publish") {
		t.Errorf("in this order: %v", f.log)
	}

	f = newFleet(t)
	var asked []change.Request
	lost := f.lost()
	for _, name := range fleetGUNs[:2] {
		asked = append(asked, change.Request{GUN: name, Changes: []model.Change{lost}})
	}
	p, err = f.service.Prepare(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Parts {
		if got := p.Parts[i].Removed(); len(got) > 0 {
			t.Errorf("%s: removes %v, which %s lists", p.Parts[i].GUN, got, fleetGUNs[2])
		}
	}
	if text := fmt.Sprint(p.Parts[0].Local.Warnings); !strings.Contains(text, "it signs targets/alice of "+string(fleetGUNs[2])) || strings.Contains(text, string(fleetGUNs[1])) {
		t.Error(text)
	}
}

// Repositories that fail by themselves do not keep each other from being changed, and all
// are named.
func TestAllOfThreeFail(t *testing.T) {
	f := newFleet(t)
	for _, name := range fleetGUNs {
		f.fails[name] = &model.Fault{Kind: model.FaultRefused, Subject: string(name), Text: "no"}
	}
	out, err := f.execute(f.prepared(model.RemoveSigner{Name: "alice"}), nil)
	if err == nil || err.Error() != "3 of 3 repositories failed" || !slices.Equal(states(out), []change.PartState{change.PartFailed, change.PartFailed, change.PartFailed}) || len(f.open) > 0 {
		t.Errorf("%v: %v, %d entries are open", states(out), err, len(f.open))
	}
}
