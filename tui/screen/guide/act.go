package guide

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// The IDs of what the screen asks of the root.
const (
	leaveID = "guide.leave"
	saveID  = "guide.save"
)

// do carries out an action.
func (s *Screen) do(id keymap.ID) tea.Cmd {
	if s.machine == nil {
		return nil
	}
	switch id {
	case keymap.FlowNext:
		return s.next()
	case keymap.FlowBack:
		s.back()
	case keymap.FlowSwitch:
		s.buttons.next()
	case keymap.FlowMark:
		s.question.toggle()
	case keymap.FlowSave:
		return s.askWhere()
	default:
		if s.state() != flow.Asking || !s.question.move(id) {
			s.page.Do(id)
		}
	}
	s.lay()
	return nil
}

// next takes the answer, or presses the selected button.
func (s *Screen) next() tea.Cmd {
	if s.secret != nil {
		if s.secret.done() {
			s.secret = nil
		}
		s.lay()
		return nil
	}
	switch s.state() {
	case flow.Asking:
		if !s.question.enter() {
			s.lay()
			return nil
		}
		return s.work(s.machine.Answer(s.question.typed()))
	case flow.Reviewing, flow.Confirming, flow.Done, flow.Failed, flow.Stopped:
		return s.press(s.buttons.pressed())
	case flow.Preparing, flow.Executing:
	}
	return nil
}

func (s *Screen) back() {
	if s.busy() && s.state() == flow.Asking {
		s.read.Stop()
	}
	if s.state() == flow.Preparing {
		s.prepare.Stop()
	}
	s.machine.Back()
	s.settle()
}

// press does what a button says.
func (s *Screen) press(what button) tea.Cmd {
	switch what {
	case buttonApply:
		return s.apply()
	case buttonCancel, buttonClose:
		return screen.Send(nav.PopMsg{})
	case buttonBack:
		s.back()
	case buttonAgain:
		s.stop.Store(false)
		return s.work(s.machine.Again())
	case buttonLook:
		gun := s.machine.Plan().Parts[0].GUN
		return tea.Sequence(screen.Send(nav.PopMsg{}), screen.Send(nav.PushMsg{Route: nav.Repo(gun, nav.TabRoles)}))
	case buttonNone, buttonField:
	}
	return nil
}

// apply accepts the plan. What cannot be taken back needs the name, typed.
func (s *Screen) apply() tea.Cmd {
	if ok, why := s.machine.Ready(); !ok {
		return screen.Send(screen.ToastMsg{Level: model.Notice, Text: text.Sentence(why)})
	}
	if s.mustName() && s.named.Value() != s.machine.Word() {
		return screen.Send(screen.ToastMsg{Level: model.Notice, Text: "Type " + text.Clean(s.machine.Word()) + " into the field first."})
	}
	effect := s.machine.Accept()
	if s.machine.State() == flow.Confirming {
		effect = s.machine.Confirm(s.named.Value())
	}
	return s.work(effect)
}

// mustName reports whether the name is to be typed before the plan is applied.
func (s *Screen) mustName() bool {
	ok, _ := s.machine.Ready()
	return ok && s.flow.Grade == flow.TypeName
}

// savedTo is the file that a plan was written to.
type savedTo string

func (s *Screen) askWhere() tea.Cmd {
	return screen.Send(screen.PromptMsg{
		ID: saveID, Title: "Save the plan", Button: "Save", Value: "plan.json",
		Text: "The file must not exist yet. Whoever reviews it applies it with trustdeck apply. Nothing is changed.",
		Check: func(path string) string {
			if path == "" {
				return "a file name is needed"
			}
			return ""
		},
	})
}

func (s *Screen) answered(msg screen.AnswerMsg) tea.Cmd {
	if msg.ID != saveID || s.machine == nil || s.machine.Plan() == nil {
		return nil
	}
	desk, p, path := s.env.Flows, s.machine.Plan(), msg.Text
	return task.Run(s.save, func(context.Context) (savedTo, error) { return savedTo(path), desk.SavePlan(path, p) })
}

