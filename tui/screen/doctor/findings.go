package doctor

import (
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// wideFrom is the width from which severities have their word beside the glyph.
const wideFrom = 80

func (s *Screen) columns() []screen.Column[health.Finding] {
	return []screen.Column[health.Finding]{
		{
			Name:   "SEVERITY",
			Column: widget.Column{Title: "SEVERITY", Width: 10},
			Cell:   s.severity,
			// The worst come first.
			Compare: screen.By(func(f *health.Finding) model.Severity { return -f.Severity }),
		},
		{
			Column:  widget.Column{Title: "CODE", Width: 19, Drop: 1},
			Cell:    func(f *health.Finding) widget.Cell { return widget.Cell{Text: text.Clean(f.Code)} },
			Compare: screen.By(func(f *health.Finding) string { return f.Code }),
		},
		{
			Column:  widget.Column{Title: "REPOSITORY"},
			Cell:    func(f *health.Finding) widget.Cell { return screen.WordCell(text.Repo(f.GUN)) },
			Compare: screen.By(func(f *health.Finding) model.GUN { return f.GUN }),
		},
		{
			Column:  widget.Column{Title: "ROLE", Drop: 2},
			Cell:    func(f *health.Finding) widget.Cell { return screen.WordCell(s.role(f)) },
			Compare: screen.By(func(f *health.Finding) model.RoleName { return f.Role }),
		},
		{
			Column:  widget.Column{Title: "FINDING", Width: 20, Grow: true},
			Cell:    func(f *health.Finding) widget.Cell { return widget.Cell{Text: gist(f)} },
			Compare: screen.By(func(f *health.Finding) string { return f.Text }),
		},
	}
}

// fit fits the columns to what the findings name; the rest of the width is for
// what they say.
func (s *Screen) fit(columns []widget.Column) []widget.Column {
	const leastName, leastRole, mostRole = 10, 7, 16
	names, roles := leastName, leastRole
	for i := range s.Len() {
		names = max(names, text.Width(text.Repo(s.At(i).GUN)))
		roles = max(roles, text.Width(s.role(s.At(i))))
	}
	columns[2].Width, columns[3].Width = min(names, max(s.Width()/5, leastName)), min(roles, mostRole)
	for _, i := range []int{2, 3} {
		columns[i].Grow, columns[i].Max = true, columns[i].Width
	}
	if s.Width() < wideFrom {
		columns[0].Title, columns[0].Width = "", 1
	}
	return columns
}

func (s *Screen) severity(f *health.Finding) widget.Cell {
	mark, word := s.env.Styles.ForSeverity(f.Severity), f.Severity.String()
	if s.Width() < wideFrom {
		word = ""
	}
	return screen.MarkCell(mark, word)
}

// role is the short name of the role; empty where the finding is about none.
func (s *Screen) role(f *health.Finding) string {
	if f.Role == "" {
		return ""
	}
	return text.Clean(s.env.DialectOf(f.GUN).Short(f.Role))
}

// key tells findings apart.
func key(f *health.Finding) string {
	return strings.Join([]string{f.Code, f.GUN.String(), f.Role.String(), f.Text}, "\x00")
}

func match(f *health.Finding) string {
	return strings.Join([]string{f.Severity.String(), f.Code, f.GUN.String(), f.Role.String(), f.Text, f.Remedy}, " ")
}

// gist is a finding for one line. The finding about a key file begins with its
// path, which would fill the line; there, what is the matter comes first.
func gist(f *health.Finding) string {
	words := text.Clean(f.Text)
	if path, what, ok := strings.Cut(words, ": "); ok && aboutKeys(f) {
		return what + "  (" + path + ")"
	}
	return words
}

// aboutKeys reports whether a finding is about a private key here.
func aboutKeys(f *health.Finding) bool {
	return f.Code == admin.CodeKeyFile || f.Code == admin.CodeKeyPlain || f.Code == admin.CodeKeyUnused || f.Code == admin.CodeKeyUnsaved
}

// destination is the place that a finding is about: the role, where the
// repository could be read and has it, else the repository; the keys or the
// log for what is about this machine or the server.
func destination(board *screen.Board, f *health.Finding) (route nav.Route, ok bool) {
	switch {
	case aboutKeys(f):
		return nav.Place(nav.KindKeys), true
	case f.GUN == "" && f.Code == admin.CodeServer:
		return nav.Place(nav.KindLog), true
	case f.GUN == "":
		return nav.Route{}, false
	}
	if view, _ := board.View(f.GUN); f.Role != "" && view.Repository != nil && view.Repository.Role(f.Role) != nil {
		return nav.Role(f.GUN, f.Role), true
	}
	return nav.Repo(f.GUN, nav.TabRoles), true
}

// about lays out a finding in full, with the way out.
func (s *Screen) about(doc *widget.Doc, f *health.Finding) (title string, lines widget.Text) {
	mark := s.env.Styles.ForSeverity(f.Severity)
	doc.Marked(mark, text.Sentence(text.Clean(f.Text)))
	if f.Remedy != "" {
		doc.Indented(text.Sentence(text.Clean(f.Remedy)), theme.Accent)
	}
	doc.Space()
	doc.TonedFact("Severity", f.Severity.String(), mark.Tone)
	if f.GUN != "" {
		doc.Fact("Repository", text.Clean(f.GUN.String()))
	}
	if f.Role != "" {
		doc.Fact("Role", text.Clean(f.Role.String()))
	}
	doc.Fact("Code", text.Clean(f.Code))
	return text.Clean(f.Code), doc.Lines()
}

// report lists the findings that are shown, for a ticket or a mail.
func (s *Screen) report() string {
	var b strings.Builder
	for i := range s.Len() {
		f := s.At(i)
		words := []string{f.Severity.String(), f.Code}
		if f.GUN != "" {
			words = append(words, f.GUN.String())
		}
		if f.Role != "" {
			words = append(words, f.Role.String())
		}
		b.WriteString(text.Clean(strings.Join(words, " ")) + ": " + text.Sentence(text.Clean(f.Text)))
		if f.Remedy != "" {
			b.WriteString(" " + text.Sentence(text.Clean(f.Remedy)))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
