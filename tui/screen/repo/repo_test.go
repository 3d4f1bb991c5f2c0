package repo_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest/ledger"
	"trustdeck/model/health"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/repo"
	"trustdeck/tui/tuitest"
)

func open(t *testing.T, source *tuitest.Source, gun model.GUN, tab nav.Tab) *tuitest.Stage {
	t.Helper()
	return tuitest.NewStage(t, source, func(e *screen.Env) screen.Screen { return repo.New(e, gun, tab) }, 100, 25)
}

func TestPictures(t *testing.T) {
	for _, tab := range nav.Tabs() {
		stage := open(t, tuitest.NewSource(), tuitest.Expiring, tab)
		if tab != nav.TabRoles { // which begins on what is wrong
			stage.Do(keymap.Down, keymap.Down, keymap.Down, keymap.Down, keymap.Down)
		}
		stage.Picture("expiring-"+string(tab), tuitest.Small, tuitest.Wide)
	}
	for name, gun := range map[string]model.GUN{
		"broken": tuitest.Broken, "nested": tuitest.Nested, "hostile": tuitest.Hostile,
		"none": tuitest.NoTrust, "stale": tuitest.Stale,
	} {
		var also []tuitest.Look
		if gun == tuitest.Broken {
			also = []tuitest.Look{tuitest.ASCII, tuitest.Dark}
		}
		open(t, tuitest.NewSource(), gun, nav.TabRoles).Picture(name, also...)
	}
}

// A publish is opened with its differences, its files, and who could sign; what failed and what
// was deleted is said.
func TestPublishes(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Expiring, nav.TabHistory)
	stage.Picture("publish", tuitest.Small, tuitest.Wide, tuitest.ASCII)
	stage.Do(keymap.Open, keymap.Bottom)
	stage.Picture("publish-end", tuitest.Small)
	stage.Do(keymap.PrevPane, keymap.Down, keymap.Down)
	stage.Picture("publish-failed", tuitest.Small)
}

// From a key and from a signer it is one key to what they have to do with.
func TestHistoryOfKeysAndSigners(t *testing.T) {
	for _, tab := range []nav.Tab{nav.TabKeys, nav.TabSigners} {
		stage := open(t, tuitest.NewSource(), tuitest.Expiring, tab)
		s := stage.Screen.(*repo.Screen)
		stage.Do(keymap.HistoryOf)
		if s.Route().Tab != nav.TabHistory || s.Filter() == "" {
			t.Errorf("%s: at %s with the filter %q", tab, s.Route(), s.Filter())
		}
	}
	stage := open(t, tuitest.NewSource(), tuitest.Expiring, nav.TabHistory)
	s := stage.Screen.(*repo.Screen)
	for pattern, want := range map[string]int{"erin": 1, string(tuitest.Key("bob"))[:8]: 2, "v1.2": 2, "deleted": 1} {
		s.SetFilter(pattern)
		if shown, total := s.FilterCount(); shown != want || total != 5 {
			t.Errorf("%q keeps %d of %d, want %d", pattern, shown, total, want)
		}
	}
}

// More publishes are read when they are asked for.
func TestOlderPublishes(t *testing.T) {
	source := tuitest.NewSource()
	stage := open(t, source, tuitest.Expiring, nav.TabHistory)
	stage.Do(keymap.HistoryMore)
	if n := strings.Count(source.Calls(), "History"); n != 2 {
		t.Errorf("history was read %d times", n)
	}
	source.Past.More = false
	stage.Run(stage.Screen.(*repo.Screen).Refresh())
	for _, a := range stage.Screen.Actions() {
		if ok, why := a.Available(); a.ID == keymap.HistoryMore && (ok || why == "") {
			t.Error("older publishes are offered although there are none")
		}
	}
}

// Whatever a repository holds, nothing breaks out of its cell.
func TestHostileRepositoryInEveryTab(t *testing.T) {
	for _, tab := range nav.Tabs() {
		stage := open(t, tuitest.NewSource(), tuitest.Hostile, tab)
		for _, size := range tuitest.Sizes() {
			stage.Resize(size.Body())
			for range 12 {
				stage.Do(keymap.Down)
				stage.View()
			}
			stage.Do(keymap.Right)
			stage.Do(keymap.Bottom)
			view := ansi.Strip(stage.View())
			if strings.Contains(view, "\u202e") || strings.Contains(view, "\x07") {
				t.Errorf("%s at %s: a hostile character came through", tab, size)
			}
			stage.Do(keymap.NextPane, keymap.Top)
		}
	}
}

