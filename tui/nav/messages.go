package nav

// PushMsg asks to go to a place; back leads here again.
type PushMsg struct{ Route Route }

// PopMsg asks to go back one place.
type PopMsg struct{}

// SwapMsg asks to go to a place instead of the present one.
type SwapMsg struct{ Route Route }
