package admin_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	remembered "trustdeck/model/memory"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
)

const gun model.GUN = "registry.example.com/acme/app"

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// memory is a server in memory: files by "ROLE" and "N.ROLE" of each
// repository. It counts its requests.
type memory struct {
	mu    sync.Mutex
	repos map[model.GUN]map[string][]byte
	// down, where set, is what every request gets.
	down *model.Fault
	// feed is what the changefeed lists; feedErr why it does not.
	feed    []port.Listed
	feedErr error
	reads   int
	kind    model.SourceKind
}

func newMemory(repos ...*notarytest.Repo) *memory {
	m := &memory{repos: map[model.GUN]map[string][]byte{}}
	for _, r := range repos {
		m.put(r)
	}
	return m
}

func (m *memory) put(r *notarytest.Repo) {
	files := maps.Clone(r.Past)
	for role, raw := range r.Wire() {
		files[string(role)] = raw
	}
	if m.repos[r.GUN] == nil {
		m.feed = append(m.feed, port.Listed{GUN: r.GUN, Changed: now.Add(-time.Hour)})
	}
	m.repos[r.GUN] = files
}

func (m *memory) Source() model.Source { return model.Source{Kind: m.kind, Name: "memory"} }

func (m *memory) Read(_ context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	if m.down != nil {
		return port.File{}, m.down
	}
	name := string(ref.Role)
	if ref.Version > 0 {
		name = fmt.Sprintf("%d.%s", ref.Version, name)
	}
	raw, ok := m.repos[gun][name]
	sum := sha256.Sum256(raw)
	if !ok || ref.SHA256 != "" && ref.SHA256 != hex.EncodeToString(sum[:]) {
		return port.File{}, &model.Fault{Kind: model.FaultNotFound, Subject: name, Text: "not here"}
	}
	return port.File{Bytes: raw, Modified: now.Add(-time.Hour)}, nil
}

func (m *memory) Repositories(context.Context) ([]port.Listed, error) { return m.feed, m.feedErr }

func (m *memory) Changes(context.Context, model.GUN) ([]port.Change, error) { return nil, nil }

func (m *memory) Ping(context.Context) error {
	if m.down != nil {
		return m.down
	}
	return nil
}

// shelf is a cache in memory.
type shelf struct {
	mu    sync.Mutex
	saved map[model.GUN]port.Saved
	saves int
}

func (s *shelf) Load(_ context.Context, gun model.GUN) (port.Saved, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	saved, ok := s.saved[gun]
	return saved, ok, nil
}

func (s *shelf) Save(_ context.Context, gun model.GUN, saved port.Saved) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saved[gun] = saved
	s.saves++
	return nil
}

func (s *shelf) Repositories(context.Context) ([]port.Listed, error) {
	var out []port.Listed
	for gun := range s.saved {
		out = append(out, port.Listed{GUN: gun})
	}
	return out, nil
}

// ring is a key store whose keys are only listed.
type ring struct {
	port.KeyStore
	keys []model.PrivateKey
}

func (ring) Name() string                                       { return "/trust/private" }
func (ring) ID(spki []byte) model.KeyID                         { return notarytest.StoredID(spki) }
func (r ring) Keys(context.Context) ([]model.PrivateKey, error) { return r.keys, nil }

// marks are a record of backups that is only read.
type marks map[model.KeyID]port.BackupMark

func (m marks) Marks(context.Context) (map[model.KeyID]port.BackupMark, error) { return m, nil }
func (marks) Note(context.Context, map[model.KeyID]port.BackupMark) error      { return nil }
func (marks) Roots(context.Context) (map[string]port.RestoredRoot, error)      { return nil, nil }
func (marks) NoteRoots(context.Context, map[string]port.RestoredRoot) error    { return nil }

// folder is a trust folder in memory.
type folder struct {
	roots map[model.GUN][]byte
	err   error
	// staged and metadata are by repository; stagedErr is for all of them.
	staged    map[model.GUN][]port.StagedFile
	metadata  map[model.GUN][]port.LocalFile
	stagedErr error
}

func (f *folder) Dir() string { return "/trust" }
func (f *folder) Repositories(context.Context) ([]port.Listed, error) {
	return listedIn(f.metadata), nil
}

func (f *folder) StagedRepositories(context.Context) ([]port.Listed, error) {
	return listedIn(f.staged), f.stagedErr
}

