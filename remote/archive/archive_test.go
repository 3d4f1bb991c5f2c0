package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/archive"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
)

// TestRoundTrip archives a repository with a past and reads everything back.
func TestRoundTrip(t *testing.T) {
	repo, dir := sampleRepo(gun), t.TempDir()
	server := newServer(repo)
	healthy(t, archiveTo(t, server, dir, gun))
	r := open(t, dir)

	for name, want := range repo.Past {
		version, role := cutVersion(name)
		sum := fmt.Sprintf("%x", sha256.Sum256(want))
		for _, ref := range []port.Ref{{Version: version}, {SHA256: sum}} {
			ref.Role, ref.Limit = model.RoleName(role), 1<<20
			f, err := r.Read(t.Context(), gun, ref)
			if err != nil || !bytes.Equal(f.Bytes, want) || !f.Modified.Equal(noon.Add(-time.Hour)) {
				t.Errorf("%s by %+v: %d bytes of %s, %v", name, ref, len(f.Bytes), f.Modified, err)
			}
		}
	}
	for role, want := range repo.Wire() {
		f, err := r.Read(t.Context(), gun, port.Ref{Role: role, Limit: 1 << 20})
		if err != nil || !bytes.Equal(f.Bytes, want) {
			t.Errorf("current %s: %v", role, err)
		}
	}
	for _, ref := range []port.Ref{{Role: "targets/never"}, {Role: "targets", Version: 9}, {Role: "targets", SHA256: strings.Repeat("0", 64)}} {
		ref.Limit = 1 << 20
		if _, err := r.Read(t.Context(), gun, ref); model.KindOf(err) != model.FaultNotFound {
			t.Errorf("%+v: %v", ref, err)
		}
	}
	if _, err := r.Read(t.Context(), gun, port.Ref{Role: "root", Limit: 10}); model.KindOf(err) != model.FaultBadData {
		t.Errorf("a file beyond the limit: %v", err)
	}
	changes, err := r.Changes(t.Context(), gun)
	if err != nil || len(changes) != 1 || changes[0] != server.feed[gun][0] {
		t.Errorf("changes %v, %v", changes, err)
	}
	listed, err := r.Repositories(t.Context())
	if err != nil || len(listed) != 1 || listed[0].GUN != gun {
		t.Errorf("repositories %v, %v", listed, err)
	}
	if source := r.Source(); source.Kind != model.SourceArchive || !source.Read.Equal(noon) || r.Unfinished() {
		t.Errorf("source %+v, unfinished %v", source, r.Unfinished())
	}
}

