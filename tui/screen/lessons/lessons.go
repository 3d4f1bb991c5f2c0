package lessons

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/lesson"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is the list of lessons.
type Screen struct {
	*screen.List[row]
	env *screen.Env
}

// row is a lesson with its index among the others.
type row struct {
	lesson.Lesson
	index int
}

var (
	_ screen.Screen   = (*Screen)(nil)
	_ screen.Statuser = (*Screen)(nil)
)

// New makes the screen.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env}
	s.List = screen.NewList(env, screen.Listing[row]{
		Title: s.Title(),
		Columns: []screen.Column[row]{
			{
				Column: widget.Column{Title: "#", Width: 3, Right: true, Unsorted: true},
				Cell:   func(r *row) widget.Cell { return widget.Cell{Text: text.Number(r.index + 1), Tone: theme.Dim} },
			},
			{
				Column: widget.Column{Title: "STATE", Width: 8, Unsorted: true},
				Cell:   s.state,
			},
			{
				Column: widget.Column{Title: "LESSON", Width: 24, Grow: true, Unsorted: true},
				Cell:   func(r *row) widget.Cell { return widget.Cell{Text: text.Clean(r.Title)} },
			},
			{
				Column: widget.Column{Title: "REPOSITORY", Width: 16, Grow: true, Drop: 1, Unsorted: true},
				Cell:   func(r *row) widget.Cell { return widget.Cell{Text: text.Repo(r.GUN), Tone: theme.Dim} },
			},
		},
		Load:  s.load,
		News:  s.news,
		Key:   func(r *row) string { return r.Slug },
		Begin: s.begin,
		Match: func(r *row) string { return strings.Join([]string{r.Title, r.GUN.String(), r.Story}, " ") },

		Detail:    s.about,
		Unmatched: "No lesson matches",
		Empty:     s.none,

		Actions: []screen.Action[row]{screen.OpenAction("there is no lesson here", open)},
		Copies:  s.copies,
	})
	return s
}

// Init reads the repositories and the private keys, to say what is done. The lessons are
// known from the start.
func (s *Screen) Init() tea.Cmd {
	if s.env.Course == nil {
		return nil
	}
	return tea.Batch(s.env.Board.Survey(), s.env.Board.Keys())
}

// Title names the screen.
func (s *Screen) Title() string { return "Lessons" }

// Update takes what has been done as well.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	if _, ok := msg.(screen.CourseMsg); ok {
		s.Reload()
	}
	return s.List.Update(msg)
}

func (s *Screen) load() []row {
	var out []row
	for i, l := range s.env.Course.Lessons() {
		out = append(out, row{l, i})
	}
	return out
}

// begin is the first lesson that is open.
func (s *Screen) begin() string {
	if s.env.Course == nil {
		return ""
	}
	return s.env.Course.Lessons()[max(s.env.Course.Next(0), 0)].Slug
}

// state tells how much of a lesson is done, in a word.
func (s *Screen) state(r *row) widget.Cell {
	switch done, all := s.env.Course.Steps(r.index); {
	case s.env.Course.Done(r.index):
		return screen.MarkCell(s.done(), "done")
	case done > 0:
		return screen.MarkCell(s.todo(), text.Number(done)+" of "+text.Number(all))
	default:
		return screen.MarkCell(s.todo(), "open")
	}
}

func (s *Screen) done() theme.Mark {
	return theme.Mark{Glyph: s.env.Styles.Glyphs.Done, Tone: theme.OK}
}

func (s *Screen) todo() theme.Mark {
	return theme.Mark{Glyph: s.env.Styles.Glyphs.None, Tone: theme.Dim}
}

// news lays the lesson out again: it shows what its repository is like now.
func (s *Screen) news(screen.BoardMsg) tea.Cmd {
	s.Reload()
	return nil
}

// open goes to the repository of the lesson.
func open(l *row) tea.Cmd {
	return screen.Send(nav.PushMsg{Route: nav.Repo(l.GUN, nav.TabRoles)})
}

// about is the lesson itself.
func (s *Screen) about(doc *widget.Doc, l *row) (title string, lines widget.Text) {
	doc.Para(text.Clean(l.Title), theme.Strong)
	if view, ok := s.env.Board.View(l.GUN); ok && (view.Repository != nil || view.Fault != nil) {
		state := view.Assessment.Word()
		if reason := text.Clean(view.Assessment.Reason); reason != "" {
			state += ": " + reason
		}
		doc.Marked(s.env.Styles.ForLevel(view.Assessment.Level), state)
	}
	s.steps(doc, l)
	doc.Head("STORY")
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
	return text.Repo(l.GUN), doc.Lines()
}

// steps lists what is to be done, with what is.
func (s *Screen) steps(doc *widget.Doc, l *row) {
	doc.Head("STEPS")
	for i, step := range l.Steps {
		mark, words := s.todo(), text.Clean(step.Do)
		if step.Optional {
			words += " Optional."
		}
		switch done := s.env.Course.StepDone(l.index, i); {
		case s.env.Styles.Words && !done:
			mark.Glyph = "open:"
		case s.env.Styles.Words:
			mark = s.done()
		case done:
			mark, words = s.done(), words+" Done."
		}
		doc.Marked(mark, words)
	}
}

// others are the lines with which other clients look at the repository.
func (s *Screen) others(l *row) []string {
	name := display.ShellWord(l.GUN.String())
	out := slices.Clone(s.env.Practice)
	for _, look := range s.env.DialectOf(l.GUN).Words().Commands.Look {
		out = append(out, look.With("REPOSITORY", name))
	}
	return out
}

// copies are the repository, and the lines for other clients.
func (s *Screen) copies(l *row) []screen.CopyItem {
	items := []screen.CopyItem{{Label: "repository", Text: l.GUN.String()}}
	if s.env.Practice != nil {
		items = append(items, screen.CopyItem{Label: "lines for other clients", Text: strings.Join(s.others(l), "\n") + "\n", Lines: true})
	}
	return items
}

// Status counts the lessons.
func (s *Screen) Status() (left, right string) {
	if s.env.Course == nil {
		return "", ""
	}
	return "", s.env.Styles.Tone(theme.Dim).Render(s.env.Course.Told())
}

// none says why there is nothing to see.
func (s *Screen) none(doc *widget.Doc) {
	doc.Marked(s.env.Styles.ForSeverity(model.Notice), "Lessons are part of the practice world.")
	doc.Indented("trustdeck demo", theme.Accent)
}