func (f *folder) Staged(_ context.Context, gun model.GUN) ([]port.StagedFile, error) {
	return f.staged[gun], f.stagedErr
}

func (f *folder) Metadata(_ context.Context, gun model.GUN) ([]port.LocalFile, error) {
	return f.metadata[gun], nil
}

func (f *folder) Root(gun model.GUN) (root []byte, ok bool, err error) {
	root, ok = f.roots[gun]
	return root, ok, f.err
}

func listedIn[T any](files map[model.GUN]T) []port.Listed {
	var out []port.Listed
	for _, gun := range slices.Sorted(maps.Keys(files)) {
		out = append(out, port.Listed{GUN: gun})
	}
	return out
}

// mind is a memory in memory.
type mind struct {
	mu      sync.Mutex
	records map[model.GUN]remembered.Record
	// damage is why nothing can be read, refuse why nothing can be kept.
	damage, refuse error
	// meanwhile is done before the first change, by another trustdeck.
	meanwhile func(*mind)
	changes   int
}

func newMind() *mind { return &mind{records: map[model.GUN]remembered.Record{}} }

func (m *mind) Load(_ context.Context, gun model.GUN) (remembered.Record, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.records[gun]
	return r, ok && m.damage == nil, m.damage
}

func (m *mind) Update(_ context.Context, gun model.GUN, change func(remembered.Record, bool, error) (remembered.Record, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != nil {
		return m.refuse
	}
	if do := m.meanwhile; do != nil {
		m.meanwhile = nil
		do(m)
	}
	r, ok := m.records[gun]
	next, err := change(r, ok && m.damage == nil, m.damage)
	if err != nil || ok && next.Equal(r) && m.damage == nil {
		return err
	}
	m.records[gun], m.damage = next, nil
	m.changes++
	return nil
}

func (m *mind) Repositories(context.Context) ([]port.Listed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []port.Listed
	for gun := range m.records {
		out = append(out, port.Listed{GUN: gun})
	}
	return out, m.damage
}

func newService(m *memory) (*admin.Service, *shelf) {
	s := &shelf{saved: map[model.GUN]port.Saved{}}
	return &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: m, Cache: s, Memories: newMind(), Clock: func() time.Time { return now }, Health: health.DefaultOptions(), Log: &admin.Log{}}, s
}

func newRepo() *notarytest.Repo {
	r := notarytest.New(gun, now.Add(-time.Hour))
	alice := notarytest.NewKey()
	r.Delegate("targets/alice", 1, []string{""}, alice)
	r.Delegate(docker.Releases, 1, []string{""}, alice)
	r.Tag(docker.Releases, "1.0", "one")
	r.Seal("targets", docker.Releases)
	return r
}

func codes(v admin.Look) []string {
	var out []string
	if v.Repository != nil {
		for _, p := range v.Repository.AllProblems() {
			out = append(out, string(p.Code))
		}
	}
	return out
}

func TestOpenThenOpenAgain(t *testing.T) {
	m := newMemory(newRepo())
	service, cache := newService(m)
	first := service.Open(context.Background(), gun)
	if first.Fault != nil || first.Stale || len(codes(first)) > 0 || first.Assessment.Level != health.OK {
		t.Fatalf("first: %+v, %v", first, codes(first))
	}
	if got := first.Repository.Anchor.Kind; got != model.AnchorFirstUse {
		t.Errorf("first anchor: %s", got)
	}
	m.reads = 0
	second := service.Open(context.Background(), gun)
	if m.reads != 2 { // the timestamp, and the first version of the role that has no file
		t.Errorf("%d requests for what has not changed", m.reads)
	}
	if got := second.Repository.Anchor.Kind; got != model.AnchorOwn {
		t.Errorf("second anchor: %s", got)
	}
	if cache.saves != 1 {
		t.Errorf("saved %d times", cache.saves)
	}
	if second.Repository.Role(docker.Releases).Modified.IsZero() {
		t.Error("the date of a cached file is lost")
	}
}

// What an attacker serves must not replace what is known to be good.
// looked is a dialect in which nothing can be changed.
type looked struct{ dialect.Dialect }

