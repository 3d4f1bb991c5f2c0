//go:build yubikey

package token_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
)

// swap is two tokens, each with a root key that wants a touch for every signature. The key on the second
// takes the place of the one on the first.
type swap struct {
	*bench
	from, to peer.Card
	// old and fresh are the IDs of their keys.
	old, fresh string
	program    *peer.Client
}

func newSwap(t *testing.T, k kind) *swap {
	t.Helper()
	b := newBench(t, k)
	s := &swap{
		bench: b, from: b.insert(0, card.Config{Firmware: card.V543, Serial: first}), to: b.insert(1, card.Config{Firmware: card.V571, Serial: second}),
		program: peer.TrustdeckWithTokens(t).WithCards(b.service).With("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=" + peer.RepositoryPassphrase),
	}
	s.from.KeepTouching(true)
	s.to.KeepTouching(true)
	s.old, s.fresh = b.made("8675309", rootKey()), b.made("7654321", rootKey())
	return s
}

// initialise makes a repository whose root key is that of the first token. From then on the cards wait to
// be touched.
func (s *swap) initialise(args ...string) {
	s.Helper()
	p := s.run(slices.Concat([]string{"init", "--yes", "--root-key", s.old}, args)...)
	p.Through(peer.Page{"PIN of the root key", "=" + string(pin), "Enter"}, peer.Page{"trustdeck read it back"})
	s.from.KeepTouching(false)
	s.to.KeepTouching(false)
}

// prompts are the program at a terminal, line by line.
type prompts struct {
	*swap
	*peer.Terminal
	// blinked is how often the cards had asked to be touched when it was started, and announced the touches
	// that it has asked for since.
	blinked, announced int
}

func (s *swap) run(args ...string) *prompts {
	s.Helper()
	p := &prompts{swap: s, Terminal: peer.Tmux(s.T, 160, 80), blinked: s.from.Blinks() + s.to.Blinks()}
	p.Start(s.program, append(args, "--plain")...)
	return p
}

// replace begins to have the second key take the place of the first, as far as the touches.
func (s *swap) replace(repository string, args ...string) *prompts {
	s.Helper()
	p := s.run(slices.Concat([]string{"token", "replace", "--old", s.old, "--token", "7654321"}, args)...)
	p.Through(peer.Page{"the repository's name, to apply the plan:", "=" + repository, "Enter"},
		peer.Page{"1 of 2. PIN of the root key", "=" + string(pin), "Enter"}, peer.Page{"2 of 2. PIN of the root key", "=" + string(pin), "Enter"})
	return p
}

// announces waits until a card waits to be touched, and the last line says what for. No line has asked for
// a touch that no card waited for.
func (p *prompts) announces(c peer.Card, name, what string) {
	p.Helper()
	p.blinks(c)
	p.announced++
	screen := p.WaitFor("Touch " + name + " now: " + what)
	if said, asked := strings.Count(screen, "Touch YubiKey"), p.from.Blinks()+p.to.Blinks()-p.blinked; said != p.announced || asked != p.announced {
		p.Errorf("%d touches are announced, the cards have asked for %d, want %d:\n%s", said, asked, p.announced, screen)
	}
}

// touches touches a card when that is asked for.
func (p *prompts) touches(c peer.Card, name, what string) {
	p.Helper()
	p.announces(c, name, what)
	if !c.Touch() {
		p.Errorf("%s didn't wait for a touch", name)
	}
}

// ends waits for the last words of the program. No other touch was asked for, and no secret was on the
// screen at any time.
func (p *prompts) ends(words ...string) {
	p.Helper()
	screen := p.Shows(words...)
	p.WaitExit()
	if said := strings.Count(screen, "Touch YubiKey"); said != p.announced {
		p.Errorf("%d touches are announced, want %d:\n%s", said, p.announced, screen)
	}
	for _, secret := range []string{string(pin), peer.RepositoryPassphrase} {
		if strings.Contains(p.Raw(), secret) {
			p.Errorf("%q was on the screen", secret)
		}
	}
}

// served is a repository on a real server, and Notary as a client that knows its first root.
type served struct {
	*swap
	server *peer.Server
	notary *peer.Client
}

func newServed(t *testing.T, k kind) *served {
	t.Helper()
	r := &served{swap: newSwap(t, k), server: peer.MemoryServer(t)}
	r.initialise(r.at("--snapshot-key", "server", gun)...)
	r.notary = peer.Notary(t, r.server, t.TempDir())
	r.reads(1)
	return r
}

// at names the server to a command.
func (r *served) at(args ...string) []string {
	return append(args, "--server", r.server.URL, "--tlscacert", r.server.PKI.CAFile())
}

// certify is what the new key signs before the root lists it.
func (r *served) certify() string {
	return "certify the root key " + r.fresh[:4] + " " + r.fresh[4:8] + " for " + gun
}

// reads checks which root is published, and that Notary follows: as the client that knows the roots before
// it, and as a new one.
func (r *served) reads(root int64) {
	r.Helper()
	if published := r.administrator(r.server).rootVersion(); published != root {
		r.Errorf("root %d is published, want %d", published, root)
	}
	for _, client := range []*peer.Client{r.notary, peer.Notary(r.T, r.server, r.TempDir())} {
		if list := client.Run(r.T, "list", gun); !strings.Contains(list, "No targets") {
			r.Errorf("notary list: %s", list)
		}
	}
}

