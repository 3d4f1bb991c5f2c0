package tag_test

import (
	"encoding/hex"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest/ledger"
	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/tag"
	"trustdeck/tui/tuitest"
)

const gun model.GUN = "registry.example.org/shop/cart"

// conflicting is a repository whose roles do not agree about the tag "v1":
// releases and alice state one content, targets another, and bob, who is
// broken, a third.
func conflicting() *model.Repository {
	role := func(name model.RoleName, targets ...model.Target) model.Role {
		r := tuitest.RoleOf(name, 5, tuitest.Years(2), 1, notary.Base(name))
		r.Targets, r.Effective = targets, []string{""}
		return r
	}
	content := func(name, of string) model.Target {
		return model.Target{Name: name, Length: 1583, Hashes: model.Hashes{SHA256: tuitest.Digest(of)}}
	}
	bob := role("targets/bob", content("v1", "bob's"))
	bob.State = model.RoleBroken
	bob.Problems = []model.Problem{{Code: model.ProblemThreshold, Severity: model.Failure, Role: bob.Name, Text: "0 of 1 needed signatures are valid"}}
	r := tuitest.RepositoryOf(gun,
		role(model.RoleRoot), role(model.RoleTargets, content("v1", "old")),
		role(docker.Releases, content("v1", "new")),
		role("targets/alice", content("only-alice", "alice's"), content("v1", "new")), bob,
		role(model.RoleSnapshot), role(model.RoleTimestamp))
	return r
}

// open shows a tag of a repository as the real dialect sees it. The registry serves
// the signed digest, unless a test says otherwise.
func open(t *testing.T, r *model.Repository, name string, registry ...model.Served) *tuitest.Stage {
	t.Helper()
	source := &tuitest.Source{Views: []admin.Look{tuitest.ViewOf(r, health.OK, model.RoleTargets, "")}}
	source.Registry = map[string]model.Served{name: serving("new", model.ServedSame)}
	for _, served := range registry {
		source.Registry[name] = served
	}
	env := tuitest.NewEnv(t, source)
	env.DialectOf = dialect.Only(docker.Dialect{})
	return tuitest.StageIn(t, env, func(e *screen.Env) screen.Screen { return tag.New(e, r.GUN, name) }, 100, 25)
}

func expired(name model.RoleName) *model.Repository {
	r := conflicting()
	role := r.Role(name)
	role.Expired = true
	role.Problems = []model.Problem{{Code: model.ProblemExpired, Severity: model.Failure, Role: name, Text: name.String() + " expired 2026-11-19"}}
	return r
}

func TestPictures(t *testing.T) {
	open(t, conflicting(), "v1").Picture("conflicting", tuitest.Small, tuitest.Wide, tuitest.Dark)
	open(t, conflicting(), "only-alice", serving("alice's", model.ServedUnsigned)).Picture("unreleased")
	open(t, conflicting(), "v9", serving("", model.ServedAbsent)).Picture("absent")
	for name, served := range answers() {
		open(t, conflicting(), "v1", served).Picture("registry-" + name)
	}
	open(t, expired(model.RoleTargets), "v1").Picture("refused")
	long := conflicting()
	long.Role(docker.Releases).Targets[0].Hashes.SHA512 = append(tuitest.Digest("x"), tuitest.Digest("y")...)
	open(t, long, "v1").Picture("sha512")
	for name, route := range map[string]nav.Route{
		"none":    nav.Tag(tuitest.NoTrust, "v1"),
		"hostile": nav.Tag(tuitest.Hostile, "\x1b[2J\x1b[31mowned\x07"),
	} {
		tuitest.NewStage(t, tuitest.NewSource(), func(e *screen.Env) screen.Screen { return tag.New(e, route.GUN, route.Tag) }, 100, 25).Picture(name)
	}
}

