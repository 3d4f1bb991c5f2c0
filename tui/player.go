package tui

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/tui/flow"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/theme"
)

const (
	// playWidth is wide enough that every column is there, playHeight high
	// enough that every part of a screen is.
	playWidth, playHeight = 2_000, 200
	// playRoom is how many answers of the background may wait.
	playRoom = 64
)

// Player plays the screens without drawing them, for those who read them line by
// line. Marks are words. It belongs to one goroutine, which also calls what comes
// from Answers.
type Player struct {
	stack
	styles  theme.Styles
	answers chan func()
	// closed is closed when nobody waits for answers any more.
	closed chan struct{}
	// running counts the commands whose answers have not been taken.
	running int
	// moves counts how often the user went to a place, or back.
	moves    int
	requests []any
	result   *Result
}

// Play opens the first place. Cancelling ctx cancels all background work;
// Player.Close waits for it.
func Play(ctx context.Context, o Options) *Player {
	p := &Player{
		styles:  theme.New(theme.Options{Mode: theme.Mono, ASCII: true, Words: true}),
		answers: make(chan func(), playRoom), closed: make(chan struct{}),
	}
	size := func() (width, height int) { return playWidth, playHeight }
	start := o.Start
	if start.Kind == nav.KindFlow {
		start = nav.Place(nav.KindRepos)
		p.Visit(o.Start)
	}
	p.stack = newStack(environment(ctx, o, &p.styles, o.Clock), start, o.SinglePage, size)
	p.do(p.show())
	return p
}

// Close cancels all background work and waits for it a moment. It reports
// whether all of it ended.
func (p *Player) Close() bool {
	close(p.closed)
	return p.env.Tasks.Close(patience)
}

// Screen is the place where the user is.
func (p *Player) Screen() screen.Screen { return p.top().screen }

// Titles are the way to it.
func (p *Player) Titles() []string { return p.titles() }

// Moves grows whenever the user goes to a place, or back.
func (p *Player) Moves() int { return p.moves }

// Route is the place where the user is.
func (p *Player) Route() nav.Route { return p.top().route }

// Board is what is known of all repositories.
func (p *Player) Board() *screen.Board { return p.env.Board }

// Facts are what a flow knows before its first question, with what the screens show.
func (p *Player) Facts(ctx context.Context, of flow.Source) (flow.Facts, error) {
	return p.env.Facts(of)(ctx)
}

// Tasks are all background work.
func (p *Player) Tasks() *task.Pool { return p.env.Tasks }

// Places lists the actions that go to a place, whatever the present one is.
func (p *Player) Places() []keymap.Action {
	return slices.DeleteFunc(keymap.Scoped(keymap.Global), func(a keymap.Action) bool {
		_, ok := places[a.ID]
		return !ok || a.ID == keymap.GoLessons && p.env.Course == nil
	})
}

// Busy reports whether answers of the background are awaited.
func (p *Player) Busy() bool { return p.running > 0 }

// Answers is where they come: each is to be called.
func (p *Player) Answers() <-chan func() { return p.answers }

// Result tells how the UI is to end, once a screen has asked for that.
func (p *Player) Result() (r Result, ended bool) {
	if p.result == nil {
		return Result{}, false
	}
	return *p.result, true
}

// Request is the oldest thing that a screen asks and that was not handed out: a
// screen.ToastMsg, PromptMsg, PickMsg, ConfirmMsg or PlacesMsg, or a nav.PushMsg for a
// change to walk through; nil where there is none.
func (p *Player) Request() any {
	if len(p.requests) == 0 {
		return nil
	}
	r := p.requests[0]
	p.requests = p.requests[1:]
	return r
}

// Requests is how many of them wait.
func (p *Player) Requests() int { return len(p.requests) }

// Do has the screen do one of its actions.
func (p *Player) Do(id keymap.ID) { p.Send(screen.ActionMsg{ID: id}) }

// Send hands a message, such as the answer to a request, to the screen.
func (p *Player) Send(msg any) {
	p.do(p.top().screen.Update(msg))
	p.teach()
}

