package change

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/sandbox"
	"trustdeck/remote/transport"
)

func TestMain(m *testing.M) { peer.Main(m) }

// servers are the practice server and the topology of a real installation.
var servers = map[string]func(*testing.T) *peer.Server{
	"practice":   func(t *testing.T) *peer.Server { s, _ := peer.Sandbox(t, sandbox.Config{}); return s },
	"production": func(t *testing.T) *peer.Server { return peer.ProductionServer(t) },
}

// journal keeps entries in memory.
type journal struct {
	mu      sync.Mutex
	entries []admin.Entry
}

func (j *journal) Begin(_ context.Context, at time.Time, plan []byte) (string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	id := strconv.Itoa(len(j.entries))
	j.entries = append(j.entries, admin.Entry{ID: id, Begun: at, Plan: plan})
	return id, nil
}

func (j *journal) Note(_ context.Context, id string, n admin.Note) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range j.entries {
		if j.entries[i].ID == id {
			j.entries[i].Notes = append(j.entries[i].Notes, n)
		}
	}
	return nil
}

func (j *journal) Close(_ context.Context, id string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range j.entries {
		if j.entries[i].ID == id {
			j.entries = append(j.entries[:i], j.entries[i+1:]...)
			return nil
		}
	}
	return nil
}

func (j *journal) Open(context.Context) ([]admin.Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]admin.Entry(nil), j.entries...), nil
}

// answers are the passphrases that the real clients know as well.
type answers struct{ asked []admin.SecretAsk }

func (a *answers) Ask(_ context.Context, ask admin.SecretAsk) ([]byte, error) {
	a.asked = append(a.asked, ask)
	switch ask.Key.Label {
	case "root":
		return []byte(peer.RootPassphrase), nil
	case "targets":
		return []byte(peer.TargetsPassphrase), nil
	case "snapshot":
		return []byte(peer.SnapshotPassphrase), nil
	default:
		return []byte(peer.DelegationPassphrase), nil
	}
}

// An administrator works with a trust folder on a server.
type administrator struct {
	t       *testing.T
	desk    *admin.Desk
	journal *journal
	secrets *answers
}

func at(t *testing.T, server *peer.Server, trust string) *administrator {
	t.Helper()
	client, err := notaryserver.New(notaryserver.Config{URL: server.URL, TLS: transport.TLSFiles{CA: server.PKI.CAFile()}.For})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	j := &journal{}
	return &administrator{t: t, journal: j, secrets: &answers{}, desk: &admin.Desk{
		Remote: client, Publisher: client, Store: trustdir.NewKeeper(trustdir.Open(trust)), Journal: j,
		Clock: time.Now, Health: health.DefaultOptions(),
	}}
}

// do prepares and executes changes, which must succeed.
func (a *administrator) do(gun model.GUN, changes ...model.Change) *admin.Outcome {
	a.t.Helper()
	p, err := a.desk.Prepare(a.t.Context(), []admin.Asked{{GUN: gun, Changes: changes}})
	if err != nil {
		a.t.Fatal(err, model.HintOf(err))
	}
	if v := p.Verdict(); v.State != plan.Ready {
		a.t.Fatalf("the plan is %s: %s", v.State, v.Text)
	}
	out, err := a.desk.Execute(a.t.Context(), admin.Execution{Plan: p, Secrets: a.secrets})
	if err != nil {
		a.t.Fatal(err, model.HintOf(err))
	}
	for _, part := range out.Parts {
		if !part.Published || part.Proof == nil || !part.Proof.Holds() {
			a.t.Fatalf("%+v", part)
		}
		for _, problem := range part.Proof.Fresh.AllProblems() {
			a.t.Errorf("a new client finds %s: %s", problem.Code, problem.Text)
		}
	}
	if open, _ := a.journal.Open(a.t.Context()); len(open) > 0 {
		a.t.Errorf("the journal still has %d open entries", len(open))
	}
	return out
}

func one(source model.KeySource) model.RoleKeys {
	return model.RoleKeys{Keys: []model.KeyChoice{{Source: source}}, Threshold: 1}
}

