package repo

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/detail"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// signersTab lists the people and robots who may sign tags.
type signersTab struct {
	*screen.List[model.Signer]
	s *Screen
}

func newSigners(s *Screen) *signersTab {
	t := &signersTab{s: s}
	byName := screen.By(func(p *model.Signer) string { return p.Name })
	t.List = screen.NewList(s.env, screen.Listing[model.Signer]{
		Title: "Signers", Titled: true, Head: s.head,
		Columns: []screen.Column[model.Signer]{
			{
				Column:  widget.Column{Title: "NAME", Width: 12, Grow: true},
				Cell:    func(p *model.Signer) widget.Cell { return widget.Cell{Text: text.Clean(p.Name)} },
				Compare: byName,
			},
			{
				Column:  widget.Column{Title: "KEYS", Width: 4, Right: true},
				Cell:    func(p *model.Signer) widget.Cell { return widget.Cell{Text: text.Number(len(p.Keys))} },
				Compare: screen.By(func(p *model.Signer) int { return len(p.Keys) }),
			},
			{
				Column:  widget.Column{Title: "CAN SIGN", Width: 8},
				Cell:    t.pulled,
				Compare: screen.By(func(p *model.Signer) int { return len(p.Shared) }),
			},
			{
				Column:  widget.Column{Title: "EXPIRES", Width: 9, Drop: 1},
				Cell:    t.expires,
				Compare: func(a, b *model.Signer) int { return t.of(a).Expires.Compare(t.of(b).Expires) },
			},
		},
		Load: func() []model.Signer {
			if s.repo() == nil {
				return nil
			}
			return s.repo().Signers
		},
		Key: func(p *model.Signer) string { return p.Role.String() },
		Tie: byName,

		Detail: t.about,
		Empty: func(doc *widget.Doc) {
			doc.Uncut("There are no signers.", text.Capital(s.env.DialectOf(s.gun).Words().Targets())+" are signed with the targets key itself.")
		},
		Actions: []screen.Action[model.Signer]{
			screen.OpenAction(none, func(p *model.Signer) tea.Cmd { return s.open(p.Role) }),
			historyAction(s, func(p *model.Signer) string { return p.Name }),
		},
		Copies: func(p *model.Signer) []screen.CopyItem {
			return append([]screen.CopyItem{{Label: "signer name", Text: p.Name}}, detail.CopyRole(t.of(p))...)
		},
	})
	return t
}

// of is the role of a signer.
func (t *signersTab) of(p *model.Signer) *model.Role { return t.s.repo().Role(p.Role) }

func (t *signersTab) pulled(p *model.Signer) widget.Cell {
	if len(p.Shared) == 0 && len(t.s.repo().Shared) > 0 {
		return screen.MarkCell(t.s.env.Styles.ForSeverity(model.Warning), "no")
	}
	return widget.Cell{Text: "yes"}
}

func (t *signersTab) expires(p *model.Signer) widget.Cell {
	expires := t.of(p).Expires
	if expires.IsZero() {
		return screen.WordCell("")
	}
	return widget.Cell{Text: text.Span(t.s.env.Now(), expires)}
}

func (t *signersTab) about(doc *widget.Doc, p *model.Signer) (title string, lines widget.Text) {
	st, shared := t.s.env.Styles, t.s.repo().Shared
	words := t.s.env.DialectOf(t.s.gun).Words()
	may := "May sign " + words.Targets() + " that clients " + words.Find + "."
	switch {
	case len(shared) == 0:
		doc.Para(may, theme.Plain)
	case len(p.Shared) == 0:
		doc.Marked(st.ForSeverity(model.Warning), "None of the keys is listed by "+text.Clean(shared[0].String())+": clients find nothing that "+text.Clean(p.Name)+" signs is "+words.Found+".")
	case len(p.Shared) < len(p.Keys):
		doc.Marked(st.ForSeverity(model.Warning), "Only "+text.Number(len(p.Shared))+" of "+text.Count(len(p.Keys), "key")+" is listed by "+text.Clean(shared[0].String())+" as well.")
	default:
		doc.Para(may, theme.Plain)
	}
	doc.Space()
	doc.Verbatim(detail.Role(t.s.env, t.s.view, t.of(p), doc.Width())...)
	return text.Clean(p.Name), doc.Lines()
}

func (t *signersTab) count() (int, bool) { return len(t.All()), t.s.repo() != nil }

// role is that of the signer who is selected.
// roles are those of the signers that are marked, or of the one that is selected.
func (t *signersTab) roles() []model.RoleName {
	var out []model.RoleName
	for _, p := range t.Chosen() {
		out = append(out, p.Role)
	}
	return out
}
