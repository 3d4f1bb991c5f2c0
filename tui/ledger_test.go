package tui_test

import (
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/dialect/dialecttest/ledger"
	"trustdeck/model/health"
	"trustdeck/tui/nav"
	"trustdeck/tui/tuitest"
)

// Every place shows a repository of a dialect that shares no convention with Docker's.
func TestEveryPlaceInAnotherDialect(t *testing.T) {
	w, err := dialecttest.NewWorld(ledger.Subject())
	if err != nil {
		t.Fatal(err)
	}
	err = w.Grant(
		tuitest.Now.Add(-time.Hour),
		model.Delegation{From: model.RoleTargets, Name: "night watch", Threshold: 1},
		model.Delegation{From: "night watch", Name: "vault", Threshold: 1},
		model.Delegation{From: model.RoleTargets, Name: "vault", Threshold: 1},
	)
	if err != nil {
		t.Fatal(err)
	}
	r := w.Look(tuitest.Now)
	view := admin.View{GUN: r.GUN, Repository: r, Assessment: health.Assess(r, health.DefaultOptions())}
	var routes []nav.Route
	for _, kind := range nav.Kinds() {
		switch kind {
		case nav.KindRepo:
			for _, tab := range nav.Tabs() {
				routes = append(routes, nav.Repo(r.GUN, tab))
			}
		case nav.KindRole:
			for i := range r.Roles {
				routes = append(routes, nav.Role(r.GUN, r.Roles[i].Name))
			}
		case nav.KindTag:
			routes = append(routes, nav.Tag(r.GUN, "v1.0"))
		case nav.KindFlow:
		default:
			routes = append(routes, nav.Place(kind))
		}
	}
	for _, route := range routes {
		o, desk := options(nil), tuitest.NewDesk()
		desk.Views = []admin.View{view}
		o.Desk, o.Dialect, o.Start = desk, ledger.Dialect{}, route
		a := startWith(t, o, desk)
		for _, size := range []tuitest.Size{{Width: 60, Height: 15}, {Width: 80, Height: 24}, {Width: 160, Height: 50}} {
			a.resize(size.Width, size.Height)
			a.screen()
			a.press("down", "right", "end", "enter")
			a.screen()
			a.press("esc", "?", "esc")
		}
		if t.Failed() {
			t.Fatalf("at %s", route)
		}
		if route.Kind == nav.KindRepo && route.Tab == nav.TabRoles {
			shown := a.screen()
			for _, want := range []string{"night watch", "vault", "timestamp"} {
				if !strings.Contains(shown, want) {
					t.Errorf("%s is not shown:\n%s", want, shown)
				}
			}
		}
	}
}
