package tui_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"trustdeck/model/health"
	"trustdeck/tui"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/theme"
	"trustdeck/tui/tuitest"
)

// configured is an app at the settings, with colours.
func configured(t *testing.T) (*app, *tuitest.Settings) {
	t.Helper()
	source, port := tuitest.NewSource(), tuitest.NewSettings()
	o := options(source)
	o.Start, o.Settings, o.NoColor, o.Theme = nav.Place(nav.KindSettings), port, false, theme.Light
	a := startWith(t, o, source)
	a.send(tea.ColorProfileMsg{Profile: colorprofile.ANSI})
	return a, port
}

func TestPicturesOfSavingSettings(t *testing.T) {
	for _, size := range tuitest.Sizes() {
		a, _ := configured(t)
		a.resize(size.Width, size.Height)
		a.press("down", "down", "enter")
		tuitest.GoldenAt(t, "choose", size, a.screen(), tuitest.Small)
		a.press("down", "enter", "w")
		tuitest.GoldenAt(t, "save", size, a.screen(), tuitest.Small)
		a.press("esc", "up", "enter").write("bad")
		a.press("enter")
		tuitest.GoldenAt(t, "wrong", size, a.screen())
	}
}

// Cancel has the focus: a key pressed in haste writes nothing, nor does a paste.
func TestSavingNeedsAChoice(t *testing.T) {
	for name, keys := range map[string][]string{
		"enter": {"enter"}, "esc": {"esc"}, "q, which is no key here": {"q", "esc"}, "back and forth": {"tab", "tab", "enter"},
	} {
		a, port := configured(t)
		a.press("down", "down", "enter", "down", "enter", "w").sees("Save the settings", "[ Cancel ]")
		a.send(tea.PasteMsg{Content: "y\n\r"})
		if a.press(keys...).misses("Save the settings"); strings.Contains(port.Calls(), "Write") {
			t.Errorf("%s writes", name)
		}
		a.sees("1 change not saved")
	}
	for _, keys := range [][]string{{"tab", "enter"}, {"y"}, {"left", "enter"}} {
		a, port := configured(t)
		a.press("down", "down", "enter", "down", "enter", "w").press(keys...).sees("The settings are saved.").misses("not saved")
		if !strings.Contains(port.File, "theme = dark") {
			t.Errorf("%v: the file is %q", keys, port.File)
		}
	}
}

func TestSavingByMouse(t *testing.T) {
	a, port := configured(t)
	a.press("down", "down", "enter", "down", "enter", "w")
	a.click("[ Write the file ]").sees("The settings are saved.")
	if !strings.Contains(port.File, "theme = dark") {
		t.Errorf("the file is %q", port.File)
	}
}

// A page that is longer than the screen scrolls, above buttons that stay.
func TestALongPageToAgreeTo(t *testing.T) {
	a := start(t, "log")
	a.resize(60, 15)
	a.send(screen.ConfirmMsg{ID: "x", Title: "A long page", Button: "Do it", Page: func(int) []string {
		var lines []string
		for i := range 100 {
			lines = append(lines, fmt.Sprintf("line %d", i))
		}
		return lines
	}})
	a.sees("line 0", "more lines", "[ Do it ]", "[ Cancel ]").press("G").sees("line 99", "[ Cancel ]").misses("line 80")
	a.press("g").send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	a.sees("line 3").misses("line 2 ")
	a.click("[ Cancel ]").misses("A long page")
}

// What is wrong is said where it is typed, and the question stays.
func TestAWrongValueIsSaidAtTheField(t *testing.T) {
	a, _ := configured(t)
	a.press("down", "enter").write("bad").press("enter").sees("It is not a good value. Write another one.")
	a.write("x").misses("It is not a good value.")
	a.press("ctrl+u").write("60d").press("enter").misses("Change: expiry").sees("1 change not saved", "60d")
}

// Theme, characters, mouse and warnings change before anything is written.
func TestSettingsCountAtOnce(t *testing.T) {
	a, port := configured(t)
	const brightCyan = "96m"
	if before := a.m.View().Content; strings.Contains(before, brightCyan) {
		t.Errorf("the colours of the dark theme in the light one:\n%q", before)
	}
	a.press("down", "down", "enter", "down", "enter")
	if after := a.m.View().Content; !strings.Contains(after, brightCyan) {
		t.Errorf("the colours are not those of the dark theme:\n%q", after)
	}
	a.press("down", "enter", "up", "up", "up", "enter").sees("---", "> *")
	for _, r := range a.screen() {
		if r > 0x7e {
			t.Fatalf("%q is not ASCII:\n%s", r, a.screen())
		}
	}
	a.press("down", "enter", "up", "enter")
	if a.m.View().MouseMode != tea.MouseModeNone {
		t.Error("the mouse is still taken")
	}
	if strings.Contains(port.Calls(), "Write") {
		t.Error("something was written")
	}
}

