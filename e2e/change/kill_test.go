package change

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary"
	"trustdeck/model/plan"
	"trustdeck/remote/sandbox"
)

// killPoints is how often trustdeck is killed, each time a little later.
const killPoints = 30

// A trustdeck that is killed at any moment of a change leaves nothing published
// whose key is not on the disk, and the next start can explain it and finish it.
func TestKilledInAChange(t *testing.T) {
	server, _ := peer.Sandbox(t, sandbox.Config{})
	home := t.TempDir()
	trust := filepath.Join(home, "docker", "trust")
	program := peer.Trustdeck(t)
	run := func(gun model.GUN) *exec.Cmd {
		cmd := exec.Command(program.Program, "init", "--yes", "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", trust, "--gun", string(gun))
		cmd.Env = append(program.Env, "XDG_STATE_HOME="+home,
			"NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "NOTARY_TARGETS_PASSPHRASE="+peer.TargetsPassphrase, "NOTARY_SNAPSHOT_PASSPHRASE="+peer.SnapshotPassphrase)
		return cmd
	}
	start := time.Now()
	if out, err := run("docker.io/acme/first").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	took := time.Since(start)

	a := at(t, server, trust)
	a.desk.Journal = folder(filepath.Join(home, "trustdeck", "journal"))
	begun, unpublished := 0, 0
	for point := range killPoints {
		gun := model.GUN(fmt.Sprintf("docker.io/acme/killed-%d", point))
		cmd := run(gun)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(took * time.Duration(point) / killPoints) // the moment of the kill
		_ = cmd.Process.Kill()                                 // it may have ended already
		_ = cmd.Wait()                                         // it was killed

		cut, err := a.desk.Interrupted(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(cut) > 1 {
			t.Fatalf("%d runs were cut off", len(cut))
		}
		for _, c := range cut {
			begun++
			a.resume(c)
		}
		view := a.desk.Open(t.Context(), gun)
		if view.Repository == nil {
			unpublished++
			continue
		}
		a.holds(view.Repository)
	}
	t.Logf("%d kill points: %d with a change under way, %d before anything was published or resumed", killPoints, begun, unpublished)
	if begun < killPoints/6 {
		t.Errorf("only %d of %d kills met a change under way", begun, killPoints)
	}
}

// resume explains a run that was cut off, and finishes it.
func (a *administrator) resume(c admin.Interrupted) {
	a.t.Helper()
	if c.Fault != nil || len(c.Parts) != 1 || len(c.Parts[0].Explain()) == 0 {
		a.t.Fatalf("it cannot be explained: %+v", c)
	}
	if c.Remaining == nil {
		if err := a.desk.Dismiss(a.t.Context(), c.Entry); err != nil {
			a.t.Fatal(err)
		}
		return
	}
	if v := c.Remaining.Verdict(); v.State != plan.Ready {
		a.t.Fatalf("what is left is %s: %s", v.State, v.Text)
	}
	before := c.Parts[0].Made
	out, err := a.desk.Execute(a.t.Context(), admin.Execution{Plan: c.Remaining, Secrets: a.secrets, Resume: &c.Entry})
	if err != nil {
		a.t.Fatalf("finishing it: %v", err)
	}
	if made := len(out.Parts[0].Made) + len(before); made != 1 {
		a.t.Errorf("%d keys were made, and %d before: want 1 together, the root key being there already", len(out.Parts[0].Made), len(before))
	}
}

// holds checks that every key of root and targets is in the trust folder.
func (a *administrator) holds(r *model.Repository) {
	a.t.Helper()
	for _, p := range r.AllProblems() {
		a.t.Errorf("%s: %s", r.GUN, p.Text)
	}
	for _, role := range []model.RoleName{model.RoleRoot, model.RoleTargets} {
		f, err := notary.Parse(role, r.Role(role).Raw)
		if err != nil || f == nil {
			a.t.Fatal(err)
		}
		for _, id := range r.Role(role).Keys {
			passphrase := map[model.RoleName]string{model.RoleRoot: peer.RootPassphrase, model.RoleTargets: peer.TargetsPassphrase}[role]
			key, err := a.desk.Store.Unlock(a.t.Context(), id, []byte(passphrase))
			if err != nil {
				a.t.Errorf("%s: the %s key is published and not here: %v", r.GUN, role, err)
				continue
			}
			key.Wipe()
		}
	}
}

// A folder is the journal of the program, as another program would read it: one
// file for each entry, one line for each note.
type folder string

func (f folder) Begin(context.Context, time.Time, []byte) (string, error) {
	return "", errors.New("what is resumed has begun already")
}

func (f folder) Note(context.Context, string, admin.Note) error { return nil }

func (f folder) Close(_ context.Context, id string) error { return os.Remove(id) }

func (f folder) Open(context.Context) ([]admin.Entry, error) {
	files, err := filepath.Glob(filepath.Join(string(f), "*.journal"))
	if err != nil {
		return nil, err
	}
	var out []admin.Entry
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		first, rest, _ := bytes.Cut(text, []byte("\n"))
		var head struct {
			Begun time.Time
			Plan  json.RawMessage
		}
		if json.Unmarshal(first, &head) != nil {
			if err := os.Remove(path); err != nil { // it was cut off before it said anything
				return nil, err
			}
			continue
		}
		e := admin.Entry{ID: path, Begun: head.Begun, Plan: head.Plan}
		for line := range bytes.SplitSeq(rest, []byte("\n")) {
			var n admin.Note
			if json.Unmarshal(line, &n) == nil {
				e.Notes = append(e.Notes, n)
			}
		}
		out = append(out, e)
	}
	return out, nil
}
