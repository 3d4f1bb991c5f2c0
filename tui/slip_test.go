package tui_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/tui/nav"
	"trustdeck/tui/tuitest"
)

// hurried is an app whose list loses its selected row while only problems are shown: another
// client has renewed it.
func hurried(t *testing.T) (a *app, now *time.Time, renew func()) {
	t.Helper()
	at := tuitest.Now
	source := tuitest.NewSource()
	o := options(source)
	o.Source, o.Clock = source, func() time.Time { return at }
	a = startWith(t, o, source)
	a.press("f", "end")
	if line, ok := tuitest.Line(a.screen(), "> ", "ops/vault"); !ok {
		t.Fatalf("ops/vault is not selected: %q", line)
	}
	return a, &at, func() {
		i := slices.IndexFunc(source.Views, func(v admin.Look) bool { return strings.HasSuffix(string(v.GUN), "ops/vault") })
		r := *source.Views[i].Repository
		r.Source = model.Source{Kind: model.SourceServer, Read: at}
		source.Views[i] = admin.Look{GUN: r.GUN, Repository: &r, Assessment: health.Assessment{Level: health.OK}}
		a.run(a.m.Resurvey())
	}
}

// A key that was meant for a row which a refresh has just replaced does nothing to the row
// that is selected instead, and says so; a moment later it is meant for that.
func TestKeyThatARefreshOvertakes(t *testing.T) {
	a, now, renew := hurried(t)
	*now = now.Add(time.Minute)
	renew()
	a.press("enter").at("repos").sees("The list has just changed", "Nothing was done")
	if line, ok := tuitest.Line(a.screen(), "> ", "ops/vault"); ok {
		t.Fatalf("the row is still there: %s", line)
	}
	*now = now.Add(time.Second)
	a.press("enter")
	if places := a.m.Places(); len(places) != 2 || strings.Contains(places[1], "vault") {
		t.Errorf("at %v", places)
	}
}

// What is chosen in the palette is meant for the row that was selected when it was opened,
// however long that is ago.
func TestPaletteThatARefreshOvertakes(t *testing.T) {
	a, now, renew := hurried(t)
	a.press(":")
	renew()
	*now = now.Add(time.Hour)
	a.write("open the selected")
	a.press("enter").at("repos").sees("The list has just changed")
}

// A place that is opened after a refresh has moved the selection elsewhere takes keys at once.
func TestSlipStaysWhereItWas(t *testing.T) {
	a, _, renew := hurried(t)
	renew()
	a.press("K", "enter").misses("The list has just changed")
}

// Moving is always possible, and a selection that the user moves is the user's.
func TestMovingIsNoSlip(t *testing.T) {
	a, _, renew := hurried(t)
	renew()
	a.press("home", "enter").misses("The list has just changed")
	if len(a.m.Places()) != 2 {
		t.Errorf("at %v", a.m.Places())
	}
	b := start(t, nav.Place(nav.KindRepos).String())
	b.press("down", "down", "enter")
	if len(b.m.Places()) != 2 {
		t.Errorf("at %v", b.m.Places())
	}
}
