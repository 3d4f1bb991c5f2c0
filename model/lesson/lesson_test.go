package lesson_test

import (
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/lesson"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
)

const gun = "registry.example.org/acme/app"

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// A school is a world with one repository, in which everything has been read.
type school struct {
	repo  *notarytest.Repo
	look  admin.Look
	known bool
	keys  []admin.KeyUse
	seen  map[lesson.Sight]bool
	alice notarytest.Key
}

func newSchool() *school {
	s := &school{repo: notarytest.New(gun, now), known: true, seen: map[lesson.Sight]bool{}, alice: notarytest.NewKey()}
	s.repo.Delegate(docker.Releases, 1, []string{""}, s.alice)
	s.repo.Delegate("targets/alice", 1, []string{""}, s.alice)
	s.repo.Tag(docker.Releases, "v1", "one")
	s.repo.Seal(model.RoleTargets, docker.Releases, "targets/alice")
	s.read()
	return s
}

// read looks at the repository.
func (s *school) read() {
	r := s.repo.Read()
	s.look = admin.Look{GUN: gun, Repository: r, Assessment: health.Assess(r, health.DefaultOptions())}
}

func (s *school) world() lesson.World {
	return lesson.World{
		Now: now, Keys: s.keys, DialectOf: dialect.Only(docker.Dialect{}),
		Look: func(model.GUN) (admin.Look, bool) { return s.look, s.known },
		Seen: func(sight lesson.Sight) bool { return s.seen[sight] },
	}
}

// key is the private half of a key, with its backup.
func key(k notarytest.Key, mark port.BackupMark) admin.KeyUse {
	return admin.KeyUse{PrivateKey: model.PrivateKey{ID: notary.CanonicalID(k.PublicKey), Modified: now}, Backup: mark}
}

// Each goal is met by what it is about and by nothing less, and can be judged only where
// that was read.
func TestGoals(t *testing.T) {
	old := port.BackupMark{BackedUp: now.Add(-time.Hour)}
	fresh := port.BackupMark{BackedUp: now.Add(time.Hour)}
	for _, row := range []struct {
		name string
		goal lesson.Goal
		met  func(*school)
		not  func(*school)
	}{
		{"finding", lesson.Goal{Kind: lesson.NoFinding, Code: health.CodeSoon, Role: "targets/alice"}, nil, func(s *school) {
			s.repo.Now = now.AddDate(-3, 0, 12)
			s.repo.Seal("targets/alice")
			s.repo.Now = now
			s.read()
		}},
		{"no finding about what cannot be used", lesson.Goal{Kind: lesson.NoFinding, Code: "other", Role: "targets/zoe"}, func(s *school) {
			s.repo.Delegate("targets/zoe", 1, []string{""}, s.alice)
			s.repo.Seal("targets/zoe", model.RoleTargets)
			s.read()
		}, nil},
		{"trust data", lesson.Goal{Kind: lesson.Initialised}, nil, func(s *school) {
			s.look = admin.Look{GUN: gun, Fault: &model.Fault{Kind: model.FaultNotFound}}
		}},
		{"expiry", lesson.Goal{Kind: lesson.ExpiresAfter, Role: "targets/alice", Days: 30}, nil, func(s *school) {
			s.repo.Now = now.AddDate(-3, 0, 12)
			s.repo.Seal("targets/alice")
			s.repo.Now = now
			s.read()
		}},
		{"signer", lesson.Goal{Kind: lesson.SignerReady, Signer: "alice"}, nil, func(s *school) {
			s.repo.Delegate("targets/alice", 1, []string{""}, notarytest.NewKey())
			s.repo.Drop(docker.Releases, false)
			s.repo.Seal(model.RoleTargets)
			s.read()
		}},
		{"key", lesson.Goal{Kind: lesson.NoKey, Role: model.RoleTargets, Key: "0000"}, nil, func(s *school) {
			s.look.Repository.Role(model.RoleTargets).Keys[0] = "0000aa"
		}},
		{"key of a role that cannot be used", lesson.Goal{Kind: lesson.NoKey, Role: "targets/zoe", Key: "0000"}, func(s *school) {
			s.repo.Delegate("targets/zoe", 1, []string{""}, s.alice)
			s.repo.Seal("targets/zoe", model.RoleTargets)
			s.read()
		}, nil},
		{"nobody is waited for", lesson.Goal{Kind: lesson.NonePending, Role: model.RoleTargets}, nil, func(s *school) {
			targets := s.look.Repository.Role(model.RoleTargets)
			targets.Signatures = append(targets.Signatures, model.Signature{State: model.SignaturePending})
		}},
		{"elsewhere", lesson.Goal{Kind: lesson.Elsewhere, Role: "targets/alice"}, func(s *school) {
			s.keys = []admin.KeyUse{key(notarytest.NewKey(), fresh)}
		}, func(s *school) { s.keys = []admin.KeyUse{key(s.alice, fresh)} }},
		{"backup", lesson.Goal{Kind: lesson.BackedUp}, func(s *school) {
			s.keys = []admin.KeyUse{key(s.alice, fresh), key(notarytest.NewKey(), port.BackupMark{})}
		}, func(s *school) { s.keys = []admin.KeyUse{key(s.alice, old)} }},
		{"backup of nothing", lesson.Goal{Kind: lesson.BackedUp}, func(s *school) { s.keys = []admin.KeyUse{key(s.alice, fresh)} }, func(s *school) {
			s.keys = []admin.KeyUse{key(notarytest.NewKey(), fresh)}
		}},
		{"tag", lesson.Goal{Kind: lesson.TagFound, Tag: "v1"}, nil, func(s *school) {
			s.repo.Drop(docker.Releases, false)
			s.repo.Seal(model.RoleTargets)
			s.read()
		}},
		{"place in the repository", lesson.Goal{Kind: lesson.Opened, Place: "/history"}, func(s *school) {
			s.seen[lesson.Sight{GUN: gun, Place: "history"}] = true
		}, func(s *school) { s.seen[lesson.Sight{GUN: "other", Place: "history"}] = true }},
		{"place", lesson.Goal{Kind: lesson.Opened, Place: "staged"}, func(s *school) { s.seen[lesson.Sight{Place: "staged"}] = true }, func(s *school) {
			s.seen[lesson.Sight{GUN: gun, Place: "staged"}] = true
		}},
		{"review", lesson.Goal{Kind: lesson.Reviewed, Flow: "rotate"}, func(s *school) { s.seen[lesson.Sight{GUN: gun, Flow: "rotate"}] = true }, func(s *school) {
			s.seen[lesson.Sight{GUN: gun, Flow: "renew"}] = true
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if err := row.goal.Check(); err != nil {
				t.Error(err)
			}
			step := []lesson.Lesson{{GUN: gun, Steps: []lesson.Step{{Goal: row.goal}}}}
			for name, change := range map[string]func(*school){"met": row.met, "not": row.not} {
				s := newSchool()
				if name == "not" && change == nil {
					change = func(*school) {} // as it is
				}
				if change != nil {
					change(s)
				}
				p := lesson.NewProgress(step)
				p.Update(s.world())
				if p.Done(0) != (name == "met") {
					t.Errorf("%s: done %v", name, p.Done(0))
				}
				if name == "not" || row.goal.Watched() {
					continue
				}
				for _, hide := range []func(*school){
					func(s *school) { s.known = false },
					func(s *school) { s.look.Stale = true },
					func(s *school) {
						s.look = admin.Look{GUN: gun, Fault: &model.Fault{Kind: model.FaultUnreachable}}
					},
				} {
					hidden := newSchool()
					if change != nil {
						change(hidden)
					}
					hide(hidden)
					fresh := lesson.NewProgress(step)
					if ticks, changed := fresh.Update(hidden.world()); len(ticks) > 0 || changed {
						t.Error("it is judged by what was not read")
					}
					if ticks, changed := p.Update(hidden.world()); len(ticks) > 0 || changed || !p.Done(0) {
						t.Error("what cannot be read is taken to be undone")
					}
				}
			}
		})
	}
}

