package screen

import (
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// An administrator starts, walks to a role and to a tag, and finds what notary
// and docker have put there.
func TestWalk(t *testing.T) {
	peer.Need(t, "tmux")
	for name, opts := range map[string][]peer.Option{"open": nil, "with tokens": {peer.TokenAuth()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := peer.MemoryServer(t, opts...)
			filled := peer.Fill(t, server)
			app := filled.Repository(t, peer.App)
			// Only a server without accounts tells everybody what it holds.
			start := []string{"repo/" + peer.App + "/roles"}
			if server.Tokens == nil {
				start = nil
			}
			term := peer.Tmux(t, 120, 40)
			term.Start(deck(t, filled.Docker), start...)
			if server.Tokens == nil {
				term.WaitFor("4 repositories")
				for _, r := range filled.Repositories {
					term.WaitFor(strings.TrimPrefix(r.GUN, "docker.io/"))
				}
				term.Type("/")
				term.Type("rotated")
				term.WaitFor("1 of 4")
				term.Keys("Escape")
				term.WaitFor("4 repositories")
				term.Keys("C-p")
				term.Type("acme/app")
				term.Keys("Enter")
			}
			term.WaitFor("Role tree")
			term.WaitFor("releases")
			term.Keys("Down", "Down", "Enter")
			term.WaitFor("acme/app > targets")
			term.Keys("Escape")
			term.WaitFor("[Roles]")
			tag := app.Tags[0]
			term.Keys("4")
			term.WaitFor(tag.Name)
			term.Type("/")
			term.Type(tag.Name)
			term.Keys("Enter")
			term.WaitFor(tag.SHA256[:8])
			term.Keys("Escape") // clears the filter, and stays
			term.WaitFor("alice/tool")
			for key, text := range map[string]string{"2": "ECDSA P-256", "3": "signer", "5": "version", "6": `"signed"`} {
				term.Keys(key)
				term.WaitUntil(text, func(screen string) bool { return strings.Contains(strings.ToLower(screen), strings.ToLower(text)) })
			}
			quit(t, term)
		})
	}
}
