package port

import (
	"context"

	"trustdeck/model"
)

// Feed is a remote that can tell in one answer what has changed anywhere. Errors are
// *model.Fault; a place that keeps no such list, or does not show it, returns FaultNotFound
// or FaultUnauthorized.
type Feed interface {
	// Since returns what was published, anywhere at the place of a repository, after a
	// change. The zero Change asks for the last few changes; the empty name stands for the
	// place as a whole.
	Since(ctx context.Context, gun model.GUN, after Change) (News, error)
}

// News is what a Feed tells.
type News struct {
	// Changes, oldest first.
	Changes []Change
	// Broken says that the change that was known is not there any more: the place has
	// another history, and anything may have changed.
	Broken bool
}
