package ceremony

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/change"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

func TestMain(m *testing.M) { peer.Main(m) }

// A world is a place where an operator publishes, and the people who sign its root, each on a
// machine of their own.
type world struct {
	dialect dialect.Writable
	gun     model.GUN
	place   port.Publisher
	service *change.Service
	port.Journal
	// roots are those that were published.
	roots func(t *testing.T) [][]byte
	// people have a key each, of which the operator knows what their request says.
	people   map[string]crypto.Signer
	listed   map[string]model.PublicKey
	dialects map[model.Dialect]dialect.Writable
	// own are the operator's keys, by role.
	own map[model.RoleName]port.Signer
	// meanwhile happens between a plan to publish and its execution; nil for nothing.
	meanwhile func()
}

func newKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// invite has people make keys, and takes their requests.
func (w *world) invite(t *testing.T, names ...string) {
	t.Helper()
	w.people, w.listed = map[string]crypto.Signer{}, map[string]model.PublicKey{}
	w.dialects = map[model.Dialect]dialect.Writable{w.dialect.Name(): w.dialect}
	now := time.Now().UTC().Truncate(time.Second)
	for _, name := range names {
		key := newKey(t)
		var serial [16]byte
		_, _ = rand.Read(serial[:]) // never fails
		public, err := w.dialect.NewCertificate(w.gun, key, serial, now.Add(-time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if public == nil {
			der, err := x509.MarshalPKIXPublicKey(key.Public())
			if err != nil {
				t.Fatal(err)
			}
			public = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		}
		r := bundle.Request{Repository: w.gun, Dialect: w.dialect.Name(), Role: model.RoleRoot, Name: name, Made: now, Public: string(public)}
		if err := r.Sign(w.dialect, key); err != nil {
			t.Fatal(err)
		}
		came, err := bundle.DecodeRequest(r.Encode())
		if err != nil {
			t.Fatal(err)
		}
		asked, err := came.Check(w.dialects, nil, now)
		if err != nil {
			t.Fatal(err)
		}
		w.people[name], w.listed[name] = key, asked.Key
	}
}

// keys are those of people, of which so many must sign.
func (w *world) keys(threshold int, names ...string) model.RoleKeys {
	out := model.RoleKeys{Threshold: threshold}
	for _, name := range names {
		out.Keys = append(out.Keys, model.KeyChoice{Source: model.KeyGiven, Public: w.listed[name]})
	}
	return out
}

// mine is the operator's key of a role.
func (w *world) mine(t *testing.T, role model.RoleName) model.RoleKeys {
	t.Helper()
	public, err := w.dialect.Bare(w.own[role].Public())
	if err != nil {
		t.Fatal(err)
	}
	return model.RoleKeys{Threshold: 1, Keys: []model.KeyChoice{{Source: model.KeyGiven, Public: public}}}
}

// compile plans on the repository as it is now.
func (w *world) compile(t *testing.T, changes []model.Change) (*plan.Plan, plan.Request) {
	t.Helper()
	look := w.service.Open(t.Context(), w.gun)
	r := plan.Request{Dialect: w.dialect, GUN: w.gun, Repository: look.Repository, Changes: changes}
	if look.Fault != nil {
		r.Repository = nil
	}
	var here []model.PrivateKey
	for _, key := range w.own {
		public, err := w.dialect.Bare(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		here = append(here, model.PrivateKey{ID: public.ID})
	}
	p, err := plan.Compile([]plan.Request{r}, here, time.Now())
	if err != nil {
		t.Fatal(err, model.HintOf(err))
	}
	return p, r
}

// start prepares a ceremony: the file that goes to everyone.
func (w *world) start(t *testing.T, changes ...model.Change) *bundle.Bundle {
	t.Helper()
	p, r := w.compile(t, changes)
	binding := plan.Binding{}
	for _, m := range p.Parts[0].NewKeys {
		key, err := w.place.ServerKey(t.Context(), w.gun, m.Role)
		if err != nil {
			t.Fatal(err)
		}
		binding[m.Symbol] = key
	}
	sealed, err := plan.Seal(p, 0, r, binding)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Second)
	b, err := bundle.New(p, 0, r, sealed, w.roots(t), now)
	if err != nil {
		t.Fatal(err)
	}
	b.Title = "A root of several"
	b.Dates = bundle.Dates{Opens: now, Target: now.Add(time.Hour), LastSafe: now.Add(2 * time.Hour), Expires: now.Add(3 * time.Hour)}
	for name := range w.people {
		b.Participants = append(b.Participants, bundle.Participant{Name: name, Does: "custodian", Keys: []bundle.Held{{ID: w.listed[name].ID}}})
	}
	return b
}

// open opens a copy of a bundle on a machine.
func (w *world) open(t *testing.T, b *bundle.Bundle) *bundle.Opened {
	t.Helper()
	copied, err := bundle.Decode(b.Encode())
	if err != nil {
		t.Fatal(err)
	}
	o, err := bundle.Open(copied, w.dialects, time.Now())
	if err != nil {
		t.Fatal(err, model.HintOf(err))
	}
	return o
}

// signed has people sign, each on their own; every other one answers in lines instead of a file.
func (w *world) signed(t *testing.T, b *bundle.Bundle, names ...string) *bundle.Opened {
	t.Helper()
	all := w.open(t, b)
	for i, name := range names {
		o := w.open(t, b)
		id := w.dialect.CanonicalID(w.listed[name])
		w.sign(t, o, id, w.people[name])
		if i%2 == 0 {
			if err := all.Merge(o.Bundle()); err != nil {
				t.Fatal(err)
			}
			continue
		}
		answer, err := o.Answer(id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := all.Take(strings.Join(answer.Lines, "\n")); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range w.own {
		public, err := w.dialect.Bare(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		w.sign(t, all, public.ID, key)
	}
	return all
}

func (w *world) sign(t *testing.T, o *bundle.Opened, id model.KeyID, key crypto.Signer) {
	t.Helper()
	for _, task := range o.Tasks(id) {
		sig, err := w.dialect.Sign(task.Key, key, task.Message)
		if err == nil {
			err = o.Add(task.Role, sig)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// publish publishes what was collected, with snapshot and timestamp signed here, and returns the
// proof.
func (w *world) publish(t *testing.T, o *bundle.Opened) *change.Proof {
	t.Helper()
	p, err := w.service.Prepare(t.Context(), []change.Request{{GUN: w.gun, Changes: o.Bundle().Changes}})
	if err != nil {
		t.Fatal(err, model.HintOf(err))
	}
	if w.meanwhile != nil {
		w.meanwhile()
	}
	out, err := w.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: w, Collected: &change.Collected{Seal: o.Seal, From: "ceremony.json"}})
	if err != nil {
		t.Fatal(err, model.HintOf(err))
	}
	if open, _ := w.Open(t.Context()); len(open) > 0 {
		t.Errorf("the journal still has %d open entries", len(open))
	}
	for _, problem := range out.Parts[0].Proof.Fresh.AllProblems() {
		t.Errorf("%s: %s", problem.Code, problem.Text)
	}
	return out.Parts[0].Proof
}

// passphrase opens the operator's keys.
const passphrase = "operator operator"

// Ask is a port.Interaction.
func (w *world) Ask(context.Context, port.SecretAsk) ([]byte, error) { return []byte(passphrase), nil }

// newWorld has the operator make keys for some roles, in a folder.
func newWorld(t *testing.T, d dialect.Writable, gun model.GUN, place interface {
	port.Remote
	port.Publisher
}, store port.KeyStore, roles ...model.RoleName,
) *world {
	t.Helper()
	w := &world{dialect: d, gun: gun, place: place, own: map[model.RoleName]port.Signer{}, Journal: journal{entries: map[string]port.Entry{}}}
	w.service = &change.Service{
		Service:   &admin.Service{DialectOf: dialect.Only(d), Remote: place, Stores: port.KeyStores{store}, Clock: time.Now, Health: health.DefaultOptions()},
		Publisher: place, Journal: w,
	}
	for _, role := range roles {
		key, err := store.Generate(t.Context(), port.NewKey{Role: role, GUN: gun}, []byte(passphrase))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = key.Close() })
		w.own[role] = key
	}
	return w
}

// journal keeps what a plan has done, in memory.
type journal struct{ entries map[string]port.Entry }

func (j journal) Begin(_ context.Context, at time.Time, plan []byte, begun ...port.Note) (string, error) {
	id := strconv.Itoa(len(j.entries))
	j.entries[id] = port.Entry{ID: id, Begun: at, Plan: plan, Notes: begun}
	return id, nil
}

func (j journal) Note(_ context.Context, id string, n port.Note) error {
	e := j.entries[id]
	e.Notes = append(e.Notes, n)
	j.entries[id] = e
	return nil
}

func (j journal) Close(_ context.Context, id string) error {
	delete(j.entries, id)
	return nil
}

func (j journal) Open(context.Context) ([]port.Entry, error) {
	return slices.Collect(maps.Values(j.entries)), nil
}
