//go:build yubikey

package token_test

import (
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
	"trustdeck/model/port"
)

// begin begins a flow by its name among the commands.
func (d *deck) begin(name, title string, pages ...peer.Page) {
	d.Helper()
	d.Keys("C-p")
	d.Through(peer.Page{"Commands, places", "=" + name}, peer.Page{"> " + title, "Enter"})
	d.Through(pages...)
}

// A key on a token serves in every flow that changes a repository of a real server, on the full screen.
func TestTokenServesOnScreen(t *testing.T) {
	peer.Need(t, "tmux", "notary", "notary-server")
	eachOnRequest(t, testTokenServesOnScreen)
}

func testTokenServesOnScreen(t *testing.T, k kind) {
	b := newBench(t, k)
	one := b.insert(0, card.Config{Firmware: card.V543, Serial: first})
	two := b.insert(1, card.Config{Firmware: card.V571, Serial: second})
	one.KeepTouching(true)
	two.KeepTouching(true)
	root := notaryID(b.rootIn("9c", false).SPKI)
	targets := b.made("8675309", port.TokenKey{Slot: "9a", Subject: "targets"})
	spare := b.made("7654321", rootKey())
	one.KeepTouching(false)
	two.KeepTouching(false)
	trust := filepath.Join(t.TempDir(), "trust")
	server := peer.MemoryServer(t)
	program := peer.TrustdeckWithTokens(t).WithCards(b.service).With("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=" + peer.RepositoryPassphrase)
	d := b.deck(program, "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", trust)
	d.WaitFor("2 tokens")
	d.initialise(one, root)
	d.rotate(one, targets)
	d.sign(one)
	d.witness(one)
	d.renew(one)
	d.threshold(one, two, root, spare)
	d.quit(peer.RepositoryPassphrase)
}

// initialise makes a repository whose root key is on a token. The token is pulled out between two
// signatures: nothing is published.
func (d *deck) initialise(c peer.Card, root string) {
	d.Helper()
	d.Keys("i")
	d.Through(peer.Page{"Which repositories do you want to initialise?", "=" + gun, "Enter"}, peer.Page{"• " + gun})
	d.Follow("Which key do you want to sign the root with?", "Enter")
	d.Through(peer.Page{"Which key", "/", "=" + root[:8], "Enter"}, peer.Page{"filter " + root[:8], "Enter"},
		peer.Page{"Do you have a certificate for the root key?", "Enter"}, peer.Page{"Where do you want the snapshot key?", "Enter"})
	d.WaitFor("Ready:")
	d.Agree("PIN 1 of 2")
	d.pin("PIN of the root key "+root[:4], "2 tries are left.")
	d.touched(c, "YubiKey 8675309", "certify the root key "+root[:4])
	d.announced(c, "YubiKey 8675309", "sign root 1 of "+gun)
	c.Remove()
	d.replugged(c, 0, "YubiKey 8675309: was removed before it had", "Nothing was published")
	d.Follow("[ Cancel ]", "Enter")
	d.Agree("PIN 1 of 2")
	d.pin("PIN of the root key "+root[:4], "")
	d.touched(c, "YubiKey 8675309", "certify the root key "+root[:4])
	d.touched(c, "YubiKey 8675309", "sign root 1 of "+gun)
	d.WaitFor("─ Done ─")
	d.Follow("[1 Roles]", "Enter")
}

// rotate moves the targets to another key of the same token, whose PIN is asked for once.
func (d *deck) rotate(c peer.Card, targets string) {
	d.Helper()
	d.Keys("R")
	d.Through(peer.Page{"Which role's key do you want to replace?", "Down"}, peer.Page{"> targets", "Enter"},
		peer.Page{"Which key should sign instead?", "/", "=" + targets[:8], "Enter"}, peer.Page{"filter " + targets[:8], "Enter"},
		peer.Page{"What should happen to the old private key?", "Enter"})
	d.WaitFor("Ready:")
	d.Confirm(gun)
	d.Agree("PIN 1 of")
	d.pin("On YubiKey 8675309, slot 9a", "2 tries are left.")
	d.announced(c, "YubiKey 8675309", "sign root 2 of "+gun)
	c.Remove()
	d.replugged(c, 0, "was removed before it had", "Nothing was published")
	d.Follow("[ Cancel ]", "Enter")
	d.Confirm(gun)
	d.Agree("PIN 1 of")
	d.pin("On YubiKey 8675309, slot 9a", "")
	d.touched(c, "YubiKey 8675309", "sign root 2 of "+gun)
	d.touched(c, "YubiKey 8675309", "sign targets 2 of "+gun)
	d.WaitFor("─ Done ─")
	d.Follow("[1 Roles]", "Enter")
}