func TestTreeFoldsAndUnfolds(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Nested, nav.TabRoles)
	if _, ok := tuitest.Line(stage.View(), "│   ├ ci"); !ok {
		t.Fatalf("the nested delegation is not shown:\n%s", stage.View())
	}
	// Left folds ci, goes to its parent, and folds that.
	for range 5 {
		stage.Do(keymap.Down)
	}
	stage.Do(keymap.Left, keymap.Left, keymap.Left)
	view := stage.View()
	if strings.Contains(view, "├ ci") || !strings.Contains(view, "team ▸") {
		t.Errorf("the branch is not folded:\n%s", view)
	}
	stage.Do(keymap.Right)
	if !strings.Contains(stage.View(), "├ ci") {
		t.Errorf("the branch is not unfolded:\n%s", stage.View())
	}
	stage.Do(keymap.ToggleRow)
	if strings.Contains(stage.View(), "├ ci") {
		t.Error("space does not fold")
	}
}

// The cursor begins on the first of the roles that are worst off.
func TestTheWorstRoleIsSelected(t *testing.T) {
	for gun, want := range map[model.GUN]string{
		tuitest.Broken: "targets", tuitest.Expiring: "ci-bot", tuitest.Hostile: "releases", tuitest.Healthy: "root",
	} {
		stage := open(t, tuitest.NewSource(), gun, nav.TabRoles)
		if _, ok := tuitest.Line(ansi.Strip(stage.View()), "> ", want); !ok {
			t.Errorf("of %s, %s is not selected:\n%s", gun, want, stage.View())
		}
		stage.Do(keymap.Top)
		stage.Run(stage.Screen.(screen.Refresher).Refresh())
		if _, ok := tuitest.Line(ansi.Strip(stage.View()), "> root"); !ok {
			t.Errorf("the selection of %s did not stay where it was put:\n%s", gun, stage.View())
		}
	}
}

func TestEnterLeadsToTheRoleAndTheTag(t *testing.T) {
	tests := []struct {
		tab  nav.Tab
		want nav.Route
	}{
		{nav.TabRoles, nav.Role(tuitest.Expiring, "targets/release-bot")},
		{nav.TabSigners, nav.Role(tuitest.Expiring, "targets/bob")},
		{nav.TabTags, nav.Tag(tuitest.Expiring, "v1.1")},
	}
	for _, test := range tests {
		stage := open(t, tuitest.NewSource(), tuitest.Expiring, test.tab)
		stage.Do(keymap.Down, keymap.Open)
		if len(stage.Pushed) != 1 || stage.Pushed[0] != test.want {
			t.Errorf("%s: went to %v, want %v", test.tab, stage.Pushed, test.want)
		}
	}
}

// The question for the target takes any name but none.
func TestExplainAsksForTheTarget(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Healthy, nav.TabRoles)
	stage.Do(keymap.RepoExplain)
	if stage.Prompt == nil || stage.Prompt.Check("") == "" || stage.Prompt.Check("docs/a b") != "" {
		t.Fatalf("asked %+v", stage.Prompt)
	}
	stage.Send(screen.AnswerMsg{ID: stage.Prompt.ID, Text: "docs/a b"})
	if len(stage.Pushed) != 1 || stage.Pushed[0] != nav.Explain(tuitest.Healthy, "docs/a b") {
		t.Errorf("went to %v", stage.Pushed)
	}
}

func TestTabsByKeyMouseAndRoute(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Expiring, nav.TabRoles)
	s := stage.Screen.(*repo.Screen)
	stage.Do(keymap.RepoTags)
	if s.Route().Tab != nav.TabTags {
		t.Errorf("at %s", s.Route())
	}
	stage.Do(keymap.RepoNextTab, keymap.RepoNextTab, keymap.RepoNextTab)
	if s.Route().Tab != nav.TabRoles {
		t.Errorf("the tabs do not go round: at %s", s.Route())
	}
	stage.Send(screen.ClickMsg{X: strings.Index(ansi.Strip(stage.View()), "Signers"), Y: 0})
	if s.Route().Tab != nav.TabSigners {
		t.Errorf("a click leads to %s", s.Route())
	}
	stage.Run(s.Show(nav.Repo(tuitest.Expiring, nav.TabRaw)))
	if s.Route().Tab != nav.TabRaw {
		t.Errorf("the route leads to %s", s.Route())
	}
}

func TestFilterSortAndCountTags(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Huge, nav.TabTags)
	s := stage.Screen.(*repo.Screen)
	if !strings.Contains(stage.View(), "[4 Tags (5,000)]") {
		t.Errorf("the tags are not counted:\n%s", stage.View())
	}
	s.SetFilter("v500")
	if shown, total := s.FilterCount(); shown != 10 || total != 5000 {
		t.Errorf("%d of %d", shown, total)
	}
	s.SetFilter("")
	s.SortBy(0, true)
	stage.Do(keymap.Top)
	if _, ok := tuitest.Line(stage.View(), ">", "v99.9"); !ok {
		t.Errorf("not sorted:\n%s", stage.View())
	}
	if by, descending := s.SortedBy(); by != 0 || !descending {
		t.Errorf("sorted by %d, %v", by, descending)
	}
	items := s.CopyItems()
	if items[0].Text != "v99.9" || !strings.HasPrefix(items[1].Text, "sha256:") {
		t.Errorf("copies %+v", items[:2])
	}
}

