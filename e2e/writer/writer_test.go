package writer

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/transport"
)

func TestMain(m *testing.M) { peer.Main(m) }

const gun model.GUN = "docker.io/acme/written"

// servers are the two kinds of server: all in one process with Ed25519 keys,
// and with a signer and a database and ECDSA keys.
var servers = map[string]func(testing.TB, ...peer.Option) *peer.Server{
	"memory":     peer.MemoryServer,
	"production": peer.ProductionServer,
}

// written is a repository that the writer made and published.
type written struct {
	*notarytest.Repo
	server         *peer.Server
	alice, ci      notarytest.Key
	notary, docker *peer.Client
}

func TestRealClientsWorkOnWhatIsWritten(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			w := create(t, start(t))
			w.list(t)
			w.sign(t)
			w.witness(t)
			w.rotate(t)
		})
	}
}

// create makes root, targets and two delegations, with timestamp and snapshot
// keys that the server holds, publishes them, and gives the private keys to
// notary and docker.
func create(t *testing.T, server *peer.Server) *written {
	t.Helper()
	w := &written{
		server: server, alice: notarytest.NewKey(), ci: notarytest.NewKey(),
		notary: peer.Notary(t, server, t.TempDir()), docker: peer.Docker(t, server, t.TempDir()),
	}
	w.Repo = notarytest.New(gun, time.Now())
	w.Delegate("targets/alice", 1, []string{""}, w.alice)
	w.Delegate(docker.Releases, 1, []string{""}, w.alice, w.ci)
	w.Tag("targets/alice", "1.0", "first")
	w.Tag(docker.Releases, "1.0", "first")
	w.Tag(docker.Releases, "weird <a>&b \u2028", "names are escaped on the wire alone")
	peer.Publish(t, server, server.Client(), w.Repo)
	for _, home := range []string{w.notary.Home, filepath.Join(w.docker.Home, "trust")} {
		giveKey(t, home, w.Keys[model.RoleRoot][0], "root", "")
		giveKey(t, home, w.Keys[model.RoleTargets][0], "targets", gun)
		giveKey(t, home, w.alice, "alice", "")
	}
	return w
}

// giveKey writes an unencrypted key file, which Notary reads without asking.
func giveKey(t *testing.T, home string, key notarytest.Key, role string, gun model.GUN) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key.Private)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := notary.Bare(key.Private.(*ecdsa.PrivateKey).Public())
	if err != nil {
		t.Fatal(err)
	}
	block := &pem.Block{Type: "PRIVATE KEY", Headers: map[string]string{"role": role}, Bytes: der}
	if gun != "" {
		block.Headers["gun"] = string(gun)
	}
	dir := filepath.Join(home, "private")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, string(bare.ID)+".key"), pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
}

// look reads the repository back as trustdeck does, and expects nothing wrong.
func (w *written) look(t *testing.T) *model.Repository {
	t.Helper()
	tls := transport.TLSFiles{CA: w.server.PKI.CAFile()}
	client, err := notaryserver.New(notaryserver.Config{URL: w.server.URL, TLS: tls.For})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	service := &admin.Service{DialectOf: dialect.Only(docker.Dialect{}), Remote: client, Clock: time.Now, Health: health.DefaultOptions()}
	view := service.Open(context.Background(), gun)
	if view.Fault != nil {
		t.Fatal(view.Fault)
	}
	for _, p := range view.Repository.AllProblems() {
		t.Errorf("problem: %s: %s", p.Code, p.Text)
	}
	return view.Repository
}

func hexSum(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func (w *written) list(t *testing.T) {
	t.Helper()
	w.look(t)
	list := w.notary.Run(t, "list", string(gun))
	for _, want := range []string{"1.0", hexSum("first"), "weird <a>&b", "targets/releases"} {
		if !strings.Contains(list, want) {
			t.Errorf("notary list has no %q:\n%s", want, list)
		}
	}
	w.notary.Run(t, "delegation", "list", string(gun))
	inspect := w.docker.Run(t, "trust", "inspect", strings.TrimPrefix(string(gun), "docker.io/"))
	for _, want := range []string{`"SignedTag": "1.0"`, hexSum("first"), `"alice"`} {
		if !strings.Contains(inspect, want) {
			t.Errorf("docker trust inspect has no %q:\n%s", want, inspect)
		}
	}
}

// sign has both clients add signatures to what was written.
func (w *written) sign(t *testing.T) {
	t.Helper()
	w.notary.Run(t, "addhash", "-p", string(gun), "2.0", "6", "--sha256", hexSum("second"), "-r", "targets/releases")
	// Docker can sign what is released already without a daemon.
	w.docker.Run(t, "trust", "sign", strings.TrimPrefix(string(gun), "docker.io/")+":2.0")
	repo := w.look(t)
	got := docker.Resolve(repo, "2.0")
	if !got.OK || hex.EncodeToString(got.Target.Hashes.SHA256) != hexSum("second") || !slices.Equal(got.Signers, []model.RoleName{"targets/alice"}) {
		t.Errorf("2.0 resolves to %+v", got)
	}
	// Another delegation edits the targets file that the writer made.
	pub := filepath.Join(t.TempDir(), "bob.pub")
	der, err := x509.MarshalPKIXPublicKey(notarytest.NewKey().Private.Public())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pub, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	w.docker.Run(t, "trust", "signer", "add", "--key", pub, "bob", strings.TrimPrefix(string(gun), "docker.io/"))
	if got := w.look(t).Role("targets/bob"); got == nil || got.State != model.RoleUnpublished {
		t.Errorf("targets/bob: %+v", got)
	}
}

func (w *written) witness(t *testing.T) {
	t.Helper()
	before := w.look(t)
	roles := []model.RoleName{model.RoleTargets, "targets/alice", docker.Releases}
	for _, role := range roles {
		w.notary.Run(t, "witness", "-p", string(gun), string(role))
	}
	after := w.look(t)
	for _, role := range roles {
		if a, b := before.Role(role).Version, after.Role(role).Version; b != a+1 {
			t.Errorf("%s went from version %d to %d", role, a, b)
		}
	}
}

func (w *written) rotate(t *testing.T) {
	t.Helper()
	for i, args := range [][]string{
		{"targets"}, {"timestamp", "-r"}, {"snapshot"}, {"snapshot", "-r"}, {"root"},
	} {
		before := w.look(t)
		role := model.RoleName(args[0])
		w.notary.Answering("yes\n").Run(t, append([]string{"key", "rotate", string(gun)}, args...)...)
		after := w.look(t)
		if a, b := before.Role(role).Keys[0], after.Role(role).Keys[0]; a == b {
			t.Errorf("%s still has the key %s", role, a.Short())
		}
		if got := after.Role(model.RoleRoot).Version; got != int64(i+2) {
			t.Errorf("after rotating %s root is version %d", role, got)
		}
	}
}
