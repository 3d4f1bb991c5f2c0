package archive_test

import (
	"context"
	"crypto/sha256"
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
	"trustdeck/model/admin/archive"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
)

// A vault in memory.
type vault struct {
	mu       sync.Mutex
	files    map[string][]byte
	held     map[model.GUN]archive.Holding
	recorded map[model.GUN]archive.Repository
	sealed   int
	// full is what Save returns once it is set.
	full *model.Fault
}

func newVault() *vault {
	return &vault{files: map[string][]byte{}, held: map[model.GUN]archive.Holding{}, recorded: map[model.GUN]archive.Repository{}}
}

func (v *vault) Held(_ context.Context, gun model.GUN) (archive.Holding, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.held[gun], nil
}

func (v *vault) Save(_ context.Context, gun model.GUN, f archive.Saving) (archive.VaultFile, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.full != nil {
		return archive.VaultFile{}, v.full
	}
	sum := sha256.Sum256(f.Bytes)
	name := fmt.Sprintf("%s/%d.%s.%x", gun, f.Version, f.Role, sum[:4])
	before := len(v.files)
	v.files[name] = f.Bytes
	out := archive.VaultFile{
		Role: f.Role, Version: f.Version, Length: int64(len(f.Bytes)), SHA256: sum,
		Modified: f.Modified, Path: name, New: len(v.files) > before,
	}
	prefix := fmt.Sprintf("%s/%d.%s.", gun, f.Version, f.Role)
	for other := range v.files {
		out.Differs = out.Differs || f.Version != 0 && other != name && strings.HasPrefix(other, prefix)
	}
	return out, nil
}

func (v *vault) Load(_ context.Context, _ model.GUN, f archive.VaultFile) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.files[f.Path], nil
}

func (v *vault) Record(_ context.Context, r archive.Repository) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if r.Fault != nil {
		return nil
	}
	v.recorded[r.GUN] = r
	held := archive.Holding{Absent: r.Absent, Changes: r.Changes}
	for _, f := range r.Files {
		f.New = false
		held.Files = append(held.Files, f.VaultFile)
	}
	v.held[r.GUN] = held
	return nil
}

func (v *vault) Seal(context.Context, archive.Result) error {
	v.sealed++
	return nil
}

// versions lists what is saved of a repository, as "N.ROLE".
func (v *vault) versions(gun model.GUN) []string {
	var out []string
	for _, f := range v.recorded[gun].Files {
		out = append(out, fmt.Sprintf("%d.%s", f.Version, f.Role))
	}
	slices.Sort(out)
	return out
}

// file finds one version in the record of a repository.
func (v *vault) file(t *testing.T, gun model.GUN, name string) archive.File {
	t.Helper()
	for _, f := range v.recorded[gun].Files {
		if fmt.Sprintf("%d.%s", f.Version, f.Role) == name {
			return f
		}
	}
	t.Fatalf("%s is not in the archive of %s", name, gun)
	return archive.File{}
}

// pastRepo has a rotated targets key, a delegation that was removed, one that
// is nested, and a signer who was replaced.
func pastRepo(gun model.GUN) *notarytest.Repo {
	r := notarytest.New(gun, now.Add(-time.Hour))
	r.Delegate("targets/alice", 1, []string{""}, notarytest.NewKey())
	r.Delegate("targets/old", 1, []string{""}, notarytest.NewKey())
	r.Delegate("targets/old/deep", 1, []string{""}, notarytest.NewKey())
	r.Tag("targets/alice", "1.0", "one")
	r.Tag("targets/old", "0.1", "zero")
	r.Tag("targets/old/deep", "0.2", "deep")
	r.Seal("targets", "targets/alice", "targets/old", "targets/old/deep")

	// targets/old goes, with what is below it.
	targets := r.Files["targets"]
	targets.Roles = targets.Roles[:1]
	delete(r.Files, "targets/old")
	delete(r.Files, "targets/old/deep")
	r.Keys["targets"] = []notarytest.Key{notarytest.NewKey()}
	r.NameKeys()
	r.Seal("root", "targets")

	// alice gets a new key, and signs with it.
	targets.Roles = nil
	r.Delegate("targets/alice", 1, []string{""}, notarytest.NewKey())
	r.Files["targets/alice"].Version = 1
	r.Tag("targets/alice", "1.1", "one and a bit")
	r.Seal("targets", "targets/alice")
	return r
}

