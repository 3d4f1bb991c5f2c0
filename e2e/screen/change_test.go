package screen

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	lessons "trustdeck/remote/sandbox/practice"
)

// follows presses keys until something is on the screen.
func follows(t *testing.T, term *peer.Terminal, text string, keys ...string) string {
	t.Helper()
	return term.Follow(text, keys...)
}

// unlock gives every passphrase that is asked for until the change is done.
func unlock(t *testing.T, term *peer.Terminal) {
	t.Helper()
	answered := ""
	term.WaitUntil("the end of the change", func(screen string) bool {
		asked := regexp.MustCompile(`Passphrase \d of \d|Type the passphrase again`).FindAllString(screen, -1)
		now := strings.Join(asked, ", ")
		// The demo tells its passphrase where it asks for one.
		told := strings.Contains(now, "again") || strings.Contains(unwrapped(screen), unwrapped(lessons.Passphrase))
		if len(asked) > 0 && now != answered && told {
			answered = now
			term.Type(lessons.Passphrase)
			term.Keys("Enter")
		}
		return strings.Contains(screen, "─ Done ─")
	})
}

// world is the practice world of a demo, as other clients see it.
func world(t *testing.T, temporary string) *peer.Server {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(temporary, "*", "environment"))
	if err != nil || len(found) != 1 {
		t.Fatalf("environment of the demo: %v, %v", found, err)
	}
	environment, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	url := regexp.MustCompile(`https://[0-9.]+:[0-9]+`).Find(environment)
	authority, err := os.ReadFile(filepath.Join(filepath.Dir(found[0]), "ca.crt"))
	if err != nil || url == nil {
		t.Fatalf("no server in %s, %v", environment, err)
	}
	return peer.SandboxAt(t, string(url), authority)
}

// Both changes are begun in the lists of the demo and walked through, at every size
// that the program promises; notary reads what came of them.
func TestChangesOfThePracticeWorld(t *testing.T) {
	peer.Need(t, "tmux", "notary")
	for _, size := range [][2]int{{60, 15}, {80, 24}, {100, 30}} {
		t.Run(peer.Size(size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			term, temporary := onDemo(t, size[0], size[1])
			initialise(t, term)
			addSigner(t, term)
			for _, told := range []string{"kind=question:", "kind=permission:", "kind=auth:"} {
				term.WaitRaw("\x1b]7501;state=blocked:" + told)
			}
			term.WaitRaw("\x1b]7501;state=done:app=trustdeck:")
			term.WaitRaw("\x1b]9;4;1;")
			notary := peer.Notary(t, world(t, temporary), t.TempDir())
			if list := notary.Run(t, "delegation", "list", "registry.example.org/new/app"); !strings.Contains(list, "targets/zoe") {
				t.Errorf("notary delegation list:\n%s", list)
			}
			quit(t, term)
			leaves(t, temporary)
		})
	}
}

func onDemo(t *testing.T, width, height int) (term *peer.Terminal, temporary string) {
	t.Helper()
	term, temporary = practice(t, width, height)
	term.WaitFor("online")
	return term, temporary
}

func initialise(t *testing.T, term *peer.Terminal) {
	t.Helper()
	term.Keys("Home", "i")
	term.WaitFor("Which repositories do you want to initialise?")
	term.Type("registry.example.org/new/app")
	term.Keys("Enter")
	term.WaitFor("• registry.example.org/new/app")
	follows(t, term, "Which key do you want to sign the root with?", "Enter")
	term.Keys("Enter")
	term.WaitFor("Do you have a certificate for the root key?")
	term.Keys("Enter")
	term.WaitFor("Where do you want the snapshot key?")
	term.Keys("Enter")
	term.WaitFor("Ready:")
	accept(t, term)
	unlock(t, term)
	follows(t, term, "[1 Roles]", "Enter")
}

// addSigner begins at the repository that has just been made.
func addSigner(t *testing.T, term *peer.Terminal) {
	t.Helper()
	key := peer.BareKey(t, t.TempDir(), "zoe")
	term.Keys("+")
	term.WaitFor("What is the name of the signer?")
	term.Type("zoe")
	term.Keys("Enter")
	term.WaitFor("Which public keys does the signer have?")
	term.Paste(key.PublicFile + "\n")
	term.Keys("Enter")
	term.WaitFor("• ")
	term.Keys("Enter")
	term.WaitFor("Ready:")
	accept(t, term)
	unlock(t, term)
	follows(t, term, "[1 Roles]", "Enter")
}

// accept goes to the button that applies, and presses it.
func accept(t *testing.T, term *peer.Terminal) {
	t.Helper()
	agree(t, term, "Passphrase 1 of")
}

// agree goes to the button beside Cancel and presses it, until something is on the screen.
func agree(t *testing.T, term *peer.Terminal, text string) {
	t.Helper()
	term.Agree(text)
}

