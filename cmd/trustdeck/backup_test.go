package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"trustdeck/cmd/trustdeck/internal/backuprecord"
	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/keystore/backup"
	"trustdeck/keystore/trustdir"
	"trustdeck/model/admin"
	"trustdeck/model/report"
)

// Keys of notary and docker, with their passphrases.
const (
	realKeys      = "../../keystore/trustdir/testdata"
	rootKey       = "8dd36646ac74bdcfc9d06a8a17a0a235daad2f645028e76e96af62ffc0747e2d"
	targetsKey    = "d73554eb3ed62a4e3a787c4853547a502e4ba33e18982254efc44af8c0ed855a"
	snapshotKey   = "00cdf5a37db890e611635400ba9226895429c4b7f33f762e70fcfbb5e193157d"
	dockerTargets = "a0cd2c9aaa1f8dd9e64a1d41ef0eb45e8a98fb2b8f0e9445aff82c8e45cce1ff"
	gunA          = "registry.example.com/acme/app"
	aliceKey      = "d3d2dec71ef726b7c52f224a5fe3d7b42b1cc7daca52cdae4da47ceb7ecacc06"
)

// A vault is a machine with a trust folder, and the program on it.
type vault struct {
	t     *testing.T
	dir   string
	trust string
	env   map[string]string
	at    time.Time
}

// newVault has the keys of these folders.
func newVault(t *testing.T, folders ...string) *vault {
	t.Helper()
	dir := t.TempDir()
	v := &vault{t: t, dir: dir, trust: filepath.Join(dir, "trust"), at: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC), env: map[string]string{
		"XDG_STATE_HOME": filepath.Join(dir, "state"), "XDG_CACHE_HOME": filepath.Join(dir, "cache"), "XDG_CONFIG_HOME": filepath.Join(dir, "config"),
		"NOTARY_ROOT_PASSPHRASE": "passw0rd-root", "NOTARY_TARGETS_PASSPHRASE": "passw0rd-targets",
		"NOTARY_SNAPSHOT_PASSPHRASE": "passw0rd-snapshot", "NOTARY_DELEGATION_PASSPHRASE": "passw0rd-deleg",
	}}
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(realKeys, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, _ := filepath.Rel(filepath.Join(realKeys, folder), path)
			v.put(filepath.Join("trust", rel), read(t, path))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return v
}

// put writes a file below the folder of the machine.
func (v *vault) put(rel, content string) {
	v.t.Helper()
	path := filepath.Join(v.dir, rel)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		v.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		v.t.Fatal(err)
	}
}

func (v *vault) path(rel string) string { return filepath.Join(v.dir, rel) }

// run runs the program; nobody can be asked.
func (v *vault) run(args ...string) outcome {
	v.t.Helper()
	return v.answering("", args...)
}

// answering runs it with somebody at the terminal, who types this.
func (v *vault) answering(typed string, args ...string) outcome {
	v.t.Helper()
	world := settings.World{
		Getenv: func(name string) string { return v.env[name] }, ReadFile: os.ReadFile,
		Home: v.path("home"), WorkDir: v.dir, OS: "linux",
	}
	var stdout, stderr bytes.Buffer
	c := console{in: strings.NewReader(typed), out: &stdout, err: &stderr, interactive: typed != ""}
	a := newApp(world, openSession, nil, c, func() time.Time { return v.at })
	code := run(append([]string{"--server", "https://127.0.0.1:9", "--trust-dir", v.trust}, args...), a)
	return outcome{stdout.String(), stderr.String(), code}
}

// golden compares an outcome in which the folder of the machine has a name of its own.
func (v *vault) golden(name string, code int, o outcome) {
	v.t.Helper()
	if o.code != code {
		v.t.Errorf("%s: exit code %d, want %d", name, o.code, code)
	}
	clean := strings.NewReplacer(v.dir, "/HERE", `"trustdeck": "`+build().Version+`"`, `"trustdeck": "VERSION"`)
	o.stdout, o.stderr = clean.Replace(o.stdout), clean.Replace(o.stderr)
	golden(v.t, "backup-"+name, o)
}