// Confirm tells the screens that the user agrees.
func (p *Player) Confirm(id string) { p.do(p.broadcast(screen.ConfirmedMsg{ID: id})) }

// Flows are the guided changes that are known; why says why some cannot be made here.
func (p *Player) Flows() (known flow.Set, why string) { return p.env.Flows, p.env.Fixed }

// DialectOf says in which dialect a repository is.
func (p *Player) DialectOf() dialect.Of { return p.env.DialectOf }

// Changed reads repositories again that may have been changed.
func (p *Player) Changed(guns ...model.GUN) {
	p.do(p.env.Board.Keys())
	p.do(p.env.Board.TokensAgain())
	for _, gun := range guns {
		p.do(p.env.Board.OpenOwn(gun))
	}
}

// Visit goes to a place. A change is no place: it is asked for.
func (p *Player) Visit(route nav.Route) {
	if route.Kind == nav.KindFlow {
		p.requests = append(p.requests, nav.PushMsg{Route: route})
		return
	}
	p.moves++
	p.do(p.push(route))
	p.teach()
}

// Filter shows only the rows that match; "" shows all. It reports false where there
// is no list.
func (p *Player) Filter(pattern string) bool {
	_, ok := p.top().filterer()
	if ok {
		p.setFilter(pattern)
	}
	return ok
}

// Refresh reads again. It reports false where there is nothing to read.
func (p *Player) Refresh() bool {
	s, ok := p.top().screen.(screen.Refresher)
	if ok {
		p.do(s.Refresh())
	}
	return ok
}

// Back clears the filter, else goes back one place. It reports false where neither
// can be done.
func (p *Player) Back() bool {
	switch {
	case p.top().filter() != "":
		p.setFilter("")
	case p.top().unmark():
	case len(p.frames) > 1:
		p.moves++
		p.do(p.pop())
	default:
		return false
	}
	return true
}

// CanGoBack reports whether Back does something.
func (p *Player) CanGoBack() bool {
	return p.top().filter() != "" || p.top().marked() > 0 || len(p.frames) > 1
}

// Marker is the present screen, where its rows can be marked.
func (p *Player) Marker() (screen.Marker, bool) {
	m, ok := p.top().screen.(screen.Marker)
	return m, ok
}

// Reviewed tells that the review of a change that is walked through elsewhere is shown.
func (p *Player) Reviewed(m *flow.Machine) {
	p.env.Course.Reviewed(m)
	p.teach()
}

// teach says what has been done of the lessons.
func (p *Player) teach() {
	said, cmd := p.learn()
	if said != "" {
		p.requests = append(p.requests, screen.ToastMsg{Text: said})
	}
	p.do(cmd)
}

// do runs a command in the background.
func (p *Player) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	p.running++
	go func() {
		msg := cmd()
		select {
		case p.answers <- func() { p.take(msg); p.teach() }:
		case <-p.closed:
		}
	}()
}

// take takes an answer of the background, as the root of the full screen does.
func (p *Player) take(msg tea.Msg) {
	p.running--
	switch msg := msg.(type) {
	case nil:
	case tea.BatchMsg:
		for _, cmd := range msg {
			p.do(cmd)
		}
	case nav.PushMsg:
		p.Visit(msg.Route)
	case nav.PopMsg:
		p.moves++
		p.do(p.pop())
	case screen.LookMsg:
		// What is not about the look of the full screen counts here, too.
		if msg.From.Soon != msg.To.Soon {
			p.do(p.judge(msg.To.Soon))
		}
	case screen.ChoiceMsg:
		p.result = &Result{Choice: msg.ID, Answer: msg.Answer}
	case screen.ToastMsg, screen.PromptMsg, screen.PickMsg, screen.ConfirmMsg, screen.PlacesMsg:
		p.requests = append(p.requests, msg)
	default:
		cmd, _ := p.answer(msg)
		p.do(cmd)
	}
}
