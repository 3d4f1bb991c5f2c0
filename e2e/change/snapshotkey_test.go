package change

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/change"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// second is another administrator, who has all keys of the first but the snapshot's.
func (l *lived) second() *administrator {
	l.t.Helper()
	folder := l.t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "private"), 0o700); err != nil {
		l.t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(l.folder, "trust", "private", "*.key"))
	if err != nil {
		l.t.Fatal(err)
	}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err == nil && !bytes.Contains(raw, []byte("role: snapshot")) {
			err = os.WriteFile(filepath.Join(folder, "private", filepath.Base(path)), raw, 0o600)
		}
		if err != nil {
			l.t.Fatal(err)
		}
	}
	return at(l.t, l.server, folder)
}

// keys counts the keys of an administrator.
func (a *administrator) keys() int {
	a.t.Helper()
	keys, err := a.service.Stores[0].Keys(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	return len(keys)
}

// versions are those of every file that is published.
func (l *lived) versions() (out []plan.BaseFile) {
	l.t.Helper()
	for _, role := range l.service.Open(l.t.Context(), l.gun).Repository.Roles {
		out = append(out, plan.BaseFile{Role: role.Name, Version: role.Version})
	}
	return out
}

// A rotation that cannot be published, because another administrator has the snapshot
// key, is known to wait for it, or is found out before any key is made. Asking the server
// changes nothing there, with a snapshot of its own neither.
func TestSnapshotKeyOfAnother(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			rotate := model.RotateKey{Role: model.RoleTargets, Keys: one(model.KeyNew)}
			try := func(a *administrator, gun model.GUN) (*plan.Plan, error) {
				p, err := a.service.Prepare(t.Context(), []change.Request{{GUN: gun, Changes: []model.Change{rotate}}})
				if err != nil {
					t.Fatal(err)
				}
				_, err = a.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: a.secrets})
				return p, err
			}

			l := live(t, server, "docker.io/acme/notarys")
			other := l.second()
			before := other.keys()
			p, err := try(other, l.gun)
			if v := p.Verdict(); err == nil || v.State != plan.Waiting || !strings.Contains(v.Text, "snapshot needs 1 signature more, by key ") {
				t.Errorf("notary's repository: %+v, %v", v, err)
			}
			if n := other.keys(); n != before {
				t.Errorf("there are %d keys, and were %d", n, before)
			}

			// Of one that trustdeck has made, nothing tells beforehand.
			l = &lived{administrator: l.administrator, server: server, gun: "docker.io/acme/ours", folder: l.folder}
			l.do(l.gun, model.InitRepository{Root: one(model.KeyNew), Targets: one(model.KeyNew), Snapshot: one(model.KeyNew)})
			other, versions := l.second(), l.versions()
			before = other.keys()
			p, err = try(other, l.gun)
			if p.Verdict().State != plan.Ready || !errors.Is(err, port.ErrNoSnapshotKey) || model.KindOf(err) != model.FaultUsage {
				t.Errorf("trustdeck's repository: %+v, %v", p.Verdict(), err)
			}
			if n := other.keys(); n != before || len(other.secrets.asked) > 0 || len(other.journal.entries) > 0 {
				t.Errorf("there are %d keys, and were %d; asked for %v; %d entries", n, before, other.secrets.asked, len(other.journal.entries))
			}
			targets := l.role(model.RoleTargets).Raw
			if signs, known, err := l.service.Publisher.SignsSnapshot(t.Context(), l.gun, targets); signs || !known || err != nil {
				t.Errorf("asked: %v, %v, %v", signs, known, err)
			}
			if now := l.versions(); !slices.Equal(now, versions) {
				t.Errorf("asking has changed %v to %v", versions, now)
			}
			other.do(l.gun, model.RotateKey{Role: model.RoleSnapshot, Keys: one(model.KeyServer)})
			versions, targets = l.versions(), l.role(model.RoleTargets).Raw
			if signs, known, err := l.service.Publisher.SignsSnapshot(t.Context(), l.gun, targets); !signs || !known || err != nil {
				t.Errorf("asked where the server signs: %v, %v, %v", signs, known, err)
			}
			if now := l.versions(); !slices.Equal(now, versions) {
				t.Errorf("asking has changed %v to %v", versions, now)
			}
			other.do(l.gun, rotate)
		})
	}
}

// Who loses a race against another administrator plans again, and uses the key that was
// made for the plan that went stale.
func TestLoserOfARaceMakesOneKey(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			l := live(t, start(t), "docker.io/acme/race")
			l.do(l.gun, model.RotateKey{Role: model.RoleSnapshot, Keys: one(model.KeyServer)})
			other := l.second()
			before := other.keys()
			p, err := other.service.Prepare(t.Context(), []change.Request{{GUN: l.gun, Changes: []model.Change{model.RotateKey{Role: model.RoleTargets, Keys: one(model.KeyNew)}}}})
			if err != nil {
				t.Fatal(err)
			}
			raced := false
			watch := func(steps []admin.Step) {
				for _, s := range steps {
					if !raced && s.State == admin.StepDone && strings.HasPrefix(s.Text, "make new targets key") {
						raced = true
						l.notary.Run(t, "addhash", "-p", string(l.gun), "2.0", "10", "--sha256", digest)
					}
				}
			}
			_, err = other.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: other.secrets, Watch: watch})
			var stale *change.StalePlan
			if !errors.As(err, &stale) || stale.Now == nil || !raced {
				t.Fatalf("%v, raced %v", err, raced)
			}
			out, err := other.service.Execute(t.Context(), change.Execution{Plan: stale.Now, Secrets: other.secrets})
			if err != nil || !out.Parts[0].Proof.Holds() {
				t.Fatalf("%v, %+v", err, out)
			}
			if n := other.keys(); n != before+1 || len(other.journal.entries) > 0 {
				t.Errorf("%d keys were made, %d entries are open", n-before, len(other.journal.entries))
			}
			if list := peer.Notary(t, l.server, t.TempDir()).Run(t, "list", string(l.gun)); !strings.Contains(list, "2.0") {
				t.Errorf("what the other has published is gone:\n%s", list)
			}
		})
	}
}
