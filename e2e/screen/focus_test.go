package screen

import (
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// The first time that the terminal is out of focus it is asked for its name. What it answers is
// no input, and in focus again the list is as it was.
func TestFocus(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	term := browse(t, 100, 30)
	choose(t, term, "acme/web")
	row := selected(term.Screen())
	const out, in, ask = "\x1b[O", "\x1b[I", "\x1b[>q"
	term.WaitRaw("\x1b[?1004h")
	for range 2 {
		term.Type(out)
		term.WaitRaw(ask)
		term.Type(in)
	}
	term.Type("?")
	term.WaitFor("type to search")
	term.Keys("Escape")
	if screen := term.WaitGone("type to search"); selected(screen) != row {
		t.Errorf("selected was %q and is %q", row, selected(screen))
	}
	if n := strings.Count(term.Raw(), ask); n != 1 {
		t.Errorf("the terminal was asked %d times", n)
	}
	quit(t, term)
}

// Ctrl+o shows a folder of this machine; the file that is chosen there is opened.
func TestBrowseFiles(t *testing.T) {
	peer.Need(t, "tmux")
	for _, size := range [][2]int{{60, 15}, {100, 30}} {
		t.Run(peer.Size(size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			term := peer.Tmux(t, size[0], size[1])
			term.Start(peer.Trustdeck(t), "/welcome")
			term.WaitFor("Open an archive")
			follows(t, term, "> Open an archive", "Down")
			term.Keys("Enter")
			term.WaitFor("ctrl+o")
			above, _ := strings.CutSuffix(sample(t, "/repos")[1], "sample")
			term.Type(above)
			term.Keys("C-o")
			term.WaitFor("Choose a file")
			term.Type("sample")
			term.WaitFor("> sample/")
			term.Keys("Enter")
			term.WaitFor("> ../")
			term.Keys("Up", "Enter")
			term.WaitGone("Choose a file")
			term.Keys("Enter")
			term.WaitFor("acme/web")
			quit(t, term)
		})
	}
}
