package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/widget"
)

// helpOverlay is the page of what is asked and of all keys that are on.
type helpOverlay struct{ *widget.Help }

// newHelp explains the present place: its open question, if there is one, and its keys. A
// key that is off says why when it is pressed.
func (m *Model) newHelp() overlay {
	var parts []widget.HelpPart
	if h, ok := m.top().screen.(screen.Helper); ok {
		for _, section := range h.Help() {
			parts = append(parts, widget.HelpPart{Head: section.Head, Lines: section.Lines})
		}
	}
	actions := m.offered()
	if m.filter != nil {
		actions = append(keymap.Scoped(keymap.Filter), keymap.Get(keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown)...)
	} else if _, typing := m.typist(); typing {
		actions = withoutLetters(actions)
	}
	return m.help(parts, actions)
}

// overlayHelp explains an overlay.
func (m *Model) overlayHelp(o overlay) overlay {
	scroll := keymap.Get(keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom)
	switch o := o.(type) {
	case *browseOverlay:
		return m.help([]widget.HelpPart{browseHelp()}, append(keymap.Scoped(o.scope), withoutLetters(scroll)...))
	case *pickOverlay:
		if o.Searches() {
			scroll = withoutLetters(scroll)
		}
		return m.help(nil, append(keymap.Scoped(o.scope), scroll...))
	case *askOverlay:
		actions := keymap.Scoped(keymap.Dialog)
		if o.Field != nil {
			actions = withoutLetters(actions)
		}
		if o.path && m.env.Browse != nil {
			browse := keymap.One(keymap.FlowBrowse)
			browse.Scope = keymap.Dialog
			actions = append(actions, browse)
		}
		return m.help([]widget.HelpPart{{Head: strings.ToUpper(o.Title), Lines: []string{o.Text}}}, actions)
	default:
		return m.help(nil, append(keymap.Scoped(keymap.Dialog), scroll...))
	}
}

func (m *Model) help(parts []widget.HelpPart, actions []keymap.Action) overlay {
	title := strings.TrimSpace("Help, trustdeck " + text.Clean(m.options.Version))
	return helpOverlay{widget.NewHelp(&m.styles, title, parts, actions)}
}

func (o helpOverlay) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if _, ok := keymap.Match(keymap.Scoped(keymap.Help), msg.String()); ok {
		if !o.Clear() {
			m.close()
		}
		return nil
	}
	if id, ok := moves(msg, false); ok {
		o.Do(id)
		return nil
	}
	o.Update(msg)
	return nil
}

func (o helpOverlay) paste(msg tea.PasteMsg)         { o.Update(msg) }
func (o helpOverlay) click(*Model, int, int) tea.Cmd { return nil }
func (o helpOverlay) wheel(lines int)                { o.Wheel(lines) }
func (o helpOverlay) view(_ *Model, width, height int) (box string, x, y int) {
	o.SetSize(width, height)
	return o.View(width, height)
}

// browseHelp explains the list of a folder.
func browseHelp() widget.HelpPart {
	return widget.HelpPart{Head: "CHOOSE A FILE", Lines: []string{
		"Type part of a name to search. Enter opens a folder or chooses a file. If you have typed nothing, backspace goes up one folder.",
		"The entry . is the folder itself. Names are shown without control characters; trustdeck uses the exact name of the file that you choose.",
	}}
}
