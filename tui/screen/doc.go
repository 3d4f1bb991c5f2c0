// Package screen is the contract between the root model and the screens, and
// what all screens share: the port to the use cases (Source), the surroundings
// (Env), the board of what is known of each repository, and the messages that
// pass between root and screens. The screens themselves are the packages below.
//
// A screen draws its body only; header, breadcrumbs, status line, footer and
// overlays belong to the root. A screen never reads a raw key: it receives
// ActionMsg whichever way an action was chosen. Everything optional is a small
// interface: Filterer, Sorter, Refresher, Copier, Statuser, Cursorer, Active, Router,
// Ticker, Closer.
//
// Most screens are lists: List is what they share, Listing what each of them states.
//
// Update runs on the loop of the program: no disk, no network, no clock, no
// goroutine. Whatever takes time goes through the board or a task.Slot.
package screen
