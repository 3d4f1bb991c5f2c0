package guide

import (
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/widget"
)

// Screen walks through one flow.
type Screen struct {
	env   *screen.Env
	route nav.Route
	flow  *flow.Flow
	// machine is nil until the facts are there, and where fault says why they
	// never will be.
	machine *flow.Machine
	fault   error

	facts, save *task.Slot
	// completing completes the path that is being typed.
	completing *task.Slot
	// work are the lanes of what the machine wants.
	work map[flow.Effect]*task.Slot
	// stop is what the execution asks between two actions.
	stop *atomic.Bool
	// secret is the passphrase that is asked for now; nil where none is.
	secret *secret

	question question
	// buttons are those of the review and of the result, named the field for
	// the name that confirms.
	buttons buttons
	named   widget.Input
	page    widget.Scroll
	// tail are the lines below the box, and apart tells that they are a
	// passphrase that is asked for. at and tailAt are places in page and tail.
	tail       []string
	apart      bool
	at, tailAt spot
	// review is what is reviewed. unfolded shows the details of a review below what it begins with, and fold is the
	// empty line above them.
	review   flow.Review
	unfolded bool
	fold     int
	// laid is the state that page was laid out for, since when it came to be.
	laid  flow.State
	since time.Time

	width, height int
}

// quiet is how long a page that has come up by itself takes no decision: what was
// typed before anybody can have seen it was not meant for it.
const quiet = 400 * time.Millisecond

var (
	_ screen.Screen   = (*Screen)(nil)
	_ screen.Typist   = (*Screen)(nil)
	_ screen.Filterer = (*Screen)(nil)
	_ screen.Holder   = (*Screen)(nil)
	_ screen.Statuser = (*Screen)(nil)
	_ screen.Cursorer = (*Screen)(nil)
	_ screen.Active   = (*Screen)(nil)
	_ screen.Copier   = (*Screen)(nil)
	_ screen.Closer   = (*Screen)(nil)
)

// New makes the screen of a flow; its route may bring answers.
func New(env *screen.Env, route nav.Route) *Screen {
	return walk(env, env.Flows.Find(route.Flow), route)
}

func walk(env *screen.Env, f *flow.Flow, route nav.Route) *Screen {
	s := &Screen{env: env, route: route, flow: f, stop: &atomic.Bool{}}
	s.completing = env.Tasks.Slot("completing a path")
	s.facts, s.save = env.Tasks.Slot("reading the private keys"), env.Tasks.Slot("saving the plan")
	switch {
	case s.flow == nil:
		s.fault = &model.Fault{Kind: model.FaultUsage, Text: "there is no flow " + route.Flow, Hint: "Press esc, and choose another one with ctrl+p."}
	case s.flow.Source == nil:
		s.fault = &model.Fault{Kind: model.FaultUsage, Text: "nothing can be changed here: " + env.Fixed, Hint: "Press esc to go back."}
	default:
		said := s.flow.Said()
		s.work = map[flow.Effect]*task.Slot{
			flow.Read: env.Tasks.Slot("reading the answer's file"), flow.Inquire: env.Tasks.Slot("reading what depends on the answer"),
			flow.Prepare: env.Tasks.Slot(said.Surveying), flow.Execute: env.Tasks.Slot(said.Executing),
		}
	}
	return s
}

// Init asks for what is known before the first question.
func (s *Screen) Init() tea.Cmd {
	if s.fault != nil {
		return nil
	}
	return task.Run(s.facts, s.env.Facts(s.flow.Source))
}

// Title names the flow.
func (s *Screen) Title() string {
	if s.flow == nil {
		return "Flow"
	}
	return s.flow.Title
}

// Close lets go of what is still being read. What is executed cannot be closed: Hold
// keeps the screen.
func (s *Screen) Close() {
	s.drop()
	s.facts.Stop()
	s.save.Stop()
	s.completing.Stop()
	for _, lane := range s.work {
		lane.Stop()
	}
	if s.machine != nil && s.state() != flow.Executing {
		s.machine.Release()
	}
}

// drop answers the passphrase that is asked for with nothing.
func (s *Screen) drop() {
	if s.secret != nil {
		s.secret.cancel()
		s.secret = nil
	}
}

