package mischief

import (
	"crypto/sha256"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/report"
)

// A scene is a server that goes back on what it said, and somebody who looks again and
// again. Every look is a run of the program of its own.
type scene struct {
	*testing.T
	liar *liar
	repo *notarytest.Repo
	c    *peer.Client
	// trust is the trust folder, and file what the tag 1.0 stands for.
	trust, file string
	pins        []string
}

func newScene(t *testing.T) *scene {
	s := &scene{T: t, liar: newLiar(t), repo: newRepo(), c: peer.Trustdeck(t), trust: t.TempDir()}
	s.liar.hold(s.repo)
	s.file = filepath.Join(t.TempDir(), "one")
	if err := os.WriteFile(s.file, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *scene) args() []string {
	out := []string{"--server", s.liar.URL, "--tlscacert", peer.Authority(s.T).CAFile(), "--trust-dir", s.trust}
	for _, id := range s.pins {
		out = append(out, "--pin", string(gun)+"="+id)
	}
	return out
}

func (s *scene) run(args ...string) peer.Result { return s.c.Try(append(args, s.args()...)...) }

// look inspects and verifies, and wants these failures, as "root rollback"; none where
// all is well.
func (s *scene) look(when string, want ...string) {
	s.Helper()
	result := s.run("inspect", string(gun), "-o", "json")
	var answer report.Inspect
	if err := json.Unmarshal([]byte(result.Stdout), &answer); err != nil || len(answer.Repositories) != 1 {
		s.Fatalf("%s: exit %d, %v\n%s%s", when, result.Code, err, result.Stdout, result.Stderr)
	}
	repo := answer.Repositories[0]
	var got []string
	put := func(problems []report.Problem) {
		for _, p := range problems {
			if p.Severity == "failure" {
				got = append(got, strings.TrimSpace(p.Role+" "+p.Code))
			}
		}
	}
	put(repo.Problems)
	for _, role := range repo.Roles {
		put(role.Problems)
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			s.Errorf("%s: %q is not named in %q", when, w, got)
		}
	}
	code := 0
	if len(want) > 0 {
		code = 4
	}
	if result.Code != code || repo.Verified != (code == 0) || len(want) == 0 && len(got) > 0 {
		s.Errorf("%s: exit %d, verified %t, %q", when, result.Code, repo.Verified, got)
	}
	if r := s.run("verify", string(gun), "1.0", s.file); r.Code != code {
		s.Errorf("%s: verify exits %d, want %d: %s%s", when, r.Code, code, r.Stdout, r.Stderr)
	}
}

// docker puts a root into the trust folder, as docker leaves it there.
func (s *scene) docker(root []byte) {
	s.Helper()
	path := s.dockerRoot()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(path, root, 0o600); err != nil {
		s.Fatal(err)
	}
}

func (s *scene) dockerRoot() string {
	return filepath.Join(s.trust, "tuf", filepath.FromSlash(string(gun)), "metadata", "root.json")
}

func (s *scene) pin(r *notarytest.Repo) {
	s.pins = append(s.pins, string(r.Keys[model.RoleRoot][0].ID))
}

// fork is a repository that goes its own way from here on, with the same keys.
func fork(t *testing.T, r *notarytest.Repo) *notarytest.Repo {
	t.Helper()
	out := &notarytest.Repo{GUN: r.GUN, Now: r.Now, Files: map[model.RoleName]*notary.File{}, Keys: maps.Clone(r.Keys), Past: maps.Clone(r.Past)}
	for role, raw := range r.Wire() {
		f, err := notary.Parse(role, raw)
		if err != nil {
			t.Fatal(err)
		}
		out.Files[role] = f
	}
	return out
}

