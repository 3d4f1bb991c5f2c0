package tuf_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// reading tries a dialect on a repository with two delegations, of which one leads on.
func reading(d dialect.Dialect) dialecttest.Reading {
	r := tuftest.New()
	key := tuftest.By(tuftest.Ed25519())
	r.Delegate("targets", "alice", key, paths("a/*", "*"))
	r.Delegate("alice", "bob", tuftest.By(tuftest.P256()), terminating("a/b*"))
	r.AddTarget("targets", "top", "x")
	r.AddTarget("alice", "a/x", "x")
	r.AddTarget("bob", "a/bx", "x")
	r.AddTarget("bob", "elsewhere", "x")
	r.Publish("targets", "alice", "bob")
	out := dialecttest.Reading{Dialect: d, Older: current(r), Signer: "night watch", NoSigner: "root", NoRole: "a\nb"}
	r.Publish("targets")
	out.Files = current(r)
	return out
}

// current are the files with plain names.
func current(r *tuftest.Repository) map[model.RoleName][]byte {
	out := map[model.RoleName][]byte{}
	for role := range maps.Keys(r.Signed) {
		out[role] = r.Wire[string(role)+".json"]
	}
	return out
}

func TestDialect(t *testing.T) {
	t.Parallel()
	if err := dialecttest.CheckReading(reading(tuf.Dialect{})); err != nil {
		t.Error(err)
	}
	if err := dialecttest.Check(tuftest.Subject(tuf.Dialect{})); err != nil {
		t.Error(err)
	}
}

// The suite finds what it is there to find.
func TestSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("each fault is looked for by the whole suite")
	}
	spoiling := func(spoil func(*model.Role)) dialect.Dialect { return spoilt{spoil: spoil} }
	for property, d := range map[string]dialect.Dialect{
		"no altered byte is verified":                          spoiling(func(r *model.Role) { r.State = model.RoleVerified }),
		"what has expired says so":                             spoiling(func(r *model.Role) { r.Expired = false }),
		"roles have the edges that files state":                spoiling(func(r *model.Role) { r.Parents = nil }),
		"names are read and refused":                           lenient{},
		"a load asks for each file once, and within its limit": spoilt{insatiable: true},
		"memory notices what is older":                         spoiling(func(r *model.Role) { r.Problems = nil }),
		"a search ends as the target is resolved":              lost{},
	} {
		t.Run(property, func(t *testing.T) {
			t.Parallel()
			if err := dialecttest.CheckReading(reading(d)); err == nil || !strings.Contains(err.Error(), property+": ") {
				t.Errorf("found %v", err)
			}
		})
	}
}

type lenient struct{ tuf.Dialect }

func (lenient) ParseRole(name string) (model.RoleName, error) { return model.RoleName(name), nil }

// lost resolves nothing.
type lost struct{ tuf.Dialect }

func (lost) Resolve(_ *model.Repository, name string) model.Resolution {
	return model.Resolution{Tag: name}
}

// spoilt spoils each role that is read.
type spoilt struct {
	tuf.Dialect
	spoil      func(*model.Role)
	insatiable bool
}

func (s spoilt) Load(cfg dialect.Config) dialect.Load {
	return &spoiltLoad{Load: s.Dialect.Load(cfg), spoilt: s}
}

type spoiltLoad struct {
	dialect.Load
	spoilt
	asked []dialect.Want
}

func (l *spoiltLoad) Repository() *model.Repository {
	out := l.Load.Repository()
	for i := range out.Roles {
		if l.spoil != nil {
			l.spoil(&out.Roles[i])
		}
	}
	return out
}

// Wants asks once more for what was given, where it is insatiable.
func (l *spoiltLoad) Wants() []dialect.Want {
	wants := l.Load.Wants()
	if l.insatiable && len(wants) == 0 && l.asked != nil {
		wants, l.asked = l.asked, nil
		return wants
	}
	if len(wants) > 0 {
		l.asked = slices.Clone(wants)
	}
	return wants
}
