package change

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
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
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
	"trustdeck/model/port"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/sandbox"
	"trustdeck/remote/transport"
)

func TestMain(m *testing.M) { peer.Main(m) }

// servers are the practice server and the topology of a real installation, on each of the
// databases that Notary has migrations for.
var servers = map[string]func(*testing.T) *peer.Server{
	"practice":   func(t *testing.T) *peer.Server { return peer.Sandbox(t, sandbox.Config{}) },
	"production": func(t *testing.T) *peer.Server { return peer.ProductionServer(t) },
	"PostgreSQL": func(t *testing.T) *peer.Server { return peer.PostgresServer(t) },
}

// journal keeps entries in memory.
type journal struct {
	mu      sync.Mutex
	entries []port.Entry
}

func (j *journal) Begin(_ context.Context, at time.Time, plan []byte, begun ...port.Note) (string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	id := strconv.Itoa(len(j.entries))
	j.entries = append(j.entries, port.Entry{ID: id, Begun: at, Plan: plan, Notes: begun})
	return id, nil
}

func (j *journal) Note(_ context.Context, id string, n port.Note) error {
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

func (j *journal) Open(context.Context) ([]port.Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]port.Entry(nil), j.entries...), nil
}

// answers are the passphrases that the real clients know as well.
type answers struct{ asked []port.SecretAsk }

func (a *answers) Ask(_ context.Context, ask port.SecretAsk) ([]byte, error) {
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
	service *change.Service
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
	return &administrator{t: t, journal: j, secrets: &answers{}, service: &change.Service{
		Service: &admin.Service{
			DialectOf: dialect.Only(docker.Dialect{}), Remote: client, Stores: port.KeyStores{trustdir.NewKeeper(trustdir.Open(trust))},
			Clock: time.Now, Health: health.DefaultOptions(),
		},
		Publisher: client, Journal: j,
	}}
}

// do prepares and executes changes, which must succeed.
func (a *administrator) do(gun model.GUN, changes ...model.Change) *change.Outcome {
	a.t.Helper()
	p, err := a.service.Prepare(a.t.Context(), []change.Request{{GUN: gun, Changes: changes}})
	if err != nil {
		a.t.Fatal(err, model.HintOf(err))
	}
	if v := p.Verdict(); v.State != plan.Ready {
		a.t.Fatalf("the plan is %s: %s", v.State, v.Text)
	}
	out, err := a.service.Execute(a.t.Context(), change.Execution{Plan: p, Secrets: a.secrets})
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
			if got := a.service.Open(t.Context(), gun).Repository.Role("targets/alice"); got == nil || got.Keys[0] != notary.CanonicalID(key.PublicKey) {
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
	server := peer.Sandbox(t, sandbox.Config{})
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

// Somebody else who publishes between the plan and its execution is noticed before
// anything is asked or made, and the plan is compiled anew.
func TestStale(t *testing.T) {
	server := peer.Sandbox(t, sandbox.Config{})
	trust := t.TempDir()
	a := at(t, server, trust)
	const gun = "docker.io/acme/app"
	a.do(gun, model.InitRepository{Root: one(model.KeyNew), Targets: one(model.KeyNew), Snapshot: one(model.KeyServer)})
	adding := []model.Change{model.AddSigner{Name: "alice", Keys: []model.PublicKey{notarytest.NewKey().PublicKey}}}
	p, err := a.service.Prepare(t.Context(), []change.Request{{GUN: gun, Changes: adding}})
	if err != nil {
		t.Fatal(err)
	}
	peer.Notary(t, server, trust).Run(t, "addhash", "-p", gun, "1.0", "10", "--sha256", digest)
	a.secrets.asked = nil
	_, err = a.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: a.secrets})
	var stale *change.StalePlan
	if !errors.As(err, &stale) || len(stale.Moved) != 1 || stale.Moved[0].Role != model.RoleTargets || len(a.secrets.asked) != 0 {
		t.Fatalf("ended with %v after %d questions", err, len(a.secrets.asked))
	}
	if out, err := a.service.Execute(t.Context(), change.Execution{Plan: stale.Now, Secrets: a.secrets}); err != nil || !out.Parts[0].Published {
		t.Errorf("the new plan: %v", err)
	}
	if got := a.service.Open(t.Context(), gun).Repository; len(got.Role(model.RoleTargets).Targets) != 1 || got.Role("targets/alice") == nil {
		t.Error("one of the two changes is lost")
	}
}

