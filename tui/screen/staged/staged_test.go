package staged_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary/docker"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/staged"
	"trustdeck/tui/tuitest"
)

const (
	registry  = "registry.example.org/"
	folder    = "/home/ada/.docker/trust/tuf/"
	undecoded = "it is not a staged change: unexpected end of JSON input"
)

func open(t *testing.T, source *tuitest.Source) *tuitest.Stage {
	t.Helper()
	return tuitest.NewStage(t, source, func(e *screen.Env) screen.Screen { return staged.New(e) }, 100, 25)
}

// change is the n-th change of a repository, staged so many days ago.
func change(gun model.GUN, n, days int, c model.StagedChange) admin.StagedChange {
	return admin.StagedChange{
		Index: n, At: tuitest.Days(-days), Size: 300 + n, Change: c,
		File: folder + gun.String() + "/changelist/0179522949341925073" + string(rune('0'+n)) + "_0e32fe8d.change",
	}
}

// source has something of every kind waiting.
func source() *tuitest.Source {
	d := tuitest.NewSource()
	target := tuitest.TargetOf("v2.0")
	target.Custom = []byte(`{"build":42}`)
	gun := tuitest.Expiring
	broken := change(gun, 4, 1, model.StagedChange{})
	broken.Unread = true
	broken.Fault = &model.Fault{
		Kind: model.FaultLocal, Subject: broken.File, Text: undecoded,
		Hint: "Nothing can be published while it is there. Look at the file, then drop it with trustdeck reset --entry 4.",
	}
	refused := change(tuitest.Healthy, 0, 0, model.StagedChange{Action: "create", Type: "target", Role: "snapshot", Path: "v1", Refused: `changes of the role "snapshot" cannot be published`})
	refused.Fault = &model.Fault{Kind: model.FaultLocal, Subject: refused.File, Text: "it cannot be published: " + refused.Change.Refused, Hint: "Drop it with trustdeck reset --entry 0."}
	d.Waiting = []admin.Staged{
		{GUN: tuitest.Healthy, Compared: true, Changes: []admin.StagedChange{refused}},
		{GUN: registry + "new/born", Compared: true, Unpublished: true, Initialised: tuitest.Days(-2)},
		{GUN: tuitest.Stale, Changes: []admin.StagedChange{change(tuitest.Stale, 0, 30, model.StagedChange{Action: "update", Type: "witness", Role: "targets"})}},
		{GUN: gun, Compared: true, Ahead: []admin.Ahead{{Role: "targets", Local: 60, Server: 57, Modified: tuitest.Days(-9)}}, Changes: []admin.StagedChange{
			change(gun, 0, 3, model.StagedChange{Action: "create", Type: "target", Role: docker.Releases, Path: "v2.0", Target: &target}),
			change(gun, 1, 3, model.StagedChange{Action: "delete", Type: "target", Role: "targets/gone", Path: "v1.0"}),
			change(gun, 2, 2, model.StagedChange{
				Action: "create", Type: "delegation", Role: "targets/erin", Threshold: 1,
				AddKeys: []model.Key{{ID: tuitest.Key("erin"), Algorithm: "ECDSA P-256"}},
			}),
			change(gun, 3, 1, model.StagedChange{
				Action: "update", Type: "delegation", Role: "targets/*", RemoveKeys: []model.KeyID{tuitest.Key("bob")},
			}),
			broken,
		}},
	}
	return d
}

func TestPictures(t *testing.T) {
	stage := open(t, source())
	stage.Picture("all", tuitest.Small, tuitest.Wide)
	s := stage.Screen.(*staged.Screen)
	s.SetFilter("v2.0")
	stage.Do(keymap.NextPane)
	stage.Picture("target", tuitest.Small)
	stage.Do(keymap.NextPane)
	s.SetFilter("unexpected")
	stage.Do(keymap.NextPane)
	stage.Picture("unreadable")
	open(t, &tuitest.Source{}).Picture("none")
	open(t, &tuitest.Source{Err: &model.Fault{
		Kind: model.FaultLocal, Subject: folder, Text: "cannot be opened: permission denied", Hint: "Make the folder yours: chown -R ada " + folder,
	}}).Picture("barred")
}

