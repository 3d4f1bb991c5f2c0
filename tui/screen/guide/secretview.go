package guide

import (
	"errors"

	"trustdeck/model"
	"trustdeck/tui/secrets"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// layout draws the question with its field, which shows nothing of what is in it. What
// must be known of the key comes last: where there is little room, it is that which
// has to be scrolled to.
func (s *secret) layout(styles *theme.Styles, width int) (widget.StaticText, spot) {
	doc := widget.NewDoc(styles, width)
	doc.Para(s.wanted(), theme.Strong)
	mask, strength := "", ""
	if len(s.field) > 0 {
		mask = "********"
	}
	if s.ask.New && s.first == nil && s.problem == "" && len(s.field) > 0 {
		words, ok := secrets.Strength(s.ask, s.field)
		tone := theme.Dim
		if !ok {
			tone = theme.Warn
		}
		strength = "   " + styles.Tone(tone).Render(words)
	}
	at := spot{x: 2 + len(mask), y: len(doc.Lines())}
	doc.Verbatim(styles.Key.Render("> ") + mask + strength)
	if why := s.wrong(); why != "" {
		doc.Marked(theme.Mark{Glyph: styles.Glyphs.Broken, Tone: theme.Bad}, text.Sentence(text.Clean(why)))
	}
	if left := secrets.TriesLeft(s.ask); left != "" {
		doc.Marked(styles.ForSeverity(model.Warning), left)
	}
	if s.skipping {
		doc.Marked(styles.ForSeverity(model.Warning), "Press Enter again to skip this key. "+text.Clean(s.ask.Skip))
	}
	at.end = len(doc.Lines()) - 1
	if s.first != nil {
		return doc.Lines(), at
	}
	if path := text.Clean(secrets.Where(s.ask.Key)); path != "" {
		label := "File "
		if s.ask.Key.Place == model.PlaceToken {
			label = "On "
		}
		doc.Verbatim(styles.Tone(theme.Dim).Render(label + text.TruncateLeft(path, width-len(label))))
	}
	if s.ask.Skip != "" && !s.skipping {
		doc.Para("Press Enter alone to skip this key.", theme.Dim)
	}
	for _, words := range s.about {
		doc.Para(text.Clean(words), theme.Dim)
	}
	return doc.Lines(), at
}

// wanted says which passphrase is wanted, and what for.
func (s *secret) wanted() string {
	switch {
	case s.first != nil:
		return "Type the " + secrets.Noun(s.ask) + " again."
	case s.confirming():
		return text.Sentence(text.Clean(secrets.AskedLastTry(s.ask)))
	}
	return text.Sentence(text.Clean(secrets.Wanted(s.ask)))
}

// wrong says what was wrong with the last answer.
func (s *secret) wrong() string {
	switch {
	case s.problem != "":
		return s.problem
	case s.ask.Wrong == nil || s.first != nil:
		return ""
	case s.tried != "":
		return "the passphrase in " + s.tried + " is wrong"
	default:
		if fault, ok := errors.AsType[*model.Fault](s.ask.Wrong); ok {
			return fault.Text // its subject is the file, which is shown
		}
		return s.ask.Wrong.Error()
	}
}
