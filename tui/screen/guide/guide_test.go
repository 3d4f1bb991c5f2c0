package guide_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/guide"
	"trustdeck/tui/theme"
	"trustdeck/tui/tuitest"
)

const app = "registry.example.org/new/app"

// A walker sits before the screen of a flow.
type walker struct {
	t      *testing.T
	source *tuitest.GuideBackend
	env    *screen.Env
	*guide.Screen
	pump *tuitest.Pump
	now  time.Time

	width, height int
	popped        int
	swapped       *nav.Route
	prompt        *screen.PromptMsg
	toasts        []string
}

// begin goes to a registered flow.
func begin(t *testing.T, source *tuitest.GuideBackend, id string, given map[string][]string) *walker {
	t.Helper()
	return walk(t, source, func(env *screen.Env) *guide.Screen { return guide.New(env, nav.Flow(id, given)) })
}

// invent goes to a flow of the test's own.
func invent(t *testing.T, source *tuitest.GuideBackend, f *flow.Flow) *walker {
	t.Helper()
	return walk(t, source, func(env *screen.Env) *guide.Screen { return guide.Walk(env, f, nav.Flow(f.ID, nil)) })
}

func walk(t *testing.T, source *tuitest.GuideBackend, build func(*screen.Env) *guide.Screen) *walker {
	t.Helper()
	w := &walker{t: t, source: source, env: tuitest.NewEnv(t, tuitest.NewSource()), now: tuitest.Now}
	w.env.Now = func() time.Time { return w.now }
	w.env.Flows = flows.All(flows.Ports{})
	if source != nil {
		w.env.Flows = flows.All(flows.Ports{Backend: source})
	}
	w.env.Fixed = "this is an archive"
	w.Screen = build(w.env)
	w.pump = tuitest.NewPump(t, w.update)
	w.resize(80, 24)
	w.pump.Start(w.Init())
	return w
}

func (w *walker) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case nav.PopMsg:
		w.popped++
		return nil
	case nav.SwapMsg:
		w.swapped = &msg.Route
		return nil
	case screen.PromptMsg:
		w.prompt = &msg
		return nil
	case screen.ToastMsg:
		w.toasts = append(w.toasts, msg.Text)
		return nil
	}
	if news, cmd := w.env.Board.Update(msg); news != nil {
		return tea.Batch(cmd, w.Update(*news))
	}
	return w.Update(msg)
}

// resize sets the size of the terminal.
func (w *walker) resize(width, height int) {
	w.width, w.height = tuitest.Size{Width: width, Height: height}.Body()
	w.SetSize(w.width, w.height)
}

// view draws the screen and checks it.
func (w *walker) view() string {
	w.t.Helper()
	view := w.View()
	tuitest.CheckView(w.t, view, w.width, w.height)
	return view
}

// sees waits until all words are in sight, and then for longer than the page is
// quiet.
func (w *walker) sees(words ...string) *walker {
	w.t.Helper()
	w.pump.Until(strings.Join(words, ", "), func() bool {
		view := ansi.Strip(w.view())
		for _, word := range words {
			if !strings.Contains(view, word) {
				return false
			}
		}
		return true
	}, w.View)
	w.now = w.now.Add(time.Second)
	return w
}

// do chooses actions, each of which must be offered and possible.
func (w *walker) do(ids ...keymap.ID) *walker {
	w.t.Helper()
	for _, id := range ids {
		w.offered(id)
		w.pump.Send(screen.ActionMsg{ID: id})
	}
	return w
}

func (w *walker) offered(id keymap.ID) {
	w.t.Helper()
	for _, a := range w.Actions() {
		if a.ID == id {
			if ok, why := a.Available(); !ok {
				w.t.Fatalf("%s is off: %s", id, why)
			}
			return
		}
	}
	w.t.Fatalf("%s is not offered in:\n%s", id, w.View())
}

// write types the letters of a string into the field.
func (w *walker) write(s string) *walker {
	w.t.Helper()
	for _, r := range s {
		w.key(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	return w
}

func (w *walker) key(msg tea.KeyPressMsg) {
	w.t.Helper()
	if !w.Typing() {
		w.t.Fatalf("nothing can be typed into:\n%s", w.View())
	}
	cmd, used := w.Type(msg)
	if !used {
		w.t.Fatalf("%q is not taken by:\n%s", msg.String(), w.View())
	}
	w.pump.Start(cmd)
}

// answer types an answer and takes it.
func (w *walker) answer(s string) *walker {
	w.t.Helper()
	return w.write(s).do(keymap.FlowNext)
}

// secret types a passphrase, twice for a new key.
func (w *walker) secret(asked, value string, twice bool) *walker {
	w.t.Helper()
	w.sees(asked).answer(value)
	if twice {
		w.sees("Type the passphrase again.").answer(value)
	}
	return w
}

// pictured are the pages that are laid out in another way where there is little room, or
// much: there are pictures of that too.
var pictured = map[string][]tuitest.Look{
	"choice": {tuitest.Small, tuitest.Large, tuitest.ASCII}, "several": {tuitest.Small}, "suggestions": {tuitest.Small},
	"repositories": {tuitest.Small}, "file": {tuitest.Small}, "type-name": {tuitest.Small}, "moved": {tuitest.Small},
	"review": {tuitest.Small, tuitest.Large}, "review-many": {tuitest.Small, tuitest.Large, tuitest.ASCII}, "review-warnings": {tuitest.ASCII, tuitest.Dark, tuitest.Light},
	"secret-here": {tuitest.Small}, "secret-strength": {tuitest.Small, tuitest.Dark}, "executing": {tuitest.Small, tuitest.Large},
	"done": {tuitest.Small, tuitest.Large}, "failed": {tuitest.Small},
	"backup-keys": {tuitest.Small}, "backup-review": {tuitest.Small}, "backup-made-in-part": {tuitest.Small},
	"backup-restore-conflicts": {tuitest.Small}, "accept-root-review": {tuitest.Small},
}

// pictures pictures the page as it is.
func (w *walker) pictures(name string) *walker {
	w.t.Helper()
	tuitest.Picture(w.t, name, func(size tuitest.Size, style theme.Options) string {
		*w.env.Styles = theme.New(style)
		w.resize(size.Width, size.Height)
		return w.view()
	}, pictured[name]...)
	return w
}

// reviewing walks to the review of a new repository.
func reviewing(t *testing.T, source *tuitest.GuideBackend) *walker {
	t.Helper()
	return begin(t, source, "init", map[string][]string{
		"repositories": {app}, "root": {"new"}, "root-keys": {"1"}, "snapshot": {"server"},
	}).sees("Ready:", "Initialise ]")
}

// executing accepts the plan.
func executing(t *testing.T, source *tuitest.GuideBackend) *walker {
	t.Helper()
	return reviewing(t, source).do(keymap.FlowSwitch, keymap.FlowNext).sees("Executing")
}

var unreachable = &model.Fault{
	Kind: model.FaultUnreachable, Subject: "https://notary.example.org", Text: "the server does not answer: connection refused",
	Hint: "Check the address, and whether the server runs.",
}
