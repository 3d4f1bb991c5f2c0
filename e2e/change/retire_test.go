package change

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// A root key that another repository needs, of which nothing is known here, stays where
// the server does not list its repositories. It is removed on the user's word, or where
// the server shows that nobody needs it; never without a checked backup.
func TestRootKeyThatOthersNeed(t *testing.T) {
	server := peer.MemoryServer(t, peer.TokenAuth())
	const app, other = "docker.io/acme/app", "docker.io/acme/other"
	everything := t.TempDir()
	notary := peer.Notary(t, server, everything)
	notary.Run(t, "init", "-p", app)
	notary.Run(t, "init", "-p", other)

	// Here are the root key, and what belongs to one of the repositories.
	home := t.TempDir()
	trust := filepath.Join(home, "trust")
	if err := os.MkdirAll(filepath.Join(trust, "private"), 0o700); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(everything, "private", "*.key"))
	if err != nil {
		t.Fatal(err)
	}
	shared := ""
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte("gun: "+other)) {
			continue
		}
		if bytes.Contains(raw, []byte("role: root")) {
			shared = strings.TrimSuffix(filepath.Base(path), ".key")
		}
		if err := os.WriteFile(filepath.Join(trust, "private", filepath.Base(path)), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	here := func() bool {
		_, err := os.Stat(filepath.Join(trust, "private", shared+".key"))
		return err == nil
	}
	program := peer.Trustdeck(t).With("XDG_STATE_HOME="+home, "XDG_CACHE_HOME="+filepath.Join(home, "cache"),
		"NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "NOTARY_TARGETS_PASSPHRASE="+peer.TargetsPassphrase, "NOTARY_SNAPSHOT_PASSPHRASE="+peer.SnapshotPassphrase)
	run := func(who peer.Account, says string, args ...string) {
		t.Helper()
		r := program.As(who).Try(append(args, "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", trust)...)
		if r.Code != 0 || !strings.Contains(r.Stdout+r.Stderr, says) {
			t.Fatalf("%q: exit code %d, want %q in\n%s%s", args, r.Code, says, r.Stdout, r.Stderr)
		}
	}
	remove := func(who peer.Account, says string, stays bool, more ...string) {
		t.Helper()
		run(who, says, append([]string{"rotate", "--yes", "--old-key", "remove", app, "root"}, more...)...)
		if here() != stays {
			t.Fatalf("%q: the key is here: %v", more, here())
		}
		if stays {
			run(who, "trustdeck read it back", "rotate", "--yes", "--root-key", shared, app, "root")
		}
	}
	remove(peer.Maintainer, "it has no known backup", true, "--these-are-all")
	run(peer.Maintainer, "keys usable", "backup", "create", "--yes", filepath.Join(home, "backup.tar.gz"))
	remove(peer.Maintainer, "doesn't list its repositories, so an unknown one may need it", true)
	remove(peer.Administrator, "it signs root of "+other+"; rotate it there first", true)
	// What was looked at once is known from then on.
	remove(peer.Maintainer, "it signs root of "+other, true, "--these-are-all")
	for _, dir := range []string{"cache", "trustdeck/memory"} {
		if err := os.RemoveAll(filepath.Join(home, dir)); err != nil {
			t.Fatal(err)
		}
	}
	remove(peer.Maintainer, "done: remove root key", false, "--these-are-all")
	if list := notary.Run(t, "list", other); !strings.Contains(list, "No targets") {
		t.Errorf("the other repository:\n%s", list)
	}
}
