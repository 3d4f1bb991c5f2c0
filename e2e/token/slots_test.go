//go:build yubikey

package token_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
	"trustdeck/keystore/trustdir"
	"trustdeck/keystore/yubikey"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/tokens"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
)

// typedManager is the management key from the factory, as people type it.
const typedManager = "010203040506070801020304050607080102030405060708"

// slotService are the use cases that change the slots of the bench's cards.
func (b *bench) slotService() *tokens.Service {
	keys := trustdir.NewKeeper(trustdir.Open(filepath.Join(b.TempDir(), "trust")))
	b.tokens = yubikey.Open(yubikey.Config{ID: keys.ID})
	return &tokens.Service{Stores: b.tokens, Keys: port.KeyStores{keys}, Files: keys, Provers: admin.Provers{docker.Dialect{}}}
}

// place is slot 9c of the first card, as it is now.
func (b *bench) place() tokens.Place {
	b.Helper()
	out := tokens.Place{Serial: "8675309", Key: port.TokenKey{Slot: "9c", PIN: model.PolicyOnce, Touch: model.PolicyAlways, Subject: "root"}}
	t := b.only()
	out.Before = tokens.Slot(&t, "9c")
	out.Key.Replace = out.Before != nil
	return out
}

// A key is made, its certificate is written again, and another key takes its place, on every
// firmware: secrets are asked for as the token says, and what was done is read back.
func TestChangeSlots(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		for _, firmware := range k.firmwares {
			t.Run(firmware.String(), func(t *testing.T) {
				b := newBench(t, k)
				c := b.insert(0, card.Config{Firmware: firmware, Serial: first})
				c.KeepTouching(true)
				service := b.slotService()
				var secrets []string
				told := b.only().Management
				if told.Default != model.Yes { // then it is typed
					secrets = []string{typedManager}
				}
				var last []admin.Step
				run := func(answers ...string) tokens.Run {
					return tokens.Run{Secrets: &typist{answers: answers}, Watch: func(steps []admin.Step) { last = steps }}
				}
				public := filepath.Join(t.TempDir(), "root.pub")
				made, err := service.MakeKey(t.Context(), tokens.NewKey{Place: b.place(), Public: public}, run(append([]string{string(pin)}, secrets...)...))
				if err != nil {
					t.Fatal(err, last)
				}
				text, err := os.ReadFile(public)
				if block, _ := pem.Decode(text); err != nil || block == nil || block.Headers["role"] != "root" || !bytes.Equal(block.Bytes, made.Slot.SPKI) {
					t.Errorf("public key %q, %v", text, err)
				}
				place := b.place()
				place.Key.Subject = "targets"
				again, err := service.WriteCertificate(t.Context(), place, run(append([]string{string(pin)}, secrets...)...))
				if err != nil || again.Slot.Subject != "targets" || !bytes.Equal(again.Slot.SPKI, made.Slot.SPKI) {
					t.Fatalf("%+v, %v", again, err)
				}
				private, der := newPrivate(t)
				source, err := service.File("root.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), false)
				if err != nil {
					t.Fatal(err)
				}
				put, err := service.ImportKey(t.Context(), tokens.ImportKey{Place: b.place(), Source: source.Keys[0]}, run(append(secrets, string(pin))...))
				if err != nil {
					t.Fatal(err, last)
				}
				want, err := x509.MarshalPKIXPublicKey(private.Public())
				if err != nil || !bytes.Equal(put.Slot.SPKI, want) || string(put.ID) != notaryID(want) {
					t.Errorf("%+v, %v", put, err)
				}
				if left, _ := c.Tries(); left != 3 {
					t.Errorf("%d tries are left", left)
				}
			})
		}
	})
}

// The program at a terminal: a key is made in the usual slot, but the token is pulled out before it
// is touched. What is left is named, and the command that mends it does. A root key of the trust
// folder is then put beside it, which Notary finds, and one of a backup over the first, once the
// number of its slot was typed again. No PIN and no passphrase is on any screen.
func TestSlotsProgram(t *testing.T) {
	peer.Need(t, "tmux", "notary", "notary-server", peer.YKCS11)
	each(t, testSlotsProgram)
}

