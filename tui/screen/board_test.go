package screen_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/tuitest"
)

func board(t *testing.T, source *tuitest.Source) *screen.Board {
	t.Helper()
	return tuitest.NewEnv(t, source).Board
}

// settle plays a command and gathers what the board announces.
func settle(b *screen.Board, cmd tea.Cmd) (changed []model.GUN) {
	if cmd == nil {
		return nil
	}
	tuitest.Settle(cmd(), func(msg tea.Msg) tea.Cmd {
		news, next := b.Update(msg)
		if news != nil {
			changed = append(changed, news.Changed...)
		}
		return next
	})
	return changed
}

func TestSurveyFillsTheBoard(t *testing.T) {
	b := board(t, tuitest.NewSource())
	changed := settle(b, b.Survey())
	if len(changed) != 10 || len(b.Names()) != 10 {
		t.Errorf("%d changes, %d names", len(changed), len(b.Names()))
	}
	for i, v := range b.Views() {
		if v.GUN != b.Names()[i] || i > 0 && b.Names()[i-1] >= v.GUN {
			t.Errorf("views are not in the order of names at %d", i)
		}
	}
	if all, loading, action := b.Count(); all != 10 || loading != 1 || action != 3 {
		t.Errorf("%d repositories, %d loading, %d need action", all, loading, action)
	}
	if at, err := b.Surveyed(); !at.Equal(tuitest.Now) || err != nil || b.Surveying() {
		t.Errorf("surveyed at %v, %v", at, err)
	}
	if b.Survey() != nil {
		t.Error("a second survey begins by itself")
	}
	if b.Resurvey() == nil {
		t.Error("no second survey on request")
	}
}

func TestWhatIsNewerStays(t *testing.T) {
	fresh := tuitest.World()[2]
	copyOf := func(change func(*admin.Look, *model.Repository)) admin.Look {
		v, r := fresh, *fresh.Repository
		v.Repository = &r
		change(&v, &r)
		return v
	}
	unreachable := &model.Fault{Kind: model.FaultUnreachable, Text: "no answer"}
	tests := []struct {
		name  string
		next  admin.Look
		taken bool
		level health.Level
		stale bool
	}{
		{"a bare name", admin.Look{GUN: fresh.GUN, Assessment: health.Assessment{Level: health.Loading}}, false, health.OK, false},
		{"the cache", copyOf(func(v *admin.Look, _ *model.Repository) { v.Stale = true }), false, health.OK, false},
		{"an earlier answer", copyOf(func(v *admin.Look, r *model.Repository) {
			r.Source.Read = r.Source.Read.Add(-time.Hour)
			v.Assessment.Level = health.Broken
		}), false, health.OK, false},
		{"a later answer", copyOf(func(v *admin.Look, r *model.Repository) {
			r.Source.Read = r.Source.Read.Add(time.Hour)
			v.Assessment.Level = health.Broken
		}), true, health.Broken, false},
		{"a failure with the cache", copyOf(func(v *admin.Look, _ *model.Repository) {
			v.Stale, v.Fault, v.Assessment.Level = true, unreachable, health.Stale
		}), true, health.Stale, true},
		{"a failure without one", admin.Look{GUN: fresh.GUN, Fault: unreachable, Assessment: health.Assessment{Level: health.Stale}}, true, health.Stale, true},
		{"the repository is gone", admin.Look{GUN: fresh.GUN, Fault: &model.Fault{Kind: model.FaultNotFound}, Assessment: health.Assessment{Level: health.None}}, true, health.None, false},
	}
	for _, test := range tests {
		source := &tuitest.Source{Views: []admin.Look{fresh}}
		b := board(t, source)
		settle(b, b.Survey())
		source.Views = []admin.Look{test.next}
		changed := settle(b, b.Resurvey())
		v, _ := b.View(fresh.GUN)
		if (len(changed) == 1) != test.taken || v.Assessment.Level != test.level || v.Stale != test.stale {
			t.Errorf("%s: changed %v, level %v, stale %v", test.name, changed, v.Assessment.Level, v.Stale)
		}
	}
}

