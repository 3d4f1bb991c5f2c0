package ceremony

import "trustdeck/model"

// Split divides a change of root keys between two ceremonies. Join and Leave are how many of those of the
// Asking are in the first one; the others are in the second.
type Split struct {
	Join, Leave int
	// Stay is how many of the keys that sign the root now would stay if all were done at once.
	Stay int
}

// Split says how to replace root keys in two ceremonies, in each of which those who stay can sign on their
// own, for the old root and for the new one. It is nil where they can at once, and where two ceremonies
// don't lead there either.
//
// With n keys of which t must sign, n-t can leave in the first ceremony. The second one is to have as many
// who stay, so the first one takes in at least as many as leave in the second.
func (a *Asking) Split(root *model.Role) *Split {
	if root == nil || len(a.Leave) == 0 {
		return nil
	}
	n, t, leave := len(root.Keys), root.Threshold, len(a.Leave)
	if n-leave >= t || leave > n {
		return nil
	}
	out := &Split{Leave: max(n-t, 0), Stay: n - leave}
	out.Join = max(leave-out.Leave, min(out.Leave, len(a.Join)))
	if out.Join > len(a.Join) {
		return nil
	}
	return out
}
