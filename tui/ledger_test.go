package tui_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/dialect/dialecttest/ledger"
	"trustdeck/model/health"
	"trustdeck/model/port"
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
	view := admin.Look{GUN: r.GUN, Repository: r, Assessment: health.Assess(r, health.DefaultOptions())}
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
			routes = append(routes, nav.Tag(r.GUN, "v1.0"), nav.Explain(r.GUN, "v1.0"))
		case nav.KindQuorum:
			routes = append(routes, nav.Quorum(r.GUN), nav.Forecast(r.GUN), nav.Roots(r.GUN))
		case nav.KindFlow, nav.KindForecast, nav.KindRoots, nav.KindExplain: // with others
		default:
			routes = append(routes, nav.Place(kind))
		}
	}
	sizes := []tuitest.Size{{Width: 60, Height: 15}, {Width: 80, Height: 24}, {Width: 160, Height: 50}}
	if testing.Short() {
		sizes = sizes[1:2]
	}
	for _, route := range routes {
		for _, bare := range []bool{false, true} {
			for _, size := range sizes {
				source := ledgerSource(view, bare)
				o := options(nil)
				o.Source, o.DialectOf, o.Place, o.Start = source, dialect.Only(ledger.Dialect{}), "ledger.example.org", route
				a := startWith(t, o, source)
				a.resize(size.Width, size.Height)
				if route.Kind == nav.KindRepo && route.Tab == nav.TabRoles && !bare {
					for _, want := range []string{"night watch", "vault", "timestamp"} {
						if !strings.Contains(a.screen(), want) {
							t.Errorf("%s is not shown:\n%s", want, a.screen())
						}
					}
				}
				for _, key := range []string{"", "down", "right", "end", "enter", "esc", "?", "esc", "y"} {
					if key != "" {
						a.press(key)
					}
					if found := spoken.FindString(a.screen()); found != "" && route.Kind != nav.KindSettings {
						t.Errorf("after %q it speaks of %s:\n%s", key, found, a.screen())
					}
				}
			}
		}
		if t.Failed() {
			t.Fatalf("at %s", route)
		}
	}
}

// spoken are words that only Docker's conventions have. Settings alone may name files of
// theirs.
var spoken = regexp.MustCompile(`(?i)docker|notary|targets/`)

// ledgerSource has a view, and beside it a key without a passphrase and a staged change, or
// nothing at all.
func ledgerSource(view admin.Look, bare bool) *tuitest.Source {
	d := &tuitest.Source{}
	if bare {
		return d
	}
	d.Views, d.Findings = []admin.Look{view}, view.Assessment.Findings
	d.Known = []port.Listed{{GUN: view.GUN}}
	key := view.Repository.Keys[0]
	d.KeyUses = []admin.KeyUse{{PrivateKey: model.PrivateKey{ID: key.ID, Label: "vault", Place: "file", Path: "vault.key", Legacy: true}}}
	change := model.StagedChange{Action: "create", Role: "vault", Type: model.StagedTarget, Path: "v2"}
	d.Waiting = []admin.Staged{{GUN: view.GUN, Changes: []admin.StagedChange{{Change: change, File: "0"}}}}
	return d
}
