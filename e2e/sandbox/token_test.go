package sandbox

import (
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/remote/sandbox"
)

// Where the practice server asks for tokens, real clients with the right password
// do what they may, and others get no further than with the real server.
func TestTokens(t *testing.T) {
	practice, _ := peer.Sandbox(t, sandbox.Config{Users: map[string]string{peer.Administrator.Name: peer.Administrator.Password}})
	for name, server := range map[string]*peer.Server{"practice": practice, "real": peer.MemoryServer(t, peer.TokenAuth())} {
		t.Run(name, func(t *testing.T) {
			const gun = "docker.io/acme/app"
			known := peer.Notary(t, server, t.TempDir()).As(peer.Administrator)
			known.Run(t, "init", "-p", gun)
			known.Run(t, "addhash", "-p", gun, "v1", "10", "--sha256", digest)
			if list := known.Run(t, "list", gun); !strings.Contains(list, digest) {
				t.Errorf("notary list:\n%s", list)
			}
			for who, client := range map[string]*peer.Client{
				"a stranger":       peer.Notary(t, server, t.TempDir()).As(peer.Account{Name: "mallory", Password: "guess"}),
				"a wrong password": peer.Notary(t, server, t.TempDir()).As(peer.Account{Name: peer.Administrator.Name, Password: "guess"}),
			} {
				if r := client.Try("list", gun); r.Code == 0 {
					t.Errorf("%s reads the repository:\n%s", who, r.Stdout)
				}
				if r := client.Try("init", "-p", "docker.io/acme/other"); r.Code == 0 {
					t.Errorf("%s makes a repository:\n%s", who, r.Stdout)
				}
			}
		})
	}
}