// publicFile writes the public half of a key as docker trust key generate does.
func publicFile(t *testing.T, key notarytest.Key) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Private.Public())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pub")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// What trustdeck has initialised, with any place of the snapshot key, real clients
// list, sign on, witness, rotate, inspect and extend.
func TestMadeByTrustdeckExtendedByOthers(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			for place, source := range map[string]model.KeySource{"server": model.KeyServer, "here": model.KeyNew} {
				t.Run("snapshot key "+place, func(t *testing.T) {
					gun := model.GUN("docker.io/acme/made-" + place)
					folder := t.TempDir()
					trust := filepath.Join(folder, "trust")
					a := at(t, server, trust)
					alice := notarytest.NewKey()
					a.do(gun, model.InitRepository{Root: one(model.KeyNew), Targets: one(model.KeyNew), Snapshot: one(source)},
						model.AddSigner{Name: "alice", Keys: []model.PublicKey{alice.PublicKey}})

					notary, docker := peer.Notary(t, server, trust), peer.Docker(t, server, folder)
					docker = docker.With("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=" + peer.TargetsPassphrase)
					if list := notary.Run(t, "delegation", "list", string(gun)); !strings.Contains(list, "targets/alice") || !strings.Contains(list, "targets/releases") {
						t.Errorf("notary delegation list:\n%s", list)
					}
					notary.Run(t, "addhash", "-p", string(gun), "1.0", "10", "--sha256", digest)
					notary.Run(t, "witness", "-p", string(gun), "targets")
					notary.Run(t, "key", "rotate", string(gun), "targets")
					notary.Answering("yes\n").Run(t, "key", "rotate", string(gun), "root")
					if source == model.KeyServer {
						docker.Run(t, "trust", "signer", "add", "--key", publicFile(t, notarytest.NewKey()), "bob", strings.TrimPrefix(string(gun), "docker.io/"))
					}
					if inspect := docker.Run(t, "trust", "inspect", strings.TrimPrefix(string(gun), "docker.io/")); !strings.Contains(inspect, `"alice"`) {
						t.Errorf("docker trust inspect:\n%s", inspect)
					}
					// And trustdeck goes on where they left off.
					a.do(gun, model.AddSigner{Name: "carol", Keys: []model.PublicKey{notarytest.NewKey().PublicKey}})
				})
			}
		})
	}
}

// What real clients have made, trustdeck extends, and they go on.
func TestMadeByOthersExtendedByTrustdeck(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			folder := t.TempDir()
			trust := filepath.Join(folder, "trust")
			client := peer.Notary(t, server, trust)
			const gun = "docker.io/acme/theirs"
			client.Run(t, "init", "-p", gun)
			client.Run(t, "addhash", "-p", gun, "1.0", "10", "--sha256", digest)
			a := at(t, server, trust)
			key := notarytest.NewKey()
			a.do(gun, model.AddSigner{Name: "alice", Keys: []model.PublicKey{key.PublicKey}})
			if got := a.desk.Open(t.Context(), gun).Repository.Role("targets/alice"); got == nil || got.Keys[0] != notary.CanonicalID(key.PublicKey) {
				t.Errorf("targets/alice: %+v", got)
			}
			client.Run(t, "addhash", "-p", gun, "2.0", "10", "--sha256", digest)
			if list := client.Run(t, "list", gun); !strings.Contains(list, "2.0") {
				t.Errorf("notary list:\n%s", list)
			}
		})
	}
}

// A root of two of three, made here, is what every client verifies.
func TestTwoOfThree(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			trust := t.TempDir()
			a := at(t, server, trust)
			three := model.RoleKeys{Keys: []model.KeyChoice{{Source: model.KeyNew}, {Source: model.KeyNew}, {Source: model.KeyNew}}, Threshold: 2}
			a.do("docker.io/acme/three", model.InitRepository{Root: three, Targets: one(model.KeyNew), Snapshot: one(model.KeyServer)})
			client := peer.Notary(t, server, trust)
			client.Run(t, "addhash", "-p", "docker.io/acme/three", "1.0", "10", "--sha256", digest)
			if list := peer.Notary(t, server, t.TempDir()).Run(t, "list", "docker.io/acme/three"); !strings.Contains(list, "1.0") {
				t.Errorf("notary list:\n%s", list)
			}
		})
	}
}

// Each secret is asked for once, with the key, the purpose and its number.
func TestSecretsAreAskedOnce(t *testing.T) {
	server, _ := peer.Sandbox(t, sandbox.Config{})
	a := at(t, server, t.TempDir())
	a.do("docker.io/acme/app", model.InitRepository{Root: one(model.KeyNew), Targets: one(model.KeyNew), Snapshot: one(model.KeyNew)})
	if len(a.secrets.asked) != 3 {
		t.Errorf("asked %d times: %+v", len(a.secrets.asked), a.secrets.asked)
	}
	for i, ask := range a.secrets.asked {
		if ask.Step != i+1 || ask.Of != 3 || !ask.New || ask.Purpose == "" || ask.Key.Label == "" {
			t.Errorf("asked %+v", ask)
		}
	}
	a.secrets.asked = nil
	a.do("docker.io/acme/app", model.AddSigner{Name: "alice", Keys: []model.PublicKey{notarytest.NewKey().PublicKey}})
	if len(a.secrets.asked) != 2 || a.secrets.asked[0].New || a.secrets.asked[0].Key.Path == "" || a.secrets.asked[0].Key.GUN != "docker.io/acme/app" {
		t.Errorf("asked %+v", a.secrets.asked)
	}
}