// The root key of a repository moves from one token to another: both sign the new root, and the plan
// replaces the key in every role. The new token is pulled out while its touch is waited for: nothing is
// published, and the same command succeeds when it is plugged in again. In the end the old token signs
// nothing any more.
func TestReplaceToken(t *testing.T) {
	peer.Need(t, "tmux", "notary", "notary-server")
	each(t, testReplaceToken)
}

func testReplaceToken(t *testing.T, k kind) {
	r := newServed(t, k)
	p := r.replace(gun, r.at(gun)...)
	p.announces(r.to, "YubiKey 7654321", r.certify())
	r.to.Remove()
	p.ends("YubiKey 7654321: was removed before it had answered", "Nothing was published", "Plug it in again, then try again.")
	r.reads(1)
	r.put(r.to, 1)

	p = r.replace(gun, r.at(gun)...)
	p.touches(r.to, "YubiKey 7654321", r.certify())
	p.touches(r.from, "YubiKey 8675309", "sign root 2 of "+gun)
	p.touches(r.to, "YubiKey 7654321", "sign root 2 of "+gun)
	p.ends("trustdeck read it back")
	r.reads(2)

	r.from.Remove()
	p = r.run(r.at("renew", gun, "root")...)
	p.Through(peer.Page{"Type yes to apply the plan:", "=yes", "Enter"}, peer.Page{"PIN of the root key", "=" + string(pin), "Enter"})
	p.touches(r.to, "YubiKey 7654321", "sign root 3 of "+gun)
	p.ends("trustdeck read it back")
	r.reads(3)
}

// On the full screen, the token that is selected is the one that is replaced. It is pulled out while its
// last touch is waited for; plugged in again, the flow goes on without being left.
func TestReplaceTokenOnScreen(t *testing.T) {
	peer.Need(t, "tmux", "notary", "notary-server")
	eachOnRequest(t, testReplaceTokenOnScreen)
}

func testReplaceTokenOnScreen(t *testing.T, k kind) {
	r := newServed(t, k)
	d := r.deck(r.program, r.at("/tokens")...)
	d.Shows("YubiKey 7654321", "> YubiKey 8675309")
	d.begin("replace token", "Replace token", peer.Page{"> [x] Key " + r.old[:4] + " " + r.old[4:8] + ", on YubiKey 8675309", "Enter"},
		peer.Page{"> root key " + r.fresh[:4] + " " + r.fresh[4:8] + ", on YubiKey 7654321", "Enter"})
	apply := func(tries string) {
		d.WaitFor("Ready:")
		d.Confirm(gun)
		d.Agree("PIN 1 of 2")
		d.pin("On YubiKey 7654321, slot 9c", tries)
		d.pin("On YubiKey 8675309, slot 9c", "")
		d.touched(r.to, "YubiKey 7654321", "certify the root key "+r.fresh[:4])
		d.announced(r.from, "YubiKey 8675309", "sign root 2 of "+gun)
	}
	apply("2 tries are left.")
	r.from.Remove()
	d.replugged(r.from, 0, "YubiKey 8675309: was removed before it had", "Nothing was published", "Plug it in again")
	r.reads(1)
	d.Follow("[ Cancel ]", "Enter")
	apply("")
	r.from.Touch()
	d.touched(r.to, "YubiKey 7654321", "sign root 2 of "+gun)
	d.done("trustdeck read it back", "[1 Roles]")
	d.quit(peer.RepositoryPassphrase)
	r.reads(2)
}

// In a folder of TUF 1.0 the same command replaces the token, and go-tuf follows.
func TestReplaceTokenInFolder(t *testing.T) {
	peer.Need(t, "tmux")
	eachOnRequest(t, testReplaceTokenInFolder)
}

func testReplaceTokenInFolder(t *testing.T, k kind) {
	s := newSwap(t, k)
	dir := filepath.Join(t.TempDir(), "repository")
	s.initialise(dir)
	folder, known := peer.ServeFolder(t, dir), t.TempDir()
	reads := func(roots int) {
		t.Helper()
		published := folder.Roots(t)
		if len(published) != roots {
			t.Errorf("%d roots are published, want %d", len(published), roots)
		}
		for _, cache := range []string{known, t.TempDir()} {
			if _, err := peer.Finds(folder.Kept(t, published[0], cache), "nothing"); err != nil {
				t.Errorf("go-tuf: %v", err)
			}
		}
	}
	reads(1)
	p := s.replace("file:"+dir, dir)
	p.announces(s.from, "YubiKey 8675309", "sign root 2 of")
	s.from.Remove()
	p.ends("YubiKey 8675309: was removed before it had answered", "Nothing was published")
	reads(1)
	s.put(s.from, 0)
	p = s.replace("file:"+dir, dir)
	p.touches(s.from, "YubiKey 8675309", "sign root 2 of")
	p.touches(s.to, "YubiKey 7654321", "sign root 2 of")
	p.ends("trustdeck read it back")
	reads(2)
}
