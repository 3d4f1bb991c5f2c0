package ceremony

import (
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"trustdeck/e2e/peer"
)

// filled answers the questions of a flow on the full screen: each is a question and what is typed; nothing
// keeps what is suggested or selected. It waits for what comes then.
func filled(term *peer.Terminal, then string, questions ...[2]string) {
	for i, q := range questions {
		term.WaitFor(q[0])
		if q[1] != "" {
			term.Keys("C-u")
			term.Follow("> "+q[1], q[1])
		}
		next := then
		if i+1 < len(questions) {
			next = questions[i+1][0]
		}
		term.Follow(next, "Enter")
	}
}

// handedBack is a line of an answer on the screen.
var handedBack = regexp.MustCompile(`(?m)^│? +([0-9][0-9A-Z]{3}(?: [0-9A-Z]{1,4})+) `)

// A ceremony is asked for, prepared, signed and brought together on the full screen of a small terminal.
// The signature comes back as lines that are typed from one screen into the other.
func TestPreparedOnTheScreen(t *testing.T) {
	t.Parallel()
	peer.Need(t, "tmux")
	work, dir := t.TempDir(), t.TempDir()
	request, file := filepath.Join(work, "a"), filepath.Join(work, "root")
	olga, ada := seat(t, "Olga", true, "own", "root", "targets", "snapshot", "timestamp"), seat(t, "Ada", false, "own", "root")
	repository := "file:" + dir

	term := peer.Tmux(t, 80, 24)
	term.Start(ada.program.With("NOTARY_ROOT_PASSPHRASE="), slices.Concat(ada.before, []string{"ceremony", "request"})...)
	filled(term, "[ Write request ]", [2]string{"For which repository is the key?", repository}, [2]string{"Of which kind"}, [2]string{"Which role"},
		[2]string{"Who has the key?", "Ada"}, [2]string{"Is it a real ceremony?"}, [2]string{"Which key asks"}, [2]string{"write the request to?", request})
	term.Press("Write request", "Passphrase 1 of 1")
	term.Enter(secret)
	term.Shows("The request is in", "WORDS OF THE KEY")
	term.Keys("C-c")
	term.WaitExit()

	for _, role := range []string{"targets", "snapshot", "timestamp"} {
		olga.ask(role, role, dir, filepath.Join(work, role))
	}
	term = peer.Tmux(t, 80, 24)
	term.Start(olga.program, "ceremony", "start")
	filled(term, "Is it a real ceremony?", [2]string{"Which saved plan"}, [2]string{"For which repository", repository})
	term.Follow("Which requests for keys do you add?", "Enter")
	for _, name := range []string{"a", "targets", "snapshot", "timestamp"} {
		term.Follow("• "+filepath.Join(work, name), "C-u", filepath.Join(work, name), "Enter")
	}
	filled(term, "[ Write the file ]", [2]string{"Which requests for keys do you add?"}, [2]string{"How many root keys must sign?"}, [2]string{"When does it open?"}, [2]string{"When should all have signed?"},
		[2]string{"someone who does not come?"}, [2]string{"no signature taken?"}, [2]string{"What is the ceremony for?", "The first root"}, [2]string{"Which file do you want to write?", file}, [2]string{"What time is it?"})
	term.Press("Write the file", "The ceremony is in")
	term.Keys("C-c")
	term.WaitExit()

	term = ada.page(t, file)
	term.Shows("Now: Ada signs root.", "you sign")
	term.Follow("What time is it?", "Enter")
	term.Follow("How do you hand the signatures back?", "Enter")
	term.Follow("> As text and QR code", "Down")
	term.Follow("Review what you sign", "Enter")
	term.Follow("> sign", "s", "i", "g", "n")
	term.Press("Sign", "Passphrase 1 of 1")
	term.Enter(secret)
	screen := term.Shows("LINES", "Press c for the QR codes")
	term.Follow("QR code 1 of ", "c")
	var lines []string
	for _, found := range handedBack.FindAllStringSubmatch(screen, -1) {
		lines = append(lines, found[1])
	}
	if len(lines) < 2 {
		t.Fatalf("no lines on the screen:\n%s", screen)
	}
	term.Keys("C-c")

	term = olga.page(t, file)
	term.Shows("Now: Ada signs root.", "you sign      Olga")
	term.Follow("Which copies have come back?", "2")
	term.Follow("Which file has the lines?", "Enter")
	term.Follow("Which lines were handed back?", "Enter")
	for _, line := range lines {
		term.Follow("• "+line, "C-u", line, "Enter")
	}
	term.Follow("1 new signature", "Enter")
	term.Follow("Now: Olga signs targets.  Left: 1 signature.", "Enter")
	term.Keys("C-c")
	term.WaitExit()
}