// tree is what lies below a folder: modes and contents.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == ".trustdeck.lock" {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		info, err := d.Info()
		if err == nil && !d.IsDir() {
			out[rel] = info.Mode().String() + " " + read(t, path)
		}
		if err == nil && d.IsDir() && rel != "." {
			out[rel] = info.Mode().String()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sameTree(t *testing.T, got, want map[string]string) {
	t.Helper()
	for path, content := range want {
		if got[path] != content {
			t.Errorf("%s is %.60q, want %.60q", path, got[path], content)
		}
	}
	for path := range got {
		if _, ok := want[path]; !ok {
			t.Errorf("%s is there too", path)
		}
	}
}

// Keys of notary go into a backup and come out of it as they were, tried at both ends.
func TestBackupRoundTrip(t *testing.T) {
	v := newVault(t, "repoA")
	before := tree(t, v.trust)
	v.golden("create", 0, v.run("backup", "create", v.path("b.tar.gz")))
	v.at = v.at.Add(49 * time.Hour)
	v.golden("check", 0, v.run("backup", "check", v.path("b.tar.gz")))
	v.golden("check-json", 0, v.run("backup", "check", v.path("b.tar.gz"), "-o", "json"))
	sameTree(t, tree(t, v.trust), before)
	if o := v.run("keys"); !strings.Contains(o.stdout, "2 d") || strings.Contains(o.stdout, "never") {
		t.Errorf("the keys are listed as:\n%s", o.stdout)
	}
	v.trust = v.path("other")
	v.golden("restore", 0, v.run("backup", "restore", "--yes", v.path("b.tar.gz")))
	sameTree(t, tree(t, v.trust), before)
	v.golden("restore-again", 0, v.run("backup", "restore", v.path("b.tar.gz")))
}

// Docker's keys share a passphrase, in other variables.
func TestBackupOfDocker(t *testing.T) {
	v := newVault(t, "repoC")
	for name := range v.env {
		if strings.HasPrefix(name, "NOTARY_") {
			delete(v.env, name)
		}
	}
	v.env["DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE"], v.env["DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE"] = "passw0rd-root", "passw0rd-repo"
	o := v.run("backup", "create", v.path("b.tar.gz"), "-o", "json")
	var answer report.Backup
	if err := json.Unmarshal([]byte(o.stdout), &answer); err != nil {
		t.Fatal(err, o.stderr)
	}
	for _, k := range answer.Keys {
		if k.Label != "bob" && k.Trial != "usable" {
			t.Errorf("%s %s is %s: %+v", k.Label, k.ID, k.Trial, k.Fault)
		}
	}
}

// A wrong passphrase makes no backup wrong: it is there, and what could not be tried is
// said.
func TestBackupWithWrongPassphrase(t *testing.T) {
	v := newVault(t, "repoA")
	v.env["NOTARY_ROOT_PASSPHRASE"] = "wrong"
	delete(v.env, "NOTARY_TARGETS_PASSPHRASE")
	v.golden("wrong-passphrase", 1, v.run("backup", "create", v.path("b.tar.gz")))
	v.golden("skipped", 0, v.run("backup", "check", "--skip", rootKey[:8], "--skip", targetsKey[:8], v.path("b.tar.gz")))
}

// What has come since is said.
func TestBackupSince(t *testing.T) {
	v := newVault(t, "repoA")
	if o := v.run("backup", "create", v.path("b.tar.gz")); o.code != 0 {
		t.Fatal(o.stderr)
	}
	store := trustdir.Open(v.trust)
	ctx := context.Background()
	key, err := store.Find(ctx, rootKey)
	if err == nil {
		err = store.ChangePassphrase(ctx, key, []byte("passw0rd-root"), []byte("another one"))
	}
	if err != nil {
		t.Fatal(err)
	}
	name := "b9e8af9f063aeccaff141916a4fcadd7f3e19b135b30c7a244bf927d5509e90f.key"
	v.put("trust/private/"+name, read(t, filepath.Join(realKeys, "repoC", "private", name)))
	v.put("trust/tuf/docker.io/acme/new/metadata/root.json", "{}")
	v.golden("since", 0, v.run("backup", "check", v.path("b.tar.gz")))
}

// What is selected is in the backup, and nothing else.
func TestBackupSelection(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want []string
	}{
		"a key":                {[]string{"--key", rootKey[:6]}, []string{rootKey}},
		"a role":               {[]string{"--role", "targets"}, []string{dockerTargets, targetsKey}},
		"two roles":            {[]string{"--role", "alice", "--role", "snapshot"}, []string{snapshotKey, aliceKey}},
		"of a repository":      {[]string{"--repository", gunA, "--role", "targets"}, []string{targetsKey}},
		"its root key as well": {[]string{"--repository", gunA, "--role", "root"}, []string{rootKey}},
		"all of a repository":  {[]string{"--repository", gunA}, []string{snapshotKey, rootKey, targetsKey}},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t, "repoA", "repoC")
			o := v.run(append([]string{"backup", "create", "-o", "json", "--yes", v.path("b.tar.gz")}, test.args...)...)
			var answer report.Backup
			if err := json.Unmarshal([]byte(o.stdout), &answer); err != nil {
				t.Fatal(err, o.stderr)
			}
			var got []string
			for _, k := range answer.Keys {
				got = append(got, k.ID)
			}
			if strings.Join(got, " ") != strings.Join(test.want, " ") {
				t.Errorf("got %v, want %v\n%s", got, test.want, o.stderr)
			}
		})
	}
	v := newVault(t, "repoA")
	v.golden("selects-nothing", 2, v.run("backup", "create", "--key", "ffff", v.path("b.tar.gz")))
	v.golden("no-such-repository", 2, v.run("backup", "create", "--repository", "docker.io/acme/none", v.path("b.tar.gz")))
	v.trust = v.path("absent")
	v.golden("no-keys", 2, v.run("backup", "create", v.path("b.tar.gz")))
	if _, err := os.Stat(v.path("b.tar.gz")); err == nil {
		t.Error("an archive was written")
	}
}

