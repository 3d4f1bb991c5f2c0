package ceremony

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// page opens the page of a ceremony on a small terminal of a machine without a network.
func (d *desk) page(t *testing.T, file string) *peer.Terminal {
	t.Helper()
	term := peer.Tmux(t, 80, 24)
	term.Start(d.program.With("NOTARY_ROOT_PASSPHRASE="), slices.Concat(d.before, []string{"ceremony", "open", file})...)
	return term
}

// On the page of a ceremony, enter does what is to be done now: a custodian signs, and the operator
// publishes. What others bring in is shown without a key. A mistyped answer and a wrong passphrase end
// nothing; closed and opened again, the page is where the ceremony stands. Nobody typed a command.
func TestCeremonyOnTheScreen(t *testing.T) {
	t.Parallel()
	peer.Need(t, "tmux")
	work, dir := t.TempDir(), t.TempDir()
	file := filepath.Join(work, "root.ceremony")
	olga := seat(t, "Olga", true, "own", "targets", "snapshot", "timestamp")
	ada, ben := seat(t, "Ada", false, "own", "root"), seat(t, "Ben", false, "own", "root")
	start := []string{"ceremony", "start", "--threshold", "2", "--title", "The first root", "--to", file, dir}
	for _, d := range []*desk{ada, ben} {
		d.ask("root", "root", dir, filepath.Join(work, d.name))
		start = append(start, "--add", filepath.Join(work, d.name))
	}
	for _, role := range []string{"targets", "snapshot", "timestamp"} {
		olga.ask(role, role, dir, filepath.Join(work, role))
		start = append(start, "--add", filepath.Join(work, role))
	}
	olga.run(start...)
	words := olga.told(olga.run("ceremony", "show", "-o", "json", file)).Words

	watching := olga.page(t, file)
	watching.Shows("Now: Ada signs root.  Next: Ben, Olga.  Left: 3 signatures.", "signs now")
	term := ada.page(t, file)
	term.Shows("Now: Ada signs root.", "you sign", "The first root")
	term.Follow("What time is it?", "Enter")
	term.Follow("Then the clock of this machine must be set first", "Down")
	term.Follow("hand the signatures back", "Enter", "Up") // whichever is selected, the right time in the end
	term.Follow("Review what you sign", "Enter")
	screen := term.Shows("Ada's key", "signs root 1.", words[0])
	if !strings.Contains(strings.Join(strings.Fields(strings.NewReplacer("│", " ").Replace(screen)), " "), strings.Join(words, " ")) {
		t.Errorf("the fingerprint is not on the review:\n%s", screen)
	}
	term.Follow("> sing", "s", "i", "n", "g") // a page that has just come up takes no keys
	term.Press("Sign", "Type sign into the field first")
	term.Follow("> sing_", "Tab", "_")
	term.Keys("BSpace", "BSpace", "BSpace")
	term.Type("gn")
	term.Shows("> sign")
	term.Press("Sign", "Passphrase 1 of 1")
	term.Enter("not the passphrase")
	term.Shows("Passphrase 1 of 1", "Wrong passphrase")
	term.Enter(secret)
	term.Shows("The signatures are verified")
	term.Follow("Now: Ben signs root.", "Enter")
	watching.Shows("Now: Ben signs root.  Next: Olga.  Left: 2 signatures.")

	ben.sign(file)
	term.Shows("Now: Olga signs targets.  Left: 1 signature.")
	term.Keys("C-c")
	if code := term.WaitExit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	watching.Shows("Now: Olga signs targets.", "you sign")
	olga.sign(file)
	watching.Shows("Now: Everything is signed.")
	watching.Follow("Review what is published", "Enter")
	watching.Shows("[ Publish ]")
	watching.Follow("> publish", "p", "u", "b", "l", "i", "s", "h")
	watching.Press("Publish", "The change is published")
	for _, seen := range []string{term.Raw(), watching.Raw()} {
		if strings.Contains(seen, secret) {
			t.Error("a passphrase was on a screen")
		}
	}
	folder := peer.ServeFolder(t, dir)
	if _, err := peer.Finds(folder.Updater(t, folder.Roots(t)[0]), "nothing"); err != nil {
		t.Errorf("go-tuf: %v", err)
	}
	again := ada.page(t, file)
	again.Shows("Now: Everything is signed.", "signed")
	again.Keys("C-c")
}