func TestTheSignatureThatFailsIsNamed(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Broken, nav.TabSigners)
	stage.Resize(160, 60)
	stage.Do(keymap.Down)
	view := ansi.Strip(stage.View())
	for _, want := range []string{"✗ broken", "0 of 2 needed signatures are valid.", "the signature does not fit the content", "unknown key", "2 signatures needed of 1 key"} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
}

func TestHistoryIsReadWhenItIsLookedAt(t *testing.T) {
	source := tuitest.NewSource()
	stage := open(t, source, tuitest.Expiring, nav.TabRoles)
	if strings.Contains(source.Calls(), "History") {
		t.Fatal("history was read before anybody asked")
	}
	stage.Do(keymap.RepoHistory, keymap.RepoRoles, keymap.RepoHistory)
	if n := strings.Count(source.Calls(), "History"); n != 1 {
		t.Errorf("history was read %d times", n)
	}
	stage.Run(stage.Screen.(*repo.Screen).Refresh())
	if n := strings.Count(source.Calls(), "History"); n != 2 {
		t.Errorf("after a refresh history was read %d times in all", n)
	}
}

func TestRawIsIndentedAndHarmless(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Hostile, nav.TabRaw)
	stage.Do(keymap.Down, keymap.Down)
	view := ansi.Strip(stage.View())
	// The file is no JSON, for control characters must be escaped there; it is
	// shown as it is.
	if !strings.Contains(view, `{"signed":{"x":"\x1b[2J\u202e"`) {
		t.Errorf("got:\n%s", view)
	}
	stage = open(t, tuitest.NewSource(), tuitest.Healthy, nav.TabRaw)
	if view := ansi.Strip(stage.View()); !strings.Contains(view, `    "_type": "root"`) {
		t.Errorf("got:\n%s", view)
	}
}

func TestUnreadableAndLoading(t *testing.T) {
	view := ansi.Strip(open(t, tuitest.NewSource(), tuitest.NoTrust, nav.TabRoles).View())
	if !strings.Contains(view, "the server has no such repository.") || !strings.Contains(view, "Initialise it") {
		t.Errorf("got:\n%s", view)
	}
	source := tuitest.NewSource()
	env := tuitest.NewEnv(t, source)
	s := repo.New(env, tuitest.Healthy, nav.TabTags)
	s.SetSize(80, 19)
	if view := s.View(); !strings.Contains(view, "Reading registry.example.org/base/alpine..") {
		t.Errorf("got:\n%s", view)
	}
	// Nothing may be done to what is not there.
	for _, a := range s.Actions() {
		s.Update(screen.ActionMsg{ID: a.ID})
	}
	s.Update(screen.ClickMsg{X: 5, Y: 5})
	s.Update(screen.WheelMsg{X: 5, Y: 5, Lines: 3})
}

// What is cached is shown at once, as such; when reading fails it stays.
func TestStaleDataStaysAndSaysSo(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Stale, nav.TabRoles)
	left, right := stage.Screen.(*repo.Screen).Status()
	if !strings.Contains(left, "not current, read 26 h ago: no answer within 10 s") || strings.Contains(right, "26 h ago") {
		t.Errorf("status is %q, %q", left, right)
	}
	if _, ok := tuitest.Line(stage.View(), "targets", "v31"); !ok {
		t.Errorf("the cached roles are not shown:\n%s", stage.View())
	}
}

// counting is a dialect in which every repository has so many tags.
type counting struct {
	dialect.Dialect
	tags *int
}

func (c counting) Tags(*model.Repository) []model.Tag { return make([]model.Tag, *c.tags) }

func TestLateTagsAreDropped(t *testing.T) {
	env := tuitest.NewEnv(t, tuitest.NewSource())
	answer := 5
	env.DialectOf = dialect.Only(counting{env.DialectOf(""), &answer})
	stage := tuitest.StageIn(t, env, func(e *screen.Env) screen.Screen { return repo.New(e, tuitest.Healthy, nav.TabTags) }, 100, 25)
	s := stage.Screen.(*repo.Screen)
	early, late := s.Refresh(), s.Refresh()
	answer = 3
	stage.Run(late)
	answer = 9
	stage.Run(early)
	if !strings.Contains(ansi.Strip(stage.View()), "[4 Tags (3)]") {
		t.Errorf("the answer to the earlier question replaced the one to the later:\n%s", stage.View())
	}
}

