package screen

// Follower tells when what is made of all repositories is to be made again: once,
// when a survey has ended, however many of them have changed meanwhile.
type Follower struct {
	board *Board
	stale bool
}

// Follow begins with what the board knows: that is stale until a survey has ended.
func (b *Board) Follow() Follower {
	at, _ := b.Surveyed()
	return Follower{board: b, stale: at.IsZero()}
}

// Expire has the next news count, whatever they are.
func (f *Follower) Expire() { f.stale = true }

// News takes what the board announces, and reports whether it is time.
func (f *Follower) News(msg BoardMsg) bool {
	f.stale = f.stale || len(msg.Changed) > 0
	if !f.stale || f.board.Surveying() {
		return false
	}
	f.stale = false
	return true
}
