package guide

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
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

	facts, read, prepare, save *task.Lane
	inquire, execute           *task.Lane
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
	_ screen.Holder   = (*Screen)(nil)
	_ screen.Statuser = (*Screen)(nil)
	_ screen.Cursorer = (*Screen)(nil)
	_ screen.Copier   = (*Screen)(nil)
	_ screen.Closer   = (*Screen)(nil)
)

// New makes the screen of a flow; its route may bring answers.
func New(env *screen.Env, route nav.Route) *Screen { return walk(env, flows.Find(route.Flow), route) }

func walk(env *screen.Env, f *flow.Flow, route nav.Route) *Screen {
	s := &Screen{env: env, route: route, flow: f, stop: &atomic.Bool{}}
	s.facts = env.Tasks.Lane("reading the private keys")
	s.read = env.Tasks.Lane("reading what an answer names")
	s.prepare = env.Tasks.Lane("computing the plan")
	s.save = env.Tasks.Lane("saving the plan")
	s.inquire = env.Tasks.Lane("looking at what is here")
	s.execute = env.Tasks.Lane("executing a plan")
	if s.flow != nil && s.flow.Job != nil {
		s.execute = env.Tasks.Lane(text.Lower(s.flow.Title))
	}
	switch {
	case s.flow == nil:
		s.fault = &model.Fault{Kind: model.FaultUsage, Text: "there is no flow " + route.Flow, Hint: "Press esc, and choose another one with ctrl+p."}
	case s.flow.UsesBackups() && env.Backups == nil, !s.flow.UsesBackups() && env.Flows == nil:
		s.fault = &model.Fault{Kind: model.FaultUsage, Text: "nothing can be changed here: " + env.Fixed, Hint: "Press esc to go back."}
	}
	return s
}

// Init asks for what is known before the first question.
func (s *Screen) Init() tea.Cmd {
	if s.fault != nil {
		return nil
	}
	read := s.known
	return task.Run(s.facts, read)
}

// known is what is known before the first question.
func (s *Screen) known(ctx context.Context) (flow.Facts, error) {
	if s.flow.UsesBackups() {
		return s.env.Backups.Facts(ctx)
	}
	return s.env.Flows.Facts(ctx)
}

// Title names the flow.
func (s *Screen) Title() string {
	if s.flow == nil {
		return "Flow"
	}
	return s.flow.Title
}

// Close lets go of what is still being read. A plan that is executed cannot be
// closed: Hold keeps the screen.
func (s *Screen) Close() {
	s.drop()
	for _, lane := range []*task.Lane{s.facts, s.read, s.prepare, s.save, s.inquire, s.execute} {
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
	reading := s.read.Active() && (s.question.offered == nil || s.question.complete)
	return reading || s.facts.Active() || s.prepare.Active() || s.inquire.Active()
}

// Update takes answers of the background, actions and the mouse.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.ActionMsg:
		return s.do(msg.ID)
	case screen.AnswerMsg:
		return s.answered(msg)
	case screen.ClickMsg:
		return s.click(msg)
	case screen.WheelMsg:
		s.page.Wheel(msg.Lines)
	default:
		return s.came(msg)
	}
	return nil
}

