package settings

import (
	"context"
	"errors"
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is the list of settings.
type Screen struct {
	*screen.List[row]
	env   *screen.Env
	setup *screen.Setup

	// resolving works out what a run would use, saving reads and writes
	// config.toml.
	resolving, saving *task.Slot
	// err is why the settings could not be worked out.
	err error
	// edit is what the user has been asked about.
	edit screen.Edit
	// again tells that the file was changed by somebody else after the user
	// agreed.
	again bool
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
	_ screen.Closer    = (*Screen)(nil)
)

// written is the answer of the work that writes.
type written struct{}

// New makes the screen.
func New(env *screen.Env) *Screen {
	s := &Screen{
		env: env, setup: env.Setup,
		resolving: env.Tasks.Slot("loading the settings"),
		saving:    env.Tasks.Slot("saving the settings"),
	}
	s.List = screen.NewList(env, screen.Listing[row]{
		LongRows: true, Titled: true, Columns: s.columns(), Load: s.load,
		Key:   func(r *row) string { return r.run.Name },
		Match: func(r *row) string { return text.Clean(r.run.Name + " " + r.now().Value + " " + origin(r.now().From)) },

		Detail: s.about,
		Empty:  func(doc *widget.Doc) { doc.Uncut("The settings of this run are unknown.") },

		Actions: []screen.Action[row]{
			{ID: keymap.SettingsChange, When: canChange, Do: s.change},
			{ID: keymap.SettingsSave, When: s.canSave, Do: func(*row) tea.Cmd { return s.preview() }},
			{ID: keymap.SettingsUndo, When: canUndo, Do: s.undo},
		},
		Copies: s.copies,
	})
	return s
}

// Init works out what a run would use that began now.
func (s *Screen) Init() tea.Cmd { return s.resolve() }

// Close stops what is being read. Changes that are not saved stay.
func (s *Screen) Close() {
	s.resolving.Stop()
	s.saving.Stop()
}

// Title names the screen.
func (s *Screen) Title() string { return "Settings" }

func (s *Screen) resolve() tea.Cmd {
	port, draft := s.setup.Port(), slices.Clone(s.setup.Draft())
	if port == nil {
		return nil
	}
	return task.Run(s.resolving, func(ctx context.Context) (screen.Resolved, error) {
		return port.Resolve(ctx, draft)
	})
}

// preview asks what saving would make of the file.
func (s *Screen) preview() tea.Cmd {
	port, draft := s.setup.Port(), slices.Clone(s.setup.Draft())
	return task.Run(s.saving, func(ctx context.Context) (screen.Edit, error) {
		return port.Preview(ctx, draft)
	})
}

// write makes the edit that was agreed to.
func (s *Screen) write() tea.Cmd {
	port, edit := s.setup.Port(), s.edit
	return task.Run(s.saving, func(ctx context.Context) (written, error) {
		return written{}, port.Write(ctx, edit)
	})
}

// Update takes answers, actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case task.DoneMsg[screen.Resolved]:
		if s.resolving.Finish(msg.ID) {
			return s.handleResult(msg.Value, msg.Err)
		}
	case task.DoneMsg[screen.Edit]:
		if s.saving.Finish(msg.ID) {
			return s.ask(msg.Value, msg.Err)
		}
	case task.DoneMsg[written]:
		if s.saving.Finish(msg.ID) {
			return s.wrote(msg.Err)
		}
	case screen.ConfirmedMsg:
		if msg.ID == confirmID {
			return s.write()
		}
	case screen.AnswerMsg:
		return s.answer(screen.SettingID(msg.ID), msg.Text)
	}
	return s.List.Update(msg)
}

// handleResult keeps what a run would use, and has the rest of the UI use it at once
// where that is possible.
func (s *Screen) handleResult(next screen.Resolved, err error) tea.Cmd {
	s.err = err
	if err != nil {
		return failure(err)
	}
	look := s.setup.Take(next)
	s.Reload()
	if look == nil {
		return nil
	}
	return screen.Send(*look)
}

// failure tells what went wrong and the way out, until it is dismissed.
func failure(err error) tea.Cmd {
	what, hint := text.Error(err)
	return screen.Send(screen.ToastMsg{Level: model.Failure, Text: text.Sentence(what) + " " + text.Sentence(hint)})
}

// ask shows what would be written.
func (s *Screen) ask(edit screen.Edit, err error) tea.Cmd {
	again := s.again
	if s.again = false; err != nil {
		return failure(err)
	}
	if again {
		edit.Notes = slices.Insert(slices.Clone(edit.Notes), 0,
			"Nothing was written: someone changed the file after it was read. This is the new text to write.")
	}
	if !edit.New && string(edit.Before) == string(edit.After) {
		s.setup.Saved()
		return tea.Batch(s.resolve(), screen.Send(screen.ToastMsg{
			Level: model.Notice, Text: "The file already has these settings; nothing to write.",
		}))
	}
	s.edit = edit
	return screen.Send(screen.ConfirmMsg{ID: confirmID, Title: "Save the settings", Page: s.page(edit), Button: "Write the file"})
}

// wrote takes note of what became of writing. Where somebody else has changed
// the file meanwhile, the question is asked again, with the file as it is now.
func (s *Screen) wrote(err error) tea.Cmd {
	switch {
	case errors.Is(err, screen.ErrFileChanged):
		s.again = true
		return s.preview()
	case err != nil:
		return failure(err)
	}
	s.setup.Saved()
	return tea.Batch(s.resolve(), screen.Send(screen.ToastMsg{Level: model.Notice, Text: "The settings are saved."}))
}

func canChange(r *row) (bool, string) {
	switch {
	case r == nil:
		return false, "no setting is selected"
	case r.next.Field == nil:
		return false, "you can't change this here; " + elsewhere
	default:
		return true, ""
	}
}

func canUndo(r *row) (bool, string) {
	return r != nil && r.pending(), "the selected setting has no unsaved change"
}

func (s *Screen) canSave(*row) (bool, string) {
	switch {
	case s.setup.Port() == nil:
		return false, "the settings are unknown"
	case s.setup.Port().Locked() != "":
		return false, text.Clean(s.setup.Port().Locked())
	case len(s.setup.Draft()) == 0:
		return false, "nothing has been changed"
	default:
		return !s.saving.Active(), "the file is being read or written"
	}
}

// undo takes the change of a setting out of the draft.
func (s *Screen) undo(r *row) tea.Cmd {
	s.setup.Undo(r.change.ID)
	s.Reload()
	return s.resolve()
}

// Refresh reads the files again.
func (s *Screen) Refresh() tea.Cmd { return s.resolve() }

// Status says what is not saved.
func (s *Screen) Status() (left, right string) {
	st := s.env.Styles
	switch n := len(s.setup.Draft()); {
	case s.err != nil:
		what, _ := text.Error(s.err)
		left = st.Tone(theme.Bad).Render(st.Glyphs.Broken + " " + what)
	case n > 0:
		left = st.Tone(theme.Warn).Render(st.Glyphs.Soon + " " + text.Count(n, "change") + " not saved")
	}
	return left, st.Tone(theme.Dim).Render(s.where())
}

// where says which file is meant.
func (s *Screen) where() string {
	next := s.setup.Next()
	words := text.Clean(next.Path)
	if words != "" && !next.Exists {
		words += " doesn't exist yet"
	}
	return words
}
