package tui_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
	"trustdeck/tui"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/tuitest"
)

// app drives the root model without a program.
type app struct {
	t             *testing.T
	m             *tui.Model
	source        *tuitest.Source
	timers        func() []tea.Cmd
	width, height int
	quit          bool
	clipboard     string
	// raw are the sequences that went to the terminal past the screen, asked what it was asked.
	raw, asked []string
}

func options(source screen.Source) tui.Options {
	return tui.Options{
		Source: source, DialectOf: dialect.Only(tuitest.Dialect()), Log: &admin.Log{}, Clock: func() time.Time { return tuitest.Now },
		Soon: tuitest.Soon, Place: "notary.example.org", Version: "1.0", NoColor: true,
		Settings: tuitest.NewSettings(),
		Choices: []screen.Choice{
			{ID: "connect", Label: "Connect to a server", Help: "Read a server.", Prompt: "Address", Value: "https://"},
			{ID: "demo", Label: "Look at the sample", Help: "Offline."},
		},
	}
}

// start makes an app at a place of the test world.
func start(t *testing.T, path string) *app {
	t.Helper()
	o := options(nil)
	source := tuitest.NewSource()
	o.Source = source
	if path != "" {
		route, err := nav.Parse(path, dialect.Only(docker.Dialect{}))
		if err != nil {
			t.Fatal(err)
		}
		o.Start = route
	}
	return startWith(t, o, source)
}

func startWith(t *testing.T, o tui.Options, source *tuitest.Source) *app {
	t.Helper()
	a := &app{t: t, m: tui.New(context.Background(), o), source: source}
	a.timers = a.m.HoldTimers()
	t.Cleanup(func() {
		if !a.m.Close() {
			t.Error("background work does not end")
		}
	})
	a.run(a.m.Init())
	a.resize(100, 30)
	return a
}

func (a *app) run(cmd tea.Cmd) {
	if cmd != nil {
		a.send(cmd())
	}
}

func (a *app) send(msg tea.Msg) { tuitest.Settle(msg, a.update) }

func (a *app) update(msg tea.Msg) tea.Cmd {
	switch name := fmt.Sprintf("%T", msg); name {
	case "tea.QuitMsg":
		a.quit = true
		return nil
	case "tea.RawMsg":
		a.raw = append(a.raw, fmt.Sprint(msg.(tea.RawMsg).Msg))
	case "tea.terminalVersion":
		a.asked = append(a.asked, name)
	case "tea.setClipboardMsg":
		a.clipboard = fmt.Sprint(msg)
		return nil
	}
	_, cmd := a.m.Update(msg)
	return cmd
}

func (a *app) resize(width, height int) {
	a.width, a.height = width, height
	a.send(tea.WindowSizeMsg{Width: width, Height: height})
}

// press sends keys by their names.
func (a *app) press(keys ...string) *app {
	a.t.Helper()
	for _, k := range keys {
		a.send(key(a.t, k))
	}
	return a
}

// write types the letters of a string.
func (a *app) write(s string) *app {
	for _, r := range s {
		a.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	return a
}

func key(t *testing.T, name string) tea.KeyPressMsg {
	t.Helper()
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown,
		"left": tea.KeyLeft, "right": tea.KeyRight, "backspace": tea.KeyBackspace, "end": tea.KeyEnd, "home": tea.KeyHome,
		"pgdown": tea.KeyPgDown, "f1": tea.KeyF1,
	}
	var msg tea.KeyPressMsg
	rest, ctrl := strings.CutPrefix(name, "ctrl+")
	switch code, ok := special[rest]; {
	case ok:
		msg.Code = code
	case ctrl:
		msg.Code, msg.Mod = rune(rest[0]), tea.ModCtrl
	default:
		msg.Code, msg.Text = []rune(rest)[0], rest
	}
	if msg.String() != name {
		t.Fatalf("key %q is sent as %q", name, msg.String())
	}
	return msg
}

// screen draws everything and checks it.
func (a *app) screen() string {
	a.t.Helper()
	content := a.m.View().Content
	tuitest.CheckView(a.t, content, a.width, a.height)
	return ansi.Strip(content)
}

// sees fails where the screen does not show all words.
func (a *app) sees(words ...string) *app {
	a.t.Helper()
	view := a.screen()
	for _, w := range words {
		if !strings.Contains(view, w) {
			a.t.Errorf("%q is not on the screen:\n%s", w, view)
		}
	}
	return a
}

// misses fails where the screen shows one of the words.
func (a *app) misses(words ...string) *app {
	a.t.Helper()
	view := a.screen()
	for _, w := range words {
		if strings.Contains(view, w) {
			a.t.Errorf("%q is on the screen:\n%s", w, view)
		}
	}
	return a
}

// at fails where the user is not at that place.
func (a *app) at(path string) *app {
	a.t.Helper()
	places := a.m.Places()
	if got := places[len(places)-1]; got != path {
		a.t.Errorf("at %s, want %s", got, path)
	}
	return a
}

// click clicks where words stand.
func (a *app) click(words string) *app {
	a.t.Helper()
	for y, line := range strings.Split(a.screen(), "\n") {
		if before, _, ok := strings.Cut(line, words); ok {
			a.send(tea.MouseClickMsg{X: ansi.StringWidth(before), Y: y, Button: tea.MouseLeft})
			return a
		}
	}
	a.t.Errorf("%q is not on the screen:\n%s", words, a.screen())
	return a
}