// rotate publishes root 2: other keys for all that it names, and, where root is set,
// another root key, which the old one has signed as well.
func (s *scene) rotate(root bool) {
	r := s.repo
	old := r.Keys[model.RoleRoot][0]
	next := old
	if root {
		next = notarytest.Certified(notarytest.NewKey(), string(gun), r.Now.Add(-time.Hour), r.Now.Add(notary.Lifetime(model.RoleRoot)))
	}
	for _, role := range []model.RoleName{model.RoleTargets, model.RoleSnapshot, model.RoleTimestamp} {
		r.Keys[role] = []notarytest.Key{notarytest.NewKey()}
	}
	r.Keys[model.RoleRoot] = []notarytest.Key{next}
	r.Files[model.RoleRoot].Keys = nil
	r.NameKeys()
	if root {
		r.Keys[model.RoleRoot] = []notarytest.Key{next, old}
	}
	r.Seal(model.RoleRoot, model.RoleTargets)
	r.Keys[model.RoleRoot] = []notarytest.Key{next}
	s.liar.hold(r)
}

// Keys that were rotated away bring nothing back, whatever else vouches for them.
func TestRootRollback(t *testing.T) {
	for name, test := range map[string]struct{ pinned, stale, sameKey bool }{
		"plain": {}, "pinned": {pinned: true}, "beside a stale trust folder": {stale: true}, "both": {pinned: true, stale: true},
		"the root key stays": {sameKey: true}, "the root key stays, with both": {pinned: true, stale: true, sameKey: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			old := fork(t, s.repo)
			s.rotate(!test.sameKey)
			if test.pinned {
				s.pin(old)
				s.pin(s.repo)
			}
			if test.stale {
				s.docker(old.Wire()[model.RoleRoot])
			}
			s.look("the honest server")
			for range 5 { // newer than anything that was seen
				old.Seal(model.RoleTargets)
			}
			s.liar.hold(old)
			s.look("the first look", "root rollback")
			s.look("the second look", "root rollback")
			s.liar.hold(s.repo)
			s.look("the honest server again")
			s.look("and again")
		})
	}
}

// notary itself refuses that, pinned or not: what trustdeck says is no stricter.
func TestRootRollbackOfNotary(t *testing.T) {
	peer.Need(t, "notary")
	const lower, foreign = "version 1 is lower than current version 2", "failed to validate data with current trusted certificates"
	for name, test := range map[string]struct {
		pinned, sameKey bool
		says            string
	}{
		"plain": {says: foreign}, "pinned": {pinned: true, says: foreign},
		"the root key stays": {sameKey: true, says: lower}, "the root key stays, pinned": {pinned: true, sameKey: true, says: lower},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			old := fork(t, s.repo)
			s.rotate(!test.sameKey)
			config := filepath.Join(t.TempDir(), "config.json")
			text := "{}"
			if test.pinned {
				text = `{"trust_pinning": {"certs": {"` + string(gun) + `": ["` + string(old.Keys[model.RoleRoot][0].ID) + `", "` + string(s.repo.Keys[model.RoleRoot][0].ID) + `"]}}}`
			}
			if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			client := peer.Notary(t, &peer.Server{URL: s.liar.URL, PKI: peer.Authority(t)}, t.TempDir())
			client.Run(t, "-c", config, "list", string(gun))
			for range 5 {
				old.Seal(model.RoleTargets)
			}
			s.liar.hold(old)
			if r := client.Try("-c", config, "list", string(gun)); r.Code == 0 || !strings.Contains(r.Stderr+r.Stdout, test.says) {
				t.Errorf("exit %d: %s%s", r.Code, r.Stdout, r.Stderr)
			}
		})
	}
}

const releases = "targets/releases"

// older has a snapshot list the first version of releases.
func (s *scene) older() {
	genuine := s.repo.Files[releases]
	f, err := notary.Parse(releases, s.repo.Past["1."+releases])
	if err != nil {
		s.Fatal(err)
	}
	s.repo.Files[releases] = f
	s.repo.SealSnapshot()
	s.liar.hold(s.repo)
	s.repo.Files[releases] = genuine
}

