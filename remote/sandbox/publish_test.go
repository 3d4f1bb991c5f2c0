package sandbox_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/remote/sandbox"
)

const (
	root     = model.RoleRoot
	targets  = model.RoleTargets
	snapshot = model.RoleSnapshot
	stamp    = model.RoleTimestamp
	releases = docker.Releases
)

// What a client publishes is what others read, with a timestamp that the server
// has made.
func TestPublish(t *testing.T) {
	v := visit(t, sandbox.Config{})
	repo := v.repository()
	if code, detail := v.upload(wire(repo, root, targets, snapshot)); code != "" {
		t.Fatal(code, detail)
	}
	for _, role := range []model.RoleName{root, targets, snapshot} {
		if !bytes.Equal(v.file(string(role)), repo.Files[role].Wire()) {
			t.Errorf("%s is not what was uploaded", role)
		}
	}
	f := v.parsed(stamp)
	if !notary.NewIssuer(repo.Files[root]).Judge(f).Met || f.Version != 1 {
		t.Errorf("the timestamp is version %d or not signed by its key", f.Version)
	}
	var feed struct {
		Count   int
		Records []struct{ GUN, Category, SHA256 string }
	}
	if err := json.Unmarshal(v.get("/v2/"+string(gun)+"/_trust/changefeed?records=10").body, &feed); err != nil {
		t.Fatal(err)
	}
	if feed.Count != 1 || feed.Records[0].Category != "update" || feed.Records[0].GUN != string(gun) {
		t.Errorf("changefeed: %+v", feed)
	}
	if !bytes.Equal(v.file("timestamp."+feed.Records[0].SHA256), v.file("timestamp")) {
		t.Error("the hash of the changefeed does not lead to the timestamp")
	}
}

// Where the server holds the snapshot key it lists what was uploaded, and keeps
// what it listed before.
func TestServerSignsSnapshot(t *testing.T) {
	v := visit(t, sandbox.Config{})
	repo := v.repository()
	v.hold(repo, snapshot)
	repo.Delegate(releases, 1, []string{""}, notarytest.NewKey())
	repo.Seal(targets, releases)
	if code, detail := v.upload(wire(repo, root, targets, releases)); code != "" {
		t.Fatal(code, detail)
	}
	repo.Tag(releases, "1.0", "image")
	repo.Seal(releases)
	if code, detail := v.upload(wire(repo, releases)); code != "" {
		t.Fatal(code, detail)
	}
	f := v.parsed(snapshot)
	if f.Version != 2 || len(f.Meta) != 3 || !notary.NewIssuer(repo.Files[root]).Judge(f).Met {
		t.Errorf("snapshot %d lists %d files", f.Version, len(f.Meta))
	}
	for _, m := range f.Meta {
		if want := notary.Entry(m.Role, v.file(string(m.Role))); !bytes.Equal(want.Hashes.SHA256, m.Hashes.SHA256) {
			t.Errorf("the snapshot does not list the current %s", m.Role)
		}
	}
}

