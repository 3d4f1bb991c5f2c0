package tui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

const (
	// minWidth and minHeight are the smallest size that is drawn.
	minWidth  = 60
	minHeight = 15
	// compactBelow is the height under which header and breadcrumbs share a
	// line and the status line goes.
	compactBelow = 20
	// toastTime is how long a success is shown.
	toastTime = 4 * time.Second
	// patience is how long Close waits for background work.
	patience = 2 * time.Second
)

// Model is the root model. It is used through Run, or driven directly in tests.
type Model struct {
	options Options
	styles  theme.Styles
	look    theme.Options

	width, height int
	// now is the moment of the last message; views are drawn for it.
	now time.Time

	stack
	overlays []overlay
	// filter is not nil while a filter is being typed.
	filter *widget.Input
	toasts []toast
	// toastSerial numbers toasts, so that an old timer removes no new one.
	toastSerial int

	// first is what waits for the first frame; nil where nothing does.
	first *firstFrame
	mouse bool
	// blurred tells that the terminal is out of focus, quiet that no notification is wanted then,
	// and terminalName what the terminal calls itself, once it was asked.
	blurred, quiet bool
	terminalName   string
	// turn is whose turn it was after the last message.
	turn screen.ActivityState
	// silent tells that the program ends or sleeps: the terminal is told of no work.
	silent bool
	// ticking tells that the next second is waited for, ticked when the last one came, and
	// still that no time had passed by then.
	ticking, still bool
	ticked         time.Time
	// slipped is when and where a refresh has moved the selection last, aimed the row that was
	// selected when the overlay was opened that is open, or was just closed.
	slipped slipped
	aimed   string
	// counts are the numbers of the header.
	counts counts
	// touching tells that the practice token waits for a touch.
	touching bool
	// completing completes a path that is typed into a question.
	completing *task.Slot
	// browsing is the file that is looked for.
	browsing browsing
	// result is what Run returns.
	result Result

	// after makes a command that sends a message later; tests replace it.
	after func(time.Duration, func(time.Time) tea.Msg) tea.Cmd
}

// counts are the numbers of the header, computed when the board changes.
type counts struct {
	repos, loading, action int
	// surveyed tells that the numbers are about all repositories, not only
	// about those that were opened.
	surveyed, offline bool
}

func newModel(ctx context.Context, o Options) *Model {
	m := &Model{
		options: o, mouse: !o.NoMouse, quiet: o.Quiet, now: o.Clock(), after: tea.Tick,
		look: theme.Options{Mode: o.Theme, ASCII: o.ASCII, Profile: colorprofile.ANSI},
	}
	if o.NoColor {
		m.look.Mode = theme.Mono
	}
	m.styles = theme.New(m.look)
	m.stack = newStack(environment(ctx, o, &m.styles, func() time.Time { return m.now }), o.Start, o.SinglePage, m.bodySize)
	m.completing = m.env.Tasks.Slot("completing a path")
	m.browsing.slot = m.env.Tasks.Slot("reading a folder")
	if !o.SinglePage {
		m.env.Board.Watch(o.Watch)
	}
	return m
}

// environment makes what screens are given.
func environment(ctx context.Context, o Options, styles *theme.Styles, now func() time.Time) *screen.Env {
	if o.Log == nil {
		o.Log = (*admin.Log)(nil)
	}
	tasks := task.New(ctx)
	tasks.Await(o.Ready)
	env := &screen.Env{
		Source: o.Source, DialectOf: o.DialectOf, Log: o.Log, Tasks: tasks, Styles: styles, Now: now, Soon: o.Soon, Place: o.Place,
		Found: o.Found, Choices: o.Choices, Course: screen.NewCourse(o.Lessons), Practice: o.Practice, Holders: o.Holders, Surroundings: o.Surroundings, Ceremonies: o.Ceremonies, Setup: screen.NewSetup(o.Settings), Contexts: o.Contexts, Complete: o.Complete, Browse: o.Browse,
		Flows: o.Flows, Fixed: o.Fixed,
	}
	env.Board = screen.NewBoard(o.Source, tasks, now)
	env.Board.DialectOf, env.Board.Holders = o.DialectOf, o.Holders
	return env
}

// Close cancels all background work and waits for it a moment. It reports
// whether all of it ended.
func (m *Model) Close() bool { return m.env.Tasks.Close(patience) }

// Init asks the terminal for its background and opens the first screen.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{m.show(), m.minute(), m.watch()}
	if !m.options.SinglePage {
		cmds = append(cmds, m.env.Board.WatchTokens())
	}
	if m.look.Mode == theme.Auto || m.look.Mode == "" {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return tea.Batch(cmds...)
}

// minuteMsg repaints what has grown older.
type minuteMsg struct{}

func (m *Model) minute() tea.Cmd {
	return m.after(time.Minute, func(time.Time) tea.Msg { return minuteMsg{} })
}

// Update routes a message. The order is fixed: what the terminal says, answers
// from the background, then input: overlay, filter, global actions, screen.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m.now = m.options.Clock()
	cmd := m.route(msg)
	return m, tea.Batch(cmd, m.notify(), m.teach(), m.tick())
}

func (m *Model) route(msg tea.Msg) tea.Cmd {
	if cmd, done := m.terminal(msg); done {
		return cmd
	}
	if cmd, done := m.requests(msg); done {
		return cmd
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m.key(portable(msg))
	case tea.PasteMsg:
		return m.paste(msg)
	case tea.MouseClickMsg:
		return m.click(msg)
	case tea.MouseWheelMsg:
		return m.wheel(msg)
	default:
		return m.answers(msg)
	}
}