const gun model.GUN = "registry.example.com/acme/app"

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// A flaky server has files by "ROLE" and "N.ROLE" of each repository, counts its requests,
// and fails where it is told to.
type flaky struct {
	mu    sync.Mutex
	repos map[model.GUN]map[string][]byte
	reads int
	// down, where set, is what every request gets.
	down *model.Fault
	// faults by "ROLE" or "N.ROLE".
	faults map[string]*model.Fault
	// afterwards is what every request gets after the first ones; 0 is never.
	first      int
	afterwards *model.Fault
}

func (f *flaky) Source() model.Source { return model.Source{Name: "memory"} }

func (f *flaky) Read(_ context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	name := string(ref.Role)
	if ref.Version > 0 {
		name = fmt.Sprintf("%d.%s", ref.Version, name)
	}
	if fault := f.faults[name]; fault != nil {
		return port.File{}, fault
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	raw, ok := f.repos[gun][name]
	switch {
	case f.first > 0 && f.reads > f.first:
		return port.File{}, f.afterwards
	case f.down != nil:
		return port.File{}, f.down
	case !ok || ref.SHA256 != "" && ref.SHA256 != fmt.Sprintf("%x", sha256.Sum256(raw)):
		return port.File{}, &model.Fault{Kind: model.FaultNotFound, Subject: name, Text: "not here"}
	}
	return port.File{Bytes: raw, Modified: now.Add(-time.Hour)}, nil
}

func (f *flaky) Repositories(context.Context) ([]port.Listed, error) { return nil, nil }

func (f *flaky) Changes(context.Context, model.GUN) ([]port.Change, error) { return nil, nil }

func (f *flaky) Ping(context.Context) error { return nil }

func (f *flaky) fail(name string) {
	f.faults = map[string]*model.Fault{name: {Kind: model.FaultServer, Text: "the server answered 500"}}
}

// serve is a server that also remembers removed delegations, as real ones do.
func serve(repos ...*notarytest.Repo) *flaky {
	f := &flaky{repos: map[model.GUN]map[string][]byte{}}
	for _, r := range repos {
		f.put(r)
		for _, role := range []string{"targets/old", "targets/old/deep"} {
			if raw, ok := r.Past["1."+role]; ok {
				f.repos[r.GUN][role] = raw
			}
		}
	}
	return f
}

// put has the server give a repository as it is now.
func (f *flaky) put(r *notarytest.Repo) {
	files := maps.Clone(r.Past)
	for role, raw := range r.Wire() {
		files[string(role)] = raw
	}
	f.repos[r.GUN] = files
}

func archiveService(f *flaky) *admin.Service {
	return &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: f, Clock: func() time.Time { return now }, Health: health.DefaultOptions(), Log: &admin.Log{}}
}

func archived(t *testing.T, f *flaky, v *vault, guns ...model.GUN) archive.Result {
	t.Helper()
	result, err := (&archive.Service{Admin: archiveService(f), Vault: v}).Save(t.Context(), guns, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Repositories) != len(guns) || v.sealed == 0 {
		t.Fatalf("%d outcomes for %d repositories, sealed %d times", len(result.Repositories), len(guns), v.sealed)
	}
	return result
}

// worst is the gravest severity among all problems; ok is false where there are none. A
// repository that could not be read counts as a failure.
func worst(result archive.Result) (worst model.Severity, ok bool) {
	for _, repository := range result.Repositories {
		if repository.Fault != nil {
			return model.Failure, true
		}
		for _, p := range repository.Problems {
			worst, ok = max(worst, p.Severity), true
		}
	}
	return worst, ok
}

