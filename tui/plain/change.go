package plain

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
)

// begins finds the action that begins a change among those of the place, for words such
// as "init" and "add signer 2". Which is the row, or else empty. Of two that fit, the one
// with more words is meant.
func (c *conversation) begins(typed string) (a keymap.Action, which string, ok bool) {
	for _, other := range c.actions() {
		rest, fits := strings.CutPrefix(typed, other.Typed())
		if fits && other.Scope == keymap.Change && (rest == "" || rest[0] == ' ') && (!ok || len(other.Typed()) > len(a.Typed())) {
			a, which, ok = other, strings.TrimSpace(rest), true
		}
	}
	return a, which, ok
}

// begin begins a change, with a row where one was named: nobody sees here which one is
// selected.
func (c *conversation) begin(ctx context.Context, a keymap.Action, which string) error {
	if which != "" {
		n, err := strconv.Atoi(which)
		if err != nil {
			c.Say("Type " + a.Typed() + " alone, or with a row number, as in: " + a.Typed() + " 2")
			return nil
		}
		if ok, err := c.selects(ctx, n); !ok {
			return err
		}
	}
	marker, ok := c.Marker()
	marked := ok && marker.Marked() > 0
	c.unchosen = which == "" && !marked && c.Route().Kind == nav.KindRepos
	c.act(a)
	return c.settle(ctx)
}

// guided lists the changes, and begins the one that is chosen.
func (c *conversation) guided(ctx context.Context) error {
	known, why := c.Flows()
	offered := slices.DeleteFunc(slices.Clone(known), func(f *flow.Flow) bool { return f.Source == nil })
	if len(offered) < len(known) {
		c.Say(fixed(why))
	}
	if len(offered) == 0 {
		return nil
	}
	var options []string
	for _, f := range offered {
		options = append(options, f.Title+", or type go "+nav.Flow(f.ID, nil).String())
	}
	i, ok, err := c.Choose(ctx, options)
	if ok {
		c.Visit(nav.Flow(offered[i].ID, nil))
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
		given, c.unchosen = screen.Unchosen(given), false
	}
	known, why := c.Flows()
	f := known.Find(route.Flow)
	switch {
	case f == nil:
		c.Say("There is no change " + strconv.Quote(text.Truncate(text.Clean(route.Flow), longestEcho)) + "; type flows to list them.")
		return nil
	case f.Source == nil:
		c.Say(fixed(why))
		return nil
	}
	c.Say(f.Title + ". Type b to go back a question, or from the first one back here.")
	err := c.walk(ctx, f, given)
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
func (c *conversation) walk(ctx context.Context, f *flow.Flow, given map[string][]string) error {
	facts, err := c.Facts(ctx, f.Source)
	if err != nil {
		return err
	}
	m, effect := flow.New(f, facts, flow.Answers{Values: given})
	defer m.Release()
	for {
		Settle(ctx, c.Secrets, m, effect)
		if m.State() != flow.Asking {
			break
		}
		if effect, err = c.Ask(ctx, m); err != nil {
			return err
		}
	}
	c.Reviewed(m)
	err = c.Decide(ctx, c.Secrets, m)
	var changed []model.GUN
	if about, ok := m.Outcome().(flow.About); ok {
		changed = about.GUNs()
	}
	c.Changed(changed...)
	return err
}
