package bundle_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/dialect/dialecttest/ledger"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/plan"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// now is when bundles are opened.
var now = dialecttest.At.Add(48 * time.Hour)

// known are the dialects of the program, and the invented one.
var known = map[model.Dialect]dialect.Writable{
	docker.Dialect{}.Name(): docker.Dialect{}, tuf.Dialect{}.Name(): tuf.Dialect{}, ledger.Name: ledger.Dialect{},
}

// subjects are the dialects that ceremonies are tried in.
var subjects = map[string]dialecttest.Subject{
	"notary": {Dialect: docker.Dialect{}, Serve: stamp, Signer: "alice"},
	"tuf":    tuftest.Subject(tuf.Dialect{}),
	"ledger": ledger.Subject(),
}

// stamp signs a timestamp, as a server does.
func stamp(files map[model.RoleName][]byte, key dialecttest.Key, at time.Time) error {
	f := &notary.File{Metadata: model.Metadata{
		Role: model.RoleTimestamp, Version: 1, Expires: at.Add(notary.Lifetime(model.RoleTimestamp)),
		Meta: []model.MetaEntry{notary.Entry(model.RoleSnapshot, files[model.RoleSnapshot])},
	}}
	if before, err := notary.Parse(model.RoleTimestamp, files[model.RoleTimestamp]); err == nil {
		f.Version = before.Version + 1
	}
	sig, err := notary.Sign(key.Listed.ID, key.Private, f.Canonical())
	f.Signatures = []dialect.Signature{sig}
	files[model.RoleTimestamp] = f.Wire()
	return err
}

// must is a value that a test cannot do without.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// scene is a repository whose root is signed by people.
type scene struct {
	*dialecttest.World
	// roots that were published.
	roots [][]byte
	// people have a root key each, by name.
	people map[string]dialecttest.Key
}

var names = []string{"Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus"}

// newScene is a repository whose root is signed by so many of the first people.
func newScene(s dialecttest.Subject, threshold, people int) *scene {
	out := &scene{World: must(dialecttest.NewWorld(s)), people: map[string]dialecttest.Key{}}
	out.roots = append(out.roots, out.Files[model.RoleRoot])
	for _, name := range names {
		out.people[name] = must(out.NewKey(model.RoleRoot))
		out.Keys[model.RoleRoot] = append(out.Keys[model.RoleRoot], out.people[name])
	}
	draft := s.Dialect.Draft(dialecttest.GUN, out.Repository, true)
	draft.SetRole(model.RoleRoot, threshold, out.listed(names[:people]...)...)
	if err := out.Publish(draft, dialecttest.At); err != nil {
		panic(err)
	}
	out.roots = append(out.roots, out.Files[model.RoleRoot])
	return out
}

func (s *scene) listed(names ...string) []model.PublicKey {
	var out []model.PublicKey
	for _, name := range names {
		out = append(out, s.people[name].Listed)
	}
	return out
}

// rootOf has so many of some people sign the root.
func (s *scene) rootOf(threshold int, names ...string) model.Change {
	out := model.RotateKey{Role: model.RoleRoot, Keys: model.RoleKeys{Threshold: threshold}}
	for _, k := range s.listed(names...) {
		out.Keys.Keys = append(out.Keys.Keys, model.KeyChoice{Source: model.KeyGiven, Public: k})
	}
	return out
}

// bundle is what must be signed for changes, as it is carried to everyone.
func (s *scene) bundle(changes ...model.Change) *bundle.Bundle {
	r := plan.Request{Dialect: s.Dialect, GUN: dialecttest.GUN, Repository: s.Repository, Changes: changes}
	var here []model.PrivateKey
	for _, keys := range s.Keys {
		for _, k := range keys {
			here = append(here, model.PrivateKey{ID: s.Dialect.CanonicalID(k.Listed)})
		}
	}
	p := must(plan.Compile([]plan.Request{r}, here, dialecttest.At))
	if v := p.Verdict(); v.State != plan.Ready {
		panic(fmt.Sprintf("%+v", v))
	}
	binding := plan.Binding{}
	for _, m := range p.Parts[0].NewKeys {
		key := must(s.NewKey(m.Role))
		s.Keys[m.Role] = append(s.Keys[m.Role], key)
		binding[m.Symbol] = key.Listed
	}
	roots := s.roots
	if s.Repository == nil {
		roots = nil
	}
	b := must(bundle.New(p, 0, r, must(plan.Seal(p, 0, r, binding)), roots, dialecttest.At.Add(24*time.Hour)))
	day := 24 * time.Hour
	b.Title = "Replace custodians"
	b.Dates = bundle.Dates{Opens: dialecttest.At.Add(day), Target: dialecttest.At.Add(7 * day), LastSafe: dialecttest.At.Add(14 * day), Expires: dialecttest.At.Add(21 * day)}
	for i, name := range names {
		held := []bundle.Held{{ID: s.people[name].Listed.ID}}
		if i%2 == 0 {
			held[0].Serial = fmt.Sprint(12345670 + i)
		}
		b.Participants = append(b.Participants, bundle.Participant{Name: name, Does: "custodian", Keys: held})
	}
	b.Participants = append(b.Participants, bundle.Participant{Name: "Olga", Does: "operator"})
	return b
}

// sign has some people sign all that they are asked for, on a machine of their own.
func (s *scene) sign(t testing.TB, b *bundle.Bundle, names ...string) *bundle.Bundle {
	t.Helper()
	o, err := bundle.Open(must(bundle.Decode(b.Encode())), known, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		s.signAs(t, o, s.people[name])
	}
	return o.Bundle()
}

func (s *scene) signAs(t testing.TB, o *bundle.Opened, key dialecttest.Key) {
	t.Helper()
	for _, task := range o.Tasks(s.Dialect.CanonicalID(key.Listed)) {
		sig := must(s.Dialect.Sign(task.Key, key.Private, task.Message))
		if err := o.Add(task.Role, sig); err != nil {
			t.Fatal(err)
		}
	}
}

// open opens a bundle.
func open(t testing.TB, b *bundle.Bundle) *bundle.Opened {
	t.Helper()
	o, err := bundle.Open(b, known, now)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// each tries something in each dialect.
func each(t *testing.T, try func(t *testing.T, s dialecttest.Subject)) {
	t.Helper()
	for name, s := range subjects {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			try(t, s)
		})
	}
}

// orders are all orders of a few things.
func orders[T any](things []T) [][]T {
	if len(things) < 2 {
		return [][]T{things}
	}
	var out [][]T
	for i := range things {
		for _, rest := range orders(slices.Delete(slices.Clone(things), i, i+1)) {
			out = append(out, append([]T{things[i]}, rest...))
		}
	}
	return out
}

type planRow = plan.RoleSummary

// dump is a value in full.
func dump(v any) string { return string(must(json.Marshal(v))) + "\n" }
