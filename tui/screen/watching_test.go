package screen_test

import (
	"context"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/port"
	"trustdeck/model/watch"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/tuitest"
)

// vigil is a board on a source that a test changes, with a clock of its own.
type vigil struct {
	t      *testing.T
	source *tuitest.Source
	board  *screen.Board
	now    time.Time
	// asked are the questions so far, news what the feed answers, fault why it does not.
	asked []watch.Ask
	news  []port.Change
	fault *model.Fault
}

func keepWatch(t *testing.T) *vigil {
	t.Helper()
	v := &vigil{t: t, source: tuitest.NewSource(), now: tuitest.Now}
	v.source.Told = func(a watch.Ask) watch.Answer {
		v.asked = append(v.asked, a)
		return watch.Answer{Changes: v.news, Fault: v.fault}
	}
	tasks := task.New(context.Background())
	t.Cleanup(func() { tasks.Close(10 * time.Second) })
	v.board = screen.NewBoard(v.source, tasks, func() time.Time { return v.now })
	v.board.Watch(30 * time.Second)
	v.news = []port.Change{{ID: "1", GUN: tuitest.Healthy, SHA256: "0"}}
	v.run(v.board.Survey())
	v.run(v.board.Tick(nil))
	v.news = nil
	v.after(time.Second)
	return v
}

func (v *vigil) run(cmd tea.Cmd) {
	if cmd != nil {
		tuitest.Settle(cmd(), func(msg tea.Msg) tea.Cmd { _, next := v.board.Update(msg); return next })
	}
}

// after lets time pass, and has the board look.
func (v *vigil) after(d time.Duration) { v.now = v.now.Add(d); v.run(v.board.Tick(nil)) }

// publish changes a repository at the source.
func (v *vigil) publish(gun model.GUN, change func(*admin.Look)) {
	for i := range v.source.Views {
		if look := &v.source.Views[i]; look.GUN == gun {
			r := *look.Repository
			r.Roles = append([]model.Role(nil), r.Roles...)
			r.Source.Read = v.now
			look.Repository = &r
			change(look)
		}
	}
}

func resign(names ...model.RoleName) func(*admin.Look) {
	return func(look *admin.Look) {
		for _, name := range names {
			role := look.Repository.Role(name)
			role.Version++
			role.SHA256[0]++
		}
	}
}

func (v *vigil) marked(gun model.GUN) []model.RoleName {
	m, _ := v.board.Marked(gun)
	return m.Roles
}

// What the watcher learns is a hint: the repository is read, and what is different is marked
// until it was looked at. A timestamp alone is no change, and nor is one's own.
func TestChangesAreNoticedAndMarked(t *testing.T) {
	v := keepWatch(t)
	v.publish(tuitest.Healthy, resign(model.RoleTargets, model.RoleTimestamp))
	v.after(28 * time.Second)
	if v.board.AnyMarked() {
		t.Fatal("it is marked before anybody was asked")
	}
	v.news = []port.Change{{ID: "2", GUN: tuitest.Healthy, SHA256: "other"}}
	v.after(time.Second)
	v.news = nil
	v.after(time.Second) // the next second reads it
	if got := v.marked(tuitest.Healthy); len(got) != 2 || got[0] != model.RoleTargets {
		t.Errorf("marked %v", got)
	}
	v.board.Unmark(tuitest.Healthy)
	if v.board.AnyMarked() {
		t.Error("still marked")
	}
	v.publish(tuitest.Healthy, resign(model.RoleTimestamp))
	v.run(v.board.Open(tuitest.Healthy))
	v.publish(tuitest.Healthy, resign(model.RoleRoot))
	v.run(v.board.OpenOwn(tuitest.Healthy))
	if v.board.AnyMarked() {
		t.Errorf("marked %v", v.marked(tuitest.Healthy))
	}
	v.publish(tuitest.Healthy, resign(model.RoleRoot))
	v.run(v.board.Open(tuitest.Healthy))
	if len(v.marked(tuitest.Healthy)) != 1 {
		t.Error("after one's own change that of others is not marked")
	}
}