// The rules of the server, each broken once.
func TestRefusals(t *testing.T) {
	for name, row := range map[string]struct {
		change func(v *visitor, repo *notarytest.Repo) map[model.RoleName][]byte
		code   string
		detail string
	}{
		"nothing there and no root": {func(_ *visitor, repo *notarytest.Repo) map[model.RoleName][]byte {
			return wire(repo, targets, snapshot)
		}, "INVALID_UPDATE", "no pre-existing root and no root provided in update."},
		"no snapshot and no key of it": {func(_ *visitor, repo *notarytest.Repo) map[model.RoleName][]byte {
			return wire(repo, root, targets)
		}, "INVALID_UPDATE", "rpc error: code = NotFound desc = key "},
		"a root that skips a version": {func(_ *visitor, repo *notarytest.Repo) map[model.RoleName][]byte {
			repo.Files[root].Version = 6
			repo.Seal(root)
			return wire(repo, root, targets, snapshot)
		}, "INVALID_UPDATE", "Root modifications must increment the version. Current 1, new 7"},
		"an expired root": {func(_ *visitor, repo *notarytest.Repo) map[model.RoleName][]byte {
			repo.Files[root].Expires = start.Add(-time.Second)
			notarytest.SignFile(repo.Files[root], repo.Keys[root]...)
			repo.SealSnapshot()
			return wire(repo, root, targets, snapshot)
		}, "INVALID_UPDATE", "root expired at"},
		"a certificate for another repository": {func(_ *visitor, _ *notarytest.Repo) map[model.RoleName][]byte {
			other := notarytest.New("docker.io/acme/other", start)
			return wire(other, root, targets, snapshot)
		}, "INVALID_UPDATE", "unable to retrieve valid leaf certificates"},
		"expired targets": {func(_ *visitor, repo *notarytest.Repo) map[model.RoleName][]byte {
			repo.Files[targets].Expires = start.Add(-time.Second)
			notarytest.SignFile(repo.Files[targets], repo.Keys[targets]...)
			repo.SealSnapshot()
			return wire(repo, root, targets, snapshot)
		}, "INVALID_UPDATE", "targets expired at"},
		"targets signed by another key": {func(_ *visitor, repo *notarytest.Repo) map[model.RoleName][]byte {
			notarytest.SignFile(repo.Files[targets], notarytest.NewKey())
			repo.SealSnapshot()
			return wire(repo, root, targets, snapshot)
		}, "INVALID_UPDATE", "valid signatures did not meet threshold for targets"},
		"a delegation that nobody names": {func(_ *visitor, repo *notarytest.Repo) map[model.RoleName][]byte {
			repo.Delegate(releases, 1, []string{""}, notarytest.NewKey())
			repo.Seal(releases)
			files := wire(repo, root, targets, releases, snapshot)
			files[targets] = repo.Past["1.targets"]
			return files
		}, "INVALID_UPDATE", "delegation does not exist"},
		"a snapshot of other files": {func(_ *visitor, repo *notarytest.Repo) map[model.RoleName][]byte {
			files := wire(repo, root, snapshot)
			repo.Seal(targets)
			files[targets] = repo.Files[targets].Wire()
			return files
		}, "INVALID_UPDATE", "sha256 checksum for targets did not match: expected "},
		"no timestamp key": {func(_ *visitor, repo *notarytest.Repo) map[model.RoleName][]byte {
			repo.Keys[stamp] = []notarytest.Key{notarytest.NewEd25519Key()}
			repo.Files[root].Keys, repo.Files[root].Version = nil, 0
			repo.NameKeys()
			repo.Seal(root)
			return wire(repo, root, targets, snapshot)
		}, "INVALID_UPDATE", "rpc error: code = NotFound desc = key "},
		"bytes that Notary would not write": {func(_ *visitor, repo *notarytest.Repo) map[model.RoleName][]byte {
			files := wire(repo, root, targets, snapshot)
			files[targets] = append(files[targets], '\n')
			return files
		}, "INVALID_UPDATE", "is not in Notary's form"},
		"no JSON": {func(_ *visitor, _ *notarytest.Repo) map[model.RoleName][]byte {
			return map[model.RoleName][]byte{root: []byte("{")}
		}, "MALFORMED_JSON", ""},
		"an invalid role": {func(_ *visitor, _ *notarytest.Repo) map[model.RoleName][]byte {
			return map[model.RoleName][]byte{"releases": []byte("{}")}
		}, "INVALID_ROLE", `"releases"`},
		"no name": {func(_ *visitor, _ *notarytest.Repo) map[model.RoleName][]byte {
			return map[model.RoleName][]byte{"": []byte("{}")}
		}, "NO_FILENAME", ""},
		"versions that are there already": {func(v *visitor, repo *notarytest.Repo) map[model.RoleName][]byte {
			files := wire(repo, root, targets, snapshot)
			if code, detail := v.upload(files); code != "" {
				t.Fatal(code, detail)
			}
			return files
		}, "VERSION", ""},
		"a root that the last one does not vouch for": {func(v *visitor, repo *notarytest.Repo) map[model.RoleName][]byte {
			if code, detail := v.upload(wire(repo, root, targets, snapshot)); code != "" {
				t.Fatal(code, detail)
			}
			other := notarytest.New(gun, start)
			other.Seal(root)
			return wire(other, root, targets, snapshot)
		}, "INVALID_UPDATE", "failed to validate data with current trusted certificates"},
	} {
		t.Run(name, func(t *testing.T) {
			v := visit(t, sandbox.Config{Clock: func() time.Time { return start }})
			before := v.get("/v2/_trust/changefeed?records=10").body
			repo := v.repository()
			files := row.change(v, repo)
			if row.code == "VERSION" || strings.Contains(name, "last one") {
				before = v.get("/v2/_trust/changefeed?records=10").body
			}
			code, detail := v.upload(files)
			if code != row.code || !strings.Contains(detail, row.detail) {
				t.Errorf("refused with %q %s; want %s %q", code, detail, row.code, row.detail)
			}
			if after := v.get("/v2/_trust/changefeed?records=10").body; !bytes.Equal(before, after) {
				t.Errorf("something was published: %s", after)
			}
		})
	}
}

