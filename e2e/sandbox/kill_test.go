package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary"
)

const (
	// killPoints is how often the server is killed, each time a little later.
	killPoints = 24
	// killRepositories is how many are uploaded to at once.
	killRepositories = 3
)

// served is what "trustdeck sandbox -o json" says.
type served struct {
	Server, DockerConfig string
	process              *exec.Cmd
}

// serve starts the practice server of a folder as a process of its own.
func serve(t *testing.T, trustdeck *peer.Client, dir string) (*served, *peer.Server) {
	t.Helper()
	cmd := exec.Command(trustdeck.Program, "sandbox", "--dir", dir, "-o", "json")
	cmd.Env, cmd.Stderr = trustdeck.Env, os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &served{process: cmd}
	t.Cleanup(s.kill)
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(s); err != nil {
		t.Fatalf("trustdeck sandbox: %v", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // until it is killed
	ca, err := os.ReadFile(filepath.Join(s.DockerConfig, "tls", s.Server[len("https://"):], "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	return s, peer.SandboxAt(t, s.Server, ca)
}

// kill ends the server as a power cut would; a second time does nothing.
func (s *served) kill() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}

// A victim is a repository that is being uploaded to when the server is killed.
type victim struct {
	writer
	// before is its version of targets; accepted says that the server has taken
	// the next one.
	before   int64
	accepted bool
}

// change authors an upload that is large enough to be cut off anywhere.
func (v *victim) change() files {
	return files{model.RoleTargets: v.next(model.RoleTargets, func(f *notary.File) {
		f.Targets = nil
		for i := range 2_000 {
			f.Targets = append(f.Targets, model.Target{Name: fmt.Sprintf("%d-%05d", f.Version, i), Length: 1, Hashes: model.Hashes{SHA256: make([]byte, 32)}})
		}
	})}
}

// A server that is killed at any moment of an upload has, when it comes back, what
// was there before or what was uploaded, of every repository, and never a part of
// it; and what it had accepted it has.
func TestKilledInAnUpload(t *testing.T) {
	dir, trustdeck := t.TempDir(), peer.Trustdeck(t)
	var victims []*victim
	s, server := serve(t, trustdeck, dir)
	for i := range killRepositories {
		v := &victim{writer: writer{server: server, http: server.Client(), gun: model.GUN(fmt.Sprintf("docker.io/acme/killed-%d", i))}}
		victims = append(victims, v)
		if err := v.prepare(model.RoleSnapshot, model.RoleTimestamp); err != nil {
			t.Fatal(err)
		}
		set := files{model.RoleRoot: v.next(model.RoleRoot, nil), model.RoleTargets: v.next(model.RoleTargets, nil)}
		if err := connect(t, server).Publish(t.Context(), v.gun, set); err != nil {
			t.Fatal(err)
		}
		v.before = 1
	}
	// One round is not disturbed: it tells how long the uploads take.
	took := uploadAll(t, server, victims, 0, func() {})
	s.kill()
	before, after := 0, 0
	for point := range killPoints {
		s, server = serve(t, trustdeck, dir)
		readAll(t, server, victims)
		uploadAll(t, server, victims, took*time.Duration(point)/(killPoints-4), s.kill)
		for _, v := range victims {
			if v.accepted {
				after++
			} else {
				before++
			}
		}
	}
	_, server = serve(t, trustdeck, dir)
	readAll(t, server, victims)
	t.Logf("%d kill points: %d uploads had no answer yet, %d had", killPoints, before, after)
	if all := killPoints * killRepositories; before < all/4 || after == 0 {
		t.Errorf("of %d uploads %d had no answer yet and %d had: the points do not lie within them", all, before, after)
	}
}

// uploadAll uploads to all repositories at once, kills the server after a time,
// and returns how long the uploads took. A time of 0 is that of the last answer.
func uploadAll(t *testing.T, server *peer.Server, victims []*victim, after time.Duration, kill func()) time.Duration {
	t.Helper()
	sets := make([]files, len(victims))
	for i, v := range victims {
		sets[i] = v.change()
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	client := connect(t, server)
	start := time.Now()
	var group sync.WaitGroup
	for i, v := range victims {
		group.Go(func() { v.accepted = client.Publish(ctx, v.gun, sets[i]) == nil })
	}
	if after > 0 {
		<-time.After(after)
		kill()
	}
	group.Wait()
	kill()
	return time.Since(start)
}

// readAll reads the repositories after a restart. Each verifies, and is at the
// version before the upload or at the one of it.
func readAll(t *testing.T, server *peer.Server, victims []*victim) {
	t.Helper()
	client := connect(t, server)
	for _, v := range victims {
		view := open(t, client, v.gun)
		if wrong := broken(view); len(wrong) > 0 {
			t.Fatalf("%s after version %d: %v", v.gun, v.before, wrong)
		}
		got := view.Repository.Role(model.RoleTargets).Version
		if got != v.before+1 && (v.accepted || got != v.before) {
			t.Errorf("%s: version %d is there, it was %d, and accepted is %v", v.gun, got, v.before, v.accepted)
		}
		v.before, v.repo.Files[model.RoleTargets].Version = got, got
	}
}
