package tui_test

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/model/watch"
	"trustdeck/tui"
	"trustdeck/tui/tuitest"
)

// From the accepted review to the end of the verification nobody is asked whether something
// has changed, and nothing is read for that; before and after, what is due is asked.
func TestNothingIsWatchedWhileAChangeIsMade(t *testing.T) {
	source := tuitest.NewSource()
	source.Told = func(watch.Ask) watch.Answer {
		return watch.Answer{Changes: []port.Change{{ID: "1", GUN: tuitest.Healthy}}}
	}
	c := beginChange(t, tuitest.NewGuideBackend(), "init", answered, func(o *tui.Options) { o.Source, o.Watch = source, time.Second })
	c.wait("Ready:", "[ Initialise ]")
	asks := func() bool {
		c.now = c.now.Add(time.Minute)
		c.update(tea.FocusMsg{}) // a message brings the clock along
		cmd := c.m.Watch()
		c.run(cmd)
		return cmd != nil
	}
	c.pump.Until("a question at the review", asks, c.screen)
	if c.keys("tab", "enter").wait("Passphrase 1 of 2"); asks() {
		t.Error("something is asked while the change is made")
	}
	c.keys("esc", "esc").see("Stopped")
	c.pump.Until("a question after the end", asks, c.screen)
}

// The header says since when a place does not answer and when it is tried again, as far as
// there is room; when it answers, all is as before, without a key.
func TestHeaderTellsOfAnOutage(t *testing.T) {
	now := tuitest.Now
	var fault *model.Fault
	source := tuitest.NewSource()
	source.Told = func(watch.Ask) watch.Answer {
		return watch.Answer{Changes: []port.Change{{ID: "1", GUN: tuitest.Healthy}}, Fault: fault}
	}
	o := options(source)
	o.Watch, o.Clock = 30*time.Second, func() time.Time { return now }
	a := startWith(t, o, source)
	second := func(n int) {
		for range n {
			now = now.Add(time.Second)
			timers := a.timers()
			a.run(timers[len(timers)-1])
		}
	}
	a.sees("online")
	fault = &model.Fault{Kind: model.FaultUnreachable, Subject: "notary.example.org", Text: "the connection was refused", Hint: "try again"}
	second(2)
	a.sees("offline since 09:41 UTC, trying again in ", "? stale", "base/alpine").misses("online")
	a.resize(60, 15)
	a.sees("offline, trying again in ").misses("since")
	a.resize(100, 30)
	fault = nil
	second(3)
	a.sees("online", "● ok", "base/alpine").misses("offline")
}

// Time is told in seconds while it passes, and nothing is asked without being told to.
func TestAgesTick(t *testing.T) {
	now := tuitest.Now
	source := tuitest.NewSource()
	o := options(source)
	o.Clock = func() time.Time { return now }
	a := startWith(t, o, source)
	a.sees("updated now")
	for range 12 {
		now = now.Add(time.Second)
		timers := a.timers()
		a.run(timers[len(timers)-1])
	}
	a.sees("updated 12 s ago")
}
