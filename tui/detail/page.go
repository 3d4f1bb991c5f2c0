package detail

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Page is a screen that lists something of one repository, worked out in the background.
// It is embedded in the screen that knows the rows.
type Page[T any] struct {
	*screen.List[T]
	env  *screen.Env
	gun  model.GUN
	name string
	view admin.Look
	// keys is set where the rows depend on the private keys here.
	keys bool

	width, height int
}

// NewPage makes a page of that name without rows. Of has a Fetch and a Slot; without a
// Head the page has that of its name. Working says what is being done until there are rows.
// It reads the repository, and where keys is set the private keys here.
func NewPage[T any](env *screen.Env, gun model.GUN, name, working string, keys bool, of screen.Listing[T]) *Page[T] {
	p := &Page[T]{env: env, gun: gun, name: name, keys: keys}
	of.Title, of.Titled, of.Empty = name, true, p.none(working)
	if of.Head == nil {
		of.Head = func() string { return widget.Rule(env.Styles, p.Heading(), p.width) }
	}
	p.List = screen.NewList(env, of)
	p.view, _ = env.Board.View(gun)
	return p
}

// Init reads what the page depends on, unless it has just been read.
func (p *Page[T]) Init() tea.Cmd {
	cmds := []tea.Cmd{p.fetch()}
	if p.view.Repository == nil || p.view.Stale {
		cmds = append(cmds, p.env.Board.Open(p.gun))
	}
	if _, read := p.env.Board.Local(); p.keys && !read {
		cmds = append(cmds, p.env.Board.Keys())
	}
	return tea.Batch(cmds...)
}

// Repository is what the page is about; nil where there is nothing to show.
func (p *Page[T]) Repository() *model.Repository { return p.view.Repository }

func (p *Page[T]) fetch() tea.Cmd {
	if p.view.Repository == nil {
		return nil
	}
	return p.Fetch()
}

// none lays out why there are no rows: working says what is being done, where that has not
// ended.
func (p *Page[T]) none(working string) func(*widget.Doc) {
	return func(doc *widget.Doc) {
		if done, err := p.Fetched(); err != nil {
			screen.Explain(p.env.Styles, doc, err)
			doc.Indented(p.env.Press(keymap.Refresh)+" tries again.", theme.Dim)
		} else if !done {
			doc.Uncut(working)
		}
	}
}

// Title names the page.
func (p *Page[T]) Title() string { return p.name }

// Heading names the page and its repository.
func (p *Page[T]) Heading() string { return p.name + " of " + text.Repo(p.gun) }

// Update takes news, answers, actions and the mouse.
func (p *Page[T]) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		if news := msg.Keys && p.keys || slices.Contains(msg.Changed, p.gun); !news {
			return nil
		}
		p.view, _ = p.env.Board.View(p.gun)
		p.Expire()
		return p.fetch()
	case screen.ActionMsg, screen.ClickMsg, screen.WheelMsg:
		if p.view.Repository == nil {
			return nil
		}
	}
	return p.List.Update(msg)
}

// Actions lists what can be done here.
func (p *Page[T]) Actions() []keymap.Action {
	if p.view.Repository == nil {
		return nil
	}
	return p.List.Actions()
}

// Refresh reads the repository again.
func (p *Page[T]) Refresh() tea.Cmd { return p.env.Board.Open(p.gun) }

// SetSize lays the page out.
func (p *Page[T]) SetSize(width, height int) {
	p.width, p.height = width, height
	p.List.SetSize(width, height)
}

// View draws the rows, or why there is nothing to show.
func (p *Page[T]) View() string {
	if p.view.Repository != nil {
		return p.List.View()
	}
	lines := append([]string{widget.Rule(p.env.Styles, p.Heading(), p.width), ""}, Absent(p.env, p.gun, p.width)...)
	return widget.Lines(lines, p.height)
}

// Cursor is on the selected row.
func (p *Page[T]) Cursor() *tea.Cursor {
	if p.view.Repository == nil {
		return nil
	}
	return p.List.Cursor()
}

// Read is the list, or why there is nothing to show.
func (p *Page[T]) Read() screen.Reading {
	if p.view.Repository == nil {
		return screen.ReadView(p)
	}
	return p.List.Read()
}

// Status says on the right how old what is shown is.
func (p *Page[T]) Status() (left, right string) {
	if p.view.Repository == nil {
		return "", ""
	}
	if p.view.Fault != nil {
		what, _ := text.Error(p.view.Fault)
		left = p.env.Styles.Tone(theme.Warn).Render("not current: ") + what
	}
	right = p.env.Styles.Tone(theme.Dim).Render(p.env.Board.Age(p.gun))
	return left, right
}