// said reports whether a problem with this code says this.
func said(problems []model.Problem, code model.ProblemCode, text string) bool {
	return slices.ContainsFunc(problems, func(p model.Problem) bool { return p.Code == code && strings.Contains(p.Text, text) })
}

// TestArchiveFindsEverything: all versions, also of delegations that only an
// older version names, and what only such a delegation names.
func TestArchiveFindsEverything(t *testing.T) {
	r := pastRepo(gun)
	v := newVault()
	var last archive.Progress
	result, err := (&archive.Service{Admin: archiveService(serve(r)), Vault: v}).Save(t.Context(), []model.GUN{gun, gun}, func(p archive.Progress) { last = p })
	if err != nil || len(result.Repositories) != 1 {
		t.Fatal(err, result)
	}
	if want := slices.Sorted(maps.Keys(r.Past)); !slices.Equal(v.versions(gun), want) {
		t.Errorf("saved\n%v, the server has\n%v", v.versions(gun), want)
	}
	out := result.Repositories[0]
	if worst, found := worst(result); !out.Complete || found && worst > model.Notice || out.New != len(r.Past) || !result.Complete() {
		t.Errorf("outcome %+v", out)
	}
	if last.Phase != archive.Done || last.Done != 1 || last.Total != 1 || last.New != len(r.Past) {
		t.Errorf("last progress %+v", last)
	}
	if !out.Read.Equal(now) || result.Server != "memory" || !result.Finished.Equal(now) {
		t.Errorf("read at %s from %q", out.Read, result.Server)
	}
}

// TestArchiveVerdicts: each version is verified by what was in force when it
// was made.
func TestArchiveVerdicts(t *testing.T) {
	r := pastRepo(gun)
	v := newVault()
	archived(t, serve(r), v, gun)
	for name, root := range map[string]int64{
		"1.root": 1, "2.root": 1,
		"1.targets": 1, "2.targets": 1, "3.targets": 2, "4.targets": 2,
		"1.targets/alice": 1, "2.targets/alice": 2, "1.targets/old": 1, "1.targets/old/deep": 1,
		"1.snapshot": 1, "3.snapshot": 2, "4.timestamp": 2,
	} {
		f := v.file(t, gun, name)
		if f.Root != root || len(f.Problems) > 0 || len(f.Signers) != 1 {
			t.Errorf("%s verifies under root %d, by %d keys, %v; want root %d", name, f.Root, len(f.Signers), f.Problems, root)
		}
	}
	if got := v.file(t, gun, "3.targets").Changes; !slices.Equal(got, []string{"targets/old removed"}) {
		t.Errorf("changes of targets 3: %v", got)
	}
	for name, current := range map[string]bool{"2.root": true, "1.root": false, "4.targets": true, "2.targets/alice": true, "1.targets/alice": false} {
		if f := v.file(t, gun, name); f.Current != current {
			t.Errorf("%s: current %v", name, f.Current)
		}
	}
	record := v.recorded[gun]
	if len(record.Certificates) != 1 || !slices.Equal(record.Certificates[0].Roots, []int64{1, 2}) || len(record.Certificates[0].PEM) == 0 ||
		record.Certificates[0].ID != r.Keys["root"][0].ID {
		t.Errorf("certificates %+v", record.Certificates)
	}
	if len(record.Tags) != 2-1 || record.Tags[0].Name != "1.1" {
		t.Errorf("tags %+v", record.Tags)
	}
}

