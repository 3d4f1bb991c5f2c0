package quorum

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/quorum"
	"trustdeck/tui/detail"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen lists the roles of a repository with what it takes to publish each.
type Screen struct {
	*detail.Page[quorum.Role]
	env *screen.Env
	gun model.GUN
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
func New(env *screen.Env, gun model.GUN) *Screen {
	s := &Screen{env: env, gun: gun}
	s.Page = detail.NewPage(env, gun, "Quorum", "Working out the quorums..", true, screen.Listing[quorum.Role]{
		Columns: []screen.Column[quorum.Role]{
			{Column: widget.Column{Title: "ROLE", Width: 10, Grow: true, Max: 26}, Cell: s.name, Compare: screen.By(func(r *quorum.Role) model.RoleName { return r.Name })},
			{Column: widget.Column{Title: "NEEDS", Width: 7}, Cell: func(r *quorum.Role) widget.Cell { return screen.WordCell(r.Needs()) }, Compare: screen.By((*quorum.Role).Needs)},
			{Column: widget.Column{Title: "HOLDERS", Width: 14, Grow: true}, Cell: s.holders, Compare: screen.By(func(r *quorum.Role) int { return r.Holders.Most })},
			screen.WordColumn(widget.Column{Title: "ONE?", Full: "one holder is enough", Width: 7}, one),
			screen.WordColumn(widget.Column{Title: "WEAKEST", Full: "weakest algorithm", Width: 11, Drop: 2}, func(r *quorum.Role) string { return text.Clean(r.Weakest.Name) }),
			screen.WordColumn(widget.Column{Title: "MAY LOSE", Full: "keys that can be lost", Width: 8, Drop: 1}, (*quorum.Role).Loss),
		},
		Slot:  env.Tasks.Slot("working out the quorums of " + string(gun)).About(string(gun)),
		Fetch: s.examine,
		Key:   func(r *quorum.Role) string { return string(r.Name) },
		Match: match,

		Detail: s.about, Unmatched: "No role or holder matches",
		Actions: []screen.Action[quorum.Role]{screen.OpenAction("no role is selected", func(r *quorum.Role) tea.Cmd {
			return screen.Send(nav.PushMsg{Route: nav.Role(gun, r.Name)})
		})},
		Copies: copies,
	})
	return s
}

// examine works out the quorums of the repository as it is now.
func (s *Screen) examine() func(context.Context) ([]quorum.Role, error) {
	repo, known := s.Repository(), s.env.Holders
	local, _ := s.env.Board.Local()
	for _, k := range local {
		known.Here = append(known.Here, k.IDs()...)
	}
	return func(context.Context) ([]quorum.Role, error) { return quorum.Examine(repo, known), nil }
}

func (s *Screen) name(r *quorum.Role) widget.Cell {
	if s.Repository() == nil {
		return widget.Cell{Text: text.Clean(r.Name.String())}
	}
	return widget.Cell{Text: text.Clean(s.Repository().Short(r.Name))}
}

func (s *Screen) holders(r *quorum.Role) widget.Cell {
	if r.Unreachable != "" {
		return screen.MarkCell(s.env.Styles.ForSeverity(model.Failure), "nobody")
	}
	return widget.Cell{Text: text.Clean(r.Holders.Summary())}
}

// one is whether one holder is enough; empty where nobody is.
func one(r *quorum.Role) string {
	if r.Unreachable != "" {
		return ""
	}
	return r.Holders.One().String()
}

func match(r *quorum.Role) string {
	words := []string{string(r.Name)}
	for _, k := range r.Keys {
		words = append(words, k.Holder.String(), k.Organisation, string(k.ID()), k.ID().Short(), k.Fingerprint)
	}
	return strings.Join(words, " ")
}

// about explains the role in sentences, and lists its keys.
func (s *Screen) about(doc *widget.Doc, r *quorum.Role) (title string, lines widget.Text) {
	st := s.env.Styles
	for i, sentence := range r.Explain() {
		sentence = text.Clean(sentence)
		if i == 0 && r.Unreachable != "" {
			doc.Marked(st.ForSeverity(model.Failure), sentence)
			continue
		}
		doc.Marked(theme.Mark{Glyph: "-", Tone: theme.Dim}, sentence)
	}
	if len(r.Keys) > 0 {
		doc.Head("KEYS THAT COUNT")
	}
	for _, k := range r.Keys {
		words := []string{text.Clean(k.ID().Short()), text.Clean(k.Algorithm.Name), text.Clean(k.Holder.String()), text.Clean(k.Organisation)}
		if r.Unreachable == "" && !r.MayLose(k) {
			words = append(words, "indispensable")
		}
		doc.Marked(theme.Mark{Glyph: "-", Tone: theme.Dim}, doc.Row(words...))
	}
	if len(r.Unusable) > 0 {
		doc.Head("KEYS THAT DO NOT COUNT")
	}
	for _, id := range r.Unusable {
		doc.Marked(st.ForSeverity(model.Warning), text.Clean(id.Short()))
	}
	return text.Clean(string(r.Name)), doc.Lines()
}

func copies(r *quorum.Role) []screen.CopyItem {
	items := []screen.CopyItem{
		{Label: "role name", Text: string(r.Name)},
		{Label: "explanation", Text: strings.Join(r.Explain(), "\n"), Lines: true},
	}
	for _, k := range r.Keys {
		items = append(items, screen.CopyItem{Label: "key ID of " + text.Clean(k.Holder.String()), Text: string(k.ID())})
	}
	return items
}
