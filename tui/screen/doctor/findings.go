package doctor

import (
	"cmp"
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

const (
	columnSeverity = iota
	columnCode
	columnRepository
	columnRole
	columnText
)

// columns fits the columns to what the findings name; the rest of the width is
// for what they say.
func (s *Screen) columns() []widget.Column {
	const leastName, leastRole, mostRole = 10, 7, 16
	mostName := max(s.width/5, leastName)
	name, role := leastName, leastRole
	for i := range s.shown {
		f := s.finding(i)
		name = max(name, text.Width(text.Repo(f.GUN)))
		role = max(role, text.Width(text.Clean(s.env.Dialect.Short(f.Role))))
	}
	columns := []widget.Column{
		{ID: columnSeverity, Title: "SEVERITY", Width: 10},
		{ID: columnCode, Title: "CODE", Width: 19, Drop: 1},
		{ID: columnRepository, Title: "REPOSITORY", Width: min(name, mostName)},
		{ID: columnRole, Title: "ROLE", Width: min(role, mostRole), Drop: 2},
		{ID: columnText, Title: "FINDING", Width: 20, Grow: true},
	}
	if s.width < wideFrom {
		columns[columnSeverity].Title, columns[columnSeverity].Width = "", 1
	}
	return columns
}

// finding is the finding of a row.
func (s *Screen) finding(i int) *health.Finding { return &s.findings[s.shown[i]] }

// arrange hands the findings that are not hidden to the table.
func (s *Screen) arrange() {
	s.shown = s.shown[:0]
	for i := range s.findings {
		if !s.problems || s.findings[i].Severity > model.Notice {
			s.shown = append(s.shown, i)
		}
	}
	s.split.Table.SetColumns(s.columns())
	s.say()
	s.split.Table.SetRows(widget.RowsOf{
		N: len(s.shown),
		KeyOf: func(i int) string {
			f := s.finding(i)
			return strings.Join([]string{f.Code, f.GUN.String(), f.Role.String(), f.Text}, "\x00")
		},
		CellOf:    func(i, column int) widget.Cell { return s.cell(s.finding(i), column) },
		CompareOf: func(column, i, j int) int { return cmp.Or(compare(column, s.finding(i), s.finding(j)), i-j) },
		MatchOf: func(i int) string {
			f := s.finding(i)
			return strings.Join([]string{f.Severity.String(), f.Code, f.GUN.String(), f.Role.String(), f.Text, f.Remedy}, " ")
		},
	})
	s.lay()
}

func (s *Screen) cell(f *health.Finding, column int) widget.Cell {
	switch column {
	case columnSeverity:
		mark := s.env.Styles.ForSeverity(f.Severity)
		if s.width < wideFrom {
			return widget.Cell{Text: mark.Glyph, Tone: mark.Tone}
		}
		return widget.Cell{Text: mark.Glyph + " " + f.Severity.String(), Tone: mark.Tone}
	case columnCode:
		return widget.Cell{Text: text.Clean(f.Code)}
	case columnRepository:
		if f.GUN == "" {
			return widget.Cell{Text: "-", Tone: theme.Dim}
		}
		return widget.Cell{Text: text.Repo(f.GUN)}
	case columnRole:
		if f.Role == "" {
			return widget.Cell{Text: "-", Tone: theme.Dim}
		}
		return widget.Cell{Text: text.Clean(s.env.Dialect.Short(f.Role))}
	default:
		return widget.Cell{Text: gist(f)}
	}
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

// compare orders by a column; by severity the worst come first.
func compare(column int, a, b *health.Finding) int {
	switch column {
	case columnSeverity:
		return int(b.Severity) - int(a.Severity)
	case columnCode:
		return strings.Compare(a.Code, b.Code)
	case columnRepository:
		return strings.Compare(a.GUN.String(), b.GUN.String())
	case columnRole:
		return strings.Compare(a.Role.String(), b.Role.String())
	default:
		return strings.Compare(a.Text, b.Text)
	}
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

// lay lays out the selected finding in full, with the way out.
func (s *Screen) lay() {
	f, ok := s.selected()
	if !ok {
		s.split.DetailTitle = ""
		s.split.Detail.SetText(widget.StaticText{})
		return
	}
	doc := widget.NewDoc(s.env.Styles, s.split.DetailWidth())
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
	s.split.DetailTitle = text.Clean(f.Code)
	s.split.Detail.SetText(doc.Lines())
}

// report lists the findings that are shown, for a ticket or a mail.
func (s *Screen) report() string {
	var b strings.Builder
	for i := range s.shown {
		f := s.finding(i)
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
