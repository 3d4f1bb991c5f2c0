package tui_test

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui"
	"trustdeck/tui/flows"
	"trustdeck/tui/nav"
	"trustdeck/tui/tuitest"
)

// beginBackup starts the UI at a flow about backups.
func beginBackup(t *testing.T, source *tuitest.BackupBackend, id string, given map[string][]string) *change {
	t.Helper()
	return beginChange(t, tuitest.NewGuideBackend(), id, given, func(o *tui.Options) {
		o.Flows, o.Start = flows.All(flows.Ports{Backups: source}), nav.Flow(id, given)
	})
}

// encrypted are answers that lead straight to the review of a backup.
var encrypted = map[string][]string{"what": {"all"}, "encryption": {"passphrase"}, "file": {"/media/usb/trust.tar.gz.age"}}

// Neither the passphrase of a backup nor those of the keys in it are ever to be seen:
// not on any screen, in any message, in the log or among the tasks.
func TestBackupSecretsAreNeverSeen(t *testing.T) {
	const secret = "Xyzzy7 plugh"
	source := tuitest.NewBackupBackend()
	c := beginBackup(t, source, "backup-create", encrypted).wait("Encryption:").keys("tab", "enter").wait("Passphrase of the backup")
	var views []string
	look := func() {
		for _, size := range tuitest.Sizes() {
			c.width, c.height = size.Width, size.Height
			c.pump.Start(c.update(tea.WindowSizeMsg{Width: size.Width, Height: size.Height}))
			views = append(views, c.m.View().Content, c.m.View().WindowTitle)
		}
	}
	c.types(secret)
	look()
	c.keys("enter").see("Type the passphrase again").pastes(secret + "\n")
	look()
	c.keys("enter")
	c.see("Passphrase 1 of 3").types(tuitest.Passphrase)
	look()
	c.keys("enter") // it opens the others too
	c.wait("3 of 3 keys")
	look()
	c.keys("y").see("Copy")
	look()
	if made := source.Made(); len(made) != 1 || string(made[0].Lock.Passphrase) != secret {
		t.Fatalf("made %+v", made)
	}
	for _, e := range c.log.Events() {
		views = append(views, fmt.Sprintf("%+v", e))
	}
	for _, e := range c.m.Tasks().Entries() {
		views = append(views, fmt.Sprintf("%+v", e))
	}
	for _, hidden := range []string{secret, tuitest.Passphrase} {
		numbers := strings.Trim(fmt.Sprintf("%d", []byte(hidden)), "[]")
		for _, text := range append(views, c.messages...) {
			if strings.Contains(text, hidden[:6]) || strings.Contains(text, numbers) {
				t.Fatalf("a passphrase is in:\n%s", text)
			}
		}
	}
}

// Esc goes back through the questions; while a backup is made it stops that, and
// nothing else leaves the page.
func TestEscOfABackup(t *testing.T) {
	source := tuitest.NewBackupBackend()
	c := beginBackup(t, source, "backup-create", nil).wait("What do you want to back up?").keys("enter").wait("encrypt the whole file").keys("enter").wait("Which file").keys("enter")
	c.wait("Encryption:").keys("esc").wait("Which file", "~/trust-2026-11-21.tar.gz").keys("esc").wait("encrypt the whole file").keys("enter")
	c.wait("Encryption:").keys("enter").see("You will lose the answers").keys("esc").see("Encryption:")
	if len(source.Made()) > 0 {
		t.Fatal("a backup is made before it is accepted")
	}
	c.keys("tab", "enter").wait("Passphrase 1 of 3")
	c.keys("ctrl+p").types("all repositories, with their health").keys("enter").see("Passphrase 1 of 3", "Working")
	c.keys("esc", "esc").wait("Stopped", "Nothing was written").keys("esc").see("NEXT EXPIRY").at("repos")
}

// Ctrl+c while a backup is made asks, with Stay selected; a second one forces.
func TestCtrlCOfABackup(t *testing.T) {
	c := beginBackup(t, tuitest.NewBackupBackend(), "backup-create", encrypted).wait("Encryption:").keys("tab", "enter").wait("Passphrase of the backup")
	c.keys("ctrl+c").see("Quit now")
	if c.quit {
		t.Fatal("ctrl+c quits at once")
	}
	c.keys("enter").see("Passphrase of the backup").keys("ctrl+c").see("Quit now").keys("ctrl+c")
	c.pump.Until("the end", func() bool { return c.quit }, c.screen)
}

// b begins a backup at the keys and at the repositories, with what is selected marked;
// v and B check and restore one at the keys.
func TestBackupsBeginAtTheLists(t *testing.T) {
	o, source := options(nil), tuitest.NewSource()
	o.Source, o.Flows = source, flows.All(flows.Ports{Backups: tuitest.NewBackupBackend()})
	a := startWith(t, o, source)
	a.press("b").sees("What do you want to back up?").press("down", "enter").sees("Which repositories?", "• registry.example.org/pay/api")
	a.press("esc", "esc", "tab", "enter").at("repos")
	a.press("K", "b").sees("What do you want to back up?", "Keys > Back up").press("esc")
	a.press("V").sees("Which backup do you want to check?", "/media/usb/trust-2026-10-01.tar.gz").press("esc")
	a.press("B").sees("Which backup do you want to restore?").press("esc").at("keys")
	o.Flows, o.Fixed = nil, "this is an archive"
	a = startWith(t, o, source)
	a.press("K", "b").at("keys").sees("backup..: this is an archive")
}