// came takes what the background has brought.
func (s *Screen) came(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case task.DoneMsg[flow.Facts]:
		if s.facts.Finish(msg.ID) {
			return s.start(msg.Value, msg.Err)
		}
	case task.DoneMsg[[]fetched]:
		if s.read.Finish(msg.ID) {
			return tea.Batch(s.take(msg.Value, msg.Err), s.offer())
		}
	case task.DoneMsg[*plan.Plan]:
		if s.prepare.Finish(msg.ID) {
			return s.work(s.machine.Prepared(msg.Value, msg.Err))
		}
	case task.DoneMsg[savedTo]:
		if s.save.Finish(msg.ID) {
			return s.saved(msg.Value, msg.Err)
		}
	case task.PartsMsg[event]:
		switch {
		case s.execute.Owns(msg.ID):
			s.follow(msg.Parts)
			return msg.Next
		case s.inquire.Owns(msg.ID):
			return tea.Batch(s.found(msg.Parts), msg.Next)
		}
	case task.DoneMsg[struct{}]:
		switch {
		case s.execute.Finish(msg.ID):
			return s.ended(msg.Err)
		case s.inquire.Finish(msg.ID):
			s.drop()
			s.settle()
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
	return s.work(effect)
}

// work does what the machine wants.
func (s *Screen) work(effect flow.Effect) tea.Cmd {
	var cmd tea.Cmd
	desk, m := s.env.Flows, s.machine
	switch effect {
	case flow.None:
	case flow.Read, flow.Look:
		pending := slices.Clone(m.Pending())
		cmd = task.Run(s.read, func(ctx context.Context) ([]fetched, error) {
			return fetch(ctx, desk, effect, pending), nil
		})
	case flow.Prepare:
		asked := m.Asked()
		cmd = task.Run(s.prepare, func(ctx context.Context) (*plan.Plan, error) { return desk.Prepare(ctx, asked) })
	case flow.Inquire:
		cmd = s.ask()
	case flow.Execute:
		cmd = s.run()
	}
	s.settle()
	return cmd
}

// fetched is a file or a repository that an answer names.
type fetched struct {
	name       string
	raw        []byte
	repository *model.Repository
	err        error
	looked     bool
}

func fetch(ctx context.Context, desk flow.Desk, effect flow.Effect, names []string) []fetched {
	var out []fetched
	for _, name := range names {
		f := fetched{name: name, looked: effect == flow.Look}
		if f.looked {
			f.repository, f.err = desk.Look(ctx, name)
		} else {
			f.raw, f.err = desk.ReadFile(name)
		}
		out = append(out, f)
	}
	return out
}

// take hands over what was fetched.
func (s *Screen) take(all []fetched, err error) tea.Cmd {
	effect := flow.None
	for _, f := range all {
		var next flow.Effect
		if f.looked {
			next = s.machine.Looked(f.name, f.repository, f.err)
		} else {
			next = s.machine.Loaded(f.name, f.raw, f.err)
		}
		if next != flow.None {
			effect = next
		}
	}
	if err != nil {
		s.fault = err // a mistake of the program
	}
	return s.work(effect)
}

// settle brings the page up to date after anything has changed.
func (s *Screen) settle() {
	state := s.state()
	if s.machine != nil && state == flow.Asking {
		if !s.read.Active() {
			s.question.judged(s.machine.Problem())
		}
		s.question.show(s.machine)
	}
	if state != s.laid {
		s.laid, s.since = state, s.env.Now()
		s.page.Rewind()
		s.named.SetValue("")
		s.buttons = s.buttonsFor(state)
	}
	s.lay()
}

// SetSize lays the page out again.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.lay()
}

// Status says what has been changed so far, which is nothing until the end.
func (s *Screen) Status() (left, right string) {
	switch s.state() {
	case flow.Executing:
		left = "Esc stops before the next action."
		if s.machine.Stopping() {
			left = "It stops before the next action."
		}
	case flow.Done, flow.Failed, flow.Stopped:
	case flow.Asking, flow.Preparing, flow.Reviewing, flow.Confirming:
		left = "Nothing has been changed yet."
		if s.buttons.onField() {
			left += " The name must be typed: a paste is ignored."
		}
	}
	if s.machine != nil && s.machine.Plan() != nil {
		right = "plan " + s.machine.Plan().Digest()[:8]
	}
	return left, right
}

// Actions lists what can be done in the present state.
func (s *Screen) Actions() []keymap.Action {
	next := keymap.One(keymap.FlowNext).Given(s.canGoOn)
	back := keymap.One(keymap.FlowBack).Given(s.canGoBack)
	var out []keymap.Action
	switch s.state() {
	case flow.Asking:
		out = append(out, next)
		if s.machine != nil && s.machine.Step().Kind == flow.Several {
			out = append(out, keymap.One(keymap.FlowMark))
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
		if s.machine.Plan() != nil {
			out = append(out, keymap.One(keymap.FlowSave))
		}
		out = append(out, back)
	case flow.Executing:
		if s.secret != nil {
			out = append(out, next)
		}
	case flow.Done, flow.Failed, flow.Stopped:
		next.Label = "press"
		out = append(out, next, keymap.One(keymap.FlowSwitch))
	}
	return append(out, keymap.Get(keymap.Up, keymap.Down, keymap.PageUp, keymap.PageDown, keymap.Top, keymap.Bottom)...)
}

func (s *Screen) canGoOn() (ok bool, why string) {
	switch {
	case s.fault != nil:
		return false, "nothing can be changed here"
	case s.busy() && s.secret == nil:
		return false, "an answer is awaited"
	case s.buttons.onField():
		return false, "tab goes to the buttons"
	default:
		return true, ""
	}
}

func (s *Screen) canGoBack() (ok bool, why string) {
	return s.machine != nil && (s.state() != flow.Asking || s.machine.HasBack()), "this is the first question"
}
