//go:build yubikey

package token_test

import (
	"strings"
	"testing"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
)

// The program itself, at a terminal: it names the token, makes a repository whose root key is on
// it with a wrong PIN at first, waits for each touch, and the PIN is nowhere to be seen. Notary
// reads what came of it. When the token is pulled out, nothing is published.
func TestProgram(t *testing.T) { each(t, testProgram) }

func testProgram(t *testing.T, k kind) {
	peer.Need(t, "tmux", "notary", "notary-server")
	b := newBench(t, k)
	c := b.insert(0, card.Config{Firmware: card.V571, Serial: first})
	c.KeepTouching(true)
	made := b.rootIn("9c", false)
	c.KeepTouching(false)
	server := peer.MemoryServer(t)
	program := peer.TrustdeckWithTokens(t).WithCards(b.service).With("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=" + peer.RepositoryPassphrase)
	place := []string{"--server", server.URL, "--tlscacert", server.PKI.CAFile()}
	id := notaryID(made.SPKI)
	if listed := program.Run(t, "tokens"); !lineWith(listed, "token:", "YubiKey 8675309") || !lineWith(listed, "9c", id[:4]+" "+id[4:8]) {
		t.Errorf("tokens:\n%s", listed)
	}

	run := func(args ...string) *peer.Terminal {
		term := peer.Tmux(t, 100, 50)
		term.Start(program, append(args, place...)...)
		return term
	}
	answer := func(term *peer.Terminal, asks, text string) {
		term.WaitFor(asks)
		term.Type(text)
		term.Keys("Enter")
	}
	seen := func(term *peer.Terminal) string {
		screen := term.Screen()
		if strings.Contains(screen, string(pin)) {
			t.Errorf("the PIN is on the screen:\n%s", screen)
		}
		return screen
	}
	term := run("init", "--plain", "--root-key", id, "--snapshot-key", "server", gun)
	answer(term, "Do you have a certificate for the root key?", "")
	answer(term, "Type yes to apply the plan:", "yes")
	seen(term)
	if screen := term.Screen(); !strings.Contains(screen, "the root key "+id[:4]+" "+id[4:8]+" (YubiKey 8675309)") {
		t.Errorf("the review:\n%s", screen)
	}
	answer(term, "PIN of the root key", "111111")
	term.WaitFor("2 tries are left.")
	answer(term, "PIN of the root key", string(pin))
	for _, what := range []string{"certify the root key " + id[:4], "sign root 1 of " + gun} {
		b.blinks(c)
		term.WaitFor("Touch YubiKey 8675309 now: " + what)
		c.Touch()
	}
	term.WaitFor("trustdeck read it back")
	seen(term)
	if list := peer.Notary(t, server, t.TempDir()).Run(t, "list", gun); !strings.Contains(list, "No targets") {
		t.Errorf("notary list: %s", list)
	}

	c.KeepTouching(false)
	term = run("renew", "--plain", gun, "root")
	answer(term, "Type yes to apply the plan:", "yes")
	answer(term, "PIN of the root key", string(pin))
	b.blinks(c)
	c.Remove()
	term.WaitFor("YubiKey 8675309: was removed before it had answered")
	if screen := seen(term); !strings.Contains(screen, "Nothing was published") {
		t.Errorf("pulled out:\n%s", screen)
	}
}
