//go:build yubikey

package token_test

import (
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
	"trustdeck/model"
)

// wrongPIN is never that of a card, and newPIN becomes the one of a card.
const (
	wrongPIN = "111111"
	newPIN   = "246813"
)

// tokenList is on the screen of tokens alone.
const tokenList = "TOUCH      USED"

// deck is the full-screen program beside the bench's cards, in a terminal of 80 by 24.
type deck struct {
	*bench
	*peer.Terminal
}

func (b *bench) deck(program *peer.Client, args ...string) *deck {
	b.Helper()
	term := peer.Tmux(b.T, 80, 24)
	term.Start(program, args...)
	return &deck{b, term}
}

// touched waits until a card asks for a touch and the screen says what for, and touches it. Before
// and afterwards the screen asks for none.
func (d *deck) touched(c peer.Card, name, what string) {
	d.Helper()
	d.announced(c, name, what)
	if !c.Touch() {
		d.Errorf("%s didn't wait for a touch", name)
	}
	d.WaitGone("Touch " + name + " now: " + what)
}

// announced waits until a card asks for a touch and the screen says what for.
func (d *deck) announced(c peer.Card, name, what string) {
	d.Helper()
	d.blinks(c)
	d.WaitFor("Touch " + name + " now: " + what)
}

// pin gives the PIN that is asked for, a wrong one first where tries are named, and no touch is asked
// for until then.
func (d *deck) pin(asks, tries string) {
	d.Helper()
	if screen := d.WaitFor(asks); strings.Contains(screen, "Touch YubiKey") {
		d.Errorf("a touch is asked for:\n%s", screen)
	}
	if tries != "" {
		d.Enter(wrongPIN)
		d.Shows("Wrong PIN.", tries)
	}
	d.Enter(string(pin))
}

// replugged waits for words of a failure, and plugs the card in again.
func (d *deck) replugged(c peer.Card, reader int, words ...string) {
	d.Helper()
	d.Shows(words...)
	d.put(c, reader)
}

// done waits for the end of a flow, and closes it.
func (d *deck) done(words, then string) {
	d.Helper()
	d.Shows("─ Done ─", words)
	d.Follow(then, "Enter")
}

// quit ends the program. No secret has been on the screen at any time.
func (d *deck) quit(secrets ...string) {
	d.Helper()
	d.Keys("C-c")
	d.WaitExit()
	d.CheckRestored()
	for _, secret := range append(secrets, string(pin), wrongPIN, newPIN, typedManager) {
		if strings.Contains(d.Raw(), secret) {
			d.Errorf("%q was on the screen", secret)
		}
	}
}

// The flows that change a token, on the full screen. The token is pulled out in the middle of each;
// plugged in again, the flow goes on where it was, without being left. Of two tokens that are alike the
// one that is meant is named, and so is the one that is there in its place.
func TestTokenFlowsOnScreen(t *testing.T) {
	peer.Need(t, "tmux", "notary", "notary-server")
	each(t, testTokenFlowsOnScreen)
}

func testTokenFlowsOnScreen(t *testing.T, k kind) {
	b := newBench(t, k)
	c := b.insert(0, card.Config{Firmware: card.V543, Serial: first})
	b.insert(1, card.Config{Firmware: card.V543, Serial: second})
	trust := filepath.Join(t.TempDir(), "trust")
	server := peer.MemoryServer(t)
	peer.Notary(t, server, trust).Run(t, "init", "-p", gun)
	program := peer.TrustdeckWithTokens(t).WithCards(b.service).With("NOTARY_ROOT_PASSPHRASE=", "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE=")
	d := b.deck(program, "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", trust, "/tokens")
	d.Shows("YubiKey 7654321", "> YubiKey 8675309")
	d.makeKey(c)
	d.certify(c)
	d.implant(c, rootKeyIn(t, trust))
	d.changePIN(c)
	d.quit(peer.RootPassphrase)
}

// makeKey makes a key. Pulled out when the key is on the token, the token is not made to make another.
func (d *deck) makeKey(c peer.Card) {
	d.Helper()
	d.Keys("F")
	d.Through(
		peer.Page{"Which token do you want to make a key on?", "/", "=8675309", "Enter"}, peer.Page{"filter 8675309", "Enter"},
		peer.Page{"> 9c, signature, empty", "Enter"}, peer.Page{"Which role or signer is the key for?", "Enter"},
		peer.Page{"Which kind of key", "Enter"}, peer.Page{"need the PIN?", "Enter"}, peer.Page{"need a touch?", "Enter"},
		peer.Page{"write the public key to?", "Enter"},
	)
	d.WaitFor("Ready: YubiKey 8675309 makes a key in slot 9c.")
	d.Agree("PIN 1 of 1")
	d.pin("PIN of YubiKey 8675309, to make a key in slot 9c", "2 tries are left.")
	d.announced(c, "YubiKey 8675309", "sign the certificate of the key in slot 9c")
	c.Remove()
	d.replugged(c, 0, "slot 9c has the key, but its certificate wasn't written", "was removed before it had answered", "Plug it in again")
	made := d.slotOf(0, "9c")
	d.Follow("Ready: trustdeck goes on.", "Enter")
	d.Agree("PIN 1 of 1")
	d.pin("PIN of YubiKey 8675309, to write a certificate", "")
	d.touched(c, "YubiKey 8675309", "sign the certificate of the key in slot 9c")
	d.done("The key can sign on this machine", tokenList)
	if now := d.slotOf(0, "9c"); made.State != model.SlotKeyOnly || now.State != model.SlotWhole || string(now.SPKI) != string(made.SPKI) {
		d.Errorf("slot 9c was %+v, and is %+v", made, now)
	}
}