// What Doctor finds is mended from there: enter begins the change with its answers, and
// notary reads again what it refused, at every size that the program promises.
func TestRepairOfThePracticeWorld(t *testing.T) {
	peer.Need(t, "tmux", "notary")
	for _, size := range [][2]int{{60, 15}, {80, 24}, {100, 30}} {
		t.Run(peer.Size(size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			term, temporary := onDemo(t, size[0], size[1])
			notary := peer.Notary(t, world(t, temporary), t.TempDir())
			if r := notary.Try("list", "registry.example.org/pay/api"); r.Code == 0 {
				t.Fatalf("nothing is broken:\n%s", r.Stdout)
			}
			term.Keys("D")
			term.WaitFor("pay/api targets")
			choose(t, term, "pay/api targets")
			follows(t, term, "Ready:", "Enter")
			accept(t, term)
			unlock(t, term)
			notary.Run(t, "list", "registry.example.org/pay/api")
			follows(t, term, "[1 Roles]", "Enter")
			quit(t, term)
			leaves(t, temporary)
		})
	}
}

// Whoever has left is ticked among all signers and gone everywhere; a role that has no
// valid signature is witnessed from where Doctor finds it.
func TestOffBoardAndWitnessInThePracticeWorld(t *testing.T) {
	peer.Need(t, "tmux", "notary")
	term, temporary := onDemo(t, 80, 24)
	notary := peer.Notary(t, world(t, temporary), t.TempDir())
	if list := notary.Run(t, "delegation", "list", "registry.example.org/web/gateway"); !strings.Contains(list, "targets/carol") {
		t.Fatalf("carol is no signer:\n%s", list)
	}
	term.Keys("S")
	term.WaitFor("not in releases")
	term.Keys("/", "c", "a", "r", "o", "l", "Enter")
	term.WaitFor("filter carol")
	follows(t, term, "Who is leaving?", "O")
	term.WaitFor("[x] carol") // who was selected where it began
	follows(t, term, "Ready:", "Enter")
	term.WaitFor("registry.example.org/web/gateway")
	writeName(t, term, "registry.example.org/web/gateway")
	agree(t, term, "Passphrase 1 of")
	unlock(t, term)
	if list := notary.Run(t, "delegation", "list", "registry.example.org/web/gateway"); strings.Contains(list, "targets/carol") {
		t.Errorf("carol is still there:\n%s", list)
	}
	follows(t, term, "[1 Roles]", "Enter")
	term.Keys("D")
	term.WaitFor("has 0 valid")
	choose(t, term, "has 0 valid")
	term.WaitFor("─ pay/ledger releases ─")
	// Nobody who may sign there has signed it: a fresh file holds the tags that are kept.
	follows(t, term, "Which tags of the replaced files", "Enter")
	term.Keys("Space")
	term.WaitFor("[x] 1.4")
	follows(t, term, "Ready:", "Enter")
	term.WaitFor("Witness")
	accept(t, term)
	unlock(t, term)
	if list := notary.Run(t, "list", "registry.example.org/pay/ledger"); !strings.Contains(list, "targets/releases") {
		t.Errorf("what is released is not found:\n%s", list)
	}
	quit(t, term)
	leaves(t, temporary)
}

// A key that was left behind in targets/releases is removed from where Doctor finds it,
// at every size that the program promises; notary no longer lists it.
func TestKeyWithoutSignerInThePracticeWorld(t *testing.T) {
	peer.Need(t, "tmux", "notary")
	const name = "registry.example.org/web/landing"
	for _, size := range [][2]int{{60, 15}, {80, 24}, {100, 30}} {
		t.Run(peer.Size(size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			term, temporary := onDemo(t, size[0], size[1])
			notary := peer.Notary(t, world(t, temporary), t.TempDir())
			before := releaseKeys(t, notary, name)
			term.Keys("D")
			term.WaitFor("pay/api targets")
			term.Keys("/")
			term.Type("belongs to no signer")
			term.Keys("Enter")
			term.WaitGone("pay/api targets")
			follows(t, term, "Ready:", "Enter")
			writeName(t, term, name)
			agree(t, term, "Passphrase 1 of")
			unlock(t, term)
			if after := releaseKeys(t, notary, name); len(before) != 2 || len(after) != 1 || !slices.Contains(before, after[0]) {
				t.Errorf("targets/releases has the keys %v after %v", after, before)
			}
			quit(t, term)
			leaves(t, temporary)
		})
	}
}

// releaseKeys are the IDs that notary lists for targets/releases.
func releaseKeys(t *testing.T, notary *peer.Client, gun string) []string {
	t.Helper()
	_, after, ok := strings.Cut(notary.Run(t, "delegation", "list", gun), "targets/releases")
	if !ok {
		t.Fatalf("%s has no targets/releases", gun)
	}
	return regexp.MustCompile(`[0-9a-f]{64}`).FindAllString(after, -1)
}

// writeName types the name that confirms, and goes to the buttons.
func writeName(t *testing.T, term *peer.Terminal, name string) {
	t.Helper()
	term.Confirm(name)
}