// dropped has a snapshot list no releases at all.
func (s *scene) dropped() {
	genuine := s.repo.Files[releases]
	delete(s.repo.Files, releases)
	s.repo.SealSnapshot()
	s.liar.hold(s.repo)
	s.repo.Files[releases] = genuine
}

// honest publishes everything as its owners have signed it.
func (s *scene) honest() {
	s.repo.SealSnapshot()
	s.liar.hold(s.repo)
}

func TestRollbackOfADelegation(t *testing.T) {
	begin := func(t *testing.T) *scene {
		t.Parallel()
		s := newScene(t)
		s.repo.Tag(releases, "2.0", "two")
		s.repo.Seal(releases)
		s.liar.hold(s.repo)
		s.look("as it was")
		return s
	}
	t.Run("older", func(t *testing.T) {
		s := begin(t)
		s.older()
		for _, when := range []string{"first", "second", "third"} {
			s.look(when, releases+" rollback")
		}
		s.honest()
		s.look("the honest server")
	})
	t.Run("dropped, and listed again older", func(t *testing.T) {
		s := begin(t)
		s.dropped()
		s.look("dropped", releases+" dropped")
		s.look("still dropped", releases+" dropped")
		s.older()
		s.look("listed again", releases+" rollback")
		s.honest()
		s.look("the honest server")
	})
	t.Run("accepted", func(t *testing.T) {
		s := begin(t)
		s.older()
		s.look("older", releases+" rollback")
		if r := s.run("accept-rollback", string(gun), releases); r.Code != 2 {
			t.Errorf("without --yes: exit %d: %s", r.Code, r.Stderr)
		}
		s.look("not accepted", releases+" rollback")
		r := s.run("accept-rollback", string(gun), releases, "--yes")
		if r.Code != 0 || !strings.Contains(r.Stderr, "targets/releases: version 1 (was 2)") {
			t.Errorf("exit %d: %s", r.Code, r.Stderr)
		}
		s.look("accepted")
		if r := s.run("accept-rollback", string(gun), releases, "--yes"); r.Code != 0 || !strings.Contains(r.Stderr, "nothing to accept") {
			t.Errorf("once more: exit %d: %s", r.Code, r.Stderr)
		}
		s.dropped()
		s.look("dropped", releases+" dropped")
		if r := s.run("accept-rollback", string(gun), releases, "--yes"); r.Code != 0 {
			t.Errorf("dropped: exit %d: %s", r.Code, r.Stderr)
		}
		// What is left is that the server still has its file, which is another finding.
		if r := s.run("inspect", string(gun), "-o", "json"); strings.Contains(r.Stdout, `"dropped"`) || !strings.Contains(r.Stdout, `"not-in-snapshot"`) {
			t.Errorf("accepted that it is dropped: exit %d: %s", r.Code, r.Stdout)
		}
		s.repo.Files[releases].Version = 0
		s.repo.Seal(releases)
		s.liar.hold(s.repo)
		s.look("listed again older than ever", releases+" equivocation")
		s.repo.Seal(releases)
		s.liar.hold(s.repo)
		s.look("a version above it")
	})
	t.Run("accepted only what there is", func(t *testing.T) {
		s := begin(t)
		s.older()
		for role, says := range map[string]string{"root": "trustdeck accept-root", "targets/nobody": "not one of the choices", "targets": ""} {
			r := s.run("accept-rollback", string(gun), role, "--yes")
			if want := min(len(says), 1) * 2; r.Code != want || !strings.Contains(r.Stderr, says) {
				t.Errorf("%s: exit %d: %s", role, r.Code, r.Stderr)
			}
		}
		s.look("nothing was accepted", releases+" rollback")
	})
	t.Run("accepted only what verifies", func(t *testing.T) {
		s := begin(t)
		s.repo.Files[releases].Version = 0
		s.repo.Seal(releases)
		notarytest.SignFile(s.repo.Files[releases], notarytest.NewKey())
		s.honest()
		s.look("older, and signed by a stranger", releases+" rollback", releases+" threshold-not-met")
		if r := s.run("accept-rollback", string(gun), releases, "--yes"); r.Code != 2 || !strings.Contains(r.Stderr, "doesn't verify even on its own") {
			t.Errorf("exit %d: %s", r.Code, r.Stderr)
		}
		s.look("not accepted", releases+" rollback")
	})
}

