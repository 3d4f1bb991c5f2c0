package doctor

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is the list of findings.
type Screen struct {
	env  *screen.Env
	lane *task.Lane

	// findings of the last examination, worst first; err is why it failed.
	findings []health.Finding
	err      error
	// at is when it ended, zero before the first.
	at    time.Time
	scope scope
	// dirty tells that repositories have been read since it began.
	dirty bool

	split widget.Split
	// blank stands in for the list where there are no findings.
	blank widget.Scroll
	// shown are the indices of findings that are not hidden.
	shown []int
	// problems hides notices.
	problems bool

	width, height int
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Filterer  = (*Screen)(nil)
	_ screen.Sorter    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Copier    = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
	_ screen.Cursorer  = (*Screen)(nil)
	_ screen.Closer    = (*Screen)(nil)
)

// New makes the screen.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env, lane: env.Tasks.Lane("looking for problems"), dirty: true}
	s.split.Rows = true
	s.split.ListTitle = "Findings"
	s.split.Table.SortBy(columnSeverity, false)
	s.arrange()
	return s
}

// Init reads all repositories, unless that has been done, and examines them.
func (s *Screen) Init() tea.Cmd {
	return tea.Batch(s.env.Board.Survey(), s.examine())
}

// Title names the screen.
func (s *Screen) Title() string { return "Doctor" }

// examine looks for findings, once all repositories have been read: before
// that, a key whose repository is still to come would be called unused.
func (s *Screen) examine() tea.Cmd {
	at, _ := s.env.Board.Surveyed()
	if !s.dirty || at.IsZero() || s.env.Board.Surveying() {
		return nil
	}
	s.dirty = false
	desk, views := s.env.Desk, s.env.Board.Views()
	return task.Run(s.lane, func(ctx context.Context) (examined, error) {
		return examined{findings: desk.Doctor(ctx, views), scope: scopeOf(views)}, nil
	})
}

// Update takes news, the answer, actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case screen.BoardMsg:
		s.dirty = s.dirty || len(msg.Changed) > 0
		cmd = s.examine()
		s.say()
	case task.DoneMsg[examined]:
		if s.lane.Finish(msg.ID) {
			s.take(msg.Value, msg.Err)
		}
	case screen.ActionMsg:
		cmd = s.do(msg.ID)
	case screen.ClickMsg:
		if len(s.findings) > 0 && s.split.Click(msg.X, msg.Y-1) == widget.HitSelected {
			cmd = s.enter()
		}
	case screen.WheelMsg:
		if len(s.findings) == 0 {
			s.blank.Wheel(msg.Lines)
			break
		}
		s.split.Wheel(msg.X, msg.Y-1, msg.Lines)
	}
	s.lay()
	return cmd
}

func (s *Screen) take(e examined, err error) {
	s.err = err
	if err == nil {
		s.findings, s.scope, s.at = e.findings, e.scope, s.env.Now()
	}
	s.arrange()
}

// Actions lists what can be done here. Enter repairs a finding where a change does,
// and else goes to what it is about.
func (s *Screen) Actions() []keymap.Action {
	var actions []keymap.Action
	if _, ok := s.repair(); ok {
		actions = append(actions, keymap.One(keymap.DoctorRepair))
	} else {
		actions = append(actions, keymap.One(keymap.Open).Given(s.placed))
	}
	actions = append(actions, keymap.One(keymap.DoctorPlace).Given(s.placed), keymap.One(keymap.DoctorProblems))
	actions = append(actions, s.env.Changes(keymap.BeginOffBoard)...)
	return append(actions, keymap.Get(keymap.NextPane, keymap.PrevPane, keymap.Left, keymap.Right,
		keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom)...)
}

// placed reports whether the selected finding is about a place, and why not.
func (s *Screen) placed() (ok bool, why string) {
	f, ok := s.selected()
	if !ok {
		return false, "no finding is selected"
	}
	_, ok = destination(s.env.Board, f)
	return ok, "this finding is about no single place"
}

// repair is the flow that mends the selected finding; ok is false where none does, or
// where nothing can be changed.
func (s *Screen) repair() (route nav.Route, ok bool) {
	f, ok := s.selected()
	if ok && f.Code == admin.CodeKeyUnsaved && s.env.Backups != nil {
		return nav.Flow(flows.BackupOfKey(f.Key)), true
	}
	if ok && f.Code == admin.CodeKeyExposed && s.env.Backups != nil {
		return nav.Flow(flows.ProtectionOfKey(f.Key)), true
	}
	if !ok || f.Repair == nil || s.env.Flows == nil {
		return nav.Route{}, false
	}
	id, given, ok := flows.Prefilled(f.GUN, f.Repair)
	return nav.Flow(id, given), ok
}

func (s *Screen) do(id keymap.ID) tea.Cmd {
	switch id {
	case keymap.DoctorProblems:
		s.problems = !s.problems
		s.arrange()
	case keymap.DoctorRepair:
		if route, ok := s.repair(); ok {
			return screen.Send(nav.PushMsg{Route: route})
		}
	case keymap.Open, keymap.DoctorPlace:
		return s.open()
	case keymap.BeginOffBoard:
		return screen.Begin(id, screen.Subject{GUNs: s.env.Board.WithTrustData()})
	default:
		s.pane().Do(id)
	}
	return nil
}

