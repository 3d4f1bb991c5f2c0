package admin_test

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/dialect/dialecttest/ledger"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
)

// A chest keeps private keys under IDs of its own rule. While they are closed, it shows their
// public halves or not.
type chest struct {
	name  string
	id    func(spki []byte) model.KeyID
	shows bool
	makes model.Dialect
	keys  map[model.KeyID]crypto.Signer
	names map[model.KeyID]string
	guns  map[model.KeyID]model.GUN
}

func newChest(name string, id func([]byte) model.KeyID, shows bool, makes model.Dialect) *chest {
	return &chest{name: name, id: id, shows: shows, makes: makes, keys: map[model.KeyID]crypto.Signer{}, names: map[model.KeyID]string{}, guns: map[model.KeyID]model.GUN{}}
}

// ledgerID is the ID that a ledger gives a public key.
func ledgerID(spki []byte) model.KeyID {
	sum := sha256.Sum256(spki)
	return model.KeyID(hex.EncodeToString(sum[:]))
}

func spkiOf(private crypto.Signer) []byte {
	spki, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		panic(err)
	}
	return spki
}

func (c *chest) put(label string, private crypto.Signer) model.KeyID {
	id := c.id(spkiOf(private))
	c.keys[id], c.names[id] = private, label
	return id
}

func (c *chest) Name() string                     { return c.name }
func (c *chest) ID(spki []byte) model.KeyID       { return c.id(spki) }
func (c *chest) Makes(dialect model.Dialect) bool { return dialect == c.makes }
func (c *chest) Secret() port.SecretKind          { return port.Passphrase }
func (c *chest) Removes() bool                    { return true }

func (c *chest) Keys(context.Context) ([]model.PrivateKey, error) {
	var out []model.PrivateKey
	for _, id := range slices.Sorted(maps.Keys(c.keys)) {
		k := model.PrivateKey{ID: id, Label: c.names[id], GUN: c.guns[id], Encrypted: true, Modified: now}
		if c.shows {
			k.SPKI = spkiOf(c.keys[id])
		}
		out = append(out, k)
	}
	return out, nil
}

func (c *chest) Unlock(_ context.Context, id model.KeyID, _ []byte) (port.Signer, error) {
	if c.keys[id] == nil {
		return nil, fmt.Errorf("%s has no key %s", c.name, id.Short())
	}
	return unlocked{c.keys[id]}, nil
}

func (c *chest) Generate(_ context.Context, n port.NewKey, _ []byte) (port.Signer, error) {
	private := notarytest.NewKey().Private
	c.guns[c.put(string(n.Role), private)] = n.GUN
	return unlocked{private}, nil
}

func (c *chest) Remove(_ context.Context, id model.KeyID) error {
	delete(c.keys, id)
	return nil
}

// saved is a record in which every key of some chests, by its name there, has a backup that
// was checked.
type saved []*chest

func (s saved) Marks(context.Context) (map[model.KeyID]port.BackupMark, error) {
	out := map[model.KeyID]port.BackupMark{}
	for _, c := range s {
		for id := range c.keys {
			out[id] = port.BackupMark{BackedUp: now, Checked: now}
		}
	}
	return out, nil
}
func (saved) Note(context.Context, map[model.KeyID]port.BackupMark) error   { return nil }
func (saved) Roots(context.Context) (map[string]port.RestoredRoot, error)   { return nil, nil }
func (saved) NoteRoots(context.Context, map[string]port.RestoredRoot) error { return nil }

// ledgerServer serves a ledger and signs its timestamps.
type ledgerServer struct {
	port.Publisher
	*dialecttest.World
	past map[string][]byte
}

func (l *ledgerServer) Source() model.Source { return model.Source{Name: "the ledger"} }

func (l *ledgerServer) keep() {
	for role, raw := range l.Files {
		f, err := l.Dialect.Parse(role, raw)
		if err != nil {
			panic(err)
		}
		l.past[fmt.Sprintf("%d.%s", f.Version, role)] = raw
	}
}

func (l *ledgerServer) Read(_ context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	found := [][]byte{l.Files[ref.Role]}
	if ref.Version > 0 {
		found = [][]byte{l.past[fmt.Sprintf("%d.%s", ref.Version, ref.Role)]}
	}
	if ref.SHA256 != "" {
		found = slices.Collect(maps.Values(l.past))
	}
	for _, raw := range found {
		if sum := sha256.Sum256(raw); raw != nil && gun == dialecttest.GUN && (ref.SHA256 == "" || ref.SHA256 == hexOf(sum)) {
			return port.File{Bytes: raw}, nil
		}
	}
	return port.File{}, &model.Fault{Kind: model.FaultNotFound, Text: "not here"}
}