// Two genuine contents of one version are found over restarts of the program.
func TestEquivocation(t *testing.T) {
	for _, role := range []model.RoleName{releases, model.RoleTargets, model.RoleSnapshot, model.RoleTimestamp} {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			other := fork(t, s.repo)
			other.Now = other.Now.Add(time.Minute) // another expiry
			s.repo.Seal(releases, model.RoleTargets)
			s.liar.hold(s.repo)
			s.look("as it was")
			other.Seal(releases, model.RoleTargets)
			// One role says something else, and what lists it is new.
			mixed := fork(t, s.repo)
			mixed.Files[role] = other.Files[role]
			switch role {
			case model.RoleSnapshot:
				mixed.Files[role].Meta = slices.Clone(s.repo.Files[role].Meta)
				notarytest.SignFile(mixed.Files[role], mixed.Keys[role]...)
				mixed.SealTimestamp()
			case model.RoleTimestamp:
				mixed.Files[role].Meta = slices.Clone(s.repo.Files[role].Meta)
				notarytest.SignFile(mixed.Files[role], mixed.Keys[role]...)
			default:
				mixed.SealSnapshot()
			}
			s.liar.hold(mixed)
			s.look("first", string(role)+" equivocation")
			s.look("second", string(role)+" equivocation")
			s.repo.Seal(releases, model.RoleTargets)
			s.repo.SealSnapshot()
			s.liar.hold(s.repo)
			s.look("a version above both")
		})
	}
}

