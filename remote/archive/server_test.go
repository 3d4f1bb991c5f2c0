package archive

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/archive"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
)

// noon is the moment of all tests.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return noon }

// A server is a remote in memory. It answers as a Notary server does: any
// version of any role that was ever published, the newest by name alone.
type server struct {
	mu    sync.Mutex
	files map[string][]byte
	feed  map[model.GUN][]port.Change
	reads []string
}

func newServer(repos ...*notarytest.Repo) *server {
	s := &server{files: map[string][]byte{}, feed: map[model.GUN][]port.Change{}}
	for _, r := range repos {
		s.publish(r)
	}
	return s
}

// publish takes over all versions of a repository. The newest of each role is
// what its name alone stands for, also where the role was removed.
func (s *server) publish(r *notarytest.Repo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	newest := map[string]int64{}
	for name, raw := range r.Past {
		version, role := cutVersion(name)
		s.files[string(r.GUN)+" "+name] = raw
		if version > newest[role] {
			newest[role] = version
			s.files[string(r.GUN)+" "+role] = raw
		}
	}
	stamp := r.Files[model.RoleTimestamp]
	s.feed[r.GUN] = append(s.feed[r.GUN], port.Change{
		ID: fmt.Sprint(stamp.Version), GUN: r.GUN, Time: r.Now, Version: stamp.Version,
		SHA256: fmt.Sprintf("%x", sha256.Sum256(stamp.Wire())),
	})
}

// cutVersion reads a name such as "3.targets/alice".
func cutVersion(name string) (version int64, role string) {
	number, role, _ := strings.Cut(name, ".")
	if _, err := fmt.Sscan(number, &version); err != nil {
		panic(err)
	}
	return version, role
}

// asked returns what was read since the last call, sorted.
func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.reads
	s.reads = nil
	slices.Sort(out)
	return out
}

func (s *server) Source() model.Source { return model.Source{Name: "https://notary.test"} }

func (s *server) Ping(context.Context) error { return nil }

func (s *server) Repositories(context.Context) ([]port.Listed, error) { return nil, nil }

func (s *server) Changes(_ context.Context, gun model.GUN) ([]port.Change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.feed[gun]), nil
}

func (s *server) Read(_ context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := string(ref.Role)
	if ref.Version != 0 {
		name = fmt.Sprintf("%d.%s", ref.Version, ref.Role)
	}
	s.reads = append(s.reads, name)
	raw, ok := s.files[string(gun)+" "+name]
	if ref.SHA256 != "" {
		raw, ok = s.byHash(gun, ref)
	}
	if !ok {
		return port.File{}, &model.Fault{Kind: model.FaultNotFound, Subject: name, Text: "there is no such file"}
	}
	return port.File{Bytes: raw, Modified: noon.Add(-time.Hour)}, nil
}

func (s *server) byHash(gun model.GUN, ref port.Ref) ([]byte, bool) {
	for name, raw := range s.files {
		of := strings.HasSuffix(name, " "+string(ref.Role)) || strings.HasSuffix(name, "."+string(ref.Role))
		if of && strings.HasPrefix(name, string(gun)+" ") && fmt.Sprintf("%x", sha256.Sum256(raw)) == ref.SHA256 {
			return raw, true
		}
	}
	return nil, false
}

func (s *server) service() *admin.Service {
	return &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: s, Clock: clock, Health: health.DefaultOptions(), Parallel: 4}
}

const gun model.GUN = "registry.test/acme/app"

// sampleRepo has a past: tags, delegations one of which is nested and one of
// which was removed again, a rotated targets key.
func sampleRepo(gun model.GUN) *notarytest.Repo {
	r := notarytest.New(gun, noon.Add(-48*time.Hour))
	alice, old, nested := notarytest.NewKey(), notarytest.NewKey(), notarytest.NewKey()
	r.Delegate("targets/alice", 1, []string{""}, alice)
	r.Delegate("targets/old", 1, []string{""}, old)
	r.Delegate("targets/alice/ci", 1, []string{"ci/"}, nested)
	r.Tag("targets/alice", "v1", "one")
	r.Tag("targets/old", "v0", "zero")
	r.Tag("targets/alice/ci", "ci/1", "build")
	r.Seal(model.RoleTargets, "targets/alice", "targets/old", "targets/alice/ci")
	targets := r.Files[model.RoleTargets]
	targets.Roles = targets.Roles[:1]
	delete(r.Files, "targets/old")
	r.Keys[model.RoleTargets] = []notarytest.Key{notarytest.NewKey()}
	r.NameKeys()
	r.Seal(model.RoleRoot, model.RoleTargets)
	return r
}

// archiveTo runs the use case on a folder and returns its result.
func archiveTo(t *testing.T, s *server, dir string, guns ...model.GUN) archive.Result {
	t.Helper()
	w, err := Create(dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	result, err := (&archive.Service{Admin: s.service(), Vault: w}).Save(t.Context(), guns, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// healthy fails where a result has anything to complain about.
func healthy(t *testing.T, result archive.Result) {
	t.Helper()
	for _, r := range result.Repositories {
		if !r.Complete || r.Fault != nil || slices.ContainsFunc(r.Problems, func(p model.Problem) bool { return p.Severity > model.Notice }) {
			t.Errorf("%s: complete %v, fault %v, problems %v", r.GUN, r.Complete, r.Fault, r.Problems)
		}
	}
}