// A key without a passphrase goes only into a file that is encrypted.
func TestBackupOfAnOpenKey(t *testing.T) {
	v := newVault(t, "repoA")
	id := "253615a810ada76ee4573f7184011e7c545430c2fead6b63ba96aaa8f05a71df"
	v.put("trust/private/"+id+".key", read(t, filepath.Join(realKeys, "loose", "bob-key.pem")))
	v.golden("open-key", 2, v.run("backup", "create", v.path("b.tar.gz")))
	if _, err := os.Stat(v.path("b.tar.gz")); err == nil {
		t.Error("it was written")
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	v.put("identity", identity.String()+"\n")
	v.put("recipients", "# who may open it\n"+identity.Recipient().String()+"\n")
	if o := v.run("backup", "create", "--recipients-file", v.path("recipients"), v.path("b.age")); o.code != 0 || !strings.Contains(o.stderr, "5 of 5 keys usable") {
		t.Errorf("encrypted: %+v", o)
	}
	if o := v.run("backup", "check", "--identity", v.path("identity"), v.path("b.age")); o.code != 0 || !strings.Contains(o.stderr, "5 of 5 keys usable") {
		t.Errorf("check: %+v", o)
	}
	v.golden("no-identity", 1, v.run("backup", "check", v.path("b.age")))
}

// A file under a passphrase opens with that, from the environment.
func TestBackupUnderAPassphrase(t *testing.T) {
	v := newVault(t, "repoA")
	v.golden("no-passphrase", 1, v.run("backup", "create", "--encrypt", v.path("b.age")))
	v.env["TRUSTDECK_BACKUP_PASSPHRASE"] = "correct horse battery"
	if o := v.run("backup", "create", "--encrypt", v.path("b.age")); o.code != 0 {
		t.Fatal(o.stderr)
	}
	v.trust = v.path("other")
	if o := v.run("backup", "restore", "--yes", v.path("b.age")); o.code != 0 || len(tree(t, v.trust)) == 0 {
		t.Errorf("restored: %+v", o)
	}
	v.env["TRUSTDECK_BACKUP_PASSPHRASE"] = "wrong"
	v.golden("wrong-archive-passphrase", 1, v.run("backup", "check", v.path("b.age")))
}

// Nothing is replaced unless it is named, and then the old file is kept.
func TestRestoreConflicts(t *testing.T) {
	v := newVault(t, "repoA")
	if o := v.run("backup", "create", v.path("b.tar.gz")); o.code != 0 {
		t.Fatal(o.stderr)
	}
	mine := read(t, filepath.Join(v.trust, "private", aliceKey+".key"))
	was := read(t, filepath.Join(v.trust, "private", rootKey+".key"))
	v.put("trust/private/"+rootKey+".key", mine)
	v.put("trust/private/root_keys/"+targetsKey+"_root.key", read(t, filepath.Join(v.trust, "private", targetsKey+".key")))
	if err := os.Remove(filepath.Join(v.trust, "private", targetsKey+".key")); err != nil {
		t.Fatal(err)
	}
	before := tree(t, v.trust)
	v.golden("conflicts", 0, v.run("backup", "restore", v.path("b.tar.gz")))
	v.golden("nothing-of-that-name", 2, v.run("backup", "restore", "--replace", "private/x.key", v.path("b.tar.gz")))
	v.golden("nobody-to-ask", 2, v.run("backup", "restore", "--replace", rootKey[:8], v.path("b.tar.gz")))
	v.golden("declined", 7, v.answering("\n", "backup", "restore", "--replace", rootKey[:8], v.path("b.tar.gz")))
	sameTree(t, tree(t, v.trust), before)
	v.golden("replaced", 0, v.answering("y\n", "backup", "restore", "--replace", rootKey[:8], v.path("b.tar.gz")))
	if got := read(t, filepath.Join(v.trust, "private", rootKey+".key")); got != was {
		t.Errorf("the key is %q", got)
	}
	if got := read(t, filepath.Join(v.trust, "private", rootKey+".key.replaced-20261121T100000Z")); got != mine {
		t.Errorf("what is kept is %q", got)
	}
	keys, err := trustdir.Open(v.trust).Keys(context.Background())
	if err != nil || len(keys) != 5 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}

// It is noted which roots come from a backup, by the hash of the file: what is said of
// them names it.
func TestRestoredRootsAreNoted(t *testing.T) {
	v := newVault(t, "repoA")
	root := "root of a repository"
	v.put("trust/tuf/registry.example.org/acme/app/metadata/root.json", root)
	if o := v.run("backup", "create", v.path("b.tar.gz")); o.code != 0 {
		t.Fatal(o.stderr)
	}
	if err := os.Remove(v.path("trust/tuf/registry.example.org/acme/app/metadata/root.json")); err != nil {
		t.Fatal(err)
	}
	if o := v.run("backup", "restore", "--yes", v.path("b.tar.gz")); o.code != 0 {
		t.Fatal(o.stderr)
	}
	sum := sha256.Sum256([]byte(root))
	roots, err := backuprecord.New(v.path("state/trustdeck/backups.json")).Roots(t.Context())
	if from := roots[hex.EncodeToString(sum[:])]; err != nil || from.Backup != v.path("b.tar.gz") || !from.At.Equal(v.at) {
		t.Errorf("%+v, %v", roots, err)
	}
}

// A manifest that lies about a key is found out, though every digest is right.
func TestBackupThatLies(t *testing.T) {
	v := newVault(t, "repoA")
	path := "private/" + rootKey + ".key"
	file := admin.TrustFile{Path: path, Bytes: []byte(read(t, filepath.Join(v.trust, path)))}
	for name, key := range map[string][]admin.BackedUpKey{
		"another role": {{ID: rootKey, Label: "targets", Encrypted: true, Path: path}},
		"another ID":   {{ID: targetsKey, Label: "root", Encrypted: true, Path: path}},
		"no key":       nil,
	} {
		out := v.path(strings.ReplaceAll(name, " ", "-"))
		_, err := backup.New(v.trust).Write(t.Context(), out, admin.Backup{Created: v.at, Version: "v1", Keys: key, Files: []admin.TrustFile{file}}, admin.BackupLock{})
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"check", "restore"} {
			if o := v.run("backup", command, out); o.code != 1 || !strings.Contains(o.stderr, "manifest") || strings.Contains(o.stderr, "usable") {
				t.Errorf("%s of %s: %+v", command, name, o)
			}
		}
	}
}

