package docker_test

import (
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
)

// subject tries a dialect on repositories that docker could have made.
func subject(d dialect.Writable) dialecttest.Subject {
	return dialecttest.Subject{Dialect: d, Serve: stamp, Signer: "alice", NoSigner: "releases", NoRole: "targets/Alice"}
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

func TestDialect(t *testing.T) {
	t.Parallel()
	if err := dialecttest.Check(subject(docker.Dialect{})); err != nil {
		t.Error(err)
	}
}

// The suite finds what it is there to find.
func TestSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("each fault is looked for by the whole suite")
	}
	for property, d := range faulty {
		t.Run(property, func(t *testing.T) {
			t.Parallel()
			if err := dialecttest.Check(subject(d)); err == nil || !strings.Contains(err.Error(), property+": ") {
				t.Errorf("found %v", err)
			}
		})
	}
}

// faulty are dialects with one mistake each, by the property that it breaks.
var faulty = map[string]dialect.Writable{
	"what is written verifies":                             misnamed{},
	"the same edits give the same bytes":                   restless(),
	"a file reads back as it was meant":                    careless{},
	"a change continues what is published":                 drafting{wrap: func(d dialect.Draft) dialect.Draft { return idle{d} }},
	"one signature less than the threshold is not enough":  drafting{wrap: func(d dialect.Draft) dialect.Draft { return content{d} }},
	"a root needs the keys of the one before":              drafting{wrap: func(d dialect.Draft) dialect.Draft { return forgetful{d} }},
	"no altered byte is verified":                          reading{spoil: func(r *model.Repository) { each(r, func(role *model.Role) { role.State = model.RoleVerified }) }},
	"what has expired says so":                             reading{spoil: func(r *model.Repository) { each(r, func(role *model.Role) { role.Expired = false }) }},
	"edges are those that the files state":                 reading{spoil: func(r *model.Repository) { each(r, func(role *model.Role) { role.Parents = nil }) }},
	"a signer is made of edges, and found again":           reading{spoil: func(r *model.Repository) { r.Signers = nil }},
	"what is no longer delegated is not reached":           drafting{wrap: func(d dialect.Draft) dialect.Draft { return clinging{d} }},
	"targets are added, replaced and removed":              drafting{wrap: func(d dialect.Draft) dialect.Draft { return hoarding{d} }},
	"a target is signed where its signers may":             generous{},
	"an edge is stated anew":                               drafting{wrap: func(d dialect.Draft) dialect.Draft { return stubborn{d} }},
	"paths are delegated and matched":                      catching{},
	"keys keep their identity":                             gullible{},
	"what is to be signed is read":                         trusting{},
	"a payload and its signatures make the file":           drafting{wrap: func(d dialect.Draft) dialect.Draft { return spacious{d} }},
	"nothing that is signed is left unsaid":                silent{},
	"names are read and refused":                           lenient{},
	"a load asks for each file once, and within its limit": reading{insatiable: true},
	"roles have the edges that files state":                reading{spoil: func(r *model.Repository) { each(r, func(role *model.Role) { role.Parents = nil }) }},
	"a search ends as the target is resolved":              searching{},
	"memory notices what is older":                         reading{spoil: func(r *model.Repository) { each(r, func(role *model.Role) { role.Problems = nil }) }},
}

func each(r *model.Repository, do func(*model.Role)) {
	for i := range r.Roles {
		do(&r.Roles[i])
	}
}

type misnamed struct{ docker.Dialect }

func (misnamed) Name() model.Dialect { return "other" }

type careless struct{ docker.Dialect }

func (careless) Deviation(*dialect.File, []byte) string { return "something" }

type gullible struct{ docker.Dialect }

func (gullible) Verify(model.PublicKey, []byte, dialect.Signature) error { return nil }

// stubborn leaves every edge as it is.
type stubborn struct{ dialect.Draft }

func (stubborn) SetEdge(model.Delegation) {}

// trusting reads what was signed as what is to be.
type trusting struct{ docker.Dialect }

func (t trusting) ParsePayload(role model.RoleName, payload []byte) (*dialect.File, error) {
	if f, err := t.Parse(role, payload); err == nil {
		return f, nil
	}
	return t.Dialect.ParsePayload(role, payload)
}

