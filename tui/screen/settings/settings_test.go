package settings_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/settings"
	"trustdeck/tui/tuitest"
)

func open(t *testing.T, port *tuitest.Settings) *tuitest.Stage {
	t.Helper()
	env := tuitest.NewEnv(t, tuitest.NewSource())
	if port != nil {
		env.Setup = screen.NewSetup(port)
	}
	return tuitest.StageIn(t, env, func(e *screen.Env) screen.Screen { return settings.New(e) }, 100, 25)
}

// to moves to a setting.
func to(stage *tuitest.Stage, name string) {
	stage.Do(keymap.Top)
	for range 12 {
		if line, _ := tuitest.Line(ansi.Strip(stage.View()), "> "); strings.Contains(line, " "+name+" ") {
			return
		}
		stage.Do(keymap.Down)
	}
}

// change chooses or types a value for a setting.
func change(stage *tuitest.Stage, id screen.SettingID, name, value string) {
	to(stage, name)
	stage.Do(keymap.SettingsChange)
	stage.Send(screen.AnswerMsg{ID: string(id), Text: value})
}

func sees(t *testing.T, stage *tuitest.Stage, words ...string) {
	t.Helper()
	if _, ok := tuitest.Line(ansi.Strip(stage.View()), words...); !ok {
		t.Errorf("no line has %q:\n%s", words, ansi.Strip(stage.View()))
	}
}

func why(stage *tuitest.Stage, id keymap.ID) string {
	for _, a := range stage.Screen.Actions() {
		if a.ID == id {
			_, why := a.Available()
			return why
		}
	}
	return "not offered"
}

func TestPictures(t *testing.T) {
	port := tuitest.NewSettings()
	port.Flags = map[screen.SettingID]string{screen.SettingServer: "https://other.example.org"}
	stage := open(t, port)
	change(stage, screen.SettingASCII, "ascii", "true")
	change(stage, screen.SettingTheme, "theme", "")
	stage.Picture("settings", tuitest.Small, tuitest.Wide)
}

func TestEverySettingWithItsOrigin(t *testing.T) {
	stage := open(t, tuitest.NewSettings())
	for _, want := range [][]string{
		{"trust server", "https://notary.example.org", "default", "-"},
		{"theme", "light", "config.toml", "light"},
		{"trust folder", "/home/ada/.docker/trust", "docker"},
		{"notary's file", `\x1b[2J`, "notary's config.json"},
		{"docker folder", "DOCKER_CONFIG"},
		{"▲", "server check", "off"},
		{"pin 1", "--pin"},
	} {
		sees(t, stage, want...)
	}
}

// A change counts at once where it can, and nothing is written.
func TestAChangeCountsAtOnceAndIsNotWritten(t *testing.T) {
	port := tuitest.NewSettings()
	stage := open(t, port)
	change(stage, screen.SettingTheme, "theme", "dark")
	if len(stage.Looks) != 1 || stage.Looks[0].From.Theme != "light" || stage.Looks[0].To.Theme != "dark" {
		t.Errorf("looks %+v", stage.Looks)
	}
	sees(t, stage, "*", "theme", "dark", "not saved")
	if strings.Contains(port.Calls(), "Preview") || strings.Contains(port.Calls(), "Write") || port.File != tuitest.NewSettings().File {
		t.Errorf("%s: %q", port.Calls(), port.File)
	}
	stage.Do(keymap.SettingsUndo)
	if len(stage.Looks) != 2 || stage.Looks[1].To.Theme != "light" {
		t.Errorf("undo: looks %+v", stage.Looks)
	}
	sees(t, stage, "theme", "light", "config.toml")
	if why(stage, keymap.SettingsUndo) == "" || why(stage, keymap.SettingsSave) == "" {
		t.Error("there is something to undo or save")
	}
}

// A setting that is in use as long as the run lasts says what comes after it.
func TestAServerCountsFromTheNextStart(t *testing.T) {
	stage := open(t, tuitest.NewSettings())
	change(stage, screen.SettingServer, "trust server", "https://new.example.org")
	if len(stage.Looks) != 0 {
		t.Errorf("looks %+v", stage.Looks)
	}
	sees(t, stage, "*", "trust server", "https://notary.example.org", "https://ne")
	sees(t, stage, "Next start", "https://new.example.org")
	sees(t, stage, "A change applies from the next start")
}

