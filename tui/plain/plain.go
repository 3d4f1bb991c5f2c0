package plain

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/tui"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/widget"
)

// conversation is a UI that is read and answered line by line.
type conversation struct {
	*Prompter
	*tui.Player
	// page is what was read last of the present place.
	page page
	// unchosen tells that a change begins where no row was named.
	unchosen bool
	// tick comes while something is awaited.
	tick func() (<-chan time.Time, func())
}

// page is what was read last.
type page struct {
	// moves are those of the player when it was read.
	moves int
	// first is the row at which the page of the list begins.
	first int
	// keys are the rows that were read, from first on.
	keys []string
	// rest is a long text of which the lines before next have been read.
	rest widget.Text
	next int
}

// progressEvery is how often it is said how far the reading is.
const progressEvery = 2 * time.Second

func ticker() (<-chan time.Time, func()) {
	t := time.NewTicker(progressEvery)
	return t.C, t.Stop
}

// Run shows the UI until the user quits, the input ends or ctx is cancelled. The
// error is the cause of the end of ctx, or that of writing.
func Run(ctx context.Context, p *Prompter, o tui.Options) (tui.Result, error) {
	return run(ctx, p, o, ticker)
}

func run(ctx context.Context, p *Prompter, o tui.Options, tick func() (<-chan time.Time, func())) (tui.Result, error) {
	c := &conversation{Prompter: p, Player: tui.Play(context.WithoutCancel(ctx), o), tick: tick}
	defer c.Close()
	p.ASCII, p.meanwhile = o.ASCII, c.Answers()
	p.listen()
	defer func() { p.meanwhile = nil }()
	c.Say(strings.Join(append([]string{"trustdeck", o.Place}, o.Banners...), ", "))
	err := c.talk(ctx)
	if errors.Is(err, ErrEnd) || errors.Is(err, errQuit) {
		err = nil
	}
	result, _ := c.Result()
	return result, errors.Join(err, p.Flush())
}

// errQuit says that the user quits.
var errQuit = errors.New("quit")

// talk reads a place, asks, does, and so on.
func (c *conversation) talk(ctx context.Context) error {
	for again := true; ; {
		if err := c.settle(ctx); err != nil {
			return err
		}
		for request := c.Request(); request != nil; request = c.Request() {
			if err := c.request(ctx, request); err != nil {
				return err
			}
		}
		if _, ended := c.Result(); ended {
			return nil
		}
		if again || c.page.moves != c.Moves() {
			c.read()
		}
		typed, err := c.Line(ctx, "Number or command, ? for help:")
		if err != nil {
			return err
		}
		if again, err = c.obey(ctx, typed); err != nil {
			return err
		}
	}
}

