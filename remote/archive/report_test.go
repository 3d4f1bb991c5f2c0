package archive

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/archive"
	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
	"trustdeck/model/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (-update writes it anew):\n%s", name, got)
	}
}

func id(digit string) model.KeyID { return model.KeyID(strings.Repeat(digit, 64)) }

// audited is a repository with one of everything that a report speaks of.
func audited() archive.Repository {
	stored, until := noon.Add(-24*time.Hour), noon.Add(365*24*time.Hour)
	certificate := model.Certificate{
		Subject: "CN=registry.test/acme/app", Issuer: "CN=registry.test/acme/app", Serial: big.NewInt(7),
		NotBefore: stored, NotAfter: until, Fingerprint: strings.Repeat("f", 64),
	}
	rootKey := model.Key{
		ID: id("1"), ListedAs: []model.KeyID{id("2")}, Types: []model.KeyType{model.KeyECDSAX509}, Algorithm: "ECDSA P-256", SPKI: []byte("spki"),
		Certificates: []model.Certificate{certificate}, Roles: []model.RoleName{"root"},
	}
	signerKey := model.Key{
		ID: id("3"), ListedAs: []model.KeyID{id("3")}, Types: []model.KeyType{model.KeyECDSA}, Algorithm: "ECDSA P-256", SPKI: []byte("other"),
		Roles: []model.RoleName{"targets", "targets/releases", "targets/alice"},
	}
	role := func(name model.RoleName, key model.KeyID) model.Role {
		r := notary.NewRole(name)
		r.Threshold, r.Valid, r.Version, r.Expires, r.Raw, r.Modified = 1, 1, 2, until, []byte("x"), stored
		r.Keys, r.Listed = []model.KeyID{key}, []model.KeyID{key}
		r.Parents = []model.Delegation{{From: notary.Parent(name), Name: name}}
		r.Signatures = []model.Signature{{KeyID: key, Key: key, Method: "ecdsa", State: model.SignatureValid}}
		return r
	}
	releases, alice := role(docker.Releases, id("3")), role("targets/alice", id("3"))
	releases.Paths, releases.Effective, alice.Paths, alice.Effective = []string{""}, []string{""}, []string{"v"}, []string{"v"}
	alice.Expires = until.Add(-300 * 24 * time.Hour)
	repo := &model.Repository{
		GUN: gun, Dialect: model.NotaryV1, At: noon, Source: model.Source{Name: "https://notary.test", Read: noon},
		Anchor: model.Anchor{Kind: model.AnchorFirstUse, Version: 2, Keys: []model.KeyID{id("1")}, Walked: []int64{2}},
		Roles:  []model.Role{role("root", id("1")), role("targets", id("3")), releases, alice, role("snapshot", id("4")), role("timestamp", id("4"))},
		Keys:   []model.Key{rootKey, signerKey},
	}
	docker.Dialect{}.AddSigners(repo)
	file := func(name model.RoleName, version int64, root int64) archive.File {
		return archive.File{
			VaultFile: archive.VaultFile{
				Role: name, Version: version, Length: 1, SHA256: [32]byte{byte(version)}, Modified: stored,
				Path: folderOf(gun) + "/" + fileOf(name, version, [32]byte{}, false), Current: version == 2, New: true,
			},
			States: version, Expires: until, Signers: []model.KeyID{id("1")}, Root: root,
		}
	}
	broken := file("targets", 1, 0)
	broken.Signers = nil
	broken.Problems = []model.Problem{{Code: model.ProblemThreshold, Severity: model.Failure, Role: "targets", Text: "version 1 of targets: targets has 0 valid signatures of the 1 that it needs"}}
	second := file("root", 2, 1)
	second.Changes = []string{"key 3333 3333 added to targets"}
	return archive.Repository{
		GUN: gun, Server: "https://notary.test", Read: noon,
		View: admin.Look{GUN: gun, Repository: repo, Changed: stored, Assessment: health.Assessment{
			Level: health.Soon, Reason: "targets/alice expires soon", First: "targets/alice", Expires: alice.Expires,
			Findings: []health.Finding{{Code: health.CodeSoon, Severity: model.Warning, GUN: gun, Role: "targets/alice", Text: "targets/alice expires soon", Remedy: "witness it"}},
		}},
		Tags:         []model.Tag{{Name: "v1", Length: 1527, Hashes: model.Hashes{SHA256: bytes.Repeat([]byte{0xab}, 32)}, Roles: []model.RoleName{docker.Releases, "targets/alice"}, Pulled: true}},
		Puller:       "docker",
		Files:        []archive.File{file("root", 1, 1), second, broken, file("targets", 2, 2)},
		Absent:       map[model.RoleName][]archive.VersionRange{"snapshot": {{First: 1, Last: 1}, {First: 3, Last: 9}}},
		Certificates: []archive.RootCertificate{{Certificate: certificate, ID: id("2"), Key: id("1"), Roots: []int64{1, 2}}},
		Changes:      []port.Change{{ID: "1", GUN: gun, Time: stored, Version: 1, SHA256: strings.Repeat("a", 64)}, {ID: "2", GUN: gun, Time: noon, Deleted: true}},
		Problems:     []model.Problem{{Code: model.ProblemUnavailable, Severity: model.Failure, Role: "timestamp", Text: "version 2 of timestamp could not be read: time-out"}},
		New:          4,
	}
}

