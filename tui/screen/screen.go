package screen

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
)

// Screen is one place of the UI.
type Screen interface {
	// Init starts what the screen needs. It is called once.
	Init() tea.Cmd
	// Update takes ActionMsg, ClickMsg, WheelMsg, BoardMsg, and the answers of
	// the screen's own lanes. Messages that are not for it are ignored.
	Update(tea.Msg) tea.Cmd
	// View draws the body: at most the height and width that were set. It is a
	// pure function of the state and sorts, filters and verifies nothing.
	View() string
	// SetSize is called before the first View, when the size changes, and when
	// the look changes: rebuild whatever has been laid out or styled.
	SetSize(width, height int)
	// Title is the last breadcrumb and part of the window's title, clean.
	Title() string
	// Actions lists what can be done here beside the global actions, with
	// conditions, in the order of the help page.
	Actions() []keymap.Action
	Reader
}

// Filterer is a screen whose rows can be filtered.
type Filterer interface {
	// Filter is the pattern that is set; "" where everything is shown.
	Filter() string
	// SetFilter applies a pattern; "" shows everything.
	SetFilter(pattern string)
	// FilterCount is how many rows are shown, of how many.
	FilterCount() (shown, total int)
}

// Filterable is a Filterer that has rows only at times.
type Filterable interface {
	// Filterable reports whether there are rows to filter now.
	Filterable() bool
}

// Sorter is a screen whose rows can be sorted.
type Sorter interface {
	// SortColumns lists the titles of the columns that can be sorted by.
	SortColumns() []string
	// SortedBy is the index of the current column, -1 where there is none.
	SortedBy() (column int, descending bool)
	// SortBy sorts.
	SortBy(column int, descending bool)
}

// Refresher is a screen that can read again from the source.
type Refresher interface {
	Refresh() tea.Cmd
}

// CopyItem is something that can be copied to the clipboard. Nothing secret may
// ever be one.
type CopyItem struct {
	// Label says what it is: "key ID".
	Label string
	// Text is copied as it is. The root refuses text with control characters:
	// pasted into a shell it could run as a command.
	Text string
	// Lines says that Text is a document, which may have line ends and tabs.
	Lines bool
}

// Copier is a screen with something to copy.
type Copier interface {
	// CopyItems lists what can be copied of the selection.
	CopyItems() []CopyItem
}

// Statuser is a screen with a word about its state.
type Statuser interface {
	// Status is shown above the footer, styled, on the left and on the right.
	Status() (left, right string)
}

// Cursorer is a screen that shows where the user is. The terminal's cursor is
// put there, for screen readers and magnifiers.
type Cursorer interface {
	// Cursor is relative to the body; nil where nothing is selected.
	Cursor() *tea.Cursor
}

// Router is a screen that holds several routes, such as tabs.
type Router interface {
	// Route is where the user is now.
	Route() nav.Route
	// Show goes to another route of the same screen.
	Show(nav.Route) tea.Cmd
}

// Helper is a screen that has more to explain than its keys.
type Helper interface {
	// Help explains what is asked now, part by part; nil where nothing is.
	Help() []flow.Section
}

// Selector is a screen on which a route can select a row.
type Selector interface {
	// Select puts the cursor on the row that a route names, as soon as it is there.
	Select(row string)
}

// Ticker is a screen that shows time passing.
type Ticker interface {
	// Ticks reports whether it does so now: as long as it does, and while it is
	// the screen that is seen, it gets a TickMsg every second.
	Ticks() bool
}

// Pointer is a screen with a selected row.
type Pointer interface {
	// SelectedKey is what the row is known by; empty where none is selected.
	SelectedKey() string
}

// Lister is a screen that shows several repositories.
type Lister interface {
	// Shown are those in sight.
	Shown() []model.GUN
}

// Closer is a screen with background work to stop when it is left for good.
type Closer interface {
	Close()
}

// Typist is a screen that is typed into.
type Typist interface {
	// Typing reports whether keys go to the screen first. While they do, the
	// global actions that plain letters stand for are out of reach.
	Typing() bool
	// Type takes a tea.KeyPressMsg or a tea.PasteMsg. It reports false for a
	// key that it has no use for.
	Type(msg tea.Msg) (cmd tea.Cmd, used bool)
}

// Holder is a screen with a way back of its own, or one that cannot always be left.
type Holder interface {
	// Hold says in a sentence why the screen must not be left now; empty where it
	// may.
	Hold() string
	// Lost says in a sentence what would be lost by leaving; empty where nothing
	// would be. It is asked about before the screen is left, whichever way.
	Lost() string
	// StepBack is called when the user wants to go back. It reports false where
	// that leads out of the screen.
	StepBack() bool
	// BackLabel says in a word what going back does now: "back", "stop".
	BackLabel() string
}
