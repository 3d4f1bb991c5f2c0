//go:build hsm

package pkcs11_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// gun is a repository whose root key is on a token.
const gun = "docker.io/acme/hsm"

// program is the program with a module, a server, and the tokens of the bench.
type program struct {
	*bench
	client *peer.Client
	place  []string
}

func (b *bench) program(place ...string) *program {
	b.Helper()
	c := peer.TrustdeckWithModules(b).WithSoftHSM(b.hsm).With(
		"DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE="+peer.RootPassphrase, "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+peer.RepositoryPassphrase)
	return &program{b, c, append([]string{"--pkcs11", b.hsm.Module}, place...)}
}

func (p *program) run(args ...string) string {
	p.Helper()
	return p.client.Run(p, append(args, p.place...)...)
}

// listed is a key as "trustdeck keys" lists it.
type listed struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	// Algorithm is as in "ECDSA P-256".
	Algorithm string `json:"algorithm"`
	Store     string `json:"store"`
	Place     string `json:"place"`
	Usable    bool   `json:"usable"`
}

func (p *program) listed(algorithm string) listed {
	p.Helper()
	var answer struct {
		Keys []listed `json:"keys"`
	}
	if err := json.Unmarshal([]byte(p.run("keys", "-o", "json")), &answer); err != nil {
		p.Fatal(err)
	}
	for _, k := range answer.Keys {
		if k.Algorithm == algorithm && k.Place == "token" {
			return k
		}
	}
	p.Fatalf("%s is not listed: %+v", algorithm, answer.Keys)
	return listed{}
}

// at runs a command at a terminal, and answers its questions in turn.
func (p *program) at(command []string, answers ...[2]string) string {
	p.Helper()
	term := peer.Tmux(p, 110, 60)
	term.Start(p.client, append(command, p.place...)...)
	for _, a := range answers {
		term.WaitFor(a[0])
		term.Type(a[1])
		term.Keys("Enter")
	}
	if code := term.WaitExit(); code != 0 {
		p.Fatalf("%v: exit code %d\n%s", command, code, term.Screen())
	}
	screen := term.Screen()
	if strings.Contains(screen, pin) {
		p.Errorf("the PIN is on the screen:\n%s", screen)
	}
	return screen
}

// A root key on a token makes a repository on a real server, and renews it; Notary reads both.
func TestRepositoryOnServer(t *testing.T) {
	peer.Need(t, "tmux", "notary", "notary-server")
	b := withToken(t)
	b.generate("EC:prime256v1", "01", "root")
	server := peer.MemoryServer(t)
	p := b.program("--server", server.URL, "--tlscacert", server.PKI.CAFile())
	root := p.listed("ECDSA P-256")
	if !root.Usable || !strings.HasPrefix(root.Store, "PKCS #11 token acme ") {
		t.Fatalf("%+v", root)
	}
	p.at(
		[]string{"init", "--plain", "--root-key", root.ID, "--snapshot-key", "server", gun},
		[2]string{"Do you have a certificate for the root key?", ""},
		[2]string{"Type yes to apply the plan:", "yes"},
		[2]string{"PIN of the root key", "wrong"},
		[2]string{"wrong PIN; the token doesn't say how many tries are left", pin},
	)
	notary := peer.Notary(t, server, t.TempDir())
	if list := notary.Run(t, "list", gun); !strings.Contains(list, "No targets") {
		t.Errorf("notary list: %s", list)
	}
	p.at([]string{"renew", "--plain", gun, "root"}, [2]string{"Type yes to apply the plan:", "yes"}, [2]string{"PIN of the root key", pin})
	if list := notary.Run(t, "list", gun); !strings.Contains(list, "No targets") {
		t.Errorf("notary list after renew: %s", list)
	}
	peer.Says(t, p.run("tokens"), root.Store+": SoftHSM v2, 1 key\n")
	if found := p.run("doctor", gun); strings.Contains(found, "PKCS #11") {
		t.Errorf("findings about a good module:\n%s", found)
	}
}

// Keys of each kind on a token sign for a repository in a folder, which go-tuf then reads.
func TestRepositoryInFolder(t *testing.T) {
	peer.Need(t, "tmux")
	b := withToken(t)
	for i, kind := range []string{"EC:prime256v1", "EC:secp384r1", "EC:edwards25519", "rsa:2048"} {
		b.generate(kind, fmt.Sprintf("%02d", i+1), "root") // a root key has that label
	}
	dir := filepath.Join(t.TempDir(), "repository")
	p := b.program()
	p.run("init", "--yes", dir)
	repository := "file:" + dir
	folder := peer.ServeFolder(t, dir)
	for n, algorithm := range []string{"ECDSA P-256", "ECDSA P-384", "Ed25519", "RSA 2048"} {
		key := p.listed(algorithm)
		answers := [][2]string{{"to apply the plan:", repository}, {"PIN of the", pin}}
		if n == 0 { // the old key is a file
			answers = slices.Insert(answers, 0, [2]string{"What should happen to the old private key?", "keep"})
		}
		p.at([]string{"rotate", "--plain", "--root-key", key.ID, repository, "root"}, answers...)
	}
	p.at([]string{"renew", "--plain", repository, "root"}, [2]string{"For how many days", ""}, [2]string{"to apply the plan:", "yes"}, [2]string{"PIN of the", pin})
	roots := folder.Roots(t)
	if len(roots) != 6 {
		t.Errorf("%d roots", len(roots))
	}
	for i, root := range roots {
		if err := folder.Updater(t, root).Refresh(); err != nil {
			t.Errorf("go-tuf from root %d: %v", i+1, err)
		}
	}
}

// Doctor names a module that can't be loaded, with the reason; what else there is works.
func TestUnloadableModule(t *testing.T) {
	b := withToken(t)
	b.generate("EC:prime256v1", "01", "root")
	p := b.program("--pkcs11", "/nonexistent/module.so")
	p.listed("ECDSA P-256")
	dir := filepath.Join(t.TempDir(), "repository")
	p.run("init", "--yes", dir)
	r := p.client.Try(append([]string{"doctor", dir}, p.place...)...)
	if !strings.Contains(r.Stdout, "PKCS #11 module /nonexistent/module.so: can't be loaded: no such file or directory") {
		t.Errorf("doctor: %+v", r)
	}
}

// A program without support for PKCS #11 says so where a module is named, and not otherwise.
func TestProgramWithoutSupport(t *testing.T) {
	c := peer.Trustdeck(t)
	if r := c.Try("keys", "--pkcs11", "/usr/lib/module.so"); !strings.Contains(r.Stderr, "this trustdeck was built without support for PKCS #11") {
		t.Errorf("%+v", r)
	}
	if r := c.Try("keys"); strings.Contains(r.Stderr, "PKCS") {
		t.Errorf("%+v", r)
	}
}