// The verdict, its reason and the way out, for every kind of outcome.
func TestVerdict(t *testing.T) {
	broken := conflicting()
	releases := broken.Role(docker.Releases)
	releases.State = model.RoleBroken
	releases.Problems = []model.Problem{{Code: model.ProblemThreshold, Severity: model.Failure, Role: releases.Name, Text: "0 of 1"}}
	nohash := conflicting()
	nohash.Role(docker.Releases).Targets[0].Hashes = model.Hashes{SHA512: []byte("x")}
	tests := []struct {
		name string
		repo *model.Repository
		tag  string
		want []string
	}{
		{"pulled", conflicting(), "v1", []string{
			"● docker pull accepts it", "targets/releases lists it and verifies.",
			"● targets/releases v5 by key", "which decides", "● targets/alice v5 by key",
		}},
		{"passed over", broken, "v1", []string{
			"● docker pull accepts it", "targets/releases lists it, and is skipped because it is broken; targets lists it",
			"● targets v5 by key", "No signer states the same content.",
		}},
		{"refused", expired(model.RoleTargets), "v1", []string{
			"✗ docker pull refuses it", "Clients refuse the whole repository: targets expired 2026-11-19.", "Ask the holder of the key to sign again.",
		}},
		{"only in a delegation of one", conflicting(), "only-alice", []string{
			"▲ docker pull doesn't find it", "Only targets/alice lists it", "Sign the tag with a key that targets/releases lists.",
		}},
		{"nowhere", conflicting(), "v9", []string{"○ docker pull doesn't find it", "No role lists it.", "Check the name, or sign the tag."}},
		{"without SHA-256", nohash, "v1", []string{"✗ docker pull refuses it", "states no SHA-256"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			stage := open(t, test.repo, test.tag)
			stage.Resize(160, 60)
			view := ansi.Strip(stage.View())
			for _, want := range test.want {
				if !strings.Contains(view, want) {
					t.Errorf("%q is missing:\n%s", want, view)
				}
			}
		})
	}
}

// Each role that lists the name says with which content, and what becomes of it.
func TestEveryRoleThatListsIt(t *testing.T) {
	stage := open(t, conflicting(), "v1")
	stage.Resize(160, 60)
	view := ansi.Strip(stage.View())
	short := func(of string) string { return hex.EncodeToString(tuitest.Digest(of))[:8] }
	for _, row := range [][]string{
		{"targets/releases", short("new"), "● decides"},
		{"targets/alice", short("new"), "● agrees"},
		{"targets  ", short("old"), "○ skipped"},
		{"targets/bob", short("bob's"), "✗ broken"},
	} {
		if _, ok := tuitest.Line(view, row...); !ok {
			t.Errorf("%q is missing:\n%s", row, view)
		}
	}
	for _, other := range []string{"old", "bob's"} {
		if digest := "sha256:" + hex.EncodeToString(tuitest.Digest(other)); !strings.Contains(view, digest) {
			t.Errorf("the other content %s is missing:\n%s", digest, view)
		}
	}
	if n := strings.Count(view, "sha256:"+hex.EncodeToString(tuitest.Digest("new"))); n != 1 {
		t.Errorf("the content that is pulled is shown %d times:\n%s", n, view)
	}
	// A role that verifies, below one that does not.
	stage = open(t, expired(model.RoleTargets), "v1")
	if _, ok := tuitest.Line(ansi.Strip(stage.View()), "targets/releases", "✗ cut off"); !ok {
		t.Errorf("got:\n%s", stage.View())
	}
	// A role that lists it outside of its paths.
	outside := conflicting()
	outside.Role("targets/alice").Effective = []string{"stable/"}
	if view := ansi.Strip(open(t, outside, "only-alice").View()); !strings.Contains(view, "✗ not allowed") {
		t.Errorf("got:\n%s", view)
	}
}

