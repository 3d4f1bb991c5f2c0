package screen

import "context"

// Completion is what can follow a path that is being typed.
type Completion struct {
	// Typed is the path that was completed, and Text that as far as only one way goes on.
	Typed, Text string
	// Paths are those that fit, where several do.
	Paths []string
}

// Completer completes the path of a file. It reads folders, and is called in the background
// only.
type Completer func(ctx context.Context, typed string) (Completion, error)
