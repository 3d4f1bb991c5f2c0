//go:build yubikey

package ceremony

import (
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/card"
	"trustdeck/e2e/peer"
	"trustdeck/e2e/pivcard"
	"trustdeck/model/report"
)

// A holder is a person whose key is on a token, at a machine without a network.
type holder struct {
	*desk
	card   peer.Card
	serial string
	// roots is the file with the certificate to which the token's attestations lead.
	roots string
}

// holding gives a person a machine with a token, which makes a root key that wants a touch for each
// signature. The token has a PIN of its own.
func holding(t *testing.T, name, serial string, c peer.Card) *holder {
	t.Helper()
	service := peer.Insert(t, c)
	service.Program(t, "yubico-piv-tool").Run(t, "-a", "change-pin", "-P", "123456", "-N", tokenPIN)
	h := &holder{desk: seatWith(t, peer.TrustdeckWithTokens(t).WithCards(service), name), card: c, serial: serial, roots: filepath.Join(t.TempDir(), "roots.pem")}
	h.before = []string{"--net", h.program.Program}
	h.program.Program = "unshare"
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.AttestationRoot().Raw})
	if err := os.WriteFile(h.roots, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	c.KeepTouching(true)
	term := h.terminal("token", "generate", serial, "--slot", "9c", "--for", "root", "--algorithm", "ecdsa-p256", "--pin-policy", "once",
		"--touch-policy", "always", "--public", filepath.Join(t.TempDir(), "root.pub"))
	answer(term, "Type yes to", "yes")
	answer(term, "PIN of YubiKey "+serial, tokenPIN)
	h.ended(term, 0)
	return h
}

// terminal starts a command in a terminal, line by line. Without a passphrase in the environment.
func (h *holder) terminal(args ...string) *peer.Terminal {
	h.t.Helper()
	term := peer.Tmux(h.t, 160, 90)
	term.Start(h.program, slices.Concat(h.before, []string{"--plain"}, args)...)
	return term
}

// ended waits for the end of a command, and returns what was on the screen.
func (h *holder) ended(term *peer.Terminal, code int) string {
	h.t.Helper()
	if got := term.WaitExit(); got != code {
		h.t.Fatalf("%s: exit code %d, want %d\n%s", h.name, got, code, term.Screen())
	}
	h.said.WriteString(term.Raw())
	return term.Screen()
}

func answer(term *peer.Terminal, question, text string) {
	term.WaitFor(question)
	term.Type(text)
	term.Keys("Enter")
}

// asks makes a request at the terminal.
func (h *holder) asks(repository, to string) {
	h.t.Helper()
	term := h.terminal("ceremony", "request", "--name", h.name, repository, to)
	for _, question := range []string{"Of which kind is its trust data?", "Which role is the key to sign?", "Is it a real ceremony?", "Which key asks for a place?"} {
		answer(term, question, "")
	}
	answer(term, "Type yes to write the request", "yes")
	answer(term, "PIN of the root key", tokenPIN)
	screen := h.ended(term, 0)
	peer.Says(h.t, screen, "3 tries are left.", "Touch YubiKey "+h.serial+" now: ", "The token has proved that the key was made on it.")
}

// signs signs at the terminal. It returns the screen.
func (h *holder) signs(file string, more ...string) string {
	h.t.Helper()
	term := h.terminal(append([]string{"ceremony", "sign", file}, more...)...)
	answer(term, "What time is it?", "1")
	answer(term, "Which serial number is printed on your token?", h.serial)
	answer(term, "How do you hand the signatures back?", "")
	answer(term, "Type sign to sign", "sign")
	answer(term, "PIN of the root key", tokenPIN)
	return h.ended(term, 0)
}

// A root of several custodians, two of whom have their keys on tokens, from its first ceremony to the
// replacement of some of them: on a real server, of two of three, and in a folder, of three of five.
func TestTokens(t *testing.T) {
	t.Parallel()
	peer.Need(t, "tmux", peer.PCSC, "yubico-piv-tool", "opensc-tool")
	one, err := card.New(card.Config{Firmware: card.V571, Serial: 8675309})
	if err != nil {
		t.Fatal(err)
	}
	two, err := pivcard.New(pivcard.Config{Firmware: pivcard.V543, Serial: 7654321})
	if err != nil {
		t.Fatal(err)
	}
	ada, ben := holding(t, "Ada", "8675309", one), holding(t, "Ben", "7654321", two)
	t.Run("server", func(t *testing.T) { tokensOnServer(t, ada, ben) })
	t.Run("folder", func(t *testing.T) { tokensInFolder(t, ada, ben) })
	for _, h := range []*holder{ada, ben} {
		if pin, _ := h.card.Tries(); pin != 3 {
			t.Errorf("%s has %d tries left", h.name, pin)
		}
	}
}

