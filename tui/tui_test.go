package tui_test

import (
	"bytes"
	"fmt"
	"image/color"
	"os"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/theme"
	"trustdeck/tui/tuitest"
)

const frontend = "registry.example.org/web/frontend"

func TestPictures(t *testing.T) {
	for _, size := range tuitest.Sizes() {
		a := start(t, "")
		a.resize(size.Width, size.Height)
		tuitest.GoldenAt(t, "repos", size, a.screen(), tuitest.Small, tuitest.Wide)
		a.press("ctrl+p").write("sign")
		tuitest.GoldenAt(t, "palette", size, a.screen(), tuitest.Small)
		a.press("esc", "?")
		tuitest.GoldenAt(t, "help", size, a.screen(), tuitest.Small, tuitest.Wide)
		a.press("esc", "q")
		tuitest.GoldenAt(t, "quit", size, a.screen())
		a.press("esc", "/").write("web")
		tuitest.GoldenAt(t, "filter", size, a.screen(), tuitest.Small)
		a.press("enter", "y")
		tuitest.GoldenAt(t, "copy", size, a.screen(), tuitest.Small)
	}
}

// Every place at many sizes keeps within the screen and lets no control
// character through, with every overlay open.
func TestEveryPlaceAtEverySize(t *testing.T) {
	var paths []string
	for _, kind := range nav.Kinds() {
		switch kind {
		case nav.KindRepo, nav.KindRole, nav.KindTag, nav.KindQuorum, nav.KindForecast, nav.KindRoots, nav.KindExplain, nav.KindFlow:
		default:
			paths = append(paths, string(kind))
		}
	}
	for _, v := range tuitest.World() {
		for _, tab := range nav.Tabs() {
			paths = append(paths, nav.Repo(v.GUN, tab).String())
		}
		paths = append(paths, nav.Quorum(v.GUN).String(), nav.Forecast(v.GUN).String(), nav.Roots(v.GUN).String())
		paths = append(paths, nav.Role(v.GUN, docker.Releases).String(), nav.Role(v.GUN, "targets/nobody").String(),
			nav.Tag(v.GUN, "v1.0").String(), nav.Explain(v.GUN, "v1.0").String(), nav.Tag(v.GUN, "\x1b[2J\x1b[31mowned\x07").String())
	}
	sizes := []tuitest.Size{ // the second is that of a short run
		{Width: 1, Height: 1},
		{Width: 60, Height: 15},
		{Width: 96, Height: 16},
		{Width: 59, Height: 30},
		{Width: 61, Height: 19},
		{Width: 79, Height: 20},
		{Width: 80, Height: 24},
		{Width: 95, Height: 21},
		{Width: 100, Height: 30},
		{Width: 200, Height: 60},
	}
	switch {
	case os.Getenv("EVERY_SIZE") != "":
		sizes = everySize()
	case testing.Short():
		sizes = sizes[1:2]
	}
	for _, path := range paths {
		a := start(t, path)
		for _, size := range sizes {
			a.resize(size.Width, size.Height)
			a.screen()
			a.press("down", "right", "end")
			a.screen()
			a.press("left", "?")
			a.screen()
			a.press("esc", "ctrl+p")
			a.screen()
			a.press("esc", "/", "x")
			a.screen()
			a.press("esc", "y")
			a.screen()
			a.press("esc")
			if t.Failed() {
				t.Fatalf("at %s in %s", path, size)
			}
		}
	}
}

// everySize are sizes on both sides of each at which a screen changes its layout, and
// between.
func everySize() []tuitest.Size {
	var sizes []tuitest.Size
	for _, width := range []int{1, 20, 40, 59, 60, 61, 70, 79, 80, 81, 95, 96, 97, 100, 119, 120, 121, 139, 140, 141, 160, 200} {
		for _, height := range []int{1, 5, 10, 14, 15, 16, 18, 19, 20, 21, 24, 30, 40, 50, 60} {
			sizes = append(sizes, tuitest.Size{Width: width, Height: height})
		}
	}
	return sizes
}

