package sandbox

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/transport"
)

// killPoints is how often the server is killed, each time a little later.
const killPoints = 24

// served is what "trustdeck sandbox -o json" says.
type served struct {
	Server, DockerConfig string
	process              *exec.Cmd
}

func serve(t *testing.T, dir string) *served {
	t.Helper()
	client := peer.Trustdeck(t)
	cmd := exec.Command(client.Program, "sandbox", "--dir", dir, "-o", "json")
	cmd.Env, cmd.Stderr = client.Env, os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &served{process: cmd}
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(s); err != nil {
		t.Fatalf("trustdeck sandbox: %v", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return s
}

// kill ends the server as a power cut would.
func (s *served) kill(t *testing.T) {
	t.Helper()
	if err := s.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = s.process.Wait() // it was killed
}

func (s *served) connect(t *testing.T) *notaryserver.Client {
	t.Helper()
	client, err := notaryserver.New(notaryserver.Config{URL: s.Server, TLS: transport.TLSFiles{
		CA: filepath.Join(s.DockerConfig, "tls", s.Server[len("https://"):], "ca.crt"),
	}.For})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// A server that is killed at any moment of an upload has, when it comes back, what
// was there before or what was uploaded, and never a part of it; and what it had
// accepted it has.
func TestKilledInAnUpload(t *testing.T) {
	dir := t.TempDir()
	key := notarytest.NewKey()
	var gun model.GUN = "docker.io/acme/killed"
	version, killed := int64(0), 0
	var repo *notarytest.Repo
	var took time.Duration
	for point := range killPoints {
		s := serve(t, dir)
		client := s.connect(t)
		if repo == nil {
			repo = first(t, client, gun, key)
			version = 1
		}
		f := &notary.File{Role: model.RoleTargets, Version: version + 1, Expires: time.Now().Add(time.Hour), Roles: []notary.RoleSpec{}}
		for i := range 2_000 { // large enough to be cut off
			f.Targets = append(f.Targets, model.Target{Name: fmt.Sprintf("%05d", i), Length: 1, Hashes: model.Hashes{SHA256: make([]byte, 32)}})
		}
		notarytest.SignFile(f, key)
		done := make(chan error, 1)
		start := time.Now()
		go func() {
			done <- client.Publish(t.Context(), gun, map[model.RoleName][]byte{model.RoleTargets: f.Wire()})
		}()
		accepted := false
		if point == 0 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			took, accepted = time.Since(start), true
			s.kill(t)
		} else {
			select {
			case err := <-done:
				accepted = err == nil
			case <-time.After(took * time.Duration(point) / (killPoints - 4)):
			}
			s.kill(t)
			if !accepted {
				accepted = <-done == nil
			}
		}
		if !accepted {
			killed++
		}
		client.Close()
		version = after(t, dir, gun, version, accepted)
	}
	t.Logf("%d kill points, %d of them before the answer", killPoints, killed)
	if killed < killPoints/4 {
		t.Errorf("only %d of %d kills came before the answer", killed, killPoints)
	}
}

// first publishes version 1 with the keys that the server gives.
func first(t *testing.T, client *notaryserver.Client, gun model.GUN, key notarytest.Key) *notarytest.Repo {
	t.Helper()
	repo := notarytest.New(gun, time.Now())
	repo.Keys[model.RoleTargets] = []notarytest.Key{key}
	for _, role := range []model.RoleName{model.RoleSnapshot, model.RoleTimestamp} {
		public, err := client.ServerKey(t.Context(), gun, role)
		if err != nil {
			t.Fatal(err)
		}
		repo.Keys[role] = []notarytest.Key{{PublicKey: public}}
	}
	root := repo.Files[model.RoleRoot]
	root.Keys, root.Version = nil, 1
	repo.NameKeys()
	notarytest.SignFile(root, repo.Keys[model.RoleRoot]...)
	notarytest.SignFile(repo.Files[model.RoleTargets], key)
	files := map[model.RoleName][]byte{model.RoleRoot: root.Wire(), model.RoleTargets: repo.Files[model.RoleTargets].Wire()}
	if err := client.Publish(t.Context(), gun, files); err != nil {
		t.Fatal(err)
	}
	return repo
}

// after starts the server again and reads the repository: it verifies, and is at
// the version before the upload or the one after it.
func after(t *testing.T, dir string, gun model.GUN, before int64, accepted bool) int64 {
	t.Helper()
	s := serve(t, dir)
	defer s.kill(t)
	client := s.connect(t)
	defer client.Close()
	desk := &admin.Desk{Remote: client, Clock: time.Now, Health: health.DefaultOptions()}
	view := desk.Open(t.Context(), gun)
	if view.Fault != nil {
		t.Fatalf("after version %d: %v", before, view.Fault)
	}
	for _, p := range view.Repository.AllProblems() {
		if p.Severity == model.Failure {
			t.Errorf("after version %d: %s", before, p.Text)
		}
	}
	got := view.Repository.Role(model.RoleTargets).Version
	switch {
	case accepted && got != before+1:
		t.Errorf("version %d was accepted, and %d is there", before+1, got)
	case got != before && got != before+1:
		t.Errorf("version %d is there; it was %d", got, before)
	}
	return got
}