// Walked is the flow as far as it went; nil where it never began.
func (s *Screen) Walked() *flow.Machine { return s.machine }

// state is that of the machine; Asking before it is there.
func (s *Screen) state() flow.State {
	if s.machine == nil {
		return flow.Asking
	}
	return s.machine.State()
}

// busy reports whether an answer of the background is awaited. While a line of an
// answer is looked at, the next one can be typed.
func (s *Screen) busy() bool {
	reading := s.does(flow.Read) && (s.question.offered == nil || s.question.complete)
	return reading || s.facts.Active() || s.does(flow.Prepare) || s.does(flow.Inquire)
}

// does reports whether work of a kind is under way, and waits whether it is about an
// answer.
func (s *Screen) does(effect flow.Effect) bool {
	return s.work[effect] != nil && s.work[effect].Active()
}

func (s *Screen) waits() bool { return s.does(flow.Read) || s.does(flow.Inquire) }

// Update takes answers of the background, actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.ActionMsg:
		return s.do(msg.ID)
	case screen.AnswerMsg:
		return s.answered(msg)
	case screen.BrowsedMsg:
		s.browsed(msg.Path)
	case screen.ClickMsg:
		return s.click(msg)
	case screen.WheelMsg:
		s.page.Wheel(msg.Lines)
	default:
		return s.handleResult(msg)
	}
	return nil
}

// handleResult takes what the background has brought.
func (s *Screen) handleResult(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case task.DoneMsg[flow.Facts]:
		if s.facts.Finish(msg.ID) {
			return s.start(msg.Value, msg.Err)
		}
	case task.DoneMsg[screen.Completion]:
		if s.completing.Finish(msg.ID) && msg.Err == nil {
			s.completed(msg.Value)
		}
	case task.DoneMsg[savedTo]:
		if s.save.Finish(msg.ID) {
			return s.saved(msg.Value, msg.Err)
		}
	case task.PartsMsg[event]:
		for _, lane := range s.work {
			if lane.Owns(msg.ID) {
				s.hear(msg.Parts)
				return msg.Next
			}
		}
	case task.DoneMsg[struct{}]:
		for effect, lane := range s.work {
			if lane.Finish(msg.ID) {
				return s.ended(effect, msg.Err)
			}
		}
	}
	return nil
}

// start begins the flow, with the answers of the route.
func (s *Screen) start(facts flow.Facts, err error) tea.Cmd {
	if err != nil {
		s.fault = err
		s.settle()
		return nil
	}
	m, effect := flow.New(s.flow, facts, flow.Answers{Values: s.route.Answers()})
	s.machine = m
	return s.follow(effect)
}

// settle brings the page up to date after anything has changed.
func (s *Screen) settle() {
	state := s.state()
	if s.machine != nil && state == flow.Asking {
		if !s.does(flow.Read) {
			s.question.judged(s.machine.Problem())
		}
		s.question.show(s.machine)
	}
	if state != s.laid {
		s.laid, s.since, s.unfolded = state, s.env.Now(), false
		if state == flow.Reviewing {
			s.review = s.machine.Review()
		}
		s.page.Rewind()
		s.named.SetValue("")
		s.buttons = s.buttonsFor(state)
	}
	s.layout()
}

// SetSize lays the page out again.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.layout()
}

// Status says what has been changed so far, which is nothing until the end.
func (s *Screen) Status() (left, right string) {
	switch s.state() {
	case flow.Executing:
		left = "Press esc to stop before the next action."
		if s.machine.Stopping() {
			left = "It stops before the next action."
		}
	case flow.Done, flow.Failed, flow.Stopped:
	case flow.Asking, flow.Preparing, flow.Reviewing, flow.Confirming:
		left = s.marked() + "Nothing has been changed yet."
		if s.folds() && s.buttons.onField() {
			left += " Press tab, then d, to show the details."
		}
	}
	if document, ok := s.document(); ok {
		right = "plan " + document.Digest()[:8]
	}
	return left, right
}

