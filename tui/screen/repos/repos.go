package repos

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/health"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

const (
	// stripLeast and stripMost limit the height of the strip about the selected
	// repository, which is one line in stripPart.
	stripLeast, stripMost, stripPart = 5, 14, 4
	// stripFrom is the height of the list from which there is a strip.
	stripFrom = 14
	// nameLeast is the width to which names are cut before any column goes; on wide
	// terminals it is one cell in namePart.
	nameLeast, namePart = 24, 3
)

// Screen is the list of repositories.
type Screen struct {
	*screen.List[row]
	env *screen.Env
	// rows are all that are known, in the order in which they came.
	rows  []row
	index map[model.GUN]int
	// registries counts the names that begin with each registry.
	registries map[string]int
	// bare is the registry that is left out of the names; empty where none is.
	bare string
	// terse shortens states and dates.
	terse bool
	// problems hides the repositories that need nothing.
	problems bool
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
)

// New makes the screen from what the board knows.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env, index: map[model.GUN]int{}, registries: map[string]int{}}
	s.apply(env.Board.Names())
	s.List = screen.NewList(env, screen.Listing[row]{
		Titled: true, Head: s.head,
		Columns: s.columns(), Sort: "HEALTH", Fit: s.fit,
		Load: func() []row { return s.rows }, News: s.news,
		Key:    func(r *row) string { return string(r.gun) },
		Match:  s.match,
		Tie:    byName,
		Hidden: func(r *row) bool { return s.problems && r.level > health.Stale },

		Detail: s.about, Empty: s.none,

		Actions: []screen.Action[row]{
			screen.OpenAction("no repository is selected", open),
			{ID: keymap.ReposProblems, Do: s.hide},
			{ID: keymap.ReposSeen, Do: s.seen, When: func(*row) (bool, string) {
				return env.Board.AnyMarked(), "nothing has changed since you last looked"
			}},
		},
		Changes: []keymap.ID{
			keymap.BeginWitness, keymap.BeginCountersign, keymap.BeginRenew, keymap.BeginRenewAll, keymap.BeginRotate, keymap.BeginRestate, keymap.BeginInit, keymap.BeginSignerAdd,
			keymap.BeginSignerRemove, keymap.BeginDelegate, keymap.BeginEdit, keymap.BeginUndelegate, keymap.BeginPurge, keymap.BeginThreshold, keymap.BeginDelete, keymap.BeginBackup,
			keymap.BeginSign, keymap.BeginRevoke, keymap.BeginCopyTag, keymap.BeginTargetAdd,
		},
		Subject: s.subject, Moves: screen.RowMoves(), Copies: s.copies,
	})
	s.Split.Strip = stripHeight
	return s
}

// match is what a filter looks at: the name, the level, and whether there is news.
func (s *Screen) match(r *row) string {
	words := strings.TrimSpace(r.context + " " + r.name + " " + r.word)
	if _, ok := s.env.Board.Marked(r.gun); ok {
		words += " changed"
	}
	return words
}

// Init begins the survey, unless that has been done.
func (s *Screen) Init() tea.Cmd {
	return tea.Batch(s.env.Board.Survey(), s.env.Board.Keys())
}

// Title names the screen.
func (s *Screen) Title() string { return "Repositories" }

// apply brings the rows of changed repositories up to date.
func (s *Screen) apply(changed []model.GUN) {
	for _, gun := range changed {
		if v, ok := s.env.Board.View(gun); ok {
			s.put(v)
		}
	}
}

// news takes what has been read.
func (s *Screen) news(msg screen.BoardMsg) tea.Cmd {
	s.apply(msg.Changed)
	s.Reload()
	return nil
}

// hide hides the repositories that need nothing, or shows them again.
func (s *Screen) hide(*row) tea.Cmd {
	s.problems = !s.problems
	s.Arrange()
	return nil
}

// seen takes the marks of what has changed away.
func (s *Screen) seen(*row) tea.Cmd {
	s.env.Board.Unmark()
	s.Reload()
	return nil
}

// subject are the repositories. One that has trust data already, or may have some, is none
// to initialise.
func (s *Screen) subject(change keymap.ID, rows []*row) (out screen.Subject) {
	for _, r := range rows {
		if change != keymap.BeginInit || r.level == health.None {
			out.GUNs = append(out.GUNs, r.gun)
		}
	}
	return out
}

