package tui_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model/admin"
	"trustdeck/tui"
	"trustdeck/tui/flows"
	"trustdeck/tui/nav"
	"trustdeck/tui/tuitest"
)

const fresh = "registry.example.org/new/app"

// answered are answers that lead straight to the review.
var answered = map[string][]string{"repositories": {fresh}, "root": {"new"}, "root-keys": {"1"}, "snapshot": {"server"}}

// change plays the whole UI around a guided change. Its work runs in the background,
// for it waits for its user.
type change struct {
	*app
	source *tuitest.GuideBackend
	pump   *tuitest.Pump
	log    *admin.Log
	// now is the time of every message that follows.
	now time.Time
	// messages are the types and values of all that was handed over but keys.
	messages []string
}

// beginChange starts the UI at a guided change.
func beginChange(t *testing.T, source *tuitest.GuideBackend, id string, given map[string][]string, adjust ...func(*tui.Options)) *change {
	t.Helper()
	c := &change{source: source, log: &admin.Log{}, now: tuitest.Now}
	o := options(tuitest.NewSource())
	o.Flows, o.Log, o.Start = flows.All(flows.Ports{Backend: source}), c.log, nav.Flow(id, given)
	o.Clock = func() time.Time { return c.now }
	for _, set := range adjust {
		set(&o)
	}
	return c.open(t, o)
}

// open starts the UI.
func (c *change) open(t *testing.T, o tui.Options) *change {
	t.Helper()
	c.app = &app{t: t, m: tui.New(context.Background(), o), width: 100, height: 30}
	c.timers = c.m.HoldTimers()
	t.Cleanup(func() {
		if !c.m.Close() {
			t.Error("background work does not end")
		}
	})
	c.pump = tuitest.NewPump(t, func(msg tea.Msg) tea.Cmd {
		c.messages = append(c.messages, fmt.Sprintf("%T %+v", msg, msg))
		return c.update(msg)
	})
	c.pump.Start(c.m.Init())
	c.pump.Send(tea.WindowSizeMsg{Width: 100, Height: 30})
	return c
}

// wait waits until words are on the screen, and then until they can be decided
// about.
func (c *change) wait(words ...string) *change {
	c.t.Helper()
	c.see(words...)
	c.now = c.now.Add(time.Second)
	return c
}

// see waits until words are on the screen.
func (c *change) see(words ...string) *change {
	c.t.Helper()
	c.pump.Until(strings.Join(words, ", "), func() bool {
		view := c.screen()
		for _, word := range words {
			if !strings.Contains(view, word) {
				return false
			}
		}
		return true
	}, c.screen)
	return c
}

// keys presses keys by their names.
func (c *change) keys(names ...string) *change {
	c.t.Helper()
	for _, name := range names {
		c.press1(name)
	}
	return c
}

// press1 hands a key to the program; what is typed is no message of the UI's own.
func (c *change) press1(name string) {
	c.t.Helper()
	msg := key(c.t, name)
	c.pump.Start(c.update(msg))
}

// types types letters.
func (c *change) types(s string) *change {
	c.t.Helper()
	for _, r := range s {
		c.pump.Start(c.update(tea.KeyPressMsg{Code: r, Text: string(r)}))
	}
	return c
}

// pastes pastes text, as a terminal brackets it.
func (c *change) pastes(s string) *change {
	c.pump.Start(c.update(tea.PasteMsg{Content: s}))
	return c
}

// misses fails where the screen shows one of the words.
func (c *change) misses(words ...string) *change {
	c.t.Helper()
	c.app.misses(words...)
	return c
}

// written fails where a plan was executed another number of times.
func (c *change) written(want int) *change {
	c.t.Helper()
	if n, _ := c.source.Executed(); n != want {
		c.t.Errorf("executed %d times, want %d:\n%s", n, want, c.screen())
	}
	return c
}

// accepted walks to the first passphrase.
func accepted(t *testing.T, source *tuitest.GuideBackend, adjust ...func(*tui.Options)) *change {
	t.Helper()
	c := beginChange(t, source, "init", answered, adjust...).wait("Ready:", "[ Initialise ]")
	return c.keys("tab", "enter").wait("Passphrase 1 of 2")
}

