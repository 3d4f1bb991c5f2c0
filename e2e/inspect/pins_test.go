package inspect

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// What Notary's trust_pinning means to notary, it means to trustdeck: it is read in lower
// case, and so pins the repository whose name is in lower case, whatever its own case.
// What notary passes over in silence is refused here.
func TestPinsAreNotarys(t *testing.T) {
	peer.Need(t, "notary")
	server := peer.MemoryServer(t)
	const lower, capital = "acme/app", "acme/App"
	admin := peer.Notary(t, server, t.TempDir())
	roots := map[string]rootKey{}
	for _, gun := range []string{lower, capital} {
		admin.Run(t, "init", "-p", gun)
		roots[gun] = readRootKey(t, filepath.Join(admin.Home, "tuf", gun, "metadata", "root.json"))
	}
	// Its certificate is for no purpose of its own, as those that people bring may be.
	const brought = "acme/brought"
	keys := t.TempDir()
	if err := os.Mkdir(filepath.Join(keys, "acme"), 0o700); err != nil {
		t.Fatal(err)
	}
	root := peer.CertifiedKey(t, keys, brought)
	admin.Run(t, "key", "import", "--role", "root", root.PrivateFile)
	admin.Run(t, "init", "-p", "--rootcert", root.PublicFile, brought)
	deck := peer.Trustdeck(t)
	wrong, right := strings.Repeat("a", 64), roots[lower].id
	const good, broken, refused = 0, 4, 2
	for _, tt := range []struct {
		gun, kind, pattern string
		// pinned is the ID or the file.
		pinned string
		// notary and trustdeck are the exit codes.
		notary, trustdeck int
	}{
		{lower, "certs", "acme/app", right, 0, good},
		{lower, "certs", "ACME/App", right, 0, good},
		{lower, "certs", "acme/app", wrong, 1, broken},
		{lower, "certs", "acme/App", wrong, 1, broken},
		{lower, "certs", "ACME/APP", wrong, 1, broken},
		{lower, "certs", "Acme/*", wrong, 1, broken},
		{lower, "certs", "acme/A*", wrong, 1, broken},
		{lower, "certs", "*", wrong, 1, broken},
		{lower, "certs", "acme/other", wrong, 0, good},
		{lower, "ca", "ACME/", server.PKI.CAFile(), 1, broken},
		{lower, "ca", "acme/App", server.PKI.CAFile(), 1, broken},
		{lower, "ca", "", server.PKI.CAFile(), 1, broken},
		{lower, "ca", "other/", server.PKI.CAFile(), 0, good},
		// A certificate of Notary's making is for signing code, and no authority is asked
		// about that; another one may be its own authority.
		{lower, "ca", "acme/", roots[lower].file, 1, broken},
		{brought, "ca", "acme/", root.PublicFile, 0, good},
		{brought, "ca", "ACME/", root.PublicFile, 0, good},
		{brought, "ca", "acme/", server.PKI.CAFile(), 1, broken},
		// Notary finds no pin here, and trusts the first root that it sees.
		{capital, "certs", "acme/App", wrong, 0, good},
		{capital, "certs", "acme/app", wrong, 0, good},
		{capital, "certs", "ACME/A*", wrong, 0, good},
		{capital, "certs", "ACME/*", wrong, 1, broken},
		{capital, "ca", "acme/App", server.PKI.CAFile(), 0, good},
		{capital, "ca", "ACME/", server.PKI.CAFile(), 1, broken},
		// What can match nothing.
		{lower, "certs", "", wrong, 0, refused},
		{lower, "certs", "/acme/*", wrong, 0, refused},
		{lower, "certs", "acme/app", "not an ID", 1, refused},
		{lower, "certs", "acme/app", strings.ToUpper(right), 1, refused},
		{lower, "ca", "acme/*", server.PKI.CAFile(), 0, refused},
		{lower, "ca", "acme/", admin.Home, 1, 1},
	} {
		t.Run(tt.gun+" "+tt.kind+" "+strings.ReplaceAll(tt.pattern, "/", "_"), func(t *testing.T) {
			dir := t.TempDir()
			var pins any = map[string]string{tt.pattern: tt.pinned}
			if tt.kind == "certs" {
				pins = map[string][]string{tt.pattern: {tt.pinned}}
			}
			text, err := json.Marshal(map[string]any{
				"trust_dir":     filepath.Join(dir, "trust"),
				"remote_server": map[string]string{"url": server.URL, "root_ca": server.PKI.CAFile()},
				"trust_pinning": map[string]any{tt.kind: pins},
			})
			if err != nil {
				t.Fatal(err)
			}
			config := filepath.Join(dir, "config.json")
			if err := os.WriteFile(config, text, 0o600); err != nil {
				t.Fatal(err)
			}
			theirs := peer.Notary(t, server, filepath.Join(dir, "trust")).Try("-c", config, "list", tt.gun)
			ours := deck.Try("--notary-config", config, "--trust-dir", filepath.Join(dir, "own"), "--no-cache", "inspect", "--gun", tt.gun)
			if theirs.Code != tt.notary || ours.Code != tt.trustdeck {
				t.Errorf("notary %d, trustdeck %d; want %d and %d\n%s%s", theirs.Code, ours.Code, tt.notary, tt.trustdeck, theirs.Stdout+theirs.Stderr, ours.Stderr)
			}
		})
	}
	for _, tt := range []struct {
		pin, gun string
		code     int
	}{
		{"acme/App=" + wrong, capital, broken},
		{"acme/App=" + roots[capital].id, capital, good},
		{"ACME/app=" + wrong, lower, broken},
		{"Acme/*=" + wrong, lower, broken},
		{"Acme/App=" + right, lower, good},
		{"acme/app=" + strings.ToUpper(right), lower, refused},
		{"=" + right, lower, refused},
	} {
		got := deck.Try("--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", t.TempDir(), "--no-cache", "--pin", tt.pin, "inspect", "--gun", tt.gun)
		if got.Code != tt.code {
			t.Errorf("--pin %s of %s: exit code %d, want %d\n%s", tt.pin, tt.gun, got.Code, tt.code, got.Stderr)
		}
	}
}

// A rootKey is the key of a root as the root lists it, and its certificate in a file.
type rootKey struct{ id, file string }

func readRootKey(t *testing.T, name string) rootKey {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var root struct {
		Signed struct {
			Keys map[string]struct {
				Value struct {
					Public []byte `json:"public"`
				} `json:"keyval"`
			} `json:"keys"`
			Roles map[string]struct {
				KeyIDs []string `json:"keyids"`
			} `json:"roles"`
		} `json:"signed"`
	}
	if err := json.Unmarshal(raw, &root); err != nil {
		t.Fatal(err)
	}
	key := rootKey{id: root.Signed.Roles["root"].KeyIDs[0], file: filepath.Join(t.TempDir(), "root.crt")}
	if err := os.WriteFile(key.file, root.Signed.Keys[key.id].Value.Public, 0o600); err != nil {
		t.Fatal(err)
	}
	return key
}