func open(r *row) tea.Cmd {
	return screen.Send(nav.PushMsg{Route: nav.Repo(r.gun, nav.TabRoles)})
}

// Refresh looks at all repositories again.
func (s *Screen) Refresh() tea.Cmd {
	return tea.Batch(s.env.Board.Resurvey(), s.env.Board.Keys())
}

// Shown are the repositories in sight.
func (s *Screen) Shown() []model.GUN {
	var out []model.GUN
	for _, r := range s.Visible() {
		out = append(out, r.gun)
	}
	return out
}

// copies are the names and commands of a repository.
func (s *Screen) copies(r *row) []screen.CopyItem {
	context, name := s.env.Split(r.gun)
	gun, in := name.String(), ""
	if context != "" {
		in = "--context " + display.ShellWord(context) + " "
	}
	items := []screen.CopyItem{
		{Label: "name", Text: gun},
		{Label: "place", Text: nav.Repo(r.gun, nav.TabRoles).String()},
		{Label: "inspect command", Text: "trustdeck " + in + "inspect " + display.ShellWord(gun)},
	}
	words := s.env.DialectOf(r.gun).Words()
	if look := words.Commands.Look; len(look) > 0 {
		items = append(items, screen.CopyItem{Label: strings.TrimSuffix(text.Sentence(words.Puller+" command"), "."), Text: look[0].With("REPOSITORY", display.ShellWord(gun))})
	}
	return items
}

// Status says how far the survey is.
func (s *Screen) Status() (left, right string) {
	st, g := s.env.Styles, &s.env.Styles.Glyphs
	all, loading, _ := s.env.Board.Count()
	at, err := s.env.Board.Surveyed()
	switch {
	case err != nil && !s.env.Board.Surveying():
		what, _ := text.Error(err)
		left = st.Tone(theme.Bad).Render(g.Broken + " " + what)
	case loading > 0:
		left = st.Tone(theme.Dim).Render(g.Loading+" ") + text.Number(all-loading) + " of " + text.Number(all) + " checked"
	case all > 0:
		left = text.Count(all, "repository")
	}
	if s.problems {
		left += st.Tone(theme.Accent).Render("   problems only, " + s.env.Press(keymap.ReposProblems) + " shows all")
	}
	switch {
	case s.env.Board.Surveying():
		right = "reading.."
	case s.env.Board.Offline() && !s.env.Board.LastRead().IsZero():
		right = "last read " + text.Relative(s.env.Board.LastRead(), s.env.Now()) + ", " + s.env.Press(keymap.Refresh) + " refresh"
	case !at.IsZero():
		word := "updated "
		if later, byCheck := s.env.Board.CheckedAll(s.Shown()); later.After(at) {
			if at = later; byCheck {
				word = "checked "
			}
		}
		right = word + text.Relative(at, s.env.Now()) + ", " + s.env.Press(keymap.Refresh) + " refresh"
	}
	return left, st.Tone(theme.Dim).Render(right)
}

// none says why there is nothing to see, and what to do.
func (s *Screen) none(doc *widget.Doc) {
	at, err := s.env.Board.Surveyed()
	switch {
	case s.Filter() != "":
		doc.Uncut("No repository matches "+text.Clean(s.Filter())+".", s.env.Press(keymap.Back)+" clears the filter.")
	case s.problems && len(s.rows) > 0:
		doc.Uncut("No repository needs action.", s.env.Press(keymap.ReposProblems)+" shows all of them.")
	case at.IsZero():
		doc.Uncut("Reading the list of repositories..")
	case err != nil:
		screen.Explain(s.env.Styles, doc, err)
		doc.Indented(s.env.Press(keymap.Refresh)+" tries again.", theme.Dim)
	default:
		doc.Uncut("No repository is known at "+text.Clean(s.env.Place)+".", "",
			"Some servers don't list their repositories. Open a repository by name:",
			"    trustdeck repo/registry.example.org/team/app")
		if sign := s.env.DialectOf("").Words().Commands.Sign.Name(); sign != "" {
			doc.Uncut("or sign one image with " + sign + "; trustdeck then finds it in the trust folder.")
		}
	}
}
