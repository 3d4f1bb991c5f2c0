package plain

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"trustdeck/tui/flow"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
)

// longestEcho is how much of a word that nobody knows is said back.
const longestEcho = 40

// obey does what was typed. It reports whether the place should be read again.
func (c *conversation) obey(ctx context.Context, typed string) (again bool, err error) {
	if n, err := strconv.Atoi(typed); err == nil {
		return c.choose(ctx, n)
	}
	if a, which, ok := c.begins(typed); ok {
		return false, c.begin(ctx, a, which)
	}
	for _, a := range c.actions() {
		if typed == a.Typed() {
			return c.act(a), nil
		}
	}
	word, rest, _ := strings.Cut(typed, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "", "read":
		return true, nil
	case "b", "back":
		return c.back(), nil
	case "q", "quit":
		return false, errQuit
	case "?", "h", "help":
		c.help()
	case "n", "more":
		return c.more(), nil
	case "p":
		return c.before(), nil
	case "d":
		return false, c.about(ctx, rest)
	case "f", "filter":
		return c.filter(rest), nil
	case "mark":
		return c.mark(ctx, rest)
	case "s", "sort":
		return c.sort(ctx)
	case "y":
		c.values()
	case "r", "refresh":
		return c.refresh(), nil
	case "flows":
		return false, c.guided(ctx)
	case "g", "go":
		return c.visit(rest), nil
	default:
		if meant, ok := c.meant(typed); ok {
			return c.obey(ctx, meant)
		}
		c.Say(strconv.Quote(text.Truncate(text.Clean(typed), longestEcho)) + " is not a command here; type ? to list them.")
	}
	return false, nil
}

// meant are the words of this program for what was typed in the words of another, with the
// number of a row where one follows.
func (c *conversation) meant(typed string) (words string, ok bool) {
	name, number := typed, ""
	if i := strings.LastIndexByte(typed, ' '); i > 0 {
		if _, err := strconv.Atoi(typed[i+1:]); err == nil {
			name, number = typed[:i], typed[i:]
		}
	}
	for _, a := range append(c.actions(), c.Places()...) {
		if a.Called(name) && a.Typed()+number != typed {
			return a.Typed() + number, true
		}
	}
	return "", false
}

func (c *conversation) back() bool {
	if !c.Back() {
		c.Say("This is the first place; q quits.")
		return false
	}
	return true
}

// act does an action, or says why it is off.
func (c *conversation) act(a keymap.Action) bool {
	if ok, why := a.Available(); !ok {
		c.Say(text.Sentence(text.Clean(a.Typed() + ": " + why)))
		return false
	}
	c.Do(a.ID)
	return true
}

// choose opens a row. A row that leads nowhere is read about instead.
func (c *conversation) choose(ctx context.Context, number int) (again bool, err error) {
	if ok, err := c.selects(ctx, number); !ok {
		return false, err
	}
	for _, a := range c.Screen().Actions() {
		if ok, _ := a.Available(); ok && opens(a) {
			c.Do(a.ID)
			break
		}
	}
	requests := c.Requests()
	if err := c.settle(ctx); err != nil {
		return false, err
	}
	if _, ended := c.Result(); !ended && c.page.moves == c.Moves() && c.Requests() == requests {
		c.detail()
	}
	return c.Requests() > requests, nil
}

// about reads what the screen says of a row.
func (c *conversation) about(ctx context.Context, which string) error {
	n, err := strconv.Atoi(which)
	if err != nil {
		c.Say("Type d and a row number, as in: d 2")
		return nil
	}
	if ok, err := c.selects(ctx, n); !ok {
		return err
	}
	c.detail()
	return nil
}

// rows counts those of the list, if there is one.
func (c *conversation) rows() (r screen.Reading, rows int) {
	r = c.reading()
	if r.List != nil {
		rows, _ = r.List.Count()
	}
	return r, rows
}

// selects puts the cursor of the screen on a row, by the moves that a user would
// make, so that the screen notices. A number stands for the row that was read with
// it, wherever that is by now.
func (c *conversation) selects(ctx context.Context, number int) (ok bool, err error) {
	r, rows := c.rows()
	if rows == 0 {
		c.Say("There is nothing to choose here.")
		return false, nil
	}
	at := number - 1
	if i := at - c.page.first; i >= 0 && i < len(c.page.keys) {
		if at, ok = r.List.Find(c.page.keys[i]); !ok {
			c.Say("That row no longer exists.")
			return false, nil
		}
	}
	if at < 0 || at >= rows {
		c.Say("Choose a number from 1 to " + strconv.Itoa(rows) + ".")
		return false, nil
	}
	if r.Away {
		c.Do(keymap.NextPane)
	}
	return c.move(at), c.settle(ctx)
}

// move goes to a row, by pages as far as they go.
func (c *conversation) move(to int) bool {
	position := func() int { return c.reading().List.Position() }
	for _, id := range []keymap.ID{keymap.PageDown, keymap.Down, keymap.Up} {
		for at := position(); id == keymap.Up && at > to || id != keymap.Up && at < to; {
			c.Do(id)
			before := at
			if at = position(); at == before {
				break
			}
		}
	}
	return position() == to
}