// Two administrators who publish at once, a hundred times: nothing is lost, and
// nothing is overwritten in silence.
func TestTwoAdministrators(t *testing.T) {
	server := peer.Sandbox(t, sandbox.Config{})
	trust := t.TempDir()
	first := at(t, server, trust)
	const gun = "docker.io/acme/app"
	const rounds = 100
	first.do(gun, model.InitRepository{Root: one(model.KeyNew), Targets: one(model.KeyNew), Snapshot: one(model.KeyServer)})
	admins := []*administrator{at(t, server, trust), at(t, server, trust)}
	var group sync.WaitGroup
	stale := make([]int, len(admins))
	for i, a := range admins {
		group.Go(func() {
			for n := range rounds {
				name := string(rune('a'+i)) + strconv.Itoa(n)
				adding := []model.Change{model.AddSigner{Name: name, Keys: []model.PublicKey{notarytest.NewKey().PublicKey}}}
				for {
					p, err := a.service.Prepare(t.Context(), []change.Request{{GUN: gun, Changes: adding}})
					if err != nil {
						t.Error(err)
						return
					}
					_, err = a.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: a.secrets})
					var moved *change.StalePlan
					if errors.As(err, &moved) {
						stale[i]++
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					break
				}
			}
		})
	}
	group.Wait()
	repo := first.service.Open(t.Context(), gun).Repository
	for i := range admins {
		for n := range rounds {
			if role := repo.Role(model.RoleName("targets/" + string(rune('a'+i)) + strconv.Itoa(n))); role == nil {
				t.Errorf("signer %c%d is lost", 'a'+i, n)
			}
		}
	}
	t.Logf("stale plans: %v of %d rounds each", stale, rounds)
}

// An upload whose answer is lost is found to have been stored, and is proved.
func TestLostAnswer(t *testing.T) {
	server := peer.Sandbox(t, sandbox.Config{})
	a := at(t, server, t.TempDir())
	server.Faults.Add(peer.Fault{Method: "POST", Path: "/_trust/tuf/", After: true, Times: 1})
	a.do("docker.io/acme/app", model.InitRepository{Root: one(model.KeyNew), Targets: one(model.KeyNew), Snapshot: one(model.KeyServer)})
}

// Whatever the server or the network does, nothing is half published, and the
// error says what to do.
func TestFailures(t *testing.T) {
	for name, fault := range map[string]peer.Fault{
		"dropped":         {Method: "POST", Drop: true, Times: 1},
		"cut":             {Method: "POST", Cut: 500, Times: 1},
		"500":             {Method: "POST", Status: 500, Times: 1},
		"403":             {Method: "POST", Status: 403, Times: 1},
		"401":             {Method: "POST", Status: 401, Times: 1},
		"VERSION":         {Method: "POST", Status: 400, Body: `{"errors":[{"code":"VERSION","message":"x"}]}`, Times: 1},
		"no server's key": {Method: "GET", Path: "timestamp.key", Status: 500, Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			server := peer.Sandbox(t, sandbox.Config{})
			a := at(t, server, t.TempDir())
			server.Faults.Add(fault)
			const gun = "docker.io/acme/app"
			p, err := a.service.Prepare(t.Context(), []change.Request{{GUN: gun, Changes: []model.Change{
				model.InitRepository{Root: one(model.KeyNew), Targets: one(model.KeyNew), Snapshot: one(model.KeyServer)},
			}}})
			if err != nil {
				t.Fatal(err)
			}
			out, err := a.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: a.secrets})
			if err == nil {
				t.Fatal("it went through")
			}
			var stale *change.StalePlan
			if !errors.As(err, &stale) && model.HintOf(err) == "" {
				t.Errorf("%v, without a way out", err)
			}
			if out.Parts[0].Published || out.Parts[0].Doubtful {
				t.Errorf("published %v, doubtful %v", out.Parts[0].Published, out.Parts[0].Doubtful)
			}
			if view := a.service.Open(t.Context(), gun); view.Fault == nil {
				t.Error("something was published")
			}
			if keys, err := a.service.Stores.Keys(t.Context()); err != nil || len(keys) != 2 {
				t.Errorf("%d keys are kept of the 2 that were made, %v", len(keys), err)
			}
		})
	}
}