func TestEnterLeadsToTheRole(t *testing.T) {
	stage := open(t, conflicting(), "v1")
	stage.Do(keymap.NextPane, keymap.Down, keymap.Open)
	if len(stage.Pushed) != 1 || stage.Pushed[0] != nav.Role(gun, "targets/alice") {
		t.Errorf("went to %v", stage.Pushed)
	}
	stage = open(t, conflicting(), "v9")
	for _, a := range stage.Screen.Actions() {
		if ok, why := a.Available(); a.ID == keymap.Open && (ok || why != "no role lists this tag") {
			t.Errorf("open: %v, %q", ok, why)
		}
	}
}

func TestHowItIsLookedFor(t *testing.T) {
	stage := open(t, conflicting(), "v1")
	stage.Do(keymap.TagExplain)
	if len(stage.Pushed) != 1 || stage.Pushed[0] != nav.Explain(gun, "v1") {
		t.Errorf("went to %v", stage.Pushed)
	}
}

func TestCopies(t *testing.T) {
	digest := "sha256:" + hex.EncodeToString(tuitest.Digest("new"))
	tests := []struct {
		name string
		repo *model.Repository
		tag  string
		want map[string]string
	}{
		{"a tag", conflicting(), "v1", map[string]string{
			"digest": digest, "image by digest": gun.String() + "@" + digest,
			"pull command, by digest":         "docker pull " + gun.String() + "@" + digest,
			"pull command, verifying the tag": "DOCKER_CONTENT_TRUST=1 docker pull " + gun.String() + ":v1",
			"tag":                             "v1", "repository": gun.String(), "place": "repo/" + gun.String() + "/tag/v1",
		}},
		{"one that cannot be pulled", conflicting(), "v9", map[string]string{
			"tag": "v9", "repository": gun.String(), "place": "repo/" + gun.String() + "/tag/v9",
		}},
	}
	for _, test := range tests {
		got := map[string]string{}
		for _, item := range open(t, test.repo, test.tag).Screen.(screen.Copier).CopyItems() {
			got[item.Label] = item.Text
		}
		for label, want := range test.want {
			if got[label] != want {
				t.Errorf("%s: %s is %q, want %q", test.name, label, got[label], want)
			}
		}
		if len(got) != len(test.want) {
			t.Errorf("%s: copies %q", test.name, got)
		}
	}
}

// A command that is copied will be pasted into a shell: no name may be more
// than a word there, and none holds what a terminal obeys.
func TestNoHostileCommandIsOffered(t *testing.T) {
	for _, name := range []string{"v1;reboot", "$(reboot)", "`reboot`", "a b", "v1\nreboot", "-v1", "a/b", "x|y", "x'y", "\x1b[2J", "tag\u202e"} {
		for _, g := range []model.GUN{gun, "registry.example.org/$(reboot)"} {
			r := conflicting()
			r.GUN = g
			r.Role(docker.Releases).Targets = []model.Target{{Name: name, Length: 5, Hashes: model.Hashes{SHA256: tuitest.Digest("x")}}}
			for _, item := range open(t, r, name).Screen.(screen.Copier).CopyItems() {
				if strings.Contains(item.Label, "command") && (g != gun || strings.Contains(item.Text, name)) {
					t.Errorf("%q of %q: offers %q", name, g, item.Text)
				}
				if strings.ContainsAny(item.Text, "\x1b\n\u202e") {
					t.Errorf("%q: %s is copied as %q", name, item.Label, item.Text)
				}
			}
		}
	}
}

func TestReadingThenLookingUpThenThere(t *testing.T) {
	env := tuitest.NewEnv(t, tuitest.NewSource())
	s := tag.New(env, tuitest.Healthy, "v1.0")
	s.SetSize(80, 19)
	if view := s.View(); !strings.Contains(view, "Reading registry.example.org/base/alpine..") {
		t.Errorf("got:\n%s", view)
	}
	var looking bool
	tuitest.Settle(s.Init()(), func(msg tea.Msg) tea.Cmd {
		looking = looking || strings.Contains(s.View(), "Looking up the tag..")
		if news, cmd := env.Board.Update(msg); news != nil {
			return tea.Batch(cmd, s.Update(*news))
		}
		return s.Update(msg)
	})
	if !looking {
		t.Error("it did not say that it looks the tag up")
	}
	if view := ansi.Strip(s.View()); !strings.Contains(view, "docker pull accepts it") {
		t.Errorf("got:\n%s", view)
	}
}

