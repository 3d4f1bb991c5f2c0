package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"

	"trustdeck/model"
	"trustdeck/tui/flow"
)

// frameRate is twice the default of Bubble Tea, which would delay start and
// keys by up to a sixtieth of a second.
const frameRate = 120

// Result is how a UI ended when nothing went wrong.
type Result struct {
	// Choice is the ID of the screen.Choice that ended it, Answer what was
	// typed for it. Both are empty where the user quit.
	Choice, Answer string
	// Signal that ended it; nil where none did.
	Signal os.Signal
	// Walked is the guided change that the UI began with, as far as it went; nil
	// where it began with none.
	Walked *flow.Machine
}

// ErrPanic says that the UI ended by a mistake of the program. The terminal was
// restored, and the trace has been written to the standard error.
var ErrPanic = errors.New("trustdeck failed and restored the terminal; report the lines above")

// signalMsg says that the process was asked to end.
type signalMsg struct{ signal os.Signal }

// Run shows the UI on a terminal until the user quits, a signal comes or ctx is
// cancelled. Whatever happens, short of SIGKILL, the terminal is restored. It
// waits a moment for background work to end.
//
// In and out are the terminal, usually os.Stdin and os.Stdout; where either is
// none, the error is a *model.Fault that names the other ways to work.
func Run(ctx context.Context, in, out *os.File, o Options) (Result, error) {
	if !term.IsTerminal(in.Fd()) || !term.IsTerminal(out.Fd()) {
		return Result{}, &model.Fault{
			Kind: model.FaultUsage, Text: "the full-screen view needs a terminal for input and output",
			Hint: "Use a command such as \"trustdeck repos\" or \"trustdeck inspect REPO\" in scripts and pipes; see trustdeck --help.",
		}
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	m := newWaiting(ctx, o)
	defer m.Close()
	defer m.first.over()
	return run(ctx, m, signals, tea.WithInput(in), tea.WithOutput(out))
}

// run plays the model in a program.
func run(ctx context.Context, m *Model, signals <-chan os.Signal, options ...tea.ProgramOption) (Result, error) {
	ended, end := context.WithCancel(ctx)
	defer end()
	root := &signalled{Model: m, signals: signals, ended: ended}
	options = append(options, tea.WithContext(ctx), tea.WithFPS(frameRate), tea.WithoutSignalHandler())
	_, err := tea.NewProgram(root, options...).Run()
	m.result.Walked = m.walked()
	switch {
	case errors.Is(err, tea.ErrProgramPanic):
		return m.result, ErrPanic
	case ctx.Err() != nil:
		return m.result, context.Cause(ctx)
	case err != nil && m.result.Signal != nil, errors.Is(err, io.EOF):
		// The terminal is gone, which is why the signal came.
		return m.result, nil
	case err != nil:
		return m.result, fmt.Errorf("terminal: %w", err)
	default:
		return m.result, nil
	}
}

// walked is the guided change of the first place.
func (m *Model) walked() *flow.Machine {
	if len(m.frames) == 0 {
		return nil
	}
	if w, ok := m.frames[0].screen.(walker); ok {
		return w.Walked()
	}
	return nil
}

// signalled adds waiting for signals to the root model. Bubble Tea's own
// handler would end with success on SIGTERM and knows no SIGHUP.
type signalled struct {
	*Model
	signals <-chan os.Signal
	ended   context.Context
}

// Init starts the model, and waits for a signal as long as the program lives.
func (s *signalled) Init() tea.Cmd {
	return tea.Batch(s.Model.Init(), func() tea.Msg {
		select {
		case sig := <-s.signals:
			return signalMsg{signal: sig}
		case <-s.ended.Done():
			return nil
		}
	})
}

// Update keeps the wrapper in place.
func (s *signalled) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	_, cmd := s.Model.Update(msg)
	return s, cmd
}
