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
// some height; 0 where there is no room for it.
func stripHeight(height int) int {
	if height < stripFrom {
		return 0
	}
	return max(stripLeast, min(height/stripPart, stripMost))
}

// fit fits the columns to the width. What gives way does so in a fixed order: the
// registry that most names share, the finding, changed, threshold, signers, then the
// words of states, and in the end names are cut.
func (s *Screen) fit(columns []widget.Column) []widget.Column {
	name, table := &columns[columnName], &s.Split.Table
	s.bare, s.terse = "", false
	name.Widest = s.longest()
	name.Width = name.Widest
	if table.Full(columns) > s.Width() {
		s.bare = s.common()
		name.Widest = s.longest()
		name.Width = min(name.Widest, max(nameLeast, s.Width()/namePart))
	}
	if table.Least(columns) > s.Width() {
		s.terse = true
		columns[columnHealth].Title = ""
	}
	return columns
}

// common is the registry that most names share; empty where none is shared.
func (s *Screen) common() string {
	most, names := "", 1
	for host, n := range s.registries {
		if host != "" && (n > names || n == names && n > 1 && host < most) {
			most, names = host, n
		}
	}
	return most
}

// longest is the width of the widest name.
func (s *Screen) longest() int {
	widest := 0
	for i := range s.rows {
		widest = max(widest, text.Width(s.name(&s.rows[i]).Text))
	}
	return widest
}

// head is a rule with the registry that is left out of the names.
func (s *Screen) head() string {
	title := s.bare
	if title != "" {
		title += "/"
	}
	return widget.Rule(s.env.Styles, title, s.Width())
}

// about lays out the strip: why the repository has its level, its roles, who signs
// and which keys are here, and the last publish. Read aloud, each is a line.
func (s *Screen) about(_ *widget.Doc, r *row) (title string, lines widget.Text) {
	v, _ := s.env.Board.View(r.gun)
	var below []string
	switch {
	case v.Repository == nil:
	case s.env.Styles.Words:
		below = append(append(s.roles(v), s.people(v)...), s.publish(v))
	default:
		below = []string{s.roleLine(v), "  " + strings.Join(s.people(v), "   "), "  " + s.publish(v)}
	}
	room := stripHeight(s.Height()-1) - 1 - len(below)
	return r.name, widget.StaticText(append(s.reasons(v, max(room, 1)), below...))
}

// reasons say what is the matter and what to do about it, the worst first, in at most
// so many lines.
func (s *Screen) reasons(v admin.Look, most int) []string {
	var words []string
	switch {
	case s.env.Board.Loading(v.GUN):
		words = []string{"not read yet"}
	case v.Fault != nil:
		what, hint := text.Error(v.Fault)
		words = []string{text.Sentence(what) + " " + text.Sentence(hint)}
	case v.Assessment.Reason == "":
		words = []string{"Verified, and nothing expires soon."}
	default:
		words = []string{text.Sentence(text.Clean(v.Assessment.Reason))}
	}
	st := s.env.Styles
	marks := []theme.Mark{st.ForLevel(v.Assessment.Level)}
	for i, f := range v.Assessment.Findings {
		fix := text.Sentence(text.Clean(f.Remedy))
		switch {
		case i == 0 && v.Fault == nil && f.Severity >= model.Warning:
			words[0] = strings.TrimSpace(words[0] + " " + fix)
		case f.Severity >= model.Warning:
			words = append(words, strings.TrimSpace(text.Sentence(text.Clean(f.Text))+" "+fix))
			marks = append(marks, st.ForSeverity(f.Severity))
		}
	}
	return s.marked(words, marks, most)
}

// marked lays sentences out after their marks. What has no room ends in the last line.
func (s *Screen) marked(words []string, marks []theme.Mark, most int) []string {
	st := s.env.Styles
	var lines []string
	for i, sentence := range words {
		mark := st.Tone(marks[i].Tone).Render(marks[i].Glyph)
		if st.Words {
			lines = append(lines, mark+" "+sentence)
			continue
		}
		width := max(s.Width()-4, 1)
		wrapped := text.Wrap(sentence, width)
		if room := most - len(lines); len(wrapped) > room {
			if room <= 0 {
				break
			}
			wrapped = append(wrapped[:room-1], text.Truncate(strings.Join(wrapped[room-1:], " "), width))
		}
		for j, line := range wrapped {
			if j > 0 {
				mark = " "
			}
			lines = append(lines, mark+" "+line)
		}
	}
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
	line := s.noticed(v) + s.env.Styles.Tone(theme.Dim).Render("last publish ") + text.UTC(v.Changed)
	for _, name := range append(s.env.DialectOf(v.GUN).Searched(), model.RoleTargets) {
		if role := v.Repository.Role(name); role != nil && role.Version > 0 {
			return line + fmt.Sprintf(", %s v%d, %s", name, role.Version, text.Count(len(role.Targets), s.env.DialectOf(v.GUN).Words().Target))
		}
	}
	return line
}

// noticed says what has changed since the user looked at the repository, and when that was
// noticed; empty where nothing has.
func (s *Screen) noticed(v admin.Look) string {
	m, ok := s.env.Board.Marked(v.GUN)
	if !ok {
		return ""
	}
	words := "changed at " + text.Clock(m.At) + " UTC"
	if !s.env.Styles.Words {
		words = s.env.Styles.Glyphs.Changed + " " + words
	}
	var roles []string
	for _, role := range m.Roles {
		roles = append(roles, text.Clean(v.Repository.Short(role)))
	}
	if len(roles) > 0 {
		words += ": " + strings.Join(roles, ", ")
	}
	return s.env.Styles.Tone(theme.Accent).Render(words) + "   "
}
