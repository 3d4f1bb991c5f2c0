package screen

import (
	"context"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/dialect"
	"trustdeck/model/forecast"
	"trustdeck/model/health"
	"trustdeck/model/history"
	"trustdeck/model/port"
	"trustdeck/model/quorum"
	"trustdeck/model/report"
	"trustdeck/model/watch"
	"trustdeck/tui/flow"
	"trustdeck/tui/keymap"
	"trustdeck/tui/task"
	"trustdeck/tui/theme"
)

// Source is what the UI needs of the use cases; *admin.Source satisfies it. Its
// methods are called in the background only.
type Source interface {
	// Survey looks at every repository: cached views first, then fresh ones.
	Survey(ctx context.Context, each func(admin.Look)) error
	// Cached returns what is saved of one repository.
	Cached(ctx context.Context, gun model.GUN) (admin.Look, bool)
	// Open reads one repository now.
	Open(ctx context.Context, gun model.GUN) admin.Look
	// History reads the past, publish by publish.
	History(ctx context.Context, gun model.GUN, window history.Window) (history.Timeline, error)
	// Keys lists the private keys here and where views use them.
	Keys(ctx context.Context, views []admin.Look) ([]admin.KeyUse, error)
	// Tokens reads the tokens that are plugged in, and where views use their keys. The Fault
	// says why there is none, or not every one.
	Tokens(ctx context.Context, views []admin.Look) ([]admin.TokenUse, *model.Fault)
	// OtherTokens reads those of which little is known beside their keys.
	OtherTokens(ctx context.Context) []admin.OtherToken
	// WatchTokens tells when a token may have come or left, until ctx is done or nothing can
	// come: then it closes the channel.
	WatchTokens(ctx context.Context) <-chan struct{}
	// Staged lists what waits in the trust folder to be published, compared
	// with what views say of the servers.
	Staged(ctx context.Context, views []admin.Look) ([]admin.Staged, error)
	// Doctor lists the findings about everything.
	Doctor(ctx context.Context, views []admin.Look) []health.Finding
	// Forecast says which client of a repository fails when, if nothing is published any
	// more.
	Forecast(ctx context.Context, r *model.Repository) (forecast.Forecast, error)
	// Roots reads the roots of a repository that are kept, and says who signed each.
	Roots(ctx context.Context, r *model.Repository) (admin.RootChain, error)
	// Served asks the registry what it serves under a tag, and compares that
	// with what is signed for it.
	Served(ctx context.Context, gun model.GUN, signed model.Resolution) model.Served
	// Refresh reads repositories now.
	Refresh(ctx context.Context, listed []port.Listed, each func(admin.Look)) error
	// Watched asks a place whether something has changed.
	Watched(ctx context.Context, ask watch.Ask) watch.Answer
	// Place names where a repository is read from; that of the empty name is the place of
	// all that have none of their own. Unlike the others it is quick, and is called anywhere.
	Place(gun model.GUN) string
	// List names the repositories that can be known.
	List(ctx context.Context) ([]port.Listed, error)
}

var _ Source = (*admin.Service)(nil)

// Events is where the log screen reads; *admin.Log satisfies it.
type Events interface {
	// Events returns what is kept, oldest first.
	Events() []model.Event
	// Count tells whether anything is new.
	Count() uint64
}

// Choice is a way to begin, offered by the welcome screen.
type Choice struct {
	// ID is handed back by Run.
	ID string
	// Label is the choice in a few words, Help a sentence.
	Label, Help string
	// Prompt asks for a value before the choice is made; empty needs none.
	Prompt string
	// Value stands in the field to begin with.
	Value string
	// Path tells that the value is the path of a file or folder.
	Path bool
	// Flow is the guided change that the choice begins instead; empty begins none.
	Flow string
}

// FoundServer is what a Found is that is a server.
const FoundServer = "server"

// Found is something that was found on this machine before the UI started.
type Found struct {
	// What it is in a word or two ("server", "trust folder"), and its name or
	// place.
	What, Where string
	// Note says more: "from DOCKER_CONTENT_TRUST_SERVER".
	Note string
}

// Surroundings tell what other clients do on this machine.
type Surroundings interface {
	// Environment may start programs and is called in the background only. It asks
	// nothing over the network.
	Environment(ctx context.Context) (report.Environment, error)
}

// Ceremonies read the files of ceremonies, whose paths are as they were typed. They are called in the
// background only.
type Ceremonies interface {
	// Open verifies a file, and SigningKeys lists the keys of this machine that it asks to sign.
	Open(path string) (*ceremony.File, error)
	SigningKeys(ctx context.Context, f *ceremony.File) ([]ceremony.Key, error)
}

// Env is what a screen is given. It is made by the root model; its fields do
// not change, but for Soon and what Styles points to.
type Env struct {
	Source    Source
	DialectOf dialect.Of
	Log       Events
	// Ceremonies is nil where none can be opened.
	Ceremonies Ceremonies
	Board      *Board
	Tasks      *task.Pool
	Styles     *theme.Styles
	// Now is the moment for which expiry is judged and relative times shown.
	Now func() time.Time
	// Soon is how long before an expiry a warning is given.
	Soon time.Duration
	// Place is the name of the server or archive, for people.
	Place   string
	Found   []Found
	Choices []Choice
	// Course is the lessons of the practice world; nil elsewhere.
	Course *Course
	// Practice are the lines of a shell that show other clients the way to the
	// practice world.
	Practice []string
	// Holders are those that the settings name, and their organisations.
	Holders quorum.Known
	// Surroundings tell what other clients do here; nil where that is not known.
	Surroundings Surroundings
	// Contexts are the servers and folders that are kept under names; nil where none can be
	// chosen, as in the practice world.
	Contexts Contexts
	// Complete completes paths that are typed; nil completes none.
	Complete Completer
	// Browse reads folders, to choose a file from; nil where none can be read.
	Browse Browser
	// Setup are the settings, with the changes that are not saved.
	Setup *Setup
	// Flows are the guided changes that are known, and Fixed says why those that are not
	// offered cannot be made here.
	Flows flow.Set
	Fixed string
}

// Press names what asks for an action: its key, or, where the screens are read line
// by line, the word that is typed.
func (e *Env) Press(id keymap.ID) string {
	action := keymap.One(id)
	if e.Styles.Words {
		return action.Typed()
	}
	return keymap.Shown(action.Keys[0])
}