func (s *Screen) saved(path savedTo, err error) tea.Cmd {
	if err != nil {
		what, hint := text.Error(err)
		return screen.Send(screen.ToastMsg{Level: model.Failure, Text: text.Sentence(what) + " " + hint})
	}
	return screen.Send(screen.ToastMsg{Level: model.Notice, Text: "The plan is in " + text.Clean(string(path)) + ". Nothing was changed."})
}

// Hold says why the screen must not be left: while a plan is executed.
func (s *Screen) Hold() string {
	if s.state() == flow.Executing {
		return "A plan is being executed. Esc stops it before the next action."
	}
	return ""
}

// Leave stops the execution after the present action, or cancels the passphrase
// that it asks for. Answers that would be lost are asked about.
func (s *Screen) Leave() (ok bool, cmd tea.Cmd) {
	switch {
	case s.state() == flow.Executing:
		s.machine.Stop()
		s.stop.Store(true)
		s.drop()
		s.lay()
		return false, nil
	case s.machine == nil, s.state() == flow.Done, s.state() == flow.Stopped, s.state() == flow.Failed, !s.answeredAny():
		return true, nil
	}
	return false, screen.Send(screen.ConfirmMsg{
		ID: leaveID, Title: "Leave " + s.Title(), Button: "Leave",
		Page: func(width int) []string {
			doc := widget.NewDoc(s.env.Styles, width)
			doc.Para("Nothing has been changed. The answers that you have given here will be forgotten.", theme.Plain)
			return doc.Lines()
		},
	})
}

// answeredAny reports whether anything was answered or typed by hand.
func (s *Screen) answeredAny() bool {
	return s.question.touched || s.state() == flow.Reviewing && s.question.answered
}

// Typing reports whether what is typed goes into a field.
func (s *Screen) Typing() bool {
	switch s.state() {
	case flow.Asking:
		return s.machine != nil && !s.busy() && s.question.typing()
	case flow.Reviewing:
		return s.mustName() && s.buttons.onField()
	case flow.Executing:
		return s.secret != nil
	default:
		return false
	}
}

// Type takes a key or a paste into the field. The name that confirms is not taken
// from a paste.
func (s *Screen) Type(msg tea.Msg) (cmd tea.Cmd, used bool) {
	_, pasted := msg.(tea.PasteMsg)
	key, _ := msg.(tea.KeyPressMsg)
	switch {
	case !pasted && !edits(key):
		return nil, false
	case s.secret != nil:
		s.secret.edit(msg)
	case s.state() == flow.Asking:
		s.question.edit(msg)
	case !pasted:
		s.named.Update(msg)
	}
	s.lay()
	return nil, true
}

// edits reports whether a key belongs to a field: text, and what moves or deletes
// in it. The arrow keys up and down, enter, tab and esc do not.
func edits(key tea.KeyPressMsg) bool {
	if key.Text != "" {
		return true
	}
	switch key.Keystroke() {
	case "left", "right", "home", "end", "backspace", "delete", "ctrl+a", "ctrl+e", "ctrl+b", "ctrl+f", "ctrl+h", "ctrl+d", "ctrl+w", "ctrl+u", "ctrl+k", "alt+backspace":
		return true
	}
	return false
}

// click presses a button or selects a choice.
func (s *Screen) click(msg screen.ClickMsg) tea.Cmd {
	if s.machine == nil {
		return nil
	}
	if msg.Y == s.buttons.line {
		if at, ok := s.buttons.bar.At(msg.X - 1); ok {
			s.buttons.focus = at
			return s.next()
		}
		return nil
	}
	if s.state() == flow.Asking && !s.busy() {
		s.question.click(msg.Y)
		s.lay()
	}
	return nil
}