// What the server signs it signs again once it has expired; what it does not
// sign it cannot.
func TestRenewal(t *testing.T) {
	hour := &clock{now: start}
	v := visit(t, sandbox.Config{Clock: hour.Now})
	repo := v.repository()
	v.hold(repo, snapshot)
	if code, detail := v.upload(wire(repo, root, targets)); code != "" {
		t.Fatal(code, detail)
	}
	old := v.file("timestamp")
	hour.Move(13 * 24 * time.Hour)
	if !bytes.Equal(old, v.file("timestamp")) {
		t.Error("the timestamp was signed again before it expired")
	}
	hour.Move(2 * 24 * time.Hour)
	if f := v.parsed(stamp); f.Version != 2 || !f.Expires.Equal(hour.Now().Add(14*24*time.Hour)) {
		t.Errorf("timestamp %d expires at %s", f.Version, f.Expires)
	}
	hour.Move(4 * 365 * 24 * time.Hour)
	if f := v.parsed(snapshot); f.Version != 2 || v.parsed(stamp).Version != 3 {
		t.Errorf("snapshot %d, timestamp %d", f.Version, v.parsed(stamp).Version)
	}
	if v.parsed(targets).Version != 1 {
		t.Error("the server has signed targets")
	}
}

// A server that does not hold the snapshot key has no current timestamp once the
// snapshot has expired.
func TestNoRenewalWithoutKey(t *testing.T) {
	hour := &clock{now: start}
	v := visit(t, sandbox.Config{Clock: hour.Now})
	repo := v.repository()
	if code, detail := v.upload(wire(repo, root, targets, snapshot)); code != "" {
		t.Fatal(code, detail)
	}
	hour.Move(4 * 365 * 24 * time.Hour)
	a := v.get("/v2/" + string(gun) + "/_trust/tuf/timestamp.json")
	if code, _ := refusal(t, a); a.status != http.StatusInternalServerError || code != "UNKNOWN" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// The keys of a role stay the same until one has signed; a rotation gives another
// one.
func TestServerKeys(t *testing.T) {
	v := visit(t, sandbox.Config{})
	path := "/v2/" + string(gun) + "/_trust/tuf/snapshot.key"
	first := v.get(path)
	if first.status != http.StatusOK || !bytes.Equal(first.body, v.get(path).body) {
		t.Errorf("two keys before the first was used: %s", first.body)
	}
	if again := v.do(http.MethodPost, path, "", nil); !bytes.Equal(first.body, again.body) {
		t.Error("an unused key was not handed out again")
	}
	repo := v.repository()
	v.hold(repo, snapshot)
	if code, detail := v.upload(wire(repo, root, targets)); code != "" {
		t.Fatal(code, detail)
	}
	current := v.get(path)
	if bytes.Equal(current.body, first.body) {
		t.Error("the key is not the one that the root names")
	}
	if rotated := v.do(http.MethodPost, path, "", nil); bytes.Equal(rotated.body, current.body) {
		t.Error("a rotation gave the key that is in use")
	}
}

func TestDelete(t *testing.T) {
	v := visit(t, sandbox.Config{})
	path := "/v2/" + string(gun) + "/_trust/tuf/"
	if a := v.do(http.MethodDelete, path, "", nil); a.status != http.StatusOK {
		t.Errorf("deleting nothing: %d %s", a.status, a.body)
	}
	repo := v.repository()
	if code, detail := v.upload(wire(repo, root, targets, snapshot)); code != "" {
		t.Fatal(code, detail)
	}
	if a := v.do(http.MethodDelete, path, "", nil); a.status != http.StatusOK {
		t.Errorf("deleting: %d %s", a.status, a.body)
	}
	if a := v.get(path + "root.json"); a.status != http.StatusNotFound {
		t.Errorf("the root is still there: %d", a.status)
	}
}
