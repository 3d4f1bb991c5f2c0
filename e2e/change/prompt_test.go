package change

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/remote/sandbox"
)

// The passphrases that are typed here.
var typed = []string{"root passphrase 7431", "targets passphrase 9265", "snapshot passphrase 3589"}

// Somebody who wants lines and types no answers is asked for everything, reviews the
// plan before the server hears of any write, and no passphrase is left anywhere: not
// on the screen, not in a file, in no spelling.
func TestPrompts(t *testing.T) {
	peer.Need(t, "tmux")
	writes := make(chan string, 16)
	server := peer.Sandbox(t, sandbox.Config{Log: func(e model.Event) {
		if strings.HasPrefix(e.Text, "POST") || strings.Contains(e.Text, ".key ") {
			writes <- e.Text
		}
	}})
	home := t.TempDir()
	c := peer.Trustdeck(t).With("XDG_STATE_HOME="+home, "XDG_CACHE_HOME="+home, "TMPDIR="+home)
	term := peer.Tmux(t, 120, 70)
	term.Start(c, "init", "--plain", "--gun", "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", filepath.Join(home, "trust"), "--log-file", filepath.Join(home, "log"))
	answer := func(question, text string) {
		t.Helper()
		term.WaitFor(question)
		term.Type(text)
		term.Keys("Enter")
	}
	answer("Which repositories do you want to initialise?", "docker.io/acme/app")
	answer("another one, or nothing", "")
	answer("Which key do you want to sign the root with?", "1")
	answer("How many root keys do you want?", "0")
	answer("is not a number from 1 to 20", "1")
	answer("Where do you want the snapshot key?", "2")
	term.WaitFor("Type yes to apply the plan")
	if len(writes) > 0 {
		t.Errorf("before the plan was accepted the server was asked: %s", <-writes)
	}
	term.Type("yes")
	term.Keys("Enter")
	for i, name := range []string{"root", "targets", "snapshot"} {
		term.WaitFor(string(rune('1'+i)) + " of 3. A new passphrase for the new " + name + " key")
		term.Type(typed[i])
		term.Keys("Enter")
		term.WaitUntil("the second question", func(screen string) bool { return strings.Count(screen, "Type it again:") == i+1 })
		term.Type(typed[i])
		term.Keys("Enter")
	}
	screen := term.WaitFor("The change is published. trustdeck read it back")
	if code := term.WaitExit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if len(writes) == 0 {
		t.Error("the server saw no write at all")
	}
	for _, secret := range typed {
		if strings.Contains(screen, secret) {
			t.Errorf("the screen shows %q:\n%s", secret, screen)
		}
	}
	search(t, home)
}

// search looks for the passphrases in every file below a folder.
func search(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, secret := range typed {
			for spelling, text := range spellings(secret) {
				if bytes.Contains(content, text) {
					t.Errorf("%s holds a passphrase in %s", path, spelling)
				}
			}
		}
		return nil
	})
	if err != nil || files < 4 {
		t.Errorf("%d files searched, %v", files, err)
	}
}

// spellings are the forms in which a secret might lie around.
func spellings(secret string) map[string][]byte {
	var wide []byte
	for _, unit := range utf16.Encode([]rune(secret)) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	return map[string][]byte{
		"plain text": []byte(secret), "base64": []byte(base64.StdEncoding.EncodeToString([]byte(secret))[:20]),
		"hexadecimal": []byte(hex.EncodeToString([]byte(secret))), "UTF-16": wide,
	}
}
