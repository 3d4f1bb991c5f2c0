package tuf_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// config is that of a client that knows nothing.
func config() dialect.Config {
	return dialect.Config{GUN: "tuf.example.org/repo", At: tuftest.At, FirstUse: model.AnchorFirstUse}
}

// look reads a repository as a client that begins with cfg.
func look(r *tuftest.Repository, cfg dialect.Config) *model.Repository {
	return r.Drive(tuf.Dialect{}.Load(cfg)).Repository()
}

// open reads a repository as a new client.
func open(r *tuftest.Repository) *model.Repository { return look(r, config()) }

// sound fails where a repository has a problem of at least a warning.
func sound(t *testing.T, r *model.Repository) {
	t.Helper()
	for _, p := range r.AllProblems() {
		if p.Severity > model.Notice {
			t.Errorf("%s of %s: %s", p.Code, p.Role, p.Text)
		}
	}
	for i := range r.Roles {
		if role := &r.Roles[i]; !role.Usable() {
			t.Errorf("%s is %s", role.Name, role.Condition())
		}
	}
}

// found returns the problem with a code, and fails where there is none.
func found(t *testing.T, r *model.Repository, role model.RoleName, code model.ProblemCode, words string) model.Problem {
	t.Helper()
	problems := r.AllProblems()
	for _, p := range problems {
		if p.Role == role && p.Code == code && strings.Contains(p.Text, words) {
			return p
		}
	}
	t.Errorf("%s has no %s with %q, but:\n%s", role, code, words, list(problems))
	return model.Problem{}
}

func list(problems []model.Problem) string {
	var out strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&out, "  %s %s %s: %s\n", p.Severity, p.Role, p.Code, p.Text)
	}
	return out.String()
}

func TestSound(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	r.Delegate("targets", "alice", tuftest.By(tuftest.Ed25519()), tuftest.Object{"paths": []string{"alice/*"}})
	r.AddTarget("alice", "alice/app", "content")
	r.Publish("targets", "alice")
	got := open(r)
	sound(t, got)
	names := []model.RoleName{}
	for i := range got.Roles {
		names = append(names, got.Roles[i].Name)
	}
	if want := []model.RoleName{"root", "targets", "alice", "snapshot", "timestamp"}; !slices.Equal(names, want) {
		t.Errorf("the roles are %q", names)
	}
	if got.Anchor.Kind != model.AnchorFirstUse || !slices.Equal(got.Anchor.Walked, []int64{1}) {
		t.Errorf("the anchor is %+v", got.Anchor)
	}
	alice := got.Role("alice")
	if len(alice.Parents) != 1 || alice.Parents[0].From != "targets" || alice.Valid != 1 || alice.Version != 1 || len(alice.Targets) != 1 {
		t.Errorf("alice is %+v", alice)
	}
}

// Every kind of key signs every role.
func TestAlgorithms(t *testing.T) {
	t.Parallel()
	for name, make := range tuftest.Algorithms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tuftest.New()
			for _, role := range []model.RoleName{"timestamp", "snapshot", "targets", "root"} {
				r.SetRole(role, tuftest.By(make()))
			}
			r.Delegate("targets", "alice", tuftest.By(make()), tuftest.Object{"paths": []string{"alice/*"}})
			r.Publish("root", "targets", "alice")
			got := open(r)
			for i := range got.Roles {
				if role := &got.Roles[i]; role.State != model.RoleVerified {
					t.Errorf("%s is %s:\n%s", role.Name, role.State, list(role.Problems))
				}
			}
			if len(got.Anchor.Walked) != 2 {
				t.Errorf("walked %d", got.Anchor.Walked)
			}
			// One changed byte of the payload, and nothing stands.
			r.Edit("timestamp", "2026", "2027")
			if role := open(r).Role("timestamp"); role.State != model.RoleBroken || role.Valid != 0 {
				t.Errorf("an altered timestamp is %s with %d signatures", role.State, role.Valid)
			}
		})
	}
}

// A key that cannot be verified with never spoils the others.
func TestUndecodableKeys(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	good, other := tuftest.P256(), tuftest.Keyless()
	r.SetRole("targets", tuftest.Quorum{Threshold: 1, Keys: []*tuftest.Key{other, good}})
	r.Publish("root", "targets")
	got := open(r)
	role := got.Role("targets")
	if role.State != model.RoleVerified || role.Valid != 1 {
		t.Errorf("targets is %s with %d signatures", role.State, role.Valid)
	}
	if s := role.Signatures[0]; s.State != model.SignatureBadKey {
		t.Errorf("the signature is %s", s.State)
	}
	found(t, got, "targets", model.ProblemKey, `keys of type "sigstore-oidc" are not supported`)
}