func TestNoTwoKeysAtOnePlace(t *testing.T) {
	for _, path := range []string{"welcome", "repos", "keys", "doctor", "log", "tasks", "settings", "repo/" + frontend, "repo/" + frontend + "/role/targets", "repo/" + frontend + "/tag/v1.0"} {
		a := start(t, path)
		owner := map[string]string{}
		for _, action := range a.m.Offered() {
			for _, k := range action.Keys {
				if other := owner[k]; other != "" {
					t.Errorf("at %s, %q is both %s and %s", path, k, other, action.ID)
				}
				owner[k] = string(action.ID)
			}
		}
	}
}

func TestWalkToARepositoryAndBack(t *testing.T) {
	a := start(t, "").sees("TRUSTDECK", "notary.example.org", "10 repos", "3 need action", "online")
	a.press("j", "enter").at("repo/"+frontend+"/roles").sees("Repositories > web/frontend", "Role tree")
	a.press("4").at("repo/" + frontend + "/roles").sees("[4 Tags (9)]")
	a.press("esc").at("repos").sees("HEALTH")
	if _, ok := tuitest.Line(a.screen(), ">", "web/frontend"); !ok {
		t.Errorf("the selection is lost on the way back:\n%s", a.screen())
	}
}

func TestDeepLinkHasAWayBack(t *testing.T) {
	a := start(t, "repo/"+frontend+"/tags").sees("Repositories > web/frontend", "[4 Tags (9)]")
	if calls := a.source.Calls(); strings.Contains(calls, "Survey") {
		t.Errorf("a deep link reads everything: %s", calls)
	}
	a.misses("10 repos").press("esc").at("repos").sees("pay/api", "10 repos")
}

func TestEscNeverQuits(t *testing.T) {
	a := start(t, "repo/"+frontend)
	for range 10 {
		a.press("esc")
	}
	if a.quit {
		t.Error("esc quits")
	}
	a.at("repos").sees("back: this is the first place; q quits")
}

func TestQGoesBackAndAtTheFirstPlaceAsks(t *testing.T) {
	a := start(t, "repo/"+frontend).press("q").at("repos").press("q").sees("Leave trustdeck?")
	if a.quit {
		t.Fatal("q quits without asking")
	}
	a.press("tab", "enter").misses("Leave trustdeck?")
	if a.quit {
		t.Fatal("Stay quits")
	}
	a.press("q", "enter")
	if !a.quit {
		t.Error("Quit does not quit")
	}
}

func TestCtrlCQuitsFromEverywhere(t *testing.T) {
	for name, keys := range map[string][]string{
		"list": {}, "filter": {"/", "w"}, "palette": {"ctrl+p"}, "help": {"?"}, "question": {"q"}, "menu": {"s"},
	} {
		a := start(t, "").press(keys...).press("ctrl+c")
		if !a.quit {
			t.Errorf("ctrl+c does not quit from the %s", name)
		}
	}
}

func TestTooSmall(t *testing.T) {
	a := start(t, "")
	a.resize(59, 14)
	a.sees("59 x 14", "60 x 15").press("enter", "ctrl+p", "y").at("repos")
	a.resize(60, 15)
	a.sees("pay/api").misses("Commands").press()
	a.resize(20, 5)
	if a.press("q"); !a.quit {
		t.Error("q does not quit where nothing can be drawn")
	}
}

func TestFilter(t *testing.T) {
	a := start(t, "").press("/").write("data").sees("2 of 10", "data/kafka").misses("pay/api")
	a.press("down", "enter").sees("filter data  2 of 10")
	if _, ok := tuitest.Line(a.screen(), ">", "data/scratch"); !ok {
		t.Errorf("the arrows do not move while typing:\n%s", a.screen())
	}
	a.press("q").sees("Leave").press("esc").press("esc").misses("filter data").sees("pay/api").at("repos")
	// Letters typed into the filter are no commands, and a paste is text.
	a.press("/").write("qm").at("repos").misses("Leave").press("esc")
	a.press("/").send(tea.PasteMsg{Content: "web\x1b[31m\u202e\n"})
	a.sees("web[31m").press("esc")
}

func TestFuzzyFilter(t *testing.T) {
	a := start(t, "").press("/").write("wfe")
	if _, ok := tuitest.Line(a.screen(), ">", "web/frontend"); !ok {
		t.Errorf("an abbreviation does not match:\n%s", a.screen())
	}
}

