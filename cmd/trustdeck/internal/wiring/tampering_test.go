package wiring

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/tuf/tuftest"
)

// A tampering is what somebody does to the files of a repository of TUF 1.0.
type tampering struct {
	do func(r *tuftest.Repository)
	// fresh, seen and pinned are the problem that a client must name that knows nothing,
	// that has looked before, and that has pinned the root keys; an empty one cannot tell.
	fresh, seen, pinned model.ProblemCode
}

// all is the same problem for every client.
func all(do func(r *tuftest.Repository), code model.ProblemCode) tampering {
	return tampering{do, code, code, code}
}

// published is a repository with two delegations and a second root.
func published() *tuftest.Repository {
	r := tuftest.New()
	r.Delegate(model.RoleTargets, "alice", tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []string{"a/*"}})
	r.Delegate(model.RoleTargets, "bob", tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []string{"b/*"}})
	r.AddTarget("alice", "a/1", "one")
	r.Publish(model.RoleRoot, "alice", "bob", model.RoleTargets)
	return r
}

// edited edits a file under all its names.
func edited(role string, how func([]byte) []byte) func(*tuftest.Repository) {
	return func(r *tuftest.Repository) {
		for name, raw := range r.Wire {
			if name == role+".json" || strings.HasSuffix(name, "."+role+".json") {
				r.Wire[name] = how(bytes.Clone(raw))
			}
		}
	}
}

// altered flips a digit of the last signature.
func altered(raw []byte) []byte {
	i := bytes.LastIndex(raw, []byte(`"sig"`)) + 20
	raw[i] = map[bool]byte{true: '1', false: '0'}[raw[i] == '0']
	return raw
}

// current is the version that a role has.
func current(r *tuftest.Repository, role model.RoleName) string {
	return fmt.Sprintf("%d.%s.json", tuftest.Version(r.Signed[role]), role)
}

func tamperings() map[string]tampering {
	half := func(raw []byte) []byte { return raw[:len(raw)/2] }
	return map[string]tampering{
		"altered timestamp":  all(edited("timestamp", altered), model.ProblemThreshold),
		"altered snapshot":   all(edited("snapshot", altered), model.ProblemHash),
		"altered targets":    all(edited("targets", altered), model.ProblemHash),
		"altered delegation": all(edited("alice", altered), model.ProblemHash),
		// A client that has the root asks only for the next ones.
		"altered root":    {edited("root", altered), model.ProblemThreshold, "", model.ProblemThreshold},
		"half of targets": all(edited("targets", half), model.ProblemUnavailable),
		"empty snapshot":  all(edited("snapshot", func([]byte) []byte { return nil }), model.ProblemUnavailable),
		"no timestamp":    all(func(r *tuftest.Repository) { delete(r.Wire, "timestamp.json") }, model.ProblemMissing),
		"swapped delegations": all(func(r *tuftest.Repository) {
			a, b := current(r, "alice"), current(r, "bob")
			r.Wire[a], r.Wire[b] = r.Wire[b], r.Wire[a]
		}, model.ProblemUnavailable),
		"longer delegation": all(edited("bob", func(raw []byte) []byte { return append(raw, '\n') }), model.ProblemUnavailable),
		"targets under another key": all(func(r *tuftest.Repository) {
			r.Signers[model.RoleTargets] = []*tuftest.Key{tuftest.Ed25519()}
			r.Publish(model.RoleTargets)
		}, model.ProblemThreshold),
		"a role that expired": all(func(r *tuftest.Repository) {
			r.Signed[model.RoleTargets]["expires"] = "2026-11-01T00:00:00Z"
			r.Publish(model.RoleTargets)
		}, model.ProblemExpired),
		"an older timestamp and snapshot": {func(r *tuftest.Repository) {
			older := r.Clone()
			older.Signed[model.RoleTimestamp]["version"], older.Signed[model.RoleSnapshot]["version"] = 0, 0
			older.Publish()
			maps.Copy(r.Wire, older.Wire)
		}, "", model.ProblemRollback, ""},
		"another repository": {func(r *tuftest.Repository) { r.Wire = published().Wire }, "", model.ProblemThreshold, model.ProblemPin},
	}
}

// Whoever tampers with a repository of TUF 1.0 is noticed, by each client that can.
func TestTampering(t *testing.T) {
	t.Parallel()
	for name, row := range tamperings() {
		for client, want := range map[string]model.ProblemCode{"fresh": row.fresh, "seen": row.seen, "pinned": row.pinned} {
			t.Run(name+"/"+client, func(t *testing.T) {
				t.Parallel()
				r, folder, home := published(), t.TempDir(), t.TempDir()
				publish(t, r, folder)
				s := settings.Settings{
					Server: "https://127.0.0.1:9", TrustDir: filepath.Join(home, "trust"), MemoryDir: filepath.Join(home, "memory"),
					JournalDir: filepath.Join(home, "journal"), Repositories: map[string]string{"app": folder},
				}
				if client == "pinned" {
					s.Pins = dialect.Pins{Certs: map[string][]model.KeyID{"app": {r.Signers[model.RoleRoot][0].ID, r.Signers[model.RoleRoot][1].ID}}}
				}
				session, err := Open(s, &admin.Log{}, "test")
				if err != nil {
					t.Fatal(err)
				}
				service := session.Service.(*admin.Service)
				service.Clock = func() time.Time { return tuftest.At }
				if client == "seen" {
					if v := service.Open(t.Context(), "app"); len(problems(v)) > 0 {
						t.Fatal(problems(v))
					}
				}
				row.do(r)
				replace(t, r, folder)
				v := service.Open(t.Context(), "app")
				if v.Repository == nil {
					t.Fatal(v.Fault)
				}
				if got := problems(v); want == "" && len(got) > 0 || want != "" && !slices.Contains(got, string(want)) {
					t.Errorf("it says %q, want %q", got, want)
				}
			})
		}
	}
}

// replace makes a folder hold the files of a repository, and no others.
func replace(t *testing.T, r *tuftest.Repository, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.Remove(filepath.Join(folder, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, r, folder)
}
