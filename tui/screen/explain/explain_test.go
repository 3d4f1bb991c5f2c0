package explain_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/explain"
	"trustdeck/tui/tuitest"
)

const gun model.GUN = "registry.example.org/docs/site"

// scripted searches as it is told.
type scripted struct {
	dialect.Dialect
	search model.Search
}

func (s scripted) Search(*model.Repository, string) model.Search { return s.search }

// edge is a delegation by one key, which is called like the role.
func edge(from, to model.RoleName, paths ...string) model.Delegation {
	return model.Delegation{From: from, Name: to, KeyIDs: []model.KeyID{tuitest.Key(string(to))}, Threshold: 1, Paths: paths}
}

// world is a repository, and a search in it that meets every outcome: of the n delegations of
// targets one is for the target.
func world(n int) (*model.Repository, model.Search) {
	role := func(name model.RoleName) model.Role {
		return tuitest.RoleOf(name, 3, tuitest.Years(1), 1, string(name))
	}
	search := model.Search{Path: "docs/intro.txt"}
	step := func(e model.Delegation, depth int, outcome model.SearchOutcome, reason string) {
		search.Steps = append(search.Steps, model.SearchStep{Edge: e, Depth: depth, Outcome: outcome, Reason: reason})
	}
	roles := []model.Role{role(model.RoleRoot), role(model.RoleTargets)}
	step(edge(model.RoleRoot, model.RoleTargets), 0, model.SearchAbsent, "every search starts here; targets does not list it")
	for i := range n - 1 {
		name := model.RoleName(fmt.Sprintf("part-%05d", i))
		roles = append(roles, role(name))
		step(edge(model.RoleTargets, name, fmt.Sprintf("part/%d/*", i)), 1, model.SearchNoMatch, "its paths do not match")
	}
	writers := edge(model.RoleTargets, "writers", "docs/*")
	writers.Terminating = true
	step(writers, 1, model.SearchAbsent, `its path "docs/*" matches; writers does not list it`)
	step(edge("writers", model.RoleTargets, "*"), 2, model.SearchVisited, "targets was already searched")
	step(edge("writers", "old", "docs/*"), 2, model.SearchPassed, "old is skipped because it is expired")
	many := edge("writers", "many", "a", "b", "c", "d", "docs/*")
	many.KeyIDs, many.Threshold = append(many.KeyIDs, tuitest.Key("old")), 2
	step(many, 2, model.SearchFound, `its path "docs/*" matches; many lists it`)
	step(edge(model.RoleTargets, "after", "docs/*"), 1, model.SearchCut, "the delegation to writers is terminating")

	last := role("many")
	last.Parents = []model.Delegation{edge(model.RoleTargets, "many"), many}
	last.Grants = []model.Grant{{Valid: 1, Met: true}, {Valid: 1}}
	last.Signatures = append(last.Signatures, model.Signature{KeyID: tuitest.Key("old"), Key: tuitest.Key("old"), State: model.SignaturePending})
	old := tuitest.RoleOf("old", 3, tuitest.Days(-3), 1, "old")
	repo := tuitest.RepositoryOf(gun, append(roles, role("writers"), old, last, role(model.RoleSnapshot), role(model.RoleTimestamp))...)
	for i := range repo.Keys {
		if repo.Keys[i].ID == tuitest.Key("many") {
			repo.Keys[i].Holder = "@alice"
		}
	}
	search.Resolution = model.Resolution{
		Tag: search.Path, OK: true, Role: "many", Signers: []model.RoleName{"old"},
		Target: tuitest.TargetOf(search.Path), Reason: "many lists it and verifies",
	}
	return repo, search
}

// open shows a search in a repository.
func open(t *testing.T, repo *model.Repository, search model.Search) *tuitest.Stage {
	t.Helper()
	source := &tuitest.Source{Views: []admin.Look{tuitest.ViewOf(repo, health.OK, model.RoleTargets, "")}}
	env := tuitest.NewEnv(t, source)
	env.DialectOf = dialect.Only(scripted{env.DialectOf(gun), search})
	return tuitest.StageIn(t, env, func(e *screen.Env) screen.Screen { return explain.New(e, gun, search.Path) }, 100, 25)
}