// detail reads what the screen says of the selected row.
func (c *conversation) detail() {
	c.page.rest, c.page.next = c.reading().Detail, 0
	if length(c.page.rest) == 0 {
		c.Say("There are no more details.")
	}
	c.continued()
}

// continued reads the next lines of a long text.
func (c *conversation) continued() {
	all := length(c.page.rest)
	end := min(c.page.next+textLines, all)
	for i := c.page.next; i < end; i++ {
		c.fact(c.page.rest.Line(i))
	}
	if end == all {
		c.page.rest = nil
		return
	}
	c.Say("n for more, showing lines " + text.Number(c.page.next+1) + " to " + text.Number(end) + " of " + text.Number(all) + ".")
	c.page.next = end
}

// more goes on with what was read last: a text, else the list.
func (c *conversation) more() bool {
	if c.page.rest != nil {
		c.continued()
		return false
	}
	return c.turn(c.page.first + pageRows)
}

func (c *conversation) before() bool { return c.turn(c.page.first - pageRows) }

// turn goes to another page of the list.
func (c *conversation) turn(first int) bool {
	_, rows := c.rows()
	if first < 0 || first >= rows {
		c.Say("There is no more here.")
		return false
	}
	c.page.first = first
	return true
}

func (c *conversation) filter(pattern string) bool {
	if !c.Filter(pattern) {
		c.Say("There is no list to filter here.")
		return false
	}
	c.page.first = 0
	return true
}

func (c *conversation) sort(ctx context.Context) (bool, error) {
	s, ok := c.Screen().(screen.Sorter)
	if !ok || len(s.SortColumns()) == 0 {
		c.Say("There is nothing to sort here.")
		return false, nil
	}
	by, descending := s.SortedBy()
	var options []string
	for i, column := range s.SortColumns() {
		words := text.Lower(column)
		if i == by {
			words += ", now, " + map[bool]string{false: "ascending", true: "descending"}[descending]
		}
		options = append(options, words)
	}
	c.Say("What do you want to sort by?")
	i, ok, err := c.Choose(ctx, options)
	if ok {
		s.SortBy(i, i == by && !descending)
		c.page.first = 0
	}
	return ok, err
}

// values reads what can be copied in the full screen, exactly as it is.
func (c *conversation) values() {
	s, ok := c.Screen().(screen.Copier)
	if !ok || len(s.CopyItems()) == 0 {
		c.Say("There are no exact values here.")
		return
	}
	for _, item := range s.CopyItems() {
		// Documents are read elsewhere: d reads a file, the list the events.
		if !item.Lines {
			c.Say(item.Label + ": " + text.Clean(item.Text))
		}
	}
}

func (c *conversation) refresh() bool {
	if !c.Refresh() {
		c.Say("There is nothing to refresh here.")
		return false
	}
	return true
}

// visit goes to a place by its path.
func (c *conversation) visit(path string) bool {
	if path == "" {
		c.Say("Type go and a place, as in: go keys")
		return false
	}
	route, err := nav.Parse(path, c.DialectOf())
	if err != nil {
		c.Say(text.Sentence(text.Clean(err.Error())))
		return false
	}
	c.Visit(route)
	return true
}

// help lists what can be typed here.
func (c *conversation) help() {
	c.Say("NUMBER: Open a row, or read its details if it opens nothing.")
	c.Say("d NUMBER: Read a row's details without opening it.")
	c.Say("n: Continue a long list or text. p: Go back in a long list.")
	c.Say("f TEXT: " + keymap.One(keymap.Find).Help + " Type f alone to show all again.")
	if c.marks() {
		c.Say("mark NUMBERS, such as mark 1-3,5, or mark all: Mark rows, or unmark them; a change then starts with all of them. mark none: Unmark all.")
	}
	c.Say("s: " + keymap.One(keymap.Sort).Help)
	c.Say("y: Read the exact values of the row chosen last, such as IDs and commands.")
	c.Say("r: " + keymap.One(keymap.Refresh).Help)
	c.Say("Enter alone: Read this screen again.")
	c.Say("b: " + keymap.One(keymap.Back).Help)
	c.Say("q: Quit at once.")
	for _, a := range c.actions() {
		if ok, _ := a.Available(); ok { // one that is off says why when it is typed
			c.Say(a.Typed() + ": " + a.Help)
		}
	}
	if known, _ := c.Flows(); slices.ContainsFunc(known, func(f *flow.Flow) bool { return f.Source != nil }) {
		c.Say(asksHelp + " as an answer: Explain the open question.")
		c.Say("flows: List the guided changes, and start one. Add a row number after a change's name to start it with that row.")
	}
	c.Say("go repo/NAME: Go to a repository by its name.")
	for _, a := range c.Places() {
		c.Say(a.Typed() + ": " + a.Help)
	}
}