// Whether a repository can be changed is known of each look at it, from the server or the
// cache.
func TestReadOnlyWhereTheDialectIsNotWritten(t *testing.T) {
	for _, readOnly := range []bool{false, true} {
		service, _ := newService(newMemory(newRepo()))
		if readOnly {
			service.DialectOf = dialect.Only(looked{docker.Dialect{}})
		}
		fresh := service.Open(t.Context(), gun)
		cached, ok := service.Cached(t.Context(), gun)
		if !ok || fresh.Repository.ReadOnly != readOnly || cached.Repository.ReadOnly != readOnly {
			t.Errorf("read only: %t, from the cache: %t, %t; want %t", fresh.Repository.ReadOnly, ok, cached.Repository.ReadOnly, readOnly)
		}
	}
}

func TestBadDataIsNotSaved(t *testing.T) {
	r := newRepo()
	m := newMemory(r)
	service, cache := newService(m)
	service.Open(context.Background(), gun)
	good := cache.saved[gun]

	m.put(newRepo()) // another root under the same name
	view := service.Open(context.Background(), gun)
	if !slices.Contains(codes(view), string(model.ProblemRootReplaced)) || view.Assessment.Level != health.Broken {
		t.Errorf("replaced root: %v, %s", codes(view), view.Assessment.Level)
	}
	if string(cache.saved[gun].Files[model.RoleRoot].Bytes) != string(good.Files[model.RoleRoot].Bytes) {
		t.Error("the replaced root went into the cache")
	}
	m.put(r)
	if view := service.Open(context.Background(), gun); len(codes(view)) > 0 {
		t.Errorf("after the attack: %v", codes(view))
	}
}

func TestUnreadableServer(t *testing.T) {
	m := newMemory(newRepo())
	service, _ := newService(m)
	service.Open(context.Background(), gun)
	m.down = &model.Fault{Kind: model.FaultUnreachable, Subject: "memory", Text: "down", Hint: "wait"}

	view := service.Open(context.Background(), gun)
	if !view.Stale || view.Fault == nil || view.Repository == nil || view.Repository.Source.Kind != model.SourceCache || view.Assessment.Level != health.Stale {
		t.Errorf("known repository: %+v", view)
	}
	other := service.Open(context.Background(), "registry.example.com/other")
	if other.Repository != nil || other.Fault == nil || other.Fault.Kind != model.FaultUnreachable {
		t.Errorf("unknown repository: %+v", other)
	}
	m.down = nil
	none := service.Open(context.Background(), "registry.example.com/other")
	if none.Fault == nil || none.Fault.Kind != model.FaultNotFound || none.Assessment.Level != health.None {
		t.Errorf("no such repository: %+v", none)
	}
}