// Passphrases are in nothing that is written or said.
func TestBackupKeepsSecrets(t *testing.T) {
	v := newVault(t, "repoA")
	v.env["TRUSTDECK_BACKUP_PASSPHRASE"] = "correct horse battery"
	v.env["NOTARY_ROOT_PASSPHRASE"] = "wrong-and-secret"
	var said strings.Builder
	for _, args := range [][]string{
		{"backup", "create", v.path("a.tar.gz")}, {"backup", "create", "--encrypt", v.path("b.age")}, {"backup", "check", v.path("b.age"), "-o", "json"},
	} {
		o := v.run(args...)
		said.WriteString(o.stdout + o.stderr)
	}
	for path, content := range tree(t, v.dir) {
		said.WriteString(path + content)
	}
	for _, secret := range []string{"correct horse", "wrong-and-secret", "passw0rd"} {
		if strings.Contains(said.String(), secret) {
			t.Errorf("%q got out", secret)
		}
	}
}

// Pins of the settings go along, and those that are missing are shown.
func TestBackupOfPins(t *testing.T) {
	v := newVault(t, "repoA")
	pin := "registry.example.com/acme/*=" + rootKey
	if o := v.run("--pin", pin, "backup", "create", v.path("b.tar.gz")); o.code != 0 || !strings.Contains(o.stderr, "1 pin") {
		t.Fatalf("%+v", o)
	}
	if o := v.run("--pin", pin, "backup", "restore", v.path("b.tar.gz")); strings.Contains(o.stderr, "pin") {
		t.Errorf("the same pin: %s", o.stderr)
	}
	v.golden("pins", 0, v.run("backup", "restore", v.path("b.tar.gz")))
}

// A record that cannot be kept does not spoil the backup.
func TestBackupWithoutRecord(t *testing.T) {
	v := newVault(t, "repoA")
	v.put("state/trustdeck/backups.json", "{ damaged")
	o := v.run("backup", "create", v.path("b.tar.gz"))
	if o.code != 0 || !strings.Contains(o.stderr, "warning: "+v.path("state/trustdeck/backups.json")) {
		t.Errorf("%+v", o)
	}
	if o := v.run("keys"); !strings.Contains(o.stdout, rootKey) || !strings.Contains(o.stderr, "backups.json") {
		t.Errorf("%+v", o)
	}
}