func (l *ledgerServer) Repositories(context.Context) ([]port.Listed, error) {
	return []port.Listed{{GUN: dialecttest.GUN}}, nil
}

func (*ledgerServer) Changes(context.Context, model.GUN) ([]port.Change, error) { return nil, nil }
func (*ledgerServer) Ping(context.Context) error                                { return nil }

func (l *ledgerServer) Publish(_ context.Context, _ model.GUN, files map[model.RoleName][]byte) error {
	defer l.keep()
	return l.Upload(files, dialecttest.At)
}

// A place is a repository with a service on it, and the private keys of its administrator.
type place struct {
	gun     model.GUN
	service *change.Service
	keys    map[string][]crypto.Signer
	// own is the rule of the dialect's IDs, and other that of another dialect.
	own, other func([]byte) model.KeyID
	name       model.Dialect
	// journal is where the service keeps its journal.
	journal *workshop
}

// places are a repository of Notary and a ledger.
func places(t *testing.T) map[string]func() *place {
	return map[string]func() *place{
		"notary": func() *place {
			w := newWorkshop(t)
			out := &place{gun: gun, service: w.service, keys: map[string][]crypto.Signer{}, own: notarytest.StoredID, other: ledgerID, name: docker.Dialect{}.Name(), journal: w}
			for role, keys := range w.repo.Keys {
				for _, k := range keys {
					if role == model.RoleRoot || role == model.RoleTargets {
						out.keys[string(role)] = append(out.keys[string(role)], k.Private)
					}
				}
			}
			return out
		},
		"ledger": func() *place {
			w, err := dialecttest.NewWorld(ledger.Subject())
			if err != nil {
				t.Fatal(err)
			}
			server := &ledgerServer{World: w, past: map[string][]byte{}}
			server.keep()
			journal := newWorkshop(t)
			out := &place{gun: dialecttest.GUN, keys: map[string][]crypto.Signer{}, own: ledgerID, other: notarytest.StoredID, name: ledger.Dialect{}.Name(), journal: journal}
			out.service = &change.Service{
				Service: &admin.Service{
					DialectOf: dialect.Only(ledger.Dialect{}), Remote: server, Clock: func() time.Time { return dialecttest.At },
				},
				Publisher: server, Journal: journal,
			}
			for _, role := range []model.RoleName{model.RoleRoot, model.RoleTargets, model.RoleSnapshot} {
				for _, k := range w.Keys[role] {
					out.keys[string(role)] = append(out.keys[string(role)], k.Private)
				}
			}
			return out
		},
	}
}

// A private key serves a repository whose dialect gives it another ID than its store does: it
// is found, signs, is told from unused ones, and is removed under the ID that its store has.
func TestKeysUnderIDsOfAnotherDialect(t *testing.T) {
	for name, open := range places(t) {
		for _, shows := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, public halves shown: %v", name, shows), func(t *testing.T) {
				p := open()
				foreign, fresh := p.stocked(shows)
				serves(t, p, foreign, fresh)
			})
		}
	}
}

func serves(t *testing.T, p *place, foreign, fresh *chest) {
	t.Helper()
	old := foreign.id(spkiOf(p.keys["targets"][0]))
	look := p.service.Open(t.Context(), p.gun)
	uses, err := p.service.Keys(t.Context(), []admin.Look{look})
	if err != nil || len(uses) != len(foreign.keys) {
		t.Fatalf("%d keys, %v", len(uses), err)
	}
	for _, use := range uses {
		if len(use.Uses) == 0 || !use.BackedUp() {
			t.Errorf("%s %s: uses %v, backed up %v", use.Label, use.ID.Short(), use.Uses, use.BackedUp())
		}
	}
	survey := admin.KeySurvey{Keys: uses, Looks: []admin.Look{look}}
	if losses := survey.Losses([]model.KeyID{old}); len(losses) != 1 || !losses[0].Lost() || losses[0].Role != model.RoleTargets {
		t.Errorf("without its targets key: %+v", losses)
	}

	p.do(t, model.Renew{Roles: []model.RoleName{model.RoleTargets}})
	rotate := rotation(model.RoleTargets, model.KeyNew)
	rotate.Retire, rotate.AllKnown = true, true
	out := p.do(t, rotate)
	if len(out.Parts[0].Retired) != 1 || foreign.keys[old] != nil {
		t.Errorf("retired %v, kept %v", out.Parts[0].Retired, out.Parts[0].Kept)
	}
	if made := len(fresh.keys) == 1; made == foreign.shows {
		t.Errorf("%d new keys are in the store for keys of the dialect", len(fresh.keys))
	}
	p.do(t, model.Renew{Roles: []model.RoleName{model.RoleTargets}})

	// A key that is here and listed nowhere can be chosen by the name that its store has.
	spare := foreign.put("targets", notarytest.NewKey().Private)
	chosen := rotation(model.RoleTargets, model.KeyHere)
	chosen.Keys.Keys[0].ID = spare
	p.do(t, chosen)
	uses, err = p.service.Keys(t.Context(), []admin.Look{p.service.Open(t.Context(), p.gun)})
	i := slices.IndexFunc(uses, func(u admin.KeyUse) bool { return u.ID == spare })
	if err != nil || i < 0 || len(uses[i].Uses) != 1 || !slices.Contains(uses[i].Also, p.own(spkiOf(foreign.keys[spare]))) {
		t.Errorf("the chosen key: %+v, %v", uses, err)
	}
}