// A look that finds nothing new confirms what is known, and says so.
func TestCheckedIsNotRead(t *testing.T) {
	v := keepWatch(t)
	if at, byCheck := v.board.Checked(tuitest.Healthy); !byCheck || v.now.Sub(at) > time.Second {
		t.Errorf("checked %s before now, %v", v.now.Sub(at), byCheck)
	}
	v.after(10 * time.Second)
	if got := v.board.Age(tuitest.Healthy); got != "checked 11 s ago" {
		t.Errorf("%q", got)
	}
	v.after(20 * time.Second)
	if got := v.board.Age(tuitest.Healthy); got != "checked now" && got != "checked 1 s ago" {
		t.Errorf("%q", got)
	}
}

// While the place does not answer, what was verified stays and is not current; when it
// answers again, it is as it was, without another reading.
func TestLostConnectionIsAState(t *testing.T) {
	v := keepWatch(t)
	before, _ := v.board.View(tuitest.Healthy)
	v.fault = &model.Fault{Kind: model.FaultUnreachable, Text: "the connection was refused"}
	v.after(30 * time.Second)
	look, _ := v.board.View(tuitest.Healthy)
	if !look.Stale || look.Fault != v.fault || look.Assessment.Level != health.Stale || look.Repository != before.Repository {
		t.Errorf("lost: %+v", look)
	}
	if outages, alone := v.board.Outages(); len(outages) != 1 || !alone || !outages[0].Since.Equal(v.now) {
		t.Errorf("outages %v", outages)
	}
	if at, byCheck := v.board.Checked(tuitest.Healthy); byCheck || !at.Equal(before.Repository.Source.Read) {
		t.Errorf("checked %s, %v", at, byCheck)
	}
	v.fault = nil
	v.after(2 * time.Second)
	if look, _ = v.board.View(tuitest.Healthy); look.Stale || look.Fault != nil || look.Assessment.Level != before.Assessment.Level {
		t.Errorf("found: %+v", look)
	}
	if outages, _ := v.board.Outages(); len(outages) > 0 {
		t.Errorf("outages %v", outages)
	}
}

// What was read before an outage is what a change is measured by, whatever was shown meanwhile.
func TestChangeDuringAnOutageIsMarked(t *testing.T) {
	v := keepWatch(t)
	saved, _ := v.board.View(tuitest.Healthy)
	r := *saved.Repository
	r.Source.Kind = model.SourceCache
	saved.Repository, saved.Stale = &r, true
	v.source.Saved = []admin.Look{saved}
	v.source.Err = &model.Fault{Kind: model.FaultUnreachable, Text: "the connection was refused"}
	v.run(v.board.Open(tuitest.Healthy))
	v.source.Err = nil
	v.publish(tuitest.Healthy, resign(model.RoleTargets))
	v.run(v.board.Open(tuitest.Healthy))
	if got := v.marked(tuitest.Healthy); len(got) != 1 || got[0] != model.RoleTargets {
		t.Errorf("marked %v", got)
	}
}

// A repository that comes, or goes, is marked as a whole; one that was only not read before
// is not.
func TestRepositoriesThatComeAndGo(t *testing.T) {
	v := keepWatch(t)
	if v.board.AnyMarked() {
		t.Fatal("what was read for the first time is marked")
	}
	come := v.source.Views[0]
	r := *come.Repository
	r.GUN = "registry.example.org/new/comer"
	come.GUN, come.Repository = r.GUN, &r
	v.source.Views = append(v.source.Views, come)
	v.run(v.board.Resurvey())
	if m, ok := v.board.Marked(r.GUN); !ok || len(m.Roles) > 0 {
		t.Errorf("the one that came: %+v, %v", m, ok)
	}
	v.board.Unmark()
	v.source.Views = v.source.Views[:len(v.source.Views)-1]
	v.run(v.board.Open(r.GUN))
	if _, ok := v.board.Marked(r.GUN); !ok {
		t.Error("the one that went is not marked")
	}
}
