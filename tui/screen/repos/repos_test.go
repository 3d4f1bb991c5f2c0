package repos_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/repos"
	"trustdeck/tui/text"
	"trustdeck/tui/tuitest"
)

func open(t *testing.T, source *tuitest.Source) *tuitest.Stage {
	t.Helper()
	return tuitest.NewStage(t, source, func(e *screen.Env) screen.Screen { return repos.New(e) }, 100, 25)
}

func TestPictures(t *testing.T) {
	stage := open(t, tuitest.NewSource())
	stage.Do(keymap.Down, keymap.Down)
	stage.Picture("repos", tuitest.Small, tuitest.Wide, tuitest.ASCII, tuitest.Dark, tuitest.Light)
}

func TestWorstComesFirst(t *testing.T) {
	stage := open(t, tuitest.NewSource())
	stage.Resize(130, 25)
	view := stage.View()
	order := []string{"pay/api", "web/frontend", "ops/vault", "base/alpine", "data/scratch", "tools/sbom"}
	last := -1
	for _, name := range order {
		at := strings.Index(view, " "+name)
		if at < last {
			t.Errorf("%s stands too high:\n%s", name, view)
		}
		last = at
	}
	for _, words := range [][]string{
		{"✗ broken", "pay/api", "expired 2 d ago", "targets", "4 mo"},
		{"▲ expiring", "web/frontend", "4", "root 1/1", "releases 1/4", "in 12 d", "ci-bot", "3 d"},
		{"? stale", "ops/vault", "cached"},
		{"○ none", "data/scratch", "no trust data"},
		{"◌ loading", "tools/sbom"},
	} {
		if _, ok := tuitest.Line(view, words...); !ok {
			t.Errorf("no line with %q:\n%s", words, view)
		}
	}
}

// The first paint is from the cache and says so; fresh answers replace it.
func TestCacheFirstThenFresh(t *testing.T) {
	source := tuitest.NewSource()
	saved := source.Views[2]
	saved.Stale, saved.Assessment.Level = true, health.Stale
	source.Saved = []admin.Look{saved}
	source.Gate = make(chan struct{})
	env := tuitest.NewEnv(t, source)
	stage := tuitest.StageIn(t, env, func(e *screen.Env) screen.Screen { return idle{repos.New(e)} }, 130, 25)

	first := env.Board.Survey()()
	news, next := env.Board.Update(first)
	stage.Send(*news)
	if _, ok := tuitest.Line(stage.View(), "? stale", "base/alpine", "cached"); !ok {
		t.Errorf("the first paint does not show the cache as stale:\n%s", stage.View())
	}
	close(source.Gate)
	stage.Run(next)
	if _, ok := tuitest.Line(stage.View(), "● ok", "base/alpine"); !ok {
		t.Errorf("the fresh answer is not shown:\n%s", stage.View())
	}
}

// idle is a screen that starts nothing by itself.
type idle struct{ *repos.Screen }

func (idle) Init() tea.Cmd { return nil }

func TestEnterOpensTheSelectedRepository(t *testing.T) {
	stage := open(t, tuitest.NewSource())
	stage.Do(keymap.Down, keymap.Open)
	want := nav.Repo(tuitest.Expiring, nav.TabRoles)
	if len(stage.Pushed) != 1 || stage.Pushed[0] != want {
		t.Errorf("went to %v, want %v", stage.Pushed, want)
	}
}

func TestAClickSelectsAndASecondOpens(t *testing.T) {
	stage := open(t, tuitest.NewSource())
	stage.Send(screen.ClickMsg{X: 20, Y: 3})
	if len(stage.Pushed) != 0 {
		t.Fatalf("one click opened %v", stage.Pushed)
	}
	stage.Send(screen.ClickMsg{X: 20, Y: 3})
	if len(stage.Pushed) != 1 || stage.Pushed[0].GUN != tuitest.Expiring {
		t.Errorf("two clicks went to %v", stage.Pushed)
	}
}

func TestOnlyProblems(t *testing.T) {
	stage := open(t, tuitest.NewSource())
	stage.Do(keymap.ReposProblems)
	view := stage.View()
	if strings.Contains(view, "base/alpine") || !strings.Contains(view, "pay/api") || !strings.Contains(view, "ops/vault") {
		t.Errorf("problems only shows:\n%s", view)
	}
	stage.Do(keymap.ReposProblems)
	if !strings.Contains(stage.View(), "base/alpine") {
		t.Error("the second press does not bring the others back")
	}
}