func TestWhatAFlagSetsIsNotChangedByTheFile(t *testing.T) {
	port := tuitest.NewSettings()
	port.Flags = map[screen.SettingID]string{screen.SettingTheme: "mono"}
	stage := open(t, port)
	to(stage, "theme")
	sees(t, stage, "This value comes from --theme; this run doesn't use the file.")
	change(stage, screen.SettingTheme, "theme", "dark")
	if len(stage.Looks) != 0 {
		t.Errorf("looks %+v", stage.Looks)
	}
	sees(t, stage, "*", "theme", "mono", "--theme", "dark")
}

func TestWhatCannotBeChangedSaysWhere(t *testing.T) {
	stage := open(t, tuitest.NewSettings())
	to(stage, "trust folder")
	if why := why(stage, keymap.SettingsChange); !strings.Contains(why, "config.toml") {
		t.Errorf("says %q", why)
	}
	sees(t, stage, "Change it on the command line")
}

// Values are chosen from a list or typed, with a sentence where they are wrong.
func TestHowValuesAreAskedFor(t *testing.T) {
	stage := open(t, tuitest.NewSettings())
	to(stage, "theme")
	stage.Do(keymap.SettingsChange)
	p := stage.Pick
	if p == nil || len(p.Options) != 5 || p.Options[p.Now].Value != "light" || p.Options[4].Value != "" || p.Options[4].Note != "remove the line" {
		t.Errorf("offers %+v", p)
	}
	to(stage, "mouse")
	stage.Do(keymap.SettingsChange)
	if p := stage.Pick; p.Options[0].Label != "on" || p.Options[1].Label != "off" || p.Options[p.Now].Note != "as it is" {
		t.Errorf("offers %+v", p)
	}
	to(stage, "expiry warning")
	stage.Do(keymap.SettingsChange)
	q := stage.Prompt
	if q == nil || q.Check("bad\x1b") == "" || q.Check("60d") != "" || q.Check("") != "" || !strings.Contains(q.Text, "Leave it empty") {
		t.Errorf("asks %+v", q)
	}
	// An answer that is wrong all the same changes nothing.
	stage.Send(screen.AnswerMsg{ID: string(screen.SettingSoon), Text: "bad"})
	if len(stage.Env.Setup.Draft()) != 0 {
		t.Error("a wrong value was taken")
	}
}

// page is what the user is asked to agree to.
func page(stage *tuitest.Stage) string {
	return ansi.Strip(strings.Join(stage.Confirm.Page(72), "\n"))
}

func TestSaving(t *testing.T) {
	port := tuitest.NewSettings()
	stage := open(t, port)
	change(stage, screen.SettingTheme, "theme", "dark")
	change(stage, screen.SettingASCII, "ascii", "true")
	stage.Do(keymap.SettingsSave)
	for _, words := range []string{tuitest.ConfigPath, "   1   # mine", "   2 - theme = light", "   2 + theme = dark", "   3 + ascii = true"} {
		if !strings.Contains(page(stage), words) {
			t.Errorf("the page does not show %q:\n%s", words, page(stage))
		}
	}
	if port.File != tuitest.NewSettings().File {
		t.Fatal("written before it was agreed to")
	}
	stage.Send(screen.ConfirmedMsg{ID: stage.Confirm.ID})
	if port.File != "# mine\ntheme = dark\nascii = true\n" || len(stage.Env.Setup.Draft()) != 0 {
		t.Errorf("the file is %q", port.File)
	}
	sees(t, stage, "theme", "dark", "config.toml", "dark")
	if len(stage.Toasts) != 1 || stage.Toasts[0].Level != model.Notice {
		t.Errorf("says %+v", stage.Toasts)
	}
}

func TestAnotherQuestionIsNoAgreement(t *testing.T) {
	port := tuitest.NewSettings()
	stage := open(t, port)
	change(stage, screen.SettingTheme, "theme", "dark")
	stage.Do(keymap.SettingsSave)
	stage.Send(screen.ConfirmedMsg{ID: "something else"})
	if strings.Contains(port.Calls(), "Write") {
		t.Error("written by the answer to another question")
	}
}

