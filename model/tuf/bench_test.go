package tuf_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"trustdeck/model"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// delegations is how many a large repository has.
const delegations = 10_000

// large is a repository of many delegations, each with one target, made once.
var large = sync.OnceValue(func() *tuftest.Repository {
	r := tuftest.New()
	r.Compact = true
	names := []model.RoleName{"targets"}
	keys := []tuftest.Quorum{}
	for range 16 {
		keys = append(keys, tuftest.By(tuftest.Ed25519()))
	}
	for i := range delegations {
		name := model.RoleName(fmt.Sprintf("project-%05d", i))
		r.Delegate("targets", name, keys[i%len(keys)], paths(string(name)+"/*"))
		r.AddTarget(name, string(name)+"/app", string(name))
		names = append(names, name)
	}
	r.Publish(names...)
	return r
})

// TestManyDelegations reads all of 10,000, and finds the target of the last.
func TestManyDelegations(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	got := open(large())
	if len(got.Roles) != delegations+4 {
		t.Fatalf("%d roles", len(got.Roles))
	}
	sound(t, got)
	last := fmt.Sprintf("project-%05d/app", delegations-1)
	if s := (tuf.Dialect{}).Search(got, last); !s.Resolution.OK || len(s.Steps) != delegations+1 {
		t.Errorf("%+v after %d steps", s.Resolution, len(s.Steps))
	}
	for _, tag := range (tuf.Dialect{}).Tags(got) {
		if !tag.Pulled {
			t.Fatalf("%s is not found", tag.Name)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	r := large()
	b.ReportAllocs()
	for b.Loop() {
		if got := open(r); len(got.Roles) != delegations+4 {
			b.Fatal("roles are missing")
		}
	}
}

// BenchmarkOpenGoTUF is what go-tuf takes to verify the same files.
func BenchmarkOpenGoTUF(b *testing.B) {
	r := large()
	b.ReportAllocs()
	for b.Loop() {
		trusted, err := trustedmetadata.New(r.Wire["1.root.json"])
		if err != nil {
			b.Fatal(err)
		}
		trusted.RefTime = time.Time{}
		_, err = trusted.UpdateTimestamp(r.Wire["timestamp.json"])
		if err == nil {
			_, err = trusted.UpdateSnapshot(r.Wire["snapshot.json"], false)
		}
		if err == nil {
			_, err = trusted.UpdateTargets(r.Wire["targets.json"])
		}
		for i := 0; i < delegations && err == nil; i++ {
			name := fmt.Sprintf("project-%05d", i)
			_, err = trusted.UpdateDelegatedTargets(r.Wire[name+".json"], name, "targets")
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	got := open(large())
	last := fmt.Sprintf("project-%05d/app", delegations-1)
	b.ReportAllocs()
	for b.Loop() {
		if !(tuf.Dialect{}).Search(got, last).Resolution.OK {
			b.Fatal("it is not found")
		}
	}
}

func BenchmarkTags(b *testing.B) {
	got := open(large())
	b.ReportAllocs()
	for b.Loop() {
		if len((tuf.Dialect{}).Tags(got)) != delegations {
			b.Fatal("tags are missing")
		}
	}
}
