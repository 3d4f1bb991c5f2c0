package mischief

import (
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
)

// The two commands at a terminal, on the full screen and on lines. What is asked for is
// the same, and so is what comes of it.
func TestSettleAtATerminal(t *testing.T) {
	peer.Need(t, "tmux")
	for name, lines := range map[string]bool{"full screen": false, "lines": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			s.repo.Tag(releases, "2.0", "two")
			s.repo.Seal(releases)
			s.liar.hold(s.repo)
			s.look("as it was")
			s.older()
			s.look("older", releases+" rollback")
			s.atTerminal(lines, []string{"accept-rollback", string(gun)}, "Which roles do you want to accept", releases, releases)
			s.look("the rollback is accepted")

			anew := newRepo()
			s.liar.hold(anew)
			s.look("made anew", "root root-replaced")
			fingerprint := string(anew.Keys[model.RoleRoot][0].ID)
			s.atTerminal(lines, []string{"accept-root", string(gun)}, "What is the fingerprint", fingerprint, "+ root key")
			s.look("the root is accepted")
		})
	}
}

// atTerminal walks through a command that lacks one answer, and accepts it.
func (s *scene) atTerminal(lines bool, args []string, question, answer, shown string) {
	s.Helper()
	term := peer.Tmux(s.T, 100, 60)
	args = append(args, s.args()...)
	if lines {
		args = append(args, "--plain")
	}
	term.Start(s.c, args...)
	term.WaitFor(question)
	switch {
	case lines:
		term.Type(answer)
		term.Keys("Enter")
		if args[0] == "accept-rollback" { // it takes several
			term.WaitFor("another one, or nothing")
			term.Keys("Enter")
		}
	case args[0] == "accept-rollback":
		term.Keys("Space", "Enter")
	default:
		term.Type(answer)
		term.Keys("Enter")
	}
	term.WaitFor("Warning: ")
	term.WaitFor(shown)
	if lines {
		term.WaitFor("Type yes to continue")
		term.Type("yes")
		term.Keys("Enter")
	} else {
		press(term, "[ Cancel ]  [ Accept ]", "Tab", "Enter")
		press(term, "[ Close ]", "Enter")
	}
	if code := term.WaitExit(); code != 0 {
		s.Errorf("%q: exit %d: %s", args[:2], code, term.Screen())
	}
	term.WaitFor("It is recorded on this machine. Nothing was sent to the server.")
	term.CheckRestored()
}

// press presses keys until buttons are no longer there. A page ignores keys that come
// before it can have been seen.
func press(term *peer.Terminal, buttons string, keys ...string) {
	term.WaitFor(buttons)
	n := 0
	term.WaitUntil("no "+buttons, func(screen string) bool {
		if !strings.Contains(screen, buttons) {
			return true
		}
		if n++; n%40 == 0 {
			term.Keys(keys[min(n/40, len(keys))-1])
		}
		return false
	})
}

// Doctor leads from the finding to the flow that settles it.
func TestDoctorLeadsToTheSettlement(t *testing.T) {
	peer.Need(t, "tmux")
	s := newScene(t)
	s.repo.Tag(releases, "2.0", "two")
	s.repo.Seal(releases)
	s.liar.hold(s.repo)
	s.look("as it was")
	s.older()
	term := peer.Tmux(t, 120, 40)
	term.Start(s.c, append([]string{"doctor"}, s.args()...)...)
	if code := term.WaitExit(); code != 3 {
		t.Errorf("doctor exits %d", code)
	}
	term.WaitFor("trustdeck accept-rollback")
	screen := peer.Tmux(t, 120, 40)
	screen.Start(s.c, append([]string{"/doctor"}, s.args()...)...)
	screen.WaitFor("rollback")
	screen.Keys("Enter")
	screen.WaitFor("Which roles do you want to accept")
	screen.Keys("C-c")
	screen.WaitExit()
	screen.CheckRestored()
}
