package tuf

import (
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/tuf/tuftest"
)

// drive answers all wants of a Load.
func drive(r *tuftest.Repository, l *Load) *model.Repository { return r.Drive(l).Repository() }

// A repository that costs too much comes out all the same, and says so.
func TestBudget(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	cfg := dialect.Config{GUN: "x", At: tuftest.At, FirstUse: model.AnchorFirstUse}
	for name, spent := range map[string]dialect.Budget{
		"its keys and signatures need more than 60 seconds of work": {Work: MaxWork - 200, MaxWork: MaxWork},
		"its files are larger than 512 MiB in total":                {Given: dialect.MaxGiven - 1000, MaxWork: MaxWork},
	} {
		l := NewLoad(cfg)
		*l.budget = spent
		got := drive(r, l)
		limits := 0
		for _, p := range got.Problems {
			if p.Code == model.ProblemLimit && strings.Contains(p.Text, name) {
				limits++
			}
		}
		if limits != 1 || (Dialect{}).Refusal(got) == nil {
			t.Errorf("%s: %+v", name, got.Problems)
		}
	}
}

// What does not fit into one round is asked for in the next.
func TestRounds(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	r.Plain = true
	for _, name := range []model.RoleName{"a", "b", "c"} {
		r.Delegate("targets", name, tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []string{"*"}})
	}
	r.Publish("targets", "a", "b", "c")
	l := NewLoad(dialect.Config{GUN: "x", At: tuftest.At, FirstUse: model.AnchorFirstUse})
	rounds := map[model.RoleName]int{}
	for n, wants := 0, l.Wants(); len(wants) > 0; n, wants = n+1, l.Wants() {
		for _, w := range wants {
			rounds[w.Role] = n
			raw, fault := r.Read(w)
			l.Give(w, raw, time.Time{}, fault)
		}
	}
	// Without lengths each may have 100 MiB.
	if rounds["b"] != rounds["a"]+1 || rounds["c"] != rounds["b"]+1 {
		t.Errorf("%v", rounds)
	}
	if role := l.Repository().Role("c"); role == nil || !role.Usable() {
		t.Errorf("%+v", role)
	}
}
