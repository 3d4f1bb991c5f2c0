package ceremony

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
)

// On a terminal a custodian is asked for the clock, for a root that they know, and for the word that
// signs; a mistyped answer and a wrong passphrase end nothing. The signature is drawn as a QR code.
func TestSignPrompts(t *testing.T) {
	t.Parallel()
	peer.Need(t, "tmux")
	work, dir := t.TempDir(), t.TempDir()
	olga := seat(t, "Olga", true, "own", "root", "targets", "snapshot", "timestamp")
	start := []string{"ceremony", "start", "--to", filepath.Join(work, "first"), dir}
	for _, role := range []string{"root", "targets", "snapshot", "timestamp"} {
		olga.ask(role, role, dir, filepath.Join(work, role))
		start = append(start, "--add", filepath.Join(work, role))
	}
	olga.run(start...)
	for _, role := range []string{"root", "targets"} {
		olga.sign(filepath.Join(work, "first"), "--key", olga.key(role))
	}
	olga.run("ceremony", "publish", "--yes", filepath.Join(work, "first"))
	dan := seat(t, "Dan", true, "own", "root")
	dan.ask("root", "root", dir, filepath.Join(work, "dan"))
	second := filepath.Join(work, "second")
	olga.run("ceremony", "start", "--to", second, "--add", filepath.Join(work, "dan"), "--threshold", "2", dir)
	words := strings.Join(dan.told(olga.run("ceremony", "show", "-o", "json", second)).Words, " ")

	term := peer.Tmux(t, 200, 90)
	term.Start(dan.program.With("NOTARY_ROOT_PASSPHRASE="), "--plain", "ceremony", "sign", "--answer", second)
	answer := func(question, text string) {
		t.Helper()
		term.WaitFor(question)
		term.Type(text)
		term.Keys("Enter")
	}
	answer("What time is it?", "perhaps")
	answer("is not one of the choices", "1")
	term.WaitFor("Your key has signed none of them")
	answer("do you know from elsewhere?", "2")
	term.WaitFor(words)
	answer("Type sign to sign, if the words of the fingerprint are those that the others see", "sign")
	answer("1 of 1.", "not the passphrase")
	term.WaitUntil("the second question", func(screen string) bool { return strings.Count(screen, "1 of 1.") == 2 })
	term.Type(secret)
	term.Keys("Enter")
	screen := term.WaitFor("QR code 2 of 2")
	if code := term.WaitExit(); code != 0 || strings.Contains(screen, secret) {
		t.Errorf("exit code %d\n%s", code, screen)
	}
	if _, err := os.Stat(second + ".transcript"); err == nil {
		text, _ := os.ReadFile(second + ".transcript")
		if strings.Contains(string(text), `"signed"`) {
			t.Error("the transcript says that the file was signed, which was left as it is")
		}
	}
}

// What is refused by commands, by name and with its exit code.
func TestRefusedByCommands(t *testing.T) {
	t.Parallel()
	work, dir := t.TempDir(), t.TempDir()
	olga := seat(t, "Olga", true, "own", "root", "targets", "snapshot", "timestamp")
	file := func(name string) string { return filepath.Join(work, name) }
	start := []string{"ceremony", "start", dir}
	rehearse := []string{"ceremony", "start", "--rehearsal", "--to", file("rehearsal"), dir}
	for _, role := range []string{"root", "targets", "snapshot", "timestamp"} {
		olga.ask(role, role, dir, file(role))
		olga.ask(role, role, dir, file(role+".rehearsal"), "--rehearsal")
		start, rehearse = append(start, "--add", file(role)), append(rehearse, "--add", file(role+".rehearsal"))
	}
	olga.run(append(start, "--to", file("first"))...)
	olga.run(rehearse...)
	for _, role := range []string{"root", "targets"} {
		olga.sign(file("rehearsal"), "--key", olga.key(role))
	}
	text, err := os.ReadFile(file("first"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"altered": strings.Replace(string(text), `"rehearsal": false`, `"rehearsal": false, "more": 1`, 1),
		"newer":   strings.Replace(string(text), "trustdeck-ceremony/v1", "trustdeck-ceremony/v2", 1),
		"nothing": "{}",
	} {
		if err := os.WriteFile(file(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now, late := time.Now().UTC().Format(time.RFC3339), time.Now().UTC().Add(2*time.Hour).Format(time.RFC3339)
	stranger := seat(t, "Mallory", true, "own", "root")
	for _, row := range []struct {
		who  *desk
		code int
		says string
		args []string
	}{
		{olga, 2, "this is a rehearsal, and nothing of it is ever published", []string{"publish", "--yes", file("rehearsal")}},
		{olga, 2, "signatures are missing", []string{"publish", "--yes", file("first")}},
		{olga, 1, "was changed after it was written", []string{"show", file("altered")}},
		{olga, 2, "a newer version of trustdeck wrote this ceremony file", []string{"show", file("newer")}},
		{olga, 1, "this is not a ceremony file", []string{"show", file("nothing")}},
		{olga, 2, "one file is of a rehearsal", []string{"merge", file("first"), file("rehearsal")}},
		{olga, 1, "more than an hour off", []string{"sign", "--yes", "--time", late, "--key", olga.key("root"), file("first")}},
		{olga, 1, "this is another ceremony", []string{"sign", "--yes", "--time", now, "--key", olga.key("root"), "--digest", strings.Repeat("0", 64), file("first")}},
		{olga, 2, "everal keys on this machine are asked to sign", []string{"sign", "--yes", "--time", now, file("first")}},
		{stranger, 2, "no key on this machine is asked to sign", []string{"sign", "--yes", "--time", now, file("first")}},
		{olga, 2, "the request is for a rehearsal", []string{"start", "--to", file("new"), "--add", file("root.rehearsal"), dir}},
		{olga, 2, "no key for its targets", []string{"start", "--to", file("new"), "--add", file("root"), dir}},
		{olga, 2, "already exists", append(start[1:len(start):len(start)], "--to", file("first"))},
	} {
		r := row.who.try(append([]string{"ceremony"}, row.args...)...)
		if r.Code != row.code || !strings.Contains(r.Stderr, row.says) {
			t.Errorf("%s: exit code %d, want %d and %q\n%s", fmt.Sprint(row.args), r.Code, row.code, row.says, r.Stderr)
		}
	}
	if _, err := os.Stat(file("new")); err == nil {
		t.Error("a ceremony was begun")
	}
}