// TestArchiveFaults: what goes wrong with one file is named, is in the verdict,
// and keeps nothing else from being saved.
func TestArchiveFaults(t *testing.T) {
	garbage := []byte("<html>502 Bad Gateway</html>")
	for name, c := range map[string]struct {
		spoil    func(r *notarytest.Repo, m *flaky, files map[string][]byte)
		code     model.ProblemCode
		text     string
		lost     []string
		complete bool
	}{
		"old version is garbage": {
			func(_ *notarytest.Repo, _ *flaky, files map[string][]byte) { files["2.targets"] = garbage },
			model.ProblemMalformed, "version 2 of targets is not readable", nil, true,
		},
		"old version fails": {
			func(_ *notarytest.Repo, m *flaky, _ map[string][]byte) { m.fail("2.targets") },
			model.ProblemUnavailable, "version 2 of targets could not be read: the server answered 500",
			[]string{"2.targets"},
			false,
		},
		"delegation fails": {
			func(_ *notarytest.Repo, m *flaky, _ map[string][]byte) { m.fail("targets/old") },
			model.ProblemUnavailable, "targets/old could not be read",
			[]string{"1.targets/old/deep"},
			false,
		},
		"other version inside": {
			func(r *notarytest.Repo, _ *flaky, files map[string][]byte) { files["2.targets"] = r.Past["1.targets"] },
			model.ProblemRollback, "the server's file for version 2 of targets states version 1", nil, true,
		},
		"signed by nobody known": {
			func(_ *notarytest.Repo, _ *flaky, files map[string][]byte) {
				files["1.snapshot"] = notarytest.New(gun, now).Past["1.snapshot"]
			},
			model.ProblemThreshold, "version 1 of snapshot: snapshot has 0 valid signatures", nil, true,
		},
		"root that does not follow": {
			func(_ *notarytest.Repo, _ *flaky, files map[string][]byte) {
				files["1.root"] = notarytest.New(gun, now.Add(-time.Hour)).Past["1.root"]
			},
			model.ProblemRootReplaced, "root 2 has 0 valid signatures from the keys of root 1", nil, true,
		},
		"root that is not there": {
			func(_ *notarytest.Repo, _ *flaky, files map[string][]byte) { delete(files, "1.root") },
			model.ProblemMissing, "the server doesn't have version 1 of root",
			[]string{"1.root"},
			true,
		},
		"current targets is garbage": {
			func(_ *notarytest.Repo, _ *flaky, files map[string][]byte) { files["targets"] = garbage },
			model.ProblemMalformed, "", nil, true,
		},
		"current root is gone": {
			func(_ *notarytest.Repo, _ *flaky, files map[string][]byte) { delete(files, "root") },
			model.ProblemMissing, "there is no file for root", nil, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := pastRepo(gun)
			m, v := serve(r), newVault()
			c.spoil(r, m, m.repos[gun])
			other := newRepoNamed("registry.example.com/acme/other")
			m.put(other)
			result := archived(t, m, v, gun, other.GUN)

			out := result.Repositories[0]
			if !said(out.Problems, c.code, c.text) || out.Complete != c.complete {
				t.Errorf("complete %v, problems %v", out.Complete, out.Problems)
			}
			if worst, _ := worst(result); worst != model.Failure {
				t.Errorf("the worst is a %v", worst)
			}
			for name := range r.Past {
				if !slices.Contains(v.versions(gun), name) && !slices.Contains(c.lost, name) {
					t.Errorf("%s was not saved", name)
				}
			}
			if second := result.Repositories[1]; !second.Complete || second.New != len(other.Past) {
				t.Errorf("the other repository: %+v", second)
			}
		})
	}
}

func newRepoNamed(gun model.GUN) *notarytest.Repo {
	r := notarytest.New(gun, now.Add(-time.Hour))
	r.Tag("targets", "1.0", "one")
	r.Seal("targets")
	return r
}