// tokensOnServer creates a root of two of three, replaces Ada, and then Ben's token by Ada's. An old client
// follows.
func tokensOnServer(t *testing.T, ada, ben *holder) {
	peer.Need(t, "notary", "notary-server", "docker trust")
	server := peer.MemoryServer(t)
	work, gun := t.TempDir(), "docker.io/acme/tokens"
	file := func(name string) string { return filepath.Join(work, name) }
	place := []string{"--server", server.URL, "--tlscacert", server.PKI.CAFile()}
	olga := seatWith(t, peer.TrustdeckWithTokens(t), "Olga")
	olga.run("key", "generate", "--yes", "--folder", "trust", "--public", file("targets.pub"), "targets")
	olga.ask("targets", "targets", gun, file("targets"))
	ada.asks(gun, file("Ada"))
	ben.asks(gun, file("Ben"))
	cleo, dan := seat(t, "Cleo", false, "trust", "root"), seat(t, "Dan", false, "trust", "root")
	for _, d := range []*desk{cleo, dan} {
		d.ask("root", "root", gun, file(d.name))
	}

	first := file("first.ceremony")
	start := []string{"ceremony", "start", "--threshold", "2", "--to", first, "--add", file("Cleo"), "--add", file("targets"), "--add", file("Ada"), "--add", file("Ben"), gun}
	if r := olga.try(slices.Concat(start, place, []string{"--roots", ada.roots})...); r.Code == 0 || !strings.Contains(r.Stderr, "the certificates of Ben don't prove that the key is on a token") {
		t.Errorf("a token whose maker is not trusted: exit code %d\n%s", r.Code, r.Stderr)
	}
	if _, err := os.Stat(first); err == nil {
		t.Fatal("a ceremony was prepared with a key that proves nothing")
	}
	began := olga.try(slices.Concat(start, place, []string{"--roots", ada.roots, "--roots", ben.roots})...)
	if began.Code != 0 {
		t.Fatalf("exit code %d\n%s", began.Code, began.Stderr)
	}
	peer.Says(t, began.Stderr, "its certificates prove that it was made on the token 8675309", "its certificates prove that it was made on the token 7654321",
		"nothing proves that it is on a token")

	adaSignsWithMistakes(t, ada, first)
	cleo.sign(first)
	olga.sign(first)
	olga.run(slices.Concat([]string{"ceremony", "publish", "--yes", first}, place)...)
	folder := t.TempDir()
	old := peer.Notary(t, server, filepath.Join(folder, "trust"))
	old.Run(t, "list", gun)

	second := file("second.ceremony")
	olga.run(slices.Concat([]string{"ceremony", "start", "--people", first, "--add", file("Dan"), "--remove", "Ada", "--to", second, gun}, place)...)
	screen := ada.signs(second)
	peer.Says(t, screen, "Ada token 8675309 key ", " leaves")
	leavesOldOnly(t, olga.told(olga.run("ceremony", "show", "-o", "json", second)), "Ada")
	known := olga.told(olga.run("ceremony", "show", "-o", "json", second)).Roots[0].SHA256
	cleo.sign(second, "--root", known)
	dan.sign(second, "--root", known)
	olga.run(slices.Concat([]string{"ceremony", "publish", "--yes", second}, place)...)
	givesWay(t, ben, ada, cleo, olga, first, gun, place)
	for name, reader := range map[string]*peer.Client{"a client that has the first root": old, "a new client": peer.Notary(t, server, t.TempDir())} {
		if list := reader.Run(t, "list", gun); !strings.Contains(list, "No targets") {
			t.Errorf("%s lists\n%s", name, list)
		}
	}
	if inspect := peer.Docker(t, server, folder).Run(t, "trust", "inspect", "acme/tokens"); strings.Count(inspect, `"ID"`) < 4 {
		t.Errorf("docker lists\n%s", inspect)
	}
	checkNoSecret(t, work)
	checkTranscript(t, ada.desk, first+".transcript", "Network: none", "serial number of the token: 8675309", "signed")
}