// A lesson is done once, by its last step that counts, and open again when that is undone.
func TestProgress(t *testing.T) {
	open := func(place string) lesson.Goal { return lesson.Goal{Kind: lesson.Opened, Place: place} }
	s := newSchool()
	s.keys = []admin.KeyUse{key(s.alice, port.BackupMark{BackedUp: now.Add(time.Hour)})}
	p := lesson.NewProgress([]lesson.Lesson{
		{Slug: "first", GUN: gun, Steps: []lesson.Step{{Goal: open("/a")}, {Goal: open("/b"), Optional: true}, {Goal: open("/c")}}},
		{Slug: "second", GUN: gun, Steps: []lesson.Step{{Goal: lesson.Goal{Kind: lesson.BackedUp}}}},
	})
	see := func(places ...string) []lesson.Tick {
		for _, place := range places {
			s.seen[lesson.Sight{GUN: gun, Place: place}] = true
		}
		ticks, _ := p.Update(s.world())
		return ticks
	}
	if ticks := see("a"); len(ticks) != 2 || ticks[0] != (lesson.Tick{}) || ticks[1] != (lesson.Tick{Lesson: 1, Finished: true}) {
		t.Errorf("ticked %v", ticks)
	}
	if done, all := p.Steps(0); done != 1 || all != 2 || p.Done(0) || p.NextStep(0) != 2 || p.Next(1) != 0 {
		t.Errorf("%d of %d steps, next step %d, next lesson %d", done, all, p.NextStep(0), p.Next(1))
	}
	if ticks := see("c"); len(ticks) != 1 || ticks[0] != (lesson.Tick{Step: 2, Finished: true}) || p.NextStep(0) != 1 || p.Next(0) != -1 {
		t.Errorf("ticked %v, next step %d, next lesson %d", ticks, p.NextStep(0), p.Next(0))
	}
	if ticks := see("b"); len(ticks) != 1 || ticks[0].Finished || p.NextStep(0) != -1 {
		t.Errorf("what is optional: %v", ticks)
	}
	if ticks := see(); len(ticks) != 0 {
		t.Errorf("again: %v", ticks)
	}
	s.keys[0].Modified = now.Add(2 * time.Hour)
	if ticks, changed := p.Update(s.world()); len(ticks) != 0 || !changed || p.Done(1) || p.Next(0) != 1 {
		t.Errorf("undone: %v, changed %v, done %v", ticks, changed, p.Done(1))
	}
	if done, all := p.Count(); done != 1 || all != 2 {
		t.Errorf("%d of %d lessons", done, all)
	}
}

// A goal that is written wrong is refused, whatever is wrong with it.
func TestCheck(t *testing.T) {
	for want, g := range map[string]lesson.Goal{
		`no goal "polish"`: {Kind: "polish"},
		`no goal ""`:       {},
		`needs ["days"`:    {Kind: lesson.ExpiresAfter, Role: model.RoleRoot},
		`has ["role"]`:     {Kind: lesson.Initialised, Role: model.RoleRoot},
	} {
		if err := g.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", g, err, want)
		}
	}
}