func TestPaletteGoesEverywhere(t *testing.T) {
	a := start(t, "").press("ctrl+p").write("log of requests").press("enter").at("log")
	a.press(":").write("frontend").press("enter").at("repo/" + frontend + "/roles")
	a.press("ctrl+p").write("frontend/raw").press("enter").sees("[6 Raw]")
}

// Help lists the keys that are on; one that is off says why when it is pressed.
func TestHelpListsTheKeysThatAreOn(t *testing.T) {
	a := start(t, "welcome").press("?").write("rows that match").sees("No key available here matches.")
	a.press("esc").sees("Open the selected row").press("esc").misses("type to search")
	a.press("/").sees("filter: there is no list here")
}

// F1 explains whatever has the focus, and closing it leads back there.
func TestF1Everywhere(t *testing.T) {
	a := start(t, "").press("/").write("web").press("f1").sees("Keep the filter").press("esc").sees("/ web").press("esc")
	a.press("ctrl+p").write("lo").press("f1").sees("Do what is selected.").misses("lo │").press("esc").sees("Commands, places").press("esc")
	a.press("q", "f1").sees("Leave trustdeck?", "Press the selected button.").press("esc").sees("[ Quit ]").press("esc")
	a.press("s", "f1").sees("Choose the selected entry.").press("esc").sees("Sort by")
}

func TestSortMenu(t *testing.T) {
	a := start(t, "").press("down", "s").sees("Sort by", "now, ascending")
	a.press("down", "enter")
	if first, _ := tuitest.Line(a.screen(), "> "); !strings.Contains(first, "web/frontend") {
		t.Errorf("the selection moved: %s", first)
	}
	a.press("home")
	if first, _ := tuitest.Line(a.screen(), "> "); !strings.Contains(first, "base/alpine") {
		t.Errorf("not sorted by name: %s", first)
	}
	a.press("s", "enter", "home").sees("REPOSITORY↓")
}

func TestCopyMenu(t *testing.T) {
	a := start(t, "").press("y").sees("Docker command").press("enter")
	if a.clipboard != string(tuitest.Broken) {
		t.Errorf("copied %q", a.clipboard)
	}
	a.sees("Copied the name.")
	timers := a.timers()
	a.run(timers[len(timers)-1])
	a.misses("Copied the name.")
}

func TestWhatIsTooLargeIsNotCopied(t *testing.T) {
	source := tuitest.NewSource()
	source.Views[2].Repository.Role(model.RoleRoot).Raw = bytes.Repeat([]byte("x"), 80_000)
	o := options(source)
	o.Start = nav.Repo(tuitest.Healthy, nav.TabRaw)
	a := startWith(t, o, source).press("y").sees("file: too large for a terminal's clipboard", "80.0 kB").press("enter")
	if a.clipboard != "" {
		t.Errorf("copied %d bytes", len(a.clipboard))
	}
	a.press("down", "enter")
	if !strings.HasPrefix(a.clipboard, "sha256:") {
		t.Errorf("copied %q", a.clipboard)
	}
}

// What is pasted into a shell must not run by itself.
func TestControlCharactersAreNotCopied(t *testing.T) {
	a := start(t, "repo/"+string(tuitest.Hostile)+"/tags").press("/").write("owned").press("enter", "y")
	a.sees("tag: contains control characters", "image by tag: contains control characters").press("enter")
	if a.clipboard != "" {
		t.Errorf("copied %q", a.clipboard)
	}
	a.press("down", "enter")
	if !strings.HasPrefix(a.clipboard, "sha256:") {
		t.Errorf("copied %q", a.clipboard)
	}
}

func TestFailuresStayUntilDismissed(t *testing.T) {
	a := start(t, "")
	a.send(screen.ToastMsg{Level: model.Failure, Text: "it broke\x1b[2J"})
	before := len(a.timers())
	a.press("down").sees(`it broke\x1b[2J`, "esc dismisses")
	if len(a.timers()) != before {
		t.Error("a failure has a timer")
	}
	a.press("esc").misses("it broke").at("repos")
}

