package screen

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"trustdeck/e2e/peer"
)

// spokenLimit is how long a conversation may take.
const spokenLimit = time.Minute

// spoken is trustdeck as a program plays it that waits for questions and answers
// them: through pipes, with no terminal at all.
type spoken struct {
	t     *testing.T
	cmd   *exec.Cmd
	typed io.WriteCloser
	said  *bufio.Reader
	heard strings.Builder
}

func speak(t *testing.T, env []string, args ...string) (s *spoken, temporary string) {
	t.Helper()
	temporary = t.TempDir()
	c := peer.Trustdeck(t).With(append(env, "TMPDIR="+temporary)...)
	s = &spoken{t: t, cmd: exec.CommandContext(t.Context(), c.Program, args...)}
	s.cmd.Env, s.cmd.Dir, s.cmd.Stderr = c.Env, c.Home, os.Stderr
	typed, err := s.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if pipe, ok := said.(*os.File); ok {
		err = pipe.SetReadDeadline(time.Now().Add(spokenLimit))
	}
	if err != nil {
		t.Fatal(err)
	}
	s.typed, s.said = typed, bufio.NewReader(said)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return s, temporary
}

// expect reads up to a text.
func (s *spoken) expect(want string) {
	s.t.Helper()
	from := s.heard.Len()
	for !strings.HasSuffix(s.heard.String()[from:], want) {
		b, err := s.said.ReadByte()
		if err != nil {
			s.t.Fatalf("never %q in\n%s\nand then %v", want, s.heard.String()[from:], err)
		}
		s.heard.WriteByte(b)
	}
}

func (s *spoken) send(line string) {
	s.t.Helper()
	if _, err := io.WriteString(s.typed, line+"\n"); err != nil {
		s.t.Fatal(err)
	}
}

// ends waits for the end, and returns the exit code. Nothing that was said may be a
// command to a terminal.
func (s *spoken) ends(code int) {
	s.t.Helper()
	rest, err := io.ReadAll(s.said)
	if err != nil {
		s.t.Error(err)
	}
	s.heard.Write(rest)
	_ = s.cmd.Wait() // the exit code tells
	if got := s.cmd.ProcessState.ExitCode(); got != code {
		s.t.Errorf("exit code %d, want %d, after\n%s", got, code, s.heard.String())
	}
	for i, c := range []byte(s.heard.String()) {
		if c < ' ' && c != '\n' || c == 0x7f {
			s.t.Fatalf("byte %#x at %d of\n%s", c, i, s.heard.String())
		}
	}
	if !strings.HasSuffix(s.heard.String(), "\n") {
		s.t.Errorf("the last line is not ended: %q", s.heard.String())
	}
}

const plainPrompt = "Number or command, ? for help: "

// A program walks through the practice world by questions and answers, opens a
// place at once, and the end of its input is a good end.
func TestPlainPipes(t *testing.T) {
	t.Parallel()
	s, temporary := speak(t, []string{"LC_ALL=C"}, "demo", "--plain", "lessons")
	s.expect("\nRepositories, Lessons\n")
	s.expect("\nChoose:\n1. state open, lesson A healthy repository, ")
	s.expect(plainPrompt)
	s.send("10")
	s.expect("Repositories, tools/lint, Roles\n")
	s.expect(plainPrompt)
	s.send("tags")
	s.expect("1. tag ")
	s.expect(plainPrompt)
	s.send("1")
	s.expect("\nPulled: ")
	s.expect("\nRegistry: ")
	s.expect(plainPrompt)
	s.send("go repo/registry.example.org/base/everything/tags")
	s.expect("\nn for more, showing 1 to 20 of 5,001\n")
	s.expect(plainPrompt)
	s.send("n")
	s.expect("\nn for more, showing 21 to 40 of 5,001\n")
	s.expect(plainPrompt)
	if err := s.typed.Close(); err != nil {
		t.Error(err)
	}
	s.ends(0)
	leaves(t, temporary)
	for _, c := range []byte(s.heard.String()) {
		if c >= 0x80 {
			t.Fatalf("byte %#x in a locale without UTF-8", c)
		}
	}
}

// What is typed ahead on the welcome page is for the place that is chosen there.
func TestPlainTypedAhead(t *testing.T) {
	t.Parallel()
	s, temporary := speak(t, nil, "--plain", "welcome")
	for _, line := range []string{"4", "go lessons", "q"} {
		s.send(line)
	}
	s.expect("\nWelcome\n")
	s.expect("trustdeck, practice world, DEMO\n")
	s.expect("\nRepositories, Lessons\n")
	s.ends(0)
	leaves(t, temporary)
}

// Signals end it as they end everything else.
func TestPlainSignals(t *testing.T) {
	peer.HearSignals(t, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	for signal, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 143} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			s, temporary := speak(t, []string{"TERM=dumb"}, "demo")
			s.expect(plainPrompt)
			if err := s.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			s.ends(code)
			leaves(t, temporary)
		})
	}
}

// On a terminal ctrl+c interrupts and ctrl+d ends, and the terminal is as it was.
func TestPlainKeys(t *testing.T) {
	peer.Need(t, "tmux")
	for key, code := range map[string]int{"C-c": 130, "C-d": 0} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			term := peer.Tmux(t, 80, 24)
			term.Start(shell(t), "-c", `TERM=dumb exec "$TRUSTDECK" --archive "$SAMPLE"`)
			term.WaitFor("Number or command")
			term.Type("nowhere")
			term.Keys("Enter")
			term.WaitFor("is not a command here")
			term.Keys(key)
			if got := term.WaitExit(); got != code {
				t.Errorf("exit code %d, want %d", got, code)
			}
			term.CheckRestored()
			if styled := term.Styled(); strings.Contains(styled, "\x1b[") {
				t.Errorf("styled:\n%q", styled)
			}
		})
	}
}
