package lessons

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

const (
	columnNumber = iota
	columnTitle
	columnRepository
)

// Screen is the list of lessons.
type Screen struct {
	env   *screen.Env
	split widget.Split
	laid  int

	width, height int
}

var (
	_ screen.Screen   = (*Screen)(nil)
	_ screen.Filterer = (*Screen)(nil)
	_ screen.Copier   = (*Screen)(nil)
	_ screen.Statuser = (*Screen)(nil)
	_ screen.Cursorer = (*Screen)(nil)
)

// New makes the screen.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env, laid: -1}
	s.split.ListTitle = s.Title()
	s.split.Table.SetColumns([]widget.Column{
		{ID: columnNumber, Title: "#", Width: 3, Right: true, Unsorted: true},
		{ID: columnTitle, Title: "LESSON", Width: 24, Grow: true, Unsorted: true},
		{ID: columnRepository, Title: "REPOSITORY", Width: 16, Drop: 1, Unsorted: true},
	})
	s.split.Table.SetRows(s.rows())
	return s
}

// Init reads the repositories, to say what they show now. The lessons are known
// from the start.
func (s *Screen) Init() tea.Cmd {
	if len(s.env.Lessons) == 0 {
		return nil
	}
	return s.env.Board.Survey()
}

// Title names the screen.
func (s *Screen) Title() string { return "Lessons" }

func (s *Screen) rows() widget.Rows {
	all := s.env.Lessons
	return widget.RowsOf{
		N:     len(all),
		KeyOf: func(i int) string { return all[i].Slug },
		CellOf: func(i, column int) widget.Cell {
			switch column {
			case columnNumber:
				return widget.Cell{Text: text.Number(i + 1), Tone: theme.Dim}
			case columnTitle:
				return widget.Cell{Text: text.Clean(all[i].Title)}
			default:
				return widget.Cell{Text: text.Repo(all[i].GUN), Tone: theme.Dim}
			}
		},
		CompareOf: func(_, i, j int) int { return cmp.Compare(i, j) },
		MatchOf: func(i int) string {
			return strings.Join([]string{all[i].Title, all[i].GUN.String(), all[i].Story}, " ")
		},
	}
}

// Update takes actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		s.relay()
	case screen.ActionMsg:
		if msg.ID == keymap.Open {
			return s.open()
		}
		s.split.Do(msg.ID)
	case screen.ClickMsg:
		if len(s.env.Lessons) > 0 && s.split.Click(msg.X, msg.Y-1) == widget.HitSelected {
			return s.open()
		}
	case screen.WheelMsg:
		s.split.Wheel(msg.X, msg.Y-1, msg.Lines)
	}
	s.lay()
	return nil
}

// Actions lists what can be done here.
func (s *Screen) Actions() []keymap.Action {
	selected := func() (bool, string) {
		_, ok := s.split.Table.Selected()
		return ok, "there is no lesson here"
	}
	return append([]keymap.Action{keymap.One(keymap.Open).Given(selected)},
		keymap.Get(keymap.NextPane, keymap.PrevPane, keymap.Left, keymap.Right,
			keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom)...)
}

// open goes to the repository of the lesson.
func (s *Screen) open() tea.Cmd {
	l, ok := s.selected()
	if !ok {
		return nil
	}
	return screen.Send(nav.PushMsg{Route: nav.Repo(l.GUN, nav.TabRoles)})
}

func (s *Screen) selected() (screen.Lesson, bool) {
	i, ok := s.split.Table.Selected()
	if !ok {
		return screen.Lesson{}, false
	}
	return s.env.Lessons[i], true
}

// relay lays out the lesson in any case, lay where another one is selected.
func (s *Screen) relay() {
	s.laid = -1
	s.lay()
}

