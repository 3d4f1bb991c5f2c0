package change

import (
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// The pages of plain mode lead to changes and back: a repository is initialised, gets a
// signer, is renewed, witnessed and rotated, and loses the signer again, first by name and
// then by key; notary agrees each time.
func TestChangesOnLines(t *testing.T) {
	peer.Need(t, "tmux")
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			home := t.TempDir()
			client := peer.Trustdeck(t).With("HOME="+home, "XDG_STATE_HOME="+home, "XDG_CACHE_HOME="+home, "XDG_CONFIG_HOME="+home,
				"NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "NOTARY_TARGETS_PASSPHRASE="+peer.TargetsPassphrase)
			alice := peer.BareKey(t, t.TempDir(), "alice")
			term := peer.Tmux(t, 120, 70)
			term.Start(client, "--plain", "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", filepath.Join(home, "trust"))
			term.WaitFor("Number or command, ? for help:")
			say := func(lines ...string) {
				t.Helper()
				for _, line := range lines {
					term.Type(line)
					term.Keys("Enter")
				}
			}
			accept := func(word string) {
				t.Helper()
				question := "Type " + word + " to apply the plan:"
				if word != "yes" {
					question = "Type " + word + ", the repository's name, to apply the plan:"
				}
				term.WaitUntil("the question", func(screen string) bool { return strings.HasSuffix(strings.TrimSpace(screen), question) })
				say(word)
				term.WaitUntil("the page again", func(screen string) bool {
					_, after, _ := strings.Cut(screen[strings.LastIndex(screen, question)+1:], "trustdeck read it back")
					return strings.HasSuffix(strings.TrimSpace(after), "Number or command, ? for help:")
				})
			}
			read := func(words ...string) {
				t.Helper()
				list := peer.Notary(t, server, t.TempDir()).Run(t, "delegation", "list", "docker.io/acme/app")
				hasAll(t, list, words...)
			}
			say("go flow/init?repositories=docker.io/acme/app", "", "", "")
			accept("yes")
			read("No delegations present")
			say("go flow/signer-add?repositories=docker.io/acme/app&name=alice&keys=" + alice.PublicFile)
			accept("yes")
			read("targets/alice", "targets/releases")
			say("go flow/renew?repositories=docker.io/acme/app&roles=targets")
			accept("yes")
			say("go flow/witness?repositories=docker.io/acme/app&roles=targets")
			accept("yes")
			say("go flow/rotate?repositories=docker.io/acme/app&role=targets", "", "")
			accept("docker.io/acme/app")
			say("go flow/signer-remove?repositories=docker.io/acme/app&name=alice")
			accept("docker.io/acme/app")
			read("No delegations present")
			say("go flow/signer-add?repositories=docker.io/acme/app&name=alice&keys=" + alice.PublicFile)
			accept("yes")
			read("targets/alice", "targets/releases")
			say("go flow/off-board?repositories=docker.io/acme/app", "1", "")
			accept("docker.io/acme/app")
			read("No delegations present")
			say("q")
			if code := term.WaitExit(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			term.CheckRestored()
		})
	}
}
