package settings

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/screen"
	"trustdeck/tui/text"
)

// change asks for another value of a setting.
func (s *Screen) change(r *row) tea.Cmd {
	if s.setup.Port() == nil {
		return nil
	}
	f := r.next.Field
	stated := f.Stated
	if r.change != nil {
		stated = r.change.Value
	}
	if len(f.Options) == 0 {
		return screen.Send(screen.PromptMsg{
			ID: string(f.ID), Title: "Change: " + text.Clean(r.next.Name), Value: stated, Button: "Change",
			Text:  text.Clean(f.Prompt) + " Leave it empty to remove the line from config.toml.",
			Check: s.checker(f.ID),
		})
	}
	msg := screen.PickMsg{ID: string(f.ID), Title: "Change: " + text.Clean(r.next.Name), Now: len(f.Options)}
	for i, value := range f.Options {
		o := screen.Option{Value: value, Label: word(value)}
		if value == stated {
			o.Note, msg.Now = "in config.toml", i
		}
		msg.Options = append(msg.Options, o)
	}
	none := screen.Option{Label: "not in config.toml", Note: "remove the line"}
	if stated == "" {
		none.Note = "as it is"
	}
	msg.Options = append(msg.Options, none)
	return screen.Send(msg)
}

// word is a value for people.
func word(value string) string {
	switch value {
	case "true":
		return "on"
	case "false":
		return "off"
	default:
		return text.Clean(value)
	}
}

// checker says in a sentence what is wrong with what was typed.
func (s *Screen) checker(id screen.SettingID) func(string) string {
	port := s.setup.Port()
	return func(typed string) string {
		if typed == "" {
			return ""
		}
		_, wrong := port.Check(id, typed)
		return text.Clean(wrong)
	}
}

// answer puts a value into the draft; none takes the line out of the file.
func (s *Screen) answer(id screen.SettingID, typed string) tea.Cmd {
	c := screen.Change{ID: id, Unset: typed == ""}
	if !c.Unset {
		value, wrong := s.setup.Port().Check(id, typed)
		if wrong != "" {
			return nil
		}
		c.Value = value
	}
	s.setup.Change(c)
	s.Reload()
	return s.resolve()
}