func (s *Screen) lay() {
	i, ok := s.split.Table.Selected()
	switch {
	case !ok:
		s.laid = -1
		s.split.DetailTitle = ""
		s.split.Detail.SetText(widget.StaticText{})
	case i != s.laid:
		s.laid = i
		s.split.DetailTitle = text.Repo(s.env.Lessons[i].GUN)
		s.split.Detail.SetText(s.page(s.env.Lessons[i]))
	}
}

// page is the lesson itself.
func (s *Screen) page(l screen.Lesson) widget.StaticText {
	doc := widget.NewDoc(s.env.Styles, s.split.DetailWidth())
	doc.Para(text.Clean(l.Title), theme.Strong)
	doc.Space()
	if view, ok := s.env.Board.View(l.GUN); ok && (view.Repository != nil || view.Fault != nil) {
		state := view.Assessment.Level.String()
		if reason := text.Clean(view.Assessment.Reason); reason != "" {
			state += ": " + reason
		}
		doc.Marked(s.env.Styles.ForLevel(view.Assessment.Level), state)
		doc.Space()
	}
	doc.Para(text.Clean(l.Story), theme.Plain)
	list := func(title string, sentences []string) {
		doc.Head(title)
		for _, sentence := range sentences {
			doc.Marked(theme.Mark{Glyph: "-", Tone: theme.Dim}, text.Clean(sentence))
		}
	}
	list("LOOK", l.Look)
	list("TRY", l.Try)
	if s.env.Practice != nil {
		doc.Head("OTHER CLIENTS, IN ANOTHER TERMINAL")
		for _, line := range s.others(l) {
			doc.Para(text.Clean(line), theme.Accent)
		}
	}
	return doc.Lines()
}

// others are the lines with which other clients look at the repository.
func (s *Screen) others(l screen.Lesson) []string {
	name := text.ShellQuote(l.GUN.String())
	return slices.Concat(s.env.Practice, []string{"docker trust inspect --pretty " + name, "notary list " + name})
}

// SetFilter shows only the lessons that match.
func (s *Screen) SetFilter(pattern string) {
	s.split.Table.SetFilter(pattern)
	s.split.Table.Empty = s.empty()
	s.relay()
}

// FilterCount is how many lessons are shown, of how many.
func (s *Screen) FilterCount() (shown, total int) { return s.split.Table.Count() }

// CopyItems are the repository, and the lines for other clients.
func (s *Screen) CopyItems() []screen.CopyItem {
	l, ok := s.selected()
	if !ok {
		return nil
	}
	items := []screen.CopyItem{{Label: "repository", Text: l.GUN.String()}}
	if s.env.Practice != nil {
		items = append(items, screen.CopyItem{Label: "lines for other clients", Text: strings.Join(s.others(l), "\n") + "\n", Lines: true})
	}
	return items
}

// Status counts the lessons.
func (s *Screen) Status() (left, right string) {
	return "", s.env.Styles.Tone(theme.Dim).Render(text.Count(len(s.env.Lessons), "lesson"))
}

// SetSize lays the screen out.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.split.SetSize(width, height-1)
	s.split.Table.Empty = s.empty()
	s.relay()
}

// empty says why there is nothing to see.
func (s *Screen) empty() []string {
	doc := widget.NewDoc(s.env.Styles, max(s.width-4, 1))
	doc.Space()
	if s.split.Table.Filter() != "" {
		doc.Para("No lesson matches "+text.Clean(s.split.Table.Filter())+".", theme.Plain)
		doc.Para(s.env.Press(keymap.Back)+" clears the filter.", theme.Dim)
		return doc.Lines()
	}
	doc.Marked(s.env.Styles.ForSeverity(model.Notice), "Lessons are part of the practice world.")
	doc.Indented("trustdeck demo", theme.Accent)
	return doc.Lines()
}

// View draws the list and the lesson, or says that there is none.
func (s *Screen) View() string {
	return screen.ViewList(s.env.Styles, &s.split, len(s.env.Lessons), s.width, s.height)
}

// Cursor is on the selected lesson.
func (s *Screen) Cursor() *tea.Cursor {
	return screen.CursorBelow(&s.split)
}