// TestArchiveUnreachable: nothing is asked of a server that is away more than a
// few times, what was saved before stays, and the outcome says why.
func TestArchiveUnreachable(t *testing.T) {
	r := pastRepo(gun)
	m, v := serve(r), newVault()
	archived(t, m, v, gun)
	before := v.recorded[gun]
	m.down = &model.Fault{Kind: model.FaultUnreachable, Subject: "memory", Text: "no route to host"}
	m.reads = 0
	result := archived(t, m, v, gun, "registry.example.com/none")
	for _, out := range result.Repositories {
		if out.Fault == nil || out.Fault.Kind != model.FaultUnreachable || out.Complete {
			t.Errorf("%s: %+v", out.GUN, out)
		}
	}
	if worst, ok := worst(result); !ok || worst != model.Failure || result.Complete() {
		t.Errorf("worst %v, complete %v", worst, result.Complete())
	}
	if m.reads > 10 {
		t.Errorf("%d requests to a server that is away", m.reads)
	}
	if !slices.EqualFunc(before.Files, v.recorded[gun].Files, func(a, b archive.File) bool { return a.SHA256 == b.SHA256 }) {
		t.Error("the record of the good run was replaced")
	}
}

// TestArchiveLostOnTheWay: the server goes away in the middle.
func TestArchiveLostOnTheWay(t *testing.T) {
	r := pastRepo(gun)
	m, v := serve(r), newVault()
	m.first = 8
	m.afterwards = &model.Fault{Kind: model.FaultUnreachable, Subject: "memory", Text: "connection reset"}
	out := archived(t, m, v, gun).Repositories[0]
	if out.Complete || !said(out.Problems, model.ProblemUnavailable, "reading stopped early because memory: connection reset") {
		t.Errorf("outcome %+v", out)
	}
	if m.reads > 8+2*admin.DefaultParallel {
		t.Errorf("%d requests", m.reads)
	}
	m.first = 0
	out = archived(t, m, v, gun).Repositories[0]
	if !out.Complete || !slices.Equal(v.versions(gun), slices.Sorted(maps.Keys(r.Past))) {
		t.Errorf("the next run does not complete it: %+v", out)
	}
}

// TestArchiveAbsent: gaps are noted and not asked for again, unless the
// repository was only deleted while it was read.
func TestArchiveAbsent(t *testing.T) {
	r := pastRepo(gun)
	m, v := serve(r), newVault()
	for _, name := range []string{"1.targets", "2.targets", "1.snapshot", "3.snapshot"} {
		delete(m.repos[gun], name)
	}
	out := archived(t, m, v, gun).Repositories[0]
	want := map[model.RoleName][]archive.VersionRange{"targets": {{First: 1, Last: 2}}, "snapshot": {{First: 1, Last: 1}, {First: 3, Last: 3}}}
	if got := v.recorded[gun].Absent; !maps.EqualFunc(got, want, slices.Equal) || !out.Complete {
		t.Errorf("absent %v, complete %v", got, out.Complete)
	}
	m.reads = 0
	out = archived(t, m, v, gun).Repositories[0]
	if got := v.recorded[gun].Absent; !maps.EqualFunc(got, want, slices.Equal) || !out.Complete || m.reads > 4 {
		t.Errorf("second run: absent %v, complete %v, %d requests", got, out.Complete, m.reads)
	}
}

// TestArchiveWithoutCurrent: where the current file tells nothing, versions are
// sought upwards. What lies above the last one is not held to be absent: it may
// be published yet.
func TestArchiveWithoutCurrent(t *testing.T) {
	r := pastRepo(gun)
	m, v := serve(r), newVault()
	m.repos[gun]["snapshot"] = []byte("garbage")
	delete(m.repos[gun], "2.snapshot")
	archived(t, m, v, gun)
	want := map[model.RoleName][]archive.VersionRange{"snapshot": {{First: 2, Last: 2}}}
	if got := v.recorded[gun].Absent; !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("absent %v", got)
	}
	for _, name := range []string{"0.snapshot", "1.snapshot", "3.snapshot", "4.snapshot"} {
		if !slices.Contains(v.versions(gun), name) {
			t.Errorf("%s was not saved: %v", name, v.versions(gun))
		}
	}
}