// certify writes the certificate of a key again.
func (d *deck) certify(c peer.Card) {
	d.Helper()
	d.Through(peer.Page{"> YubiKey 8675309", "Down"}, peer.Page{">   slot 9c", "Z"}, peer.Page{"> YubiKey 8675309", "Enter"},
		peer.Page{"> 9c, signature", "Enter"}, peer.Page{"Which role or signer is the key for?", "C-u", "=targets", "Enter"})
	d.WaitFor("Ready: the key in slot 9c signs a certificate for itself.")
	d.Agree("PIN 1 of 1")
	d.pin("PIN of YubiKey 8675309, to write a certificate", "2 tries are left.")
	d.announced(c, "YubiKey 8675309", "sign the certificate of the key in slot 9c")
	c.Remove()
	d.replugged(c, 0, "was removed before it had answered", "is as it was", "Plug it in again")
	d.Follow("Ready: the key in slot 9c", "Enter")
	d.Agree("PIN 1 of 1")
	d.pin("PIN of YubiKey 8675309, to write a certificate", "")
	d.touched(c, "YubiKey 8675309", "sign the certificate of the key in slot 9c")
	d.done("Programs that find keys by their certificates see the key.", tokenList)
	if now := d.slotOf(0, "9c"); now.State != model.SlotWhole || now.Subject != "targets" {
		d.Errorf("slot 9c %+v", now)
	}
}

// implant puts the root key of the trust folder on the token. Pulled out when the key is there, it
// isn't put there again.
func (d *deck) implant(c peer.Card, id string) {
	d.Helper()
	d.Keys("J")
	d.Through(peer.Page{"Which token do you want to put a key on?", "/", "=8675309", "Enter"}, peer.Page{"filter 8675309", "Enter"},
		peer.Page{"Which key do you want to put on it?", "/", "=" + id[:8], "Enter"}, peer.Page{"filter " + id[:8], "Enter"},
		peer.Page{"> 9c, signature", "Down"}, peer.Page{"> 9a, authentication, empty", "Enter"}, peer.Page{"Which role or signer is the key for?", "Enter"},
		peer.Page{"need the PIN?", "Enter"}, peer.Page{"need a touch?", "Enter"})
	d.WaitFor("Ready: YubiKey 8675309 gets the root key " + id[:4])
	d.Agree("Passphrase 1 of 1")
	d.Enter(peer.RootPassphrase)
	d.pin("PIN of YubiKey 8675309, to put a key into slot 9a", "2 tries are left.")
	d.announced(c, "YubiKey 8675309", "sign once with the key in slot 9a")
	c.Remove()
	d.replugged(c, 0, "Done, with failures", "was removed before it had answered", "Plug it in again")
	d.Follow("Ready: trustdeck goes on. The key is in slot 9a of YubiKey 8675309.", "Enter")
	d.Agree("PIN 1 of 1")
	d.pin("PIN of YubiKey 8675309, to put a key into slot 9a", "")
	d.touched(c, "YubiKey 8675309", "sign once with the key in slot 9a")
	d.done("Test the other copy", tokenList)
	if now := d.slotOf(0, "9a"); now.State != model.SlotWhole || now.Subject != "root" || notaryID(now.SPKI) != id {
		d.Errorf("slot 9a %+v", now)
	}
}

// changePIN replaces the PIN. While another token is there in place of the one that is meant, that is
// said.
func (d *deck) changePIN(c peer.Card) {
	d.Helper()
	d.Keys("n")
	d.Through(peer.Page{"Which token do you want to give a new PIN?", "/", "=8675309", "Enter"}, peer.Page{"filter 8675309", "Enter"})
	d.WaitFor("Ready: trustdeck asks for the PIN of YubiKey 8675309")
	d.Agree("PIN 1 of 2")
	c.Remove()
	d.pin("PIN of YubiKey 8675309, to change it", "")
	d.Through(peer.Page{"A new PIN for YubiKey 8675309.", "=" + newPIN, "Enter"}, peer.Page{"Type the PIN again", "=" + newPIN, "Enter"})
	d.Shows("YubiKey 8675309: isn't plugged in; plugged in: YubiKey 7654321", "The PIN of YubiKey 8675309 is the one that it was.")
	d.Follow("is not plugged in; plugged in: YubiKey 7654321", "Enter")
	d.put(c, 0)
	d.Follow("Ready: trustdeck asks for the PIN of YubiKey 8675309", "Enter")
	d.Agree("PIN 1 of 2")
	d.pin("PIN of YubiKey 8675309, to change it", "")
	d.Through(peer.Page{"A new PIN for YubiKey 8675309.", "=" + newPIN, "Enter"}, peer.Page{"Type the PIN again", "=" + newPIN, "Enter"})
	d.done("can be used with the new PIN only", tokenList)
	if left, _ := c.Tries(); left != 3 {
		d.Errorf("%d tries are left", left)
	}
}

// slotOf is what a slot holds of the token in a reader.
func (b *bench) slotOf(reader int, id string) model.TokenSlot {
	b.Helper()
	found, fault := b.tokens.Tokens(b.Context())
	if fault != nil || len(found) <= reader {
		b.Fatalf("tokens %+v, %v", found, fault)
	}
	for _, s := range found[reader].Slots {
		if s.ID == id {
			return s
		}
	}
	b.Fatalf("slot %s is empty", id)
	return model.TokenSlot{}
}