func TestMouse(t *testing.T) {
	a := start(t, "").click("web/frontend")
	if _, ok := tuitest.Line(a.screen(), ">", "web/frontend"); !ok {
		t.Fatalf("a click does not select:\n%s", a.screen())
	}
	a.click("web/frontend").at("repo/" + frontend + "/roles")
	a.click("Signers").sees("[3 Signers (4)]")
	a.click("Repositories").at("repos")
	a.click("NEXT EXPIRY").sees("NEXT EXPIRY↑")
	a.click("? help").sees("type to search")
	a.send(tea.MouseClickMsg{X: 0, Y: 0, Button: tea.MouseLeft})
	a.misses("type to search")
	a.click("f problems").misses("base/alpine").click("f problems").sees("base/alpine")
	a.send(tea.MouseWheelMsg{X: 5, Y: 8, Button: tea.MouseWheelDown})
}

func TestMouseCanBeSwitchedOff(t *testing.T) {
	a := start(t, "")
	if a.m.View().MouseMode != tea.MouseModeCellMotion {
		t.Error("the mouse is off at the start")
	}
	if a.press("m").sees("The terminal uses the mouse"); a.m.View().MouseMode != tea.MouseModeNone {
		t.Error("m does not switch the mouse off")
	}
	if a.press("m"); a.m.View().MouseMode != tea.MouseModeCellMotion {
		t.Error("m does not switch the mouse on again")
	}
}

func TestTheRealCursorIsWhereTheUserIs(t *testing.T) {
	a := start(t, "").press("j")
	follow := func(mark string) {
		t.Helper()
		c := a.m.View().Cursor
		lines := strings.Split(a.screen(), "\n")
		if c == nil || c.Y >= len(lines) || !strings.Contains(lines[c.Y], mark) {
			t.Errorf("the cursor is at %+v, not on the line of %q:\n%s", c, mark, a.screen())
		}
	}
	follow("web/frontend")
	a.press("/").write("kaf")
	follow("/ kaf")
	a.press("esc", "ctrl+p").write("xyz")
	follow("xyz")
	a.press("esc", "q")
	follow("[ Quit ]")
}