// adaSignsWithMistakes has Ada read the number of another token, and mistype her PIN. Nothing ends.
func adaSignsWithMistakes(t *testing.T, ada *holder, file string) {
	t.Helper()
	ada.card.KeepTouching(false)
	term := ada.terminal("ceremony", "sign", file)
	answer(term, "What time is it?", "1")
	answer(term, "Which serial number is printed on your token?", "8675390")
	term.WaitFor("has the serial number 8675309, not 8675390")
	term.Type(ada.serial)
	term.Keys("Enter")
	answer(term, "How do you hand the signatures back?", "")
	answer(term, "Type sign to sign", "sign")
	screen := term.WaitFor("PIN of the root key")
	peer.Says(t, screen, "3 tries are left.", "Network: none: no interface but the loopback is up", "Program file in words: ")
	term.Type("11111111")
	term.Keys("Enter")
	term.WaitFor("2 tries are left.")
	term.WaitUntil("the second question", func(screen string) bool { return strings.Count(screen, "PIN of the root key") == 2 })
	term.Type(tokenPIN)
	term.Keys("Enter")
	if err := ada.card.AwaitBlink(t.Context()); err != nil {
		t.Fatal(err)
	}
	term.WaitFor("Touch YubiKey 8675309 now: sign root 1")
	ada.card.Touch()
	ada.ended(term, 0)
	ada.card.KeepTouching(true)
}

// leavesOldOnly checks that the signature of a person who leaves counts for the old root alone.
func leavesOldOnly(t *testing.T, c report.Ceremony, name string) {
	t.Helper()
	old, fresh := c.Files[0].Quorums[0], c.Files[0].Quorums[1]
	if !old.Former || old.Signed != 1 || fresh.Former || fresh.Signed != 0 {
		t.Errorf("for the old root %d have signed, for the new one %d", old.Signed, fresh.Signed)
	}
	named := func(m report.CeremonyMember) bool { return m.Person == name }
	if i := slices.IndexFunc(old.Keys, named); i < 0 || !old.Keys[i].Leaves || !old.Keys[i].Signed || slices.ContainsFunc(fresh.Keys, named) {
		t.Errorf("%+v", c.Files[0].Quorums)
	}
}

// checkTranscript checks that a transcript is whole, and what it says.
func checkTranscript(t *testing.T, d *desk, file string, says ...string) {
	t.Helper()
	var told report.CeremonyTranscript
	if err := json.Unmarshal([]byte(d.run("ceremony", "verify-transcript", "-o", "json", file)), &told); err != nil || !told.Whole {
		t.Errorf("%+v, %v", told, err)
	}
	var all strings.Builder
	for _, e := range told.Entries {
		all.WriteString(e.What + "\n" + strings.Join(e.Text, "\n") + "\n")
	}
	peer.Says(t, all.String(), says...)
}

// tokensInFolder creates a root of three of five, and replaces Ada and Dan. go-tuf follows from each root.
func tokensInFolder(t *testing.T, ada, ben *holder) {
	work, dir := t.TempDir(), t.TempDir()
	file := func(name string) string { return filepath.Join(work, name) }
	olga := seatWith(t, peer.TrustdeckWithTokens(t), "Olga")
	first, second := file("first.ceremony"), file("second.ceremony")
	start := []string{"ceremony", "start", "--threshold", "3", "--to", first, "--roots", ada.roots, "--roots", ben.roots}
	for _, role := range []string{"targets", "snapshot", "timestamp"} {
		olga.run("key", "generate", "--yes", "--folder", "own", "--public", file(role+".pub"), role)
		olga.ask(role, role, dir, file(role))
		start = append(start, "--add", file(role))
	}
	ada.asks(dir, file("Ada"))
	ben.asks(dir, file("Ben"))
	people := map[string]*desk{}
	for _, name := range []string{"Cleo", "Dan", "Eve", "Finn", "Gus"} {
		people[name] = seat(t, name, false, "own", "root")
		people[name].ask("root", "root", dir, file(name))
	}
	for _, name := range []string{"Ada", "Ben", "Cleo", "Dan", "Eve"} {
		start = append(start, "--add", file(name))
	}
	olga.run(append(start, dir)...)
	ada.signs(first)
	ben.signs(first)
	people["Cleo"].sign(first)
	olga.sign(first)
	olga.run("ceremony", "publish", "--yes", first)
	folder := peer.ServeFolder(t, dir)

	olga.run("ceremony", "start", "--people", first, "--add", file("Finn"), "--add", file("Gus"), "--remove", "Ada", "--remove", "Dan", "--to", second, dir)
	ada.signs(second)
	leavesOldOnly(t, olga.told(olga.run("ceremony", "show", "-o", "json", second)), "Ada")
	known := olga.told(olga.run("ceremony", "show", "-o", "json", second)).Roots[0].SHA256
	ben.signs(second)
	people["Cleo"].sign(second)
	people["Finn"].sign(second, "--root", known)
	olga.run("ceremony", "publish", "--yes", second)
	if n := followed(t, folder); n != 2 {
		t.Errorf("there are %d roots", n)
	}
	checkNoSecret(t, work)
}
