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

// stripHeight is the height of the strip about the selected repository, in a list of
// some height; 0 where there is no room for it. Where there is most room, what is the
// matter may take two lines.
func stripHeight(height int) int {
	switch {
	case height < stripFrom-1:
		return 0
	case height < stripTallFrom-1:
		return stripLines
	default:
		return stripLines + 1
	}
}

// fit fits the columns to the width. They go in a fixed order: changed, threshold,
// signers; then states shrink to their glyph and names lose their registry.
func (s *Screen) fit(columns []widget.Column) []widget.Column {
	if s.terse() {
		columns[columnHealth].Width = 1
		columns[columnHealth].Title = ""
		columns[columnExpiry].Width = 13
		columns[columnName].Width = 24
		columns[columnFirst].Width = 12
		columns = append(columns[:columnSigners], columns[columnExpiry], columns[columnFirst])
	}
	room := s.Width() - 2
	for _, c := range widget.FitColumns(columns, room) {
		if c.ID != columnName {
			room -= c.Width + 2
		}
	}
	s.bare = s.registry != "" && strings.ContainsAny(s.registry, ".:") && s.longest > room
	columns[columnName].Max = s.longest
	return columns
}

// head is a rule with the registry that is left out of the names.
func (s *Screen) head() string {
	registry := ""
	if s.bare && !s.terse() {
		registry = s.registry
	}
	return widget.Rule(s.env.Styles, registry, s.Width())
}

// about lays out the strip: why the repository has its level, its roles, who signs
// and which keys are here, and the last publish. Read aloud, each is a line.
func (s *Screen) about(_ *widget.Doc, r *row) (title string, lines widget.Text) {
	v, _ := s.env.Board.View(r.gun)
	most := 1
	if !s.env.Styles.Words && stripHeight(s.Height()-1) > stripLines {
		most = 2
	}
	out := widget.StaticText(s.reason(v, most))
	switch {
	case v.Repository == nil:
	case s.env.Styles.Words:
		out = append(append(append(out, s.roles(v)...), s.people(v)...), s.publish(v))
	default:
		out = append(out, s.roleLine(v), "  "+strings.Join(s.people(v), "   "), "  "+s.publish(v))
	}
	return r.short, out
}

// reason says what is the matter and what to do about it, in at most as many
// lines, or more where nothing else is known.
func (s *Screen) reason(v admin.Look, most int) []string {
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
	width := max(s.Width()-4, 1)
	lines := text.Wrap(words, width)
	if len(lines) > most {
		lines = append(lines[:most-1], text.Truncate(strings.Join(lines[most-1:], " "), width))
	}
	for i, line := range lines {
		lines[i] = "  " + line
	}
	lines[0] = st.Tone(mark.Tone).Render(mark.Glyph) + lines[0][1:]
	return lines
}

// roles lists each role with its mark and the time it has left, those in trouble
// first.
func (s *Screen) roles(v admin.Look) []string {
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
func (s *Screen) roleLine(v admin.Look) string {
	line := ""
	for _, words := range s.roles(v) {
		if text.Width(line)+text.Width(words)+2 > s.Width() {
			break
		}
		line += " " + words + " "
	}
	return strings.TrimPrefix(line, " ")
}

// people names the signers, and the roles whose keys are here.
func (s *Screen) people(v admin.Look) []string {
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
func (s *Screen) publish(v admin.Look) string {
	line := s.env.Styles.Tone(theme.Dim).Render("last publish ") + text.UTC(v.Changed)
	for _, name := range append(s.env.DialectOf(v.GUN).Searched(), model.RoleTargets) {
		if role := v.Repository.Role(name); role != nil && role.Version > 0 {
			return line + fmt.Sprintf(", %s v%d, %s", name, role.Version, text.Count(len(role.Targets), s.env.DialectOf(v.GUN).Words().Target))
		}
	}
	return line
}
