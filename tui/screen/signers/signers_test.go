package signers_test

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/notary/docker"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/signers"
	"trustdeck/tui/tuitest"
)

const registry = "registry.example.org/"

func open(t *testing.T, source *tuitest.Source) *tuitest.Stage {
	t.Helper()
	return tuitest.NewStage(t, source, func(e *screen.Env) screen.Screen { return signers.New(e) }, 100, 25)
}

// repository is one with these delegations, each with its keys.
func repository(gun model.GUN, delegations map[model.RoleName][]string) admin.Look {
	roles := []model.Role{
		tuitest.RoleOf(model.RoleRoot, 1, tuitest.Years(9), 1, string(gun)+" root"),
		tuitest.RoleOf(model.RoleTargets, 4, tuitest.Years(2), 1, string(gun)+" targets"),
	}
	names := make([]model.RoleName, 0, len(delegations))
	for name := range delegations {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		roles = append(roles, tuitest.RoleOf(name, 3, tuitest.Years(2), 1, delegations[name]...))
	}
	r := tuitest.RepositoryOf(gun, roles...)
	return admin.Look{GUN: gun, Repository: r, Assessment: health.Assess(r, health.DefaultOptions())}
}

// people is a source with a signer of every kind.
func people() *tuitest.Source {
	source := tuitest.NewSource()
	source.Views = append(source.Views,
		repository(registry+"left/half-way", map[model.RoleName][]string{"targets/erin": {"erin"}, docker.Releases: {"erin", "bob", "stranger"}}),
		repository(registry+"new/hire", map[model.RoleName][]string{"targets/dave": {"dave"}, docker.Releases: {"alice"}, "targets/alice": {"alice", "alice laptop"}}),
		repository(registry+"two/names", map[model.RoleName][]string{"targets/al": {"alice"}, docker.Releases: {"alice"}}),
		repository(registry+"plain/notary", map[model.RoleName][]string{"targets/qa": {"qa"}, "targets/qa/night": {"night"}}),
	)
	return source
}

func TestPictures(t *testing.T) {
	stage := open(t, people())
	stage.Picture("all", tuitest.Small, tuitest.Wide)
	s := stage.Screen.(*signers.Screen)
	s.SetFilter("alice " + tuitest.Key("alice").Short())
	stage.Do(keymap.NextPane)
	stage.Picture("detail", tuitest.Small)
	open(t, &tuitest.Source{}).Picture("none")
	open(t, &tuitest.Source{Err: &model.Fault{
		Kind: model.FaultUnreachable, Subject: "https://notary.example.org", Text: "no answer within 10 s", Hint: "Check the network.",
	}}).Picture("away")
}

// Every state has its word, and names and keys that go together are told.
func TestEverySigner(t *testing.T) {
	stage := open(t, people())
	stage.Resize(160, 60)
	view := ansi.Strip(stage.View())
	for _, row := range [][]string{
		{"(no name)", tuitest.Key("stranger").Short(), "▲ only in releases", "left/half-way"},
		{"bob", tuitest.Key("bob").Short(), "only in releases", "left/half-way +6"},
		{"alice", "2 keys", "▲ not in releases", "9", "new/hire +8", "as al"},
		{"dave", "▲ not in releases", "new/hire"},
		{"al", tuitest.Key("alice").Short(), "● signer", "two/names", "as alice"},
		{"qa/night", "○ below a signer"},
		{"qa", "○ no releases role"},
		{"ci-bot", "● signer", "yes"},
	} {
		if _, ok := tuitest.Line(view, row...); !ok {
			t.Errorf("%q is missing:\n%s", row, view)
		}
	}
	left, right := stage.Screen.(screen.Statuser).Status()
	if !strings.Contains(ansi.Strip(left), "need action") || ansi.Strip(right) != "in 13 repositories, 1 without trust data" {
		t.Errorf("status %q, %q", ansi.Strip(left), ansi.Strip(right))
	}
}