func TestAnchors(t *testing.T) {
	r := newRepo()
	first := r.Past["1.root"]
	r.Seal(model.RoleRoot)
	t.Run("the newest root counts, and an older one in the trust folder is normal", func(t *testing.T) {
		service, _ := newService(newMemory(r))
		service.Open(context.Background(), gun)
		service.Trust = &folder{roots: map[model.GUN][]byte{gun: first}}
		view := service.Open(context.Background(), gun)
		if a := view.Repository.Anchor; a.Kind != model.AnchorOwn || a.Version != 2 || !slices.Equal(a.Walked, []int64{2}) || len(codes(view)) > 0 {
			t.Errorf("anchor %+v, problems %v", a, codes(view))
		}
	})
	t.Run("the root of the trust folder, where nothing is remembered", func(t *testing.T) {
		service, _ := newService(newMemory(r))
		service.Trust = &folder{roots: map[model.GUN][]byte{gun: first}}
		view := service.Open(context.Background(), gun)
		if a := view.Repository.Anchor; a.Kind != model.AnchorTrustDir || a.Version != 1 || !slices.Equal(a.Walked, []int64{1, 2}) {
			t.Errorf("anchor: %+v", a)
		}
	})
	t.Run("a root in the trust folder that is of others", func(t *testing.T) {
		service, _ := newService(newMemory(r))
		service.Trust = &folder{roots: map[model.GUN][]byte{gun: newRepo().Past["1.root"]}}
		if got := codes(service.Open(context.Background(), gun)); !slices.Contains(got, string(model.ProblemRootReplaced)) {
			t.Errorf("problems: %v", got)
		}
	})
	t.Run("a pin does not outrank the root of the trust folder", func(t *testing.T) {
		service, _ := newService(newMemory(r))
		service.Trust = &folder{roots: map[model.GUN][]byte{gun: newRepo().Past["1.root"]}}
		service.Pins = dialect.Pins{Certs: map[string][]model.KeyID{string(gun): {r.Keys[model.RoleRoot][0].ID}}}
		view := service.Open(context.Background(), gun)
		if got := codes(view); view.Repository.Anchor.Kind != model.AnchorPin || !slices.Contains(got, string(model.ProblemRootReplaced)) {
			t.Errorf("anchor %s, problems %v", view.Repository.Anchor.Kind, got)
		}
	})
	t.Run("two anchors that disagree", func(t *testing.T) {
		service, _ := newService(newMemory(r))
		service.Open(context.Background(), gun)
		service.Trust = &folder{roots: map[model.GUN][]byte{gun: newRepo().Past["1.root"]}}
		view := service.Open(context.Background(), gun)
		if got := codes(view); !slices.Equal(got, []string{string(model.ProblemAnchors)}) || view.Assessment.Level != health.Broken {
			t.Errorf("level %s, problems %v", view.Assessment.Level, got)
		}
	})
	t.Run("a root in the trust folder that cannot be read is not passed over", func(t *testing.T) {
		service, _ := newService(newMemory(r))
		service.Trust = &folder{err: errors.New("permission denied")}
		view := service.Open(context.Background(), gun)
		if got := codes(view); !slices.Contains(got, string(model.ProblemAnchors)) || view.Assessment.Level != health.Broken {
			t.Errorf("level %s, problems %v", view.Assessment.Level, got)
		}
	})
	t.Run("an archive is anchored by its own oldest root", func(t *testing.T) {
		m := newMemory(r)
		m.kind = model.SourceArchive
		service, _ := newService(m)
		service.Cache = nil
		service.Trust = &folder{roots: map[model.GUN][]byte{gun: newRepo().Past["1.root"]}}
		view := service.Open(context.Background(), gun)
		if a := view.Repository.Anchor; a.Kind != model.AnchorArchive || len(codes(view)) > 0 {
			t.Errorf("anchor %+v, problems %v", a, codes(view))
		}
	})
}