// A repository that was made anew is a finding until its root is accepted by a
// fingerprint that the user has from elsewhere; a pin alone is not enough.
func TestMadeAnew(t *testing.T) {
	begin := func(t *testing.T) (s *scene, before, anew *notarytest.Repo) {
		t.Parallel()
		s = newScene(t)
		before, anew = s.repo, newRepo()
		s.docker(before.Wire()[model.RoleRoot])
		for range 3 {
			before.Seal(model.RoleTargets, releases)
		}
		s.liar.hold(before)
		s.look("before")
		s.liar.hold(anew)
		s.look("made anew", "root root-replaced")
		return s, before, anew
	}
	certificate := func(r *notarytest.Repo) string { return string(r.Keys[model.RoleRoot][0].ID) }
	bare := func(r *notarytest.Repo) string {
		return string(notary.CanonicalID(r.Keys[model.RoleRoot][0].PublicKey))
	}
	accept := func(s *scene, fingerprint string) peer.Result {
		return s.run("accept-root", string(gun), "--fingerprint", fingerprint, "--yes")
	}
	t.Run("accepted", func(t *testing.T) {
		s, before, anew := begin(t)
		s.pin(anew)
		s.look("with a new pin alone", "root root-replaced")
		for name, fingerprint := range map[string]string{
			"a prefix": certificate(anew)[:32], "that of the old root": certificate(before), "none": "", "no hexadecimal": strings.Repeat("x", 64),
		} {
			r := accept(s, fingerprint)
			if r.Code != 2 || len(fingerprint) == 64 && fingerprint[0] != 'x' && (!strings.Contains(r.Stderr, "key ID "+bare(anew)) || !strings.Contains(r.Stderr, "certificate ID "+certificate(anew))) {
				t.Errorf("%s: exit %d: %s", name, r.Code, r.Stderr)
			}
		}
		s.look("after wrong fingerprints", "root root-replaced")
		stale, err := os.ReadFile(s.dockerRoot())
		if err != nil {
			t.Fatal(err)
		}
		r := accept(s, strings.ToUpper(bare(anew)))
		if r.Code != 0 || !strings.Contains(r.Stderr, "dropped: version 1, known from trustdeck's own state") || !strings.Contains(r.Stderr, "certificate ID "+certificate(anew)) {
			t.Errorf("exit %d: %s", r.Code, r.Stderr)
		}
		s.look("accepted, beside the stale trust folder")
		s.look("and again")
		s.pins = nil
		s.look("without the pin")
		if now, err := os.ReadFile(s.dockerRoot()); err != nil || sha256.Sum256(now) != sha256.Sum256(stale) {
			t.Errorf("the trust folder was written: %v", err)
		}
		if r := accept(s, certificate(anew)); r.Code != 0 || !strings.Contains(r.Stderr, "nothing to accept") {
			t.Errorf("once more: exit %d: %s", r.Code, r.Stderr)
		}
		s.liar.hold(before)
		s.look("the server goes back to the old one", "root root-replaced")
		s.liar.hold(anew)
		s.look("the new one")
	})
	t.Run("a pin that does not allow it", func(t *testing.T) {
		s, before, anew := begin(t)
		s.pin(before)
		if r := accept(s, certificate(anew)); r.Code != 1 || !strings.Contains(r.Stderr, "--pin") || !strings.Contains(r.Stderr, "trust_pinning") {
			t.Errorf("exit %d: %s", r.Code, r.Stderr)
		}
		s.pins = nil
		s.look("not accepted", "root root-replaced")
	})
	t.Run("one that lists the owner's key and was not signed by it", func(t *testing.T) {
		s, before, anew := begin(t)
		mine := anew.Keys[model.RoleRoot]
		anew.Keys[model.RoleRoot] = append(slices.Clone(mine), before.Keys[model.RoleRoot][0])
		anew.NameKeys()
		anew.Keys[model.RoleRoot] = mine
		anew.Seal(model.RoleRoot)
		s.liar.hold(anew)
		if r := accept(s, certificate(before)); r.Code != 2 || !strings.Contains(r.Stderr, "has not re-signed it") {
			t.Errorf("exit %d: %s", r.Code, r.Stderr)
		}
	})
	t.Run("one that does not verify by itself", func(t *testing.T) {
		s, _, anew := begin(t)
		s.liar.change("targets", altered)
		if r := accept(s, certificate(anew)); r.Code != 1 || !strings.Contains(r.Stderr, "doesn't verify even on its own") {
			t.Errorf("exit %d: %s", r.Code, r.Stderr)
		}
	})
}

// A damaged root in the trust folder, or a damaged memory, is a finding at every look,
// and nothing takes its place by itself.
func TestDamagedAnchors(t *testing.T) {
	t.Run("trust folder", func(t *testing.T) {
		t.Parallel()
		s := newScene(t)
		s.docker([]byte("{"))
		s.look("first", "anchors-disagree")
		s.look("second", "anchors-disagree")
		if err := os.Remove(s.dockerRoot()); err != nil {
			t.Fatal(err)
		}
		s.liar.hold(newRepo()) // whatever is there now is the first that is believed
		s.look("without it")
	})
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		s := newScene(t)
		s.look("as it was")
		found, err := filepath.Glob(filepath.Join(s.c.Home, ".local", "state", "trustdeck", "memory", "*", "*.memory"))
		if err != nil || len(found) != 1 {
			t.Fatalf("%v, %v", found, err)
		}
		if err := os.Truncate(found[0], 100); err != nil {
			t.Fatal(err)
		}
		s.look("damaged", "memory")
		s.look("still damaged", "memory")
		if r := s.run("accept-root", string(gun), "--fingerprint", string(s.repo.Keys[model.RoleRoot][0].ID), "--yes"); r.Code != 0 {
			t.Errorf("exit %d: %s", r.Code, r.Stderr)
		}
		s.look("accepted")
	})
}
