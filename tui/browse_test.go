package tui_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui"
	"trustdeck/tui/screen"
	"trustdeck/tui/tuitest"
)

// evil is the name of a file that would take over a terminal.
const evil = "evil\x1b]0;owned\a\u202e.pub"

// folders is a small file system.
func folders(_ context.Context, typed string) (screen.Folder, error) {
	at := strings.LastIndex(typed, "/") + 1
	up := screen.File{Name: "..", Path: "/", Folder: true, Size: -1}
	switch folder := typed[:at]; folder {
	case "", "/":
		return screen.Folder{Path: "/", Start: typed[at:], Files: []screen.File{{Name: "keys", Path: "/keys/", Folder: true, Size: -1}, {Name: "z.tar", Path: "/z.tar", Size: 2_000}}}, nil
	case "/keys/":
		return screen.Folder{Path: "/keys/", Start: typed[at:], More: true, Files: []screen.File{
			up,
			{Name: "private", Path: "/keys/private/", Folder: true, Size: -1},
			{Name: "alice.pub", Path: "/keys/alice.pub", Size: 178},
			{Name: evil, Path: "/keys/" + evil, Size: 178},
			{Name: "line\nbreak", Path: "/keys/line\nbreak", Size: 1},
			{Name: ".hidden", Path: "/keys/.hidden", Size: -1},
		}}, nil
	case "/keys/private/":
		return screen.Folder{Path: "/keys/private/", Files: []screen.File{{Name: "..", Path: "/keys/", Folder: true, Size: -1}}}, nil
	default:
		return screen.Folder{}, errors.New("the folder is gone")
	}
}

// asksForFile is an app with a question for the path of a file.
func asksForFile(t *testing.T, value string) *app {
	t.Helper()
	source := tuitest.NewSource()
	o := options(source)
	o.Browse = folders
	o.Choices = []screen.Choice{{ID: "archive", Label: "Open an archive", Help: "A folder.", Prompt: "Folder", Path: true, Value: value}}
	o.Start.Kind = "welcome"
	a := startWith(t, o, source)
	return a.press("end", "enter").sees("Folder", "Press ctrl+o for a list")
}

func TestBrowsePictures(t *testing.T) {
	for _, size := range tuitest.Sizes() {
		a := asksForFile(t, "/keys/al")
		a.resize(size.Width, size.Height)
		tuitest.GoldenAt(t, "browse-question", size, a.screen())
		a.press("ctrl+o")
		tuitest.GoldenAt(t, "browse", size, a.screen(), tuitest.Small)
	}
}

// The list begins at what is typed, opens folders, goes up, and brings the path of a file;
// esc comes back to the question as it was.
func TestBrowse(t *testing.T) {
	a := asksForFile(t, "/keys/al")
	a.press("ctrl+o").sees("Choose a file: /keys/", "> alice.pub", "178 B", "private/", ".hidden").press("esc").after("/keys/al")
	a.press("ctrl+o", "up", "enter").sees("Choose a file: /keys/private/", "> ../").press("enter").sees("Choose a file: /keys/")
	a.press("backspace").sees("Choose a file: /", "keys/", "z.tar").press("backspace").sees("Choose a file: /")
	a.write("z").press("backspace").sees("keys/").write("tar").press("enter").after("/z.tar")
	a.press("ctrl+o", "up", "up", "enter").after("/").misses("Choose a file")
}

// A folder that cannot be read says so; one that comes when the user has gone on is not shown.
func TestBrowseLate(t *testing.T) {
	a := asksForFile(t, "/gone/")
	a.press("ctrl+o").sees("The folder is gone.").after("/gone/")

	gate := make(chan struct{})
	source := tuitest.NewSource()
	o := options(source)
	o.Browse = func(ctx context.Context, typed string) (screen.Folder, error) { <-gate; return folders(ctx, typed) }
	m := tui.New(context.Background(), o)
	defer m.Close()
	m.Init()
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	m.Update(screen.PromptMsg{Title: "One", Path: true})
	_, cmd := m.Update(key(t, "ctrl+o"))
	m.Update(key(t, "esc"))
	m.Update(screen.PromptMsg{Title: "Another", Path: true})
	close(gate)
	tuitest.Settle(cmd(), func(msg tea.Msg) tea.Cmd { m.Update(msg); return nil })
	if strings.Contains(m.View().Content, "Choose a file") {
		t.Error("the list of one question stands over another")
	}
}

// In a change, the file that is chosen is the one that is read, whatever its name; on the screen
// its name can do nothing.
func TestBrowseInAChange(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	source := tuitest.NewGuideBackend()
	source.Files = map[string][]byte{"/keys/" + evil: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})}
	c := beginChange(t, source, "signer-add", nil, func(o *tui.Options) { o.Browse = folders }).see("What is the name")
	c.keys("ctrl+o").misses("Choose a file").types("zoe").keys("enter").see("Which repositories may").types(string(tuitest.Nested)).keys("enter", "enter").see("Which public keys")
	c.see("ctrl+o browse").types("/keys/ev").keys("ctrl+o").see("Choose a file: /keys/", `> evil\x1b]0;owned\x07\u202e.pub`)
	c.keys("f1").see("CHOOSE A FILE", "uses the exact name").keys("esc", "esc").see("> /keys/ev").after("/keys/ev")
	c.keys("ctrl+o").see("Choose a file").keys("down", "enter").see("Choose a file").keys("up", "enter").see(`> /keys/evil\x1b]0;owned\x07\u202e.pub`)
	c.keys("enter").see("Type to add another;")
	c.misses("cannot be read", "owned\a")
	c.keys("enter").see("Question 4")
}
