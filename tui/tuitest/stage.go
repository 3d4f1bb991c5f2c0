package tuitest

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/theme"
)

// Stage plays one screen: it hands over messages as the root model would, runs
// the commands one after the other, and keeps what the screen asked of the
// root.
type Stage struct {
	Env    *screen.Env
	Screen screen.Screen
	// Pushed, Toasts, Popped, Prompt, Places and Chosen are what the screen
	// asked for.
	Pushed []nav.Route
	Toasts []screen.ToastMsg
	Popped int
	Prompt *screen.PromptMsg
	Places *screen.PlacesMsg
	// Pick, Confirm and Looks are the same for values, agreement and looks.
	Pick    *screen.PickMsg
	Confirm *screen.ConfirmMsg
	Looks   []screen.LookMsg
	Chosen  *screen.ChoiceMsg

	t             *testing.T
	width, height int
}

// NewEnv makes surroundings without colour in the test world's time.
func NewEnv(t *testing.T, source screen.Source) *screen.Env {
	t.Helper()
	now := func() time.Time { return Now }
	tasks := task.NewWithClock(context.Background(), now)
	t.Cleanup(func() {
		if !tasks.Close(10 * time.Second) {
			t.Error("background work does not end when it is cancelled")
		}
	})
	styles := theme.New(theme.Options{Profile: colorprofile.ASCII})
	board := screen.NewBoard(source, tasks, now)
	board.DialectOf = dialect.Only(Dialect())
	return &screen.Env{
		Source: source, DialectOf: dialect.Only(Dialect()), Log: &admin.Log{}, Tasks: tasks, Styles: &styles, Now: now,
		Board: board, Soon: Soon, Place: "notary.example.org",
		Found: []screen.Found{
			{What: "server", Where: "https://notary.example.org", Note: "from DOCKER_CONTENT_TRUST_SERVER"},
			{What: "trust folder", Where: "/home/ada/.docker/trust"},
		},
		Choices: []screen.Choice{
			{ID: "connect", Label: "Connect to a server", Help: "Read the repositories of a Notary server.", Prompt: "Address", Value: "https://notary.example.org"},
			{ID: "archive", Label: "Open an archive", Help: "Read saved trust data, with no server.", Prompt: "Folder"},
			{ID: "demo", Label: "Look at the sample", Help: "Browse a sample archive, offline."},
		},
		Setup: screen.NewSetup(nil),
	}
}

// NewStage makes the screen, starts it and lets it settle.
func NewStage(t *testing.T, source screen.Source, build func(*screen.Env) screen.Screen, width, height int) *Stage {
	t.Helper()
	return StageIn(t, NewEnv(t, source), build, width, height)
}

// StageIn is NewStage in given surroundings.
func StageIn(t *testing.T, env *screen.Env, build func(*screen.Env) screen.Screen, width, height int) *Stage {
	t.Helper()
	s := &Stage{t: t, Env: env, Screen: build(env)}
	s.Resize(width, height)
	s.Run(s.Screen.Init())
	return s
}

// Resize sets the size of the body.
func (s *Stage) Resize(width, height int) {
	s.width, s.height = width, height
	s.Screen.SetSize(width, height)
}

// Restyle changes the look.
func (s *Stage) Restyle(o theme.Options) {
	*s.Env.Styles = theme.New(o)
	s.Screen.SetSize(s.width, s.height)
}

// Picture pictures the screen as it is.
func (s *Stage) Picture(name string, also ...Look) {
	s.t.Helper()
	Picture(s.t, name, func(size Size, style theme.Options) string {
		s.Resize(size.Body())
		s.Restyle(style)
		return s.View()
	}, also...)
}

// Do chooses actions, each of which the screen must offer and allow.
func (s *Stage) Do(ids ...keymap.ID) {
	s.t.Helper()
	for _, id := range ids {
		offered := false
		for _, a := range s.Screen.Actions() {
			if a.ID == id {
				offered = true
				if ok, why := a.Available(); !ok {
					s.t.Fatalf("%s is off: %s", id, why)
				}
			}
		}
		if !offered {
			s.t.Fatalf("the screen does not offer %s", id)
		}
		s.Send(screen.ActionMsg{ID: id})
	}
}

// Send hands over a message and lets everything settle.
func (s *Stage) Send(msg tea.Msg) {
	s.t.Helper()
	Settle(msg, s.update)
}

// Run runs a command and lets everything settle.
func (s *Stage) Run(cmd tea.Cmd) {
	s.t.Helper()
	if cmd != nil {
		s.Send(cmd())
	}
}

func (s *Stage) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case nav.PushMsg:
		s.Pushed = append(s.Pushed, msg.Route)
		return nil
	case nav.PopMsg:
		s.Popped++
		return nil
	case screen.ToastMsg:
		s.Toasts = append(s.Toasts, msg)
		return nil
	case screen.PromptMsg:
		s.Prompt = &msg
		return nil
	case screen.PickMsg:
		s.Pick = &msg
		return nil
	case screen.ConfirmMsg:
		s.Confirm = &msg
		return nil
	case screen.LookMsg:
		s.Looks = append(s.Looks, msg)
		return nil
	case screen.PlacesMsg:
		s.Places = &msg
		return nil
	case screen.ChoiceMsg:
		s.Chosen = &msg
		return nil
	}
	if news, cmd := s.Env.Board.Update(msg); news != nil {
		return tea.Batch(cmd, s.Screen.Update(*news))
	}
	return s.Screen.Update(msg)
}

// View draws the screen and checks it.
func (s *Stage) View() string {
	s.t.Helper()
	view := s.Screen.View()
	CheckView(s.t, view, s.width, s.height)
	return view
}

// Settle gives a message to update, runs the command it returns, gives the
// answer to update, and so on until nothing is left.
func Settle(msg tea.Msg, update func(tea.Msg) tea.Cmd) {
	queue := []tea.Msg{msg}
	for len(queue) > 0 {
		msg, queue = queue[0], queue[1:]
		if batch, ok := msg.(tea.BatchMsg); ok {
			for _, cmd := range batch {
				if cmd != nil {
					queue = append(queue, cmd())
				}
			}
			continue
		}
		if msg == nil {
			continue
		}
		if cmd := update(msg); cmd != nil {
			queue = append(queue, cmd())
		}
	}
}

// Line finds the first line of a view that contains all words.
func Line(view string, words ...string) (string, bool) {
	for line := range strings.SplitSeq(view, "\n") {
		found := true
		for _, w := range words {
			found = found && strings.Contains(line, w)
		}
		if found {
			return line, true
		}
	}
	return "", false
}
