package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

const (
	// pageRows is how many rows of a list are read at once.
	pageRows = 20
	// width is wide enough that nothing is wrapped or cut.
	width = 2_000
	// height is enough for every list to have all its parts.
	height = 200
	// patience is how long background work may take to end.
	patience = 2 * time.Second
	// progressEvery is how often it is said that something is still under way.
	progressEvery = 3 * time.Second
)

// place is a screen on the way back.
type place struct {
	route  nav.Route
	screen screen.Screen
	// first is the row at which the page begins.
	first int
}

// conversation is a UI that is read and answered line by line.
type conversation struct {
	*Prompter
	options tui.Options
	env     *screen.Env
	styles  theme.Styles
	stack   []*place
	answers chan tea.Msg
	// running counts the commands whose answers have not come yet.
	running int
	// asks are questions of screens that wait for the user.
	asks []tea.Msg
	// result ends the conversation where it is set.
	result *tui.Result
}

// Run shows the UI until the user quits, the input ends or ctx is cancelled. The
// error is that of ctx, or of writing.
func Run(ctx context.Context, in io.Reader, out io.Writer, o tui.Options) (tui.Result, error) {
	c := &conversation{Prompter: NewPrompter(in, out), options: o, answers: make(chan tea.Msg, 64)}
	if o.Start == (nav.Route{}) {
		c.options.Start = nav.Place(nav.KindRepos)
	}
	c.styles = theme.New(theme.Options{Mode: theme.Mono, ASCII: true, Words: true})
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	c.env = tui.Environment(background, o, &c.styles, o.Clock)
	defer c.env.Tasks.Close(patience)
	for _, banner := range o.Banners {
		c.Say("This is: " + text.Clean(banner) + ".")
	}
	trail := c.options.Start.Trail()
	for _, route := range trail[:len(trail)-1] {
		c.stack = append(c.stack, &place{route: route})
	}
	c.push(trail[len(trail)-1])
	err := c.talk(ctx)
	if errors.Is(err, ErrEnd) {
		err = nil
	}
	if c.result == nil {
		c.result = &tui.Result{}
	}
	return *c.result, errors.Join(err, c.out.Flush())
}

// talk reads a place, asks, does, and so on.
func (c *conversation) talk(ctx context.Context) error {
	again := true
	for {
		if err := c.settle(ctx); err != nil {
			return err
		}
		for len(c.asks) > 0 && c.result == nil {
			ask := c.asks[0]
			c.asks = c.asks[1:]
			if err := c.question(ctx, ask); err != nil {
				return err
			}
			if err := c.settle(ctx); err != nil {
				return err
			}
		}
		if c.result != nil || len(c.stack) == 0 {
			return nil
		}
		if again {
			c.read()
		}
		answer, err := c.Ask(ctx, "Number or command, h for help:")
		if err != nil {
			return err
		}
		if again, err = c.obey(ctx, answer); err != nil {
			return err
		}
	}
}

func (c *conversation) top() *place { return c.stack[len(c.stack)-1] }

// push goes to a place.
func (c *conversation) push(route nav.Route) {
	if len(c.stack) > 0 {
		if r, ok := c.top().screen.(screen.Router); ok && c.top().route.Same(route) {
			c.do(r.Show(route))
			return
		}
	}
	c.stack = append(c.stack, &place{route: route})
	c.show()
}

// show makes the screen on top, where it is not there yet.
func (c *conversation) show() {
	top := c.top()
	if top.screen != nil {
		return
	}
	top.screen = tui.Build(c.env, top.route)
	top.screen.SetSize(width, height)
	c.do(top.screen.Init())
}

// pop goes back. At the first place it ends the conversation.
func (c *conversation) pop() {
	if s, ok := c.top().screen.(screen.Closer); ok {
		s.Close()
	}
	c.stack = c.stack[:len(c.stack)-1]
	if len(c.stack) > 0 {
		c.show()
	}
}

// do runs a command in the background.
func (c *conversation) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	c.running++
	go func() { c.answers <- cmd() }()
}