func TestSurvey(t *testing.T) {
	var repos []*notarytest.Repo
	for i := range 40 {
		repos = append(repos, notarytest.New(model.GUN(fmt.Sprintf("registry.example.com/r/%02d", i)), now.Add(-time.Hour)))
	}
	m := newMemory(repos...)
	service, _ := newService(m)
	service.Named = []model.GUN{"registry.example.com/named"}
	for round, wantStale := range []int{0, 40} {
		fresh, stale, loading := map[model.GUN]bool{}, 0, 0
		if err := service.Survey(context.Background(), func(v admin.Look) {
			if v.Stale || v.Assessment.Level == health.Loading {
				if v.Stale {
					stale++
				} else {
					loading++
				}
				if len(fresh) > 0 {
					t.Error("what is old or unknown after fresh data")
				}
				return
			}
			fresh[v.GUN] = true
		}); err != nil {
			t.Fatal(err)
		}
		if len(fresh) != 41 || stale != wantStale || stale+loading != 41 {
			t.Errorf("round %d: %d fresh, %d cached and %d loading views", round, len(fresh), stale, loading)
		}
	}
	m.feedErr = &model.Fault{Kind: model.FaultUnauthorized, Text: "not the catalogue"}
	m.feed = nil
	n := 0
	err := service.Survey(context.Background(), func(v admin.Look) {
		if !v.Stale && v.Assessment.Level != health.Loading {
			n++
		}
	})
	if model.KindOf(err) != model.FaultUnauthorized || n != 41 {
		t.Errorf("without a changefeed: %v, %d repositories from the cache and by name", err, n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := service.Survey(ctx, func(admin.Look) { t.Error("a view after cancelling") }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestKeysAndDoctor(t *testing.T) {
	r := newRepo()
	alice := r.Keys["targets/alice"][0].ID
	service, _ := newService(newMemory(r))
	service.Stores = port.KeyStores{ring{keys: []model.PrivateKey{
		{
			ID: alice, Label: "alice", Encrypted: true, Path: "/trust/private/a.key", Exposed: true, Warned: true,
			Fault: &model.Fault{Kind: model.FaultLocal, Subject: "/trust/private/a.key", Text: "can be read by other users", Hint: "chmod it"},
		},
		{ID: "ffff", Label: "old", Path: "/trust/private/f.key"},
		{ID: "eeee", Path: "/trust/private/e.key", Fault: &model.Fault{Kind: model.FaultLocal, Subject: "/trust/private/e.key", Text: "damaged", Hint: "restore it"}},
	}}}
	views := []admin.Look{service.Open(context.Background(), gun)}
	keys, err := service.Keys(context.Background(), views)
	if err != nil || !slices.Equal(keys[0].Uses, []admin.Use{{GUN: gun, Role: "targets/alice"}, {GUN: gun, Role: docker.Releases}}) {
		t.Errorf("uses of alice: %+v, %v", keys, err)
	}
	var got []string
	for _, f := range service.Doctor(context.Background(), views) {
		got = append(got, f.Code)
		if f.Remedy == "" {
			t.Errorf("%s has no remedy", f.Code)
		}
	}
	want := []string{admin.CodeKeyExposed, admin.CodeKeyPlain, admin.CodeKeyFile, admin.CodeKeyUnused, admin.CodeFirstUse}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("findings %q, want %q", got, want)
	}
}

// A key is without a backup where none was ever made, or its file was written since;
// that of a root is worse, and where nothing is remembered nothing is said.
func TestKeysWithoutBackup(t *testing.T) {
	backedUpAt := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	service, _ := newService(newMemory(newRepo()))
	service.Stores = port.KeyStores{ring{keys: []model.PrivateKey{
		{ID: "aaaa", Label: "root", Encrypted: true, Path: "/trust/private/a.key"},
		{ID: "bbbb", Label: "alice", Encrypted: true, Path: "/trust/private/b.key"},
		{ID: "cccc", Label: "root", Encrypted: true, Path: "/trust/private/c.key", Modified: backedUpAt},
		{ID: "dddd", Label: "targets", Encrypted: true, Path: "/trust/private/d.key", Modified: backedUpAt.Add(1)},
		{Path: "/trust/private/e.key", Fault: &model.Fault{Kind: model.FaultLocal, Text: "damaged"}},
	}}}
	found := func() (out []string) {
		for _, f := range service.Doctor(context.Background(), nil) {
			if f.Code == admin.CodeKeyUnsaved {
				words, _, _ := strings.Cut(f.Text, ": ")
				out = append(out, fmt.Sprintf("%s %s %s", f.Severity, f.Key, words))
				if f.Key != "" && !strings.Contains(f.Remedy, "trustdeck backup create --key "+string(f.Key)) {
					t.Errorf("the remedy is %q", f.Remedy)
				}
			}
		}
		return out
	}
	if got := found(); len(got) > 0 {
		t.Errorf("nothing is remembered, and it says %q", got)
	}
	service.Backups = marks{"cccc": {BackedUp: backedUpAt}, "dddd": {BackedUp: backedUpAt}}
	want := []string{
		"warning aaaa the private key aaaa (root) has no known backup",
		"notice  2 private keys besides root keys have no up-to-date backup",
	}
	if got := found(); !slices.Equal(got, want) {
		t.Errorf("findings %q, want %q", got, want)
	}
	service.Backups = marks{"aaaa": {BackedUp: backedUpAt}, "bbbb": {BackedUp: backedUpAt}, "cccc": {BackedUp: backedUpAt}, "dddd": {BackedUp: backedUpAt}}
	want = []string{"notice dddd the private key dddd (targets) was rewritten after its backup"}
	if got := found(); !slices.Equal(got, want) {
		t.Errorf("findings %q, want %q", got, want)
	}
}

func TestLogKeepsTheLast(t *testing.T) {
	var l admin.Log
	for i := range 2500 {
		l.Add(model.Event{Text: fmt.Sprint(i)})
	}
	events := l.Events()
	if len(events) != 2000 || events[0].Text != "500" || events[1999].Text != "2499" || l.Count() != 2500 {
		t.Errorf("%d events from %s to %s", len(events), events[0].Text, events[len(events)-1].Text)
	}
	var none *admin.Log
	none.Add(model.Event{})
	if none.Events() != nil || none.Count() != 0 {
		t.Error("a nil log keeps something")
	}
}
