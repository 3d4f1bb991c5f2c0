package nav

// PushMsg asks to go to a place; back leads here again.
type PushMsg struct{ Route Route }

// PopMsg asks to go back one place.
type PopMsg struct{}