// settle waits until nothing is under way. Where that takes long it says how far it
// is, and a line that is typed after that ends the waiting.
func (c *conversation) settle(ctx context.Context) error {
	ticks, stop := c.tick()
	defer stop()
	var typed <-chan []byte
	said := ""
	for c.Busy() {
		select {
		case do := <-c.Answers():
			do()
		case <-ticks:
			first := said == ""
			if said = c.progress(said); first && c.untyped() {
				typed = c.lines
				c.Say("Press Enter to show it.")
			}
			if err := c.Flush(); err != nil {
				return err
			}
		case line, ok := <-typed:
			if ok && len(line) > 0 {
				c.ahead = append(c.ahead, line)
			}
			if ok {
				return nil
			}
			typed = nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// untyped reports whether nothing was typed ahead. What comes after that is typed by
// somebody who waits; what came before it is for the questions to come.
func (c *conversation) untyped() bool {
	if len(c.ahead) == 0 {
		select {
		case line, ok := <-c.lines:
			if ok {
				c.ahead = append(c.ahead, line)
			}
			return false
		default:
		}
	}
	return len(c.ahead) == 0
}

// progress says in sentences what is under way, first, and how far it is, later and
// where that is news.
func (c *conversation) progress(said string) string {
	all, loading, _ := c.Board().Count()
	words := fmt.Sprintf("%s of %s read.", text.Number(all-loading), text.Number(all))
	switch {
	case said == "" && loading > 0:
		c.Say("Reading " + text.Count(all, "repository") + ".")
		return words
	case said == "":
		for _, e := range c.Tasks().Entries() {
			if e.State == task.Running {
				c.Say(text.Sentence(text.Clean(e.Name)))
			}
		}
		return words
	case words != said:
		c.Say(words)
	}
	return words
}

// request asks what a screen wants to know, or says what it says.
func (c *conversation) request(ctx context.Context, request any) error {
	switch r := request.(type) {
	case screen.ToastMsg:
		words := text.Sentence(text.Clean(r.Text))
		if r.Level > model.Notice {
			words = text.Sentence(r.Level.String() + ": " + words)
		}
		c.Say(words)
		return nil
	case screen.PromptMsg:
		return c.prompt(ctx, r)
	case screen.PickMsg:
		i, ok, err := c.pick(ctx, r.Title, len(r.Options), func(i int) (string, string) { return r.Options[i].Label, r.Options[i].Note })
		if ok {
			c.Send(screen.AnswerMsg{ID: r.ID, Text: r.Options[i].Value})
		}
		return errors.Join(err, c.settle(ctx))
	case screen.PlacesMsg:
		i, ok, err := c.pick(ctx, r.Title, len(r.Places), func(i int) (string, string) { return r.Places[i].Label, r.Places[i].Note })
		if ok {
			c.Visit(r.Places[i].Route)
		}
		return errors.Join(err, c.settle(ctx))
	case screen.ConfirmMsg:
		return c.confirm(ctx, r)
	case nav.PushMsg:
		return c.change(ctx, r.Route)
	default:
		return fmt.Errorf("the screen asks for %T, which has no plain form", request)
	}
}

// pick asks for one of several things.
func (c *conversation) pick(ctx context.Context, title string, n int, option func(i int) (label, note string)) (i int, ok bool, err error) {
	c.Say(text.Clean(title))
	options := make([]string, n)
	for i := range options {
		label, note := option(i)
		options[i] = strings.TrimSuffix(text.Clean(label)+", "+text.Clean(note), ", ")
	}
	return c.Choose(ctx, options)
}

// emptied is typed for nothing, where an empty line stands for something else.
const emptied = "none"

// prompt asks for a line, until it is right.
func (c *conversation) prompt(ctx context.Context, r screen.PromptMsg) error {
	c.Say(text.Clean(r.Title))
	check := func(answer string) string {
		if r.Check == nil {
			return ""
		}
		return r.Check(answer)
	}
	ways := []string{"b to go back"}
	if r.Value != "" {
		ways = append([]string{"Enter alone for " + text.Clean(r.Value)}, ways...)
	}
	nothing := r.Value != "" && r.Check != nil && check("") == ""
	if nothing {
		ways = append(ways, emptied+" to leave it empty")
	}
	question := text.Clean(r.Text) + " (" + strings.Join(ways, ", ") + ")"
	for {
		answer, err := c.Line(ctx, question)
		switch {
		case err != nil || answer == "b":
			return err
		case answer == "":
			answer = r.Value
		case answer == emptied && nothing:
			answer = ""
		}
		wrong := check(answer)
		if wrong == "" {
			c.Send(screen.AnswerMsg{ID: r.ID, Text: answer})
			return c.settle(ctx)
		}
		c.Say(text.Sentence(text.Clean(wrong)))
	}
}

// confirm shows what would be done, and asks whether to do it.
func (c *conversation) confirm(ctx context.Context, r screen.ConfirmMsg) error {
	c.Say(text.Sentence(text.Clean(r.Title)))
	for _, l := range r.Page(confirmWidth) {
		c.fact(l)
	}
	yes, err := c.Agree(ctx, text.Clean(r.Button)+"?")
	if err != nil {
		return err
	}
	if !yes {
		c.Say("Nothing was done.")
		return nil
	}
	c.Confirm(r.ID)
	return c.settle(ctx)
}

// confirmWidth is wide enough that nothing is wrapped or cut.
const confirmWidth = 2_000
