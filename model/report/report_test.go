package report_test

import (
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
	"trustdeck/model/admin/backup"
	"trustdeck/model/health"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
	"trustdeck/model/quorum"
	"trustdeck/model/report"
)

var update = flag.Bool("update", false, "write the golden files again")

func golden(t *testing.T, name string, v any) {
	t.Helper()
	var b strings.Builder
	if err := report.Encode(&b, v); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := file(t, path); b.String() != want {
		t.Errorf("%s differs from the golden file; see what changed with -update:\n%s", name, b.String())
	}
}

func file(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// corpus are repositories that docker has shown: see model/notary/docker/testdata.
const corpus = "../notary/docker/testdata/docker/repositories"

// readAt is a moment at which docker read the corpus.
func readAt(t *testing.T) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(file(t, filepath.Join(corpus, "read-at"))))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A view of a real repository with a delegation that lost its key.
func view(t *testing.T) admin.Look {
	t.Helper()
	repo := notarytest.Captured(os.DirFS(corpus+"/acme/undersigned"), "docker.io/acme/undersigned", readAt(t), nil)
	repo.Source = model.Source{Kind: model.SourceServer, Name: "https://notary.example.org", Read: readAt(t)}
	return admin.Look{
		GUN:        repo.GUN,
		Repository: repo,
		Assessment: health.Assessment{
			Level: health.Broken, Reason: "targets/alice lacks a signature",
			First: model.RoleTargets, Expires: time.Date(2029, 11, 20, 1, 2, 3, 0, time.FixedZone("", -5*3600)),
			Findings: []health.Finding{{
				Code: string(model.ProblemThreshold), Severity: model.Failure, GUN: repo.GUN, Role: "targets/alice",
				Text: "targets/alice lacks a signature", Remedy: "Witness it.",
			}},
		},
		Changed: time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC),
	}
}

func unreachable() *model.Fault {
	return &model.Fault{Kind: model.FaultUnreachable, Subject: "https://notary.example.org", Text: "connection refused", Hint: "Check the URL."}
}