// spacious publishes a line break that no signature is over.
type spacious struct{ dialect.Draft }

func (s spacious) Check(role model.RoleName, at time.Time) ([]byte, error) {
	wire, err := s.Draft.Check(role, at)
	return append(wire, '\n'), err
}

// silent does not say when a file expires.
type silent struct{ docker.Dialect }

func (s silent) ParsePayload(role model.RoleName, payload []byte) (*dialect.File, error) {
	f, err := s.Dialect.ParsePayload(role, payload)
	if err == nil {
		f.Expires = dialecttest.At
	}
	return f, err
}

// generous signs in targets, whoever has its key.
type generous struct{ docker.Dialect }

func (generous) SigningRoles(*model.Repository, string, func(model.KeyID) bool) []model.RoleName {
	return []model.RoleName{model.RoleTargets}
}

// catching matches every name.
type catching struct{ docker.Dialect }

func (catching) Matcher(model.Delegation) func(string) bool { return func(string) bool { return true } }

type lenient struct{ docker.Dialect }

func (lenient) ParseRole(name string) (model.RoleName, error) { return model.RoleName(name), nil }

// reading spoils what is read.
type reading struct {
	docker.Dialect
	spoil      func(*model.Repository)
	insatiable bool
}

func (r reading) Load(cfg dialect.Config) dialect.Load {
	return &spoilt{Load: r.Dialect.Load(cfg), reading: r}
}

type spoilt struct {
	dialect.Load
	reading
	asked []dialect.Want
}

func (s *spoilt) Repository() *model.Repository {
	out := s.Load.Repository()
	if s.spoil != nil {
		s.spoil(out)
	}
	return out
}

// Wants asks once more for what was given, where it is insatiable.
func (s *spoilt) Wants() []dialect.Want {
	wants := s.Load.Wants()
	if s.insatiable && len(wants) == 0 && s.asked != nil {
		wants, s.asked = s.asked, nil
		return wants
	}
	if len(wants) > 0 {
		s.asked = wants
	}
	return wants
}

// searching finds everything in the root.
type searching struct{ docker.Dialect }

func (s searching) Search(r *model.Repository, name string) model.Search {
	out := s.Dialect.Search(r, name)
	for i := range out.Steps {
		out.Steps[i].Outcome = model.SearchFound
	}
	return out
}

// drafting spoils what is written.
type drafting struct {
	docker.Dialect
	wrap func(dialect.Draft) dialect.Draft
}

func (d drafting) Draft(gun model.GUN, r *model.Repository, own bool) dialect.Draft {
	return d.wrap(d.Dialect.Draft(gun, r, own))
}

// restless seals the same thing at another moment each time.
func restless() dialect.Writable {
	seals := 0
	return drafting{wrap: func(d dialect.Draft) dialect.Draft { return drifting{d, &seals} }}
}

type drifting struct {
	dialect.Draft
	seals *int
}

func (d drifting) Seal(role model.RoleName, from time.Time) []byte {
	*d.seals++
	return d.Draft.Seal(role, from.Add(time.Duration(*d.seals)*time.Minute))
}

// idle forgets to rewrite the snapshot.
type idle struct{ dialect.Draft }

func (i idle) Rewritten() []model.RoleName {
	out := i.Draft.Rewritten()
	return out[:max(0, len(out)-1)]
}

// content is content with whatever is signed.
type content struct{ dialect.Draft }

func (c content) Check(role model.RoleName, at time.Time) ([]byte, error) {
	wire, err := c.Draft.Check(role, at)
	if role.Delegation() && wire == nil {
		return []byte("unsigned"), nil
	}
	return wire, err
}

// forgetful does not ask the root before.
type forgetful struct{ dialect.Draft }

func (f forgetful) Quorums(role model.RoleName) []dialect.Quorum {
	out := f.Draft.Quorums(role)
	return out[len(out)-1:]
}

// clinging undelegates nothing.
type clinging struct{ dialect.Draft }

func (clinging) Undelegate(model.RoleName, model.RoleName) {}

// hoarding keeps every target.
type hoarding struct{ dialect.Draft }

func (hoarding) RemoveTarget(model.RoleName, string) bool { return true }
