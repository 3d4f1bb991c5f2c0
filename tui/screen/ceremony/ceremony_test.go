package ceremony_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	model "trustdeck/model/admin/ceremony"
	"trustdeck/model/admin/ceremony/ceremonytest"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/ceremony"
	"trustdeck/tui/tuitest"
	"trustdeck/tui/widget"
)

// files counts how often keys are looked for.
type files struct {
	*tuitest.CeremonyBackend
	looked int
}

func (f *files) SigningKeys(ctx context.Context, file *model.File) ([]model.Key, error) {
	f.looked++
	return f.CeremonyBackend.SigningKeys(ctx, file)
}

// open is the page of a file on Ada's machine.
func open(t *testing.T, path string) (*tuitest.Stage, *files) {
	t.Helper()
	env := tuitest.NewEnv(t, tuitest.NewSource())
	source := &files{CeremonyBackend: tuitest.NewCeremonyBackend()}
	env.Ceremonies, env.Now = source, func() time.Time { return ceremonytest.Now }
	return tuitest.StageIn(t, env, func(e *screen.Env) screen.Screen { return ceremony.New(e, path) }, 80, 19), source
}

// shows checks what is on the page.
func shows(t *testing.T, stage *tuitest.Stage, words ...string) {
	t.Helper()
	view := ansi.Strip(stage.View())
	for _, want := range words {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
}

// What to do now, who is next and what is left stand in the first line; below it, who is asked.
func TestPage(t *testing.T) {
	stage, _ := open(t, tuitest.CeremonyFile)
	shows(t, stage, "Now: Ada signs root.  Next: Ben, Cleo, Dan.  Left: 2 signatures.", "you sign      Ada", "asked         Ben", "Counts for  the old root and the new root", "Fingerprint")
	if got := stage.Screen.Read().Text.(widget.StaticText); len(got) != 3 || got[0] != "Now: Ada signs root." {
		t.Errorf("read aloud, it says %q", got)
	}
	stage, _ = open(t, tuitest.CeremonyCopy)
	shows(t, stage, "signed        Ben")
	stage, _ = open(t, "nothing")
	shows(t, stage, "nothing: not here", "tries again")
	stage, _ = open(t, "")
	shows(t, stage, "No ceremony is open.", "to open the file that was handed to you")
}

// The file is followed without a key, and no token is asked for its keys meanwhile: only when one comes
// or leaves, and when a step is over.
func TestFollowsTheFile(t *testing.T) {
	stage, source := open(t, tuitest.CeremonyFile)
	source.On.Shelf[tuitest.CeremonyFile] = source.On.Shelf[tuitest.CeremonyCopy]
	for range 6 {
		stage.Send(screen.TickMsg{})
	}
	shows(t, stage, "signed        Ben", "Left: 1 signature.")
	if source.looked != 1 {
		t.Errorf("keys were looked for %d times", source.looked)
	}
	stage.Send(screen.BoardMsg{Tokens: true})
	stage.Send(screen.BoardMsg{Keys: true})
	if source.looked != 3 {
		t.Errorf("after a token and a step, keys were looked for %d times", source.looked)
	}
}

// Enter does what is to be done now, on this machine.
func TestEnter(t *testing.T) {
	stage, _ := open(t, tuitest.CeremonyFile)
	stage.Do(keymap.CeremonyNext)
	want := nav.Flow("ceremony-sign", map[string][]string{"ceremony": {tuitest.CeremonyFile}})
	if len(stage.Pushed) != 1 || stage.Pushed[0] != want {
		t.Errorf("it goes to %v, want %v", stage.Pushed, want)
	}
}