// Somebody else's change is seen before it is written over.
func TestAFileThatChangedMeanwhileIsShownAgain(t *testing.T) {
	port := tuitest.NewSettings()
	stage := open(t, port)
	change(stage, screen.SettingTheme, "theme", "dark")
	stage.Do(keymap.SettingsSave)
	port.File += "# theirs\n"
	first := stage.Confirm
	stage.Send(screen.ConfirmedMsg{ID: first.ID})
	if stage.Confirm == first || port.File != "# mine\ntheme = light\n# theirs\n" {
		t.Fatalf("not asked again: %q", port.File)
	}
	for _, words := range []string{"Nothing was written: someone changed the file", "# theirs"} {
		if !strings.Contains(strings.Join(strings.Fields(page(stage)), " "), words) {
			t.Errorf("the page does not show %q:\n%s", words, page(stage))
		}
	}
	stage.Send(screen.ConfirmedMsg{ID: stage.Confirm.ID})
	if port.File != "# mine\ntheme = dark\n# theirs\n" {
		t.Errorf("the file is %q", port.File)
	}
}

// A failure names the file and the way out; the changes stay, to be saved later.
func TestFailures(t *testing.T) {
	fault := &model.Fault{Kind: model.FaultLocal, Subject: tuitest.ConfigPath, Text: "it could not be written and is as it was: permission denied", Hint: "name another with --config"}
	for _, call := range []string{"Preview", "Write", "Resolve"} {
		port := tuitest.NewSettings()
		stage := open(t, port)
		change(stage, screen.SettingTheme, "theme", "dark")
		port.Fail[call] = fault
		if call == "Resolve" {
			stage.Run(stage.Screen.(screen.Refresher).Refresh())
		} else {
			stage.Do(keymap.SettingsSave)
		}
		if call == "Write" {
			stage.Send(screen.ConfirmedMsg{ID: stage.Confirm.ID})
		}
		if len(stage.Toasts) != 1 || stage.Toasts[0].Level != model.Failure ||
			!strings.Contains(stage.Toasts[0].Text, "permission denied. Name another with --config.") {
			t.Errorf("%s says %+v", call, stage.Toasts)
		}
		if len(stage.Env.Setup.Draft()) != 1 {
			t.Errorf("%s: the changes are lost", call)
		}
	}
}

func TestWhatTheFileSaysAlreadyIsNotWritten(t *testing.T) {
	port := tuitest.NewSettings()
	stage := open(t, port)
	change(stage, screen.SettingTheme, "theme", "light")
	stage.Do(keymap.SettingsSave)
	if stage.Confirm != nil || len(stage.Toasts) != 1 || len(stage.Env.Setup.Draft()) != 0 {
		t.Errorf("asks %+v, says %+v", stage.Confirm, stage.Toasts)
	}
}

func TestWhereNothingCanBeSaved(t *testing.T) {
	port := tuitest.NewSettings()
	port.Lock = "the demo touches nothing outside its own folder"
	stage := open(t, port)
	change(stage, screen.SettingTheme, "theme", "dark")
	if len(stage.Looks) != 1 || why(stage, keymap.SettingsSave) != port.Lock {
		t.Errorf("looks %+v, %q", stage.Looks, why(stage, keymap.SettingsSave))
	}
}

// Changes outlive the screen, as they are in use.
func TestChangesStayWhenTheScreenIsLeft(t *testing.T) {
	port := tuitest.NewSettings()
	stage := open(t, port)
	change(stage, screen.SettingTheme, "theme", "dark")
	stage.Screen.(screen.Closer).Close()
	again := tuitest.StageIn(t, stage.Env, func(e *screen.Env) screen.Screen { return settings.New(e) }, 100, 25)
	sees(t, again, "*", "theme", "dark", "not saved")
	if len(again.Looks) != 0 {
		t.Errorf("what is in use already is used again: %+v", again.Looks)
	}
}

func TestSettingsThatAreNotKnown(t *testing.T) {
	stage := open(t, nil)
	sees(t, stage, "are unknown")
	for _, id := range []keymap.ID{keymap.SettingsChange, keymap.SettingsSave, keymap.SettingsUndo} {
		if why(stage, id) == "" {
			t.Errorf("%s is on", id)
		}
	}
}

func TestFilterAndCopy(t *testing.T) {
	stage := open(t, tuitest.NewSettings())
	s := stage.Screen.(*settings.Screen)
	s.SetFilter("server check")
	if shown, total := s.FilterCount(); shown != 1 || total != 10 {
		t.Errorf("%d of %d", shown, total)
	}
	items := s.CopyItems()
	if len(items) != 3 || items[0].Text != "off" || items[2].Text != tuitest.ConfigPath {
		t.Errorf("copies %+v", items)
	}
}
