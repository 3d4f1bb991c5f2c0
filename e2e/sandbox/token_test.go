package sandbox

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/remote/sandbox"
)

// Where tokens are asked for, the two servers ask for the same ones, and real
// clients get equally far, with the right password and without.
func TestTokens(t *testing.T) {
	production := peer.ProductionServer(t, peer.TokenAuth())
	practice := peer.Sandbox(t, sandbox.Config{Users: map[string]string{peer.Administrator.Name: peer.Administrator.Password}})
	for _, row := range guarded {
		t.Run(row.name, func(t *testing.T) { compare(t, row, production, practice) })
	}
}

var guarded = []row{
	{"requests without a token", func(p *play) {
		for _, path := range []string{
			"tuf/root.json", "tuf/1.root.json", "tuf/root." + digest + ".json", "tuf/timestamp.json", "tuf/timestamp.key", "changefeed?records=1",
			"/v2/_trust/changefeed?records=1", "/v2/", "/_notary_server/health", "tuf/nothing.json", "nothing",
		} {
			p.get(path)
		}
		p.ask(http.MethodPost, "tuf/", "", nil)
		p.ask(http.MethodPost, "tuf/snapshot.key", "", nil)
		p.ask(http.MethodDelete, "tuf/", "", nil)
	}},
	{"requests with a wrong token", func(p *play) {
		for _, header := range []string{"Bearer nonsense", "Bearer ", "Basic YWRtaW46YWRtaW4=", "nonsense"} {
			p.authorization = header
			p.get("tuf/root.json")
		}
	}},
	{"notary of an administrator", func(p *play) {
		p.run(p.notary, "init -p GUN")
		p.run(p.notary, "addhash -p GUN v1 10 --sha256 "+digest)
		p.run(p.second, "list GUN")
		p.run(p.second, "delete GUN --remote")
		p.run(p.notary, "list GUN")
	}},
	{"notary of others", func(p *play) {
		p.run(p.notary, "init -p GUN")
		for _, who := range []peer.Account{{}, {Name: "mallory", Password: "guess"}, {Name: peer.Administrator.Name, Password: "guess"}} {
			for _, command := range []string{
				"list GUN", "addhash -p GUN v1 10 --sha256 " + digest, "key rotate GUN timestamp -r", "delete GUN --remote", "init -p GUN-other",
			} {
				p.run(p.second.As(who), command)
			}
		}
		p.run(p.notary, "list GUN")
	}},
	{"docker", func(p *play) {
		_, carol := p.keyPair()
		p.run(p.docker, "trust signer add carol IMAGE --key", carol)
		p.run(p.docker, "trust inspect --pretty IMAGE")
		p.logOut()
		p.run(p.docker, "trust inspect --pretty IMAGE")
		p.run(p.docker, "trust signer add dave IMAGE --key", carol)
	}},
}

// logOut takes docker's credentials away.
func (p *play) logOut() {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.docker.Home, "config.json"), []byte("{}"), 0o600); err != nil {
		p.t.Fatal(err)
	}
}
