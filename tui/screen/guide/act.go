package guide

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
)

// saveID names the question for the file of a document.
const saveID = "guide.save"

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
		if s.completes() {
			return s.completePath()
		}
		if s.seen() {
			s.buttons.next()
		}
	case keymap.Mark, keymap.MarkRange, keymap.MarkAll, keymap.Left, keymap.Right:
		s.choose(id)
	case keymap.FlowBrowse:
		return screen.Send(screen.BrowseMsg{Typed: s.question.field.Value()})
	case keymap.FlowSave:
		return s.askWhere()
	case keymap.FlowDetails:
		s.unfold()
		return nil
	case keymap.FlowCodes:
		return screen.Send(screen.CodesMsg{Texts: s.machine.Report().Codes})
	default:
		if s.state() != flow.Asking || !s.question.move(id) {
			s.page.Do(id)
			return nil
		}
		s.machine.Dismiss()
	}
	s.layout()
	return nil
}

// completePath completes the path in the field.
func (s *Screen) completePath() tea.Cmd {
	complete, typed := s.env.Complete, s.question.field.Value()
	return task.Run(s.completing, func(ctx context.Context) (screen.Completion, error) { return complete(ctx, typed) })
}

// completed takes a completion, unless something else has been typed meanwhile.
func (s *Screen) completed(c screen.Completion) {
	if s.state() == flow.Asking && s.question.typing() && s.question.field.Value() == c.Typed {
		s.question.completed(c)
		s.machine.Dismiss()
		s.layout()
	}
}

// choose marks choices, or opens one.
func (s *Screen) choose(id keymap.ID) {
	s.machine.Dismiss()
	switch id {
	case keymap.Mark:
		s.question.toggle()
	case keymap.MarkRange:
		s.question.rangeFrom()
	case keymap.MarkAll:
		s.question.markAll()
	default:
		s.question.open(id == keymap.Right)
	}
}

// Filterable reports whether there are choices to filter.
func (s *Screen) Filterable() bool {
	return s.machine != nil && s.state() == flow.Asking && !s.busy() && s.question.picking() && len(s.question.choices.options) > 1
}

// Filter is the pattern that choices must match; empty where all are shown.
func (s *Screen) Filter() string {
	if !s.Filterable() {
		return ""
	}
	return s.question.choices.pattern
}

// SetFilter shows only the choices that match.
func (s *Screen) SetFilter(pattern string) {
	if s.Filterable() {
		s.question.filter(pattern)
		s.layout()
	}
}

// FilterCount is how many choices are shown, of how many.
func (s *Screen) FilterCount() (shown, total int) {
	return len(s.question.choices.shown), len(s.question.choices.options)
}

// browsed takes the path of a file that was chosen from a list.
func (s *Screen) browsed(path string) {
	if s.state() == flow.Asking && s.machine != nil && s.machine.Step().Paths() {
		s.question.touched = true
		s.question.field.SetExact(path)
		s.question.fit()
		s.machine.Dismiss()
		s.layout()
	}
}

// next takes the answer, or presses the selected button.
func (s *Screen) next() tea.Cmd {
	if s.secret != nil {
		if s.secret.done() {
			s.secret = nil
		}
		s.layout()
		return nil
	}
	switch s.state() {
	case flow.Asking:
		if !s.question.enter() {
			return s.offer()
		}
		if s.question.empty() { // also where the usual answer was taken away
			s.machine.Refuse(flow.Needed(s.question.step.Kind))
			s.settle()
			return nil
		}
		return s.follow(s.machine.Answer(s.question.typed()))
	case flow.Reviewing, flow.Confirming, flow.Done, flow.Failed, flow.Stopped:
		if s.seen() {
			return s.press(s.buttons.pressed())
		}
	case flow.Preparing, flow.Executing:
	}
	return nil
}

// offer has the machine look at lines of the answer while the next one is typed. Once
// all of them are right, an answer that is complete is taken.
func (s *Screen) offer() tea.Cmd {
	q := &s.question
	switch {
	case q.offered != nil: // one after the other
	case len(q.next) > 0:
		q.offered, q.next = q.next, nil
		return tea.Batch(s.follow(s.machine.Offer(slices.Concat(q.lines, q.offered))), s.offer())
	case q.complete:
		q.complete = false
		return s.follow(s.machine.Answer(q.typed()))
	}
	s.layout()
	return nil
}

// seen reports whether the page has been there long enough to be decided about.
func (s *Screen) seen() bool { return s.env.Now().Sub(s.since) >= quiet }

// back goes back one question, or stays at the one whose answer is being read.
func (s *Screen) back() {
	if s.machine == nil {
		return
	}
	s.drop()
	waits := s.state() == flow.Asking && s.waits()
	for effect, lane := range s.work {
		if effect != flow.Execute {
			lane.Stop()
		}
	}
	if waits {
		s.question.recall()
		s.layout()
		return
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
		return s.follow(s.machine.Again())
	case buttonLook:
		return screen.Send(nav.SwapMsg{Route: nav.Repo(s.machine.Report().Look, nav.TabRoles)})
	case buttonSwitch:
		return screen.Send(screen.ChoiceMsg{ID: screen.ChoiceContext, Answer: s.machine.Report().Context})
	case buttonNone, buttonField:
	}
	return nil
}

// unfold shows the details of a review, from their beginning on, or hides them again.
func (s *Screen) unfold() {
	if s.folds() {
		s.unfolded = !s.unfolded
		s.layout()
		if s.page.Rewind(); s.unfolded {
			s.page.Wheel(s.fold + 1)
		}
	}
}