func TestFilterKeepsTheSelectedRepository(t *testing.T) {
	stage := open(t, tuitest.NewSource())
	stage.Do(keymap.Bottom, keymap.Up)
	s := stage.Screen.(*repos.Screen)
	s.SetFilter("data")
	if shown, total := s.FilterCount(); shown != 2 || total != 10 {
		t.Errorf("%d of %d", shown, total)
	}
	if _, ok := tuitest.Line(stage.View(), ">", "data/scratch"); !ok {
		t.Errorf("the selection moved:\n%s", stage.View())
	}
	s.SetFilter("nothing-like-it")
	if !strings.Contains(stage.View(), "No repository matches nothing-like-it") {
		t.Errorf("an empty result is not explained:\n%s", stage.View())
	}
	s.SetFilter("")
	if _, ok := tuitest.Line(stage.View(), ">", "data/scratch"); !ok {
		t.Errorf("the selection is lost after the filter:\n%s", stage.View())
	}
}

func TestSortByEveryColumn(t *testing.T) {
	stage := open(t, tuitest.NewSource())
	s := stage.Screen.(*repos.Screen)
	first := func() string {
		for line := range strings.SplitSeq(stage.View(), "\n") {
			if line = ansi.Strip(line); strings.HasPrefix(line, "> ") {
				return line
			}
		}
		return ""
	}
	tests := []struct {
		column     string
		descending bool
		want       string
	}{
		{"HEALTH", false, "pay/api"},
		{"HEALTH", true, "tools/sbom"},
		{"REPOSITORY", false, "base/alpine"},
		{"SIGNERS", true, "web/frontend"},
		{"NEXT EXPIRY", false, "pay/api"},
		{"CHANGED", true, "tools/sbom"},
		{"CHANGED", false, "base/alpine"},
	}
	for _, test := range tests {
		for i, title := range s.SortColumns() {
			if title == test.column {
				s.SortBy(i, test.descending)
				stage.Do(keymap.Top)
				if line := first(); !strings.Contains(line, test.want) {
					t.Errorf("by %s, descending %v: first is %q, want %s", test.column, test.descending, line, test.want)
				}
			}
		}
	}
}

func TestWhatIsCopied(t *testing.T) {
	stage := open(t, tuitest.NewSource())
	items := stage.Screen.(*repos.Screen).CopyItems()
	if len(items) == 0 || items[0].Text != tuitest.Broken.String() {
		t.Errorf("copies %+v", items)
	}
}

func TestEmptyAndFailed(t *testing.T) {
	empty := open(t, &tuitest.Source{})
	if view := empty.View(); !strings.Contains(view, "No repository is known at notary.example.org.") {
		t.Errorf("an empty list is not explained:\n%s", view)
	}
	failed := open(t, &tuitest.Source{Err: &model.Fault{Kind: model.FaultUnauthorized, Subject: "https://n", Text: "not authorised\x1b[2J", Hint: "Log in with docker login."}})
	view := failed.View()
	if !strings.Contains(view, `https://n: not authorised\x1b[2J.`) || !strings.Contains(view, "docker login") {
		t.Errorf("a failure is not explained:\n%s", view)
	}
	if left, _ := failed.Screen.(*repos.Screen).Status(); !strings.Contains(left, "not authorised") {
		t.Errorf("status is %q", left)
	}
}

// Repositories of several contexts stand beside each other, those of one name apart.
func TestSeveralContexts(t *testing.T) {
	source := tuitest.NewSource()
	for i := range source.Views {
		source.Views[i].GUN = "prod:" + source.Views[i].GUN
	}
	twin := source.Views[0]
	twin.GUN = "test" + twin.GUN[len("prod"):]
	source.Views = append(source.Views, twin)
	env := tuitest.NewEnv(t, source)
	env.Contexts = &tuitest.Contexts{InUse: []string{"prod", "test"}}
	stage := tuitest.StageIn(t, env, func(e *screen.Env) screen.Screen { return repos.New(e) }, 100, 25)
	_, name, _ := strings.Cut(string(twin.GUN), "/")
	for _, context := range []string{"prod", "test"} {
		if _, ok := tuitest.Line(stage.View(), context, name); !ok {
			t.Errorf("no line with %s and %s:\n%s", context, name, stage.View())
		}
	}
	if strings.Contains(stage.View(), "prod:") {
		t.Errorf("a name repeats its context:\n%s", stage.View())
	}
	stage.Picture("repos-contexts", tuitest.Small)
}

// The way out is there in full, however long it is, and however small the terminal.
func TestTheWholeRemedyIsShown(t *testing.T) {
	hint := "if it is the right server, give its CA certificate with --tlscacert, or save it as ca.crt in the tls/notary.example.org:4443 folder of Docker's configuration"
	fault := &model.Fault{Kind: model.FaultTLS, Subject: "notary.example.org:4443/v2/_trust/changefeed", Text: "the server's certificate is not trusted: it is signed by an unknown authority", Hint: hint}
	for _, size := range [][2]int{{60, 12}, {80, 19}, {100, 25}, {200, 55}} {
		stage := tuitest.NewStage(t, &tuitest.Source{Err: fault}, func(e *screen.Env) screen.Screen { return repos.New(e) }, size[0], size[1])
		words := strings.Join(strings.Fields(ansi.Strip(stage.View())), " ")
		if !strings.Contains(words, text.Sentence(hint)+" r tries again.") {
			t.Errorf("at %v the way out is cut off:\n%s", size, stage.View())
		}
	}
}

