package staged

import (
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is the list of what waits to be published.
type Screen struct {
	*screen.List[entry]
	env *screen.Env
	// survey tells when what waits is to be compared again.
	survey screen.Follower
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
)

// New makes the screen from what the board knows. To begin with, the entries are in
// the order in which they would be published.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env, survey: env.Board.Follow()}
	s.List = screen.NewList(env, screen.Listing[entry]{
		Title: s.Title(), LongRows: true,
		Columns: s.columns(),
		Load:    s.load, News: s.news, Key: (*entry).key, Match: (*entry).match,

		Detail: s.about, Notes: s.notes,
		Unmatched: "No staged change matches", State: s.state, Empty: s.none,

		Actions: []screen.Action[entry]{screen.OpenAction("nothing is selected", s.open)}, Copies: s.copies,
		Changes: []keymap.ID{keymap.BeginPublish, keymap.BeginReset}, Subject: s.subject,
	})
	return s
}

// Init reads the trust folder, and the repositories to compare it with.
func (s *Screen) Init() tea.Cmd {
	return tea.Batch(s.env.Board.ReadStaged(), s.env.Board.Survey())
}

// Title names the screen.
func (s *Screen) Title() string { return "Staged changes" }

// load takes what waits from the board.
func (s *Screen) load() []entry {
	all, _ := s.env.Board.Staged()
	return entriesOf(all)
}

// news takes what waits when it has been read. When repositories have been read,
// it is compared with them again, once, at the end.
func (s *Screen) news(msg screen.BoardMsg) tea.Cmd {
	if msg.Staged {
		s.Reload()
		return nil
	}
	if !s.survey.News(msg) {
		return nil
	}
	return s.env.Board.ReadStaged()
}

// subject are the repositories of the entries, and their numbers where they are of one.
func (s *Screen) subject(_ keymap.ID, of []*entry) screen.Subject {
	var out screen.Subject
	for _, e := range of {
		if !slices.Contains(out.GUNs, e.staged.GUN) {
			out.GUNs = append(out.GUNs, e.staged.GUN)
		}
	}
	for _, e := range of {
		if e.change != nil && len(out.GUNs) == 1 {
			out.Staged = append(out.Staged, strconv.Itoa(e.change.Index))
		}
	}
	return out
}

// open goes to the role that the entry changes, where the repository has it already,
// else to the repository.
func (s *Screen) open(e *entry) tea.Cmd {
	route := nav.Repo(e.staged.GUN, nav.TabRoles)
	view, _ := s.env.Board.View(e.staged.GUN)
	if view.Repository != nil && view.Repository.Role(e.role()) != nil {
		route = nav.Role(e.staged.GUN, e.role())
	}
	return screen.Send(nav.PushMsg{Route: route})
}

// Refresh reads the trust folder and all repositories again.
func (s *Screen) Refresh() tea.Cmd {
	s.survey.Expire()
	return tea.Batch(s.env.Board.ReadStaged(), s.env.Board.Resurvey())
}

// Status counts what waits, and says how far it has been compared.
func (s *Screen) Status() (left, right string) {
	st, board := s.env.Styles, s.env.Board
	if err := board.StagedErr(); err != nil {
		what, _ := text.Error(err)
		left = st.Tone(theme.Bad).Render(st.Glyphs.Broken) + " " + what
	} else if len(s.All()) > 0 {
		left = s.counts()
	}
	all, loading, _ := board.Count()
	right = "compared with " + text.Count(all-loading, "repository")
	if board.Surveying() {
		right += " so far"
	}
	return left, st.Tone(theme.Dim).Render(right)
}

func (s *Screen) counts() string {
	unusable := 0
	all, _ := s.env.Board.Staged()
	for i := range all {
		unusable += all[i].Unusable()
	}
	words := s.env.Board.Waiting()
	if unusable > 0 {
		mark := s.env.Styles.ForSeverity(model.Warning)
		words += "   " + s.env.Styles.Tone(mark.Tone).Render(mark.Glyph) + " " + text.Number(unusable) + " cannot be published"
	}
	return words
}

// state tells whether the trust folder has been read.
func (s *Screen) state() screen.State {
	out := screen.State{Err: s.env.Board.StagedErr()}
	if _, read := s.env.Board.Staged(); !read {
		out.Reading = s.env.Styles.Glyphs.Loading + " Reading the trust folder.."
	}
	return out
}

// none says that nothing waits, and how it would come about.
func (s *Screen) none(doc *widget.Doc) {
	doc.Marked(theme.Mark{Glyph: s.env.Styles.Glyphs.OK, Tone: theme.OK}, "Nothing is staged; all changes made here are published.")
	words := s.env.DialectOf("").Words().Staging
	if words.Stage == "" {
		return
	}
	doc.Space()
	doc.Para(words.Kept, theme.Plain)
	doc.Indented(string(words.Stage), theme.Accent)
	doc.Para("This screen would list them.", theme.Plain)
}

// notes says below the list that it is not complete.
func (s *Screen) notes() widget.StaticText {
	all, _ := s.env.Board.Staged()
	errs := []error{s.env.Board.StagedErr()}
	for i := range all {
		if all[i].Fault != nil {
			errs = append(errs, all[i].Fault)
		}
	}
	return s.Missing("Not everything could be read: ", errs...)
}
