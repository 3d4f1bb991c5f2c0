package plain

import (
	"context"
	"strconv"
	"strings"

	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/widget"
)

// obey does what was typed. It reports whether the place should be read again.
func (c *conversation) obey(ctx context.Context, typed string) (again bool, err error) {
	word, rest, _ := strings.Cut(typed, " ")
	rest = strings.TrimSpace(rest)
	if n, err := strconv.Atoi(word); err == nil {
		return c.choose(n), nil
	}
	for _, a := range c.available() {
		if typed == a.Label || typed == strings.TrimSuffix(a.Label, "..") {
			return c.chosen(a), nil
		}
	}
	switch word {
	case "":
		return true, nil
	case "b", "back":
		c.back()
		return true, nil
	case "q", "quit":
		c.stack = nil
		return false, nil
	case "h", "help", "?":
		c.help()
		return false, nil
	case "n", "p":
		return c.turn(word), nil
	case "d":
		return false, c.detail(ctx, rest)
	case "f", "filter":
		return c.filter(rest), nil
	case "s", "sort":
		return c.sort(ctx)
	case "r", "refresh":
		return c.refresh(), nil
	case "g", "go":
		return c.visit(rest), nil
	}
	c.Say("There is no command " + strconv.Quote(typed) + " here. Type h for help.")
	return false, nil
}

// back clears a filter, or goes back.
func (c *conversation) back() {
	if s, ok := c.top().screen.(screen.Filterer); ok {
		if shown, total := s.FilterCount(); shown < total {
			s.SetFilter("")
			return
		}
	}
	c.pop()
}

// table is the list of the place, with the number of its rows.
func (c *conversation) table() (t *widget.Table, rows int) {
	t = c.top().screen.(screen.Reader).Read().List
	if t != nil {
		rows, _ = t.Count()
	}
	return t, rows
}

// choose opens a row.
func (c *conversation) choose(number int) bool {
	if !c.pick(number) {
		return false
	}
	for _, a := range c.top().screen.Actions() {
		if a.Label == keymap.One(keymap.Open).Label || a.ID == keymap.Open || a.ID == keymap.SettingsChange {
			return c.chosen(a)
		}
	}
	c.text(c.top().screen.(screen.Reader).Read().Detail)
	return false
}

// pick puts the cursor on a row by the moves that a user would make, so that
// the screen notices.
func (c *conversation) pick(number int) bool {
	_, rows := c.table()
	if number < 1 || number > rows {
		c.Say("There is no row " + strconv.Itoa(number) + " here.")
		return false
	}
	c.act(keymap.Top)
	for range number - 1 {
		c.act(keymap.Down)
	}
	return true
}

// chosen does an action, or says why it is off.
func (c *conversation) chosen(a keymap.Action) bool {
	if ok, why := a.Available(); !ok {
		c.Say(text.Sentence(text.Clean(a.Label + ": " + why)))
		return false
	}
	c.act(a.ID)
	return true
}

func (c *conversation) turn(where string) bool {
	top := c.top()
	_, rows := c.table()
	switch {
	case where == "n" && top.first+pageRows < rows:
		top.first += pageRows
	case where == "p" && top.first > 0:
		top.first -= pageRows
	default:
		c.Say("There are no more rows.")
		return false
	}
	return true
}

// detail reads what the screen says of a row.
func (c *conversation) detail(ctx context.Context, which string) error {
	n, err := strconv.Atoi(which)
	if err != nil {
		c.Say("Give the number of a row, as in: d 2")
		return nil
	}
	if !c.pick(n) {
		return nil
	}
	if err := c.settle(ctx); err != nil {
		return err
	}
	before := len(c.asks)
	c.text(c.top().screen.(screen.Reader).Read().Detail)
	c.asks = c.asks[:before]
	return nil
}

func (c *conversation) filter(pattern string) bool {
	s, ok := c.top().screen.(screen.Filterer)
	if !ok {
		c.Say("There is no list here.")
		return false
	}
	s.SetFilter(pattern)
	c.top().first = 0
	return true
}

func (c *conversation) sort(ctx context.Context) (bool, error) {
	s, ok := c.top().screen.(screen.Sorter)
	if !ok || len(s.SortColumns()) == 0 {
		c.Say("There is nothing to sort here.")
		return false, nil
	}
	c.Say("Sort by:")
	i, ok, err := c.Choose(ctx, s.SortColumns())
	if !ok {
		return true, err
	}
	was, descending := s.SortedBy()
	s.SortBy(i, was == i && !descending)
	return true, nil
}

func (c *conversation) refresh() bool {
	s, ok := c.top().screen.(screen.Refresher)
	if !ok {
		c.Say("There is nothing to read again here.")
		return false
	}
	c.do(s.Refresh())
	return true
}

// visit goes to a place by its path.
func (c *conversation) visit(path string) bool {
	if path == "" {
		c.Say("Name a place, as in: go keys. Places are repos, keys, signers, staged, doctor, log, tasks, settings, lessons, welcome, and repo/NAME.")
		return false
	}
	route, err := nav.Parse(path)
	if err != nil {
		c.Say(text.Sentence(text.Clean(err.Error())))
		return false
	}
	c.push(route)
	return true
}

// help lists what can be typed here.
func (c *conversation) help() {
	c.Say("A number opens a row. d and a number reads about a row without opening it.")
	c.Say("n and p turn the pages of a long list. f and a text filters, f alone shows everything again.")
	c.Say("s sorts. r reads again. b goes back. q quits. g and a place goes there, as in: g doctor.")
	for _, a := range c.available() {
		help := strings.TrimSuffix(a.Label, "..") + ": " + a.Help
		if ok, why := a.Available(); !ok {
			help += " Not now: " + text.Sentence(why)
		}
		c.Say(help)
	}
}