// TestArchiveDeletedMeanwhile: that every version is gone does not mean that it
// never was.
func TestArchiveDeletedMeanwhile(t *testing.T) {
	r := pastRepo(gun)
	m, v := serve(r), newVault()
	m.first, m.afterwards = 8, &model.Fault{Kind: model.FaultNotFound, Text: "not here"}
	out := archived(t, m, v, gun).Repositories[0]
	if out.Complete || len(v.recorded[gun].Absent) > 0 || !said(out.Problems, model.ProblemUnavailable, "at the end of the run, the repository could no longer be read") {
		t.Errorf("absent %v, outcome %+v", v.recorded[gun].Absent, out)
	}
}

// TestArchiveManyVersions: a server may state any version. The search ends.
func TestArchiveManyVersions(t *testing.T) {
	r := newRepoNamed(gun)
	r.Files["timestamp"].Version = 1_000_000_000
	r.SealTimestamp()
	m, v := serve(r), newVault()
	out := archived(t, m, v, gun).Repositories[0]
	if out.Complete || !said(out.Problems, model.ProblemUnavailable, "the current version of timestamp is 1000000001; versions 1 to 999900000 were not requested") {
		t.Errorf("outcome %+v", out)
	}
}

// TestArchiveReplaced: once the server has given other bytes for a version,
// every version is compared again, and every difference is named.
func TestArchiveReplaced(t *testing.T) {
	v := newVault()
	archived(t, serve(pastRepo(gun)), v, gun)
	anew := pastRepo(gun)
	out := archived(t, serve(anew), v, gun).Repositories[0]
	for name := range anew.Past {
		version, role, _ := strings.Cut(name, ".")
		if !said(out.Problems, model.ProblemReplaced, fmt.Sprintf("the server has changed version %s of %s:", version, role)) {
			t.Errorf("%s: not said", name)
		}
	}
	if out.Files != 2*len(anew.Past) || out.New != len(anew.Past) {
		t.Errorf("%d files, %d new", out.Files, out.New)
	}
	for _, f := range v.recorded[gun].Files {
		if f.Root == 0 {
			t.Errorf("version %d of %s verifies under no root: %v", f.Version, f.Role, f.Problems)
		}
	}
}

// TestArchiveCancel: the run ends at once, is sealed, and says so.
func TestArchiveCancel(t *testing.T) {
	m, v := serve(pastRepo(gun)), newVault()
	service := archiveService(m)
	ctx, cancel := context.WithCancel(t.Context())
	result, err := (&archive.Service{Admin: service, Vault: v}).Save(ctx, []model.GUN{gun, "registry.example.com/never"}, func(p archive.Progress) {
		if p.New > 3 {
			cancel()
		}
	})
	if model.KindOf(err) != model.FaultCanceled || model.HintOf(err) == "" || v.sealed != 1 {
		t.Errorf("error %v, sealed %d times", err, v.sealed)
	}
	for _, out := range result.Repositories {
		if out.Complete || out.GUN == "" || out.Fault == nil {
			t.Errorf("outcome %+v", out)
		}
	}
	if len(v.files) < 3 || len(v.recorded) != 0 {
		t.Errorf("%d files kept, %d repositories recorded", len(v.files), len(v.recorded))
	}
}

// TestArchiveVaultFails: a full disk ends the run; the error is the disk's.
func TestArchiveVaultFails(t *testing.T) {
	m, v := serve(pastRepo(gun)), newVault()
	v.full = &model.Fault{Kind: model.FaultLocal, Subject: "/archive", Text: "no space left on device"}
	service := archiveService(m)
	result, err := (&archive.Service{Admin: service, Vault: v}).Save(t.Context(), []model.GUN{gun}, nil)
	if !errors.Is(err, v.full) || result.Repositories[0].Fault == nil || v.sealed != 1 {
		t.Errorf("error %v, result %+v, sealed %d times", err, result, v.sealed)
	}
	if m.reads > 8 {
		t.Errorf("%d requests although nothing can be kept", m.reads)
	}
}