func TestGoldenAnswers(t *testing.T) {
	v := view(t)
	failed := admin.Look{GUN: "docker.io/acme/away", Assessment: health.Assessment{Level: health.None, Reason: "it could not be read"}, Fault: unreachable()}
	tags, resolution := docker.Tags(v.Repository), docker.Resolve(v.Repository, "1.0")
	at := readAt(t)

	golden(t, "inspect", report.NewInspect([]report.Repository{
		report.NewRepository(v, tags, &resolution, quorum.Known{}),
		report.NewRepository(failed, nil, nil, quorum.Known{}),
	}))
	golden(t, "repos", report.NewRepos(v.Repository.Source, []report.Summary{report.NewSummary(v), report.NewSummary(failed)}, map[string]string{"vendor": "https://tuf.example.org/metadata", "acme": "/srv/tuf/acme"}))
	golden(t, "tags", report.NewTags(v, tags))
	golden(t, "verify", report.NewVerify(v, resolution, report.Content{Name: "-", Length: 3, Hashes: model.Hashes{SHA256: []byte{1}, SHA512: []byte{2}}}))
	failOn := model.Warning
	golden(t, "doctor", report.NewDoctor(2, v.Assessment.Findings, &failOn))
	golden(t, "keys", report.NewKeys("/home/ann/.docker/trust", []admin.KeyUse{
		{
			PrivateKey: model.PrivateKey{
				ID: tagKey(v), Label: "alice", Encrypted: true, Encoding: "PKCS#8, PBES2", Place: "file",
				Path: "/home/ann/.docker/trust/private/x.key", Modified: at,
			},
			Uses:   []admin.Use{{GUN: v.GUN, Role: "targets/alice"}},
			Backup: port.BackupMark{BackedUp: at, Checked: at.Add(time.Hour), File: "/media/usb/trust.tar.gz"},
		},
		{PrivateKey: model.PrivateKey{
			Label: "targets", GUN: v.GUN, Place: "file", Path: "y.key", Legacy: true, Algorithm: "ECDSA P-256",
			Fault: &model.Fault{Kind: model.FaultLocal, Subject: "y.key", Text: "others may read it", Hint: "chmod 600 y.key"},
		}},
	}, []model.GUN{"docker.io/acme/away"}))
	held := backup.Key{ID: tagKey(v), Label: "alice", Encrypted: true, Path: "private/x.key", Fingerprint: "ab"}
	golden(t, "backup", report.NewBackup(&backup.Report{
		File: "/media/usb/trust.tar.gz", Form: backup.WithPassphrase, Created: at, Version: "v1.2.3", Files: 3, Pins: 1,
		Keys: []backup.TriedKey{
			{Key: held, Trial: backup.KeyUsable},
			{Key: backup.Key{ID: "ff", Label: "targets", GUN: v.GUN, Path: "private/y.key"}, Trial: backup.KeyUnusable, Fault: &model.Fault{Kind: model.FaultBadData, Text: "is damaged"}},
		},
		Repositories: []model.GUN{v.GUN}, NewKeys: []model.PrivateKey{{ID: "ee"}}, NewRepositories: []model.GUN{"docker.io/acme/new"},
		Left: []*model.Fault{{Kind: model.FaultLocal, Subject: "z.key", Text: "cannot be read"}},
	}))
	restored := report.NewRestore("/home/ann/.docker/trust", &backup.Restoration{
		File: "/media/usb/trust.tar.gz", Backup: backup.Content{Created: at},
		Items: []backup.RestoreItem{
			{Path: "private/x.key", Key: &held, State: backup.RestoreConflicting, Replace: true},
			{Path: "tuf/a/metadata/root.json", GUN: v.GUN, State: backup.RestorePresent},
		},
	})
	restored.Written([]port.RestoredFile{{Path: "private/x.key", Aside: "private/x.key.replaced-20261121T110536Z"}})
	golden(t, "restore", restored)
	golden(t, "archive", report.NewArchive("/archive", archive.Result{
		Server: "https://notary.example.org", Started: at, Finished: at.Add(time.Second),
		Repositories: []archive.Outcome{
			{GUN: v.GUN, Read: at, Complete: true, Assessment: v.Assessment, Files: 9, New: 2, Problems: v.Repository.AllProblems()},
			{GUN: failed.GUN, Fault: unreachable(), Assessment: failed.Assessment},
		},
	}))
	golden(t, "version", report.NewVersion(report.Version{Version: "v0.1.0", Revision: "abc", Go: "go1.26.0", Platform: "linux/amd64"}))
}

func tagKey(v admin.Look) model.KeyID { return v.Repository.Role("targets/alice").Keys[0] }

// Whatever metadata holds, an answer can be encoded, is JSON, keeps the text,
// and has nothing in it that a terminal obeys.
func TestHostileValues(t *testing.T) {
	hostile := "a\x00\x1b]0;title\a\u009b31m\u202eb\u2028\xff\U000e0001<&>"
	v := view(t)
	role := &v.Repository.Roles[0]
	role.Expires = time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -24*3600))
	role.Modified = time.Date(0, 1, 1, 0, 0, 0, 0, time.FixedZone("", 24*3600))
	role.Problems = []model.Problem{{Code: "x", Text: hostile, Fault: &model.Fault{Text: hostile, Subject: hostile}}}
	role.Signatures[0].Method = hostile
	v.Repository.Keys[0].Certificates = []model.Certificate{{Subject: hostile, Serial: big.NewInt(-1)}}
	tags := []model.Tag{{Name: hostile}}

	var b strings.Builder
	if err := report.Encode(&b, report.NewInspect([]report.Repository{report.NewRepository(v, tags, nil, quorum.Known{})})); err != nil {
		t.Fatal(err)
	}
	for _, r := range b.String() {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Fatalf("the answer holds %q", r)
		}
	}
	var back report.Inspect
	if err := json.Unmarshal([]byte(b.String()), &back); err != nil {
		t.Fatal(err)
	}
	if got, want := back.Repositories[0].Tags[0].Name, strings.ToValidUTF8(hostile, "\ufffd"); got != want {
		t.Errorf("the name came back as %q, want %q", got, want)
	}
	if got := back.Repositories[0].Roles[0]; got.Expires.Year() != 9999 || got.Modified.Year() != 0 {
		t.Errorf("times beyond RFC 3339 became %v and %v", got.Expires, got.Modified)
	}
}