// terminal takes what the terminal says of itself.
func (m *Model) terminal(msg tea.Msg) (cmd tea.Cmd, done bool) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		first := m.width == 0
		m.width, m.height = msg.Width, msg.Height
		m.resize()
		return m.expect(first), true
	case drawnMsg:
		m.first.over()
	case tea.BackgroundColorMsg:
		m.look.Background = theme.BackgroundLight
		if msg.IsDark() {
			m.look.Background = theme.BackgroundDark
		}
		m.restyle()
	case tea.ColorProfileMsg:
		m.look.Profile = msg.Profile
		m.restyle()
	case tea.FocusMsg:
		m.focus(true)
	case tea.BlurMsg:
		return m.focus(false), true
	case tea.TerminalVersionMsg:
		m.terminalName = msg.Name
	case tea.ResumeMsg:
		m.silent = false
		return tea.RequestBackgroundColor, true
	case minuteMsg:
		return m.minute(), true
	case tickMsg:
		return m.second(), true
	case tea.EnvMsg, tea.KeyReleaseMsg, tea.MouseReleaseMsg, tea.MouseMotionMsg:
		// Of no interest to anybody; the environment least of all.
	case signalMsg:
		m.result.Signal = msg.signal
		return m.quit(), true
	default:
		return nil, false
	}
	return nil, true
}

func (m *Model) restyle() {
	m.styles = theme.New(m.look)
	m.resize()
}

// resize lays everything out again.
func (m *Model) resize() {
	width, height := m.bodySize()
	for i := range m.frames {
		if s := m.frames[i].screen; s != nil {
			s.SetSize(width, height)
		}
	}
}

// compact reports whether header and breadcrumbs share a line.
func (m *Model) compact() bool { return m.height < compactBelow }

// tooSmall reports whether nothing useful can be drawn.
func (m *Model) tooSmall() bool { return m.width < minWidth || m.height < minHeight }

// bodySize is the size of the part that screens draw.
func (m *Model) bodySize() (width, height int) {
	if m.compact() {
		return m.width, max(m.height-3, 0)
	}
	return m.width, m.height - 5
}

// bodyTop is the line on which the body begins.
func (m *Model) bodyTop() int {
	if m.compact() {
		return 1
	}
	return 2
}

// requests takes what screens ask of the root.
func (m *Model) requests(msg tea.Msg) (cmd tea.Cmd, done bool) {
	switch msg := msg.(type) {
	case nav.PushMsg:
		return m.push(msg.Route), true
	case nav.PopMsg:
		return m.pop(), true
	case nav.SwapMsg:
		return m.swap(msg.Route), true
	case screen.ToastMsg:
		return m.toast(msg.Level, msg.Text), true
	case toastOverMsg:
		m.endToast(msg.serial)
		return nil, true
	case screen.PromptMsg:
		m.open(m.newPrompt(msg))
		return nil, true
	case screen.CodesMsg:
		return m.showCodes(msg.Texts), true
	case screen.ConfirmMsg:
		m.open(newConfirm(msg))
		return nil, true
	case screen.PickMsg:
		m.open(newOptions(msg))
		return nil, true
	case screen.BrowseMsg:
		return m.browse(msg.Typed, nil), true
	case screen.LookMsg:
		return m.relook(msg), true
	case screen.PlacesMsg:
		m.open(newPlaces(msg))
		return nil, true
	case screen.ChoiceMsg:
		return m.leaving(0, func(m *Model) tea.Cmd {
			m.result.Choice, m.result.Answer = msg.ID, msg.Answer
			return m.quit()
		}), true
	default:
		return nil, false
	}
}

// answers takes results from the background, and counts what they change.
func (m *Model) answers(msg tea.Msg) tea.Cmd {
	if done, ok := msg.(task.DoneMsg[screen.Completion]); ok && m.completing.Finish(done.ID) {
		if done.Err == nil {
			m.completed(done.Value)
		}
		return nil
	}
	if done, ok := msg.(task.DoneMsg[screen.Folder]); ok && m.browsing.slot.Finish(done.ID) {
		return m.browsed(done.Value, done.Err)
	}
	var cmd tea.Cmd
	m.watchSelection(func() {
		var news bool
		if cmd, news = m.answer(msg); news {
			m.count()
			cmd = tea.Batch(cmd, m.follow())
		}
	})
	return cmd
}

// count computes the numbers of the header.
func (m *Model) count() {
	b := m.env.Board
	m.counts.repos, m.counts.loading, m.counts.action = b.Count()
	at, _ := b.Surveyed()
	m.counts.surveyed = b.Surveying() || !at.IsZero()
	m.counts.offline = b.Offline()
	m.touching = m.options.Hand != nil && m.options.Hand.Waiting()
}

// teach says what has been done of the lessons.
func (m *Model) teach() tea.Cmd {
	said, cmd := m.learn()
	if said == "" {
		return cmd
	}
	return tea.Batch(cmd, m.toast(model.Notice, said))
}

// toast shows a notice. Warnings and failures stay until they are dismissed.
func (m *Model) toast(level model.Severity, words string) tea.Cmd {
	m.toastSerial++
	t := toast{serial: m.toastSerial, level: level, text: words}
	m.toasts = append(m.toasts, t)
	if level > model.Notice {
		return nil
	}
	return m.after(toastTime, func(time.Time) tea.Msg { return toastOverMsg{serial: t.serial} })
}