// Every printable key goes into the field: none of them is a key of the application.
func TestLettersOfAChangeAreText(t *testing.T) {
	typed := ""
	for r := '!'; r <= '~'; r++ {
		typed += string(r)
	}
	c := beginChange(t, tuitest.NewGuideBackend(), "signer-add", nil).wait("What is the name").types(typed)
	c.see(typed[10:]) // the field shows as much as has room before its end
	c.at("flow/signer-add")

	// While a plan is executed, letters are a passphrase that is typed too early,
	// if anything.
	source := tuitest.NewGuideBackend()
	source.Gates = map[string]chan struct{}{"make new root": make(chan struct{})}
	c = accepted(t, source)
	for range 2 {
		c.types("a passphrase qHD?").keys("enter").see("Type the passphrase again").types("a passphrase qHD?").keys("enter")
		c.see("Executing")
		c.pump.Until("the next question or the key", func() bool {
			view := c.screen()
			return strings.Contains(view, "Passphrase 2 of 2") && !strings.Contains(view, "Type the passphrase again") || strings.Contains(view, "here: running")
		}, c.screen)
	}
	c.see("here: running").types(typed).pastes("q\nH\n").see("Executing", "here: running").misses("Stopping", typed[:8], "Help,")
	c.at("flow/init?" + strings.TrimPrefix(nav.Flow("init", answered).String(), "flow/init?"))
}

// Esc goes back question by question with the answers as they are. At the first one
// it asks before they are thrown away, and so does every other way out.
func TestEscGoesBackAndAsks(t *testing.T) {
	c := beginChange(t, tuitest.NewGuideBackend(), "init", nil).wait("Which repositories")
	c.types(fresh).keys("enter", "enter").wait("Which key").keys("down", "down", "enter").wait("How many root keys").keys("enter").wait("Where do you want").keys("enter")
	c.wait("Ready:").keys("esc").wait("Where do you want").keys("esc").wait("How many root keys").keys("esc").wait("Which key", "> A new key").keys("esc").wait("Which repositories", fresh)
	for name, way := range map[string]func(){
		"esc":    func() { c.keys("esc") },
		"place":  func() { c.keys("ctrl+p").types("repositories").keys("enter") },
		"crumbs": func() { c.pump.Send(tea.MouseClickMsg{X: 3, Y: 1, Button: tea.MouseLeft}) },
	} {
		way()
		c.see("Leave ]", "You will lose the answers")
		c.pastes("y\n").keys("enter").misses("You will lose the answers")
		if _, ok := tuitest.Line(c.screen(), fresh); !ok {
			t.Errorf("by %s the answer is lost:\n%s", name, c.screen())
		}
	}
	c.keys("esc", "tab", "enter").see("NEXT EXPIRY").at("repos")
	c.written(0)
}

// Cancel has the focus of a review, and asks as well: enter in haste loses nothing.
func TestCancelAsks(t *testing.T) {
	c := beginChange(t, tuitest.NewGuideBackend(), "init", map[string][]string{"repositories": {fresh}, "root": {"new"}, "root-keys": {"1"}}).wait("Where do you want")
	c.keys("enter").wait("Ready:").keys("enter").see("You will lose the answers").keys("esc").see("Ready:").written(0)
}

// Nothing was answered by hand: nothing is lost.
func TestLeavingAnUntouchedChange(t *testing.T) {
	c := beginChange(t, tuitest.NewGuideBackend(), "init", map[string][]string{"repositories": {fresh}}).wait("Which key")
	c.keys("esc").see("Which repositories").keys("esc").see("NEXT EXPIRY").at("repos")
}

// Ctrl+c while a plan is executed asks, with Stay selected; a second one forces.
func TestCtrlCWhileExecuting(t *testing.T) {
	c := accepted(t, tuitest.NewGuideBackend())
	c.keys("ctrl+c").see("Quit now", "The next start explains")
	if c.quit {
		t.Fatal("ctrl+c quits at once")
	}
	c.keys("enter").see("Passphrase 1 of 2")
	if c.quit {
		t.Fatal("enter quits")
	}
	c.keys("ctrl+c").see("Quit now").keys("ctrl+c")
	c.pump.Until("the end", func() bool { return c.quit }, c.screen)
}

// Leaving by any other way while a plan is executed is refused; esc stops.
func TestAnExecutionIsNotLeft(t *testing.T) {
	c := accepted(t, tuitest.NewGuideBackend())
	c.keys("ctrl+p").types("all repositories, with their health").keys("enter").see("Applying a plan", "Passphrase 1 of 2")
	c.keys("esc", "esc").see("Stopped", "You gave no passphrase", "Nothing was published")
}