func TestPictures(t *testing.T) {
	repo, search := world(6)
	stage := open(t, repo, search)
	stage.Picture("folded", tuitest.Small, tuitest.Wide)
	stage.Do(keymap.Down, keymap.Open, keymap.Bottom, keymap.Up, keymap.Up)
	stage.Picture("unfolded", tuitest.ASCII, tuitest.Dark)
	stage.Do(keymap.Bottom)
	stage.Picture("result")

	search.Steps, search.Resolution = nil, model.Resolution{Tag: search.Path, Problem: &model.Problem{}, Reason: "clients refuse the whole repository: root has expired"}
	open(t, repo, search).Picture("refused")
	tuitest.NewStage(t, tuitest.NewSource(), func(e *screen.Env) screen.Screen { return explain.New(e, tuitest.Hostile, "\x1b[2Jv1") }, 100, 25).Picture("hostile")
	tuitest.NewStage(t, tuitest.NewSource(), func(e *screen.Env) screen.Screen { return explain.New(e, tuitest.NoTrust, "v1") }, 100, 25).Picture("none")
}

// The verdict is that of the edge, not of the role: targets trusts many, and writers does not.
func TestAStepIsExplained(t *testing.T) {
	repo, search := world(3)
	stage := open(t, repo, search)
	stage.Resize(160, 60)
	stage.Do(keymap.Bottom, keymap.Up, keymap.Up)
	view := ansi.Strip(stage.View())
	for _, want := range []string{
		`Its path "docs/*" matches; many lists it.`, "From       writers", "Needs      2 of 2 keys", "✗ not trusted: 1 valid signature",
		`"docs/*"`, "@alice", "pending",
	} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
	stage.Do(keymap.Open)
	if len(stage.Pushed) != 1 || stage.Pushed[0] != nav.Role(gun, "many") {
		t.Errorf("went to %v", stage.Pushed)
	}
}

// What is for other targets is one row until it is unfolded, or something is filtered for.
func TestFolding(t *testing.T) {
	repo, search := world(9_999)
	stage := open(t, repo, search)
	s := stage.Screen.(*explain.Screen)
	rows := func() int { _, total := s.FilterCount(); return total }
	folded := rows()
	if _, ok := tuitest.Line(ansi.Strip(stage.View()), "9,998 delegations", "no match"); !ok || folded != 8 {
		t.Fatalf("%d rows:\n%s", folded, stage.View())
	}
	stage.Do(keymap.Down, keymap.Open)
	if got := rows(); got != folded+9_998 {
		t.Errorf("unfolded: %d rows", got)
	}
	stage.Do(keymap.Down, keymap.ToggleRow)
	if row, ok := s.Selected(); rows() != folded || !ok || row == nil {
		t.Errorf("folded again: %d rows", rows())
	}
	s.SetFilter("part-00077")
	if shown, _ := s.FilterCount(); shown != 1 {
		t.Errorf("the filter shows %d rows:\n%s", shown, stage.View())
	}
	s.SetFilter("")
	if rows() != folded {
		t.Errorf("after the filter: %d rows", rows())
	}
}

// The work is linear in the delegations, and a repaint does not depend on them.
func TestWorkOnTenThousandDelegations(t *testing.T) {
	cost := func(n int) (build, paint float64) {
		repo, search := world(n)
		build = testing.AllocsPerRun(1, func() { open(t, repo, search) })
		stage := open(t, repo, search)
		stage.Do(keymap.Down, keymap.Open)
		paint = testing.AllocsPerRun(5, func() {
			stage.Screen.Update(screen.ActionMsg{ID: keymap.Down})
			_ = stage.Screen.View()
		})
		return build, paint
	}
	build, paint := cost(100)
	buildMany, paintMany := cost(10_000)
	if buildMany > 150*build {
		t.Errorf("100 delegations take %.0f allocations, 10,000 take %.0f", build, buildMany)
	}
	if paintMany > 1.5*paint {
		t.Errorf("a repaint takes %.0f allocations with 100 delegations, %.0f with 10,000", paint, paintMany)
	}
}

func TestCopies(t *testing.T) {
	repo, search := world(3)
	stage := open(t, repo, search)
	want := map[string]string{"target": "docs/intro.txt", "place": nav.Explain(gun, "docs/intro.txt").String(), "role name": "targets"}
	for _, item := range stage.Screen.(screen.Copier).CopyItems() {
		if text, ok := want[item.Label]; ok && text != item.Text {
			t.Errorf("%s is %q", item.Label, item.Text)
		}
		delete(want, item.Label)
	}
	if len(want) > 0 {
		t.Errorf("not offered: %v", want)
	}
}
