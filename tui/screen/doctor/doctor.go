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
	*screen.List[health.Finding]
	env  *screen.Env
	lane *task.Slot

	// findings of the last examination, worst first; err is why it failed.
	findings []health.Finding
	err      error
	// at is when it ended, zero before the first.
	at    time.Time
	scope scope
	// survey tells when to examine again.
	survey screen.Follower
	// problems hides notices.
	problems bool
	// tokens names those that were plugged in when it was examined.
	tokens string
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
)

// New makes the screen.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env, lane: env.Tasks.Slot("looking for problems"), survey: env.Board.Follow()}
	s.survey.Expire()
	s.List = screen.NewList(env, screen.Listing[health.Finding]{
		Title: "Findings", LongRows: true,
		Columns: s.columns(), Fit: s.fit, Sort: "SEVERITY",
		Load: func() []health.Finding { return s.findings }, News: s.news,
		Key:    key,
		Match:  match,
		Hidden: func(f *health.Finding) bool { return s.problems && f.Severity <= model.Notice },

		Detail: s.about, Empty: s.none,

		// Enter repairs a finding where a change does, and else goes to what it is about.
		Actions: []screen.Action[health.Finding]{
			{ID: keymap.DoctorRepair, Only: s.repairable, Do: s.mend},
			{ID: keymap.Open, Only: func(f *health.Finding) bool { return !s.repairable(f) }, When: s.placed, Do: s.open},
			{ID: keymap.DoctorPlace, When: s.placed, Do: s.open},
			{ID: keymap.DoctorProblems, Do: s.hide},
		},
		Changes: []keymap.ID{keymap.BeginOffBoard, keymap.BeginRenewAll},
		Subject: func(keymap.ID, []*health.Finding) screen.Subject {
			return screen.Subject{GUNs: env.Board.WithTrustData()}
		},
		Copies: s.copies,
	})
	return s
}

// Init reads all repositories, unless that has been done, and examines them.
func (s *Screen) Init() tea.Cmd {
	return tea.Batch(s.env.Board.Survey(), s.news(screen.BoardMsg{}))
}

// Title names the screen.
func (s *Screen) Title() string { return "Doctor" }

// news looks for findings, once all repositories have been read: before that, a key
// whose repository is still to come would be called unused.
func (s *Screen) news(msg screen.BoardMsg) tea.Cmd {
	plugged, _ := s.env.Board.Plugged()
	if now := plugged.Names(); now != s.tokens {
		s.tokens = now
		s.survey.Expire()
	}
	if at, _ := s.env.Board.Surveyed(); at.IsZero() || !s.survey.News(msg) {
		return nil
	}
	source, views := s.env.Source, s.env.Board.Views()
	return task.Run(s.lane, func(ctx context.Context) (examined, error) {
		return examined{findings: source.Doctor(ctx, views), scope: scopeOf(views)}, nil
	})
}

// Update takes news, the answer, actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(task.DoneMsg[examined]); ok && s.lane.Finish(msg.ID) {
		s.handleResult(msg.Value, msg.Err)
	}
	return s.List.Update(msg)
}

func (s *Screen) handleResult(e examined, err error) {
	s.err = err
	if err == nil {
		s.findings, s.scope, s.at = e.findings, e.scope, s.env.Now()
	}
	s.Reload()
}

// placed reports whether a finding is about a place, and why not.
func (s *Screen) placed(f *health.Finding) (ok bool, why string) {
	if f == nil {
		return false, "no finding is selected"
	}
	_, ok = destination(s.env.Board, f)
	return ok, "this finding has no single place"
}

// repair is the flow that mends a finding; ok is false where none does, or where
// nothing can be changed.
func (s *Screen) repair(f *health.Finding) (route nav.Route, ok bool) {
	id, given, _ := flows.Prefilled(f.GUN, f.Repair)
	switch f.Code {
	case admin.CodeKeyUnsaved:
		id, given = flows.BackupOfKey(f.Key)
	case admin.CodeKeyExposed:
		id, given = flows.ProtectionOfKey(f.Key)
	}
	return nav.Flow(id, given), s.env.Flows.Offers(id)
}

func (s *Screen) repairable(f *health.Finding) bool {
	if f == nil {
		return false
	}
	_, ok := s.repair(f)
	return ok
}

// mend begins what repairs a finding.
func (s *Screen) mend(f *health.Finding) tea.Cmd {
	route, _ := s.repair(f)
	return screen.Send(nav.PushMsg{Route: route})
}

// open goes to what a finding is about.
func (s *Screen) open(f *health.Finding) tea.Cmd {
	route, _ := destination(s.env.Board, f)
	return screen.Send(nav.PushMsg{Route: route})
}

// hide hides the notices, or shows them again.
func (s *Screen) hide(*health.Finding) tea.Cmd {
	s.problems = !s.problems
	s.Arrange()
	return nil
}

// Refresh reads all repositories again; the examination follows.
func (s *Screen) Refresh() tea.Cmd {
	s.survey.Expire()
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

// copies are the finding and its remedy, and all that are shown.
func (s *Screen) copies(f *health.Finding) []screen.CopyItem {
	items := []screen.CopyItem{{Label: "finding", Text: text.Clean(f.Text)}}
	if f.Remedy != "" {
		items = append(items, screen.CopyItem{Label: "remedy", Text: text.Clean(f.Remedy)})
	}
	if f.GUN != "" {
		items = append(items, screen.CopyItem{Label: "repository", Text: f.GUN.String()})
	}
	return append(items, screen.CopyItem{Label: "all findings, as a list", Text: s.report()})
}

// Read is the list of findings with the detail, or what stands in for it.
func (s *Screen) Read() screen.Reading {
	out := s.List.Read()
	if len(s.findings) == 0 {
		return screen.Reading{Text: widget.StaticText(out.Empty)}
	}
	return out
}
