package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
	"trustdeck/remote/sandbox/practice"
	"trustdeck/tui/nav"
)

// ownTemp makes temporary folders appear in a folder of the test.
func ownTemp(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, dir)
	}
	return dir
}

// files lists what is below a folder.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDemo(t *testing.T) {
	temp := ownTemp(t)
	r := newRig(t)
	if o := r.run("demo"); o.code != 2 || len(r.started) != 0 {
		t.Errorf("without a terminal: %+v", o)
	}
	r.interactive = true
	if o := r.run("demo", "nowhere"); o.code != 2 || len(r.started) != 0 {
		t.Errorf("at no place: %+v", o)
	}
	if o := r.run("demo"); o.code != 0 || len(r.started) != 1 || r.started[0] != (nav.Route{}) {
		t.Errorf("on a terminal: %+v, at %v", o, r.started)
	}
	if o := r.run("demo", "lessons"); o.code != 0 || len(r.started) != 2 || r.started[1] != nav.Place(nav.KindLessons) {
		t.Errorf("at the lessons: %+v, at %v", o, r.started)
	}
	r.uiErr = errors.New("the screen broke")
	if o := r.run("demo"); o.code != 1 {
		t.Errorf("with a broken screen: %+v", o)
	}
	if left := files(t, temp); len(left) > 0 {
		t.Errorf("the demo leaves %q", left)
	}
}

// The demo has everything that the lessons speak of, and nothing of the user's.
func TestDemoSession(t *testing.T) {
	temp := ownTemp(t)
	home := t.TempDir()
	r := newRig(t)
	r.env = map[string]string{
		"DOCKER_CONFIG": home, "DOCKER_CONTENT_TRUST_SERVER": "https://n.example.org", "NOTARY_AUTH": "c2VjcmV0OnNlY3JldA==",
	}
	a := r.app()
	a.world.Home = home
	s, err := a.demo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(); err != nil {
		t.Fatal(err)
	}
	listed, err := s.Service.List(t.Context())
	if err != nil || len(listed) != len(s.Lessons()) {
		t.Errorf("%d repositories, %v", len(listed), err)
	}
	for _, l := range s.Lessons() {
		if v := s.Service.Open(t.Context(), l.GUN); (v.Repository == nil) != (l.Slug == "not-initialised" || l.Slug == "never-published") {
			t.Errorf("%s: %v", l.GUN, v.Fault)
		}
	}
	for image, want := range map[string]model.ServedState{
		"base/alpine:latest": model.ServedSame, "tools/lint:2.0": model.ServedDiffers, "base/everything:build-00001": model.ServedAbsent,
	} {
		path, tag, _ := strings.Cut(image, ":")
		gun := model.GUN(practice.Host + "/" + path)
		served := s.Service.Served(t.Context(), gun, docker.Resolve(s.Service.Open(t.Context(), gun).Repository, tag))
		if served.Fault != nil || served.State != want {
			t.Errorf("the registry serves %s: %v, %v; want %v", image, served.State, served.Fault, want)
		}
	}
	keys, err := s.Service.Keys(t.Context(), nil)
	if err != nil || len(keys) < len(s.Lessons()) {
		t.Errorf("%d private keys, %v", len(keys), err)
	}
	for _, k := range keys {
		if k.Fault != nil || !k.Encrypted || !strings.HasPrefix(k.Path, temp) && k.Place != model.PlaceToken {
			t.Errorf("%+v", k)
		}
	}
	for _, k := range keys { // real tokens, which the program may know, are none of the demo's
		if own, ok := s.Service.(*admin.Service); !ok || k.Place == model.PlaceToken && own.Stores.Of(k.PrivateKey) != port.KeyStore(s.Demo.Token) {
			t.Errorf("%+v signs elsewhere", k)
		}
	}
	tokens, fault := s.Service.Tokens(t.Context(), []admin.Look{s.Service.Open(t.Context(), "catalog")})
	if fault != nil || len(tokens) != 1 || len(tokens[0].Slots) != 2 || len(tokens[0].Slots[0].Uses) != 1 {
		t.Errorf("the practice token: %+v, %v", tokens, fault)
	}
	if text := strings.Join(s.Introduction(), "\n"); !strings.Contains(text, ". "+s.Demo.Environment()) {
		t.Errorf("the way for other clients: %s", text)
	}
	if got := practised(t, a, s); got != practice.Passphrase {
		t.Errorf("flows of the demo tell the passphrase %q", got)
	}
	if err := a.close(); err != nil {
		t.Error(err)
	}
	if left := files(t, temp); len(left) > 0 {
		t.Errorf("the demo leaves %q", left)
	}
	if touched := files(t, home); len(touched) > 0 {
		t.Errorf("the demo has written %q", touched)
	}
}

// practised is the passphrase that flows on a session may tell.
func practised(t *testing.T, a *app, s *session) string {
	t.Helper()
	service, err := a.flows(s)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := service.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	backups, err := a.backupFlows(s)
	if err != nil {
		t.Fatal(err)
	}
	other, err := backups.Facts(t.Context())
	if err != nil || other.Practice != facts.Practice {
		t.Errorf("a backup tells %+v, a change %+v, %v", other.Practice, facts.Practice, err)
	}
	return facts.Practice.Passphrase
}

// Outside the demo no passphrase is known, and none is told: not even where the practice
// world is the server.
func TestNoPassphraseIsTold(t *testing.T) {
	p := practiceFolder(t)
	a := newRig(t).app()
	s, err := openSession(p.Settings(settings.Settings{}), &admin.Log{})
	if err != nil {
		t.Fatal(err)
	}
	a.opened = s
	if got := practised(t, a, s); got != "" {
		t.Errorf("the passphrase %q is told", got)
	}
}

// A demo that is interrupted while it starts leaves nothing.
func TestDemoInterruptedAtStart(t *testing.T) {
	temp := ownTemp(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newRig(t).app().demo(ctx); err == nil {
		t.Error("it starts")
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v, %v", left, err)
	}
}

// filledPractice is a practice world with all of its repositories, until the test ends.
func filledPractice(t *testing.T, options wiring.PracticeOptions) *wiring.PracticeWorld {
	t.Helper()
	p, err := wiring.StartPractice(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := p.Filled(); err != nil {
		t.Fatal(err)
	}
	return p
}

// The key files of the practice world open with its passphrase, and the others
// see what the lessons say: nothing in the folder is for anybody else's eyes.
func TestPracticeFolderIsPrivate(t *testing.T) {
	ownTemp(t)
	p := filledPractice(t, wiring.PracticeOptions{Lessons: true, Auth: true})
	for _, path := range files(t, p.Dir) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
			t.Errorf("%s has mode %v", path, mode)
		}
	}
	var fault *model.Fault
	if _, err := wiring.StartPractice(t.Context(), wiring.PracticeOptions{Addr: "0.0.0.0:0"}); !errors.As(err, &fault) || fault.Kind != model.FaultUsage {
		t.Errorf("an address that others reach: %v", err)
	}
}

// A repository of the practice world is named once, however many places know it.
func TestNamesAreKnownOnce(t *testing.T) {
	ownTemp(t)
	a := newRig(t).app()
	s, err := a.demo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[model.GUN]bool{}
	for _, l := range s.Known(t.Context()) {
		if seen[l.GUN] {
			t.Errorf("%s is listed twice", l.GUN)
		}
		seen[l.GUN] = true
	}
	if err := a.close(); err != nil {
		t.Error(err)
	}
}