// TestReports shows what an auditor gets.
func TestReports(t *testing.T) {
	r := audited()
	golden(t, "report.md", repositoryMarkdown(folderOf(gun), r))
	var buf bytes.Buffer
	if err := report.Encode(&buf, newRepositoryReport(r)); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.json", buf.Bytes())
	over := overviewReport{
		Server: "https://notary.test", Started: noon, Finished: noon.Add(time.Minute),
		Repositories: []outcomeReport{
			{Name: string(gun), Folder: folderOf(gun), Read: noon, Complete: true, Level: "ok", Files: 4, New: 4, Problems: []problemReport{}},
			{Name: "localhost:5000/x", Folder: folderOf("localhost:5000/x"), Read: noon, Level: "broken", Files: 9, Problems: newProblems(r.Files[2].Problems)},
			{Name: "registry.test/gone", Folder: folderOf("registry.test/gone"), Level: "none", Fault: &report.Fault{Kind: "not-found", Text: "no trust data"}},
		},
		Others: []otherReport{{Name: "registry.test/older", Folder: folderOf("registry.test/older"), Read: noon.Add(-time.Hour), Complete: true}},
	}
	golden(t, "overview.md", overviewMarkdown(over))
}

// Where signers share no role, the report speaks of none.
func TestReportWithoutSharedRole(t *testing.T) {
	r := audited()
	r.Puller, r.View.Repository.Shared = "a reader", nil
	page := string(repositoryMarkdown(folderOf(gun), r))
	_, signers, ok := strings.Cut(page, "## Signers\n")
	signers, _, _ = strings.Cut(signers, "## ")
	if !ok || !strings.Contains(signers, "alice") || strings.Contains(signers, "releases") || strings.Contains(page, "docker") {
		t.Errorf("the report is\n%s", page)
	}
}

// TestHostileTexts: nothing that comes from outside can move a terminal's
// cursor, leave its table cell, or become a link or markup.
func TestHostileTexts(t *testing.T) {
	hostile := "a|b\n# c\r\x1b[31m \u202e`d` [e](http://f) <script>g</script> **h** \x00\xff"
	r := audited()
	r.Server, r.View.Assessment.Reason, r.View.Assessment.Findings[0].Text = hostile, hostile, hostile
	r.Problems[0].Text, r.Files[1].Changes[0], r.Tags[0].Name = hostile, hostile, hostile
	r.Certificates[0].Subject, r.View.Repository.Keys[0].Certificates[0].Subject = hostile, hostile
	r.View.Repository.Roles[3].Effective = []string{hostile}
	r.View.Repository.Keys[0].Algorithm, r.Changes[0].SHA256 = hostile, hostile
	r.View.Repository.Roles[0].Keys = []model.KeyID{model.KeyID(hostile)}
	r.Files[0].Signers = []model.KeyID{model.KeyID(hostile)}
	page := string(repositoryMarkdown(folderOf(gun), r))
	for _, bad := range []string{"<script", "[e]", "`d`", "**h**", "\n# c"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	columns := 0
	for line := range strings.Lines(page) {
		for _, c := range strings.TrimSuffix(line, "\n") {
			if !unicode.IsPrint(c) {
				t.Errorf("%q is in %q", c, line)
			}
		}
		cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		switch {
		case !strings.HasPrefix(line, "|"):
			columns = 0
		case columns == 0:
			columns = cells
		case cells != columns:
			t.Errorf("%d cells, want %d: %s", cells, columns, line)
		}
	}
	var buf bytes.Buffer
	if err := report.Encode(&buf, newRepositoryReport(r)); err != nil || !json.Valid(buf.Bytes()) {
		t.Errorf("the JSON is not valid: %v", err)
	}
	if strings.ContainsFunc(buf.String(), func(c rune) bool { return c != '\n' && !unicode.IsPrint(c) }) {
		t.Error("the JSON has characters that are not printable")
	}
}