// stocked has the private keys of a place be in a store with IDs of another rule.
func (p *place) stocked(shows bool) (foreign, fresh *chest) {
	foreign, fresh = newChest("foreign", p.other, shows, ""), newChest("own", p.own, false, p.name)
	if shows {
		foreign.makes = p.name // its new keys are found by their public halves
	}
	for label, keys := range p.keys {
		for _, k := range keys {
			foreign.put(label, k)
		}
	}
	p.service.Stores = port.KeyStores{foreign, fresh}
	p.service.Backups = saved{foreign, fresh}
	return foreign, fresh
}

// A run that was cut off before it removed the key that was replaced finds it by the ID that
// the repository gave it, although nothing lists it any more.
func TestCutOffBeforeRemovingUnderAnotherID(t *testing.T) {
	for name, open := range places(t) {
		t.Run(name, func(t *testing.T) {
			p := open()
			foreign, _ := p.stocked(false)
			targets := p.keys["targets"][0]
			rotate := rotation(model.RoleTargets, model.KeyNew)
			rotate.Retire, rotate.AllKnown = true, true
			p.do(t, rotate)
			entry := p.journal.closed[len(p.journal.closed)-1]
			end := slices.IndexFunc(entry.Notes, func(n port.Note) bool { return n.Kind == port.NotePublished }) + 1
			entry.Notes = entry.Notes[:end]
			p.journal.open[entry.ID] = entry
			stored := foreign.put("targets", targets)

			all, err := p.service.Interrupted(t.Context())
			if err != nil || len(all) != 1 || !slices.Equal(all[0].Left(), []model.KeyID{p.own(spkiOf(targets))}) {
				t.Fatalf("%d runs were cut off, %v", len(all), err)
			}
			kept, err := p.service.Finish(t.Context(), all[0])
			if err != nil || len(kept) > 0 || foreign.keys[stored] != nil {
				t.Errorf("kept %v, %v; the key is there: %v", kept, err, foreign.keys[stored] != nil)
			}
		})
	}
}

// A key that was made in vain is found and removed by the ID that its store has.
func TestMadeInVainUnderAnotherID(t *testing.T) {
	p := places(t)["notary"]()
	foreign, _ := p.stocked(true)
	before := maps.Clone(foreign.keys)
	p.journal.refuse = &model.Fault{Kind: model.FaultRefused, Text: "no"}
	plan, err := p.service.Prepare(t.Context(), []change.Request{{GUN: p.gun, Changes: []model.Change{rotation(model.RoleTargets, model.KeyNew)}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.service.Execute(t.Context(), change.Execution{Plan: plan, Secrets: &holder{}}); err == nil || len(foreign.keys) != len(before)+1 {
		t.Fatalf("%d keys, %v", len(foreign.keys), err)
	}
	all, err := p.service.Interrupted(t.Context())
	if err != nil || len(all) != 1 || len(all[0].MadeInVain()) != 1 {
		t.Fatalf("%d runs were cut off, %v", len(all), err)
	}
	removed, err := p.service.RemoveMade(t.Context(), all[0])
	if err != nil || len(removed) != 1 || !maps.Equal(foreign.keys, before) {
		t.Errorf("removed %v, %v; %d keys are left", removed, err, len(foreign.keys))
	}
}

// do plans a change and executes it.
func (p *place) do(t *testing.T, c model.Change) *change.Outcome {
	t.Helper()
	plan, err := p.service.Prepare(t.Context(), []change.Request{{GUN: p.gun, Changes: []model.Change{c}}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.service.Execute(t.Context(), change.Execution{Plan: plan, Secrets: &holder{}})
	if err != nil {
		t.Fatalf("%+v: %v (%s)", c, err, model.HintOf(err))
	}
	return out
}
