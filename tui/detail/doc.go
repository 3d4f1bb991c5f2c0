// Package detail lays out the facts about a role for each screen that shows it: the pane
// next to the tree, and the screen of the role. It reads verdicts and makes none.
//
// Entry points: Role, Mark, Holder.
package detail
