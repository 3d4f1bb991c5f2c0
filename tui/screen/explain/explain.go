package explain

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/detail"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
)

// Screen lists the steps of a search for a target.
type Screen struct {
	*detail.Page[row]
	env    *screen.Env
	gun    model.GUN
	target string
	// unfolded are the roles of which the delegations for other targets are listed, and
	// filter the pattern, for which all are.
	unfolded map[model.RoleName]bool
	filter   string
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Filterer  = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Copier    = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
	_ screen.Cursorer  = (*Screen)(nil)
	_ screen.Closer    = (*Screen)(nil)
)

// New makes the screen. The name of the target may hold any bytes.
func New(env *screen.Env, gun model.GUN, target string) *Screen {
	s := &Screen{env: env, gun: gun, target: target, unfolded: map[model.RoleName]bool{}}
	s.Page = detail.NewPage(env, gun, "Explain "+text.Clean(target), "Following the delegations..", true, screen.Listing[row]{
		Tree:     true,
		LongRows: true, Columns: s.columns(),
		Slot:   env.Tasks.Slot("looking for " + text.Clean(target) + " in " + text.Clean(string(gun))).About(string(gun)),
		Fetch:  s.look,
		Key:    func(r *row) string { return r.key },
		Match:  match,
		Hidden: func(r *row) bool { return r.folded && s.filter == "" && !s.unfolded[r.step.Edge.From] },

		Detail: s.about, Unmatched: "No delegation matches",
		Actions: []screen.Action[row]{
			{ID: keymap.Open, When: openable, Do: s.open},
			{ID: keymap.ToggleRow, When: func(r *row) (bool, string) { return r != nil && r.fold(), "nothing is folded here" }, Do: s.toggle},
		},
		Copies: s.copies,
	})
	return s
}

// look follows the delegations in the repository as it is now.
func (s *Screen) look() func(context.Context) ([]row, error) {
	repo, known, dialect, target := s.Repository(), s.env.Holders, s.env.DialectOf(s.gun), s.target
	local, _ := s.env.Board.Local()
	for _, k := range local {
		known.Here = append(known.Here, k.IDs()...)
	}
	return func(context.Context) ([]row, error) {
		return rows(newResult(repo, dialect.Search(repo, target), known)), nil
	}
}

// fold reports whether the row is folded or can be again.
func (r *row) fold() bool { return r.kind == fold || r.folded }

func openable(r *row) (bool, string) {
	switch {
	case r == nil:
		return false, "nothing is selected"
	case r.kind == end && r.of.search.Resolution.Role == "":
		return false, "no role lists it"
	case r.kind == step && r.of.roles[r.step.Edge.Name] == nil:
		return false, "this role was not read"
	default:
		return true, ""
	}
}

// open unfolds a row, or goes to its role.
func (s *Screen) open(r *row) tea.Cmd {
	name := r.of.search.Resolution.Role
	switch r.kind {
	case fold:
		return s.toggle(r)
	case step:
		name = r.step.Edge.Name
	case end:
	}
	return screen.Send(nav.PushMsg{Route: nav.Role(s.gun, name)})
}

// toggle lists the delegations that are for other targets, or folds them again.
func (s *Screen) toggle(r *row) tea.Cmd {
	from := r.step.Edge.From
	s.unfolded[from] = !s.unfolded[from]
	s.Arrange()
	s.Select("fold\x00" + string(from))
	return nil
}

// SetFilter shows only the rows that match, also those that are folded.
func (s *Screen) SetFilter(pattern string) {
	if (pattern == "") != (s.filter == "") {
		s.filter = pattern
		s.Arrange()
	}
	s.filter = pattern
	s.Page.SetFilter(pattern)
}

// result is that of the last search; nil before the first.
func (s *Screen) result() *result {
	if all := s.All(); len(all) > 0 {
		return all[0].of
	}
	return nil
}

// Status says what comes of the search.
func (s *Screen) Status() (left, right string) {
	left, right = s.Page.Status()
	if of := s.result(); left == "" && of != nil {
		st := s.env.Styles
		mark, word := of.verdict(st)
		left = st.Tone(mark.Tone).Render(mark.Glyph) + " " + word + ": " + text.Clean(of.search.Resolution.Reason)
	}
	return left, right
}

// copies are the names of a row, and why it is what it is.
func (s *Screen) copies(r *row) []screen.CopyItem {
	items := []screen.CopyItem{{Label: "target", Text: text.Clean(s.target)}, {Label: "place", Text: nav.Explain(s.gun, s.target).String()}}
	if r.kind == step {
		items = append(items, screen.CopyItem{Label: "role name", Text: string(r.step.Edge.Name)})
	}
	return append(items, screen.CopyItem{Label: "reason", Text: text.Sentence(text.Clean(r.why()))})
}
