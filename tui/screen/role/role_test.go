package role_test

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
	"trustdeck/tui/screen/role"
	"trustdeck/tui/tuitest"
)

func open(t *testing.T, source *tuitest.Source, gun model.GUN, name model.RoleName) *tuitest.Stage {
	t.Helper()
	return tuitest.NewStage(t, source, func(e *screen.Env) screen.Screen { return role.New(e, gun, name) }, 100, 25)
}

func TestPictures(t *testing.T) {
	for name, at := range map[string]nav.Route{
		"expiring": nav.Role(tuitest.Expiring, "targets/ci-bot"),
		"broken":   nav.Role(tuitest.Broken, "targets/bob"),
		"nested":   nav.Role(tuitest.Nested, "targets/team/ci"),
		"root":     nav.Role(tuitest.Healthy, model.RoleRoot),
		"hostile":  nav.Role(tuitest.Hostile, docker.Releases),
		"none":     nav.Role(tuitest.NoTrust, model.RoleTargets),
		"unknown":  nav.Role(tuitest.Healthy, "targets/nobody"),
	} {
		var also []tuitest.Look
		if name == "expiring" {
			also = []tuitest.Look{tuitest.Small, tuitest.Dark}
		}
		open(t, tuitest.NewSource(), at.GUN, at.Role).Picture(name, also...)
	}
	stage := open(t, tuitest.NewSource(), tuitest.Nested, "targets/team/ci")
	stage.Do(keymap.NextPane, keymap.Up)
	stage.Picture("path", tuitest.Small, tuitest.Wide, tuitest.ASCII)
}

func TestEverythingAboutARole(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Broken, "targets/bob")
	stage.Resize(160, 60)
	view := ansi.Strip(stage.View())
	for _, want := range []string{
		"broken, version 6",
		"2028-12-21 09:41 UTC  in 2 y 1 mo", "% left",
		"2 signatures needed of 1 key", "0 valid, 2 other",
		"0 of 2 needed signatures are valid.", "Ask the holder of the key to sign again.",
		"ECDSA P-256  not here",
		"invalid", "the signature does not fit the content", "unknown key",
		`all tags (path "")`,
		"stored 2026-11-18 09:41 UTC", "sha256:", "Clients don't reach this role: targets is expired.",
	} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
}

// The effective paths are shown where they are fewer than the role was given.
func TestPathsWithinThoseOfTheParents(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Nested, "targets/team/ci")
	stage.Resize(160, 60)
	view := ansi.Strip(stage.View())
	for _, want := range []string{"tags release-nightly-* and other*", "within its parents: tags release-nightly-*"} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
}

// The trust path is the way from the root to the role, and what hangs on it.
func TestTrustPath(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Nested, "targets/team")
	view := ansi.Strip(stage.View())
	for _, want := range []string{"  root  ", "└ targets  ", ">   └ team  ", "├ ci  ", "└ new  ", "unpublished"} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
	for _, other := range []string{"├ alice", "├ releases", "snapshot  ", "nightly"} {
		if strings.Contains(view, other) {
			t.Errorf("%q has nothing to do with it:\n%s", other, view)
		}
	}
	stage.Do(keymap.NextPane, keymap.Down, keymap.Open)
	stage.Do(keymap.Top, keymap.Open)
	want := []nav.Route{nav.Role(tuitest.Nested, "targets/team/ci"), nav.Role(tuitest.Nested, model.RoleRoot)}
	if len(stage.Pushed) != 2 || stage.Pushed[0] != want[0] || stage.Pushed[1] != want[1] {
		t.Errorf("went to %v, want %v", stage.Pushed, want)
	}
}

