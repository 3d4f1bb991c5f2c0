package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model"
	"trustdeck/model/report"
)

// serving is a sandbox command that runs.
type serving struct {
	t    *testing.T
	stop context.CancelFunc
	out  *os.File
	done chan error
}

// serve runs the command until stop.
func serve(t *testing.T, o wiring.PracticeOptions, form string) *serving {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	a := newRig(t).app()
	a.out, a.err, a.output = write, io.Discard, form
	s := &serving{t: t, stop: stop, out: read, done: make(chan error, 1)}
	go func() {
		err := a.serveSandbox(ctx, o)
		s.done <- errors.Join(err, write.Close())
	}()
	t.Cleanup(func() { s.end() })
	return s
}

// end interrupts the command as ctrl+c does.
func (s *serving) end() {
	s.t.Helper()
	s.stop()
	if s.done == nil {
		return
	}
	select {
	case err := <-s.done:
		if err != nil {
			s.t.Error(err)
		}
	case <-time.After(10 * time.Second):
		s.t.Error("the server does not end")
	}
	s.done = nil
	_ = s.out.Close()
}

// answer reads the one JSON object.
func (s *serving) answer() report.Sandbox {
	s.t.Helper()
	var out report.Sandbox
	if err := json.NewDecoder(s.out).Decode(&out); err != nil {
		s.t.Fatal(err)
	}
	return out
}

func TestSandboxTellsProgramsTheWay(t *testing.T) {
	temp := ownTemp(t)
	s := serve(t, wiring.PracticeOptions{Auth: true}, "json")
	got := s.answer()
	if got.Schema != report.Schema || got.Kind != "sandbox" || got.User != wiring.PracticeUser || got.Password == "" || got.Passphrase != "" {
		t.Errorf("%+v", got)
	}
	env := map[string]string{}
	for _, v := range got.Environment {
		env[v.Name] = v.Value
	}
	if env["DOCKER_CONTENT_TRUST_SERVER"] != got.Server || env["DOCKER_CONFIG"] != got.DockerConfig || env["NOTARY_AUTH"] == "" {
		t.Errorf("environment %v", env)
	}
	for _, path := range []string{got.Authority, got.NotaryConfig, got.EnvironmentFile, filepath.Join(got.DockerConfig, "config.json")} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	// trustdeck itself, told nothing but that environment, finds the server and
	// may ask it.
	if o := live(t, t.TempDir(), env, "repos"); o.code != 0 {
		t.Errorf("repos: %+v", o)
	}
	delete(env, "NOTARY_AUTH") // the same from docker's folder
	if o := live(t, t.TempDir(), env, "inspect", got.Registry+"/acme/app"); o.code != 1 || !strings.Contains(o.stderr, "does not have trust data") {
		t.Errorf("inspect: %+v", o)
	}
	s.end()
	if left := files(t, temp); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// What is printed for people is what a shell takes.
func TestSandboxSpeaksShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell")
	}
	ownTemp(t)
	dir := filepath.Join(t.TempDir(), "it's a folder")
	s := serve(t, wiring.PracticeOptions{Dir: dir}, "table")
	printed := make([]byte, 4<<10)
	n, err := s.out.Read(printed)
	for err == nil && !bytes.Contains(printed[:n], []byte("trustdeck inspect ")) {
		var more int
		more, err = s.out.Read(printed[n:])
		n += more
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, script := range map[string]string{"printed": string(printed[:n]), "file": ". " + quoteForShell(filepath.Join(dir, "environment"))} {
		out, err := exec.Command(sh, "-c", script+"\necho \"$DOCKER_CONFIG\"").CombinedOutput()
		if err != nil || string(out) != filepath.Join(dir, "docker")+"\n" {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}

func quoteForShell(path string) string { return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'" }

// With a folder the world is the same after a restart, lessons and all.
func TestSandboxLasts(t *testing.T) {
	long(t)
	ownTemp(t)
	dir := t.TempDir()
	var keys []byte
	for i := range 2 {
		s := serve(t, wiring.PracticeOptions{Dir: dir, Lessons: true}, "json")
		got := s.answer()
		if got.Passphrase == "" {
			t.Errorf("start %d: no passphrase", i+1)
		}
		env := map[string]string{"DOCKER_CONFIG": got.DockerConfig, "DOCKER_CONTENT_TRUST_SERVER": got.Server}
		o := live(t, t.TempDir(), env, "inspect", "registry.example.org/ops/vault", "-o", "json")
		var answer report.Inspect
		if err := json.Unmarshal([]byte(o.stdout), &answer); err != nil || len(answer.Repositories) != 1 {
			t.Fatalf("start %d: %+v", i+1, o)
		}
		inspected, err := json.Marshal(answer.Repositories[0].Keys)
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 && !bytes.Equal(inspected, keys) {
			t.Errorf("other keys after a restart:\n%s\nand before:\n%s", inspected, keys)
		}
		keys = inspected
		s.end()
	}
	err := newRig(t).app().serveSandbox(t.Context(), wiring.PracticeOptions{Dir: plainWorld(t), Lessons: true})
	if model.KindOf(err) != model.FaultUsage || !strings.Contains(err.Error(), "without lessons") {
		t.Errorf("lessons for a world that has none: %v", err)
	}
}

// Lessons that cannot be written are an error, and the server does not stay without them.
func TestSandboxWithoutRoom(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "docker", "trust"), 0o700); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(dir, "docker", "trust", "private")
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o := newRig(t).run("sandbox", "--dir", dir, "--lessons")
	if o.code != 1 || o.stdout != "" || !strings.Contains(o.stderr, taken) {
		t.Errorf("%+v", o)
	}
}

// plainWorld is a folder with a world without lessons.
func plainWorld(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := serve(t, wiring.PracticeOptions{Dir: dir}, "json")
	s.answer()
	s.end()
	return dir
}

func TestSandboxStaysOnThisMachine(t *testing.T) {
	temp := ownTemp(t)
	for addr, want := range map[string]int{"0.0.0.0:0": 2, "example.org:4443": 2, "4443": 2} {
		if o := newRig(t).run("sandbox", "--addr", addr); o.code != want || o.stdout != "" {
			t.Errorf("%s: %+v", addr, o)
		}
	}
	other, err := wiring.StartPractice(t.Context(), wiring.PracticeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	taken := strings.TrimPrefix(other.URL(), "https://")
	if o := newRig(t).run("sandbox", "--addr", taken); o.code != 1 || !strings.Contains(o.stderr, "in use") {
		t.Errorf("an address that is taken: %+v", o)
	}
	if answer, err := http.Get("http://" + taken + "/v2/"); err == nil {
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			t.Error("it answers without TLS")
		}
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	if left := files(t, temp); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}