// What only trustdeck refuses has its reason, and the others can be published without it.
func TestRefusedHere(t *testing.T) {
	gun := tuitest.Expiring
	purge := change(gun, 0, 3, model.StagedChange{Action: "update", Type: "delegation", Role: "targets/*", RemoveKeys: []model.KeyID{tuitest.Key("bob")}})
	purge.RefusedHere = &model.Fault{
		Kind: model.FaultUsage, Subject: purge.File, Text: "trustdeck publish refuses it: no delegation below targets lists a key that the change removes",
		Hint: "The client that staged it may still publish it. To publish the others with trustdeck, leave it out with --drop 0.",
	}
	other := change(gun, 1, 2, model.StagedChange{Action: "delete", Type: "target", Role: "targets", Path: "v1.0"})
	d := tuitest.NewSource()
	d.Waiting = []admin.Staged{{GUN: gun, Compared: true, Changes: []admin.StagedChange{purge, other}}}
	stage := open(t, d)
	stage.Picture("refused-here", tuitest.Small)
	if left, _ := stage.Screen.(screen.Statuser).Status(); !strings.Contains(ansi.Strip(left), "2 changes") || strings.Contains(ansi.Strip(left), "cannot be published") {
		t.Errorf("it is told as a fault: %s", ansi.Strip(left))
	}
	stage.Resize(130, 40)
	view := strings.Join(strings.Fields(ansi.Strip(stage.View())), " ")
	for _, want := range []string{
		"trustdeck publish refuses it: no delegation below targets lists a key that the change removes.", "leave it out with --drop 0.",
		"To publish the others: trustdeck publish --drop 0 registry.example.org/web/frontend",
	} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
	d.Waiting[0].Changes = d.Waiting[0].Changes[:1]
	stage = open(t, d)
	stage.Resize(130, 40)
	if view := ansi.Strip(stage.View()); !strings.Contains(view, "trustdeck publish refuses it") || strings.Contains(view, "trustdeck publish --drop") {
		t.Errorf("nothing is left to publish:\n%s", view)
	}
}

// Every entry in plain words, in the order in which it would be published.
func TestEveryEntry(t *testing.T) {
	stage := open(t, source())
	stage.Resize(160, 40)
	view := ansi.Strip(stage.View())
	at := 0
	for _, row := range [][]string{
		{"base/alpine", "0", `create target v1 in "snapshot"`, "▲"},
		{"new/born", "-", "initialised here, never published", "2 d", "○"},
		{"ops/vault", "0", "re-sign targets unchanged (witness)", "30 d"},
		{"web/frontend", "-", "targets is version 60 here and version 57 on the server", "9 d", "▲"},
		{"web/frontend", "0", "add tag v2.0 (sha256:", "to targets/releases", "3 d"},
		{"web/frontend", "1", "remove tag v1.0 from targets/gone"},
		{"web/frontend", "2", "add key " + tuitest.Key("erin").Short() + " to targets/erin"},
		{"web/frontend", "3", "remove key " + tuitest.Key("bob").Short() + " from every delegation below targets"},
		{"web/frontend", "4", undecoded, "▲"},
	} {
		line, ok := tuitest.Line(view, row...)
		if !ok {
			t.Errorf("%q is missing:\n%s", row, view)
			continue
		}
		if i := strings.Index(view, line); i < at {
			t.Errorf("%q is out of order:\n%s", row, view)
		} else {
			at = i
		}
	}
	left, right := stage.Screen.(screen.Statuser).Status()
	if ansi.Strip(left) != "7 changes in 3 repositories, 1 file newer here, 1 never published   ▲ 2 cannot be published" || !strings.HasPrefix(ansi.Strip(right), "compared with 9 repositories") {
		t.Errorf("status %q, %q", ansi.Strip(left), ansi.Strip(right))
	}
}

