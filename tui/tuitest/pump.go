package tuitest

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// pumpLimit is how long a test waits for something to come.
const pumpLimit = 20 * time.Second

// Pump runs commands as a program does, in the background, and hands what they
// bring to Update one by one: for work that waits for its user while it runs.
type Pump struct {
	tb     testing.TB
	update func(tea.Msg) tea.Cmd
	came   chan tea.Msg
	ended  chan struct{}
}

// NewPump makes a pump for an Update. Commands that never end are left alone when
// the test does.
func NewPump(tb testing.TB, update func(tea.Msg) tea.Cmd) *Pump {
	p := &Pump{tb: tb, update: update, came: make(chan tea.Msg), ended: make(chan struct{})}
	tb.Cleanup(func() { close(p.ended) })
	return p
}

// Send hands over a message, and starts what it causes.
func (p *Pump) Send(msg tea.Msg) {
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, cmd := range batch {
			p.Start(cmd)
		}
		return
	}
	if msg != nil {
		p.Start(p.update(msg))
	}
}

// Start runs a command in the background.
func (p *Pump) Start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		msg := cmd()
		select {
		case p.came <- msg:
		case <-p.ended:
		}
	}()
}

// Until hands over what comes, until it is as wanted. What is wanted is said in
// words for a failure, with what is to be seen then.
func (p *Pump) Until(what string, wanted func() bool, seen func() string) {
	p.tb.Helper()
	late := time.After(pumpLimit)
	for !wanted() {
		select {
		case msg := <-p.came:
			p.Send(msg)
		case <-late:
			p.tb.Fatalf("waited in vain for %s:\n%s", what, seen())
		}
	}
}