func TestAPanicInTheBackgroundIsAnError(t *testing.T) {
	stage := open(t, &tuitest.Source{Panic: errors.New("boom")})
	if view := stage.View(); !strings.Contains(view, "Internal error while checking all repositories: boom") {
		t.Errorf("got:\n%s", view)
	}
}

func TestRefreshSurveysAgain(t *testing.T) {
	source := tuitest.NewSource()
	stage := open(t, source)
	stage.Run(stage.Screen.(*repos.Screen).Refresh())
	if n := strings.Count(source.Calls(), "Survey"); n != 2 {
		t.Errorf("%d surveys: %s", n, source.Calls())
	}
}

// While views stream in, the cursor stays on the first row until the user has
// chosen one, and then on what was chosen.
func TestTheSelectionIsOfARepositoryNotOfALine(t *testing.T) {
	source := &tuitest.Source{}
	stage := open(t, source)
	put := func(v admin.Look) {
		source.Views = append(source.Views, v)
		stage.Run(stage.Env.Board.Resurvey())
	}
	world := tuitest.World()
	put(world[2])
	put(world[0])
	if _, ok := tuitest.Line(stage.View(), ">", "pay/api"); !ok {
		t.Errorf("without a choice the worst is selected:\n%s", stage.View())
	}
	stage.Do(keymap.Down)
	put(world[1])
	if _, ok := tuitest.Line(stage.View(), ">", "base/alpine"); !ok {
		t.Errorf("the choice was lost:\n%s", stage.View())
	}
}

// The registry that most names share goes first. A name that is another one's without its
// registry keeps it, and so do the names of other registries.
func TestNamesStayUnambiguous(t *testing.T) {
	source := &tuitest.Source{}
	for _, name := range []string{"registry.example.org/web/app", "registry.example.org/team/with/a/long/name", "web/app", "other.example.org/web/app", "registry.example.org/api"} {
		source.Views = append(source.Views, admin.Look{GUN: model.GUN(name), Fault: &model.Fault{Kind: model.FaultNotFound}, Assessment: health.Assessment{Level: health.None}})
	}
	stage := open(t, source)
	stage.Resize(70, 20)
	var names []string
	for line := range strings.SplitSeq(ansi.Strip(stage.View()), "\n") {
		if _, rest, ok := strings.Cut(line, "○ none"); ok {
			names = append(names, strings.Fields(rest)[0])
		}
	}
	want := []string{"other.example.org/web/app", "api", "team/with/a/long/name", "registry.example.org/web/app", "web/app"}
	if !slices.Equal(names, want) || !strings.Contains(ansi.Strip(stage.View()), "registry.example.org/ ─") {
		t.Errorf("the names are %q, want %q:\n%s", names, want, stage.View())
	}
}

func TestColumnsGoInAFixedOrder(t *testing.T) {
	stage := open(t, tuitest.NewSource())
	tests := []struct {
		width   int
		present string
		absent  string
	}{
		{200, "FINDING", "registry.example.org/web"},
		{170, "FINDING", "everything else"},
		{169, "CHANGED", "FINDING"},
		{122, "THRESHOLD", "CHANGED"},
		{108, "SIGNERS", "THRESHOLD"},
		{72, "expiring", "SIGNERS"},
		{60, "▲", "expiring"},
	}
	for _, test := range tests {
		stage.Resize(test.width, 25)
		view := stage.View()
		if !strings.Contains(view, test.present) || strings.Contains(view, test.absent) {
			t.Errorf("at %d: want %q and not %q:\n%s", test.width, test.present, test.absent, view)
		}
	}
}

// What has changed since it was looked at has a sign, a word and a time, and is found by it.
func TestChangedIsMarked(t *testing.T) {
	source := tuitest.NewSource()
	stage := open(t, source)
	for i := range source.Views {
		if look := &source.Views[i]; look.GUN == tuitest.Expiring {
			r := *look.Repository
			r.Roles = slices.Clone(r.Roles)
			r.Role(model.RoleTargets).SHA256[0]++
			look.Repository = &r
		}
	}
	stage.Run(stage.Env.Board.Resurvey())
	stage.Do(keymap.Down)
	stage.Picture("changed", tuitest.Small, tuitest.Wide)
	stage.Resize(200, 25)
	if _, ok := tuitest.Line(stage.View(), "web/frontend * changed"); !ok {
		t.Errorf("no word for the change:\n%s", stage.View())
	}
	list := stage.Screen.(*repos.Screen)
	list.SetFilter("changed")
	if shown, _ := list.FilterCount(); shown != 1 {
		t.Errorf("%d rows are changed", shown)
	}
	list.SetFilter("")
	stage.Do(keymap.ReposSeen)
	if _, ok := tuitest.Line(stage.View(), "web/frontend *"); ok {
		t.Errorf("still marked:\n%s", stage.View())
	}
}