// The detail has everything that the change says, and the commands that publish
// or drop it.
func TestDetail(t *testing.T) {
	stage := open(t, source())
	stage.Resize(130, 80)
	s := stage.Screen.(*staged.Screen)
	for pattern, want := range map[string][]string{
		"v2.0": {
			"1 of 5 for this repository", "targets/releases", `{"build":42}`, "sha256:", "_0e32fe8d.change  300 B",
			"To drop this change:  trustdeck reset --entry 0 registry.example.org/web/frontend", "To drop all changes:",
			"It waits for another change: either all changes are published or none, and 1 change cannot be.",
		},
		"targets/erin": {"1, where the role does not exist yet", tuitest.Key("erin").String() + "  ECDSA P-256"},
		"every":        {tuitest.Key("bob").String()},
		"unexpected":   {"Nothing can be published while it is there.", "To drop this change:  trustdeck reset --entry 4 registry.example.org/web/frontend"},
		"snapshot":     {`It cannot be published: changes of the role "snapshot" cannot be published`, "trustdeck reset --entry 0 registry.example.org/base/alpine"},
		"version 60":   {"Find out who wrote it: it was never published, or the server has lost data"},
		"born":         {"no one else can see it", "notary publish registry.example.org/new/born"},
		"witness":      {"the staged changes were not compared with it", "docker trust drops it when it signs", "To publish all staged changes:  trustdeck publish registry.example.org/ops/vault"},
	} {
		s.SetFilter(pattern)
		view := ansi.Strip(stage.View())
		for _, w := range want {
			if !strings.Contains(view, w) {
				t.Errorf("%s: %q is missing:\n%s", pattern, w, view)
			}
		}
	}
}

// Enter goes to the role where the repository has it, else to the repository.
func TestEnter(t *testing.T) {
	stage := open(t, source())
	s := stage.Screen.(*staged.Screen)
	want := map[string]nav.Route{
		"v2.0":       nav.Role(tuitest.Expiring, docker.Releases),
		"v1.0 gone":  nav.Repo(tuitest.Expiring, nav.TabRoles),
		"version 60": nav.Role(tuitest.Expiring, model.RoleTargets),
		"born":       nav.Repo(registry+"new/born", nav.TabRoles),
		"unexpected": nav.Repo(tuitest.Expiring, nav.TabRoles),
	}
	for pattern, route := range want {
		s.SetFilter(pattern)
		stage.Do(keymap.Open)
		if got := stage.Pushed[len(stage.Pushed)-1]; got != route {
			t.Errorf("%s: %v; want %v", pattern, got, route)
		}
	}
	stage.Pushed = nil
	s.SetFilter("")
	stage.Resize(60, 12)
	stage.Send(screen.ClickMsg{X: 4, Y: 2})
	if len(stage.Pushed) != 1 {
		stage.Send(screen.ClickMsg{X: 4, Y: 2})
	}
	if len(stage.Pushed) != 1 {
		t.Error("a click on the selected row does not open it")
	}
}

// What is copied is quoted where a shell would read more into it.
func TestCopies(t *testing.T) {
	d := source()
	d.Waiting = d.Waiting[3:]
	d.Waiting[0].GUN, d.Waiting[0].Changes = "registry.example.org/a;reboot", d.Waiting[0].Changes[:4]
	stage := open(t, d)
	s := stage.Screen.(*staged.Screen)
	s.SetFilter("v2.0")
	texts := map[string]string{}
	for _, item := range s.CopyItems() {
		texts[item.Label] = item.Text
		if item.Text == "" {
			t.Errorf("%s is empty", item.Label)
		}
	}
	if texts["tag"] != "v2.0" || !strings.HasPrefix(texts["digest"], "sha256:") || texts["publish command"] != "trustdeck publish 'registry.example.org/a;reboot'" || texts["reset command"] != "trustdeck reset --entry 0 'registry.example.org/a;reboot'" {
		t.Errorf("copies %q", texts)
	}
	s.SetFilter("nothing at all like this")
	if s.CopyItems() != nil {
		t.Error("something is copied of nothing")
	}
	if view := ansi.Strip(stage.View()); !strings.Contains(view, "No staged change matches") {
		t.Errorf("got:\n%s", view)
	}
}

