package repos

import (
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/detail"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// SetSize lays the screen out.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.list.terse = width < wideFrom
	s.table.Headless = height < stripFrom
	s.columns()
	rows := height - 1
	if s.strip() {
		rows -= s.stripHeight()
	}
	s.table.SetSize(width, rows)
}

// strip reports whether there is room for the strip.
func (s *Screen) strip() bool { return s.height >= stripFrom }

// stripHeight is the height of the strip; where there is room, what is the
// matter may take two lines.
func (s *Screen) stripHeight() int {
	if s.height >= stripTallFrom {
		return stripLines + 1
	}
	return stripLines
}

// columns fits the columns to the width. They go in a fixed order: changed,
// threshold, signers; then states shrink to their glyph and names lose their
// registry.
func (s *Screen) columns() {
	columns := []widget.Column{
		{ID: columnHealth, Title: "HEALTH", Width: 9},
		{ID: columnName, Title: "REPOSITORY", Width: 30, Grow: true, KeepEnd: true},
		{ID: columnSigners, Title: "SIGNERS", Width: 7, Right: true, Drop: 3},
		{ID: columnThreshold, Title: "THRESHOLD", Width: 9, Drop: 2},
		{ID: columnExpiry, Title: "NEXT EXPIRY", Width: 15},
		{ID: columnFirst, Title: "FIRST", Width: 9},
		{ID: columnChanged, Title: "CHANGED", Width: 7, Drop: 1},
	}
	if s.list.terse {
		columns[columnHealth].Width = 1
		columns[columnHealth].Title = ""
		columns[columnExpiry].Width = 13
		columns[columnName].Width = 24
		columns[columnFirst].Width = 12
		columns = append(columns[:columnSigners], columns[columnExpiry], columns[columnFirst])
	}
	room := s.width - 2
	for _, c := range widget.FitColumns(columns, room) {
		if c.ID != columnName {
			room -= c.Width + 2
		}
	}
	s.list.bare = s.list.registry != "" && strings.ContainsAny(s.list.registry, ".:") && s.list.longest > room
	columns[columnName].Max = s.list.longest
	s.table.SetColumns(columns)
}

// View draws the list, and below it the strip about the selected repository.
func (s *Screen) View() string {
	registry := ""
	if s.list.bare && !s.list.terse {
		registry = s.list.registry
	}
	parts := []string{widget.Rule(s.env.Styles, registry, s.width), s.table.View(s.env.Styles)}
	if s.strip() {
		parts = append(parts, s.about())
	}
	return strings.Join(parts, "\n")
}

// about draws the strip: why the repository has its level, its roles, who signs
// and which keys are here, and the last publish.
func (s *Screen) about() string {
	v, ok := s.selected()
	if !ok {
		return widget.Lines([]string{widget.Rule(s.env.Styles, "", s.width)}, s.stripHeight())
	}
	lines := []string{widget.Rule(s.env.Styles, text.Repo(v.GUN), s.width)}
	lines = append(lines, s.reason(v, s.stripHeight()-stripLines+1)...)
	if v.Repository != nil {
		lines = append(lines, s.roleLine(v), "   "+strings.Join(s.people(v), "   "), "   "+s.publish(v))
	}
	for i := range lines {
		lines[i] = text.Truncate(lines[i], s.width)
	}
	return widget.Lines(lines, s.stripHeight())
}

// reason says what is the matter and what to do about it, in at most as many
// lines, or more where nothing else is known.
func (s *Screen) reason(v admin.View, most int) []string {
	var words string
	switch {
	case s.env.Board.Loading(v.GUN):
		words = "not read yet"
	case v.Fault != nil:
		what, hint := text.Error(v.Fault)
		words = text.Sentence(what) + " " + text.Sentence(hint)
		if v.Repository == nil {
			most = stripLines - 1
		}
	case v.Assessment.Reason == "":
		words = "Verified, and nothing expires soon."
	default:
		words = text.Sentence(text.Clean(v.Assessment.Reason))
		if f := v.Assessment.Findings; len(f) > 0 && f[0].Remedy != "" {
			words += " " + text.Sentence(text.Clean(f[0].Remedy))
		}
	}
	st := s.env.Styles
	mark := st.ForLevel(v.Assessment.Level)
	lines := text.Wrap(words, s.width-4)
	if len(lines) > most {
		lines = append(lines[:most-1], text.Truncate(strings.Join(lines[most-1:], " "), s.width-4))
	}
	for i, line := range lines {
		lines[i] = "   " + line
	}
	lines[0] = " " + st.Tone(mark.Tone).Render(mark.Glyph) + lines[0][2:]
	return lines
}

// roles lists each role with its mark and the time it has left, those in trouble
// first.
func (s *Screen) roles(v admin.View) []string {
	var trouble, fine []string
	for i := range v.Repository.Roles {
		role := &v.Repository.Roles[i]
		mark := detail.Mark(s.env.Styles, v, role)
		words := s.env.Styles.Tone(mark.Tone).Render(mark.Glyph) + " " + text.Clean(role.Short)
		if !role.Expires.IsZero() {
			words += " " + strings.TrimPrefix(text.Expiry(role.Expires, s.env.Now()), "in ")
		}
		if mark.Tone == theme.Bad || mark.Tone == theme.Warn {
			trouble = append(trouble, words)
		} else {
			fine = append(fine, words)
		}
	}
	return append(trouble, fine...)
}

// roleLine shows the roles, as far as the width goes.
func (s *Screen) roleLine(v admin.View) string {
	line := ""
	for _, words := range s.roles(v) {
		if text.Width(line)+text.Width(words)+2 > s.width {
			break
		}
		line += " " + words + " "
	}
	return line
}

// people names the signers, and the roles whose keys are here.
func (s *Screen) people(v admin.View) []string {
	var names, here []string
	for _, p := range v.Repository.Signers {
		names = append(names, text.Clean(p.Name))
	}
	for i := range v.Repository.Roles {
		role := &v.Repository.Roles[i]
		for _, id := range role.Keys {
			if _, ok := s.env.Board.Holds(id); ok {
				here = append(here, text.Clean(role.Short))
				break
			}
		}
	}
	dim := s.env.Styles.Tone(theme.Dim)
	words := []string{dim.Render("signers: ") + orNone(names)}
	if _, read := s.env.Board.Local(); read {
		words = append(words, dim.Render("keys here: ")+orNone(here))
	}
	return words
}

func orNone(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// publish tells of the last change and what it published.
func (s *Screen) publish(v admin.View) string {
	line := s.env.Styles.Tone(theme.Dim).Render("last publish ") + text.UTC(v.Changed)
	for _, name := range append(s.env.Dialect.Searched(), model.RoleTargets) {
		if role := v.Repository.Role(name); role != nil && role.Version > 0 {
			return line + fmt.Sprintf(", %s v%d, %s", name, role.Version, text.Count(len(role.Targets), "tag"))
		}
	}
	return line
}