// folds reports whether there is a review with details.
func (s *Screen) folds() bool {
	return s.machine != nil && s.state() == flow.Reviewing && len(s.review.Details) > 0
}

// apply accepts what is reviewed. What cannot be taken back needs the name, typed.
func (s *Screen) apply() tea.Cmd {
	if ok, why := s.machine.Ready(); !ok {
		return screen.Send(screen.ToastMsg{Level: model.Notice, Text: text.Sentence(why)})
	}
	if s.mustName() && s.named.Value() != s.machine.Challenge().Word {
		return screen.Send(screen.ToastMsg{Level: model.Notice, Text: "Type " + text.Clean(s.machine.Challenge().Word) + " into the field first."})
	}
	effect := s.machine.Accept()
	if s.machine.State() == flow.Confirming {
		effect = s.machine.Confirm(s.named.Value())
	}
	return s.follow(effect)
}

// mustName reports whether the name is to be typed before that.
func (s *Screen) mustName() bool {
	ok, _ := s.machine.Ready()
	return ok && s.machine.Named()
}

// savedTo is the file that a document was written to.
type savedTo string

func (s *Screen) askWhere() tea.Cmd {
	return screen.Send(screen.PromptMsg{
		ID: saveID, Title: "Save the plan", Button: "Save", Value: "plan.json", Path: true,
		Text: "Give a new file. A reviewer applies the plan with trustdeck apply. Nothing is changed.",
		Check: func(path string) string {
			if path == "" {
				return "a file name is needed"
			}
			return ""
		},
	})
}

func (s *Screen) answered(msg screen.AnswerMsg) tea.Cmd {
	document, ok := s.document()
	if msg.ID != saveID || !ok {
		return nil
	}
	path := msg.Text
	return task.Run(s.save, func(context.Context) (savedTo, error) { return savedTo(path), document.Save(path) })
}

func (s *Screen) saved(path savedTo, err error) tea.Cmd {
	if err != nil {
		what, hint := text.Error(err)
		return screen.Send(screen.ToastMsg{Level: model.Failure, Text: text.Sentence(what) + " " + hint})
	}
	return screen.Send(screen.ToastMsg{Level: model.Notice, Text: "The plan is in " + text.Clean(string(path)) + ". Nothing was changed."})
}

// Hold says why the screen must not be left: while something is executed.
func (s *Screen) Hold() string {
	if s.state() == flow.Executing {
		return s.flow.Said().Underway + " Press esc to stop it before the next action."
	}
	return ""
}

// Lost says that answers would be forgotten. Where they come to nothing, no one misses them.
func (s *Screen) Lost() string {
	switch s.state() {
	case flow.Asking, flow.Preparing, flow.Reviewing, flow.Confirming:
		if s.question.touched && (s.state() != flow.Reviewing || !s.machine.Idle()) {
			return "Nothing has changed. You will lose the answers you gave here."
		}
	case flow.Executing, flow.Done, flow.Failed, flow.Stopped:
	}
	return ""
}

// StepBack goes to the question before. It stops the execution after the present
// action, and takes a passphrase that is asked for as refused.
func (s *Screen) StepBack() bool {
	switch {
	case s.machine == nil:
		return false
	case s.state() == flow.Executing:
		s.machine.Stop()
		s.stop.Store(true)
		s.drop()
		s.layout()
		return true
	case s.state() == flow.Asking && s.question.dropRange():
		s.layout()
		return true
	case s.waits() || s.state() == flow.Preparing || s.state() == flow.Reviewing || s.machine.HasBack():
		s.back()
		return true
	default:
		return false
	}
}

// BackLabel says what going back does.
func (s *Screen) BackLabel() string {
	switch s.state() {
	case flow.Executing:
		return "stop"
	case flow.Done, flow.Failed, flow.Stopped:
		return "close"
	default:
		return "back"
	}
}

// Typing reports whether what is typed goes into a field.
func (s *Screen) Typing() bool {
	switch s.state() {
	case flow.Asking, flow.Preparing:
		if s.secret != nil {
			return true
		}
		return s.machine != nil && s.state() == flow.Asking && !s.busy() && s.question.typing()
	case flow.Reviewing:
		return s.mustName() && s.buttons.onField()
	case flow.Executing:
		// Somebody may be typing the next passphrase before it is asked for:
		// none of its letters must be taken for a key.
		return true
	default:
		return false
	}
}

// Type takes a key or a paste into the field. The name that confirms is not taken
// from a paste, nor from what was typed before it was asked for.
func (s *Screen) Type(msg tea.Msg) (cmd tea.Cmd, used bool) {
	_, pasted := msg.(tea.PasteMsg)
	key, _ := msg.(tea.KeyPressMsg)
	switch {
	case !pasted && !edits(key):
		return nil, false
	case s.secret != nil:
		s.secret.edit(msg)
	case s.state() == flow.Asking:
		s.machine.Dismiss()
		if err := s.question.edit(msg); err != nil {
			s.machine.Refuse(err)
		}
		return s.offer(), true
	case s.state() == flow.Reviewing && !pasted && s.seen():
		s.named.Update(msg)
	}
	s.layout()
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
		if at, ok := s.buttons.bar.At(msg.X - 1); ok && s.seen() {
			s.buttons.focus = at
			return s.next()
		}
		return nil
	}
	if s.state() == flow.Asking && !s.busy() {
		if s.question.click(msg.Y - marksHeight - 1 + s.page.Offset()) {
			s.machine.Dismiss()
		}
		s.layout()
	}
	return nil
}
