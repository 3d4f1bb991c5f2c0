package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trustdeck/cmd/trustdeck/internal/backuprecord"
	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/keystore/backup"
	backups "trustdeck/model/admin/backup"
	"trustdeck/model/port"
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
	// bare leaves out the flags that name its trust folder and a server that is not there.
	bare  bool
	t     *testing.T
	dir   string
	trust string
	env   map[string]string
	at    time.Time
	// getenv takes the place of env where it is set.
	getenv func(string) string
}

// vaultIn is a machine in a folder, without keys. It knows their passphrases.
func vaultIn(dir string) *vault {
	return &vault{dir: dir, trust: filepath.Join(dir, "trust"), at: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC), env: map[string]string{
		"XDG_STATE_HOME": filepath.Join(dir, "state"), "XDG_CACHE_HOME": filepath.Join(dir, "cache"), "XDG_CONFIG_HOME": filepath.Join(dir, "config"),
		"NOTARY_ROOT_PASSPHRASE": "passw0rd-root", "NOTARY_TARGETS_PASSPHRASE": "passw0rd-targets",
		"NOTARY_SNAPSHOT_PASSPHRASE": "passw0rd-snapshot", "NOTARY_DELEGATION_PASSPHRASE": "passw0rd-deleg",
	}}
}

// newVault has the keys of these folders.
func newVault(t *testing.T, folders ...string) *vault {
	t.Helper()
	v := vaultIn(t.TempDir())
	v.t = t
	for _, folder := range folders {
		if err := v.hold(folder); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

// hold puts the keys of a real trust folder into that of the machine.
func (v *vault) hold(folder string) error {
	from := filepath.Join(realKeys, folder)
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(from, path)
		to := filepath.Join(v.trust, rel)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o700)
		}
		content, unread := os.ReadFile(path)
		return errors.Join(err, unread, os.WriteFile(to, content, 0o600))
	})
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
	getenv := v.getenv
	if getenv == nil {
		getenv = func(name string) string { return v.env[name] }
	}
	world := settings.World{
		Getenv: getenv, ReadFile: os.ReadFile, ReadDir: namesIn,
		Home: v.path("home"), WorkDir: v.dir, OS: "linux",
	}
	var stdout, stderr bytes.Buffer
	c := console{in: strings.NewReader(typed), out: &stdout, err: &stderr, interactive: typed != ""}
	a := newApp(world, openSession, nil, c, func() time.Time { return v.at })
	if !v.bare {
		args = append([]string{"--server", "https://127.0.0.1:9", "--trust-dir", v.trust}, args...)
	}
	code := run(args, a)
	return outcome{stdout.String(), stderr.String(), code}
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
	file := port.TrustFile{Path: path, Bytes: []byte(read(t, filepath.Join(v.trust, path)))}
	for name, key := range map[string][]backups.Key{
		"another role": {{ID: rootKey, Label: "targets", Encrypted: true, Path: path}},
		"another ID":   {{ID: targetsKey, Label: "root", Encrypted: true, Path: path}},
		"no key":       nil,
	} {
		out := v.path(strings.ReplaceAll(name, " ", "-"))
		_, err := backup.New(v.trust).Write(t.Context(), out, backups.Content{Created: v.at, Version: "v1", Keys: key, Files: []port.TrustFile{file}}, backups.Encryption{})
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
	long(t)
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