func TestTheLimitOfSoonCountsAtOnce(t *testing.T) {
	a, _ := configured(t)
	frontendIs := func(word string) {
		t.Helper()
		if _, ok := tuitest.Line(a.press("H").screen(), word, "web/frontend"); !ok {
			t.Errorf("what expires in 12 days is not %s:\n%s", word, a.screen())
		}
	}
	frontendIs("expiring")
	a.press(",", "home", "down", "enter", "ctrl+u").write("1d").press("enter")
	frontendIs("ok")
	a.press(",", "home", "down", "u")
	frontendIs("expiring")
}

func TestNoColorIsAboveTheTheme(t *testing.T) {
	source := tuitest.NewSource()
	o := options(source)
	o.Start = nav.Place(nav.KindSettings)
	a := startWith(t, o, source)
	a.send(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
	a.press("down", "down", "enter", "up", "enter")
	if content := a.m.View().Content; strings.Contains(content, "\x1b[9") || strings.Contains(content, "\x1b[3") {
		t.Errorf("there are colours in spite of NO_COLOR:\n%q", content)
	}
}

func TestQuittingTellsOfWhatIsNotSaved(t *testing.T) {
	a, _ := configured(t)
	a.press("down", "down", "enter", "down", "enter", "esc", "q").sees("1 changed setting will be lost")
	a.press("tab", "enter", ",").sees("1 change not saved")
}

// Only the tasks, and only while one runs, wait for the next second.
func TestIdleIsIdle(t *testing.T) {
	source := tuitest.NewSource()
	o := options(source)
	o.Start = nav.Place(nav.KindTasks)
	a := startWith(t, o, source)
	idle := len(a.timers())
	a.press("down", "up", "L", "T", "L")
	if n := len(a.timers()); n != idle {
		t.Errorf("%d timers began though nothing runs", n-idle)
	}
	pool := a.m.Tasks()
	end := task.Run(pool.Slot("waiting"), func(ctx context.Context) (int, error) { return 0, ctx.Err() })
	a.send(screen.BoardMsg{})
	if n := len(a.timers()); n != idle {
		t.Errorf("%d timers began where no time is shown", n-idle)
	}
	a.press("T").sees("running")
	if n := len(a.timers()); n != idle+1 {
		t.Fatalf("%d timers began, want one", n-idle)
	}
	a.press("down", "up")
	if n := len(a.timers()); n != idle+1 {
		t.Errorf("%d timers run at once", n-idle)
	}
	a.run(a.timers()[idle])
	if n := len(a.timers()); n != idle+2 {
		t.Errorf("%d seconds were waited for, want two", n-idle)
	}
	// Out of sight no further second is waited for.
	a.press("L")
	a.run(a.timers()[idle+1])
	a.press("down", "up")
	if n := len(a.timers()); n != idle+2 {
		t.Errorf("%d timers began out of sight", n-idle-2)
	}
	end()
	a.send(screen.BoardMsg{})
	a.press("T").sees("ok").misses("running")
	if n := len(a.timers()); n != idle+2 {
		t.Errorf("%d timers began after the end", n-idle-2)
	}
}

func TestTheHeaderCountsTasks(t *testing.T) {
	a := start(t, "log").misses("1 task", "reading")
	end := task.Run(a.m.Tasks().Slot("looking for problems"), func(context.Context) (int, error) { return 0, nil })
	a.send(screen.BoardMsg{})
	a.sees("1 task")
	end()
	a.send(screen.BoardMsg{})
	a.misses("1 task")
}

// A survey that was stopped leaves nothing that seems to be on its way.
func TestAStoppedSurveyLeavesNothingLoading(t *testing.T) {
	source := tuitest.NewSource()
	source.Err = errors.New("cut off")
	o := options(source)
	o.Soon = health.DefaultOptions().Soon
	a := &app{t: t, m: tui.New(context.Background(), o), source: source}
	a.timers = a.m.HoldTimers()
	t.Cleanup(func() { a.m.Close() })
	var survey tea.Cmd
	hold := a.m.Init()
	if batch, ok := hold().(tea.BatchMsg); ok {
		survey = batch[0]
	}
	for _, e := range a.m.Tasks().Entries() {
		if e.Name == "checking all repositories" {
			a.m.Tasks().Cancel(e.ID)
		}
	}
	a.resize(100, 30)
	a.run(survey)
	a.misses("loading", "reading").sees("checking all repositories: stopped")
}

// The server's URL leads to itself, where colours are wanted and possible.
func TestTheServerIsALink(t *testing.T) {
	const link = "\x1b]8;;https://notary.example.org\a"
	a, _ := configured(t)
	for _, size := range []tuitest.Size{{Width: 100, Height: 30}, {Width: 80, Height: 24}} {
		a.resize(size.Width, size.Height)
		if a.screen(); !strings.Contains(a.m.View().Content, link) {
			t.Errorf("in %s there is no link", size)
		}
	}
	a.send(tea.ColorProfileMsg{Profile: colorprofile.ASCII})
	if strings.Contains(a.m.View().Content, "\x1b]8") {
		t.Error("a terminal without colours is sent a link")
	}
	if a = start(t, "settings"); strings.Contains(a.m.View().Content, "\x1b]8") {
		t.Error("with NO_COLOR there is a link")
	}
}