func (d *deck) sign(c peer.Card) {
	d.Helper()
	d.Keys("t")
	d.Through(peer.Page{"Which tags do you want to sign?", "=v1", "Enter"}, peer.Page{"• v1"})
	d.Follow("What do you want to set yourself?", "Enter")
	d.Through(peer.Page{"> [ ] Digest and size", "Space"}, peer.Page{"> [x] Digest and size", "Enter"},
		peer.Page{"What is the digest?", "=sha256:" + strings.Repeat("ab", 32), "Enter"}, peer.Page{"How many bytes does it have?", "=1234", "Enter"})
	d.WaitFor("Ready:")
	d.signed(c, "targets key", "sign targets 3 of "+gun)
}

// signed applies a plan that one key signs, with a wrong PIN at first. Pulled out meanwhile, the plan is
// made again.
func (d *deck) signed(c peer.Card, key, what string) {
	d.Helper()
	d.Agree("PIN 1 of 1")
	d.pin("PIN of the "+key, "2 tries are left.")
	d.announced(c, "YubiKey 8675309", what)
	c.Remove()
	d.replugged(c, 0, "was removed before it had", "Nothing was published")
	d.Follow("[ Cancel ]", "Enter")
	d.Agree("PIN 1 of 1")
	d.pin("PIN of the "+key, "")
	d.touched(c, "YubiKey 8675309", what)
	d.WaitFor("─ Done ─")
	d.Follow("[1 Roles]", "Enter")
}

func (d *deck) witness(c peer.Card) {
	d.Helper()
	d.Keys("w")
	d.Through(peer.Page{"Which roles do you want to witness?"}, peer.Page{"> [ ] targets", "Space"}, peer.Page{"> [x] targets", "Enter"})
	d.WaitFor("Ready:")
	d.signed(c, "targets key", "sign targets 4 of "+gun)
}

// renew signs a root anew. While another token is there in place of the one that has the key, that is
// said.
func (d *deck) renew(c peer.Card) {
	d.Helper()
	d.Keys("E")
	d.Through(peer.Page{"> [ ] root", "Space"}, peer.Page{"> [x] root", "Enter"})
	d.WaitFor("Ready:")
	d.Agree("PIN 1 of 1")
	c.Remove()
	d.WaitFor("1 token ")
	d.pin("PIN of the root key", "")
	d.Shows("YubiKey 8675309: isn't plugged in; plugged in: YubiKey 7654321.", "Nothing was published", "Plug in YubiKey 8675309")
	d.put(c, 0)
	d.Follow("[ Cancel ]", "Enter")
	d.signed(c, "root key", "sign root 3 of "+gun)
}

// threshold lists the key of another token for the root as well, and then has both sign.
func (d *deck) threshold(one, two peer.Card, root, spare string) {
	d.Helper()
	d.Keys("R")
	d.Through(peer.Page{"Which role's key do you want to replace?", "Enter"}, peer.Page{"> [x] A new key", "Space"}, peer.Page{"0 marked", "/", "=" + root[:8], "Enter"}, peer.Page{"filter " + root[:8], "Space"},
		peer.Page{"1 marked", "/", "C-u", "=" + spare[:8], "Enter"}, peer.Page{"filter " + spare[:8], "Space"}, peer.Page{"2 marked", "Enter"})
	d.Through(peer.Page{"How many of them must sign?", "Enter"}, peer.Page{"How many earlier roots' keys should also sign?", "Enter"})
	d.WaitFor("Ready:")
	d.Confirm(gun)
	d.both(one, two, "sign root 4 of "+gun)

	d.begin("change threshold", "Change threshold", peer.Page{"Which role's threshold do you want to change?", "Enter"},
		peer.Page{"How many of the keys must sign?", "Down"}, peer.Page{"> 2 of 2", "Enter"})
	d.WaitFor("Ready:")
	d.Confirm(gun)
	d.both(one, two, "sign root 5 of "+gun)
}