func TestColours(t *testing.T) {
	o := options(tuitest.NewSource())
	o.NoColor = false
	a := startWith(t, o, nil)
	looks := map[string]bool{}
	look := func() { looks[a.m.View().Content] = true }
	look()
	a.send(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
	a.send(tea.BackgroundColorMsg{Color: color.White})
	look()
	a.send(tea.BackgroundColorMsg{Color: color.Black})
	look()
	if len(looks) != 3 {
		t.Errorf("%d looks for unknown, light and dark", len(looks))
	}
	a.send(tea.ColorProfileMsg{Profile: colorprofile.ASCII})
	content := a.m.View().Content
	if strings.Contains(content, "\x1b[3") || strings.Contains(content, "\x1b[9") {
		t.Error("colours in a terminal without colour")
	}
	if !strings.Contains(content, "\x1b[1;7m") {
		t.Error("without colour the selection must be reversed")
	}
	o.NoColor, o.Theme = true, theme.Dark
	a = startWith(t, o, nil)
	a.send(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
	if content := a.m.View().Content; strings.Contains(content, "\x1b[3") || strings.Contains(content, "\x1b[9") {
		t.Error("NO_COLOR is not honoured")
	}
}

func TestASCII(t *testing.T) {
	o := options(tuitest.NewSource())
	o.ASCII = true
	source := &tuitest.Source{Views: []admin.Look{tuitest.World()[0]}, KeyUses: tuitest.LocalKeys()}
	o.Source = source
	for _, path := range []string{"repos", "repo/" + string(tuitest.Broken), "welcome", "log"} {
		o.Start, _ = nav.Parse(path, dialect.Only(docker.Dialect{}))
		a := startWith(t, o, source)
		for _, overlay := range []string{"", "?", "ctrl+p", "q"} {
			if overlay != "" {
				a.press(overlay)
			}
			for _, r := range a.screen() {
				if r > 0x7e {
					t.Fatalf("%q at %s after %q:\n%s", r, path, overlay, a.screen())
				}
			}
			a.press("esc")
		}
	}
}

func TestChoicesEndTheProgram(t *testing.T) {
	a := start(t, "welcome").press("down", "enter").sees("Connect to a server", "Address:", "https://")
	a.write("n.example.org").press("enter")
	if !a.quit {
		t.Error("the choice does not end the program")
	}
	a = start(t, "welcome").press("down", "enter", "esc").misses("Address:")
	if a.quit {
		t.Error("cancelling chooses")
	}
	a.press("up", "enter").at("repos")
}

func TestOffline(t *testing.T) {
	fault := &model.Fault{Kind: model.FaultUnreachable, Subject: "https://n", Text: "no answer", Hint: "Check the network."}
	source := &tuitest.Source{Err: fault}
	o := options(source)
	a := startWith(t, o, source).sees("offline", "no answer", "Check the network.")
	source.Err, source.Views = nil, tuitest.World()
	a.press("r").sees("online", "pay/api").misses("offline")
}

func TestRefreshFailureKeepsTheDataAndSaysSo(t *testing.T) {
	a := start(t, "repo/"+frontend).sees("targets")
	a.source.Err = fmt.Errorf("connection refused")
	a.press("r").sees("not current", "connection refused", "ci-bot")
}

// A late answer for a place that was left changes nothing and starts nothing.
func TestAnswersForPlacesThatWereLeft(t *testing.T) {
	a := start(t, "repo/"+frontend+"/history")
	a.press("esc").at("repos")
	before := a.screen()
	a.send(nav.PopMsg{})
	a.send(screen.AnswerMsg{ID: "nobody", Text: "x"})
	if a.screen() != before {
		t.Error("the screen changed")
	}
}

func TestMinutesPass(t *testing.T) {
	source := tuitest.NewSource()
	o := options(source)
	now := tuitest.Now
	o.Clock = func() time.Time { return now }
	a := startWith(t, o, source).sees("updated now")
	now = now.Add(5 * time.Minute)
	if len(a.timers()) == 0 {
		t.Fatal("no timer")
	}
	a.run(a.timers()[0])
	a.sees("updated 5 min ago")
	if n := len(a.timers()); n != 3 {
		t.Errorf("%d timers, want that of seconds, the one that was and its successor", n)
	}
}

// Breadcrumbs are places, however one came to them; back goes where one came from.
func TestBreadcrumbsArePlaces(t *testing.T) {
	a := start(t, "").press("j", "enter", "2").sees("Repositories > web/frontend > Keys")
	a.press("S").sees("\n Repositories > Signers").press("K").sees("\n Repositories > Keys")
	a.press("esc").at("signers").press("esc").at("repo/" + frontend + "/roles").sees("Repositories > web/frontend > Keys")
	a.press("1", "down", "enter").sees("Repositories > web/frontend > targets")
	a.press("D").sees("\n Repositories > Doctor").click("Repositories").at("repos")
}

// The places are one click away, except where letters are typed.
func TestPlacesStandAboveTheFooter(t *testing.T) {
	a := start(t, "")
	for _, size := range tuitest.Sizes() {
		a.resize(size.Width, size.Height)
		a.sees("H repos", "D Doctor", "K keys", "S signers", "ctrl+p commands", "? help")
	}
	a.click("K keys").at("keys").click("D Doctor").at("doctor").click("ctrl+p commands").sees("Commands, places").press("esc")
	a.press("/").misses("D Doctor").press("esc").sees("D Doctor")
}

// A notice never covers what is typed into, nor the question that it answers.
func TestNoticesLeaveInputInSight(t *testing.T) {
	for _, size := range tuitest.Sizes() {
		a := start(t, "")
		a.resize(size.Width, size.Height)
		a.press("q").sees("Leave trustdeck?", "[ Quit ]", "[ Stay ]")
		a.send(screen.ToastMsg{Level: model.Failure, Text: "it broke"})
		a.sees("it broke", "Leave trustdeck? Nothing is lost.", "[ Quit ]", "[ Stay ]")
		a.press("esc").sees("it broke")
		a.click("it broke").misses("it broke")
	}
	for _, size := range tuitest.Sizes() {
		c := beginChange(t, tuitest.NewGuideBackend(), "signer-add", nil).wait("What is the name of the signer?")
		c.resize(size.Width, size.Height)
		c.types("alice")
		c.send(screen.ToastMsg{Level: model.Failure, Text: "it broke"})
		c.sees("it broke", "What is the name of the signer?", "> alice")
	}
}