func testSlotsProgram(t *testing.T, k kind) {
	b := newBench(t, k)
	c := b.insert(0, card.Config{Firmware: card.V543, Serial: first})
	trust := filepath.Join(t.TempDir(), "trust")
	notary := peer.Notary(t, peer.MemoryServer(t), trust).WithCards(b.service)
	notary.With("PCSCLITE_CSOCK_NAME=/nonexistent").Run(t, "init", gun)
	root := rootKeyIn(t, trust)
	program := peer.TrustdeckWithTokens(t).WithCards(b.service).With("NOTARY_ROOT_PASSPHRASE=", "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE=")
	run := func(args ...string) *peer.Terminal {
		term := peer.Tmux(t, 100, 50)
		term.Start(program, append(args, "--plain", "--trust-dir", trust)...)
		return term
	}
	answer := func(term *peer.Terminal, asks, text string) {
		term.WaitFor(asks)
		term.Type(text)
		term.Keys("Enter")
	}
	quiet := func(term *peer.Terminal) {
		screen := term.Screen()
		for _, secret := range []string{string(pin), typedManager, peer.RootPassphrase} {
			if strings.Contains(screen, secret) {
				t.Errorf("a secret is on the screen:\n%s", screen)
			}
		}
	}

	term := run("token", "generate", "8675309", "--slot", "9c", "--for", "root", "--algorithm", "ecdsa-p256", "--pin-policy", "once", "--touch-policy", "always", "--public", filepath.Join(t.TempDir(), "root.pub"))
	answer(term, "Type yes to", "yes")
	answer(term, "PIN of YubiKey 8675309, to make a key in slot 9c", string(pin))
	b.blinks(c)
	term.WaitFor("Touch YubiKey 8675309 now: sign the certificate of the key in slot 9c")
	c.Remove()
	term.WaitFor("trustdeck token certificate 8675309 --slot 9c")
	quiet(term)
	b.put(c, 0)
	if s := b.slot("9c"); s.State != model.SlotKeyOnly {
		t.Fatalf("slot 9c is %s", s.State)
	}
	certify := func() *peer.Terminal {
		term := run("token", "certificate", "8675309", "--slot", "9c", "--for", "root")
		answer(term, "Type yes to", "yes")
		answer(term, "PIN of YubiKey 8675309, to write a certificate", string(pin))
		return term
	}
	term = certify()
	b.blinks(c)
	c.Remove()
	term.WaitFor("The key in slot 9c of YubiKey 8675309 is as it was.")
	b.put(c, 0)
	if s := b.slot("9c"); s.State != model.SlotKeyOnly {
		t.Fatalf("slot 9c is %s", s.State)
	}
	c.KeepTouching(true)
	term = certify()
	term.WaitFor("Programs that find keys by their certificates see the key.")
	made := b.slot("9c")
	if made.State != model.SlotWhole || made.Subject != "root" {
		t.Errorf("slot 9c %+v", made)
	}

	term = run("token", "import", "8675309", "--key", root, "--slot", "9a", "--for", "root", "--pin-policy", "once", "--touch-policy", "always")
	answer(term, "Type yes to", "yes")
	answer(term, "Passphrase of the root key", "not it")
	term.WaitFor("wrong passphrase.")
	answer(term, "Passphrase of the root key", peer.RootPassphrase)
	// The key is on the token now, and signs there once. Before that the token is pulled out.
	term.WaitFor("PIN of YubiKey 8675309, to put a key into slot 9a")
	c.Remove()
	answer(term, "PIN of YubiKey 8675309, to put a key into slot 9a", string(pin))
	term.WaitFor("YubiKey 8675309: isn't plugged in")
	quiet(term)
	b.put(c, 0)
	if s := b.slot("9a"); s.State != model.SlotWhole || notaryID(s.SPKI) != root {
		t.Errorf("slot 9a %+v", s)
	}
	if listed := notary.Run(t, "key", "list"); !lineWith(listed, "root", root, "yubikey") || !lineWith(listed, "root", notaryID(made.SPKI), "yubikey") {
		t.Errorf("notary key list:\n%s", listed)
	}

	backup := filepath.Join(t.TempDir(), "trust.tar")
	program.With("NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "NOTARY_TARGETS_PASSPHRASE="+peer.TargetsPassphrase, "NOTARY_SNAPSHOT_PASSPHRASE="+peer.SnapshotPassphrase).
		Run(t, "backup", "create", backup, "--trust-dir", trust)
	term = run("token", "import", "8675309", "--file", backup, "--file-key", root, "--slot", "9c", "--for", "root", "--pin-policy", "once", "--touch-policy", "always")
	answer(term, "Which slot is it?", "9a")
	answer(term, "To destroy what slot 9c holds, type 9c", "9c")
	answer(term, "Type yes to", "yes")
	answer(term, "Passphrase of the root key", peer.RootPassphrase)
	answer(term, "PIN of YubiKey 8675309", string(pin))
	term.WaitFor("The key can sign on this machine while YubiKey 8675309 is plugged in.")
	quiet(term)
	if now := b.slot("9c"); notaryID(now.SPKI) != root || now.Origin != model.OriginImported {
		t.Errorf("slot 9c %+v", now)
	}
}

// rootKeyIn is the ID of the one root key of a trust folder.
func rootKeyIn(t *testing.T, trust string) string {
	t.Helper()
	keys, err := trustdir.NewKeeper(trustdir.Open(trust)).Keys(t.Context())
	for _, k := range keys {
		if k.Label == "root" {
			return string(k.ID)
		}
	}
	t.Fatalf("no root key in %d, %v", len(keys), err)
	return ""
}

// A token proves which keys it has made, into a folder that is then checked; an imported key has no
// proof, and no file is replaced.
func TestAttestIntoFolder(t *testing.T) {
	each(t, testAttestIntoFolder)
}

func testAttestIntoFolder(t *testing.T, k kind) {
	b := newBench(t, k)
	c := b.insert(0, card.Config{Firmware: card.V571, Serial: first})
	c.KeepTouching(true)
	program := peer.TrustdeckWithTokens(t).WithCards(b.service)
	folder := filepath.Join(t.TempDir(), "ceremony")
	b.rootIn("9a", true)
	if r := program.Try("token", "attest", "--into", folder); r.Code == 0 || !strings.Contains(r.Stderr, "has no key that it has made") {
		t.Errorf("an imported key alone: %+v", r)
	}
	b.rootIn("9c", false)
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.AttestationRoot().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	out := program.Run(t, "token", "attest", "8675309", "--into", folder, "--roots", roots)
	if !lineWith(out, "8675309", "9c", "5.7.1", "once", "always", "proved") || !strings.Contains(out, "1 of 1 key is proved") {
		t.Errorf("attest:\n%s", out)
	}
	if again := program.Run(t, "attest", folder, "--roots", roots); again != out {
		t.Errorf("others see:\n%s", again)
	}
	if r := program.Try("token", "attest", "--into", folder, "--roots", roots); r.Code != 1 || !strings.Contains(r.Stderr, "was not written") {
		t.Errorf("a file that is there: %+v", r)
	}
	if r := program.Try("token", "attest", "1", "--into", folder); r.Code != 1 || !strings.Contains(r.Stderr, "is not plugged in") {
		t.Errorf("another token: %+v", r)
	}
}
