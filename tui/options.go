package tui

import (
	"context"
	"time"

	"trustdeck/model/dialect"
	"trustdeck/model/lesson"
	"trustdeck/model/quorum"
	"trustdeck/tui/flow"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/theme"
)

// Options are what a UI is made of. Source and Clock are required.
type Options struct {
	Source screen.Source
	// Ready is waited for by all work in the background, whose error its error is; nil
	// where the source is ready at once.
	Ready func() error
	// DialectOf is required.
	DialectOf dialect.Of
	// Log is what the log screen shows; nil shows nothing.
	Log screen.Events
	// Clock tells the moment for which expiry is judged.
	Clock func() time.Time
	// Soon is how long before an expiry a warning is given.
	Soon time.Duration

	// Watch is how often places are asked whether anything has changed; 0 never asks.
	Watch time.Duration

	// Start is the first place; the zero Route is the list of repositories.
	Start nav.Route
	// SinglePage says that the UI is about its first place: leaving that ends it.
	SinglePage bool
	// Place is the name of the server or archive, shown in the header.
	Place string
	// Banners are words for the header that must always be seen: "read-only",
	// "DEMO", "archive".
	Banners []string
	// Offline says that the place needs no network, so that being online is
	// not shown.
	Offline bool
	// Version of the program, shown in the title of the help.
	Version string

	Theme theme.Mode
	// ASCII avoids every character beyond ASCII that is not part of a name.
	ASCII bool
	// NoMouse leaves the mouse to the terminal until it is switched on.
	NoMouse bool
	// Quiet sends no notification when the terminal is out of focus.
	Quiet bool
	// NoColor uses no colour, whatever the terminal can.
	NoColor bool

	// Lessons are those of the practice world; none elsewhere.
	Lessons []lesson.Lesson
	// Practice are the lines of a shell that show other clients the way to the
	// practice world.
	Practice []string

	// Hand touches the practice token, and plugs it in; nil where there is none.
	Hand screen.Hand

	// Holders are those of keys that the settings name, and their organisations.
	Holders quorum.Known

	// Ceremonies read the files of ceremonies; nil where none can be opened.
	Ceremonies screen.Ceremonies
	// Surroundings tell what other clients do here; nil where that is not known.
	Surroundings screen.Surroundings
	// Contexts are the servers and folders under names, and what is in use of them; nil
	// offers none.
	Contexts screen.Contexts

	// Complete completes paths that are typed; nil completes none.
	Complete screen.Completer

	// Browse reads folders, to choose a file from; nil offers no choice.
	Browse screen.Browser

	// Settings are what the settings screen shows and saves; nil shows none.
	Settings screen.Settings

	// Flows are the guided changes that are known, and Fixed says why those that are not
	// offered cannot be made here, such as "this is an archive".
	Flows flow.Set
	Fixed string

	// Found and Choices fill the welcome screen.
	Found   []screen.Found
	Choices []screen.Choice
}

// New makes the root model. Cancelling ctx cancels all its background work;
// Model.Close waits for it.
func New(ctx context.Context, o Options) *Model {
	return newModel(ctx, o)
}