// Help explains the open question, or which passphrase is asked for.
func (s *Screen) Help() []flow.Section {
	switch {
	case s.secret != nil:
		return flow.SecretHelp(s.secret.ask, s.secret.about)
	case s.machine != nil && s.state() == flow.Asking:
		return s.machine.Help()
	default:
		return nil
	}
}

// marked counts the choices that are marked.
func (s *Screen) marked() string {
	if s.state() != flow.Asking || !s.question.marking() {
		return ""
	}
	if s.question.choices.anchor >= 0 {
		return "Range: " + s.env.Press(keymap.MarkRange) + " marks it, " + s.env.Press(keymap.Back) + " drops it.   "
	}
	n, hidden := s.question.choices.count()
	words := text.Number(n) + " marked"
	if hidden > 0 {
		words += ", " + text.Number(hidden) + " of them hidden by the filter"
	}
	return words + ".   "
}

// Actions lists what can be done in the present state.
func (s *Screen) Actions() []keymap.Action {
	next := keymap.One(keymap.FlowNext).Given(s.canGoOn)
	back := keymap.One(keymap.FlowBack).Given(s.canGoBack)
	var out []keymap.Action
	switch s.state() {
	case flow.Asking:
		out = append(out, next)
		if s.machine != nil && s.question.marking() {
			out = append(out, keymap.Get(keymap.Mark, keymap.MarkRange, keymap.MarkAll)...)
		}
		if s.machine != nil && s.question.opens() {
			left, right := keymap.One(keymap.Left), keymap.One(keymap.Right)
			left.Label, left.Help = "close", "Hide the details of the selected choice."
			right.Label, right.Help, right.Rank = "open", "Show the details of the selected choice.", keymap.One(keymap.MarkRange).Rank
			out = append(out, left, right)
		}
		if s.completes() {
			tab := keymap.One(keymap.FlowSwitch)
			tab.Label, tab.Title, tab.Help = "complete", "Complete path", "Complete the path as far as it is unique, and list the matching files."
			out = append(out, tab)
		}
		if s.env.Browse != nil && s.machine != nil && s.machine.Step().Paths() {
			out = append(out, keymap.One(keymap.FlowBrowse))
		}
		out = append(out, back)
	case flow.Preparing:
		if s.secret != nil {
			out = append(out, next)
		}
		out = append(out, back)
	case flow.Reviewing, flow.Confirming:
		next.Label = "press"
		out = append(out, next)
		out = append(out, keymap.One(keymap.FlowSwitch))
		if s.folds() {
			details := keymap.One(keymap.FlowDetails).Given(s.canUnfold)
			if s.unfolded {
				details.Label = "summary"
			}
			out = append(out, details)
		}
		if _, ok := s.document(); ok {
			out = append(out, keymap.One(keymap.FlowSave))
		}
		out = append(out, back)
	case flow.Executing:
		if s.secret != nil {
			out = append(out, next)
		}
	case flow.Done, flow.Failed, flow.Stopped:
		next.Label = "press"
		out = append(append(out, next, keymap.One(keymap.FlowSwitch)), s.codes()...)
	}
	return append(out, keymap.Get(keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom)...)
}

// codes is the action that shows QR codes, where there are some.
func (s *Screen) codes() []keymap.Action {
	if s.machine == nil || len(s.machine.Report().Codes) == 0 {
		return nil
	}
	return keymap.Get(keymap.FlowCodes)
}

// completes reports whether the open question wants a path that can be completed.
func (s *Screen) completes() bool {
	return s.state() == flow.Asking && s.machine != nil && s.env.Complete != nil && s.machine.Step().Paths()
}

func (s *Screen) canGoOn() (ok bool, why string) {
	switch {
	case s.fault != nil:
		return false, "nothing can be changed here"
	case s.busy() && s.secret == nil:
		return false, "a question is open"
	case s.buttons.onField():
		return false, "press tab to go to the buttons"
	default:
		return true, ""
	}
}

// canUnfold says that letters are typed while the field has the focus.
func (s *Screen) canUnfold() (ok bool, why string) {
	return !s.buttons.onField(), "press tab to leave the field first"
}

func (s *Screen) canGoBack() (ok bool, why string) {
	return s.machine != nil && (s.state() != flow.Asking || s.machine.HasBack()), "this is the first question"
}