// What cannot be done says why.
func TestActionsThatAreOff(t *testing.T) {
	why := func(s screen.Screen, id keymap.ID) string {
		for _, a := range s.Actions() {
			if a.ID == id {
				ok, why := a.Available()
				if ok {
					return ""
				}
				return why
			}
		}
		return "not offered"
	}
	stage := open(t, tuitest.NewSource(), tuitest.Nested, "targets/team/new")
	if got := why(stage.Screen, keymap.RoleRaw); got != "this role has no file" {
		t.Errorf("raw of an unpublished role: %q", got)
	}
	if got := why(stage.Screen, keymap.Open); !strings.HasPrefix(got, "this role is already shown") {
		t.Errorf("open: %q", got)
	}
	stage.Do(keymap.NextPane, keymap.Top)
	if got := why(stage.Screen, keymap.Open); got != "" {
		t.Errorf("open of another role: %q", got)
	}
}

func TestRawLeadsToTheFiles(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Healthy, model.RoleTargets)
	stage.Do(keymap.RoleRaw)
	if len(stage.Pushed) != 1 || stage.Pushed[0].GUN != tuitest.Healthy || stage.Pushed[0].Tab != nav.TabRaw || stage.Pushed[0].Role != model.RoleTargets {
		t.Errorf("went to %v", stage.Pushed)
	}
}

func TestCopies(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Expiring, "targets/ci-bot")
	got := map[string]string{}
	for _, item := range stage.Screen.(screen.Copier).CopyItems() {
		got[item.Label] = item.Text
	}
	if got["role name"] != "targets/ci-bot" || got["key ID"] != tuitest.Key("ci-bot").String() ||
		got["place"] != "repo/"+tuitest.Expiring.String()+"/role/targets/ci-bot" || !strings.HasPrefix(got["file digest"], "sha256:") {
		t.Errorf("copies %q", got)
	}
}

// A repository that has been read is not read again for each of its roles; one
// from the cache is.
func TestReadsWhatIsNotKnown(t *testing.T) {
	source := tuitest.NewSource()
	stage := open(t, source, tuitest.Healthy, model.RoleRoot)
	tuitest.StageIn(t, stage.Env, func(e *screen.Env) screen.Screen { return role.New(e, tuitest.Healthy, model.RoleTargets) }, 80, 19)
	if calls := source.Calls(); calls != "Open "+tuitest.Healthy.String()+" Keys" {
		t.Errorf("called %s", calls)
	}
	stage.Run(stage.Screen.(screen.Refresher).Refresh())
	if n := strings.Count(source.Calls(), "Open"); n != 2 {
		t.Errorf("refresh read it %d times in all", n)
	}
}

func TestLoadingThenThere(t *testing.T) {
	env := tuitest.NewEnv(t, tuitest.NewSource())
	s := role.New(env, tuitest.Healthy, model.RoleTargets)
	s.SetSize(80, 19)
	if view := s.View(); !strings.Contains(view, "Reading registry.example.org/base/alpine..") {
		t.Errorf("got:\n%s", view)
	}
	if s.Cursor() != nil || len(s.Actions()) != 0 {
		t.Error("something can be done to what is not there")
	}
	if left, right := s.Status(); left+right != "" {
		t.Errorf("status %q, %q", left, right)
	}
	s.Update(screen.ClickMsg{X: 3, Y: 3})
	s.Update(screen.WheelMsg{X: 3, Y: 3, Lines: 3})
	tuitest.Settle(s.Init()(), func(msg tea.Msg) tea.Cmd {
		if news, cmd := env.Board.Update(msg); news != nil {
			s.Update(*news)
			return cmd
		}
		return nil
	})
	if view := ansi.Strip(s.View()); !strings.Contains(view, "verified, version 57") {
		t.Errorf("got:\n%s", view)
	}
}

// When the repository has been read again the facts are those of now.
func TestNewsIsTaken(t *testing.T) {
	source := tuitest.NewSource()
	stage := open(t, source, tuitest.Healthy, model.RoleTargets)
	for i, v := range source.Views {
		if v.GUN == tuitest.Healthy {
			fresh := *v.Repository
			fresh.Roles = append([]model.Role(nil), fresh.Roles...)
			fresh.Role(model.RoleTargets).Version = 58
			source.Views[i].Repository = &fresh
		}
	}
	stage.Run(stage.Screen.(screen.Refresher).Refresh())
	if view := ansi.Strip(stage.View()); !strings.Contains(view, "version 58") {
		t.Errorf("got:\n%s", view)
	}
	before := stage.View()
	stage.Screen.Update(screen.BoardMsg{Changed: []model.GUN{tuitest.Broken}})
	if stage.View() != before {
		t.Error("news of another repository changed the view")
	}
}

