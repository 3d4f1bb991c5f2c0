package screen

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	lessons "trustdeck/remote/sandbox/practice"
)

// practiced is a client of the practice world that knows its passphrase.
func practiced(notary *peer.Client) *peer.Client {
	return notary.With("NOTARY_ROOT_PASSPHRASE="+lessons.Passphrase, "NOTARY_TARGETS_PASSPHRASE="+lessons.Passphrase,
		"NOTARY_SNAPSHOT_PASSPHRASE="+lessons.Passphrase, "NOTARY_DELEGATION_PASSPHRASE="+lessons.Passphrase)
}

// All keys of the practice world are backed up at the Keys screen, and the backup is checked there: at
// every size that the program promises where EVERY_SIZE is set, because to open 43 keys twice takes long. What tar unpacks of it, and
// what the screen restores into an empty folder, notary signs with.
func TestBackupOfThePracticeWorld(t *testing.T) {
	peer.Need(t, "tmux", "notary", "tar")
	const gun = "registry.example.org/base/alpine"
	sizes := [][2]int{{80, 24}}
	if os.Getenv("EVERY_SIZE") != "" {
		sizes = append(sizes, [2]int{60, 15}, [2]int{100, 30})
	}
	for _, size := range sizes {
		t.Run(peer.Size(size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			term, temporary := onDemo(t, size[0], size[1])
			archive := filepath.Join(t.TempDir(), "trust.tar.gz")
			backUp(t, term, archive)
			drill(t, term)
			unpacked := t.TempDir()
			if out, err := exec.CommandContext(t.Context(), "tar", "xzf", archive, "-C", unpacked).CombinedOutput(); err != nil {
				t.Fatalf("tar: %v\n%s", err, out)
			}
			restored := filepath.Join(t.TempDir(), "restored")
			restore(t, archive, restored, size)
			server := world(t, temporary)
			for _, folder := range []string{unpacked, restored} {
				tag := "v-" + filepath.Base(folder)
				practiced(peer.Notary(t, server, folder)).Run(t, "addhash", "-p", gun, tag, "812", "--sha256", strings.Repeat("d9", 32))
				if list := peer.Notary(t, server, t.TempDir()).Run(t, "list", gun); !strings.Contains(list, tag) {
					t.Errorf("notary list:\n%s", list)
				}
			}
			quit(t, term)
			leaves(t, temporary)
		})
	}
}

// backUp makes a backup of everything, not encrypted as a whole.
func backUp(t *testing.T, term *peer.Terminal, archive string) {
	t.Helper()
	term.Keys("K")
	term.WaitFor("LABEL")
	term.Keys("Home", "b") // what comes in meanwhile must not change which row is meant
	term.WaitFor("What do you want to back up?")
	term.Keys("Enter")
	term.WaitFor("Do you want to encrypt the whole file?")
	term.Keys("Enter")
	term.WaitFor("Which file do you want to write?")
	term.Keys("C-u")
	term.Paste(archive)
	term.WaitFor(filepath.Base(archive))
	term.Keys("Enter")
	term.WaitFor("[ Back up ]")
	accept(t, term)
	opened(t, term)
	if info, err := os.Stat(archive); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the backup: %v, %v", info, err)
	}
	follows(t, term, "LABEL", "Enter")
}

// opened gives the passphrase that all keys share, and waits for the end.
func opened(t *testing.T, term *peer.Terminal) {
	t.Helper()
	screen := term.WaitFor("Passphrase 1 of 43")
	if !strings.Contains(unwrapped(screen), "totryitscopyinthebackup") {
		t.Errorf("it does not say what for:\n%s", screen)
	}
	term.Type(lessons.Passphrase)
	term.Keys("Enter")
	if screen = shows(t, term, "─ Done ─", "43 of 43 keys"); strings.Contains(unwrapped(screen), unwrapped(lessons.Passphrase)) {
		t.Errorf("the passphrase is on the screen:\n%s", screen)
	}
}

// drill checks the backup that was made last, whose file is suggested.
func drill(t *testing.T, term *peer.Terminal) {
	t.Helper()
	term.Keys("V")
	term.WaitFor("Which backup do you want to check?")
	term.WaitFor("trust.tar.gz")
	term.Keys("Enter")
	opened(t, term)
	follows(t, term, "LABEL", "Enter")
}

// restore puts a backup into a trust folder that is not there yet. No server is there
// to be asked.
func restore(t *testing.T, archive, folder string, size [2]int) {
	t.Helper()
	term := peer.Tmux(t, size[0], size[1])
	term.Start(peer.Trustdeck(t), "--server", "https://127.0.0.1:9", "--trust-dir", folder, "/keys")
	term.WaitFor("There are no private keys here")
	term.Keys("B")
	term.WaitFor("Which backup do you want to restore?")
	term.Paste(archive)
	term.WaitFor(filepath.Base(archive))
	term.Keys("Enter")
	shows(t, term, "[ Restore ]", "55 files of the backup")
	agree(t, term, "55 of 55 files")
	follows(t, term, "LABEL", "Enter")
	quit(t, term)
}