// settle waits until nothing is under way, and says so where it takes long.
func (c *conversation) settle(ctx context.Context) error {
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for c.running > 0 {
		select {
		case msg := <-c.answers:
			c.running--
			c.update(msg)
		case <-ticker.C:
			c.progress()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// progress says in a sentence how far the reading is.
func (c *conversation) progress() {
	all, loading, _ := c.env.Board.Count()
	line := "Still reading."
	if all > 0 {
		line = fmt.Sprintf("Still reading: %d of %s read.", all-loading, text.Count(all, "repository"))
	}
	c.Say(line)
	_ = c.out.Flush() // a failure shows at the next question
}

// update takes a message as the root of the full screen does.
func (c *conversation) update(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
	case tea.BatchMsg:
		for _, cmd := range msg {
			c.do(cmd)
		}
	case nav.PushMsg:
		c.push(msg.Route)
	case nav.PopMsg:
		c.pop()
	case screen.ToastMsg:
		c.Say(text.Sentence(text.Clean(msg.Text)))
	case screen.LookMsg:
		c.Say("The look is that of the full screen, and does not change anything here.")
	case screen.ChoiceMsg:
		c.result = &tui.Result{Choice: msg.ID, Answer: msg.Answer}
	case screen.PromptMsg, screen.PickMsg, screen.ConfirmMsg, screen.PlacesMsg:
		c.asks = append(c.asks, msg)
	default:
		if news, cmd := c.env.Board.Update(msg); news != nil {
			c.do(cmd)
			msg = *news
		}
		for _, p := range c.stack {
			if p.screen != nil {
				c.do(p.screen.Update(msg))
			}
		}
	}
}

// question asks what a screen wants to know.
func (c *conversation) question(ctx context.Context, msg tea.Msg) error {
	switch msg := msg.(type) {
	case screen.PromptMsg:
		return c.prompt(ctx, msg)
	case screen.PickMsg:
		c.Say(text.Sentence(text.Clean(msg.Title)))
		var options []string
		for _, o := range msg.Options {
			options = append(options, strings.TrimSuffix(o.Label+", "+o.Note, ", "))
		}
		i, ok, err := c.Choose(ctx, options)
		if ok {
			c.send(screen.AnswerMsg{ID: msg.ID, Text: msg.Options[i].Value})
		}
		return err
	case screen.PlacesMsg:
		c.Say(text.Sentence(text.Clean(msg.Title)))
		var options []string
		for _, p := range msg.Places {
			options = append(options, strings.TrimSuffix(p.Label+", "+p.Note, ", "))
		}
		i, ok, err := c.Choose(ctx, options)
		if ok {
			c.push(msg.Places[i].Route)
		}
		return err
	case screen.ConfirmMsg:
		c.Say(text.Sentence(text.Clean(msg.Title)))
		for _, line := range msg.Page(width) {
			c.Say(line)
		}
		yes, err := c.Agree(ctx, text.Clean(msg.Button)+"?")
		if yes {
			c.send(screen.ConfirmedMsg{ID: msg.ID})
		} else if err == nil {
			c.Say("Nothing was done.")
		}
		return err
	default:
		return nil
	}
}

func (c *conversation) prompt(ctx context.Context, msg screen.PromptMsg) error {
	for {
		question := text.Clean(msg.Title) + ". " + text.Clean(msg.Text)
		if msg.Value != "" {
			question += " (empty for " + text.Clean(msg.Value) + ", b to go back)"
		}
		answer, err := c.Ask(ctx, question)
		if err != nil || answer == "b" {
			return err
		}
		if answer == "" {
			answer = msg.Value
		}
		if msg.Check != nil {
			if wrong := msg.Check(answer); wrong != "" {
				c.Say(text.Sentence(text.Clean(wrong)))
				continue
			}
		}
		c.send(screen.AnswerMsg{ID: msg.ID, Text: answer})
		return nil
	}
}

// send hands a message to the screen on top.
func (c *conversation) send(msg tea.Msg) { c.do(c.top().screen.Update(msg)) }

// act has the screen on top do one of its actions.
func (c *conversation) act(id keymap.ID) { c.send(screen.ActionMsg{ID: id}) }

// available lists the actions of the screen on top that have a name of their own:
// moves are made by number here.
func (c *conversation) available() []keymap.Action {
	var out []keymap.Action
	for _, a := range c.top().screen.Actions() {
		if a.Scope != keymap.Move {
			out = append(out, a)
		}
	}
	return out
}
