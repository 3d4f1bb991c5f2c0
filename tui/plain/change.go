package plain

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/text"
)

// begins finds the action that begins a change among those of the place, for words such
// as "init" and "add signer 2". Which is the row, or else empty.
func (c *conversation) begins(typed string) (a keymap.Action, which string, ok bool) {
	for _, a := range c.actions() {
		rest, ok := strings.CutPrefix(typed, a.Typed())
		if ok && a.Scope == keymap.Change && (rest == "" || rest[0] == ' ') {
			return a, strings.TrimSpace(rest), true
		}
	}
	return keymap.Action{}, "", false
}

// begin begins a change, with a row where one was named: nobody sees here which one is
// selected.
func (c *conversation) begin(ctx context.Context, a keymap.Action, which string) error {
	if which != "" {
		n, err := strconv.Atoi(which)
		if err != nil {
			c.Say("Type " + a.Typed() + " alone, or with the number of a row, as in: " + a.Typed() + " 2")
			return nil
		}
		if ok, err := c.selects(ctx, n); !ok {
			return err
		}
	}
	c.unchosen = which == "" && c.Route().Kind == nav.KindRepos
	c.act(a)
	return c.settle(ctx)
}

// guided lists the changes, and begins the one that is chosen.
func (c *conversation) guided(ctx context.Context) error {
	all := flows.All()
	if desk, why := c.Flows(); desk == nil {
		c.Say(fixed(why))
		if all = slices.DeleteFunc(all, func(f *flow.Flow) bool { return !f.UsesBackups() }); c.Backups() == nil {
			return nil
		}
	}
	var options []string
	for _, f := range all {
		options = append(options, f.Title+", or type go "+nav.Flow(f.ID, nil).String())
	}
	i, ok, err := c.Choose(ctx, options)
	if ok {
		c.Visit(nav.Flow(all[i].ID, nil))
	}
	return err
}

// fixed says why nothing can be changed.
func fixed(why string) string {
	if why == "" {
		return "Nothing can be changed here."
	}
	return text.Sentence("Nothing can be changed here: " + why)
}

// change walks through a flow from a page, and comes back to it.
func (c *conversation) change(ctx context.Context, route nav.Route) error {
	given := route.Answers()
	if c.unchosen {
		given, c.unchosen = nil, false
	}
	f := flows.Find(route.Flow)
	if f == nil {
		c.Say("There is no change " + strconv.Quote(text.Truncate(text.Clean(route.Flow), longestEcho)) + "; flows lists them.")
		return nil
	}
	desk, why := c.Flows()
	tools := Tools{Desk: desk, Backups: c.Backups(), Secrets: c.Secrets}
	if !f.UsesBackups() && desk == nil || f.UsesBackups() && tools.Backups == nil {
		c.Say(fixed(why))
		return nil
	}
	c.Say(f.Title + ". b goes back a question, and from the first one here again.")
	err := c.walk(ctx, tools, f, given)
	if ctx.Err() != nil || errors.Is(err, ErrEnd) {
		return err
	}
	if err != nil {
		c.Say(text.Sentence(err.Error()))
		if hint := model.HintOf(err); hint != "" {
			c.Say(text.Sentence(hint))
		}
	}
	c.page.moves = -1 // what was read before may not be true any more
	return c.settle(ctx)
}

// walk asks, shows, and executes.
func (c *conversation) walk(ctx context.Context, tools Tools, f *flow.Flow, given map[string][]string) error {
	known := tools.Desk.Facts
	if f.UsesBackups() {
		known = tools.Backups.Facts
	}
	facts, err := known(ctx)
	if err != nil {
		return err
	}
	m, effect := flow.New(f, facts, flow.Answers{Values: given, Files: map[string][]byte{}})
	defer m.Release()
	for {
		tools.Settle(ctx, m, effect)
		if m.State() != flow.Asking {
			break
		}
		if effect, err = c.Ask(ctx, m); err != nil {
			return err
		}
	}
	err = c.Decide(ctx, tools, m)
	c.Changed()
	if m.Plan() != nil {
		for _, part := range m.Plan().Parts {
			c.Changed(part.GUN)
		}
	}
	if job, ok := m.Job().(flow.About); ok {
		c.Changed(job.GUN())
	}
	return err
}
