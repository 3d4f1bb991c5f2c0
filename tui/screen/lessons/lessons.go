package lessons

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is the list of lessons.
type Screen struct {
	*screen.List[lesson]
	env *screen.Env
}

// lesson is a lesson with its place among the others.
type lesson struct {
	screen.Lesson
	number int
}

var (
	_ screen.Screen   = (*Screen)(nil)
	_ screen.Statuser = (*Screen)(nil)
)

// New makes the screen.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env}
	s.List = screen.NewList(env, screen.Listing[lesson]{
		Title: s.Title(),
		Columns: []screen.Column[lesson]{
			{
				Column: widget.Column{Title: "#", Width: 3, Right: true, Unsorted: true},
				Cell:   func(l *lesson) widget.Cell { return widget.Cell{Text: text.Number(l.number), Tone: theme.Dim} },
			},
			{
				Column: widget.Column{Title: "LESSON", Width: 24, Grow: true, Unsorted: true},
				Cell:   func(l *lesson) widget.Cell { return widget.Cell{Text: text.Clean(l.Title)} },
			},
			{
				Column: widget.Column{Title: "REPOSITORY", Width: 16, Grow: true, Drop: 1, Unsorted: true},
				Cell:   func(l *lesson) widget.Cell { return widget.Cell{Text: text.Repo(l.GUN), Tone: theme.Dim} },
			},
		},
		Load:  s.load,
		News:  s.news,
		Key:   func(l *lesson) string { return l.Slug },
		Match: func(l *lesson) string { return strings.Join([]string{l.Title, l.GUN.String(), l.Story}, " ") },

		Detail:    s.about,
		Unmatched: "No lesson matches",
		Empty:     s.none,

		Actions: []screen.Action[lesson]{screen.OpenAction("there is no lesson here", open)},
		Copies:  s.copies,
	})
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

func (s *Screen) load() []lesson {
	out := make([]lesson, len(s.env.Lessons))
	for i, l := range s.env.Lessons {
		out[i] = lesson{l, i + 1}
	}
	return out
}

// news lays the lesson out again: it shows what its repository is like now.
func (s *Screen) news(screen.BoardMsg) tea.Cmd {
	s.Reload()
	return nil
}

// open goes to the repository of the lesson.
func open(l *lesson) tea.Cmd {
	return screen.Send(nav.PushMsg{Route: nav.Repo(l.GUN, nav.TabRoles)})
}

// about is the lesson itself.
func (s *Screen) about(doc *widget.Doc, l *lesson) (title string, lines widget.Text) {
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
	return text.Repo(l.GUN), doc.Lines()
}

// others are the lines with which other clients look at the repository.
func (s *Screen) others(l *lesson) []string {
	name := text.ShellQuote(l.GUN.String())
	out := slices.Clone(s.env.Practice)
	for _, look := range s.env.DialectOf(l.GUN).Words().Commands.Look {
		out = append(out, look.With("REPOSITORY", name))
	}
	return out
}

// copies are the repository, and the lines for other clients.
func (s *Screen) copies(l *lesson) []screen.CopyItem {
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

// none says why there is nothing to see.
func (s *Screen) none(doc *widget.Doc) {
	doc.Marked(s.env.Styles.ForSeverity(model.Notice), "Lessons are part of the practice world.")
	doc.Indented("trustdeck demo", theme.Accent)
}