// both applies a plan that keys on two tokens sign, in the order of their IDs: each has its PIN asked for,
// and one touch.
func (d *deck) both(one, two peer.Card, what string) {
	d.Helper()
	names := map[string]peer.Card{"YubiKey 8675309": one, "YubiKey 7654321": two}
	d.Agree("PIN 1 of 2")
	for n, begin := range []string{"PIN 1 of 2", "PIN 2 of 2"} {
		screen := d.WaitFor(begin)
		for name := range names {
			if strings.Contains(screen, "On "+name+", slot 9c") {
				d.pin("On "+name, []string{"2 tries are left.", ""}[n])
			}
		}
	}
	for len(names) > 0 {
		screen := d.WaitFor("Touch YubiKey")
		for name, c := range names {
			if strings.Contains(screen, "Touch "+name+" now: "+what) || strings.Contains(screen, "Touch "+name+" now: certify the root key") {
				d.blinks(c)
				c.Touch()
				d.WaitGone("Touch " + name)
				delete(names, name)
			}
		}
	}
	d.WaitFor("─ Done ─")
	d.Follow("[1 Roles]", "Enter")
}

// In a folder of TUF 1.0 the only key that fits of a token takes the place of one in a file.
func TestTokenServesFolderOnScreen(t *testing.T) {
	peer.Need(t, "tmux")
	eachOnRequest(t, testTokenServesFolderOnScreen)
}

func testTokenServesFolderOnScreen(t *testing.T, k kind) {
	b := newBench(t, k)
	c := b.insert(0, card.Config{Firmware: card.V571, Serial: first})
	c.KeepTouching(true)
	root := notaryID(b.rootIn("9c", false).SPKI)
	b.made("8675309", port.TokenKey{Slot: "9a", Subject: "targets"})
	c.KeepTouching(false)
	folder := filepath.Join(t.TempDir(), "repository")
	program := peer.TrustdeckWithTokens(t).WithCards(b.service).With(
		"DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE="+peer.RootPassphrase, "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+peer.RepositoryPassphrase)
	program.Run(t, "init", "--yes", folder)
	refused := func(words string, args ...string) {
		t.Helper()
		if r := program.Try(append([]string{"rotate", "--yes"}, args...)...); r.Code != 2 || !strings.Contains(r.Stderr, words) {
			t.Errorf("%q: %+v", args, r)
		}
	}
	refused("root key "+root[:4]+" "+root[4:8]+" (YubiKey 8675309, slot 9c)", "--token", "1", folder, "root")
	refused("--token has no effect with the other answers", "--token", "8675309", "--root-key", "new", folder, "root")

	d := b.deck(program, "rotate", "--token", "8675309", folder, "root")
	d.Through(peer.Page{"What should happen to the old private key?", "Enter"})
	d.Shows("Ready:", "+ root key "+root[:4])
	d.Confirm("file:" + folder)
	d.Agree("PIN 1 of 2")
	d.pin("On YubiKey 8675309, slot 9c", "2 tries are left.")
	d.announced(c, "YubiKey 8675309", "sign root 2 of")
	c.Remove()
	d.replugged(c, 0, "was removed before it had", "Nothing was published")
	d.Follow("[ Cancel ]", "Enter")
	d.Confirm("file:" + folder)
	d.Agree("PIN 1 of 2")
	d.pin("On YubiKey 8675309, slot 9c", "")
	d.touched(c, "YubiKey 8675309", "sign root 2 of")
	d.WaitFor("─ Done ─")
	d.Follow("[ Close ]", "Tab")
	d.quit(peer.RootPassphrase, peer.RepositoryPassphrase)
	if shown := program.Run(t, "inspect", folder); !lineWith(shown, "root", "verified", "2", "1 of 1") {
		t.Errorf("inspect:\n%s", shown)
	}
}

// made has the token with a serial number make a key, and is its ID.
func (b *bench) made(serial string, key port.TokenKey) string {
	b.Helper()
	slot, err := b.tokens.Store(serial).MakeKey(b.Context(), key, open(), nil)
	if err != nil {
		b.Fatal(err)
	}
	return notaryID(slot.SPKI)
}
