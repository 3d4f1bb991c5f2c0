package notary_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

// Each row begins close to one limit. What is then over it is a failure that names the
// limit, on the repository as a whole too, and nothing else breaks.
func TestBudget(t *testing.T) {
	tests := []struct {
		name              string
		given, held, work int64
		text              string
	}{
		{"nothing is spent yet", 0, 0, 0, ""},
		{"bytes", dialect.MaxGiven - 4096, 0, 0, "its files are larger than 512 MiB in total"},
		{"memory", 0, notary.MaxHeld - 4096, 0, "its files need more than 400 MiB of memory"},
		{"work", 0, 0, notary.MaxWork - 500, "its keys and signatures need more than 30 seconds of work"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := publish(healthy())
			l := notary.NewLoad(dialect.Config{GUN: gun, At: during, FirstUse: model.AnchorFirstUse})
			l.SpendBefore(tt.given, tt.held, tt.work)
			s.answer(l)
			repo := l.Repository()
			refusal := notary.Refusal(repo)
			if tt.text == "" {
				if refusal != nil {
					t.Errorf("refused: %+v", refusal)
				}
				return
			}
			if refusal == nil || !found(repo, tt.text) {
				t.Errorf("refused for %+v; all: %+v", refusal, repo.AllProblems())
			}
			for _, p := range repo.Problems {
				if p.Code != model.ProblemLimit {
					t.Errorf("found %+v", p)
				}
			}
		})
	}
}

// answer gives a load what it asks for.
func (s served) answer(l *notary.Load) {
	for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
		for _, w := range wants {
			raw, fault := s.read(w)
			l.Give(w, raw, time.Time{}, fault)
		}
	}
}

// A large repository of the kind that people have stays far below every limit.
func TestLargeRepositoryIsFarBelow(t *testing.T) {
	if testing.Short() {
		t.Skip("it signs a large repository")
	}
	r := notarytest.New(gun, during.Add(-time.Hour))
	roles := []model.RoleName{model.RoleTargets}
	for i := range 200 {
		name := model.RoleName(fmt.Sprintf("targets/signer%d", i))
		r.Delegate(name, 1, []string{""}, notarytest.NewKey())
		roles = append(roles, name)
	}
	f := r.Files["targets/signer0"]
	sum := make([]byte, 64)
	for i := range 100_000 {
		f.Targets = append(f.Targets, model.Target{
			Name: fmt.Sprintf("1.0.%06d", i), Length: 1, Hashes: model.Hashes{SHA256: sum[:32], SHA512: sum},
		})
	}
	r.Seal(roles...)
	l := notary.NewLoad(dialect.Config{GUN: gun, At: during, FirstUse: model.AnchorFirstUse})
	publish(r).answer(l)
	if p := notary.Refusal(l.Repository()); p != nil {
		t.Fatal(p)
	}
	given, held, work := l.Spent()
	t.Logf("%d MiB given, %d MiB held, %d ms of work", given>>20, held>>20, work/1000)
	if given > dialect.MaxGiven/5 || held > notary.MaxHeld/5 || work > notary.MaxWork/100 {
		t.Errorf("it costs %d, %d and %d", given, held, work)
	}
}

// One round of requests never asks for more than fits.
func TestRoundsAreBounded(t *testing.T) {
	r := healthy()
	s := publish(r)
	delete(s, "snapshot.json") // everything is asked for by name, with the largest limit
	l := notary.NewLoad(dialect.Config{GUN: gun, At: during, FirstUse: model.AnchorFirstUse})
	asked := 0
	for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
		var sum int64
		for _, w := range wants {
			sum += w.Limit
			raw, fault := s.read(w)
			l.Give(w, raw, time.Time{}, fault)
		}
		if asked += len(wants); sum > dialect.MaxUnanswered {
			t.Errorf("%d bytes asked for at once: %+v", sum, wants)
		}
	}
	if repo := l.Repository(); asked < 8 || repo.Role("targets/alice/ci").Version == 0 {
		t.Errorf("%d files were asked for", asked)
	}
}

// A signature by a very large key is checked, and costs what it takes.
func TestLargeKeysCost(t *testing.T) {
	r := healthy()
	l := notary.NewLoad(dialect.Config{GUN: gun, At: during, FirstUse: model.AnchorFirstUse})
	publish(r).answer(l)
	l.Repository()
	_, _, small := l.Spent()

	r.Delegate("targets/large", 1, []string{""}, notarytest.NewRSAKey(4096))
	r.Tag("targets/large", "l", "l")
	r.Seal(model.RoleTargets, "targets/large")
	l = notary.NewLoad(dialect.Config{GUN: gun, At: during, FirstUse: model.AnchorFirstUse})
	publish(r).answer(l)
	if p := notary.Refusal(l.Repository()); p != nil {
		t.Fatal(p)
	}
	if _, _, large := l.Spent(); large-small < 1000 {
		t.Errorf("%d instead of %d", large, small)
	}
}

// checkPermits compares the answer for many names with that of asking each path.
func checkPermits(t *testing.T, paths []string, name string) {
	t.Helper()
	one := slices.ContainsFunc(paths, func(path string) bool { return strings.HasPrefix(name, path) })
	if many := notary.NewPrefixes(paths).Permits(name); many != one {
		t.Errorf("%q in %q: %t and %t", name, paths, many, one)
	}
}

func TestPermittedAlike(t *testing.T) {
	for _, paths := range [][]string{nil, {""}, {"a"}, {"a", "ab", "b/"}, {"b", "a/", "a/b", "a0"}} {
		for _, name := range []string{"", "a", "a/", "a/x", "ab", "abc", "a0x", "b", "b/", "c"} {
			checkPermits(t, paths, name)
		}
	}
}

// Both ways of asking for a path answer alike.
func FuzzPermitted(f *testing.F) {
	f.Add("a\nab\nb/", "abc")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, list, name string) {
		paths := strings.Split(list, "\n")
		checkPermits(t, paths, name)
	})
}
