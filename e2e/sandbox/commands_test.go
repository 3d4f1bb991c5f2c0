package sandbox

import (
	"os"
	"path/filepath"
	"strings"

	"trustdeck/e2e/peer"
)

const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// commands are what people do with notary and docker trust.
var commands = []row{
	{"init and publish", func(p *play) {
		p.run(p.notary, "init GUN")
		p.run(p.notary, "list GUN")
		p.run(p.notary, "publish GUN")
		p.run(p.notary, "list GUN")
		p.run(p.notary, "publish GUN")
		p.run(p.notary, "init GUN")
		p.run(p.second, "init -p GUN")
		p.run(p.second, "list docker.io/acme/absent")
		p.run(p.second, "publish docker.io/acme/UPPER")
	}},
	{"init with a root key", func(p *play) {
		p.run(p.notary, "init -p "+string(p.gun)+"-first")
		p.run(p.second, "init -p GUN --rootkey", p.rootKey(p.notary))
		p.run(p.second, "init -p GUN --rootkey", filepath.Join(p.t.TempDir(), "none.pem"))
		p.run(p.notary, "init -p "+string(p.gun)+"-second")
	}},
	{"add and remove", func(p *play) {
		p.run(p.notary, "init -p GUN")
		file := filepath.Join(p.t.TempDir(), "file")
		if err := os.WriteFile(file, []byte("content"), 0o600); err != nil {
			p.t.Fatal(err)
		}
		p.run(p.notary, "add -p GUN v0", file)
		p.run(p.notary.Answering("content"), "verify GUN v0")
		p.run(p.notary.Answering("another"), "verify GUN v0")
		p.run(p.notary, "addhash -p GUN v1 10 --sha256 "+digest)
		p.run(p.notary, "addhash GUN v2 10 --sha256 "+digest)
		p.run(p.notary, "status GUN")
		p.run(p.notary, "publish GUN")
		p.run(p.notary, "list GUN")
		p.run(p.notary, "lookup GUN v1")
		p.run(p.notary, "remove -p GUN v1")
		p.run(p.notary, "remove -p GUN absent")
		p.run(p.second, "list GUN")
		p.run(p.second, "lookup GUN v1")
	}},
	{"a stale copy", func(p *play) {
		p.run(p.notary, "init -p GUN")
		p.copyTrust(p.notary, p.second)
		p.run(p.notary, "addhash -p GUN v1 10 --sha256 "+digest)
		p.run(p.notary, "key rotate GUN targets")
		p.run(p.second, "addhash -p GUN v2 10 --sha256 "+digest)
		p.run(p.second, "list GUN")
		p.run(p.notary, "remove -p GUN v1")
		p.run(p.second, "list GUN")
	}},
	{"a repository made twice", func(p *play) {
		p.run(p.notary, "init GUN")
		p.run(p.second, "init -p GUN")
		p.run(p.notary, "publish GUN")
	}},
	{"delegations", func(p *play) {
		alice, bob := p.publicKey(), p.publicKey()
		p.run(p.notary, "init -p GUN")
		p.run(p.notary, "delegation add -p GUN targets/releases --all-paths", alice)
		p.run(p.notary, "delegation add -p GUN targets/alice --paths a,b", alice, bob)
		p.run(p.second, "delegation list GUN")
		p.run(p.notary, "delegation remove -p GUN targets/alice --paths a")
		p.run(p.notary, "delegation remove -p -y GUN targets/alice")
		p.run(p.notary, "delegation add -p GUN targets/absent/deep --all-paths", alice)
		p.run(p.notary, "delegation add -p GUN targets/UPPER --all-paths", alice)
		p.run(p.second, "delegation list GUN")
	}},
	{"sign with a delegation key", func(p *play) {
		key, public := p.keyPair()
		p.run(p.notary, "init -p GUN")
		p.run(p.notary, "key rotate GUN snapshot -r")
		p.run(p.notary, "delegation add -p GUN targets/releases --all-paths", public)
		p.give(p.second.Home, key, "releases")
		p.run(p.second, "addhash -p GUN v1 10 -r targets/releases --sha256 "+digest)
		p.run(p.second, "witness -p GUN targets/releases")
		p.run(p.notary, "list GUN")
		p.run(p.notary, "delegation purge -p GUN --key "+string(key.ID))
		p.run(p.second, "list GUN")
		p.run(p.second, "addhash -p GUN v2 10 -r targets/releases --sha256 "+digest)
	}},
	{"a delegate of a delegate", func(p *play) {
		key, public := p.keyPair()
		p.run(p.notary, "init -p GUN")
		p.run(p.notary, "key rotate GUN snapshot -r")
		p.run(p.notary, "delegation add -p GUN targets/a --paths a", public)
		p.give(p.second.Home, key, "a")
		p.run(p.second, "delegation add -p GUN targets/a/b --paths a/b", public)
		p.run(p.second, "addhash -p GUN a/b/1 10 -r targets/a/b --sha256 "+digest)
		p.run(p.second, "addhash -p GUN b/1 10 -r targets/a/b --sha256 "+digest)
		p.run(p.notary, "list GUN")
		p.run(p.notary, "delegation list GUN")
	}},
	{"a delegate cannot sign a client's snapshot", func(p *play) {
		key, public := p.keyPair()
		p.run(p.notary, "init -p GUN")
		p.run(p.notary, "delegation add -p GUN targets/releases --all-paths", public)
		p.give(p.second.Home, key, "releases")
		p.run(p.second, "addhash -p GUN v1 10 -r targets/releases --sha256 "+digest)
	}},
	{"witness", func(p *play) {
		p.run(p.notary, "init -p GUN")
		p.run(p.notary, "witness -p GUN targets")
		p.run(p.notary, "witness -p GUN targets/nobody")
	}},
	{"rotate", func(p *play) {
		p.run(p.notary, "init -p GUN")
		for _, what := range []string{"targets", "snapshot", "snapshot -r", "timestamp -r", "snapshot", "timestamp", "snapshot -r"} {
			p.run(p.notary, "key rotate GUN "+what)
			p.look()
		}
		p.run(p.notary.Answering("no\n"), "key rotate GUN root")
		p.run(p.notary.Answering("yes\n"), "key rotate GUN root")
		p.look()
		p.run(p.notary.Answering("yes\n"), "key rotate GUN root")
		p.run(p.second, "list GUN")
		p.run(p.notary, "addhash -p GUN v1 10 --sha256 "+digest)
	}},
	{"behind several roots", func(p *play) {
		p.run(p.notary, "init -p GUN")
		p.run(p.second, "list GUN")
		for range 3 {
			p.run(p.notary.Answering("yes\n"), "key rotate GUN root")
		}
		p.run(p.second, "list GUN")
	}},
	{"docker signs", func(p *play) {
		_, carol := p.keyPair()
		_, dave := p.keyPair()
		p.run(p.docker, "trust inspect IMAGE")
		p.run(p.docker, "trust signer add carol IMAGE --key", carol)
		p.look()
		p.run(p.docker, "trust signer add carol IMAGE --key", carol)
		p.run(p.docker, "trust signer add dave IMAGE --key", dave)
		p.run(p.docker, "trust signer add releases IMAGE --key", dave)
		p.run(p.docker, "trust inspect IMAGE")
		p.run(p.docker, "trust inspect --pretty IMAGE")
		p.run(p.docker.Answering("y\n"), "trust signer remove carol IMAGE")
		p.run(p.docker, "trust inspect --pretty IMAGE")
	}},
	{"docker adds a signer to a repository of notary", func(p *play) {
		_, carol := p.keyPair()
		p.run(p.notary, "init -p GUN")
		p.run(p.notary, "addhash -p GUN v1 10 --sha256 "+digest)
		p.copyTrust(p.notary, p.docker)
		p.run(p.docker, "trust inspect --pretty IMAGE")
		repository := p.docker.With("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=" + peer.TargetsPassphrase)
		p.run(repository, "trust signer add carol IMAGE --key", carol)
		p.run(p.docker, "trust inspect IMAGE")
	}},
	{"docker signs a released tag", func(p *play) {
		key, public := p.keyPair()
		p.run(p.docker, "trust signer add dave IMAGE --key", public)
		p.give(filepath.Join(p.docker.Home, "trust"), key, "dave")
		p.give(p.second.Home, key, "dave")
		p.run(p.second, "addhash -p GUN v1 10 -r targets/releases --sha256 "+digest)
		p.run(p.docker, "trust sign IMAGE:v1")
		p.run(p.docker, "trust inspect --pretty IMAGE")
		p.run(p.docker, "trust inspect IMAGE:v1")
		p.run(p.docker, "trust inspect IMAGE:absent")
		p.run(p.docker, "trust revoke IMAGE:v1")
		p.run(p.docker, "trust inspect IMAGE")
		p.run(p.docker, "trust revoke -y IMAGE")
		p.run(p.docker, "trust revoke -y IMAGE")
	}},
	{"delete", func(p *play) {
		p.run(p.notary, "delete GUN --remote")
		p.run(p.notary, "init -p GUN")
		p.run(p.second, "list GUN")
		p.run(p.notary, "delete GUN")
		p.run(p.notary, "list GUN")
		p.run(p.notary, "delete GUN --remote")
		p.run(p.second, "list GUN")
		p.run(p.notary, "init -p GUN")
		p.run(p.second, "list GUN")
	}},
}

// rootKey is the file of the one root key that a client has.
func (p *play) rootKey(c *peer.Client) string {
	p.t.Helper()
	paths, err := filepath.Glob(filepath.Join(c.Home, "private", "*.key"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			p.t.Fatal(err)
		}
		if strings.Contains(string(text), "role: root") {
			return path
		}
	}
	p.t.Fatalf("no root key in %s", c.Home)
	return ""
}

// copyTrust gives a client what another has in its trust folder.
func (p *play) copyTrust(from, to *peer.Client) {
	p.t.Helper()
	if err := os.CopyFS(trustDir(to), os.DirFS(trustDir(from))); err != nil {
		p.t.Fatal(err)
	}
}

func trustDir(c *peer.Client) string {
	if filepath.Base(c.Program) == "docker" {
		return filepath.Join(c.Home, "trust")
	}
	return c.Home
}