// TestAnyRole keeps the files of roles whatever they are called.
func TestAnyRole(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	roles := []model.RoleName{"a b", "a//b", "a/b", "/", "//", "..", "../../etc/x", "100%", "%", "a*?", `a\b`, "é\u202e", "CON", "con"}
	for _, role := range roles {
		if _, err := w.Save(t.Context(), gun, archive.Saving{Role: role, Version: 3, Bytes: []byte(role)}); err != nil {
			t.Fatal(role, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := open(t, dir)
	for _, role := range roles {
		f, err := r.Read(t.Context(), gun, port.Ref{Role: role, Version: 3, Limit: 100})
		if err != nil || string(f.Bytes) != string(role) {
			t.Errorf("%q: %q, %v", role, f.Bytes, err)
		}
	}
}

func open(t *testing.T, dir string) *Reader {
	t.Helper()
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// TestSameVerdicts looks at the archive and at the server with the same eyes.
func TestSameVerdicts(t *testing.T) {
	repo, dir := sampleRepo(gun), t.TempDir()
	server := newServer(repo)
	archiveTo(t, server, dir, gun)
	live := server.service().Open(t.Context(), gun)
	r := open(t, dir)
	service := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: r, Clock: r.Date, Health: health.DefaultOptions()}
	saved := service.Open(t.Context(), gun)
	if live.Repository == nil || saved.Repository == nil {
		t.Fatal(live.Fault, saved.Fault)
	}
	if live.Assessment.Level != health.OK || saved.Assessment.Level != health.OK {
		t.Errorf("level %v live, %v saved: %s", live.Assessment.Level, saved.Assessment.Level, saved.Assessment.Reason)
	}
	for i := range live.Repository.Roles {
		a, b := &live.Repository.Roles[i], saved.Repository.Role(live.Repository.Roles[i].Name)
		if b == nil || a.State != b.State || a.SHA256 != b.SHA256 || a.Valid != b.Valid {
			t.Errorf("%s: live %v, saved %+v", a.Name, a.State, b)
		}
	}
	if anchor := saved.Repository.Anchor; anchor.Kind != model.AnchorArchive || !slices.Equal(anchor.Walked, []int64{1, 2}) {
		t.Errorf("anchor %+v", anchor)
	}
}

// TestIncremental counts what a second run asks for.
func TestIncremental(t *testing.T) {
	repo, dir := sampleRepo(gun), t.TempDir()
	server := newServer(repo)
	first := archiveTo(t, server, dir, gun)
	healthy(t, first)
	if got := first.Repositories[0]; got.New != len(repo.Past) || got.Files != len(repo.Past) {
		t.Errorf("first run: %d new of %d, want %d", got.New, got.Files, len(repo.Past))
	}
	server.asked()
	before := snapshotOf(t, dir)

	again := archiveTo(t, server, dir, gun)
	healthy(t, again)
	// Removed delegations are asked for by name, because they may come back.
	if got, want := server.asked(), []string{"targets/old", "timestamp"}; !slices.Equal(got, want) {
		t.Errorf("nothing new: asked for %v, want %v", got, want)
	}
	if again.Repositories[0].New != 0 || again.Repositories[0].Files != len(repo.Past) {
		t.Errorf("nothing new: %+v", again.Repositories[0])
	}
	if after := snapshotOf(t, dir); !slices.Equal(before, after) {
		t.Errorf("a run that found nothing new changed the archive:\n%v\n%v", before, after)
	}

	repo.Tag("targets/alice", "v2", "two")
	repo.Seal("targets/alice")
	server.publish(repo)
	third := archiveTo(t, server, dir, gun)
	healthy(t, third)
	if third.Repositories[0].New != 3 {
		t.Errorf("after a publish: %d new, want alice, snapshot and timestamp", third.Repositories[0].New)
	}
	for _, name := range server.asked() {
		if name[0] >= '0' && name[0] <= '9' {
			t.Errorf("after a publish: asked for %s by version", name)
		}
	}
	if changes, err := open(t, dir).Changes(t.Context(), gun); err != nil || len(changes) != 2 {
		t.Errorf("changes after a publish: %v, %v", changes, err)
	}
}

// snapshotOf lists the files of an archive with their digests, reports aside:
// those say what the last run trusted.
func snapshotOf(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), "report.") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		out = append(out, fmt.Sprintf("%x %s", sha256.Sum256(data), filepath.ToSlash(name)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestWithoutTrustdeck reads an archive with nothing but the standard library:
// the list of digests, the certificates, the reports.
func TestWithoutTrustdeck(t *testing.T) {
	repo, dir := sampleRepo(gun), t.TempDir()
	archiveTo(t, newServer(repo), dir, gun)
	trust := filepath.Join(dir, "repositories", "registry.test", "acme", "app", "_trust")

	sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(sums), "\n"), "\n")
	for _, line := range lines {
		sum, name, ok := strings.Cut(line, "  ")
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if got := sha256.Sum256(data); !ok || err != nil || hex.EncodeToString(got[:]) != sum {
			t.Errorf("%q: %v", line, err)
		}
	}
	if want := len(repo.Past) + 2; len(lines) != want {
		t.Errorf("%d digests, want %d: all versions, a certificate, a changefeed", len(lines), want)
	}

	id := repo.Keys[model.RoleRoot][0].ID
	certificate, err := os.ReadFile(filepath.Join(trust, "certificates", string(id)+".pem"))
	if block, _ := pem.Decode(certificate); err != nil || block == nil || block.Type != "CERTIFICATE" {
		t.Errorf("certificate: %v", err)
	}

	page, err := os.ReadFile(filepath.Join(trust, "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# Trust data of registry.test/acme/app", "Verdict: **ok**", "every version of every role on the server is here",
		"| v1 | `" + fmt.Sprintf("%x", sha256.Sum256([]byte("one"))) + "` | 3 | targets/alice |",
		"| targets/old | 1 |", "key " + repo.Keys[model.RoleTargets][0].ID.Short() + " added to targets", "targets/old removed", "root 1",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	overview, err := os.ReadFile(filepath.Join(dir, "report.md"))
	if err != nil || !strings.Contains(string(overview), "[report](repositories/registry.test/acme/app/_trust/report.md)") {
		t.Errorf("overview %s, %v", overview, err)
	}
}

// TestForeignFolder: what is neither empty nor an archive is left alone.
func TestForeignFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.txt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Create(dir, clock)
	if model.KindOf(err) != model.FaultLocal || !strings.Contains(err.Error(), `it contains "thesis.txt"`) || model.HintOf(err) == "" {
		t.Errorf("got %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("the folder was changed: %v", entries)
	}
}

// TestTwoWriters: the second one is refused until the first has finished.
func TestTwoWriters(t *testing.T) {
	dir := t.TempDir()
	first, err := Create(dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Create(dir, clock)
	if model.KindOf(err) != model.FaultLocal || !strings.Contains(err.Error(), "another trustdeck is writing") {
		t.Errorf("got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	healthy(t, archiveTo(t, newServer(sampleRepo(gun)), dir, gun))
}

// TestReplaced: a repository that was deleted and made anew has other bytes for
// the same versions. Both are kept, and it is said.
func TestReplaced(t *testing.T) {
	dir := t.TempDir()
	before := sampleRepo(gun)
	archiveTo(t, newServer(before), dir, gun)
	after := sampleRepo(gun)
	server := newServer(after)
	result := archiveTo(t, server, dir, gun)
	if !hasProblem(result, model.ProblemReplaced, "version 1 of root") || !hasProblem(result, model.ProblemReplaced, "version 1 of targets/alice") {
		t.Errorf("not said: %v", result.Repositories[0].Problems)
	}
	if got, want := result.Repositories[0].Files, len(before.Past)+len(after.Past); got != want {
		t.Errorf("%d files, want %d", got, want)
	}
	r := open(t, dir)
	for name, repo := range map[string]map[string][]byte{"before": before.Past, "after": after.Past} {
		sum := fmt.Sprintf("%x", sha256.Sum256(repo["1.root"]))
		if f, err := r.Read(t.Context(), gun, port.Ref{Role: "root", SHA256: sum, Limit: 1 << 20}); err != nil || !bytes.Equal(f.Bytes, repo["1.root"]) {
			t.Errorf("root 1 of %s: %v", name, err)
		}
	}
	f, err := r.Read(t.Context(), gun, port.Ref{Role: "root", Version: 1, Limit: 1 << 20})
	if err != nil || !bytes.Equal(f.Bytes, after.Past["1.root"]) {
		t.Errorf("by version, the one saved last should come: %v", err)
	}

	// From then on, having a version says nothing: the next run compares all.
	again := archiveTo(t, server, dir, gun)
	if again.Repositories[0].New != 0 || hasProblem(again, model.ProblemReplaced, "") {
		t.Errorf("third run: %+v", again.Repositories[0])
	}
}

func hasProblem(result archive.Result, code model.ProblemCode, text string) bool {
	return slices.ContainsFunc(result.Repositories, func(r archive.Outcome) bool {
		return slices.ContainsFunc(r.Problems, func(p model.Problem) bool { return p.Code == code && strings.Contains(p.Text, text) })
	})
}

// TestMendedByServer: a damaged file is fetched again, and one that the server
// no longer gives is named.
func TestMendedByServer(t *testing.T) {
	repo, dir := sampleRepo(gun), t.TempDir()
	server := newServer(repo)
	archiveTo(t, server, dir, gun)
	damaged := filepath.Join(dir, filepath.FromSlash(folderOf(gun)), "tuf", "1.targets.json")
	spoil(t, damaged)
	result := archiveTo(t, server, dir, gun)
	healthy(t, result)
	if data, _ := os.ReadFile(damaged); result.Repositories[0].New != 1 || !bytes.Equal(data, repo.Past["1.targets"]) {
		t.Errorf("%d files mended, the bytes are right: %v", result.Repositories[0].New, bytes.Equal(data, repo.Past["1.targets"]))
	}

	spoil(t, damaged)
	delete(server.files, string(gun)+" 1.targets")
	result = archiveTo(t, server, dir, gun)
	if result.Complete() || !hasProblem(result, model.ProblemDamaged, "1.targets.json was saved before") {
		t.Errorf("not named: %+v", result.Repositories[0])
	}
}

func spoil(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedChangefeed: the entries are saved anew, and nothing else suffers.
func TestDamagedChangefeed(t *testing.T) {
	repo, dir := sampleRepo(gun), t.TempDir()
	server := newServer(repo)
	archiveTo(t, server, dir, gun)
	spoil(t, filepath.Join(dir, filepath.FromSlash(folderOf(gun)), "changefeed", "1.json"))
	if _, err := open(t, dir).Changes(t.Context(), gun); model.KindOf(err) != model.FaultBadData {
		t.Errorf("reading it: %v", err)
	}
	result := archiveTo(t, server, dir, gun)
	if !result.Complete() || !hasProblem(result, model.ProblemDamaged, "changefeed/1.json was missing or changed") {
		t.Errorf("outcome %+v", result.Repositories[0])
	}
	changes, err := open(t, dir).Changes(t.Context(), gun)
	if err != nil || len(changes) != 1 || changes[0] != server.feed[gun][0] {
		t.Errorf("changes %v, %v", changes, err)
	}
	healthy(t, archiveTo(t, server, dir, gun))
}
