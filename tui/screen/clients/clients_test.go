package clients_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/model/report"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/clients"
	"trustdeck/tui/tuitest"
)

// surroundings answer what they are given.
type surroundings struct {
	answer report.Environment
	err    error
	asked  int
}

func (s *surroundings) Environment(context.Context) (report.Environment, error) {
	s.asked++
	return s.answer, s.err
}

func open(t *testing.T, port screen.Surroundings) *tuitest.Stage {
	t.Helper()
	return tuitest.NewStage(t, tuitest.NewSource(), func(e *screen.Env) screen.Screen {
		e.Surroundings = port
		return clients.New(e)
	}, 100, 25)
}

func found() *surroundings {
	return &surroundings{answer: report.Environment{
		Client: "puller", ClientVersion: "29.1.3", Summary: "puller verifies nothing: PULL_TRUST is not set.",
		Settings: []report.EnvironmentSetting{
			{Name: "puller", Value: "29.1.3", Set: true, Effect: "This version has content trust."},
			{Name: "PULL_TRUST", Effect: "It verifies nothing."},
			{Name: "server of registry.example.org", Value: "https://registry.example.org", Set: true, Effect: "A pull asks this server.", Here: "https://notary.example.org"},
			{Name: "PULL_PASSPHRASE", Set: true, Effect: "Set, and not shown."},
			{Name: "evil\x1b[2J", Value: "\u202eback\x07", Set: true, Effect: "a\nb\x1b[31m"},
		},
	}}
}

func TestPictures(t *testing.T) {
	stage := open(t, found())
	stage.Do(keymap.Down, keymap.Down)
	stage.Picture("found", tuitest.Small, tuitest.Wide, tuitest.ASCII)
	open(t, nil).Picture("unknown")
	open(t, &surroundings{err: errors.New("the environment cannot be read")}).Picture("failed")
}

// It says whether anything is verified, where this program differs, and looks again.
func TestWhatOthersDo(t *testing.T) {
	port := found()
	stage := open(t, port)
	stage.Do(keymap.Down, keymap.Down)
	view := ansi.Strip(stage.View())
	for _, want := range []string{"https://notary.example.org", "trustdeck differs here from puller."} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
	left, right := stage.Screen.(screen.Statuser).Status()
	if !strings.Contains(ansi.Strip(left), "puller verifies nothing") || !strings.Contains(ansi.Strip(right), "refreshes") {
		t.Errorf("status %q, %q", left, right)
	}
	port.answer.Verifies, port.answer.Summary = true, "puller verifies each tag."
	stage.Run(stage.Screen.(screen.Refresher).Refresh())
	if left, _ = stage.Screen.(screen.Statuser).Status(); port.asked != 2 || !strings.Contains(ansi.Strip(left), "● puller verifies each tag.") {
		t.Errorf("asked %d times; status %q", port.asked, left)
	}
}