func TestVerified(t *testing.T) {
	good := func() admin.Look {
		repo := notarytest.Captured(os.DirFS(corpus+"/acme/signers"), "docker.io/acme/signers", readAt(t), nil)
		return admin.Look{GUN: repo.GUN, Repository: repo}
	}
	for _, test := range []struct {
		name  string
		alter func(*admin.Look)
		want  bool
	}{
		{"all is well", func(*admin.Look) {}, true},
		{"not read", func(v *admin.Look) { v.Repository = nil }, false},
		{"a broken delegation", func(v *admin.Look) { v.Repository.Role("targets/alice").State = model.RoleBroken }, false},
		{"an expired delegation", func(v *admin.Look) { v.Repository.Role("targets/alice").Expired = true }, false},
		{"an unpublished delegation", func(v *admin.Look) { v.Repository.Role("targets/alice").State = model.RoleUnpublished }, true},
		{"a missing snapshot", func(v *admin.Look) { v.Repository.Role("snapshot").State = model.RoleMissing }, false},
		{"a warning", func(v *admin.Look) { v.Repository.Problems = []model.Problem{{Severity: model.Warning}} }, true},
		{"a failure of the whole", func(v *admin.Look) { v.Repository.Problems = []model.Problem{{Severity: model.Failure}} }, false},
	} {
		v := good()
		test.alter(&v)
		if got := report.Verified(v); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestVerifyMatches(t *testing.T) {
	one, two := []byte{1}, []byte{2}
	file := report.Content{Length: 7, Hashes: model.Hashes{SHA256: one, SHA512: two}}
	for _, test := range []struct {
		name   string
		stated bool
		length int64
		hashes model.Hashes
		want   bool
	}{
		{"both hashes", true, 7, model.Hashes{SHA256: one, SHA512: two}, true},
		{"one hash", true, 7, model.Hashes{SHA256: one}, true},
		{"the other hash", true, 7, model.Hashes{SHA512: two}, true},
		{"one of two differs", true, 7, model.Hashes{SHA256: one, SHA512: one}, false},
		{"the other of two differs", true, 7, model.Hashes{SHA256: two, SHA512: two}, false},
		{"length differs", true, 8, model.Hashes{SHA256: one}, false},
		{"no hash at all", true, 7, model.Hashes{}, false},
		{"a hash that is null", true, 7, model.Hashes{SHA512: two, Other: map[string][]byte{"sha256": nil}}, false},
		{"a hash that nobody knows", true, 7, model.Hashes{SHA512: two, Other: map[string][]byte{"md5": one}}, true},
		{"no role states it", false, 7, model.Hashes{SHA256: one}, false},
	} {
		r := model.Resolution{Target: model.Target{Length: test.length, Hashes: test.hashes}}
		if test.stated {
			r.Role = model.RoleTargets
		}
		if got := report.NewVerify(admin.Look{}, r, file).Matches; got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestDoctorFails(t *testing.T) {
	notice, warning, failure := model.Notice, model.Warning, model.Failure
	for _, test := range []struct {
		found  []model.Severity
		failOn *model.Severity
		want   bool
	}{
		{nil, &notice, false},
		{[]model.Severity{notice}, &notice, true},
		{[]model.Severity{notice}, &warning, false},
		{[]model.Severity{notice, warning}, &warning, true},
		{[]model.Severity{failure}, &warning, true},
		{[]model.Severity{warning}, &failure, false},
		{[]model.Severity{failure}, nil, false},
	} {
		var findings []health.Finding
		for _, s := range test.found {
			findings = append(findings, health.Finding{Severity: s})
		}
		if got := report.NewDoctor(0, findings, test.failOn).Failed; got != test.want {
			t.Errorf("findings %v: %v, want %v", test.found, got, test.want)
		}
	}
}
