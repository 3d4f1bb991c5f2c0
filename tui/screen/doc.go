// Package screen is the contract between the root model and the screens, and
// what all screens share: the port to the use cases (Source), the environment (Env),
// the board with what is known about each repository, and the messages between root
// and screens. The screens themselves are the packages below.
//
// A screen draws its body only; header, breadcrumbs, status line, footer and
// overlays belong to the root. A screen never reads a raw key: it receives an
// ActionMsg, however the action was chosen. Everything optional is a small
// interface: Filterer, Sorter, Refresher, Copier, Statuser, Cursorer, Active, Router,
// Ticker, Closer.
//
// Most screens are lists: List has what they share, and Listing what each of them states.
//
// Update runs on the loop of the program: no disk, no network, no clock, no
// goroutine. Anything that takes time goes through the board or a task.Slot.
package screen
