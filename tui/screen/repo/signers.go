package repo

import (
	"cmp"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/detail"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

const (
	signerName = iota
	signerKeys
	signerPulled
	signerExpires
)

// signersTab lists the people and robots who may sign tags.
type signersTab struct {
	base
	signers []model.Signer
}

func newSigners(s *Screen) *signersTab {
	t := &signersTab{base: base{s: s}}
	t.split.ListTitle = "Signers"
	t.split.Table.Empty = []string{"", "There are no signers.", "Tags are signed with the targets key itself."}
	t.detail = t.about
	t.setColumns(
		widget.Column{ID: signerName, Title: "NAME", Width: 12, Grow: true},
		widget.Column{ID: signerKeys, Title: "KEYS", Width: 4, Right: true},
		widget.Column{ID: signerPulled, Title: "CAN SIGN", Width: 8},
		widget.Column{ID: signerExpires, Title: "EXPIRES", Width: 9, Drop: 1},
	)
	return t
}

func (t *signersTab) load() {
	t.signers = t.s.repo().Signers
	t.split.Table.SetRows(widget.RowsOf{
		N:         len(t.signers),
		KeyOf:     func(i int) string { return t.signers[i].Role.String() },
		CellOf:    func(i, column int) widget.Cell { return t.cell(&t.signers[i], column) },
		CompareOf: func(column, i, j int) int { return t.compare(column, &t.signers[i], &t.signers[j]) },
	})
}

func (t *signersTab) role(p *model.Signer) *model.Role { return t.s.repo().Role(p.Role) }

func (t *signersTab) cell(p *model.Signer, column int) widget.Cell {
	switch column {
	case signerName:
		return widget.Cell{Text: text.Clean(p.Name)}
	case signerKeys:
		return widget.Cell{Text: text.Number(len(p.Keys))}
	case signerPulled:
		if len(p.Shared) == 0 {
			mark := t.s.env.Styles.ForSeverity(model.Warning)
			return widget.Cell{Text: mark.Glyph + " no", Tone: mark.Tone}
		}
		return widget.Cell{Text: "yes"}
	default:
		expires := t.role(p).Expires
		if expires.IsZero() {
			return widget.Cell{Text: "-", Tone: theme.Dim}
		}
		return widget.Cell{Text: text.Span(t.s.env.Now(), expires)}
	}
}

func (t *signersTab) compare(column int, a, b *model.Signer) int {
	order := 0
	switch column {
	case signerKeys:
		order = len(a.Keys) - len(b.Keys)
	case signerPulled:
		order = len(a.Shared) - len(b.Shared)
	case signerExpires:
		order = t.role(a).Expires.Compare(t.role(b).Expires)
	}
	return cmp.Or(order, strings.Compare(a.Name, b.Name))
}

func (t *signersTab) about(i int) (string, widget.Text) {
	p := &t.signers[i]
	st := t.s.env.Styles
	doc := t.doc()
	switch {
	case len(p.Shared) == 0:
		doc.Marked(st.ForSeverity(model.Warning), "None of the keys is listed by targets/releases: nothing that "+text.Clean(p.Name)+" signs is pulled.")
	case len(p.Shared) < len(p.Keys):
		doc.Marked(st.ForSeverity(model.Warning), "Only "+text.Number(len(p.Shared))+" of "+text.Count(len(p.Keys), "key")+" is listed by targets/releases as well.")
	default:
		doc.Para("May sign tags that clients pull.", theme.Plain)
	}
	doc.Space()
	doc.Verbatim(detail.Role(t.s.env, t.s.view, t.role(p), t.split.DetailWidth())...)
	return text.Clean(p.Name), doc.Lines()
}

func (t *signersTab) count() (int, bool) { return len(t.signers), t.s.repo() != nil }

func (t *signersTab) subject() screen.Subject {
	if i, ok := t.split.Table.Selected(); ok {
		return t.s.env.About(t.s.gun, t.signers[i].Role)
	}
	return t.base.subject()
}

func (t *signersTab) open() tea.Cmd {
	i, ok := t.split.Table.Selected()
	if !ok {
		return nil
	}
	return screen.Send(nav.PushMsg{Route: nav.Role(t.s.gun, t.signers[i].Role)})
}

func (t *signersTab) copies(i int) []screen.CopyItem {
	return append([]screen.CopyItem{{Label: "signer name", Text: t.signers[i].Name}},
		detail.CopyRole(t.role(&t.signers[i]))...)
}
