package repo

import (
	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
)

// tab is one tab of the screen: a screen.List with the line of tabs above it.
type tab interface {
	screen.Filterer
	screen.Marker
	screen.Sorter
	screen.Copier
	screen.Cursorer
	screen.Closer
	screen.Reader
	screen.Pointer
	Update(tea.Msg) tea.Cmd
	View() string
	SetSize(width, height int)
	Actions() []keymap.Action
	// Reload takes the rows from the repository again.
	Reload()
	// Fetch reads what the tab needs beyond the repository, if it has not; Expire
	// has it read again.
	Fetch() tea.Cmd
	Expire()
	// Select selects the row with a key.
	Select(key string)
	// count is the number in the title of the tab.
	count() (n int, ok bool)
}

// none says why nothing can be opened.
const none = "nothing is selected"
