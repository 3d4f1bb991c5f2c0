package ceremony

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
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
	service *admin.Service
	// roots are those that were published.
	roots func(t *testing.T) [][]byte
	// people have a key each, of which the operator knows what their request says.
	people   map[string]crypto.Signer
	listed   map[string]model.PublicKey
	dialects map[model.Dialect]dialect.Writable
	// own are the operator's keys, by role.
	own map[model.RoleName]crypto.Signer
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

// publish makes what is signed last, and sends everything.
func (w *world) publish(t *testing.T, o *bundle.Opened) {
	t.Helper()
	p, r := w.compile(t, o.Bundle().Changes)
	sealed, err := o.Seal(p, 0, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, rewrite := range p.Parts[0].Rewrites {
		if rewrite.Signer != plan.SignedHere || !rewrite.Role.ListsFiles() {
			continue
		}
		payload, err := sealed.Payload(rewrite.Role, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		public, err := w.dialect.Bare(w.own[rewrite.Role].Public())
		if err != nil {
			t.Fatal(err)
		}
		sig, err := w.dialect.Sign(public, w.own[rewrite.Role], payload)
		if err == nil {
			err = sealed.Sign(rewrite.Role, sig)
		}
		if err == nil {
			err = sealed.Check(rewrite.Role, time.Now())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	files, err := sealed.Files()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.place.Publish(t.Context(), w.gun, files); err != nil {
		t.Fatal(err, model.HintOf(err))
	}
	look := w.service.Open(t.Context(), w.gun)
	if look.Fault != nil {
		t.Fatal(look.Fault)
	}
	for _, problem := range look.Repository.AllProblems() {
		t.Errorf("%s: %s", problem.Code, problem.Text)
	}
}
