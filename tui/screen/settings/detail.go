package settings

import (
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// about lays out a setting in full.
func (s *Screen) about(doc *widget.Doc, r *row) (title string, lines widget.Text) {
	now := r.now()
	doc.WidenLabels("config.toml")
	if now.Field != nil && now.Field.ID == screen.SettingServer {
		doc.LinkFact("Value", text.Clean(now.Value))
	} else {
		doc.Fact("Value", text.Clean(now.Value))
	}
	if r.chosen() {
		doc.TonedFact("From", "chosen here, not saved", theme.Warn)
	} else {
		doc.Fact("From", originInFull(now.From))
	}
	if r.next.Field != nil {
		s.layField(doc, r)
	}
	if r.later() {
		doc.TonedFact("Next start", text.Clean(r.next.Value)+", from "+originInFull(r.next.From), theme.Accent)
	}
	doc.Space()
	if now.Warning != "" {
		doc.Marked(theme.Mark{Glyph: s.env.Styles.Glyphs.Soon, Tone: theme.Warn}, text.Clean(now.Warning))
	}
	doc.Para(text.Clean(now.Help), theme.Plain)
	doc.Para(s.how(r), theme.Dim)
	return text.Clean(now.Name), doc.Lines()
}

func (s *Screen) layField(doc *widget.Doc, r *row) {
	switch f := r.next.Field; {
	case r.change != nil && r.change.Unset:
		doc.TonedFact("config.toml", "the line will be removed; not saved, "+s.env.Press(keymap.SettingsSave)+" saves", theme.Warn)
	case r.change != nil:
		doc.TonedFact("config.toml", text.Clean(r.change.Value)+"; not saved, "+s.env.Press(keymap.SettingsSave)+" saves", theme.Warn)
	case f.Stated == "":
		doc.Fact("config.toml", "doesn't set it")
	default:
		doc.Fact("config.toml", text.Clean(f.Stated))
	}
}

// how says what a change would do, or why there is none here.
func (s *Screen) how(r *row) string {
	f := r.next.Field
	switch {
	case f == nil:
		return text.Sentence(elsewhere)
	case !f.Counts:
		return "This value comes from " + origin(r.next.From) + "; this run doesn't use the file."
	case f.Live:
		return "A change applies at once. Save it to keep it for the next start."
	default:
		return "A change applies from the next start, if you save it."
	}
}

// copies are the value, its origin, and the file.
func (s *Screen) copies(r *row) []screen.CopyItem {
	items := []screen.CopyItem{{Label: "value", Text: r.now().Value}}
	if name := r.now().From.Name; name != "" {
		items = append(items, screen.CopyItem{Label: "where it comes from", Text: name})
	}
	if path := s.setup.Next().Path; path != "" {
		items = append(items, screen.CopyItem{Label: "path of config.toml", Text: path})
	}
	return items
}