// What is known of private keys comes later than the repository.
func TestKeysHereAreNamed(t *testing.T) {
	source := tuitest.NewSource()
	local := source.KeyUses
	source.KeyUses = nil
	stage := open(t, source, tuitest.Expiring, "targets/ci-bot")
	if view := ansi.Strip(stage.View()); !strings.Contains(view, "not here") {
		t.Errorf("got:\n%s", view)
	}
	source.KeyUses = local
	stage.Run(stage.Env.Board.Keys())
	if view := ansi.Strip(stage.View()); !strings.Contains(view, "here, file") {
		t.Errorf("got:\n%s", view)
	}
}

func TestStatus(t *testing.T) {
	tests := []struct {
		gun         model.GUN
		role        model.RoleName
		left, right string
	}{
		{tuitest.Healthy, model.RoleTargets, "● verified, 1 signature needed, 1 valid", "read 8 s ago, r refresh"},
		{tuitest.Broken, model.RoleTargets, "✗ expired, 1 signature needed, 1 valid", ""},
		{tuitest.Broken, "targets/alice", "✗ verified, 1 signature needed, 1 valid, and clients don't reach it", ""},
		{tuitest.Stale, model.RoleTargets, "not current: https://notary.example.org: no answer within 10 s", "26 h ago"},
	}
	for _, test := range tests {
		stage := open(t, tuitest.NewSource(), test.gun, test.role)
		left, right := stage.Screen.(screen.Statuser).Status()
		if ansi.Strip(left) != test.left || !strings.Contains(right, test.right) {
			t.Errorf("%s %s: %q, %q", test.gun, test.role, left, right)
		}
	}
}

// Whatever a role holds, nothing breaks out of its place.
func TestHostileRoles(t *testing.T) {
	source := tuitest.NewSource()
	var hostile admin.Look
	for _, v := range source.Views {
		if v.GUN == tuitest.Hostile {
			hostile = v
		}
	}
	bad := model.RoleName("targets/\x1b[2J\u202egnp/\x07")
	evil := tuitest.RoleOf(bad, 1, tuitest.Years(1), 1, "k")
	evil.Signatures[0].Detail = "\x1b]0;title\x07"
	hostile.Repository.Roles = append(hostile.Repository.Roles, evil)
	for i := range hostile.Repository.Roles {
		name := hostile.Repository.Roles[i].Name
		stage := open(t, source, tuitest.Hostile, name)
		for _, size := range tuitest.Sizes() {
			stage.Resize(size.Body())
			for range 3 {
				stage.Do(keymap.NextPane, keymap.PageDown)
				stage.View()
			}
			left, right := stage.Screen.(screen.Statuser).Status()
			tuitest.CheckView(t, stage.Screen.Title()+left+right, 500, 1)
		}
	}
}

func TestMouse(t *testing.T) {
	stage := open(t, tuitest.NewSource(), tuitest.Nested, "targets/team")
	lines := strings.Split(ansi.Strip(stage.View()), "\n")
	for y, line := range lines {
		if before, _, ok := strings.Cut(line, "└ targets"); ok {
			click := screen.ClickMsg{X: len([]rune(before)), Y: y}
			stage.Send(click)
			stage.Send(click)
		}
	}
	if len(stage.Pushed) != 1 || stage.Pushed[0] != nav.Role(tuitest.Nested, model.RoleTargets) {
		t.Errorf("went to %v", stage.Pushed)
	}
	before := stage.View()
	stage.Resize(100, 12)
	stage.Send(screen.WheelMsg{X: 5, Y: 5, Lines: 3})
	if strings.Contains(ansi.Strip(stage.View()), "Role       targets/team") {
		t.Errorf("the wheel does not scroll; before:\n%s", before)
	}
}