// A signer in one place is opened there; one in several is asked for.
func TestEnterOpensTheRole(t *testing.T) {
	stage := open(t, people())
	s := stage.Screen.(*signers.Screen)
	s.SetFilter("dave")
	stage.Do(keymap.Open)
	if want := nav.Role(registry+"new/hire", "targets/dave"); len(stage.Pushed) != 1 || stage.Pushed[0] != want {
		t.Fatalf("pushed %v; want %v", stage.Pushed, want)
	}
	s.SetFilter(string(tuitest.Key("stranger")))
	stage.Do(keymap.Open)
	if want := nav.Role(registry+"left/half-way", docker.Releases); stage.Pushed[1] != want {
		t.Errorf("pushed %v; want %v", stage.Pushed, want)
	}
	s.SetFilter("bob")
	stage.Do(keymap.Open)
	if stage.Places == nil || len(stage.Places.Places) < 2 || !strings.Contains(stage.Places.Title, "bob") {
		t.Fatalf("places %+v", stage.Places)
	}
	for _, p := range stage.Places.Places {
		if p.Route.GUN == registry+"left/half-way" && (p.Route.Role != docker.Releases || !strings.Contains(p.Note, "only in releases")) {
			t.Errorf("%+v", p)
		}
	}
	// A click on the selected row does the same.
	stage.Places = nil
	stage.Resize(60, 12)
	stage.Send(screen.ClickMsg{X: 4, Y: 2})
	if stage.Places == nil {
		t.Error("a click does not open")
	}
}

// The whole key ID, the file of the private key, and every place with what was
// signed there.
func TestDetail(t *testing.T) {
	stage := open(t, people())
	stage.Resize(120, 90)
	stage.Screen.(*signers.Screen).SetFilter("targets/ci-bot")
	view := ansi.Strip(stage.View())
	for _, want := range []string{
		"ci-bot signs in its own role, and tags that clients pull", "here, /home/ada/.docker/trust/private/",
		"ECDSA P-256", "registry.example.org/web/frontend  targets/ci-bot  signer", "signed targets/ci-bot v54",
	} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
	if !strings.Contains(strings.ReplaceAll(view, " ", ""), tuitest.Key("ci-bot").String()[:32]) {
		t.Errorf("the key ID is not there in full:\n%s", view)
	}
}

// What is the matter comes with the way out, which is that of the finding.
func TestWayOut(t *testing.T) {
	stage := open(t, people())
	stage.Resize(120, 60)
	for pattern, want := range map[string]string{
		string(tuitest.Key("stranger")):     "Remove the key from targets/releases if its holder has left, or add the signer.",
		"dave":                              "Add a key of dave to targets/releases, or remove the signer.",
		string(tuitest.Key("alice laptop")): "Add the key to targets/releases, or remove it from targets/alice.",
	} {
		stage.Screen.(*signers.Screen).SetFilter(pattern)
		if view := ansi.Strip(stage.View()); !strings.Contains(view, want) {
			t.Errorf("%s: %q is missing:\n%s", pattern, want, view)
		}
	}
}

func TestFilterSortAndCopy(t *testing.T) {
	stage := open(t, people())
	s := stage.Screen.(*signers.Screen)
	if by, _ := s.SortedBy(); by != -1 {
		t.Errorf("sorted by %d to begin with", by)
	}
	for column := range s.SortColumns() {
		for _, descending := range []bool{false, true} {
			s.SortBy(column, descending)
			if by, down := s.SortedBy(); by != column || down != descending {
				t.Errorf("sorted by %d, %v", by, down)
			}
			stage.View()
		}
	}
	s.SetFilter("new/hire")
	if shown, total := s.FilterCount(); shown != 2 || total < 8 {
		t.Errorf("%d of %d shown", shown, total)
	}
	s.SetFilter("no such signer anywhere")
	if view := ansi.Strip(stage.View()); !strings.Contains(view, "No signer is known by") {
		t.Errorf("got:\n%s", view)
	}
	if items := s.CopyItems(); items != nil {
		t.Errorf("copies %v of nothing", items)
	}
	s.SetFilter("dave")
	items := s.CopyItems()
	if len(items) != 3 || items[0].Text != tuitest.Key("dave").String() || items[1].Text != "dave" || items[2].Text != registry+"new/hire\n" || !items[2].Lines {
		t.Errorf("copies %+v", items)
	}
}

