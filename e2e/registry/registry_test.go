package registry

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/report"
	"trustdeck/remote/registry"
	"trustdeck/remote/transport"
)

func TestMain(m *testing.M) { peer.Main(m) }

const (
	repository = "acme/app"
	tag        = "1.0"
)

// connect makes a client that trusts the test authority and logs in as an account.
func connect(t *testing.T, server *peer.ImageRegistry, login transport.Login) *registry.Client {
	t.Helper()
	client, err := registry.New(registry.Config{
		TLS: transport.TLSFiles{CA: server.PKI.CAFile()}.For, Credentials: logins{server.Host: login}, Timeout: 10 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// logins are credentials by registry.
type logins map[string]transport.Login

func (l logins) Find(_ context.Context, registry string) (transport.Login, error) {
	return l[registry], nil
}

func digest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// signed is what trust data says of content.
func signed(raw []byte) model.Resolution {
	sum := sha256.Sum256(raw)
	return model.Resolution{Tag: tag, OK: true, Target: model.Target{Name: tag, Length: int64(len(raw)), Hashes: model.Hashes{SHA256: sum[:]}}}
}

// The life of a tag: pushed and signed, pushed again without signing, deleted, and
// all of its content deleted.
func TestLifeOfATag(t *testing.T) {
	for name, options := range map[string][]peer.Option{
		"TLS": nil, "plain": {peer.PlainHTTP()}, "tokens": {peer.TokenAuth()},
	} {
		t.Run(name, func(t *testing.T) {
			server := peer.Registry(t, options...)
			login := transport.Login{User: peer.Reader.Name, Password: peer.Reader.Password}
			service := &admin.Service{Registry: connect(t, server, login), Clock: time.Now}
			gun := model.GUN(server.Host + "/" + repository)
			first := server.Push(t, repository, tag, "the signed one")
			look := func(step string, state model.ServedState, held model.DigestAvailable) {
				t.Helper()
				got := service.Served(t.Context(), gun, signed(first))
				if got.State != state || got.Held != held || got.Signed != digest(first) {
					t.Errorf("%s: %s, held %d, fault %v", step, got.State, got.Held, got.Fault)
				}
			}
			look("signed", model.ServedSame, model.DigestUnknown)
			second := server.Push(t, repository, tag, "another one")
			look("pushed again", model.ServedDiffers, model.DigestYes)
			server.Delete(t, repository, first)
			look("pushed again, and the first one deleted", model.ServedDiffers, model.DigestNo)
			server.Delete(t, repository, second)
			look("all deleted", model.ServedAbsent, model.DigestNo)
			if got := service.Served(t.Context(), model.GUN(server.Host+"/acme/none"), signed(first)); got.State != model.ServedAbsent {
				t.Errorf("another repository: %s, %v", got.State, got.Fault)
			}
		})
	}
}

// Docker's own client states the same digest.
func TestDockerStatesTheSame(t *testing.T) {
	peer.Need(t, peer.DockerTrust)
	server := peer.Registry(t, peer.PlainHTTP())
	server.Push(t, repository, tag, "one")
	got, err := connect(t, server, transport.Login{}).Resolve(t.Context(), model.GUN(server.Host+"/"+repository), tag)
	if err != nil {
		t.Fatal(err)
	}
	docker := peer.Docker(t, &peer.Server{URL: server.URL, Host: server.Host, PKI: server.PKI}, t.TempDir())
	var theirs struct {
		Descriptor struct {
			Digest, MediaType string
			Size              int64
		}
	}
	out := docker.Run(t, "manifest", "inspect", "--insecure", "--verbose", server.Host+"/"+repository+":"+tag)
	if err := json.Unmarshal([]byte(out), &theirs); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	if want := (model.Manifest{Digest: theirs.Descriptor.Digest, Size: theirs.Descriptor.Size, MediaType: theirs.Descriptor.MediaType}); got != want {
		t.Errorf("%+v, docker says %+v", got, want)
	}
}

// Who may read, reads; who may not, is told how to log in. The token is asked for
// by the name of the repository in its registry, and for reading alone.
func TestWhoAsks(t *testing.T) {
	server := peer.Registry(t, peer.TokenAuth())
	raw := server.Push(t, repository, tag, "one")
	gun := model.GUN(server.Host + "/" + repository)
	for name, tt := range map[string]struct {
		login transport.Login
		kind  model.FaultKind
	}{
		"password":         {transport.Login{User: peer.Reader.Name, Password: peer.Reader.Password}, ""},
		"identity token":   {transport.Login{IdentityToken: peer.Reader.IdentityToken}, ""},
		"nobody":           {transport.Login{}, model.FaultUnauthorized},
		"a wrong password": {transport.Login{User: peer.Reader.Name, Password: "no"}, model.FaultUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := connect(t, server, tt.login).Resolve(t.Context(), gun, tag)
			if model.KindOf(err) != tt.kind || err == nil && got.Digest != digest(raw) {
				t.Errorf("%+v, %v", got, err)
			}
			if hint := model.HintOf(err); err != nil && !strings.Contains(hint, "docker login "+server.Host) {
				t.Errorf("the way out is %q", hint)
			}
		})
	}
	if got, want := server.Tokens.Scopes(), []string{"repository:" + repository + ":pull"}; !slices.Equal(got, want) {
		t.Errorf("asked for %q", got)
	}
}

// The program itself says it, from the login and the certificates of docker, with a
// real trust server beside the registry.
func TestInspectRegistry(t *testing.T) {
	peer.Need(t, "notary-server", "docker-registry")
	trust, images := peer.MemoryServer(t), peer.Registry(t, peer.TokenAuth())
	first := images.Push(t, repository, tag, "the signed one")
	repo := notarytest.New(model.GUN(images.Host+"/"+repository), time.Now())
	repo.Tag(model.RoleTargets, tag, string(first))
	peer.Publish(t, trust, trust.Client(), repo)

	config := t.TempDir()
	docker := peer.Docker(t, trust, config)
	login := base64.StdEncoding.EncodeToString([]byte(peer.Reader.Name + ":" + peer.Reader.Password))
	write := func(name string, content string) {
		t.Helper()
		path := filepath.Join(config, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	deck := peer.Trustdeck(t).With(docker.Env...)
	inspect := func(state string, code int) *report.Served {
		t.Helper()
		got := deck.Try("inspect", "--registry", images.Host+"/"+repository+":"+tag, "-o", "json")
		var answer report.Inspect
		if err := json.Unmarshal([]byte(got.Stdout), &answer); err != nil {
			t.Fatalf("%v\n%s", err, got.Stderr)
		}
		served := answer.Repositories[0].Registry
		if served == nil || served.State != state || got.Code != code {
			t.Fatalf("exit code %d, %+v\n%s", got.Code, served, got.Stderr)
		}
		return served
	}
	inspect("unknown", 6) // nobody is logged in
	write("config.json", `{"auths":{"`+images.Host+`":{"auth":"`+login+`"}}}`)
	inspect("same", 0)
	second := images.Push(t, repository, tag, "another one")
	if served := inspect("differs", 1); served.Digest != digest(second) || served.Signed != digest(first) || served.SignedAvailable == nil || !*served.SignedAvailable {
		t.Errorf("%+v", served)
	}
	images.Process.Stop()
	inspect("unknown", 5)
}
