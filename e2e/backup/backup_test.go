package backup

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

const (
	gun    = "registry.example.org/acme/app"
	digest = "d92d326ad2c589c8ecb78f3dbaaeaaf8eded0fae54067b8cec393029d01b28d7"
)

// passphrases are those of the real clients.
var passphrases = []string{
	"NOTARY_ROOT_PASSPHRASE=" + peer.RootPassphrase, "NOTARY_TARGETS_PASSPHRASE=" + peer.TargetsPassphrase,
	"NOTARY_SNAPSHOT_PASSPHRASE=" + peer.SnapshotPassphrase, "NOTARY_DELEGATION_PASSPHRASE=" + peer.DelegationPassphrase,
}

// made is a trust folder in which notary has made a repository with a signer.
func made(t *testing.T, server *peer.Server) (trust string) {
	t.Helper()
	trust = filepath.Join(t.TempDir(), "trust")
	notary := peer.Notary(t, server, trust)
	alice := peer.BareKey(t, t.TempDir(), "alice")
	notary.Run(t, "init", "-p", gun)
	notary.Run(t, "key", "import", "--role", "alice", alice.PrivateFile)
	notary.Run(t, "delegation", "add", "-p", gun, "targets/releases", alice.PublicFile, "--all-paths")
	return trust
}

// backup runs a command of trustdeck on a trust folder. No server is there to be asked.
func backup(t *testing.T, program *peer.Client, trust string, args ...string) string {
	t.Helper()
	r := program.Try(append([]string{"--server", "https://127.0.0.1:9", "--trust-dir", trust, "backup"}, args...)...)
	if r.Code != 0 {
		t.Fatalf("trustdeck backup %q: exit code %d\n%s%s", args, r.Code, r.Stdout, r.Stderr)
	}
	return r.Stdout + r.Stderr
}

// unpack has the real tar unpack an archive into a new folder.
func unpack(t *testing.T, archive string) string {
	t.Helper()
	peer.Need(t, "tar")
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "tar", "xzf", archive, "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	return dir
}

// What notary has made, and lost, it goes on using from what tar unpacks, and from what
// trustdeck restores: each key signs once more, and another client agrees.
func TestNotaryGoesOnFromABackup(t *testing.T) {
	server := peer.MemoryServer(t)
	trust := made(t, server)
	archive := filepath.Join(t.TempDir(), "trust.tar.gz")
	program := peer.Trustdeck(t).With(passphrases...)
	if said := backup(t, program, trust, "create", archive); !strings.Contains(said, "4 of 4 keys usable; trust data of 1 repository") {
		t.Errorf("it says:\n%s", said)
	}
	restored := filepath.Join(t.TempDir(), "restored")
	backup(t, program, restored, "restore", "--yes", archive)
	if err := os.RemoveAll(trust); err != nil {
		t.Fatal(err)
	}
	for i, folder := range []string{unpack(t, archive), restored} {
		tag := []string{"unpacked", "restored"}[i]
		private(t, folder)
		notary := peer.Notary(t, server, folder)
		notary.Run(t, "addhash", "-p", gun, "v-"+tag, "812", "--sha256", digest)
		notary.Run(t, "addhash", "-p", gun, "r-"+tag, "812", "--sha256", digest, "-r", "targets/releases")
		if tag == "restored" { // the last to sign with the targets key of the backup
			notary.Run(t, "key", "rotate", gun, "targets")
		}
		list := peer.Notary(t, server, t.TempDir()).Run(t, "list", gun)
		if !strings.Contains(list, "v-"+tag) || !strings.Contains(list, "r-"+tag) {
			t.Errorf("%s: notary list:\n%s", tag, list)
		}
	}
}

// private fails the test where others can look into a folder, or read what is in it.
func private(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Docker goes on from a backup of its own folder.
func TestDockerGoesOnFromABackup(t *testing.T) {
	peer.Need(t, "docker")
	server := peer.MemoryServer(t)
	config, keys := t.TempDir(), t.TempDir()
	docker := peer.Docker(t, server, config)
	alice, bob := peer.BareKey(t, keys, "alice"), peer.BareKey(t, keys, "bob")
	image := "registry.example.org/acme/image"
	docker.Run(t, "trust", "signer", "add", "--key", alice.PublicFile, "alice", image)
	archive := filepath.Join(t.TempDir(), "trust.tar.gz")
	program := peer.Trustdeck(t).With("DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE="+peer.RootPassphrase, "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+peer.RepositoryPassphrase)
	backup(t, program, filepath.Join(config, "trust"), "create", archive)

	other := t.TempDir()
	again := peer.Docker(t, server, other)
	if err := os.RemoveAll(filepath.Join(other, "trust")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(unpack(t, archive), filepath.Join(other, "trust")); err != nil {
		t.Fatal(err)
	}
	again.Run(t, "trust", "signer", "add", "--key", bob.PublicFile, "bob", image)
	if out := again.Run(t, "trust", "inspect", image); !strings.Contains(out, "bob") || !strings.Contains(out, "alice") {
		t.Errorf("docker trust inspect:\n%s", out)
	}
}