func TestLeavingStopsTheWork(t *testing.T) {
	source := tuitest.NewSource()
	stage := open(t, source, tuitest.Healthy, nav.TabRoles)
	source.Gate = make(chan struct{})
	reading := stage.Screen.Update(screen.ActionMsg{ID: keymap.RepoHistory})
	answer := make(chan tea.Msg)
	go func() { answer <- reading() }()
	stage.Screen.(*repo.Screen).Close()
	// The gate stays shut: only being cancelled ends the reading.
	stage.Screen.Update(<-answer)
	if strings.Contains(ansi.Strip(stage.View()), "[5 History (6)]") {
		t.Error("the answer came although the screen was left")
	}
}

func TestNewsOfOtherRepositoriesChangesNothing(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Healthy, nav.TabTags)
	before := stage.View()
	if cmd := stage.Screen.Update(screen.BoardMsg{Changed: []model.GUN{tuitest.Broken}}); cmd != nil {
		t.Error("work was started")
	}
	if stage.View() != before {
		t.Error("the view changed")
	}
}

// A repository that is no longer there takes its rows along, on every tab and at any size;
// when it comes back, so do they.
func TestARepositoryThatDisappears(t *testing.T) {
	for _, tab := range nav.Tabs() {
		source := tuitest.NewSource()
		stage := tuitest.NewStage(t, source, func(e *screen.Env) screen.Screen { return repo.New(e, tuitest.Healthy, tab) }, 100, 25)
		s := stage.Screen.(*repo.Screen)
		views := source.Views
		source.Views = nil
		stage.Run(s.Refresh())
		if v, _ := stage.Env.Board.View(tuitest.Healthy); v.Repository != nil {
			t.Fatalf("%s: the repository is still there", tab)
		}
		stage.Resize(60, 12)
		stage.Resize(120, 40)
		stage.Do(keymap.RepoNextTab, keymap.RepoPrevTab)
		for _, item := range s.CopyItems() {
			if item.Label == "role name" || item.Label == "tag" || item.Label == "file digest" {
				t.Errorf("%s: %s is offered", tab, item.Label)
			}
		}
		stage.View()
		source.Views = views
		stage.Run(s.Refresh())
		if shown, _ := s.FilterCount(); shown == 0 {
			t.Errorf("%s: nothing has come back", tab)
		}
	}
}

// worded is a dialect with words of its own.
type worded struct{ dialect.Dialect }

func (worded) Words() dialect.Words { return ledger.Dialect{}.Words() }

// Targets are called what the dialect calls them, and no image is made of them.
func TestTargetsInTheWordsOfTheDialect(t *testing.T) {
	source := tuitest.NewSource()
	env := tuitest.NewEnv(t, source)
	env.DialectOf = dialect.Only(worded{tuitest.Dialect()})
	stage := tuitest.StageIn(t, env, func(e *screen.Env) screen.Screen { return repo.New(e, tuitest.Healthy, nav.TabTags) }, 120, 25)
	view := ansi.Strip(stage.View())
	for _, want := range []string{"Lines (9)", "LINE ", "READ ", "Line  ", "Read  "} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
	for _, wrong := range []string{"Tag", "TAG", "PULLED", "Pulled", "manifest"} {
		if strings.Contains(view, wrong) {
			t.Errorf("%q is there:\n%s", wrong, view)
		}
	}
	for _, item := range stage.Screen.(screen.Copier).CopyItems() {
		if strings.Contains(item.Label, "image") || item.Label == "tag" {
			t.Errorf("it offers to copy the %s", item.Label)
		}
	}
}

// The keys in use name their holders.
func TestHoldersAreNamed(t *testing.T) {
	r := tuitest.RepositoryOf("acme", tuitest.RoleOf(model.RoleTargets, 7, tuitest.Days(90), 1, "ann", "service"))
	for i := range r.Keys {
		if r.Keys[i].ID == tuitest.Key("ann") {
			r.Keys[i].Holder = "@ann"
		} else {
			r.Keys[i].Online = true
		}
	}
	source := tuitest.NewSource()
	source.Views = []admin.Look{tuitest.ViewOf(r, health.OK, model.RoleTargets, "")}
	view := ansi.Strip(open(t, source, "acme", nav.TabKeys).View())
	for _, want := range [][]string{{tuitest.Key("ann").Short(), "@ann"}, {tuitest.Key("service").Short(), "server"}} {
		if _, ok := tuitest.Line(view, want...); !ok {
			t.Errorf("%q is not in a line of\n%s", want, view)
		}
	}
}
