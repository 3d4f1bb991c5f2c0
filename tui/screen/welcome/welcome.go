package welcome

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model/port"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// choiceHeight is the number of lines of a choice.
const choiceHeight = 2

// Screen is the first page.
type Screen struct {
	env     *screen.Env
	choices []screen.Choice
	cursor  int
	lane    *task.Slot
	listed  []port.Listed
	done    bool
	err     error

	width, height int
}

// widestLabel is the most room that a label gets.
const widestLabel = 16

// browse is the choice that stays in this program.
const browse = ""

var (
	_ screen.Screen   = (*Screen)(nil)
	_ screen.Cursorer = (*Screen)(nil)
	_ screen.Closer   = (*Screen)(nil)
)

// New makes the screen.
func New(env *screen.Env) *Screen {
	first := screen.Choice{ID: browse, Label: "Look at the repositories", Help: "The known repositories of " + text.Clean(env.Place) + "."}
	s := &Screen{
		env: env, choices: append([]screen.Choice{first}, env.Choices...),
		lane: env.Tasks.Slot("looking for repositories"),
	}
	if !slices.ContainsFunc(env.Found, func(f screen.Found) bool { return f.What == screen.FoundServer }) {
		// Where no server is set, connecting to one comes first.
		s.cursor = max(slices.IndexFunc(s.choices, func(c screen.Choice) bool { return c.Flow != "" }), 0)
	}
	return s
}

// Init looks for repositories, private keys and what is staged.
func (s *Screen) Init() tea.Cmd {
	source := s.env.Source
	return tea.Batch(s.env.Board.Keys(), s.env.Board.ReadStaged(), task.Run(s.lane, func(ctx context.Context) ([]port.Listed, error) {
		return source.List(ctx)
	}))
}

// Close stops looking.
func (s *Screen) Close() { s.lane.Stop() }

// Title names the screen.
func (s *Screen) Title() string { return "Welcome" }

// Update takes what was found, actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case task.DoneMsg[[]port.Listed]:
		if s.lane.Finish(msg.ID) {
			s.listed, s.err, s.done = msg.Value, msg.Err, true
		}
	case screen.ActionMsg:
		return s.do(msg.ID)
	case screen.AnswerMsg:
		if msg.Text != "" {
			return screen.Send(screen.ChoiceMsg{ID: msg.ID, Answer: msg.Text})
		}
	case screen.ClickMsg:
		if i := (msg.Y - s.choicesTop()) / choiceHeight; msg.Y >= s.choicesTop() && i < len(s.choices) {
			s.cursor = i
			return s.choose()
		}
	case screen.WheelMsg:
		s.move(msg.Lines)
	}
	return nil
}

// Actions lists what can be done here.
func (s *Screen) Actions() []keymap.Action {
	return keymap.Get(keymap.Open, keymap.Up, keymap.Down, keymap.Top, keymap.Bottom)
}

func (s *Screen) do(id keymap.ID) tea.Cmd {
	switch id {
	case keymap.Open:
		return s.choose()
	case keymap.Up:
		s.move(-1)
	case keymap.Down:
		s.move(1)
	case keymap.Top:
		s.move(-len(s.choices))
	case keymap.Bottom:
		s.move(len(s.choices))
	}
	return nil
}

func (s *Screen) move(by int) { s.cursor = max(min(s.cursor+by, len(s.choices)-1), 0) }

// choose does the selected choice, after asking for what it needs.
func (s *Screen) choose() tea.Cmd {
	switch c := s.choices[s.cursor]; {
	case c.ID == browse:
		return screen.Send(nav.PushMsg{Route: nav.Place(nav.KindRepos)})
	case c.Flow != "":
		return screen.Send(nav.PushMsg{Route: nav.Flow(c.Flow, nil)})
	case c.Prompt != "":
		return screen.Send(screen.PromptMsg{ID: c.ID, Title: c.Label, Text: c.Prompt + ":", Value: c.Value, Button: "Go", Path: c.Path})
	default:
		return screen.Send(screen.ChoiceMsg{ID: c.ID})
	}
}

// SetSize lays the screen out.
func (s *Screen) SetSize(width, height int) { s.width, s.height = width, height }

// intro is what stands above the choices.
func (s *Screen) intro() []string {
	doc := widget.NewDoc(s.env.Styles, max(s.width-4, 1))
	if s.roomy() {
		doc.Space()
		doc.Para("Who may sign what, with which key, until when, and how many must sign.", theme.Strong)
	}
	doc.Head("FOUND ON THIS MACHINE")
	for _, f := range s.env.Found {
		doc.WidenLabels(text.Truncate(text.Clean(f.What), widestLabel))
	}
	for _, f := range s.env.Found {
		words := text.Clean(f.Where)
		if f.Note != "" {
			words += "  (" + text.Clean(f.Note) + ")"
		}
		doc.Fact(text.Truncate(text.Clean(f.What), widestLabel), words)
	}
	doc.Fact("keys", s.keys())
	doc.Fact("repos", s.repos())
	if waiting := s.env.Board.Waiting(); waiting != "" {
		doc.Fact("staged", waiting)
	}
	doc.Head("WHERE TO START")
	return doc.Lines()
}

func (s *Screen) roomy() bool { return s.height >= 17 }

func (s *Screen) keys() string {
	keys, read := s.env.Board.Local()
	if err := s.env.Board.LocalErr(); err != nil {
		what, _ := text.Error(err)
		return what
	}
	if !read {
		return "looking.."
	}
	return text.Count(len(keys), "private key")
}

func (s *Screen) repos() string {
	switch {
	case !s.done:
		return "looking.."
	case s.err != nil && len(s.listed) == 0:
		what, hint := text.Error(s.err)
		return text.Sentence(what) + " " + text.Sentence(hint)
	default:
		return text.Count(len(s.listed), "repository") + " known"
	}
}

// choicesTop is the first line of the choices.
func (s *Screen) choicesTop() int { return 1 + min(len(s.intro()), s.room()) }

// room is how many lines the intro may take: the choices come first.
func (s *Screen) room() int { return max(s.height-1-choiceHeight*len(s.choices), 0) }

// View draws the page.
func (s *Screen) View() string {
	lines := []string{widget.Rule(s.env.Styles, "", s.width)}
	intro := s.intro()
	if over := len(intro) - s.room(); over > 0 {
		intro = intro[over:]
	}
	for _, line := range intro {
		lines = append(lines, "  "+line)
	}
	for i, c := range s.choices {
		label, marker, tone := text.Clean(c.Label), "    ", theme.Plain
		if i == s.cursor {
			marker = "  " + s.env.Styles.Tone(theme.Accent).Render(s.env.Styles.Glyphs.Cursor) + " "
			tone = theme.Strong
		}
		lines = append(lines, marker+s.env.Styles.Tone(tone).Render(label))
		lines = append(lines, "      "+s.env.Styles.Tone(theme.Dim).Render(text.Clean(c.Help)))
	}
	for i := range lines {
		lines[i] = text.Truncate(lines[i], s.width)
	}
	return widget.Lines(lines, s.height)
}

// Cursor is on the selected choice.
func (s *Screen) Cursor() *tea.Cursor {
	y := s.choicesTop() + s.cursor*choiceHeight
	if y >= s.height {
		return nil
	}
	return tea.NewCursor(2, y)
}