// F1 explains the question that is open and lists the keys that work while it is typed into.
func TestHelpOnAQuestion(t *testing.T) {
	c := beginChange(t, tuitest.NewGuideBackend(), "init", nil).wait("Which repositories")
	c.keys("f1").see("QUESTION", "WHY", "WITHOUT AN ANSWER", "There is no default: this question needs an answer.", "EXAMPLE", "registry.example.org/team/app")
	c.keys("pgdown", "pgdown").see("enter", "Accept the answer").misses("repositories that need action", "Go to")
	c.keys("esc").see("Which repositories").keys("?").see("> ?")
	c = beginChange(t, tuitest.NewGuideBackend(), "init", map[string][]string{"repositories": {fresh}}).wait("Which key")
	c.keys("f1").see("The default: Root key", "ON THE COMMAND LINE", "--root-key")
}

// So it does while a passphrase is typed, of which nothing is lost.
func TestHelpOnAPassphrase(t *testing.T) {
	c := accepted(t, tuitest.NewGuideBackend()).types("secret words")
	c.keys("f1").see("QUESTION", "1 of 2.", "WHAT YOU TYPE", "NOTARY_ROOT_PASSPHRASE").misses("secret words", "Private keys", "shift")
	c.keys("esc").see("Passphrase 1 of 2", "********")
}

// A paste, with line breaks, answers and confirms nothing.
func TestPastesConfirmNothing(t *testing.T) {
	breaks := []string{"\n", "\r", "\r\n", "\n\n\n", "yes\n", "\t\n", "\t\r\t\r"}
	c := beginChange(t, tuitest.NewGuideBackend(), "signer-add", nil).wait("What is the name")
	c.pastes("ali\r\nce\n").see("What is the name", "several lines").misses("alice")
	c.keys("x").see("> x").misses("several lines")
	c = beginChange(t, tuitest.NewGuideBackend(), "init", nil).wait("Which repositories")
	c.pastes(fresh+"\nregistry.example.org/new/second\n\n").wait("Which repositories", "• "+fresh, "> registry.example.org/new/second")

	c = beginChange(t, tuitest.NewGuideBackend(), "init", answered).wait("Ready:")
	for _, p := range breaks {
		c.pastes(p)
	}
	c.keys("tab")
	for _, p := range breaks {
		c.pastes(p)
	}
	c.see("Ready:").written(0)

	c = accepted(t, tuitest.NewGuideBackend())
	for _, p := range breaks {
		c.pastes("a long passphrase" + p)
	}
	c.see("1 of 2").misses("Type the passphrase again")
}

// What was typed before the review is on the screen cannot accept it, whether it
// comes while the plan is computed or in the very moment after.
func TestTypedAhead(t *testing.T) {
	source := tuitest.NewGuideBackend()
	gate := make(chan struct{})
	source.Gates = map[string]chan struct{}{"prepare": gate}
	c := beginChange(t, source, "init", answered).see("computing the plan")
	c.keys("tab", "enter", "tab", "enter")
	close(gate)
	c.see("Ready:").keys("tab", "enter", "enter", "tab", "enter").misses("You will lose the answers").see("Ready:").written(0)
	c.wait("Ready:").keys("tab", "enter").see("Passphrase 1 of 2").written(1)
}

// A plan that comes after its user has gone back is dropped.
func TestALatePlanIsDropped(t *testing.T) {
	source := tuitest.NewGuideBackend()
	gate := make(chan struct{})
	source.Gates = map[string]chan struct{}{"prepare": gate}
	c := beginChange(t, source, "init", answered, func(o *tui.Options) { o.SinglePage = true }).see("computing the plan")
	c.keys("esc").see("Where do you want")
	close(gate)
	c.pump.Until("the late answer", func() bool { return c.m.Tasks().Busy() == 0 }, c.screen)
	c.see("Where do you want").keys("down", "enter").wait("Ready:", "[ Initialise ]")
	if p := flows.PlanOf(tui.Walked(c.m).Outcome()); !p.Parts[0].OwnSnapshot {
		t.Error("the plan is that of the earlier answer")
	}
}