func TestSorting(t *testing.T) {
	stage := open(t, source())
	s := stage.Screen.(*staged.Screen)
	if by, _ := s.SortedBy(); by != -1 {
		t.Errorf("sorted by %d to begin with", by)
	}
	for column := range s.SortColumns() {
		s.SortBy(column, true)
		if by, down := s.SortedBy(); by != column || !down {
			t.Errorf("sorted by %d, %v", by, down)
		}
		stage.View()
	}
	s.SortBy(3, false)
	line, _ := tuitest.Line(ansi.Strip(stage.View()), ">")
	if !strings.Contains(line, "witness") {
		t.Errorf("the oldest is %q", line)
	}
	if shown, total := s.FilterCount(); shown != 9 || total != 9 {
		t.Errorf("%d of %d", shown, total)
	}
}

// What waits is compared with the servers when all repositories have been read,
// and once more when one has been read again.
func TestComparedAtTheEndOfTheSurvey(t *testing.T) {
	d := source()
	env := tuitest.NewEnv(t, d)
	s := staged.New(env)
	s.SetSize(100, 25)
	if view := ansi.Strip(s.View()); !strings.Contains(view, "Reading the trust folder") {
		t.Errorf("got:\n%s", view)
	}
	play := func(cmd tea.Cmd) {
		tuitest.Settle(cmd(), func(msg tea.Msg) tea.Cmd {
			if news, cmd := env.Board.Update(msg); news != nil {
				return tea.Batch(cmd, s.Update(*news))
			}
			return s.Update(msg)
		})
	}
	read := s.Init()().(tea.BatchMsg)
	play(read[0])
	if view := ansi.Strip(s.View()); !strings.Contains(view, "add tag v2.0") {
		t.Errorf("before the survey:\n%s", view)
	}
	if _, right := s.Status(); !strings.Contains(right, "so far") {
		t.Errorf("status %q", right)
	}
	play(read[1])
	if n := strings.Count(d.Calls(), "Staged"); n != 2 {
		t.Errorf("read %d times", n)
	}
	play(env.Board.Open(tuitest.Healthy))
	if n := strings.Count(d.Calls(), "Staged"); n != 3 {
		t.Errorf("after one repository, read %d times", n)
	}
	d.Waiting = d.Waiting[:1]
	play(s.Refresh())
	if _, total := s.FilterCount(); total != 1 {
		t.Errorf("%d entries after a refresh", total)
	}
}

// What could be read is shown beside the reason why that is not all.
func TestAFolderThatCouldNotBeReadToTheEnd(t *testing.T) {
	d := source()
	d.Waiting = d.Waiting[2:3]
	d.Waiting[0].Fault = &model.Fault{Kind: model.FaultLocal, Subject: folder, Text: "holds more than 10000 changes", Hint: "Move what is none elsewhere."}
	stage := open(t, d)
	stage.Resize(100, 40)
	view := ansi.Strip(stage.View())
	for _, want := range []string{"witness", "Not everything could be read: " + folder + ": holds more than 10000 changes.", "Move what is none elsewhere."} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
}

// Whatever a changelist says, nothing of it reaches the terminal as a command.
func TestHostileChanges(t *testing.T) {
	evil := change("a", 0, 1, model.StagedChange{
		Action: "create\x1b[2J", Type: "target", Role: "targets/\u202eevil", Path: "v1\x1b]0;x\x07\n" + strings.Repeat("日本", 400),
		Target: &model.Target{Custom: []byte("{\"a\":\"\x1b[31m\u202e\"}"), Hashes: model.Hashes{SHA256: []byte{1}}},
	})
	evil.File = "/trust/\x1b[5m\n.change"
	more := change("a", 1, 1, model.StagedChange{
		Action: "update", Type: "delegation", Role: "targets/a", RemoveKeys: []model.KeyID{"\x1b[7m"}, AddPaths: []string{"\x1b[1m", ""}, RemovePaths: []string{"b\u202e"},
		AddKeys: []model.Key{{ID: "\x1b[0m", Algorithm: "\x1b[4m"}},
	})
	more.Fault = &model.Fault{Text: "bad\x1b[31m", Hint: "do\r\n\x1b[1mthis"}
	stage := open(t, &tuitest.Source{Waiting: []admin.Staged{{GUN: "a\u202eb", Changes: []admin.StagedChange{evil, more}}}})
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
