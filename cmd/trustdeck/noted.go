package main

import "sync"

// noted is the answer about what a flow has done, also where the screen is left before it could
// be told.
type noted struct {
	by *app
	mu sync.Mutex
	// answer is that of what was done last; nil before. write says the same as a table.
	answer any
	write  func() error
}

func (n *noted) note(answer any) { n.noteWith(answer, func() error { return nil }) }

func (n *noted) noteWith(answer any, write func() error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.answer, n.write = answer, write
}

// said writes the answer about what was done, where that is wanted as JSON, or has to be written.
func (n *noted) said() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.answer == nil {
		return nil
	}
	return n.by.answer(n.answer, n.write)
}