// Nothing may be done to what is not there.
func TestNothingToDoBeforeTheAnswer(t *testing.T) {
	s := tag.New(tuitest.NewEnv(t, tuitest.NewSource()), tuitest.Healthy, "v1.0")
	s.SetSize(80, 19)
	if len(s.Actions()) > 0 || s.Cursor() != nil {
		t.Error("something can be done")
	}
	s.Update(screen.ClickMsg{X: 3, Y: 3})
	s.Update(screen.WheelMsg{X: 3, Y: 3, Lines: 3})
	if left, right := s.Status(); left+right != "" {
		t.Errorf("status %q, %q", left, right)
	}
}

// answering is a dialect that gives one answer about every tag.
type answering struct {
	dialect.Dialect
	reason string
}

func (a answering) Resolve(*model.Repository, string) model.Resolution {
	return model.Resolution{Reason: a.reason}
}

// The answer about a repository that has been read again since is not shown.
func TestLateAnswersAreDropped(t *testing.T) {
	stage := open(t, conflicting(), "v1")
	read := func(reason string) tea.Cmd {
		stage.Env.DialectOf = dialect.Only(answering{stage.Env.DialectOf(""), reason})
		fresh := conflicting()
		stage.Env.Source.(*tuitest.Source).Views[0].Repository = fresh
		var look tea.Cmd
		tuitest.Settle(stage.Screen.(screen.Refresher).Refresh()(), func(msg tea.Msg) tea.Cmd {
			news, cmd := stage.Env.Board.Update(msg)
			if news == nil {
				return cmd
			}
			if c := stage.Screen.Update(*news); c != nil {
				look = c
			}
			return cmd
		})
		return look
	}
	early, late := read("the earlier answer"), read("the later answer")
	stage.Run(late)
	stage.Run(early)
	if view := ansi.Strip(stage.View()); !strings.Contains(view, "The later answer.") {
		t.Errorf("got:\n%s", view)
	}
}

// panicking is a dialect with a mistake.
type panicking struct{ dialect.Dialect }

func (panicking) Resolve(*model.Repository, string) model.Resolution { panic("\x1b[2Jboom") }

// A mistake of the program is shown, and what was known stays.
func TestLookingUpFails(t *testing.T) {
	env := tuitest.NewEnv(t, tuitest.NewSource())
	fine := env.DialectOf("")
	env.DialectOf = dialect.Only(panicking{fine})
	stage := tuitest.StageIn(t, env, func(e *screen.Env) screen.Screen { return tag.New(e, tuitest.Healthy, "v1.0") }, 80, 19)
	if view := ansi.Strip(stage.View()); !strings.Contains(view, `\x1b[2Jboom`) {
		t.Errorf("got:\n%s", view)
	}
	env.DialectOf = dialect.Only(fine)
	source := env.Source.(*tuitest.Source)
	renew := func() {
		for i, v := range source.Views {
			if v.GUN == tuitest.Healthy {
				fresh := *v.Repository
				source.Views[i].Repository = &fresh
			}
		}
		stage.Run(stage.Screen.(screen.Refresher).Refresh())
	}
	renew()
	if view := ansi.Strip(stage.View()); !strings.Contains(view, "docker pull accepts it") {
		t.Errorf("got:\n%s", view)
	}
	env.DialectOf = dialect.Only(panicking{fine})
	renew()
	left, _ := stage.Screen.(screen.Statuser).Status()
	if view := ansi.Strip(stage.View()); !strings.Contains(view, "docker pull accepts it") || !strings.Contains(left, "not looked up again") {
		t.Errorf("status %q, view:\n%s", left, view)
	}
}