func TestOpenShowsTheCacheFirst(t *testing.T) {
	source := tuitest.NewSource()
	saved := source.Views[2]
	saved.Stale = true
	source.Saved, source.Gate = []admin.Look{saved}, make(chan struct{})
	b := board(t, source)
	cmd := b.Open(tuitest.Healthy)
	if !b.Opening(tuitest.Healthy) {
		t.Error("it is being opened")
	}
	news, next := b.Update(cmd())
	if v, _ := b.View(tuitest.Healthy); news == nil || !v.Stale {
		t.Errorf("the cache is not shown first: %+v", v)
	}
	close(source.Gate)
	settle(b, next)
	if v, _ := b.View(tuitest.Healthy); v.Stale || b.Opening(tuitest.Healthy) {
		t.Errorf("the fresh answer is not shown: %+v", v)
	}
}

func TestLateAnswersAreDropped(t *testing.T) {
	source := tuitest.NewSource()
	b := board(t, source)
	early := b.Open(tuitest.Healthy)
	late := b.Open(tuitest.Healthy)
	settle(b, late)
	before, _ := b.View(tuitest.Healthy)
	source.Views[2].Assessment.Level = health.Broken
	if changed := settle(b, early); len(changed) != 0 {
		t.Errorf("the early request changed %v", changed)
	}
	if after, _ := b.View(tuitest.Healthy); after.Assessment.Level != before.Assessment.Level {
		t.Error("the late answer was taken")
	}
	if news, cmd := b.Update(task.DoneMsg[struct{}]{ID: 99}); news != nil || cmd != nil {
		t.Error("an answer to no question was taken")
	}
}

func TestAMistakeOfTheProgramIsAFaultOfTheRepository(t *testing.T) {
	b := board(t, &tuitest.Source{Panic: "boom"})
	settle(b, b.Open(tuitest.Healthy))
	v, ok := b.View(tuitest.Healthy)
	if !ok || v.Fault == nil || !strings.Contains(v.Fault.Error(), "boom") {
		t.Errorf("got %+v", v)
	}
}

func TestLocalKeys(t *testing.T) {
	source := tuitest.NewSource()
	b := board(t, source)
	if _, read := b.Local(); read {
		t.Error("keys are known before they were read")
	}
	first := b.Keys()
	if b.Keys() != nil {
		t.Error("keys are read twice at once")
	}
	settle(b, first)
	if n := strings.Count(source.Calls(), "Keys"); n != 2 {
		t.Errorf("keys were read %d times; asking while reading asks once more", n)
	}
	if keys, read := b.Local(); !read || len(keys) != 4 {
		t.Errorf("%d keys, %v", len(keys), read)
	}
	if k, ok := b.Holds(tuitest.Key("ci-bot")); !ok || k.Label != "ci-bot" {
		t.Errorf("got %+v, %v", k, ok)
	}
	if _, ok := b.Holds(tuitest.Key("somebody else")); ok {
		t.Error("a key of somebody else is here")
	}
	source.Err = errors.New("no folder")
	settle(b, b.Keys())
	if b.LocalErr() == nil {
		t.Error("the failure is lost")
	}
}

func TestOffline(t *testing.T) {
	source := &tuitest.Source{Err: &model.Fault{Kind: model.FaultUnreachable, Text: "no answer"}}
	b := board(t, source)
	if b.Offline() {
		t.Error("offline before anything was tried")
	}
	settle(b, b.Survey())
	if !b.Offline() {
		t.Error("not offline though nothing answers")
	}
	source.Err, source.Views = nil, tuitest.World()
	settle(b, b.Resurvey())
	if b.Offline() {
		t.Error("offline though there are fresh answers")
	}
}

func BenchmarkSurvey(bench *testing.B) {
	for _, n := range []int{1000, 10_000} {
		views := tuitest.Many(n)
		bench.Run(fmt.Sprint(n), func(bench *testing.B) {
			for bench.Loop() {
				source := &tuitest.Source{Views: views}
				tasks := task.New(context.Background())
				b := screen.NewBoard(source, tasks, func() time.Time { return tuitest.Now })
				settle(b, b.Survey())
				tasks.Close(time.Second)
			}
		})
	}
}
