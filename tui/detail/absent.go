package detail

import (
	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Absent says in lines of at most width cells why nothing can be shown of a
// repository that the board has no data of: it is being read, or it could not
// be, and then what to do.
func Absent(env *screen.Env, gun model.GUN, width int) widget.StaticText {
	const margin = 2
	doc := widget.NewDoc(env.Styles, width-2*margin)
	view, known := env.Board.View(gun)
	if known && view.Fault != nil {
		what, hint := text.Error(view.Fault)
		doc.Marked(env.Styles.ForLevel(view.Assessment.Level), text.Sentence(what))
		if hint != "" {
			doc.Indented(text.Sentence(hint), theme.Accent)
		}
		if view.Fault.Scope != "" {
			doc.Indented("Asked for "+text.Clean(view.Fault.Scope)+".", theme.Dim)
		}
		doc.Space()
		doc.Indented(env.Press(keymap.Refresh)+" reads again, "+env.Press(keymap.Back)+" goes back, "+env.Press(keymap.GoLog)+" shows every request.", theme.Dim)
	} else {
		doc.Para(env.Styles.Glyphs.Loading+" Reading "+text.Clean(gun.String())+"..", theme.Dim)
	}
	lines := doc.Lines()
	for i, line := range lines {
		lines[i] = text.Spaces(margin) + line
	}
	return lines
}