// A person is off-boarded with every key, marked in the change that begins there.
func TestOffBoardBeginsWithThePerson(t *testing.T) {
	stage := tuitest.NewStage(t, people(), func(e *screen.Env) screen.Screen {
		e.Flows = flows.All(flows.Ports{Backend: tuitest.NewGuideBackend()})
		return signers.New(e)
	}, 100, 25)
	stage.Screen.(*signers.Screen).SetFilter(string(tuitest.Key("alice laptop")))
	stage.Do(keymap.BeginOffBoard)
	if len(stage.Pushed) != 1 {
		t.Fatalf("pushed %v", stage.Pushed)
	}
	given := stage.Pushed[0].Answers()
	want := []string{"alice@" + string(tuitest.Key("alice")), "alice@" + string(tuitest.Key("alice laptop"))}
	got := slices.Clone(given[flows.SelectedLeavers])
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || len(given["repositories"]) < 10 || given["who"] != nil {
		t.Errorf("it begins with %v", given)
	}
}

// People that are marked are removed together, wherever one of them signs.
func TestRemoveTheMarked(t *testing.T) {
	stage := tuitest.NewStage(t, people(), func(e *screen.Env) screen.Screen {
		e.Flows = flows.All(flows.Ports{Backend: tuitest.NewGuideBackend()})
		return signers.New(e)
	}, 100, 25)
	stage.Do(keymap.MarkAll)
	stage.Do(keymap.BeginSignerRemove)
	if len(stage.Pushed) != 1 {
		t.Fatalf("pushed %v", stage.Pushed)
	}
	given := stage.Pushed[0].Answers()
	if !slices.Contains(given["name"], "alice") || !slices.Contains(given["name"], "bob") || slices.Contains(given["name"], "") || len(given["repositories"]) < 2 {
		t.Errorf("it begins with %v", given)
	}
}

// The signers are joined when repositories come, and in the middle of a survey
// only as long as there is nothing to see.
func TestSignersAreJoinedAtTheEndOfTheSurvey(t *testing.T) {
	source := people()
	env := tuitest.NewEnv(t, source)
	s := signers.New(env)
	s.SetSize(100, 25)
	if view := ansi.Strip(s.View()); !strings.Contains(view, "Reading the repositories") {
		t.Errorf("got:\n%s", view)
	}
	read, ok := s.Init()().(tea.BatchMsg)
	if !ok || len(read) != 2 {
		t.Fatalf("it does not read the keys and the repositories: %v", read)
	}
	total := func() int { _, n := s.FilterCount(); return n }
	seen := []int{}
	for _, cmd := range read {
		tuitest.Settle(cmd(), func(msg tea.Msg) tea.Cmd {
			if news, cmd := env.Board.Update(msg); news != nil {
				next := s.Update(*news)
				seen = append(seen, total())
				return tea.Batch(cmd, next)
			}
			return s.Update(msg)
		})
	}
	if len(seen) == 0 || seen[len(seen)-1] < 8 {
		t.Errorf("numbers of signers: %v", seen)
	}
	if s.Refresh() == nil {
		t.Error("it does not read again")
	}
}

// A repository whose roles and keys want to mislead does no harm.
func TestHostileSigners(t *testing.T) {
	source := tuitest.NewSource()
	evil := model.RoleName("targets/\x1b[2Jevil\u202e")
	source.Views = []admin.Look{repository("registry.example.org/a\u202eb", map[model.RoleName][]string{
		evil: {"x"}, model.RoleName("targets/" + strings.Repeat("日本", 90)): {"y"}, docker.Releases: {"x", "y"},
	})}
	source.Views[0].Repository.Keys[0].Algorithm = "\x1b]0;x\x07"
	stage := open(t, source)
	for _, size := range tuitest.Sizes() {
		stage.Resize(size.Body())
		for range 3 {
			stage.View()
			stage.Do(keymap.NextPane, keymap.PageDown)
			stage.View()
			stage.Do(keymap.NextPane, keymap.Down)
		}
		stage.Do(keymap.Top)
	}
}

// A robot that signs in thousands of repositories is drawn as quickly as any.
func TestASignerInManyRepositories(t *testing.T) {
	stage := open(t, &tuitest.Source{Views: tuitest.Many(3000)})
	if _, ok := tuitest.Line(ansi.Strip(stage.View()), "alice", "● signer", "3,000"); !ok {
		t.Errorf("got:\n%s", stage.View())
	}
	stage.Do(keymap.NextPane)
	allocs := testing.AllocsPerRun(5, func() {
		stage.Screen.Update(screen.ActionMsg{ID: keymap.Down})
		stage.Screen.View()
	})
	if allocs > 2000 {
		t.Errorf("one step in the detail takes %.0f allocations", allocs)
	}
}