// pane is what moves go to.
func (s *Screen) pane() interface{ Do(keymap.ID) bool } {
	if len(s.findings) == 0 {
		return &s.blank
	}
	return &s.split
}

// selected is the finding under the cursor.
func (s *Screen) selected() (f *health.Finding, ok bool) {
	i, ok := s.split.Table.Selected()
	if !ok {
		return nil, false
	}
	return s.finding(i), true
}

// enter does what the enter key does.
func (s *Screen) enter() tea.Cmd {
	if _, ok := s.repair(); ok {
		return s.do(keymap.DoctorRepair)
	}
	return s.open()
}

// open goes to what the selected finding is about.
func (s *Screen) open() tea.Cmd {
	f, ok := s.selected()
	if !ok {
		return nil
	}
	route, ok := destination(s.env.Board, f)
	if !ok {
		return nil
	}
	return screen.Send(nav.PushMsg{Route: route})
}

// SetFilter shows only the findings that match.
func (s *Screen) SetFilter(pattern string) {
	s.split.Table.SetFilter(pattern)
	s.say()
	s.lay()
}

// FilterCount is how many findings are shown, of how many.
func (s *Screen) FilterCount() (shown, total int) { return s.split.Table.Count() }

// SortColumns lists the columns.
func (s *Screen) SortColumns() []string {
	return []string{"SEVERITY", "CODE", "REPOSITORY", "ROLE", "FINDING"}
}

// SortedBy is the column that orders the findings.
func (s *Screen) SortedBy() (column int, descending bool) {
	column, descending, _ = s.split.Table.Sorted()
	return column, descending
}

// SortBy orders the findings.
func (s *Screen) SortBy(column int, descending bool) {
	s.split.Table.SortBy(column, descending)
	s.lay()
}

// Refresh reads all repositories again; the examination follows.
func (s *Screen) Refresh() tea.Cmd {
	s.dirty = true
	return s.env.Board.Resurvey()
}

// Close stops the examination.
func (s *Screen) Close() { s.lane.Stop() }

// Status counts the findings, and says what was examined and when.
func (s *Screen) Status() (left, right string) {
	st := s.env.Styles
	if s.err != nil {
		what, _ := text.Error(s.err)
		left = st.Tone(theme.Bad).Render(st.Glyphs.Broken + " " + what)
	} else if !s.at.IsZero() {
		left = s.counts()
	}
	all, loading, _ := s.env.Board.Count()
	switch {
	case s.env.Board.Surveying():
		right = "reading, " + text.Number(all-loading) + " of " + text.Number(all)
	case s.lane.Active():
		right = "looking.."
	case !s.at.IsZero():
		right = text.Count(s.scope.repositories, "repository") + " examined " + text.Relative(s.at, s.env.Now()) + ", " + s.env.Press(keymap.Refresh) + " again"
	}
	return left, st.Tone(theme.Dim).Render(right)
}

// counts says how many findings there are of each severity.
func (s *Screen) counts() string {
	number := map[model.Severity]int{}
	for i := range s.findings {
		number[s.findings[i].Severity]++
	}
	st := s.env.Styles
	var words []string
	for severity := model.Failure; severity >= model.Notice; severity-- {
		if n := number[severity]; n > 0 {
			mark := st.ForSeverity(severity)
			words = append(words, st.Tone(mark.Tone).Render(mark.Glyph)+" "+text.Count(n, severity.String()))
		}
	}
	if s.problems && number[model.Notice] > 0 {
		words = append(words, st.Tone(theme.Accent).Render("notices hidden, "+s.env.Press(keymap.DoctorProblems)+" shows them"))
	}
	if len(words) == 0 {
		return st.Tone(theme.OK).Render(st.Glyphs.OK) + " nothing is wrong"
	}
	return strings.Join(words, st.Glyphs.Gap)
}

// CopyItems are the selected finding and its remedy, and all that are shown.
func (s *Screen) CopyItems() []screen.CopyItem {
	f, ok := s.selected()
	if !ok {
		return nil
	}
	items := []screen.CopyItem{{Label: "finding", Text: text.Clean(f.Text)}}
	if f.Remedy != "" {
		items = append(items, screen.CopyItem{Label: "remedy", Text: text.Clean(f.Remedy)})
	}
	if f.GUN != "" {
		items = append(items, screen.CopyItem{Label: "repository", Text: f.GUN.String()})
	}
	return append(items, screen.CopyItem{Label: "all findings, as a list", Text: s.report()})
}

// SetSize lays the screen out.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.split.SetSize(width, height-1)
	s.blank.SetSize(width-4, height-1)
	s.arrange()
}

// View draws the findings.
func (s *Screen) View() string {
	rule := widget.Rule(s.env.Styles, "", s.width)
	if len(s.findings) > 0 {
		return rule + "\n" + s.split.View(s.env.Styles)
	}
	lines := strings.Split(s.blank.View(s.env.Styles), "\n")
	return rule + "\n  " + strings.Join(lines, "\n  ")
}

// Cursor is on the selected finding.
func (s *Screen) Cursor() *tea.Cursor {
	return screen.CursorBelow(&s.split)
}
