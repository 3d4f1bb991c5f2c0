package tag

import (
	"encoding/hex"

	"trustdeck/model"
	"trustdeck/tui/detail"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// entry is one role that lists the tag with one content.
type entry struct {
	role    model.RoleName
	content string
	mark    theme.Mark
	// words say what clients make of it.
	words string
}

func columns() []screen.Column[entry] {
	return []screen.Column[entry]{
		{
			Column: widget.Column{Title: "ROLE", Width: 12, Grow: true, Unsorted: true},
			Cell:   func(e *entry) widget.Cell { return widget.Cell{Text: text.Clean(e.role.String())} },
		},
		{
			Column: widget.Column{Title: "CONTENT", Width: 8, Drop: 1, Unsorted: true},
			Cell:   func(e *entry) widget.Cell { return widget.Cell{Text: e.content, Tone: theme.Dim} },
		},
		{
			Column: widget.Column{Title: "VERDICT", Width: 13, Unsorted: true},
			Cell:   func(e *entry) widget.Cell { return screen.MarkCell(e.mark, e.words) },
		},
	}
}

// entries lists every role that lists the tag, content by content.
func (f *found) entries(s *theme.Styles) []entry {
	var out []entry
	for i := range f.contents {
		content := &f.contents[i]
		digits := short(content.Hashes)
		for _, name := range content.Roles {
			e := entry{role: name, content: digits}
			e.mark, e.words = f.usable(s, name, content)
			out = append(out, e)
		}
		for _, name := range content.Unusable {
			out = append(out, entry{name, digits, s.ForSeverity(model.Failure), f.unusable(name)})
		}
	}
	return out
}

// usable says what a role that can be relied on has to do with what is pulled.
func (f *found) usable(s *theme.Styles, name model.RoleName, content *model.Tag) (theme.Mark, string) {
	switch {
	case content.Pulled && name == f.resolution.Role:
		return theme.Mark{Glyph: s.Glyphs.OK, Tone: theme.OK}, "decides"
	case content.Pulled:
		return theme.Mark{Glyph: s.Glyphs.OK, Tone: theme.OK}, "agrees"
	default:
		return theme.Mark{Glyph: s.Glyphs.None, Tone: theme.Dim}, "skipped"
	}
}

// unusable says in a word or two why a role is not relied on.
func (f *found) unusable(name model.RoleName) string {
	role := f.in.Role(name)
	_, _, barred := detail.Barrier(f.in, name)
	switch {
	case role == nil:
		return "unknown"
	case !role.Usable():
		return role.Condition()
	case barred:
		return "cut off"
	default:
		return "not allowed"
	}
}

// short is the beginning of a digest.
func short(h model.Hashes) string {
	digits := hex.EncodeToString(h.SHA256)
	if digits == "" {
		digits = hex.EncodeToString(h.SHA512)
	}
	return digits[:min(len(digits), 8)]
}