// A passphrase is never to be seen: not on any screen, in any message, in the log or
// among the tasks; and no length of it.
func TestSecretsAreNeverSeen(t *testing.T) {
	const secret = "Xyzzy7 plugh"
	c := accepted(t, tuitest.NewGuideBackend(), func(o *tui.Options) { o.Start.Given += "&root=new" })
	var views []string
	look := func() {
		for _, size := range tuitest.Sizes() {
			c.width, c.height = size.Width, size.Height
			c.pump.Start(c.update(tea.WindowSizeMsg{Width: size.Width, Height: size.Height}))
			views = append(views, c.m.View().Content, c.m.View().WindowTitle)
		}
	}
	for i := range 2 {
		c.see(fmt.Sprintf("Passphrase %d of 2", i+1))
		for n := range secret {
			c.types(secret[n : n+1])
			look()
		}
		c.keys("enter").see("Type the passphrase again").pastes(secret + "\n")
		look()
		c.keys("ctrl+p").see("Commands")
		look()
		c.keys("esc", "enter")
	}
	c.wait("trustdeck read it back")
	look()
	c.keys("y").see("Copy")
	look()
	if _, given := c.source.Executed(); len(given) != 2 || given[0] != secret || given[1] != secret {
		t.Fatalf("given %q", given)
	}
	for _, e := range c.log.Events() {
		views = append(views, fmt.Sprintf("%+v", e))
	}
	for _, e := range c.m.Tasks().Entries() {
		views = append(views, fmt.Sprintf("%+v", e))
	}
	// As bytes are printed.
	numbers := strings.Trim(fmt.Sprintf("%d", []byte(secret)), "[]")
	for _, text := range append(views, c.messages...) {
		if strings.Contains(text, secret[:6]) || strings.Contains(text, numbers) {
			t.Fatalf("the passphrase is in:\n%s", text)
		}
	}
}

// At any state the size may change, to one that is too small as well.
func TestResizeAnywhere(t *testing.T) {
	sizes := []tuitest.Size{{Width: 1, Height: 1}, {Width: 59, Height: 14}, {Width: 60, Height: 15}, {Width: 79, Height: 19}, {Width: 80, Height: 24}, {Width: 100, Height: 30}, {Width: 200, Height: 60}}
	c := beginChange(t, tuitest.NewGuideBackend(), "init", map[string][]string{"repositories": {string(tuitest.Nested)}})
	all := func(words string) {
		c.wait(words)
		for _, size := range append(sizes, tuitest.Size{Width: 100, Height: 30}) {
			c.width, c.height = size.Width, size.Height
			c.pump.Start(c.update(tea.WindowSizeMsg{Width: size.Width, Height: size.Height}))
			c.screen()
		}
		c.see(words)
	}
	all("Which key")
	c.keys("down", "down", "enter")
	all("How many root keys")
	c.types("3").keys("enter")
	all("How many of them")
	c.keys("enter")
	all("Where do you want")
	c.keys("enter")
	all("Ready:")
	c.keys("tab", "enter")
	for i := range 2 {
		all(fmt.Sprintf("Passphrase %d of", i+1))
		c.types("a long passphrase").keys("enter")
		all("Type the passphrase again")
		c.types("a long passphrase").keys("enter")
	}
	c.keys("esc")
	all("Stopped")
}

// Where a command has begun the UI, leaving the change ends it, and the change is
// handed back.
func TestAlone(t *testing.T) {
	alone := func(o *tui.Options) { o.SinglePage = true }
	c := beginChange(t, tuitest.NewGuideBackend(), "init", answered, alone).wait("Ready:")
	c.keys("tab", "enter")
	for i := range 2 {
		c.see(fmt.Sprintf("Passphrase %d of 2", i+1)).types("a long passphrase").keys("enter").see("Type the passphrase again").types("a long passphrase").keys("enter")
	}
	c.wait("trustdeck read it back").keys("enter").see("Initialise a repository > new/app", "[1 Roles]")
	c.keys("esc").see("trustdeck read it back").keys("esc")
	c.pump.Until("the end", func() bool { return c.quit }, c.screen)
	if m := tui.Walked(c.m); m == nil || m.State() != "done" || len(m.Report().Done) == 0 {
		t.Errorf("handed back: %+v", m)
	}
	c = beginChange(t, tuitest.NewGuideBackend(), "init", nil, alone).wait("Which repositories").keys("esc")
	c.pump.Until("the end", func() bool { return c.quit }, c.screen)
}

// i and + begin a change with what is selected, and are off where nothing can be
// changed.
func TestChangesBeginAtTheLists(t *testing.T) {
	o := options(nil)
	source := tuitest.NewSource()
	o.Source, o.Flows = source, flows.All(flows.Ports{Backend: tuitest.NewGuideBackend()})
	a := startWith(t, o, source)
	a.press("i").sees("Initialise a repository", "> Initialise")
	a.press("esc").at("repos")
	o.Flows, o.Fixed = nil, "this is an archive"
	a = startWith(t, o, source)
	a.press("+").at("repos").sees("add signer..: this is an archive")
}