func TestStatusSaysHowOldItIs(t *testing.T) {
	stage := tuitest.NewStage(t, tuitest.NewSource(), func(e *screen.Env) screen.Screen { return tag.New(e, tuitest.Stale, "v1.0") }, 80, 19)
	left, right := stage.Screen.(screen.Statuser).Status()
	if !strings.Contains(left, "not current: https://notary.example.org: no answer within 10 s") || !strings.Contains(right, "read 26 h ago") {
		t.Errorf("status %q, %q", left, right)
	}
	stage = open(t, conflicting(), "v1")
	if left, right = stage.Screen.(screen.Statuser).Status(); left != "● docker pull accepts it" || ansi.Strip(right) != "read 8 s ago, r refresh" {
		t.Errorf("status %q, %q", left, right)
	}
}

func TestLeavingStopsTheWork(t *testing.T) {
	stage := open(t, conflicting(), "v1")
	stage.Env.DialectOf = dialect.Only(answering{stage.Env.DialectOf(""), "too late"})
	s := tag.New(stage.Env, gun, "v1")
	s.SetSize(80, 19)
	look := s.Init()
	s.Close()
	s.Update(look())
	if view := ansi.Strip(s.View()); !strings.Contains(view, "Looking up the tag..") {
		t.Errorf("the answer came although the screen was left:\n%s", view)
	}
}

// Whatever a tag is called, nothing breaks out of its place.
func TestHostileTags(t *testing.T) {
	source := tuitest.NewSource()
	for _, v := range source.Views {
		if v.GUN != tuitest.Hostile {
			continue
		}
		for _, target := range v.Repository.Role(docker.Releases).Targets {
			stage := tuitest.NewStage(t, source, func(e *screen.Env) screen.Screen { return tag.New(e, tuitest.Hostile, target.Name) }, 100, 25)
			for _, size := range tuitest.Sizes() {
				stage.Resize(size.Body())
				for range 3 {
					stage.View()
					stage.Do(keymap.NextPane, keymap.PageDown)
				}
				left, right := stage.Screen.(screen.Statuser).Status()
				tuitest.CheckView(t, stage.Screen.Title()+left+right, 2000, 1)
			}
		}
	}
}

// worded is a dialect with words of its own.
type worded struct{ dialect.Dialect }

func (worded) Words() dialect.Words { return ledger.Dialect{}.Words() }

// A target is called what the dialect calls it, and is no image.
func TestATargetInTheWordsOfTheDialect(t *testing.T) {
	r := conflicting()
	env := tuitest.NewEnv(t, &tuitest.Source{Views: []admin.Look{tuitest.ViewOf(r, health.OK, model.RoleTargets, "")}})
	env.DialectOf = dialect.Only(worded{docker.Dialect{}})
	stage := tuitest.StageIn(t, env, func(e *screen.Env) screen.Screen { return tag.New(e, r.GUN, "v1") }, 120, 40)
	view := ansi.Strip(stage.View())
	for _, want := range []string{"Line  ", "Read  ", "not read"} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
	for _, wrong := range []string{"tag", "Tag", "PULL", "pull", "manifest", "Registry", "REGISTRY"} {
		if strings.Contains(view, wrong) {
			t.Errorf("%q is there:\n%s", wrong, view)
		}
	}
	for _, action := range stage.Screen.Actions() {
		if action.ID == keymap.TagRegistry {
			t.Error("it offers to ask a registry")
		}
	}
	for _, item := range stage.Screen.(screen.Copier).CopyItems() {
		if strings.Contains(item.Label, "image") || strings.Contains(item.Label, "tag") {
			t.Errorf("it offers to copy the %s", item.Label)
		}
	}
}
